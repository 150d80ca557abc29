//! What a service account's token says of itself.
//!
//! Knows the form of a service account's token and nothing else of it than where it signs in. The
//! whole key is in it, so nothing of it is ever quoted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::secret::{Expose as _, Secret};
use crate::domain::text::SafeText;

/// What is read of a token: `ops_` and base64url JSON (1Password's page "Service account security").
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    sign_in_address: String,
}

/// Where a service account's token signs in, for example `example.1password.com`; safe to show.
///
/// # Errors
/// [`Kind::SignIn`] where it is no such token; nothing of it is quoted.
pub(super) fn sign_in_address(token: &Secret) -> Result<SafeText> {
    let body = token.expose_secret().trim().strip_prefix("ops_").map(|body| body.trim_end_matches('='));
    let body = body.and_then(|body| URL_SAFE_NO_PAD.decode(body).ok());
    let body = body.and_then(|body| serde_json::from_slice::<Body>(&body).ok());
    match body {
        Some(body) if !body.sign_in_address.is_empty() => Ok(SafeText::new(&body.sign_in_address)),
        _ => Err(Fault::new(Kind::SignIn, "the service account's token is not one that 1Password makes")
            .hint("it begins with ops_ and is one long word: copy it again, all of it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(json: &str) -> Secret {
        Secret::from(format!("ops_{}", URL_SAFE_NO_PAD.encode(json)))
    }

    #[test]
    fn a_token_tells_where_it_signs_in_with_and_without_padding() {
        let plain = token(r#"{"signInAddress":"example.1password.com","secretKey":"A3-CANARY"}"#);
        assert_eq!(sign_in_address(&plain).unwrap().as_str(), "example.1password.com");
        let padded = Secret::from(format!("{}==\n", plain.expose_secret()));
        assert_eq!(sign_in_address(&padded).unwrap().as_str(), "example.1password.com");
    }

    #[test]
    fn a_malformed_token_is_refused_and_not_quoted() {
        let bad = [
            token(r#"{"secretKey":"A3-CANARY"}"#),
            token(r#"{"signInAddress":"","x":"CANARY"}"#),
            Secret::from("CANARY"),
            Secret::from("ops_CANARY!"),
            Secret::from(""),
        ];
        for token in bad {
            let fault = sign_in_address(&token).unwrap_err();
            assert_eq!(fault.kind, Kind::SignIn);
            assert!(!fault.to_string().contains("CANARY"));
        }
    }
}
