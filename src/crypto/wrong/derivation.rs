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
pub enum Target {
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

/// A mistake in words: what was done, as it is said of each target, and what to do instead.
struct Words {
    done: Done,
    instead: &'static str,
}

/// How the phrase is tied to the target.
enum Done {
    /// What was made instead of the padded key.
    Form(&'static str),
    /// What was taken for the key.
    Key(&'static str),
    /// What is peculiar to the result.
    With(&'static str),
    /// What the result is.
    Itself(&'static str),
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

    /// Whether the mistake can be made on the way to `target`.
    pub const fn applies_to(self, target: Target) -> bool {
        match self.words_of().done {
            Done::Form(_) => matches!(target, Target::PadKey | Target::Proof),
            Done::Key(_) => true,
            // The protocol gives a data key as bytes: their spelling is not the implementation's.
            Done::With(_) => match self {
                Self::HexText | Self::Base64UrlText | Self::UnpaddedText => {
                    matches!(target, Target::Proof)
                }
                _ => matches!(target, Target::Proof | Target::DataKey),
            },
            Done::Itself(_) => matches!(target, Target::DataKey),
        }
    }

    /// What was done and what to do instead, one line.
    pub fn words(self, target: Target) -> String {
        let Words { done, instead } = self.words_of();
        let (tie, done) = match (done, target) {
            (Done::Form(form), Target::PadKey) => ("", form),
            (Done::Key(key), Target::PadKey) => ("the padded form of ", key),
            (Done::Form(of) | Done::Key(of), Target::Proof) => ("the proof of ", of),
            (Done::Form(of) | Done::Key(of), Target::DataKey) => ("the data key of ", of),
            (Done::With(with), Target::PadKey) => ("the padded key ", with),
            (Done::With(with), Target::Proof) => ("the proof ", with),
            (Done::With(with), Target::DataKey) => ("the data key ", with),
            (Done::Itself(itself), _) => ("", itself),
        };
        format!("this is {tie}{done}: {instead}")
    }

    const fn words_of(self) -> Words {
        let (done, instead) = match self {
            Self::RawKey => (
                Done::Form("the key neither padded nor cut"),
                "pad it with the character 0 to 32 bytes, or cut it after 32",
            ),
            Self::NulPadded => (
                Done::Form("the key padded with NUL bytes"),
                "pad with the character 0, 0x30",
            ),
            Self::SpacePadded => (
                Done::Form("the key padded with spaces"),
                "pad with the character 0, 0x30",
            ),
            Self::LeftPadded => (Done::Form("the key padded on the left"), "pad on the right"),
            Self::CutByCharacters => (
                Done::Form("the key brought to 32 characters"),
                "count bytes of UTF-8, not characters",
            ),
            Self::CutByUtf16Units => (
                Done::Form("the key brought to 32 UTF-16 units"),
                "count bytes of UTF-8, not units of a string",
            ),
            Self::RepairedCut => (
                Done::Form("the key cut after 32 bytes and taken for text again"),
                "keep the 32 bytes, which may end in half a character",
            ),
            Self::Utf16Key => (Done::Key("the key's UTF-16 bytes"), "take its UTF-8 bytes"),
            Self::Utf16KeyWithMark => (
                Done::Key("the key's UTF-16 bytes behind a byte order mark"),
                "take its UTF-8 bytes",
            ),
            Self::Latin1Key => (Done::Key("the key's Latin-1 bytes"), "take its UTF-8 bytes"),
            Self::AsciiKey => (
                Done::Key("the key with a question mark for each character that is not ASCII"),
                "take its UTF-8 bytes",
            ),
            Self::HexDecodedKey => (
                Done::Key("the key decoded from hexadecimal digits"),
                "take it as text, even if it looks like digits",
            ),
            Self::Base64DecodedKey => (
                Done::Key("the key decoded from base64"),
                "take it as text, even if it looks like base64",
            ),
            Self::TrimmedKey => (
                Done::Key("the key without the white space at its ends"),
                "keep every byte of it",
            ),
            Self::LowerCasedKey => (Done::Key("the key in small letters"), "keep its case"),
            Self::ComposedKey => (
                Done::Key("the key normalised to NFC"),
                "do not normalise it",
            ),
            Self::DecomposedKey => (
                Done::Key("the key normalised to NFD"),
                "do not normalise it",
            ),
            Self::CompatibilityKey => (
                Done::Key("the key normalised to NFKC"),
                "do not normalise it",
            ),
            Self::SaltAsText => (
                Done::With("with the salt's base64 text as the salt"),
                "decode the salt",
            ),
            Self::OneIteration => (
                Done::With("after 1 iteration"),
                "pass on the count that is asked for",
            ),
            Self::ThousandIterations => (
                Done::With("after 1000 iterations"),
                "pass on the count that is asked for",
            ),
            Self::HundredThousandIterations => (
                Done::With("after 100000 iterations"),
                "pass on the count that is asked for",
            ),
            Self::PlatformIterations => (
                Done::With("after 600000 iterations"),
                "pass on the count that is asked for, which older keys have lower",
            ),
            Self::OneIterationLess => (
                Done::With("after one iteration less"),
                "the first HMAC counts as an iteration",
            ),
            Self::OneIterationMore => (
                Done::With("after one iteration more"),
                "the first HMAC counts as an iteration",
            ),
            Self::Sha1 => (
                Done::With("with HMAC-SHA1"),
                "name SHA-256, which is no default",
            ),
            Self::Sha512 => (Done::With("with HMAC-SHA512"), "use SHA-256"),
            Self::FourBytes => (
                Done::With("of 4 bytes"),
                "ask PBKDF2 for 32 bytes, which are 256 bits",
            ),
            Self::SixteenBytes => (Done::With("of 16 bytes"), "ask PBKDF2 for 32 bytes"),
            Self::SixtyFourBytes => (Done::With("of 64 bytes"), "ask PBKDF2 for 32 bytes"),
            Self::HexText => (Done::With("in hexadecimal digits"), "write standard base64"),
            Self::Base64UrlText => (
                Done::With("in URL-safe base64"),
                "use the standard alphabet, + and /",
            ),
            Self::UnpaddedText => (Done::With("in base64 without its padding"), "end it with ="),
            Self::PaddedKeyItself => (
                Done::Itself("the padded key itself, which the older cipher uses"),
                "derive the data key by PBKDF2 from the raw key",
            ),
            Self::PaddedPassword => (
                Done::Itself("the proof, PBKDF2 over the padded key"),
                "take the raw key, neither padded nor cut, or the server knows the data key",
            ),
        };
        Words { done, instead }
    }

    /// What an implementation with this mistake answers, as text: standard base64, but for the
    /// mistakes that are about the text.
    ///
    /// `None` where the mistake does not apply to `target`, or where this input does not show it
    /// in a defined way: the key is no hexadecimal digits, has characters beyond Latin-1, the salt
    /// is not strictly base64 although it is decoded, there is one iteration and none less. The
    /// answer may be the right one, where the input does not tell.
    pub fn answer(
        self,
        target: Target,
        key: &str,
        salt: &str,
        iterations: Iterations,
    ) -> Option<String> {
        if !self.applies_to(target) {
            return None;
        }
        if matches!(self, Self::PaddedKeyItself) {
            return Some(encoding::encode(pad_key(key.as_bytes()).as_bytes()));
        }
        let key = match target {
            Target::PadKey => return Some(encoding::encode(self.form(key)?)),
            Target::Proof => self.form(key)?,
            Target::DataKey if matches!(self, Self::PaddedPassword) => pad(key.as_bytes()),
            Target::DataKey => self.read(key)?,
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
            Self::Latin1Key => key
                .chars()
                .map(|character| u8::try_from(character).ok())
                .collect::<Option<_>>()?,
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
            Self::RepairedCut => String::from_utf8_lossy(&pad(key.as_bytes()))
                .into_owned()
                .into(),
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
                let [derived] = derive([Input {
                    key,
                    salt,
                    iterations,
                }]);
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
    key.chain(std::iter::repeat(filler))
        .take(KEY_LENGTH)
        .collect()
}
