//! Which requests are meant: by what they ask for, by path, by answer.

use serde::Deserialize;

use crate::contract::nearest::hint;
use crate::contract::route::Endpoint;
use crate::mock::Exchange;
use crate::named::Named as _;

/// Requests of a kind. A member that is absent matches every request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pattern {
    /// What they ask for, by the name of the route: `rotate-encryption-key`.
    pub endpoint: Option<String>,
    /// The method.
    pub method: Option<String>,
    /// Their path without its query; `*` stands for any one segment.
    pub path: Option<String>,
    /// The status of their answer.
    pub status: Option<u16>,
}

impl Pattern {
    /// Requests for this endpoint.
    pub fn of(endpoint: Endpoint) -> Self {
        Self { endpoint: Some(endpoint.name().to_owned()), ..Self::default() }
    }

    /// Those of them that were answered with this status.
    #[must_use]
    pub fn answered(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// What is wrong with the name of the endpoint, and which one may have been meant.
    pub(in crate::mock) fn unknown(&self) -> Option<String> {
        let name = self.endpoint.as_deref()?;
        if Endpoint::named(name).is_some() {
            return None;
        }
        let hint = hint(name, Endpoint::names());
        Some(format!("The endpoint field is no endpoint{hint}."))
    }

    /// Whether a request that is not answered yet is meant.
    pub(in crate::mock) fn matches_request(
        &self,
        endpoint: Option<Endpoint>,
        method: &str,
        path: &str,
    ) -> bool {
        let fits = |wanted: &Option<String>, has: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == has)
        };
        let named = endpoint.map(Endpoint::name).unwrap_or_default();
        fits(&self.endpoint, named)
            && self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path.as_deref().is_none_or(|wanted| is_path(wanted, path))
    }

    /// Whether an exchange is meant.
    pub fn matches(&self, exchange: &Exchange) -> bool {
        let path = exchange.path.split('?').next().unwrap_or_default();
        self.matches_request(exchange.endpoint, &exchange.method, path)
            && self.status.is_none_or(|wanted| exchange.status == Some(wanted))
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let status = self.status.map(|status| format!("answered with {status}"));
        let parts = [&self.endpoint, &self.method, &self.path, &status];
        let parts: Vec<&str> = parts.into_iter().filter_map(|part| part.as_deref()).collect();
        if parts.is_empty() { f.write_str("any request") } else { f.write_str(&parts.join(", ")) }
    }
}

fn is_path(wanted: &str, path: &str) -> bool {
    let (mut wanted, mut path) = (wanted.split('/'), path.split('/'));
    loop {
        match (wanted.next(), path.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if one == "*" || one == other => {}
            _ => return false,
        }
    }
}
