//! What a report says of a wrong derivation.

use super::{Derivation, Derived};

/// What an implementation did, and what to do instead.
struct Words {
    done: Done,
    instead: &'static str,
}

/// What was done, by the phrase that it completes.
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
    /// Whether the mistake can be made on the way to `derived`.
    pub const fn applies_to(self, derived: Derived) -> bool {
        match self.words_of().done {
            Done::Form(_) => matches!(derived, Derived::PadKey | Derived::Proof),
            Done::Key(_) => true,
            // The protocol gives a data key as bytes: their spelling is not the implementation's.
            Done::With(_) => match self {
                Self::HexText | Self::Base64UrlText | Self::UnpaddedText => {
                    matches!(derived, Derived::Proof)
                }
                _ => matches!(derived, Derived::Proof | Derived::DataKey),
            },
            Done::Itself(_) => matches!(derived, Derived::DataKey),
        }
    }

    /// What was done and what to do instead, one line.
    pub fn words(self, derived: Derived) -> String {
        let Words { done, instead } = self.words_of();
        let (tie, done) = match (done, derived) {
            (Done::Form(form), Derived::PadKey) => ("", form),
            (Done::Key(key), Derived::PadKey) => ("the padded form of ", key),
            (Done::Form(of) | Done::Key(of), Derived::Proof) => ("the proof of ", of),
            (Done::Form(of) | Done::Key(of), Derived::DataKey) => ("the data key of ", of),
            (Done::With(with), Derived::PadKey) => ("the padded key ", with),
            (Done::With(with), Derived::Proof) => ("the proof ", with),
            (Done::With(with), Derived::DataKey) => ("the data key ", with),
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
            Self::NulPadded => {
                (Done::Form("the key padded with NUL bytes"), "pad with the character 0, 0x30")
            }
            Self::SpacePadded => {
                (Done::Form("the key padded with spaces"), "pad with the character 0, 0x30")
            }
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
            Self::TrimmedKey => {
                (Done::Key("the key without the white space at its ends"), "keep every byte of it")
            }
            Self::LowerCasedKey => (Done::Key("the key in small letters"), "keep its case"),
            Self::ComposedKey => (Done::Key("the key normalised to NFC"), "do not normalise it"),
            Self::DecomposedKey => (Done::Key("the key normalised to NFD"), "do not normalise it"),
            Self::CompatibilityKey => {
                (Done::Key("the key normalised to NFKC"), "do not normalise it")
            }
            Self::SaltAsText => {
                (Done::With("with the salt's base64 text as the salt"), "decode the salt")
            }
            Self::OneIteration => {
                (Done::With("after 1 iteration"), "pass on the count that is asked for")
            }
            Self::ThousandIterations => {
                (Done::With("after 1000 iterations"), "pass on the count that is asked for")
            }
            Self::HundredThousandIterations => {
                (Done::With("after 100000 iterations"), "pass on the count that is asked for")
            }
            Self::PlatformIterations => (
                Done::With("after 600000 iterations"),
                "pass on the count that is asked for, which older keys have lower",
            ),
            Self::OneIterationLess => {
                (Done::With("after one iteration less"), "the first HMAC counts as an iteration")
            }
            Self::OneIterationMore => {
                (Done::With("after one iteration more"), "the first HMAC counts as an iteration")
            }
            Self::Sha1 => (Done::With("with HMAC-SHA1"), "name SHA-256, which is no default"),
            Self::Sha512 => (Done::With("with HMAC-SHA512"), "use SHA-256"),
            Self::FourBytes => {
                (Done::With("of 4 bytes"), "ask PBKDF2 for 32 bytes, which are 256 bits")
            }
            Self::SixteenBytes => (Done::With("of 16 bytes"), "ask PBKDF2 for 32 bytes"),
            Self::SixtyFourBytes => (Done::With("of 64 bytes"), "ask PBKDF2 for 32 bytes"),
            Self::HexText => (Done::With("in hexadecimal digits"), "write standard base64"),
            Self::Base64UrlText => {
                (Done::With("in URL-safe base64"), "use the standard alphabet, + and /")
            }
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
}
