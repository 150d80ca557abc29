//! What a token of the Events API says of itself. Nobody has vouched for it, so that nothing of it decides more than
//! where the token is sent, and that can only be a plain name of a host.

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::secret::Secret;
use crate::provider::jwt::claims;

/// What older tokens name as their audience in place of a host (1Password's `events-api-generic`).
const LEGACY: &str = "com.1password.streamingservice";
/// The longest name of a host, and of one of its parts (RFC 1035).
const LONGEST: usize = 253;
const LONGEST_PART: usize = 63;

/// What a token says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Claims {
    /// The host to ask: a plain name, without scheme, port or path.
    pub(super) host: Option<String>,
    /// When it expires; `None` also for one that never does.
    pub(super) expires: Option<Timestamp>,
}

impl Claims {
    /// Reads them; nothing of a token in another form.
    pub(super) fn of(token: &Secret) -> Self {
        let Some(claims) = claims::<Value>(token) else { return Self::default() };
        let host = match &claims["aud"] {
            Value::Array(list) => list.first(),
            other => Some(other),
        };
        let host = host.and_then(Value::as_str).filter(|host| is_host(host));
        Self {
            host: host.map(str::to_owned),
            expires: claims["exp"].as_i64().and_then(|at| Timestamp::from_second(at).ok()),
        }
    }
}

/// Whether it is the plain name of a host that is not this machine: no address in digits, no scheme, port or path.
fn is_host(name: &str) -> bool {
    let part = |part: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        (1..=LONGEST_PART).contains(&part.len())
            && part.bytes().all(plain)
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    let Some((_, last)) = name.rsplit_once('.') else { return false };
    let named = last.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-') && last != "localhost";
    name.len() <= LONGEST && name.split('.').all(part) && named && name != LEGACY
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;
    use crate::provider::jwt::tests::token;

    #[test]
    fn a_token_names_its_host_and_its_end() {
        let claims = Claims::of(&token(&json!({
            "aud": ["events.1password.ca"], "exp": 1_800_000_000, "1password.com/fts": ["auditevents"],
        })));
        assert_eq!(claims.host.as_deref(), Some("events.1password.ca"));
        assert_eq!(claims.expires, Some(Timestamp::from_second(1_800_000_000).unwrap()));
        let alone = Claims::of(&token(&json!({ "aud": "events.1password.eu" })));
        assert_eq!(alone.host.as_deref(), Some("events.1password.eu"));
        for odd in [
            "opaque".into(),
            token(&Value::Null),
            token(&json!([])),
            token(&json!({ "aud": 7, "exp": "soon" })),
        ] {
            assert_eq!(Claims::of(&odd), Claims::default());
        }
    }

    #[test]
    fn only_a_plain_name_of_a_host_is_taken() {
        for aud in [
            "com.1password.streamingservice",
            "localhost",
            "events.localhost",
            "127.0.0.1",
            "10.0.0.1",
            "http://events.1password.com",
            "https://events.1password.com",
            "events.1password.com/steal",
            "events.1password.com:8443",
            "user@evil.example",
            "evil.example?x",
            "evil.example#x",
            "evil.example\\x",
            "a..b",
            ".example",
            "example.",
            "-a.example",
            "e\u{445}ample.com",
            "example .com",
            "",
        ] {
            let claims = Claims::of(&token(&json!({ "aud": [aud, "events.1password.com"] })));
            assert_eq!(claims.host, None, "{aud}");
        }
    }
}
