//! keyproof holds implementations of the dotEnv Cloud encryption-key API to their contract: servers
//! by URL, SDKs through a small adapter process, and in a later step clients. It carries a stateful mock of the API.
//!
//! # Layout
//!
//! Dependencies go one way, from the top of this list to its end:
//!
//! - [`cli`] reads the command line, and supplies the suites with a target.
//! - [`suite`] the cases. [`suite::server`] speaks HTTP only and never touches the mock's insides.
//!   [`suite::sdk`] speaks the adapter protocol only.
//! - [`mock`] the server: state, service, HTTP, control, jobs, clock, faults. It knows no suite.
//! - [`harness`] case, selection, runner, verdict, reports, redaction. It knows no API.
//! - [`adapter`] the process protocol that SDKs are plugged in by, and the Rust reference adapter.
//! - [`contract`] the wire as types, the route table and the requirement catalogue. No IO.
//! - [`vectors`] the known answers of `vectors/`, compiled in.
//! - [`crypto`] padding, proof, data key, blobs. Pure.
//! - `named` enums whose values have a public name and a sentence. Any room may use it.
//! - [`system`] what each operating system does in its own way. Nothing else asks which one it is.
//!
//! The environment is read in [`cli`] alone. HTTP requests are sent by whoever is a client: the two suites that
//! ask a server or start a mock, the reference adapter, and `keyproof mock ready`.

pub mod adapter;
pub mod cli;
pub mod contract;
pub mod crypto;
pub mod harness;
pub mod mock;
mod named;
pub mod suite;
pub mod system;
pub mod vectors;
