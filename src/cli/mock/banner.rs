//! What is printed when a mock has started.

use std::fmt::Write as _;

use serde_json::{Map, json};

use super::settings::Settings;
use crate::harness::report::printable;
use crate::mock::{Limits, MockServer, ProjectLine};

/// The line of `--json`. Tokens stand in the fixture's order.
pub(super) fn line(mock: &MockServer) -> String {
    let (control_url, control_token) = mock.control().unzip();
    let tokens: Map<_, _> =
        mock.tokens().into_iter().map(|(name, bearer)| (name, bearer.into())).collect();
    let line = json!({
        "url": mock.url(),
        "organization": mock.organization(),
        "other_organization": mock.other_organization(),
        "projects": mock.projects(),
        "other_projects": mock.other_projects(),
        "tokens": tokens,
        "control_url": control_url,
        "control_token": control_token,
        "console_url": mock.console(),
    });
    line.to_string()
}

pub(super) fn text(mock: &MockServer, settings: &Settings, reloads: bool) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<25} {value}");
    };
    line("url", mock.url());
    line("organization", &mock.organization());
    if let Some(other) = mock.other_organization() {
        line("other organization", &other);
    }
    let projects = mock.projects();
    let mut list = |project: &ProjectLine, reached: &str| {
        let (slug, managed) = (&project.slug, project.managed);
        line("project", &format!("{slug} ({managed}-managed{reached})"));
        if let Some(passphrase) = &project.passphrase {
            line("      passphrase", &printable(passphrase));
        }
        for passphrase in &project.older_passphrases {
            line("      of an older key", &printable(passphrase));
        }
    };
    for project in &projects {
        list(project, "");
    }
    for other in mock.other_projects() {
        let token = printable(&other.token);
        list(&other.project, &format!("; by the token {token}"));
    }
    for (place, (name, bearer)) in mock.tokens().iter().enumerate() {
        let before = if place == 0 { "token" } else { "     " };
        line(&format!("{before} {name}"), bearer);
    }
    match mock.control() {
        Some((url, token)) => {
            line("control", &url);
            let token = if settings.has_control_token() { "the one that you gave" } else { token };
            line("      token", token);
        }
        None => line("control", "off: other machines can reach this mock"),
    }
    if let Some(url) = mock.console() {
        let page = url.split('#').next().unwrap_or_default();
        let url = if settings.has_control_token() { page } else { &url };
        line("console", url);
    }
    line(
        "fixture",
        &settings.fixture.as_ref().map_or_else(
            || "the default one".to_owned(),
            |file| {
                let again = if reloads { "; SIGHUP reads it again" } else { "" };
                format!("{}{again}", file.display())
            },
        ),
    );
    if let Some(file) = &settings.data {
        line("data", &format!("{}, which was begun with the fixture", file.display()));
    }
    line(
        "limits",
        match settings.limits() {
            Limits::Live => "live: 100 requests a minute, 10 rotations an hour",
            Limits::Off => "off",
        },
    );
    line("contents", if settings.strict { "strict: sealed blobs only" } else { "any text" });
    line("clock", "the machine's, until control sets it");
    line(
        "seed",
        &settings.seed.map_or_else(
            || "none: ids, keys, salts and IVs are random".to_owned(),
            |seed| seed.to_string(),
        ),
    );
    for defect in &settings.defect {
        line("defect", defect.name());
    }
    for variant in &settings.variant {
        line("variant", variant.name());
    }
    let mut banner = format!("keyproof mock: everything here is test material\n\n{text}\n");
    if let (Some(project), Some(bearer)) = (projects.first(), main_token(mock)) {
        let _ = write!(
            banner,
            "Try it:\n\n  curl {}/api/v1/{}/{}/encryption-key \\\n    -H 'Authorization: Bearer {bearer}' -H 'Accept: application/json'\n\n",
            mock.url(),
            mock.organization(),
            project.slug,
        );
    }
    banner
}

/// The token that a client is most likely to want: `full`, or else the first.
pub(super) fn main_token(mock: &MockServer) -> Option<String> {
    let tokens = mock.tokens();
    let full = tokens.iter().find(|(name, _)| name == "full");
    full.or(tokens.first()).map(|(_, bearer)| bearer.clone())
}
