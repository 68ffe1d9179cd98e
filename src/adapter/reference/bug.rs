//! A bug that the reference adapter can be given, by name.

use std::fmt;
use std::str::FromStr;

use super::quirk::Quirk;
use super::slip::Slip;
use crate::crypto::wrong::{Derivation, Derived, Sealing};

/// Something that the reference adapter does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bug {
    /// `pad_key`, the proofs or the data key are made in a wrong way.
    Derivation(Derived, Derivation),
    /// Blobs are sealed and opened in a wrong way.
    Sealing(Sealing),
    /// Anything else in an operation of the crypto, or in the protocol.
    Quirk(Quirk),
    /// A client's operation is performed in a wrong way.
    Slip(Slip),
}

const DERIVED: [(Derived, &str); 3] =
    [(Derived::PadKey, "pad-key"), (Derived::Proof, "proof"), (Derived::DataKey, "data-key")];

impl Bug {
    /// Every bug.
    pub fn all() -> Vec<Self> {
        let derivations = DERIVED.into_iter().flat_map(|(derived, _)| {
            let applying = Derivation::ALL.iter().filter(move |one| one.applies_to(derived));
            applying.map(move |one| Self::Derivation(derived, *one))
        });
        let sealings = Sealing::ALL.iter().copied().map(Self::Sealing);
        let quirks = Quirk::ALL.iter().copied().map(Self::Quirk);
        let slips = Slip::ALL.iter().copied().map(Self::Slip);
        let of_the_crypto = derivations.chain(sealings).chain(quirks);
        of_the_crypto.chain(slips).collect()
    }
}

impl fmt::Display for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Derivation(derived, derivation) => {
                let prefix =
                    DERIVED.iter().find(|(one, _)| one == derived).map_or("", |(_, name)| name);
                write!(f, "{prefix}-{}", derivation.name())
            }
            Self::Sealing(sealing) => write!(f, "blob-{}", sealing.name()),
            Self::Quirk(quirk) => f.write_str(quirk.name()),
            Self::Slip(slip) => write!(f, "client-{}", slip.name()),
        }
    }
}

impl FromStr for Bug {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::all();
        let bug = known.iter().find(|bug| bug.to_string() == name);
        bug.copied().ok_or_else(|| {
            let nearest = known.iter().map(ToString::to_string).max_by(|one, other| {
                let likeness = |text: &str| strsim::normalized_damerau_levenshtein(name, text);
                likeness(one).total_cmp(&likeness(other))
            });
            format!("no such bug; nearest: {}", nearest.unwrap_or_default())
        })
    }
}
