//! Values with a public name, as the command line takes them.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::named::Named;

/// Takes the names of `T`, and lists them in help and errors.
pub(super) fn parser<T: Named>() -> impl TypedValueParser<Value = T> {
    let values = T::ALL.iter();
    let values = values.map(|one| PossibleValue::new(one.name()).help(one.sentence()));
    PossibleValuesParser::new(values)
        .try_map(|name| T::named(&name).ok_or_else(|| format!("`{name}` is not known")))
}
