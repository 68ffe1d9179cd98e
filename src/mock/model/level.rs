//! Where in a project a secret sits.

use crate::contract::request::LevelFields;

/// A level of a project. The order is that of the merge: project, targets, their environments.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(in crate::mock) struct Level {
    pub(in crate::mock) target: Option<String>,
    pub(in crate::mock) environment: Option<String>,
}

impl Level {
    /// The level that a body names.
    pub(in crate::mock) fn of(fields: LevelFields) -> Self {
        Self { target: fields.target, environment: fields.environment }
    }

    /// `project`, `target` or `environment`.
    pub(in crate::mock) fn name(&self) -> &'static str {
        match (&self.target, &self.environment) {
            (_, Some(_)) => "environment",
            (Some(_), None) => "target",
            (None, None) => "project",
        }
    }

    /// The slug that the level is named after.
    pub(in crate::mock) fn source<'a>(&'a self, project: &'a str) -> &'a str {
        self.environment.as_deref().or(self.target.as_deref()).unwrap_or(project)
    }
}
