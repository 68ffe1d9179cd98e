//! Who may call the mock: pages of which origins, under which host names, with which control token.

use std::net::IpAddr;
use std::str::FromStr;

use axum::http::Uri;
use axum::http::uri::Authority;
use thiserror::Error;

/// Fewest characters of a control token.
const FEWEST: usize = 32;

/// Why a text is not an origin, a host name or a control token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AccessError {
    /// It is not an origin.
    #[error(
        "no origin: give scheme and host, the port if it is not the scheme's own, and nothing behind it, as in http://192.168.0.7:5173 or capacitor://localhost"
    )]
    Origin,
    /// It is not the name of a host.
    #[error(
        "no name of a host: give it without scheme and port, as in mock.test; loopback names and addresses are always allowed"
    )]
    Host,
    /// It is too short for a control token, or has other characters than visible ones of ASCII.
    #[error("the control token needs {FEWEST} characters or more, each a visible one of ASCII")]
    Token,
}

/// The origin of a page, as browsers send it: `http://192.168.0.7:5173`, `capacitor://localhost`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl FromStr for Origin {
    type Err = AccessError;

    fn from_str(text: &str) -> Result<Self, AccessError> {
        let uri = Uri::from_str(text).map_err(|_| AccessError::Origin)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(AccessError::Origin);
        };
        // An origin has no path, no slash at its end and no user.
        let whole = format!("{scheme}://{authority}");
        if !whole.eq_ignore_ascii_case(text) || host_of(authority.as_str()).is_none() {
            return Err(AccessError::Origin);
        }
        let default_port = match scheme {
            "http" => ":80",
            "https" => ":443",
            _ => "",
        };
        let whole = whole.to_ascii_lowercase();
        let short = whole.strip_suffix(default_port).unwrap_or(&whole);
        Ok(Self(short.to_owned()))
    }
}

/// The name of a host, in small letters and without a port: `mock.test`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName(String);

impl FromStr for HostName {
    type Err = AccessError;

    fn from_str(text: &str) -> Result<Self, AccessError> {
        let name = text.strip_suffix('.').unwrap_or(text);
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.is_empty() || !name.bytes().all(fits) {
            return Err(AccessError::Host);
        }
        Ok(Self(name.to_ascii_lowercase()))
    }
}

/// A chosen token of the control API: 32 or more visible characters of ASCII. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ControlToken(String);

impl ControlToken {
    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl FromStr for ControlToken {
    type Err = AccessError;

    fn from_str(text: &str) -> Result<Self, AccessError> {
        let fits = text.len() >= FEWEST && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned())).ok_or(AccessError::Token)
    }
}

impl std::fmt::Debug for ControlToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ControlToken(..)")
    }
}

/// Origins and host names that are allowed beside those of this machine.
#[derive(Debug, Clone, Default)]
pub(super) struct Access {
    pub(super) origins: Vec<Origin>,
    pub(super) hosts: Vec<HostName>,
}

impl Access {
    /// Whether the pages of an origin may read answers: those of this machine and of the allowed origins may. The origin
    /// `null`, which any sandboxed frame sends, may not.
    pub(super) fn takes_pages_of(&self, origin: &str) -> bool {
        let uri = Uri::from_str(origin).ok();
        let is_web = |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https"));
        let host = uri.as_ref().filter(|uri| is_web(uri)).and_then(Uri::host);
        host.is_some_and(is_loopback)
            || self.origins.iter().any(|Origin(named)| named.eq_ignore_ascii_case(origin))
    }

    /// Whether a host, without its port, is a loopback name, an address, or an allowed name. Any other name can be one
    /// that somebody else made point here.
    pub(super) fn takes_host(&self, host: &str) -> bool {
        let name = host.strip_suffix('.').unwrap_or(host);
        is_loopback(name)
            || address(name).is_some()
            || self.hosts.iter().any(|HostName(named)| named.eq_ignore_ascii_case(name))
    }
}

/// The host in a `Host` header or in the authority of an origin, without its port; none if the text is neither, or has a
/// user in it.
pub(super) fn host_of(authority: &str) -> Option<&str> {
    let parsed = Authority::from_str(authority).ok()?;
    let host = authority.get(..parsed.host().len())?;
    let port = authority.get(host.len()..)?;
    let is_port = port.is_empty() || parsed.port_u16().is_some();
    (host == parsed.host() && is_port).then_some(host)
}

/// Whether a host can only be this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || address(&host).is_some_and(|address| address.is_loopback())
}

fn address(host: &str) -> Option<IpAddr> {
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inner.unwrap_or(host).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Option<String> {
        Origin::from_str(text).ok().map(|Origin(own)| own)
    }

    #[test]
    fn an_origin_is_what_a_browser_sends_for_one() {
        for (text, own) in [
            ("http://192.168.0.7:5173", "http://192.168.0.7:5173"),
            ("HTTPS://App.Example", "https://app.example"),
            ("https://app.example:443", "https://app.example"),
            ("http://app.example:80", "http://app.example"),
            ("http://app.example:443", "http://app.example:443"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("tauri://localhost", "tauri://localhost"),
            ("http://[fe80::1]:3000", "http://[fe80::1]:3000"),
        ] {
            assert_eq!(origin(text).as_deref(), Some(own), "{text}");
        }
        for text in [
            "",
            "*",
            "null",
            "localhost:3000",
            "app.example",
            "http://",
            "http://app.example/",
            "http://app.example/path",
            "http://app.example?query",
            "http://me@app.example",
            "http://app.example:port",
            "http://ä.example",
            "http://a b",
        ] {
            assert_eq!(origin(text), None, "{text}");
        }
    }

    #[test]
    fn a_host_is_a_name_alone() {
        for text in ["mock", "mock.test", "Mock.Test.", "my_mock"] {
            assert!(HostName::from_str(text).is_ok(), "{text}");
        }
        for text in ["", ".", "*", "mock:4747", "http://mock", "mock/", "[::1]"] {
            assert_eq!(HostName::from_str(text), Err(AccessError::Host), "{text}");
        }
    }

    #[test]
    fn a_control_token_is_long_and_not_shown() {
        let token = "a".repeat(FEWEST);
        assert!(token.parse::<ControlToken>().is_ok());
        for text in ["", &token[1..], &format!("{token}\n"), &format!("{token}ä")] {
            assert_eq!(text.parse::<ControlToken>(), Err(AccessError::Token));
        }
        assert!(!format!("{:?}", token.parse::<ControlToken>()).contains(&token));
    }

    #[test]
    fn a_host_is_found_without_its_port() {
        for (authority, host) in [
            ("localhost", Some("localhost")),
            ("localhost:4747", Some("localhost")),
            ("[::1]:4747", Some("[::1]")),
            ("mock.test:1", Some("mock.test")),
            ("", None),
            ("localhost:port", None),
            ("localhost:99999", None),
            ("me@localhost", None),
            ("local host", None),
            ("localhost/path", None),
        ] {
            assert_eq!(host_of(authority), host, "{authority}");
        }
    }
}
