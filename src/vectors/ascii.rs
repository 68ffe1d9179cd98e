//! JSON text that shows every character.

use std::fmt::Write as _;

/// The same JSON in ASCII: nothing in it can be hidden or normalised by an editor.
pub fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    // JSON is ASCII outside its texts, so that any other character may be escaped.
    for character in json.chars() {
        if character.is_ascii() && character != '\u{7f}' {
            text.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string can't fail.
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}
