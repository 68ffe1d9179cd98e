//! API keys. Only the answers to their creation and their rotation have the token itself.

use serde::Serialize;

/// An API key without its token.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ApiKey {
    /// Its number, as text.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The abilities of its token.
    pub abilities: Vec<String>,
    /// The beginning of its token.
    pub token_prefix: String,
    /// When its token expires, in RFC 3339; null if it does not.
    pub expires_at: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// An API key that was made.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreatedApiKey<T> {
    /// Always true.
    pub success: bool,
    /// A sentence for people.
    pub message: &'static str,
    /// The token.
    pub token: T,
    /// The API key.
    pub api_key: ApiKey,
}

/// A new token and its abilities.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct NewToken {
    /// The name of its API key.
    pub name: String,
    /// The token itself.
    pub token: String,
    /// The abilities of the token.
    pub abilities: Vec<String>,
    /// When it expires, in RFC 3339; null if it does not.
    pub expires_at: Option<String>,
}

/// An API key that has another token now.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RotatedApiKey {
    /// The token itself.
    pub token: String,
    /// The API key.
    pub api_key: ApiKey,
}
