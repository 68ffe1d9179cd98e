//! The cases that hold a server to the contract, over HTTP only.
