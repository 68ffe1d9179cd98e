//! How a padded key, a proof or a data key goes wrong.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use unicode_normalization::UnicodeNormalization as _;

use super::super::pbkdf2_sha256::{Input, derive};
use super::super::{Iterations, KEY_LENGTH, encoding, pad_key};
use super::{from_hex, hex};

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

/// One mistake in a derivation, everything else being right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Derivation {
    /// The key as it is: neither padded nor cut.
    RawKey,
    /// Padded with NUL bytes.
    NulPadded,
    /// Padded with spaces.
    SpacePadded,
    /// Padded in front.
    LeftPadded,
    /// Padded and cut to 32 characters.
    CutByCharacters,
    /// Padded and cut to 32 UTF-16 units.
    CutByUtf16Units,
    /// Cut after 32 bytes and taken for text again: U+FFFD stands where a character was cut.
    RepairedCut,
    /// The key's bytes in UTF-16, little-endian.
    Utf16Key,
    /// The key's bytes in UTF-16, big-endian behind a byte order mark.
    Utf16KeyWithMark,
    /// The key's bytes in Latin-1.
    Latin1Key,
    /// The key in ASCII, a question mark for each other character.
    AsciiKey,
    /// The bytes that the key's hexadecimal digits stand for.
    HexDecodedKey,
    /// The bytes that the key's base64 stands for.
    Base64DecodedKey,
    /// The key without the white space at its ends.
    TrimmedKey,
    /// The key in small letters.
    LowerCasedKey,
    /// The key in Unicode's form NFC.
    ComposedKey,
    /// The key in Unicode's form NFD.
    DecomposedKey,
    /// The key in Unicode's form NFKC.
    CompatibilityKey,
    /// The salt's base64 text is the salt.
    SaltAsText,
    /// One iteration, whatever was asked.
    OneIteration,
    /// 1,000 iterations, whatever was asked.
    ThousandIterations,
    /// 100,000 iterations, whatever was asked.
    HundredThousandIterations,
    /// The platform's 600,000 iterations, whatever was asked.
    PlatformIterations,
    /// One iteration too few.
    OneIterationLess,
    /// One iteration too many.
    OneIterationMore,
    /// HMAC-SHA1.
    Sha1,
    /// HMAC-SHA512.
    Sha512,
    /// 4 bytes: 32 bits.
    FourBytes,
    /// 16 bytes.
    SixteenBytes,
    /// 64 bytes.
    SixtyFourBytes,
    /// Hexadecimal digits instead of base64.
    HexText,
    /// The URL-safe alphabet.
    Base64UrlText,
    /// No `=` at the end.
    UnpaddedText,
    /// The padded key, without PBKDF2: the AES key of the older cipher.
    PaddedKeyItself,
    /// PBKDF2 over the padded key: the bytes of the published proof.
    PaddedPassword,
}

impl Derivation {
    /// Each mistake once.
    pub const ALL: [Self; 35] = [
        Self::RawKey,
        Self::NulPadded,
        Self::SpacePadded,
        Self::LeftPadded,
        Self::CutByCharacters,
        Self::CutByUtf16Units,
        Self::RepairedCut,
        Self::Utf16Key,
        Self::Utf16KeyWithMark,
        Self::Latin1Key,
        Self::AsciiKey,
        Self::HexDecodedKey,
        Self::Base64DecodedKey,
        Self::TrimmedKey,
        Self::LowerCasedKey,
        Self::ComposedKey,
        Self::DecomposedKey,
        Self::CompatibilityKey,
        Self::SaltAsText,
        Self::OneIteration,
        Self::ThousandIterations,
        Self::HundredThousandIterations,
        Self::PlatformIterations,
        Self::OneIterationLess,
        Self::OneIterationMore,
        Self::Sha1,
        Self::Sha512,
        Self::FourBytes,
        Self::SixteenBytes,
        Self::SixtyFourBytes,
        Self::HexText,
        Self::Base64UrlText,
        Self::UnpaddedText,
        Self::PaddedKeyItself,
        Self::PaddedPassword,
    ];

    /// A stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RawKey => "raw-key",
            Self::NulPadded => "nul-padded",
            Self::SpacePadded => "space-padded",
            Self::LeftPadded => "left-padded",
            Self::CutByCharacters => "cut-by-characters",
            Self::CutByUtf16Units => "cut-by-utf-16-units",
            Self::RepairedCut => "repaired-cut",
            Self::Utf16Key => "utf-16-key",
            Self::Utf16KeyWithMark => "utf-16-key-with-mark",
            Self::Latin1Key => "latin-1-key",
            Self::AsciiKey => "ascii-key",
            Self::HexDecodedKey => "hex-decoded-key",
            Self::Base64DecodedKey => "base64-decoded-key",
            Self::TrimmedKey => "trimmed-key",
            Self::LowerCasedKey => "lower-cased-key",
            Self::ComposedKey => "composed-key",
            Self::DecomposedKey => "decomposed-key",
            Self::CompatibilityKey => "compatibility-key",
            Self::SaltAsText => "salt-as-text",
            Self::OneIteration => "one-iteration",
            Self::ThousandIterations => "thousand-iterations",
            Self::HundredThousandIterations => "hundred-thousand-iterations",
            Self::PlatformIterations => "platform-iterations",
            Self::OneIterationLess => "one-iteration-less",
            Self::OneIterationMore => "one-iteration-more",
            Self::Sha1 => "sha-1",
            Self::Sha512 => "sha-512",
            Self::FourBytes => "four-bytes",
            Self::SixteenBytes => "sixteen-bytes",
            Self::SixtyFourBytes => "sixty-four-bytes",
            Self::HexText => "hex-text",
            Self::Base64UrlText => "base64-url-text",
            Self::UnpaddedText => "unpadded-text",
            Self::PaddedKeyItself => "padded-key-itself",
            Self::PaddedPassword => "padded-password",
        }
    }

    /// What an implementation with this mistake answers, as text: standard base64, but for the
    /// mistakes that are about the text.
    ///
    /// `None` where the mistake does not apply to `derived`, or where this input does not show it
    /// in a defined way: the key is no hexadecimal digits, has characters beyond Latin-1, the salt
    /// is not strictly base64 although it is decoded, there is one iteration and none less. The
    /// answer may be the right one, where the input does not tell.
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
            _ => encoding::decode(salt).ok()?,
        };
        Some(self.write(&self.stretch(&key, &salt, self.count(iterations)?)))
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
            Self::HexDecodedKey => from_hex(key)?,
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

    fn count(self, asked: Iterations) -> Option<Iterations> {
        let asked = i64::from(asked.get());
        let count = match self {
            Self::OneIteration => 1,
            Self::ThousandIterations => 1000,
            Self::HundredThousandIterations => 100_000,
            Self::PlatformIterations => return Some(Iterations::PLATFORM),
            Self::OneIterationLess => asked - 1,
            Self::OneIterationMore => asked + 1,
            _ => asked,
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
