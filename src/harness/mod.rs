//! Case, selection, runner, verdict, reports, redaction. Knows no API.

mod exit;

pub use exit::Exit;
