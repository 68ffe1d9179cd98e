//! Dates in headers, in each of the three forms that whoever receives one has to accept (RFC 9110, 5.6.7).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::Offset;

/// The two forms of old; that of today is the one of mail, and always in GMT.
const OBSOLETE: [&str; 2] = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// A date as Unix seconds; none if it has no form that HTTP knows.
pub(crate) fn http_date(text: &str) -> Option<i64> {
    let in_utc = |form: &&str| {
        let civil = DateTime::strptime(form, text).ok()?;
        Offset::UTC.to_timestamp(civil).ok()
    };
    let today = DateTimeParser::new().parse_timestamp(text).ok();
    today.or_else(|| OBSOLETE.iter().find_map(in_utc)).map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_the_three_forms_is_read() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(http_date(text), Some(784_111_777), "{text}");
        }
        for text in ["", "today", "120", "2026-11-25T20:00:00Z", "Sun, 36 Nov 1994 08:49:37 GMT"] {
            assert_eq!(http_date(text), None, "{text}");
        }
    }
}
