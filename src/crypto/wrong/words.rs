//! What a report says of a wrong derivation.

use super::{Derivation, Derived};

/// What the sentence of a mistake describes.
enum Described {
    /// What was made instead of the padded key.
    Form,
    /// What was taken for the key.
    Key,
    /// How the result differs.
    Result,
    /// How the result is spelt. The protocol gives a data key as bytes: their spelling is not the
    /// implementation's.
    Spelling,
    /// What the data key is.
    DataKey,
}

impl Derivation {
    /// Whether the mistake can be made on the way to `derived`.
    pub const fn applies_to(self, derived: Derived) -> bool {
        match self.described() {
            Described::Form => matches!(derived, Derived::PadKey | Derived::Proof),
            Described::Key => true,
            Described::Result => matches!(derived, Derived::Proof | Derived::DataKey),
            Described::Spelling => matches!(derived, Derived::Proof),
            Described::DataKey => matches!(derived, Derived::DataKey),
        }
    }

    /// What was done and what to do instead, one line.
    pub fn words(self, derived: Derived) -> String {
        let before = match (self.described(), derived) {
            (Described::Form, Derived::PadKey) | (Described::DataKey, _) => "",
            (Described::Key, Derived::PadKey) => "the padded form of ",
            (Described::Form | Described::Key, Derived::Proof) => "the proof of ",
            (Described::Form | Described::Key, Derived::DataKey) => "the data key of ",
            (_, Derived::PadKey) => "the padded key ",
            (_, Derived::Proof) => "the proof ",
            (_, Derived::DataKey) => "the data key ",
        };
        format!("this is {before}{}: {}", self.sentence(), self.instead())
    }

    const fn described(self) -> Described {
        match self {
            Self::RawKey
            | Self::NulPadded
            | Self::SpacePadded
            | Self::LeftPadded
            | Self::CutByCharacters
            | Self::CutByUtf16Units
            | Self::SpacesReplaced
            | Self::SplitPair
            | Self::SplitPairMarked
            | Self::RepairedCut => Described::Form,
            Self::Utf16Key
            | Self::Utf16KeyWithMark
            | Self::Latin1Key
            | Self::AsciiKey
            | Self::HexDecodedKey
            | Self::HexPrefixKey
            | Self::CutAtNul
            | Self::DoubleUtf8
            | Self::UnmarkedKey
            | Self::Base64DecodedKey
            | Self::TrimmedKey
            | Self::LowerCasedKey
            | Self::ComposedKey
            | Self::DecomposedKey
            | Self::CompatibilityKey => Described::Key,
            Self::HexText | Self::Base64UrlText | Self::UnpaddedText => Described::Spelling,
            Self::PaddedKeyItself | Self::PaddedPassword => Described::DataKey,
            Self::SaltAsText
            | Self::OneIteration
            | Self::ThousandIterations
            | Self::HundredThousandIterations
            | Self::PlatformIterations
            | Self::SixteenBitIterations
            | Self::ZerosBehindSalt
            | Self::HexAsBytes
            | Self::OneIterationLess
            | Self::OneIterationMore
            | Self::Sha1
            | Self::Sha512
            | Self::FourBytes
            | Self::SixteenBytes
            | Self::SixtyFourBytes => Described::Result,
        }
    }
}
