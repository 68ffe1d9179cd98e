//! The smallest change with which a refused request would have got further. The journal shows it: it has nothing in it
//! but the mock's own words, slugs, ids and the names of tokens.

use jiff::Timestamp;

use super::refusal::Refusal;
use super::stage::Stage;
use crate::contract::error::Code;
use crate::contract::identifier::{RESERVED_SLUGS, is_word};
use crate::contract::nearest::{hint, nearest};
use crate::contract::route::ROUTES;
use crate::contract::scope::Scope;
use crate::mock::model::organization::Organization;
use crate::mock::model::project::Project;
use crate::mock::model::token::Token;

/// Most names that are listed.
const LISTED: usize = 16;
/// Most names among which the nearest one is looked for.
const COMPARED: usize = 200;
const SPARE_SLASH: &str = "leave out the slash behind which nothing stands";

/// What would have let a request pass the check that refused it; none where nothing would.
pub(super) fn of(stage: Stage, refusal: &Refusal) -> Option<String> {
    let (code, message) = match refusal {
        Refusal::Coded { remedy: Some(remedy), .. } => return Some(remedy.clone()),
        Refusal::Coded { code, message, .. } => (*code, message.redacted()),
        Refusal::Invalid(violations) => {
            let messages: Vec<_> = violations.messages().take(LISTED).collect();
            return Some(format!("put this right: {}", messages.join(" ")));
        }
        Refusal::UnknownMember(_) => return Some("leave the member out that is not known".into()),
    };
    let change = match (stage, code) {
        (_, Code::Internal) | (Stage::Preflight, _) => return None,
        (Stage::ApiVersion, _) => "send X-API-Version: 1, or no such header",
        (Stage::RateLimit, _) => "wait as long as Retry-After says",
        (Stage::Status, _) => "make the organization active: POST /_mock/plan {\"active\":true}",
        (Stage::Custody, Code::ClientManagedEncryption) => {
            "rotate with POST secrets/rotate-client-keys: this key is the client's"
        }
        (Stage::Custody, _) => {
            "use POST encryption-key/rotate: the server has this key, and re-encrypts by itself"
        }
        (Stage::Held, _) => {
            "wait until the rotation that is in progress has ended; POST /_mock/release ends one that is held"
        }
        (_, Code::VersionProtected) => "delete it with force=true",
        _ => return Some(format!("put this right: {message}")),
    };
    Some(change.to_owned())
}

/// For a path that is none of the API: the path of the API that it is most like.
pub(super) fn path(requested: &str) -> String {
    let segments = requested.split('/').skip(1);
    let requested: Vec<&str> = segments.clone().filter(|one| !one.is_empty()).collect();
    let has_spare_slash = requested.len() < segments.count();
    let known = ROUTES.iter().flat_map(|route| [Some(route.path), route.legacy]).flatten();
    let meant = known.filter_map(|path| Some((slips(&requested, path)?, path)));
    match meant.min() {
        Some((0, _)) if has_spare_slash => SPARE_SLASH.to_owned(),
        Some((_, path)) => format!("ask for {path}"),
        None => {
            "use a path of the API, such as /api/v1/{organization}/{project}/encryption-key; /openapi.json has all"
                .to_owned()
        }
    }
}

/// How many words of a path differ from those of a path of the API; none if one of them differs by more than a slip of
/// the pen.
fn slips(requested: &[&str], known: &str) -> Option<usize> {
    let known: Vec<&str> = known.split('/').skip(1).collect();
    if known.len() != requested.len() {
        return None;
    }
    let mut slips = 0;
    for (requested, known) in requested.iter().zip(known) {
        if !known.starts_with('{') && *requested != known {
            nearest(short(requested)?, [known])?;
            slips += 1;
        }
    }
    Some(slips)
}

/// None for a word that is too long to be compared with others.
fn short(word: &str) -> Option<&str> {
    Some(word).filter(|word| word.len() <= 64)
}

/// For a name that is unknown: the known names, and which of them it is most like. `what` is what it should name, with
/// its article.
pub(super) fn name<'n>(
    what: &str,
    requested: &str,
    known: impl Iterator<Item = &'n String> + Clone,
) -> String {
    if requested.is_empty() {
        return SPARE_SLASH.to_owned();
    }
    let list: Vec<&str> = known.clone().take(LISTED).map(String::as_str).collect();
    if list.is_empty() {
        return format!("name {what} that exists: there is none yet");
    }
    let more = match known.clone().count() - list.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let known = known.take(COMPARED).map(String::as_str);
    let requested = short(requested).unwrap_or_default();
    let alike = hint(requested, known);
    // In a misspelt path a word of the API stands where a slug could.
    let word = nearest(requested, RESERVED_SLUGS).filter(|_| alike.is_empty());
    let word = word.map_or_else(String::new, |word| format!("; or put the word `{word}` there"));
    format!("name {what} that exists: {}{more}{alike}{word}", list.join(", "))
}

fn valid_tokens(organization: &Organization, now: Timestamp) -> impl Iterator<Item = &Token> {
    let is_valid = move |token: &&Token| token.expires_at.is_none_or(|end| now < end);
    organization.tokens.values().filter(is_valid)
}

/// For a token that lacks an ability: a token that has it.
pub(super) fn scope(scope: Scope, organization: &Organization, now: Timestamp) -> String {
    let able = valid_tokens(organization, now).filter(|token| scope.allows(&token.abilities));
    // The one with the fewest abilities shows best which one is needed.
    let rights = |token: &Token| {
        if token.may_everything() { usize::MAX } else { token.abilities.len() }
    };
    let least = able.min_by_key(|token| (rights(token), token.id));
    match least {
        Some(token) => format!("use a token with {scope}, for example {}", token_name(token)),
        None => {
            format!("use a token with {scope}: this organization has none, POST api-keys makes one")
        }
    }
}

/// `, for example full`: a valid token of an organization, rather one that has every ability.
pub(super) fn example(organization: &Organization, now: Timestamp) -> String {
    let tokens = valid_tokens(organization, now);
    let most = tokens.min_by_key(|token| (!token.may_everything(), token.id));
    most.map_or_else(String::new, |token| format!(", for example {}", token_name(token)))
}

/// The name of a token if it is a word, or its number.
pub(super) fn token_name(token: &Token) -> String {
    if is_word(&token.name.replace('_', "-").to_lowercase()) {
        token.name.clone()
    } else {
        format!("the API key {}", token.id)
    }
}

/// How to make the proof of a project's active key.
pub(super) fn proof(project: &Project) -> String {
    let key = project.active();
    let Some(proof) = key.proof() else {
        return "rotate the key with POST secrets/rotate-client-keys first: that gives it a proof"
            .to_owned();
    };
    format!(
        "derive key_proof of key version {}: keyproof proof derive --salt {} --iterations {}",
        key.version, proof.key_check_salt, proof.key_check_iterations
    )
}

#[cfg(test)]
mod tests {
    use super::{SPARE_SLASH, path};

    #[test]
    fn a_slash_too_many_is_named_only_where_the_rest_is_a_path() {
        for text in ["/api/v1/u/my-app/encryption-key/", "/api/v1/u//my-app/encryption-key"] {
            assert_eq!(path(text), SPARE_SLASH, "{text}");
        }
        for text in ["/", "/api/v1/", "/index.html/"] {
            assert!(path(text).starts_with("use a path of the API"), "{text}");
        }
    }
}
