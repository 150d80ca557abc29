//! Bearer tokens: how they are made, recognised, and kept for whoever runs the sandbox.
//!
//! The database knows their SHA-256 only. The tokens themselves are in `tokens.json` (0600) beside
//! it, because a persisted sandbox has to be usable after a restart. Nothing here is a key to
//! anything: the sandbox holds no real data.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::folder::Folder;
use super::scope::{Feature, Issue, Opened};
use crate::domain::id::PersonId;
use crate::domain::secret::{Expose as _, Secret};
use crate::sandbox::refusal::{Refusal, Result};

/// The token of one person.
#[derive(Clone, Debug)]
pub struct PersonToken {
    /// Whose it is.
    pub id: PersonId,
    /// The address of that person.
    pub email: String,
    /// The bearer token.
    pub token: Secret,
}

/// The contents of `tokens.json`.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    /// The first administrator's.
    pub(crate) admin: Secret,
    /// The service account's.
    pub(crate) service_account: Secret,
    /// Every person's, the administrators' included.
    pub(crate) people: Vec<PersonToken>,
}

/// The file's form. Kept apart from [`Tokens`] because a secret cannot be serialised by accident.
#[derive(Serialize, Deserialize, Default)]
pub(super) struct Lines {
    pub(super) admin: String,
    pub(super) service_account: String,
    pub(super) people: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) id: PersonId,
    pub(super) email: String,
    pub(super) token: String,
}

impl Lines {
    /// Reads the file; one that is missing or damaged counts as empty.
    pub(super) fn read(folder: &Folder) -> Self {
        let text = fs::read(folder.tokens()).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    pub(super) fn write(&self, folder: &Folder) -> Result<()> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        folder.replace(&folder.tokens(), &text)?;
        Ok(())
    }

    pub(super) fn tokens(self) -> Tokens {
        Tokens {
            admin: self.admin.into(),
            service_account: self.service_account.into(),
            people: self
                .people
                .into_iter()
                .map(|line| PersonToken { id: line.id, email: line.email, token: line.token.into() })
                .collect(),
        }
    }
}

/// What the database keeps of a token.
pub(super) fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Random bytes from the system.
pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Refusal::new(500, format!("no randomness: {error}")))?;
    Ok(bytes)
}

/// `length` random characters of the given alphabet, which has 32 of them.
pub(super) fn letters(alphabet: [u8; 32], length: usize) -> Result<String> {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        for byte in random::<32>()?.into_iter().take(length - text.len()) {
            text.push(char::from(alphabet[usize::from(byte % 32)]));
        }
    }
    Ok(text)
}

/// The letters of base32 (RFC 4648) in lower case.
pub(super) const LOWER: [u8; 32] = *b"abcdefghijklmnopqrstuvwxyz234567";
/// The same in upper case.
pub(super) const UPPER: [u8; 32] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A person's token.
pub(super) fn of_person() -> Result<Secret> {
    Ok(format!("sbx_{}", URL_SAFE_NO_PAD.encode(random::<32>()?)).into())
}

/// A service account's token in the form of a real one: `ops_` and base64url JSON with the fields
/// of 1Password's page "Service account security". Only `signInAddress` means anything here.
pub(super) fn of_service_account(url: &str) -> Result<Secret> {
    let hex = || letters(*b"0123456789abcdef0123456789abcdef", 64);
    let (lower, upper) = (|n| letters(LOWER, n), |n| letters(UPPER, n));
    let groups = [6, 6, 5, 5, 5, 5].map(upper).into_iter().collect::<Result<Vec<_>>>()?;
    let body = json!({
        "signInAddress": url,
        "userAuth": {
            "method": "SRPg-4096", "alg": "PBES2g-HS256", "iterations": 100_000,
            "salt": URL_SAFE_NO_PAD.encode(random::<16>()?),
        },
        "email": format!("{}@1passwordserviceaccounts.lcl", lower(13)?),
        "srpX": hex()?,
        "muk": {
            "alg": "A256GCM", "ext": true, "k": URL_SAFE_NO_PAD.encode(random::<32>()?),
            "key_ops": ["encrypt", "decrypt"], "kty": "oct", "kid": "mp",
        },
        "secretKey": format!("A3-{}", groups.join("-")),
        "throttleSecret": { "seed": hex()?, "uuid": upper(26)? },
        "deviceUuid": lower(26)?,
    });
    Ok(format!("ops_{}", URL_SAFE_NO_PAD.encode(serde_json::to_vec(&body)?)).into())
}

/// The audience of a token of the Events API that names no host.
const NO_HOST: &str = "com.1password.streamingservice";

/// A Connect token in the form of a real one: a JWT with the claims of the sample in the tests of
/// `connect-sdk-go`. **The signature is imitated**: random bytes of the right length, which nothing checks. What
/// is good is what the database knows the hash of.
pub(super) fn of_connect(
    account: &str,
    server: &PersonId,
    issue: &Issue,
    vaults: &[Opened],
) -> Result<Secret> {
    let vaults: Vec<_> =
        vaults.iter().map(|opened| json!({ "u": opened.vault, "a": opened.rights.0 })).collect();
    signed(json!({
        "1password.com/auuid": account,
        "1password.com/fts": ["vaultaccess"],
        "1password.com/token": URL_SAFE_NO_PAD.encode(random::<24>()?),
        "1password.com/vts": vaults,
        "aud": ["com.1password.secretservice"],
        "exp": issue.expires.map(Timestamp::as_second),
        "iat": issue.issued.as_second(),
        "iss": "com.1password.b5",
        "jti": issue.id,
        "sub": server,
    }))
}

/// A token of the Events API in the form of a real one, its signature imitated as that of a Connect token. Its
/// audience is the host to call.
pub(super) fn of_events(
    account: &str,
    integration: &PersonId,
    issue: &Issue,
    features: &[Feature],
    audience: Option<&str>,
) -> Result<Secret> {
    signed(json!({
        "1password.com/auuid": account,
        "1password.com/fts": features,
        "aud": [audience.unwrap_or(NO_HOST)],
        "exp": issue.expires.map(Timestamp::as_second),
        "iat": issue.issued.as_second(),
        "iss": "com.1password.b5",
        "jti": issue.id,
        "sub": integration,
    }))
}

/// A JWT of these claims without the empty ones.
fn signed(mut claims: serde_json::Value) -> Result<Secret> {
    if let Some(claims) = claims.as_object_mut() {
        claims.retain(|_, claim| !claim.is_null());
    }
    let head = json!({ "alg": "ES256", "kid": letters(LOWER, 26)?, "typ": "JWT" });
    let part = |value| Ok::<_, Refusal>(URL_SAFE_NO_PAD.encode(serde_json::to_vec(value)?));
    let signature = URL_SAFE_NO_PAD.encode(random::<64>()?);
    Ok(format!("{}.{}.{signature}", part(&head)?, part(&claims)?).into())
}

/// The `signInAddress` of a service account's token.
pub(super) fn address(token: &Secret) -> Option<String> {
    let body = token.expose_secret().strip_prefix("ops_")?;
    let body: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()?;
    body.get("signInAddress")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_account_token_tells_where_to_sign_in_and_nothing_else_repeats() {
        let (one, two) =
            (of_service_account("http://127.0.0.1:1").unwrap(), of_service_account("x").unwrap());
        assert_eq!(address(&one).as_deref(), Some("http://127.0.0.1:1"));
        assert_ne!(one.expose_secret(), two.expose_secret());
        assert_eq!(address(&Secret::from("ops_!")), None);
    }

    #[test]
    fn random_letters_have_the_wanted_length() {
        for length in [0, 1, 23, 26, 33, 100] {
            assert_eq!(letters(LOWER, length).unwrap().len(), length);
        }
    }
}
