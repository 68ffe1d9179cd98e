//! Where in a project a secret sits.

/// A level of a project. The order is that of the merge: project, targets, their environments.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) struct Level {
    pub(super) target: Option<String>,
    pub(super) environment: Option<String>,
}

impl Level {
    /// The word for its depth.
    pub(super) fn name(&self) -> &'static str {
        match (&self.target, &self.environment) {
            (_, Some(_)) => "environment",
            (Some(_), None) => "target",
            (None, None) => "project",
        }
    }

    /// The slug that the level is named after.
    pub(super) fn source<'a>(&'a self, project: &'a str) -> &'a str {
        self.environment
            .as_deref()
            .or(self.target.as_deref())
            .unwrap_or(project)
    }
}
