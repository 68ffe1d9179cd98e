//! Why a text is not a vector file.

use super::Group;

/// A refused vector file. Foreign text in it is escaped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An expected answer is not of the kind that the operation gives.
    #[error("vector {id:?} expects {found} of {op}, which answers with {wanted}")]
    Answer {
        /// Which vector.
        id: String,
        /// Its operation.
        op: &'static str,
        /// The member that the operation answers with.
        wanted: &'static str,
        /// The member that the vector expects.
        found: &'static str,
    },
    /// The declared count is not the number of vectors.
    #[error(
        "{group} declares {declared} vectors and holds {found}: mend `count`, or find the rest"
    )]
    Count {
        /// Which file.
        group: Group,
        /// What `count` says.
        declared: usize,
        /// How many there are.
        found: usize,
    },
    /// Two vectors have one id.
    #[error("two vectors have the id {id:?}: an id names one vector")]
    Duplicate {
        /// The id.
        id: String,
    },
    /// There is nothing in it.
    #[error("there are no vectors in it")]
    Empty,
    /// A format that this version does not read.
    #[error("it has format {found}, and this keyproof reads format 1")]
    Format {
        /// What `format` says.
        found: u64,
    },
    /// An id is not made of the group and a slug.
    #[error(
        "the id {id:?} is not {group}/ and words of small letters and digits joined by hyphens"
    )]
    Id {
        /// The id.
        id: String,
        /// The group of its file.
        group: Group,
    },
    /// Not JSON, or a member is missing, unknown or of another type.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// A vector stands in the file of another group.
    #[error("vector {id:?} calls {op}, which does not belong to the group {group}")]
    Operation {
        /// Which vector.
        id: String,
        /// Its operation.
        op: &'static str,
        /// The group of its file.
        group: Group,
    },
    /// A flag that `notes` do not explain.
    #[error("vector {id:?} has the flag {flag:?}, which `notes` do not explain")]
    UnexplainedFlag {
        /// Which vector.
        id: String,
        /// The flag.
        flag: String,
    },
    /// A note on a flag that no vector has.
    #[error("{group} explains the flag {flag:?}, which no vector has")]
    UnusedNote {
        /// Which file.
        group: Group,
        /// The flag.
        flag: String,
    },
}
