//! Why the sandbox said no, in the form in which Connect says it.
//!
//! Knows status codes and messages. Must not know any rule: whoever refuses brings the words.

use std::fmt;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A refusal: an HTTP status and a message, sent as `{"status":…,"message":…}` (schema
/// `ErrorResponse` of Connect's OpenAPI document 1.7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// What is wrong, in 1Password's words where they are known.
    pub message: String,
    /// Seconds until trying again makes sense; sent as `Retry-After`.
    pub retry_after: Option<u64>,
}

/// Shorthand for results of the sandbox.
pub type Result<T, E = Refusal> = std::result::Result<T, E>;

impl Refusal {
    /// A refusal with that status and message.
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), retry_after: None }
    }

    /// 400: the question makes no sense or asks for something that 1Password does not do.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(400, message)
    }

    /// 400 for a text that has not the form of an id (`Invalid Vault UUID`, as Connect answers
    /// according to external-secrets issue 1202).
    pub(crate) fn shape(kind: &str) -> Self {
        Self::bad(format!("Invalid {kind} UUID"))
    }

    /// 401: no token, an unknown one, one that is good no more or not here, or one of somebody who is not
    /// active (Connect 1.7.2).
    pub(crate) fn unknown_token() -> Self {
        Self::new(401, "Invalid bearer token")
    }

    /// 401 for a token that nobody here has made: to one in the form of a JWT Connect says that its signature is
    /// wrong (OpenAPI document).
    pub(crate) fn foreign_token(token: &str) -> Self {
        match token.split('.').count() {
            3 => Self::new(401, "Invalid token signature"),
            _ => Self::unknown_token(),
        }
    }

    /// 401: the token lacks the right to read or to write. The words for writing are those of 2021 (issue 24 of
    /// 1Password's Terraform provider); those for reading are made after them.
    pub(crate) fn no_right(to: &str) -> Self {
        Self::new(401, format!("Unauthorized Request, token does not have {to} access to the Vault"))
    }

    /// 413 (OpenAPI document of Connect).
    pub(crate) fn too_large_to_inline() -> Self {
        let path = "/v1/vaults/{vaultUUID}/items/{itemUUID}/files/{fileUUID}/content";
        Self::new(413, format!("File is too large to inline in request. Use the {path} endpoint instead."))
    }

    /// The bytes of a file have not come to the Connect server yet. That there is such an error is in the notes of
    /// Connect 1.8.0; its status and its words are not, and are made up here.
    pub(crate) fn content_not_synced() -> Self {
        Self::new(500, "the content of the file has not been synced yet")
    }

    /// The Connect server has no copy to answer from (1Password's Python SDK, issue 9).
    pub(crate) fn not_initiated() -> Self {
        Self::new(500, "failed to initiate, review service logs for details")
    }

    /// 403: the vault exists or not, this token has no business there (Connect issue 82).
    pub(crate) fn out_of_scope() -> Self {
        Self::new(403, "Authorization: token does not have access to vault")
    }

    /// 403: in the vault, but without the permission for this (string of the CLI's binary).
    pub(crate) fn denied() -> Self {
        Self::new(403, "You do not have permission to perform this action")
    }

    /// 403: what 1Password refuses every service account.
    pub(crate) fn not_for_service_accounts(what: &str) -> Self {
        Self::new(403, format!("Forbidden (User Is Service Account): a service account cannot {what}"))
    }

    /// What the CLI says to a revoke that finds nothing, and to any partial revoke by a service
    /// account (403 there, 404 here; observed by the `cdkop` and `baton-1password` projects).
    pub(crate) fn no_accessor(status: u16) -> Self {
        Self::new(status, "the accessor doesn't have any permissions")
    }

    /// 429: a ration is used up, in the words of 1Password's page "Service account rate limits"; `wait` is said
    /// there in minutes and hours.
    pub(crate) fn rationed(whose: &str, wait: &str) -> Self {
        Self::new(
            429,
            format!(
                "(429) Too Many Requests: You've reached the maximum number of this type of requests {whose} is \
                 allowed to make. Please retry in {wait} or try other requests."
            ),
        )
    }

    /// 429: the client is throttled, nobody says for how long (string of the CLI's binary).
    pub(crate) fn throttled() -> Self {
        Self::new(429, "Too many requests. Your client has been rate-limited.")
    }

    /// 404 for an address that stands for nothing.
    pub(crate) fn no_route() -> Self {
        Self::new(404, "there is no such route")
    }

    /// 404 with Connect's words, for example `item … not found`.
    pub(crate) fn missing(kind: &str, id: &str) -> Self {
        Self::new(404, format!("{kind} {id} not found"))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}) {}", self.status, self.message)
    }
}

impl std::error::Error for Refusal {}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::new(500, format!("the sandbox's database failed: {error}"))
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Self::new(500, format!("the sandbox's data folder failed: {error}"))
    }
}

impl From<serde_json::Error> for Refusal {
    /// Without the parser's own words: they repeat the offending value.
    fn from(error: serde_json::Error) -> Self {
        Self::new(500, format!("a stored value is damaged at column {}", error.column()))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::json!({ "status": self.status, "message": self.message });
        let mut answer = (status, Json(body)).into_response();
        if let Some(wait) = self.retry_after {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
        answer
    }
}
