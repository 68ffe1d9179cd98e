//! The messages of panics, without the secrets that may be in them.

use std::any::Any;

use super::Redactor;

/// The message of a caught panic, if it is text, without secrets.
pub(super) fn message(payload: &(dyn Any + Send), redactor: &Redactor) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let text = redactor.redact(text.unwrap_or("no message"));
    format!("the case panicked: {text}")
}
