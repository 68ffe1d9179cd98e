//! The JSON Schemas of `suites/shapes/` that the table of endpoints names, compiled in.

use jsonschema::Validator;

use crate::contract::route::endpoints;

macro_rules! embed {
    ($(
        $Name:ident = $name:literal: $summary:literal
        $(($Body:ident))? $(-> $Answer:ty $(as $shape:literal)?)? => $route:expr;
    )+) => {
        /// Open schemas of answers, by the name that the table gives the shape of a success; `error` is that of a
        /// refusal.
        pub const SCHEMAS: &[(&str, &str)] = &[
            ("error", include_str!("../../../../suites/shapes/error.json")),
            $($($((
                $shape,
                include_str!(concat!("../../../../suites/shapes/", $shape, ".json")),
            ),)?)?)+
        ];

        /// Closed schemas of request bodies, by the name that the table gives the body.
        pub const REQUEST_SCHEMAS: &[(&str, &str)] = &[$($((
            stringify!($Body),
            include_str!(concat!("../../../../suites/shapes/requests/", stringify!($Body), ".json")),
        ),)?)+];
    };
}

endpoints!(embed);

/// Compiles the text of a schema; `what` names it where it is broken.
pub(crate) fn compiled(what: &str, text: &str) -> Result<Validator, String> {
    let schema =
        serde_json::from_str(text).map_err(|error| format!("{what} is not JSON: {error}"))?;
    jsonschema::validator_for(&schema).map_err(|error| format!("{what} is no JSON Schema: {error}"))
}
