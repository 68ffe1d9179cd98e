//! What a token may do (docs, api/authentication).

/// What a route asks of a token's abilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// This ability, or `*`.
    Named(&'static str),
    /// Any ability that writes secrets or keys: the "token-validated" of client rotation.
    Writing,
}

/// The abilities that [`Scope::Writing`] accepts, `*` aside.
pub const WRITING: [&str; 2] = ["secret:write", "key:rotate"];

/// The ability that satisfies every scope.
pub const EVERYTHING: &str = "*";

impl Scope {
    /// Whether a token with these abilities may pass.
    pub fn allows(self, abilities: &[String]) -> bool {
        abilities.iter().any(|ability| {
            ability == EVERYTHING
                || match self {
                    Self::Named(name) => ability == name,
                    Self::Writing => WRITING.contains(&ability.as_str()),
                }
        })
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::Writing => write!(f, "{}", WRITING.join(" or ")),
        }
    }
}
