//! keyproof holds implementations of the dotEnv Cloud encryption-key API to their contract: servers
//! by URL, SDKs and clients through a small adapter process. It carries a stateful mock of the API.
//!
//! For users of the crate there are `mock` (feature `mock`), [`contract`], [`vectors`] and [`crypto`]. The other rooms are
//! those of the binary, and change with it.
//!
//! # Layout
//!
//! Dependencies go one way, from the top of this list to its end:
//!
//! - `cli` reads the command line, and supplies the suites with a target.
//! - `suite` the cases. `suite::server` speaks HTTP only, `suite::sdk` the adapter protocol only;
//!   `suite::client` puts a client behind an adapter in front of a mock.
//! - `mock` the server: state, service, HTTP, control, jobs, clock, faults. It knows no suite.
//! - `harness` case, selection, runner, verdict, reports, redaction. It knows no API.
//! - `adapter` the process protocol that SDKs are plugged in by, and the Rust reference adapter.
//! - [`contract`] the wire as types, the route table and the requirement catalogue. No IO.
//! - [`vectors`] the known answers of `vectors/`, compiled in.
//! - [`crypto`] padding, proof, data key, blobs. Pure.
//! - `named` enums whose values have a public name and a sentence. Any room may use it.
//! - `system` what each operating system does in its own way. Nothing else asks which one it is.
//!
//! Three things are done in few places, and `suites/tree.rs` holds them to it. The environment is read in `cli`
//! alone. HTTP requests are sent by four clients: `suite::server` through its door, `suite::client` to the mock
//! that it controls, the client of the reference adapter, and `keyproof mock ready`. And the suite that judges
//! servers, `suite::server`, knows no mock: what it is given is a URL.

#[cfg(feature = "suite")]
#[doc(hidden)]
pub mod adapter;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
pub mod contract;
pub mod crypto;
#[cfg(feature = "suite")]
#[doc(hidden)]
pub mod harness;
#[cfg(feature = "mock")]
pub mod mock;
mod named;
#[cfg(feature = "suite")]
#[doc(hidden)]
pub mod suite;
#[cfg(any(feature = "data", feature = "suite"))]
#[doc(hidden)]
pub mod system;
pub mod vectors;
