//! The known answers of `vectors/`, compiled in: what they are (`vectors/README.md` has the
//! format), and how an implementation's reply is judged by one.
//!
//! A vector's [`Call`] is what an adapter is asked; [`Call::perform`] is how this crate's own
//! [`crypto`](crate::crypto) answers it; [`Expected::judge`] compares any reply with the claim.
//!
//! ```
//! let corpus = keyproof::vectors::embedded()?;
//! let vector = corpus.vectors().next().expect("the corpus has vectors");
//! let judgement = vector.expected.judge(&vector.call.perform());
//! assert_eq!(judgement.reason(), None, "{}", vector.claim);
//! # Ok::<_, &keyproof::vectors::Error>(())
//! ```

mod answer;
mod ascii;
mod call;
mod corpus;
mod embedded;
mod error;
mod expected;
mod group;
mod octets;
mod vector;

pub use answer::{Answer, Refusal};
pub use ascii::ascii;
pub use call::{
    Call, Decrypt, DecryptWithProjectKey, Derive, Encrypt, EncryptWithProjectKey, PadKey, Verify,
};
pub use corpus::{Corpus, Document, FORMAT};
pub use embedded::{FILES, embedded};
pub use error::Error;
pub use expected::{Expected, Judgement};
pub use group::Group;
pub use octets::Octets;
pub use vector::Vector;
