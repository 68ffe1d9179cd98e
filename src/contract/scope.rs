//! What a token may do (docs, api/authentication).

/// The abilities that a route needs of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// This ability, or `*`.
    Named(&'static str),
    /// Each of these abilities, or `*`.
    All(&'static [&'static str]),
    /// One of these abilities, or `*`. Which of them can depend on the body.
    Any(&'static [&'static str]),
    /// Any ability that writes secrets or keys: the "token-validated" of client rotation.
    Writing,
}

/// The abilities that [`Scope::Writing`] accepts, beside `*`.
pub const WRITING: [&str; 2] = ["secret:write", "key:rotate"];

/// The ability that satisfies every scope.
pub const EVERYTHING: &str = "*";

/// The kinds of resources, and the actions that abilities allow on each (docs, api/authentication).
const ABILITIES: [(&str, &[&str]); 10] = [
    ("secret", &["read", "write", "decrypt", "history", "restore", "purge"]),
    ("key", &["retrieve", "rotate"]),
    ("project", CRUD),
    ("target", CRUD),
    ("environment", CRUD),
    ("team", CRUD),
    ("organization", CRUD),
    ("api-token", CRUD),
    ("member", CRUD),
    ("billing", &["read", "write"]),
];

const CRUD: &[&str] = &["create", "read", "update", "delete"];

/// Whether this is an ability of the API: [`EVERYTHING`], or `resource:action`.
pub fn is_ability(name: &str) -> bool {
    name == EVERYTHING
        || name.split_once(':').is_some_and(|(resource, action)| {
            ABILITIES.iter().any(|(known, actions)| *known == resource && actions.contains(&action))
        })
}

/// Every ability of the API, [`EVERYTHING`] first.
pub fn abilities() -> Vec<String> {
    let each = |(resource, actions): &(&str, &'static [&'static str])| {
        let resource = (*resource).to_owned();
        actions.iter().map(move |action| format!("{resource}:{action}"))
    };
    let named = ABILITIES.iter().flat_map(each);
    std::iter::once(EVERYTHING.to_owned()).chain(named).collect()
}

impl Scope {
    /// Whether a token with these abilities passes.
    pub fn allows(self, abilities: &[String]) -> bool {
        let has =
            |name: &str| abilities.iter().any(|ability| ability == EVERYTHING || ability == name);
        match self {
            Self::Named(name) => has(name),
            Self::All(names) => names.iter().all(|name| has(name)),
            Self::Any(names) => names.iter().any(|name| has(name)),
            Self::Writing => WRITING.iter().any(|name| has(name)),
        }
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::All(names) => f.write_str(&names.join(" and ")),
            Self::Any(names) => f.write_str(&names.join(" or ")),
            Self::Writing => f.write_str(&WRITING.join(" or ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_asks_for_one_some_or_all_of_its_abilities() {
        let both = &["secret:write", "secret:purge"];
        for (scope, abilities, allowed) in [
            (Scope::Named("key:rotate"), "key:rotate", true),
            (Scope::Named("key:rotate"), "key:retrieve", false),
            (Scope::All(both), "secret:write", false),
            (Scope::All(both), "secret:write secret:purge", true),
            (Scope::Any(both), "secret:purge", true),
            (Scope::Any(both), "secret:read", false),
            (Scope::All(both), "*", true),
            (Scope::Any(both), "", false),
            (Scope::All(&[]), "", true),
        ] {
            let abilities: Vec<_> = abilities.split_whitespace().map(str::to_owned).collect();
            assert_eq!(scope.allows(&abilities), allowed, "{scope}: {abilities:?}");
        }
    }

    #[test]
    fn every_scope_of_a_route_is_an_ability() {
        for route in crate::contract::route::ROUTES {
            let names = match route.scope {
                Scope::Named(name) => vec![name],
                Scope::All(names) | Scope::Any(names) => names.to_vec(),
                Scope::Writing => WRITING.to_vec(),
            };
            assert!(names.iter().all(|name| is_ability(name)), "{names:?}");
        }
        for wrong in ["secrets:read", "secret", "secret:", "secret:create", ""] {
            assert!(!is_ability(wrong), "{wrong}");
        }
    }
}
