//! How a padded key, a proof or a data key goes wrong.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use unicode_normalization::UnicodeNormalization as _;

use super::super::pbkdf2_sha256::{Input, derive};
use super::super::{Iterations, KEY_LENGTH, encoding, pad_key};
use super::{from_hex, hex};
use crate::named::named;

const BYTE_ORDER_MARK: u16 = 0xfeff;

/// What is derived from a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Derived {
    /// The key brought to 32 bytes.
    PadKey,
    /// The proof of the key.
    Proof,
    /// The AES key.
    DataKey,
}

named! {
    /// One mistake in a derivation, everything else being right. The sentence of each is the part of a report's
    /// sentence that says what was done: see [`Derivation::words`].
    pub enum Derivation with
        /// What to do instead.
        instead
    {
        RawKey = "raw-key": "the key neither padded nor cut", "pad it with the character 0 to 32 bytes, or cut it after 32";
        NulPadded = "nul-padded": "the key padded with NUL bytes", "pad with the character 0, 0x30";
        SpacePadded = "space-padded": "the key padded with spaces", "pad with the character 0, 0x30";
        LeftPadded = "left-padded": "the key padded on the left", "pad on the right";
        CutByCharacters = "cut-by-characters": "the key brought to 32 characters", "count bytes of UTF-8, not characters";
        CutByUtf16Units = "cut-by-utf-16-units": "the key brought to 32 UTF-16 units", "count bytes of UTF-8, not units of a string";
        RepairedCut = "repaired-cut": "the key cut after 32 bytes and taken for text again", "keep the 32 bytes, which may end in half a character";
        Utf16Key = "utf-16-key": "the key's UTF-16 bytes", "take its UTF-8 bytes";
        Utf16KeyWithMark = "utf-16-key-with-mark": "the key's UTF-16 bytes behind a byte order mark", "take its UTF-8 bytes";
        Latin1Key = "latin-1-key": "the key's Latin-1 bytes", "take its UTF-8 bytes";
        AsciiKey = "ascii-key": "the key with a question mark for each character that is not ASCII", "take its UTF-8 bytes";
        HexDecodedKey = "hex-decoded-key": "the key decoded from hexadecimal digits", "take it as text, even if it looks like digits";
        Base64DecodedKey = "base64-decoded-key": "the key decoded from base64", "take it as text, even if it looks like base64";
        TrimmedKey = "trimmed-key": "the key without the white space at its ends", "keep every byte of it";
        LowerCasedKey = "lower-cased-key": "the key in small letters", "keep its case";
        ComposedKey = "composed-key": "the key normalised to NFC", "do not normalise it";
        DecomposedKey = "decomposed-key": "the key normalised to NFD", "do not normalise it";
        CompatibilityKey = "compatibility-key": "the key normalised to NFKC", "do not normalise it";
        SpacesReplaced = "spaces-replaced": "the key padded with spaces, of which each is made a 0, those of the key too", "pad with the character 0 alone";
        SplitPair = "split-pair": "the key cut after 32 UTF-16 units before it is brought to 32 bytes, with U+FFFD for half a character", "count bytes of UTF-8, not units of a string";
        SplitPairMarked = "split-pair-marked": "the key cut after 32 UTF-16 units before it is brought to 32 bytes, with a question mark for half a character", "count bytes of UTF-8, not units of a string";
        CutAtNul = "cut-at-nul": "the key up to its first NUL", "hand on its length, not a text that ends at NUL";
        DoubleUtf8 = "double-utf-8": "the key's UTF-8 bytes, taken for Latin-1 and encoded again", "encode it once";
        UnmarkedKey = "unmarked-key": "the key without the byte order mark in front", "keep every byte of it";
        HexPrefixKey = "hex-prefix-key": "the key's hexadecimal digits decoded, as far as there are some", "take it as text, even if it looks like digits";
        SaltAsText = "salt-as-text": "with the salt's base64 text as the salt", "decode the salt";
        OneIteration = "one-iteration": "after 1 iteration", "pass on the count that is asked for";
        ThousandIterations = "thousand-iterations": "after 1000 iterations", "pass on the count that is asked for";
        HundredThousandIterations = "hundred-thousand-iterations": "after 100000 iterations", "pass on the count that is asked for";
        PlatformIterations = "platform-iterations": "after 600000 iterations", "pass on the count that is asked for, which older keys have lower";
        SixteenBitIterations = "sixteen-bit-iterations": "after a count that is cut to 16 bits", "keep the count in 32 bits";
        ZerosBehindSalt = "zeros-behind-salt": "with a NUL behind the salt for each = of its base64", "cut from what is decoded as many bytes as there are =";
        OneIterationLess = "one-iteration-less": "after one iteration less", "the first HMAC counts as an iteration";
        OneIterationMore = "one-iteration-more": "after one iteration more", "the first HMAC counts as an iteration";
        Sha1 = "sha-1": "with HMAC-SHA1", "name SHA-256, which is no default";
        Sha512 = "sha-512": "with HMAC-SHA512", "use SHA-256";
        FourBytes = "four-bytes": "of 4 bytes", "ask PBKDF2 for 32 bytes, which are 256 bits";
        SixteenBytes = "sixteen-bytes": "of 16 bytes", "ask PBKDF2 for 32 bytes";
        SixtyFourBytes = "sixty-four-bytes": "of 64 bytes", "ask PBKDF2 for 32 bytes";
        HexAsBytes = "hex-as-bytes": "in hexadecimal digits, cut after 32 and taken for the bytes", "ask for raw bytes";
        HexText = "hex-text": "in hexadecimal digits", "write standard base64";
        Base64UrlText = "base64-url-text": "in URL-safe base64", "use the standard alphabet, + and /";
        UnpaddedText = "unpadded-text": "in base64 without its padding", "end it with =";
        PaddedKeyItself = "padded-key-itself": "the padded key itself, which the older cipher uses", "derive the data key by PBKDF2 from the raw key";
        PaddedPassword = "padded-password": "the proof, PBKDF2 over the padded key", "take the raw key, neither padded nor cut, or the server knows the data key";
    }
}

impl Derivation {
    /// What an implementation with this mistake answers, as text: standard base64, but for the
    /// mistakes that are about the text.
    ///
    /// `None` where the mistake does not apply to `derived`, or where this input does not show it
    /// in a defined way: the key is no base64, has characters beyond Latin-1, the salt
    /// is not strictly base64 although it is decoded, there is one iteration and none less. The
    /// answer may be the right one, where the input does not show the mistake.
    pub fn answer(
        self,
        derived: Derived,
        key: &str,
        salt: &str,
        iterations: Iterations,
    ) -> Option<String> {
        if !self.applies_to(derived) {
            return None;
        }
        if matches!(self, Self::PaddedKeyItself) {
            return Some(encoding::encode(pad_key(key.as_bytes()).as_bytes()));
        }
        let key = match derived {
            Derived::PadKey => return Some(encoding::encode(self.form(key)?)),
            Derived::Proof => self.form(key)?,
            Derived::DataKey if matches!(self, Self::PaddedPassword) => pad(key.as_bytes()),
            Derived::DataKey => self.read(key)?,
        };
        let salt = match self {
            Self::SaltAsText => salt.as_bytes().to_vec(),
            Self::ZerosBehindSalt => {
                let padding = salt.len() - salt.trim_end_matches('=').len();
                [encoding::decode(salt).ok()?, vec![0; padding]].concat()
            }
            _ => encoding::decode(salt).ok()?,
        };
        Some(self.write(&self.stretch(&key, &salt, self.count(iterations)?)))
    }

    /// Whether it costs hundreds of thousands of iterations whatever was asked for.
    pub const fn is_dear(self) -> bool {
        matches!(self, Self::HundredThousandIterations | Self::PlatformIterations)
    }

    /// The key's bytes.
    fn read(self, key: &str) -> Option<Vec<u8>> {
        Some(match self {
            Self::Utf16Key => key.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16KeyWithMark => {
                let units = std::iter::once(BYTE_ORDER_MARK).chain(key.encode_utf16());
                units.flat_map(u16::to_be_bytes).collect()
            }
            Self::AsciiKey => key
                .chars()
                .map(|character| u8::try_from(character).ok().filter(u8::is_ascii))
                .map(|byte| byte.unwrap_or(b'?'))
                .collect(),
            Self::Latin1Key => {
                key.chars().map(|character| u8::try_from(character).ok()).collect::<Option<_>>()?
            }
            // Whoever decodes asks first whether it can be decoded.
            Self::HexDecodedKey => from_hex(key).unwrap_or_else(|| key.into()),
            Self::HexPrefixKey => {
                let digits = key.bytes().take_while(u8::is_ascii_hexdigit).count();
                from_hex(&key[..digits / 2 * 2])?
            }
            Self::CutAtNul => key.split('\0').next()?.into(),
            Self::DoubleUtf8 => key.bytes().map(char::from).collect::<String>().into(),
            Self::UnmarkedKey => key.trim_start_matches('\u{feff}').into(),
            Self::Base64DecodedKey => encoding::decode(key).ok()?,
            Self::TrimmedKey => key.trim().into(),
            Self::LowerCasedKey => key.to_lowercase().into(),
            Self::ComposedKey => key.nfc().collect::<String>().into(),
            Self::DecomposedKey => key.nfd().collect::<String>().into(),
            Self::CompatibilityKey => key.nfkc().collect::<String>().into(),
            _ => key.into(),
        })
    }

    /// What the key is brought to.
    fn form(self, key: &str) -> Option<Vec<u8>> {
        Some(match self {
            Self::RawKey => key.into(),
            Self::NulPadded => filled(key.bytes(), 0),
            Self::SpacePadded => filled(key.bytes(), b' '),
            Self::SpacesReplaced => {
                let spaced = filled(key.bytes(), b' ').into_iter();
                spaced.map(|byte| if byte == b' ' { b'0' } else { byte }).collect()
            }
            Self::SplitPair | Self::SplitPairMarked => {
                let units: Vec<u16> = key.encode_utf16().take(KEY_LENGTH).collect();
                let half =
                    if matches!(self, Self::SplitPair) { char::REPLACEMENT_CHARACTER } else { '?' };
                let characters = char::decode_utf16(units).map(|one| one.unwrap_or(half));
                pad(characters.collect::<String>().as_bytes())
            }
            Self::LeftPadded => {
                let mut form = vec![b'0'; KEY_LENGTH.saturating_sub(key.len())];
                form.extend(key.bytes().take(KEY_LENGTH));
                form
            }
            Self::CutByCharacters => String::from_iter(filled(key.chars(), '0')).into(),
            Self::RepairedCut => String::from_utf8_lossy(&pad(key.as_bytes())).into_owned().into(),
            // Half a pair is written as U+FFFD by every encoder that does not refuse it.
            Self::CutByUtf16Units => {
                String::from_utf16_lossy(&filled(key.encode_utf16(), u16::from(b'0'))).into()
            }
            _ => pad(&self.read(key)?),
        })
    }

    fn count(self, requested: Iterations) -> Option<Iterations> {
        let requested = i64::from(requested.get());
        let count = match self {
            Self::OneIteration => 1,
            Self::ThousandIterations => 1000,
            Self::HundredThousandIterations => 100_000,
            Self::PlatformIterations => return Some(Iterations::PLATFORM),
            Self::SixteenBitIterations => requested & 0xffff,
            Self::OneIterationLess => requested - 1,
            Self::OneIterationMore => requested + 1,
            _ => requested,
        };
        Iterations::try_from(count).ok()
    }

    fn stretch(self, key: &[u8], salt: &[u8], iterations: Iterations) -> Vec<u8> {
        let length = match self {
            Self::FourBytes => 4,
            Self::SixteenBytes => 16,
            Self::SixtyFourBytes => 64,
            _ => KEY_LENGTH,
        };
        let (mut bytes, count) = (vec![0; length], iterations.get());
        match self {
            Self::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(key, salt, count, &mut bytes),
            Self::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(key, salt, count, &mut bytes),
            Self::SixtyFourBytes => pbkdf2::pbkdf2_hmac::<Sha256>(key, salt, count, &mut bytes),
            _ => {
                let [derived] = derive([Input { key, salt, iterations }]);
                bytes.copy_from_slice(&derived.as_bytes()[..length]);
            }
        }
        bytes
    }

    fn write(self, bytes: &[u8]) -> String {
        match self {
            Self::HexAsBytes => encoding::encode(&hex(bytes)[..KEY_LENGTH]),
            Self::HexText => hex(bytes),
            Self::Base64UrlText => URL_SAFE.encode(bytes),
            Self::UnpaddedText => STANDARD_NO_PAD.encode(bytes),
            _ => encoding::encode(bytes),
        }
    }
}

/// The right padding.
fn pad(key: &[u8]) -> Vec<u8> {
    pad_key(key).as_bytes().to_vec()
}

/// 32 of whatever the key is counted in.
fn filled<T: Clone>(key: impl Iterator<Item = T>, filler: T) -> Vec<T> {
    key.chain(std::iter::repeat(filler)).take(KEY_LENGTH).collect()
}
