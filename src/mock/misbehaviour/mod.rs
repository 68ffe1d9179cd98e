//! Being wrong, and being right in another way, both applied around a service that knows of neither.
//!
//! `defect` and `variant` name what can be switched on. What each of them does is in tables, by the place where it acts:
//!
//! - `reach` may send a request to another organization.
//! - `request` changes a body before its members are read, and may refuse it.
//! - `proof` takes a wrong proof in it for the right one.
//! - `decision` lets the refusal of a check pass, or changes what it says.
//! - `effect` refuses a commit, or changes what it has changed, in the project's turn.
//! - `race` acts where another commit came between the check of a request and its own, and `cache` keeps answers too long.
//! - `torn` leaves half of a commit whose client hung up before it.
//! - `around` acts after an operation.
//! - `rows` changes answers by pointers and operators, `form` writes them otherwise, and `answer` does what takes more.
//! - `replica` performs an operation on a copy of the organization, or twice, and `past` is what stale reads see.
//! - `policy` changes what is read once: rules, limits, keys.
//!
//! A request carries what applies to it as its `conduct`, and has none where nothing is switched on. Users write
//! misbehaviour of their own as a `row`.

pub(super) mod answer;
pub(super) mod around;
pub(super) mod cache;
pub(super) mod caching;
pub(super) mod conduct;
pub(super) mod decision;
pub(super) mod defect;
pub(super) mod effect;
mod form;
pub(super) mod operator;
pub(super) mod past;
pub(super) mod pointer;
pub(super) mod policy;
mod proof;
pub(super) mod race;
pub(super) mod reach;
pub(super) mod replica;
pub(super) mod request;
pub(super) mod row;
pub(super) mod rows;
mod sent;
mod table;
pub(super) mod torn;
pub(super) mod user_rows;
pub(super) mod variant;
