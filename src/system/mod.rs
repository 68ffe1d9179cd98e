//! What each operating system does in its own way, by names that mean the same on all of them.
//!
//! Nothing outside this folder asks which system it runs on. The folder is for Unix, Linux and macOS
//! alike; a port to Windows is another implementation of these functions and of nothing else, and each of them
//! says what it has to do there.

#[cfg(feature = "data")]
pub mod file;
#[cfg(feature = "suite")]
pub mod process;
#[cfg(feature = "cli")]
pub mod signal;
