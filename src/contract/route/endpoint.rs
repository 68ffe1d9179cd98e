//! The names of the endpoints.

use super::table::endpoints;
use crate::named::named;

macro_rules! define {
    ($(
        $Name:ident = $name:literal: $summary:literal
        $(($Body:ident))? $(-> $Answer:ty $(as $shape:literal)?)? => $route:expr;
    )+) => {
        named! {
            /// What a route does: the name that the mock dispatches on and the suites call.
            pub enum Endpoint {
                $($Name = $name: $summary,)+
            }
        }
    };
}

endpoints!(define);
