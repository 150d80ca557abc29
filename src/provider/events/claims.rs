//! What a token of the Events API says of itself. Nobody has vouched for it, so that nothing of it decides more than
//! where the token is sent, and that can only be a plain name of a host.

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::secret::Secret;
use crate::domain::text::SafeText;
use crate::provider::claims;

/// What older tokens name as their audience in place of a host (1Password's `events-api-generic`).
const LEGACY: &str = "com.1password.streamingservice";
/// The claim with what it may read, as 1Password's own clients read it.
const FEATURES: &str = "1password.com/fts";
/// The longest name of a host, and of one of its parts (RFC 1035).
const LONGEST: usize = 253;
const LONGEST_PART: usize = 63;

/// What a token says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// The host to ask: a plain name, without scheme, port or path.
    pub host: Option<String>,
    /// When it expires; `None` also for one that never does.
    pub expires: Option<Timestamp>,
    /// The words for what it may read.
    pub features: Vec<SafeText>,
}

impl Claims {
    /// Reads them; nothing of a token in another form.
    pub fn of(token: &Secret) -> Self {
        let Some(claims) = claims::claims::<Value>(token) else { return Self::default() };
        let host = match &claims["aud"] {
            Value::Array(list) => list.first(),
            other => Some(other),
        };
        let host = host.and_then(Value::as_str).filter(|host| is_host(host));
        let features = claims[FEATURES].as_array().into_iter().flatten().filter_map(Value::as_str);
        Self {
            host: host.map(str::to_owned),
            expires: claims["exp"].as_i64().and_then(|at| Timestamp::from_second(at).ok()),
            features: features.map(SafeText::new).collect(),
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
