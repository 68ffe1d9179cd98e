//! Answers that are given again, until a write empties the cache.

use std::collections::HashMap;

use crate::contract::route::Endpoint;

/// Incarnation of the organization, number of the project.
pub(super) type Place = (u64, u64);

/// Bodies of answers, by the project that they are about, and by what was asked.
#[derive(Default)]
pub(in crate::mock) struct Cache(pub(super) HashMap<Place, HashMap<(Endpoint, String), Vec<u8>>>);
