//! What follows from the table: the routes, and each endpoint as a type.

use super::row::{Request, Route, delete, get, patch, post, put};
use super::table::{Endpoint, endpoints};
use crate::contract::custody::Custody;
use crate::contract::limit::Bucket;
use crate::contract::request::{self, Body, schema};
#[cfg(feature = "openapi")]
use crate::contract::response::*;
use crate::contract::scope::Scope;

/// The query parameters of a GET of secrets.
const READING: &[&str] = &["decrypt", "merge", "raw"];

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

macro_rules! maybe {
    () => {
        None
    };
    ($value:expr) => {
        Some($value)
    };
}

macro_rules! define {
    ($(
        $Name:ident = $name:literal: $summary:literal
        $(($Body:ident))? $(-> $Answer:ty $(as $shape:literal)?)? => $route:expr;
    )+) => {
        /// Every route that the mock serves, in the order of [`Endpoint`]. Literal segments win over parameters.
        pub const ROUTES: &[Route] = &[$(Route {
            endpoint: Endpoint::$Name,
            request: maybe!($(Request {
                name: stringify!($Body),
                schema: schema::<request::$Body>,
            })?),
            #[cfg(feature = "openapi")]
            answer: maybe!($(described::<$Answer>)?),
            shape: maybe!($($($shape)?)?),
            ..$route
        },)+];

        /// Each endpoint as a type, for code that is generic over endpoints.
        pub mod operation {
            use super::{Operation, request};

            $(
                #[doc = $summary]
                #[derive(Debug, Clone, Copy)]
                pub struct $Name;

                impl Operation for $Name {
                    type Body = body!($($Body)?);
                }
            )+
        }
    };
}

endpoints!(define);

#[cfg(feature = "openapi")]
fn described<T: schemars::JsonSchema>(
    generator: &mut schemars::SchemaGenerator,
) -> schemars::Schema {
    generator.subschema_for::<T>()
}

impl Endpoint {
    /// Its row of the table.
    pub const fn route(self) -> &'static Route {
        &ROUTES[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_filled_in_order() {
        assert_eq!(Endpoint::GetEnvironment.route().fill(&["o", "p", "t", "e"]), "/api/v1/o/p/t/e");
        assert_eq!(
            Endpoint::GetTarget.route().fill_legacy(&["o", "p", "t"]),
            Some("/api/v1/organizations/o/projects/p/targets/t".to_owned())
        );
    }

    #[test]
    fn an_endpoint_finds_its_row() {
        for endpoint in Endpoint::ALL {
            assert_eq!(endpoint.route().endpoint, *endpoint);
        }
    }

    #[test]
    fn a_method_and_path_stand_in_the_table_once() {
        let mut seen = std::collections::BTreeSet::new();
        for route in ROUTES {
            for path in std::iter::once(route.path).chain(route.legacy) {
                assert!(seen.insert((route.method, path)), "{path} is in it twice");
            }
        }
    }
}
