//! How a text goes wrong on its way into a blob or out of it.

use crate::named::named;

named! {
    /// One mistake with a text, the cipher being right.
    pub enum TextMistake with
        /// What was done and what to do instead, one line.
        words
    {
        MarkDropped = "mark-dropped": "The byte order mark in front is dropped", "its byte order mark is dropped: keep every byte";
        LineEndsChanged = "line-ends-changed": "CRLF becomes LF", "its CRLF have become LF: read and write it as bytes, not in text mode";
        LineFeedDropped = "line-feed-dropped": "The line feed at the end is dropped", "the line feed at its end is dropped: keep every byte";
        Trimmed = "trimmed": "The white space at the ends is dropped", "the white space at its ends is dropped: keep every byte";
        CutAtNul = "cut-at-nul": "What comes after a NUL is dropped", "it ends at its first NUL: hand on its length";
        DoubleUtf8 = "double-utf-8": "UTF-8 is taken for Latin-1 and encoded again", "its UTF-8 bytes were taken for Latin-1 and encoded again: encode it once";
        Ascii = "ascii": "What is not ASCII becomes a question mark", "what is not ASCII was replaced by question marks: encode it as UTF-8";
    }
}

impl TextMistake {
    /// What becomes of a text.
    pub fn of(self, text: &str) -> String {
        match self {
            Self::MarkDropped => text.trim_start_matches('\u{feff}').to_owned(),
            Self::LineEndsChanged => text.replace("\r\n", "\n"),
            Self::LineFeedDropped => text.strip_suffix('\n').unwrap_or(text).to_owned(),
            Self::Trimmed => text.trim().to_owned(),
            Self::CutAtNul => text.split('\0').next().unwrap_or_default().to_owned(),
            Self::DoubleUtf8 => text.bytes().map(char::from).collect(),
            Self::Ascii => text.chars().map(|one| if one.is_ascii() { one } else { '?' }).collect(),
        }
    }

    /// The mistake that makes one text of the other. None if they are the same, or it has no name.
    pub fn between(right: &str, wrong: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|one| right != wrong && one.of(right) == wrong)
    }
}
