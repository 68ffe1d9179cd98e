//! Each endpoint as a type, for what is made of each of them.

use super::table::endpoints;
use crate::contract::request::{self, Body};

/// An endpoint as a type.
pub trait Operation {
    /// The body that it takes; `()` if it takes none.
    type Body: Body;
}

macro_rules! body {
    () => {
        ()
    };
    ($Body:ident) => {
        request::$Body
    };
}

macro_rules! define {
    ($(
        $Name:ident = $name:literal: $summary:literal
        $(($Body:ident))? $(-> $Answer:ty $(as $shape:literal)?)? => $route:expr;
    )+) => {
        $(
            #[doc = $summary]
            #[derive(Debug, Clone, Copy)]
            pub struct $Name;

            impl Operation for $Name {
                type Body = body!($($Body)?);
            }
        )+
    };
}

endpoints!(define);
