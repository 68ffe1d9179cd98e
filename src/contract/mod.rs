//! The wire as types, the route table and the requirement catalogue. No IO.

pub mod requirement;
