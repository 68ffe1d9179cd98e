//! An organization: the unit that everything is isolated by.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::mock::draw::Draws;
use crate::mock::model::project::Project;
use crate::mock::model::token::Token;

/// Characters of a bearer that no other has.
pub(in crate::mock) const RANDOM: usize = 40;
/// The first row that an organization gives out. What the default fixture holds is numbered below it.
const FIRST_ROW: u64 = 1000;
/// How many rows each organization can give out.
const ROWS_EACH: u64 = 1_000_000;

pub(in crate::mock) struct Organization {
    /// The public id. Two organizations may show the same one: the token tells them apart.
    pub(in crate::mock) ulid: String,
    pub(in crate::mock) name: String,
    pub(in crate::mock) slug: String,
    pub(in crate::mock) created_at: Timestamp,
    pub(in crate::mock) active: bool,
    /// For how many days what a level held before can be read and put back; without end if none.
    pub(in crate::mock) retention_days: Option<u32>,
    /// By bearer.
    pub(in crate::mock) tokens: BTreeMap<String, Token>,
    /// By slug.
    pub(in crate::mock) projects: BTreeMap<String, Project>,
    pub(in crate::mock) counters: Counters,
}

/// The next numbers that an organization gives out, each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::mock) struct Counters {
    pub(in crate::mock) next_row: u64,
    pub(in crate::mock) next_project: u64,
    pub(in crate::mock) next_token: u64,
}

impl Counters {
    /// Rows are numbered across organizations, as keys of one table, so that each organization has a range of its own.
    pub(in crate::mock) const fn of_organization(number: u64) -> Self {
        Self { next_row: FIRST_ROW + (number - 1) * ROWS_EACH, next_project: 1, next_token: 1 }
    }

    pub(in crate::mock) fn token(&mut self) -> u64 {
        self.next_token += 1;
        self.next_token - 1
    }

    /// The id of a new key or version row.
    pub(in crate::mock) fn row(&mut self) -> u64 {
        self.next_row += 1;
        self.next_row - 1
    }

    pub(in crate::mock) fn project(&mut self) -> u64 {
        self.next_project += 1;
        self.next_project - 1
    }
}

impl Organization {
    /// A copy that shares nothing with this one.
    pub(in crate::mock) fn copied(&self) -> Self {
        Self {
            projects: self
                .projects
                .iter()
                .map(|(slug, project)| (slug.clone(), project.copied()))
                .collect(),
            ulid: self.ulid.clone(),
            name: self.name.clone(),
            slug: self.slug.clone(),
            tokens: self.tokens.clone(),
            ..*self
        }
    }

    /// A copy whose tokens have other bearers.
    pub(in crate::mock) fn under_new_tokens(&self, draws: &mut Draws) -> Self {
        let mut copy = self.copied();
        let tokens = std::mem::take(&mut copy.tokens);
        for token in tokens.into_values() {
            let bearer = self.bearer_of(&draws.alphanumerics(RANDOM));
            copy.tokens.insert(bearer, token);
        }
        copy
    }

    /// The days for which the plan retains versions, if something of that time is older.
    pub(in crate::mock) fn locked_after(
        &self,
        created_at: Timestamp,
        now: Timestamp,
    ) -> Option<u32> {
        let days = self.retention_days?;
        let age = now.duration_since(created_at);
        (age > SignedDuration::from_hours(24 * i64::from(days))).then_some(days)
    }

    /// A bearer with these random characters.
    pub(in crate::mock) fn bearer_of(&self, random: &str) -> String {
        format!("dotenv_{}_{random}", self.ulid)
    }

    pub(in crate::mock) fn bearer(&self, id: u64) -> Option<&str> {
        self.tokens.iter().find_map(|(bearer, token)| (token.id == id).then_some(bearer.as_str()))
    }

    /// The project and the counters, which a commit needs side by side.
    pub(in crate::mock) fn project_mut(
        &mut self,
        slug: &str,
    ) -> Option<(&mut Project, &mut Counters)> {
        let project = self.projects.get_mut(slug)?;
        project.touch();
        Some((project, &mut self.counters))
    }
}
