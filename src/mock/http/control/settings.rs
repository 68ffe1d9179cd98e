//! `/_mock/settings`: defects, variants, rows of misbehaviour and limits of an organization, while the mock runs.

use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Input, organization};
use crate::contract::nearest::hint;
use crate::contract::violation::Violations;
use crate::mock::misbehaviour::row::Row;
use crate::mock::misbehaviour::user_rows::{MOST, UserRows};
use crate::mock::service::Answer;
use crate::mock::{Config, Defect, Limits, Refusal, Variant};
use crate::named::Named;

/// A list replaces the one before. A member that is absent changes nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    token: String,
    defects: Option<Vec<String>>,
    variants: Option<Vec<String>>,
    limits: Option<String>,
    misbehaviour: Option<Vec<Value>>,
}

pub(super) async fn settings(Input(world, settings): Input<Settings>) -> Result<Answer, Refusal> {
    let cell = organization(&world, &settings.token)?;
    let defects = settings.defects.map(|names| named::<Defect>("defects", &names)).transpose()?;
    let variants =
        settings.variants.map(|names| named::<Variant>("variants", &names)).transpose()?;
    let limits = settings.limits.map(|name| one::<Limits>("limits", &name)).transpose()?;
    let rows = settings.misbehaviour.map(rows).transpose()?;
    cell.configure(|config| {
        if let Some(defects) = defects {
            config.defects = defects.into_iter().collect();
        }
        if let Some(variants) = variants {
            config.variants = variants.into_iter().collect();
        }
        if let Some(limits) = limits {
            config.limits = limits;
        }
        if let Some(rows) = rows {
            config.rows = rows;
        }
    });
    Ok(Answer::ok(&as_json(&cell.config())))
}

pub(super) fn as_json(config: &Config) -> Value {
    let defects: Vec<_> = config.defects.iter().map(|defect| defect.name()).collect();
    let variants: Vec<_> = config.variants.iter().map(|variant| variant.name()).collect();
    json!({
        "defects": defects,
        "variants": variants,
        "limits": config.limits.name(),
        "misbehaviour": config.rows,
    })
}

fn rows(written: Vec<Value>) -> Result<UserRows, Refusal> {
    let mut violations = Violations::default();
    if written.len() > MOST {
        let message = format!("The misbehaviour field must have at most {MOST} rows.");
        violations.add("misbehaviour", message);
    }
    let mut rows = Vec::new();
    for (place, row) in written.into_iter().take(MOST).enumerate() {
        match Row::read(row) {
            Ok(row) => rows.push(row),
            Err(wrong) => {
                let member = wrong.member.map_or_else(String::new, |name| format!(".{name}"));
                let member = format!("misbehaviour.{place}{member}");
                let message = format!("The {member} field {}.", wrong.message);
                violations.add(member, message);
            }
        }
    }
    violations.into_result()?;
    UserRows::new(rows).map_err(|error| Violations::of("misbehaviour", error.to_string()).into())
}

fn named<T: Named>(member: &str, names: &[String]) -> Result<Vec<T>, Refusal> {
    names.iter().map(|name| one(member, name)).collect()
}

fn one<T: Named>(member: &str, name: &str) -> Result<T, Refusal> {
    T::named(name).ok_or_else(|| {
        let hint = hint(name, T::names());
        let message = format!("The {member} field has a name that is unknown{hint}.");
        Violations::of(member, message).into()
    })
}
