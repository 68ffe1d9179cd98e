//! Writing what changed, in one transaction.

use redb::{Database, ReadableTable as _, WriteTransaction};

use super::tables::{FORMAT, META, ORGANIZATIONS, ORIGINS, PROJECTS, VERSIONS};
use crate::mock::keep::{Changes, OfOrganization};

impl Changes {
    /// Writes them in one transaction. They are on the disk when this returns.
    pub(super) fn write(&self, database: &Database) -> Result<(), redb::Error> {
        let transaction = database.begin_write()?;
        {
            let mut meta = transaction.open_table(META)?;
            meta.insert("format", FORMAT.to_string().as_str())?;
            meta.insert("written_by", env!("CARGO_PKG_VERSION"))?;
            for (name, text) in &self.meta {
                meta.insert(*name, text.as_str())?;
            }
        }
        self.remove_others(&transaction)?;
        for organization in &self.organizations {
            organization.write(&transaction)?;
        }
        transaction.commit()?;
        Ok(())
    }

    fn remove_others(&self, transaction: &WriteTransaction) -> Result<(), redb::Error> {
        let mut organizations = transaction.open_table(ORGANIZATIONS)?;
        let mut gone = Vec::new();
        for row in organizations.iter()? {
            let number = row?.0.value();
            if !self.present.contains(&number) {
                gone.push(number);
            }
        }
        for number in gone {
            organizations.remove(number)?;
            transaction.open_table(ORIGINS)?.remove(number)?;
            let mut projects = transaction.open_table(PROJECTS)?;
            projects.retain_in((number, 0)..=(number, u64::MAX), |_, _| false)?;
            let mut versions = transaction.open_table(VERSIONS)?;
            let last = (number, u64::MAX, u64::MAX);
            versions.retain_in((number, 0, 0)..=last, |_, _| false)?;
        }
        Ok(())
    }
}

impl OfOrganization {
    fn write(&self, transaction: &WriteTransaction) -> Result<(), redb::Error> {
        let mut organizations = transaction.open_table(ORGANIZATIONS)?;
        organizations.insert(self.number, self.head.as_slice())?;
        if let Some(origin) = &self.origin {
            let mut origins = transaction.open_table(ORIGINS)?;
            origins.insert(self.number, origin.as_slice())?;
        }
        let mut projects = transaction.open_table(PROJECTS)?;
        let mut versions = transaction.open_table(VERSIONS)?;
        let all = (self.number, 0)..=(self.number, u64::MAX);
        let mut gone = Vec::new();
        for row in projects.range(all)? {
            let (_, project) = row?.0.value();
            if !self.present.contains(&project) {
                gone.push(project);
            }
        }
        for project in gone {
            projects.remove((self.number, project))?;
            versions.retain_in(self.rows_of(project), |_, _| false)?;
        }
        for project in &self.projects {
            projects.insert((self.number, project.number), project.head.as_slice())?;
            if project.is_whole {
                versions.retain_in(self.rows_of(project.number), |_, _| false)?;
            }
            for (id, row) in &project.versions {
                let place = (self.number, project.number, *id);
                match row {
                    Some(row) => versions.insert(place, row.as_slice())?,
                    None => versions.remove(place)?,
                };
            }
        }
        Ok(())
    }

    fn rows_of(&self, project: u64) -> std::ops::RangeInclusive<(u64, u64, u64)> {
        (self.number, project, 0)..=(self.number, project, u64::MAX)
    }
}
