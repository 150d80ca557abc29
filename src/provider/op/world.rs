//! Which world a token belongs to: 1Password's, or the imitation on this machine.
//!
//! Knows the form of a service account's token and nothing else of it than where it signs in. The
//! whole key is in it, so nothing of it is ever quoted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::secret::{Expose as _, Secret};
use crate::domain::text::SafeText;

/// Whose ids are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum World {
    /// 1Password: no id of a sandbox.
    Real,
    /// The local imitation: ids of a sandbox only.
    Sandbox,
}

impl World {
    /// The world of a sign-in address. Only plain HTTP to this machine is the imitation: nobody else
    /// can serve 1Password there.
    pub(super) fn of(address: &str) -> Self {
        let port = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"]
            .iter()
            .find_map(|start| address.strip_prefix(start));
        match port.map(|port| port.trim_end_matches('/').parse::<u16>()) {
            Some(Ok(_)) => Self::Sandbox,
            _ => Self::Real,
        }
    }

    /// Refuses an id of the other world.
    pub(super) fn admit(self, is_sandbox: bool) -> Result<()> {
        match (self, is_sandbox) {
            (Self::Real, false) | (Self::Sandbox, true) => Ok(()),
            (Self::Real, true) => {
                Err(Fault::new(Kind::Refused, "an id of a sandbox, in an account of 1Password")
                    .hint("use `--provider sandbox` for the sandbox, or the class of this account"))
            }
            (Self::Sandbox, false) => {
                Err(Fault::new(Kind::Refused, "an id without the sandbox's prefix, from a sandbox")
                    .hint("the token is a sandbox's: give 1Password's own for a real class"))
            }
        }
    }
}

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
pub fn sign_in_address(token: &Secret) -> Result<SafeText> {
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

    #[test]
    fn only_plain_http_to_this_machine_is_the_imitation() {
        for address in ["http://127.0.0.1:4711", "http://localhost:80/", "http://[::1]:4711"] {
            assert_eq!(World::of(address), World::Sandbox, "{address}");
        }
        let others = [
            "example.1password.com",
            "https://127.0.0.1:1",
            "http://127.0.0.1.evil.com:80",
            "http://127.0.0.1",
            "http://127.0.0.1:1@evil.com",
        ];
        for address in others {
            assert_eq!(World::of(address), World::Real, "{address}");
        }
    }

    #[test]
    fn ids_of_the_other_world_are_refused_both_ways() {
        assert!(World::Real.admit(false).is_ok() && World::Sandbox.admit(true).is_ok());
        assert!(World::Real.admit(true).is_err() && World::Sandbox.admit(false).is_err());
    }
}
