//! Tokens in the form of a JWT, as those of Connect and of the Events API are: what one says of itself.
//!
//! The signature is not looked at: the server does that, and knows the key. What is read here says what can be
//! asked for, never what is so. Nothing of a token is ever quoted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;

use crate::domain::secret::{Expose as _, Secret};

/// The claims of a token: the second of its three parts, base64url of JSON (RFC 7519). `None` where it is no such
/// token, or its claims have not that shape.
pub(super) fn claims<T: DeserializeOwned>(token: &Secret) -> Option<T> {
    let mut parts = token.expose_secret().trim().split('.');
    let (_head, claims, _signature, more) = (parts.next()?, parts.next()?, parts.next()?, parts.next());
    if more.is_some() {
        return None;
    }
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&claims).ok()
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A token with these claims.
    pub(crate) fn token(claims: &Value) -> Secret {
        let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
        Secret::from(format!("eyJhbGciOiJFUzI1NiJ9.{claims}.c2lnbmF0dXJlLWNhbmFyeQ"))
    }

    #[test]
    fn the_second_of_three_parts_is_read_with_and_without_padding() {
        let body = URL_SAFE_NO_PAD.encode(r#"{"aud":["x"]}"#);
        for text in [format!("e30.{body}.c2ln"), format!(" e30.{body}==.c2ln\n"), format!("?.{body}.")] {
            assert_eq!(claims::<Value>(&Secret::from(text)), Some(json!({ "aud": ["x"] })));
        }
    }

    #[test]
    fn what_is_no_such_token_has_no_claims() {
        let body = URL_SAFE_NO_PAD.encode("no json");
        let texts = [String::new(), "ops_x".into(), format!("a.{body}.c"), "a.b".into(), "a.e30.c.d".into()];
        for text in texts.into_iter().chain(["a.e3!.c".into()]) {
            assert_eq!(claims::<Value>(&Secret::from(text.clone())), None, "{text}");
        }
    }
}
