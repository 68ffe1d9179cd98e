//! A text as its reader sees it once escapes are undone, with the way back to the source.

use std::borrow::Cow;
use std::ops::Range;

/// Decoded bytes; each knows at which byte of the source it began.
pub(super) struct View<'t> {
    bytes: Cow<'t, [u8]>,
    /// One more than bytes: the last is the source's end. None: as in the source.
    starts: Option<Vec<usize>>,
}

/// Bytes between `&` and `;`, at most.
const LONGEST_ENTITY: usize = 9;

/// The text itself; with JSON escapes undone, once and twice, as for a document in a string; with
/// URL escapes undone, with and without `+` for a space; with those of markup undone.
pub(super) fn all(text: &str) -> Vec<View<'_>> {
    let source = View { bytes: Cow::Borrowed(text.as_bytes()), starts: None };
    let mut views = Vec::new();
    if text.contains('\\') {
        let once = source.decode(json_escape);
        if once.bytes.contains(&b'\\') {
            views.push(once.decode(json_escape));
        }
        views.push(once);
    }
    if text.contains('&') {
        let markup = source.decode(markup_escape);
        if markup.bytes.contains(&b'\\') {
            views.push(markup.decode(json_escape));
        }
        views.push(markup);
    }
    if text.contains('%') {
        views.push(source.decode(url_escape));
    }
    if text.contains('+') {
        views.push(source.decode(form_escape));
    }
    views.push(source);
    views
}

impl<'t> View<'t> {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The part of the source that a part of the view was decoded from.
    pub(super) fn source(&self, part: &Range<usize>) -> Range<usize> {
        self.start(part.start)..self.start(part.end)
    }

    fn start(&self, position: usize) -> usize {
        match &self.starts {
            None => position,
            Some(starts) => starts.get(position).copied().unwrap_or(position),
        }
    }

    /// Undoes the escapes that `escape` knows; everything else stays.
    fn decode(&self, escape: fn(&[u8]) -> Option<Escape>) -> View<'t> {
        let mut bytes = Vec::with_capacity(self.bytes.len());
        let mut starts = Vec::with_capacity(self.bytes.len() + 1);
        let mut at = 0;
        while let Some(&byte) = self.bytes.get(at) {
            let start = self.start(at);
            if let Some(Escape { meant, size, length }) = escape(&self.bytes[at..]) {
                starts.extend(std::iter::repeat_n(start, size));
                bytes.extend(&meant[..size]);
                at += length;
            } else {
                bytes.push(byte);
                starts.push(start);
                at += 1;
            }
        }
        starts.push(self.start(at));
        View { bytes: Cow::Owned(bytes), starts: Some(starts) }
    }
}

/// An escape at the start of a text: what it means, and how long it is. Nothing is allocated: a long report has
/// many of them.
struct Escape {
    /// The bytes that it means, of which the first `size` count.
    meant: [u8; 4],
    size: usize,
    length: usize,
}

fn byte(meant: u8, length: usize) -> Option<Escape> {
    Some(Escape { meant: [meant, 0, 0, 0], size: 1, length })
}

fn character(code: u32, length: usize) -> Option<Escape> {
    let mut meant = [0; 4];
    let size = char::from_u32(code)?.encode_utf8(&mut meant).len();
    Some(Escape { meant, size, length })
}

/// `\n`, `\/`, Markdown's `\*`, `\u00e9`, surrogate pairs, and the `\u{1b}` of our own reports.
fn json_escape(text: &[u8]) -> Option<Escape> {
    match text {
        [b'\\', quoted, ..] if quoted.is_ascii_punctuation() => byte(*quoted, 2),
        [b'\\', b'b', ..] => byte(8, 2),
        [b'\\', b'f', ..] => byte(12, 2),
        [b'\\', b'n', ..] => byte(b'\n', 2),
        [b'\\', b'r', ..] => byte(b'\r', 2),
        [b'\\', b't', ..] => byte(b'\t', 2),
        [b'\\', b'u', b'{', rest @ ..] => {
            let digits = rest.iter().take(7).position(|digit| *digit == b'}')?;
            character(hex(&rest[..digits])?, digits + 4)
        }
        [b'\\', b'u', rest @ ..] => {
            let unit = hex(rest.get(..4)?)?;
            let (code, length) = match rest.get(4..10) {
                Some([b'\\', b'u', low @ ..]) if (0xd800..0xdc00).contains(&unit) => {
                    let low = hex(low)?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                    (0x10000 + ((unit - 0xd800) << 10) + low, 12)
                }
                _ => (unit, 6),
            };
            character(code, length)
        }
        _ => None,
    }
}

/// `&lt;`, `&#60;`, `&#x3c;`, as in HTML and XML.
fn markup_escape(text: &[u8]) -> Option<Escape> {
    let name = text.strip_prefix(b"&")?;
    let name = &name[..name.iter().take(LONGEST_ENTITY).position(|byte| *byte == b';')?];
    let code = match name {
        b"amp" => u32::from('&'),
        b"lt" => u32::from('<'),
        b"gt" => u32::from('>'),
        b"quot" => u32::from('"'),
        b"apos" => u32::from('\''),
        [b'#', b'x' | b'X', digits @ ..] => hex(digits)?,
        [b'#', digits @ ..] => std::str::from_utf8(digits).ok()?.parse().ok()?,
        _ => return None,
    };
    character(code, name.len() + 2)
}

fn url_escape(text: &[u8]) -> Option<Escape> {
    match text {
        [b'%', high, low, ..] => {
            let code = hex(&[*high, *low])?;
            byte(u8::try_from(code).ok()?, 3)
        }
        _ => None,
    }
}

fn form_escape(text: &[u8]) -> Option<Escape> {
    match text {
        [b'+', ..] => byte(b' ', 1),
        _ => url_escape(text),
    }
}

fn hex(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0, |code, digit| Some(code * 16 + char::from(*digit).to_digit(16)?))
}
