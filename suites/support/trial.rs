use libtest_mimic::{Completion, Failed};

/// A test by its name within its suite. libtest-mimic's own can't be renamed, and the suite comes
/// before the name.
pub(crate) struct Trial {
    name: String,
    is_ignored: bool,
    run: Box<dyn FnOnce() -> Result<Completion, Failed> + Send>,
}

impl Trial {
    pub(crate) fn test(
        name: impl Into<String>,
        run: impl FnOnce() -> Result<(), Failed> + Send + 'static,
    ) -> Self {
        Self::ignorable_test(name, || run().map(|()| Completion::Completed))
    }

    /// A test that may find out that it has to be ignored.
    pub(crate) fn ignorable_test(
        name: impl Into<String>,
        run: impl FnOnce() -> Result<Completion, Failed> + Send + 'static,
    ) -> Self {
        Self { name: name.into(), is_ignored: false, run: Box::new(run) }
    }

    pub(crate) fn with_ignored_flag(self, is_ignored: bool) -> Self {
        Self { is_ignored, ..self }
    }

    /// As the test runner takes it: `suite::name`.
    pub(crate) fn of(self, suite: &str) -> libtest_mimic::Trial {
        libtest_mimic::Trial::ignorable_test(format!("{suite}::{}", self.name), self.run)
            .with_ignored_flag(self.is_ignored)
    }
}
