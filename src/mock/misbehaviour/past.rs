//! What an organization was before its last writes, for reads that are stale.

use std::collections::{BTreeMap, BTreeSet};

use crate::mock::model::{Organization, Project, Token};

/// Each project as it was before the last write to it, and the tokens before the last write to them.
#[derive(Default)]
pub(in crate::mock) struct Past {
    /// That of the organization. What is older than the last reset is forgotten.
    incarnation: u64,
    /// By slug; none where there was no such project.
    projects: BTreeMap<String, Option<Project>>,
    tokens: Option<BTreeMap<String, Token>>,
}

impl Past {
    /// Notes a write to a project, whose slug may name none: what the organization was before it, and what it is now.
    pub(super) fn note(
        &mut self,
        incarnation: u64,
        (mut before, now): (Organization, &Organization),
        slug: &str,
    ) {
        if self.incarnation != incarnation {
            *self = Self { incarnation, ..Self::default() };
        }
        if before.tokens != now.tokens {
            self.tokens = Some(before.tokens);
        }
        let slugs = before.projects.keys().chain(now.projects.keys());
        let is_in_both =
            |one: &str| before.projects.contains_key(one) && now.projects.contains_key(one);
        let changed: BTreeSet<String> =
            slugs.filter(|one| *one == slug || !is_in_both(one)).cloned().collect();
        for slug in changed {
            let project = before.projects.remove(&slug);
            self.projects.insert(slug, project);
        }
    }

    /// What a stale read sees of what is there now.
    pub(super) fn of(&self, incarnation: u64, mut now: Organization) -> Organization {
        if self.incarnation != incarnation {
            return now;
        }
        for (slug, project) in &self.projects {
            match project {
                Some(project) => now.projects.insert(slug.clone(), project.copied()),
                None => now.projects.remove(slug),
            };
        }
        if let Some(tokens) = &self.tokens {
            now.tokens.clone_from(tokens);
        }
        now
    }
}
