//! Request bodies: flat JSON objects. Each type is what a client sends and what a server reads.
//!
//! A body is read whole: every member that is wrong is reported, and nothing of a wrong body is
//! used.

mod api_key;
mod key;
mod outline;
mod project;
mod read;
mod reader;
mod reading;
mod schema;
mod secret;
mod shape;
mod version;

pub use api_key::{CreateApiKey, PatchApiKey, PutApiKey};
pub use key::{
    ListPending, ReencryptedVersion, RotateClientKeys, RotateEncryptionKey, RotatedSecret,
    SubmitReencrypted,
};
pub use project::{
    Changes, CreateEnvironment, CreateProject, CreateTarget, Keeper, ProofFields, SECRET_FORMATS,
    UpdateEnvironment, UpdateProject, UpdateTarget,
};
pub use read::{Read, read};
pub use reader::{Body, Reader, Rules};
pub use reading::{Action, Filters, Merge, Reading, RetrieveSecrets};
pub use schema::schema;
pub use secret::{DeleteSecrets, StoreSecrets};
pub use shape::Shape;
pub use version::{DeleteVersion, ListVersions, PurgeScope, PurgeVersions, RestoreVersion};
