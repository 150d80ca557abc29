//! The doors: which service an address stands for, whose tokens are taken there, and how its answers are worded.
//!
//! Knows paths and the form of refusals. Must not know a route, nor what it does.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::refusal::Refusal;
use super::world::Scope;

/// The Connect version that the sandbox answers like (its latest, 1.8.1).
pub(super) const CONNECT_VERSION: &str = "1.8.1";
const VERSION: HeaderValue = HeaderValue::from_static(CONNECT_VERSION);
const VERSION_NAME: HeaderName = HeaderName::from_static("1password-connect-version");

/// Which service an address stands for; each has a way to answer of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// A Connect server.
    Connect,
    /// The Events API.
    Events,
    /// What 1Password lets one do through its CLI and apps.
    Own,
    /// What anybody may ask of a Connect server, and what is no route at all.
    Open,
}

impl Door {
    /// The door that a path begins with.
    pub(super) fn of(path: &str) -> Self {
        match path {
            path if path.starts_with("/v1/") => Self::Connect,
            path if path.starts_with("/api/") => Self::Events,
            path if path.starts_with("/sandbox/") => Self::Own,
            _ => Self::Open,
        }
    }

    /// Whether a token with this scope is taken. Connect's door takes people's and the service account's as
    /// well, which the real one does not.
    pub(super) fn takes(self, scope: &Scope) -> bool {
        match scope {
            Scope::Account => self != Self::Events,
            Scope::Connect { .. } => matches!(self, Self::Connect | Self::Open),
            Scope::Events { .. } => self == Self::Events,
        }
    }

    /// Marks an answer of Connect, and words a refusal of the Events API as that one does.
    pub(super) fn worded(self, mut answer: Response) -> Response {
        match self {
            Self::Connect => {
                answer.headers_mut().insert(VERSION_NAME, VERSION);
                answer
            }
            Self::Events => as_events(answer),
            Self::Own | Self::Open => answer,
        }
    }
}

/// Words the answers of all that is behind it.
pub(super) async fn word(request: Request, next: Next) -> Response {
    let door = Door::of(request.uri().path());
    door.worded(in_form(next.run(request).await))
}

fn is_refusal(answer: &Response) -> bool {
    answer.status().is_client_error() || answer.status().is_server_error()
}

/// Refusals that axum makes by itself (a path or body that cannot be read) get the common form.
fn in_form(answer: Response) -> Response {
    let is_json = answer.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if is_json || !is_refusal(&answer) {
        return answer;
    }
    let reason = answer.status().canonical_reason().unwrap_or("Something went wrong");
    Refusal::new(answer.status().as_u16(), reason).into_response()
}

/// A refusal as the Events API words it: the status alone tells more.
fn as_events(answer: Response) -> Response {
    let is_page = answer.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind != "application/json");
    if is_page || !is_refusal(&answer) {
        return answer;
    }
    let reason = answer.status().canonical_reason().unwrap_or("Internal Server Error");
    let (mut parts, _) = answer.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let body = json!({ "Error": { "Message": reason } }).to_string();
    Response::from_parts(parts, Body::from(body))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::world::{Feature, Issue};
    use super::*;

    #[test]
    fn a_token_opens_its_own_door() {
        let issue = Issue {
            id: "a".to_owned(),
            name: "b".to_owned(),
            issued: Timestamp::UNIX_EPOCH,
            expires: None,
            revoked: false,
        };
        let connect = Scope::Connect { issue: issue.clone(), vaults: Vec::new() };
        let events = Scope::Events { issue, features: vec![Feature::AuditEvents] };
        for (path, taken) in [
            ("/v1/vaults", [true, true, false]),
            ("/health", [true, true, false]),
            ("/sandbox/v1/whoami", [true, false, false]),
            ("/api/v2/auditevents", [false, false, true]),
        ] {
            let door = Door::of(path);
            assert_eq!([&Scope::Account, &connect, &events].map(|scope| door.takes(scope)), taken, "{path}");
        }
    }
}
