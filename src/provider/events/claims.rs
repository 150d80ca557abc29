//! What a token of the Events API says of itself: a JSON Web Token whose middle part anybody can read.
//!
//! Nobody checks the signature here, since only the service can use it; so nothing of it decides more than
//! where the token is sent, and that can only be a plain name of a host.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::Value;

use crate::domain::secret::{Expose as _, Secret};
use crate::domain::text::SafeText;

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
        read(token.expose_secret()).unwrap_or_default()
    }
}

fn read(token: &str) -> Option<Claims> {
    let middle = token.split('.').nth(1)?.trim_end_matches('=');
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(middle).ok()?).ok()?;
    let host = claims["aud"].as_array().map_or(&claims["aud"], |list| list.first().unwrap_or(&Value::Null));
    let features = claims[FEATURES].as_array().into_iter().flatten().filter_map(Value::as_str);
    Some(Claims {
        host: host.as_str().filter(|host| is_host(host)).map(str::to_owned),
        expires: claims["exp"].as_i64().and_then(|at| Timestamp::from_second(at).ok()),
        features: features.map(SafeText::new).collect(),
    })
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
