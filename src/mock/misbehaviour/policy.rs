//! Other rules of bodies, other limits, another key for a project, and a data file that nothing is written into.

use std::sync::Arc;
use std::time::Duration;

use super::table::{find, table};
use crate::contract::limit::Bucket;
use crate::contract::request::Rules;
use crate::contract::route::Endpoint;
use crate::mock::model::ServerKey;
use crate::mock::rate_limit::Rule;
use crate::mock::{Config, Defect, Variant};

const A_DAY: Duration = Duration::from_hours(24);

table! {
    RULES: fn(&mut Rules);

    Variant::IterationsUnbounded [*] |rules| rules.minimum_iterations = 1;
    Variant::StrictContents [*] |rules| rules.strict = true;
}

table! {
    LIMITS: fn(&mut Rule);

    Defect::RotateWindowIsADay [in Rotate] |rule| rule.window = A_DAY;
    Defect::RotateLimitedPerProject [*] |rule| rule.each_project = true;
    Variant::SlidingWindows [*] |rule| rule.slides = true;
    Variant::RotationsCountTwice [in Rotate] |rule| rule.also = Some(Bucket::Api);
}

/// Gets a new key, and the active one of its project, if there is one.
type OtherKey = fn(&Arc<ServerKey>, Option<&Arc<ServerKey>>) -> Arc<ServerKey>;

table! {
    KEYS: OtherKey;

    Defect::RotateKeepsKey [*] |new, active| Arc::clone(active.unwrap_or(new));
    Variant::RotationKeepsSalt [*] under_salt_of;
    Defect::DescriptorOmitsDerivation [*] |new, _| Arc::new(ServerKey::underived(new.key.clone(), new.iterations));
}

table! {
    FORGETFUL: ();

    Defect::AnswersUnkept [*] ();
}

/// Whether what is answered is not written into the data file.
pub(in crate::mock) fn forgets(config: &Config) -> bool {
    find(FORGETFUL, config, None).next().is_some()
}

impl Config {
    /// The rules by which bodies are read.
    pub(in crate::mock) fn rules(&self) -> Rules {
        let mut rules = Rules { minimum_iterations: self.iterations.get(), strict: self.strict };
        find(RULES, self, None).for_each(|change| change(&mut rules));
        rules
    }
}

pub(in crate::mock) fn limit(config: &Config, bucket: Bucket, mut rule: Rule) -> Rule {
    let endpoint = match bucket {
        Bucket::Rotate => Some(Endpoint::RotateEncryptionKey),
        Bucket::Api => None,
    };
    find(LIMITS, config, endpoint).for_each(|change| change(&mut rule));
    rule
}

/// The server key that a project gets. `active` is called only if something depends on it.
pub(in crate::mock) fn key(
    config: &Config,
    new: Arc<ServerKey>,
    active: impl Fn() -> Option<Arc<ServerKey>>,
) -> Arc<ServerKey> {
    find(KEYS, config, None).fold(new, |new, other| other(&new, active().as_ref()))
}

fn under_salt_of(new: &Arc<ServerKey>, active: Option<&Arc<ServerKey>>) -> Arc<ServerKey> {
    let salt = active.unwrap_or(new).salt.clone();
    Arc::new(ServerKey::new(new.key.clone(), salt, new.iterations))
}
