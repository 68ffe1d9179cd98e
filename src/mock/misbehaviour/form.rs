//! JSON that says the same in another form.

use std::io::{Error, Write};

use serde::Serialize as _;
use serde_json::ser::{Formatter, Serializer};
use serde_json::{Result, Value};

/// JSON in which each character of a text is escaped.
pub(super) fn escaped(value: &Value) -> Result<Vec<u8>> {
    let mut written = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut written, Escaping))?;
    Ok(written)
}

struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> std::result::Result<(), Error> {
        fragment.encode_utf16().try_for_each(|unit| write!(writer, "\\u{unit:04x}"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_escaped_says_the_same() {
        let value = json!({"é": ["a\"\n", 1, null, "\u{1f511}"]});
        let written = escaped(&value).expect("JSON");
        assert!(written.is_ascii());
        let read: Value = serde_json::from_slice(&written).expect("JSON");
        assert_eq!(read, value);
        assert_eq!(escaped(&json!("a")).expect("JSON"), br#""\u0061""#);
    }
}
