//! Finding the known name that an unknown one was probably meant to be.

/// How alike two names must be for one to be offered for the other, from 0 to 1.
const ALIKE: f64 = 0.5;
/// Most names that a message lists.
const LISTED: usize = 16;

/// The one of `names` that is most like `name`, as long as they are alike.
pub fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let plain = |text: &str| text.to_lowercase().replace('_', "-");
    let wanted = plain(name);
    let likeness = |other: &str| strsim::normalized_damerau_levenshtein(&wanted, &plain(other));
    let ranked = names.into_iter().map(|other| (likeness(other), other));
    let alike = ranked.filter(|(likeness, _)| *likeness >= ALIKE);
    let best = alike.max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.map(|(_, name)| name)
}

/// The one of `names` that differs from `name` by the fewest slips of the pen, `slips` at most. A slip is a letter that is
/// wrong, missing, too many, or in its neighbour's place.
pub fn within<'n>(
    slips: usize,
    name: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    let near = |other: &&str| name.len().abs_diff(other.len()) <= slips;
    let ranked = names.into_iter().filter(near);
    let ranked = ranked.map(|other| (strsim::damerau_levenshtein(name, other), other));
    let alike = ranked.filter(|(distance, _)| *distance <= slips);
    alike.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// `; nearest: …`, or nothing where no name is alike.
pub fn hint<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    nearest(name, names).map_or_else(String::new, |name| format!("; nearest: `{name}`"))
}

/// The message of a TOML or JSON reader, with the nearest name for an unknown one, and without the value of a wrong
/// member, which can be a key.
pub fn explain(message: &str) -> String {
    if let Some((what, rest)) =
        message.strip_prefix("unknown ").and_then(|rest| rest.split_once(" `"))
        && let Some((name, expected)) = rest.split_once('`')
    {
        let known: Vec<_> = expected.split('`').skip(1).step_by(2).collect();
        let what = if what == "field" { "member" } else { "word" };
        let list = match known.len() {
            1..=LISTED => format!(" (known: {})", known.join(", ")),
            _ => String::new(),
        };
        let hint = hint(name, known);
        return format!("unknown {what} `{name}`{hint}{list}");
    }
    match message.split_once(", expected ") {
        Some((wrong, expected)) if wrong.starts_with("invalid ") => {
            let kind = wrong.split(['`', '"']).next().unwrap_or_default().trim_end();
            format!("{kind}, expected {expected}")
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_understood_and_no_more() {
        let names = ["slug", "ulid", "retention_days"];
        assert_eq!(nearest("slag", names), Some("slug"));
        assert_eq!(nearest("Retention-Days", names), Some("retention_days"));
        assert_eq!(nearest("colour", names), None);
    }

    #[test]
    fn two_slips_are_two_letters() {
        let of = |name| within(2, name, ["MOCK_ORG", "MOCK_TOKEN"]);
        assert_eq!(of("MOCK_TOKNE"), Some("MOCK_TOKEN"));
        assert_eq!(of("MOK_TOKENS"), Some("MOCK_TOKEN"));
        assert_eq!(of("MOK_TOKNES"), None);
        assert_eq!(of("MOCK_ORGAN"), Some("MOCK_ORG"));
        assert_eq!(of("MOCK_ORGANS"), None);
    }

    #[test]
    fn an_explanation_names_what_was_meant_and_withholds_values() {
        assert_eq!(
            explain("unknown field `slag`, expected one of `name`, `slug`"),
            "unknown member `slag`; nearest: `slug` (known: name, slug)"
        );
        assert_eq!(
            explain("unknown variant `Env`, expected `env` or `json`"),
            "unknown word `Env`; nearest: `env` (known: env, json)"
        );
        for secret in ["integer `1234`", "string \"1234\""] {
            let explained = explain(&format!("invalid type: {secret}, expected a boolean"));
            assert!(explained.ends_with(", expected a boolean"), "{explained}");
            assert!(!explained.contains("1234"), "{explained}");
        }
        assert_eq!(explain("missing field `name`"), "missing field `name`");
    }
}
