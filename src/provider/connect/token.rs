//! What a Connect token says of itself: which vaults it covers, for whose account, until when.
//!
//! The names of the claims are those of the sample in 1Password's `connect-sdk-go`: `1password.com/auuid` is the
//! account, `1password.com/vts` lists vaults with what may be done there, as the sum of the bits of
//! `onepassword-sdk-python`. A token is never changed: a vault that is made later needs another token.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::{AccountId, VaultId};
use crate::domain::secret::Secret;
use crate::provider::jwt::claims;
use crate::provider::world::World;

/// The bit without which items cannot even be listed.
const READ_ITEMS: u64 = 32;
/// The bits that change something: manage the vault; update, create, archive and delete items.
const CHANGES: u64 = 2 | 64 | 128 | 256 | 512;

/// A vault that a token names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Which.
    pub vault: VaultId,
    /// What may be done there, as a sum of bits.
    acl: u64,
}

impl Scope {
    /// A vault with what may be done there, as a sum of bits.
    pub fn new(vault: VaultId, acl: u64) -> Self {
        Self { vault, acl }
    }

    /// Whether items can be listed and read there. There are tokens that only write.
    pub fn reads(&self) -> bool {
        self.acl & READ_ITEMS != 0
    }

    /// Whether it may change something there, which Strongroom never asks of Connect.
    pub fn changes(&self) -> bool {
        self.acl & CHANGES != 0
    }
}

/// What a token says.
#[derive(Clone, Debug)]
pub(super) struct Claims {
    pub(super) account: Option<AccountId>,
    pub(super) scopes: Vec<Scope>,
    /// Those whose items it reads, of the world that it is of.
    covered: BTreeSet<VaultId>,
    pub(super) issued: Option<Timestamp>,
    pub(super) expires: Option<Timestamp>,
    pub(super) world: World,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "1password.com/auuid")]
    account: Option<Value>,
    #[serde(rename = "1password.com/vts")]
    vaults: Option<Vec<Value>>,
    iat: Option<Value>,
    exp: Option<Value>,
}

impl Claims {
    /// Reads a token.
    ///
    /// # Errors
    /// [`Kind::SignIn`] where it is no JWT, or names no vaults; nothing of it is quoted.
    pub(super) fn read(token: &Secret) -> Result<Self> {
        let wire: Wire = claims(token).ok_or_else(|| {
            Fault::new(Kind::SignIn, "the token for Connect is not one that 1Password makes")
                .hint("it is three long words with dots between them (a JWT): copy it again, all of it")
        })?;
        let vaults = wire.vaults.ok_or_else(|| {
            Fault::new(Kind::SignIn, "the token for Connect does not say which vaults it covers").hint(
                "a token of `op connect token create` does; that of another service is none for Connect",
            )
        })?;
        let account = wire.account.as_ref().and_then(Value::as_str);
        let account = account.and_then(|id| AccountId::parse(id).ok());
        // An entry in a form that this version does not know covers nothing.
        let scopes: Vec<Scope> = vaults.iter().filter_map(scope).collect();
        let is_sandbox = match &account {
            Some(account) => account.is_sandbox(),
            None => scopes.iter().any(|scope| scope.vault.is_sandbox()),
        };
        let world = if is_sandbox { World::Sandbox } else { World::Real };
        let reads = |scope: &&Scope| scope.reads() && world.admit(scope.vault.is_sandbox()).is_ok();
        let covered = scopes.iter().filter(reads).map(|scope| scope.vault.clone()).collect();
        let [issued, expires] = [&wire.iat, &wire.exp].map(|at| at.as_ref().and_then(time));
        Ok(Self { account, scopes, covered, issued, expires, world })
    }

    /// Whether the items of that vault can be read.
    pub(super) fn read_items_of(&self, vault: &VaultId) -> bool {
        self.covered.contains(vault)
    }
}

fn scope(entry: &Value) -> Option<Scope> {
    let vault = VaultId::parse(entry.get("u")?.as_str()?).ok()?;
    Some(Scope::new(vault, entry.get("a")?.as_u64()?))
}

/// A `NumericDate` (RFC 7519): seconds, which may have a part.
fn time(number: &Value) -> Option<Timestamp> {
    #[allow(clippy::cast_possible_truncation, reason = "a second is exact enough, and the range is checked")]
    let seconds = number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64))?;
    Timestamp::from_second(seconds).ok()
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::jwt::tests::token;

    pub(crate) const READS: &str = "vaultvaultvaultvaultvault0";
    const WRITES: &str = "vaultvaultvaultvaultvault1";

    fn read(claims: &Value) -> Result<Claims> {
        Claims::read(&token(claims))
    }

    #[test]
    fn a_token_tells_its_vaults_its_account_and_its_end() {
        let claims = read(&json!({
            "1password.com/auuid": "ACCOUNTACCOUNTACCOUNTACCOU",
            // Everything on items, as in the sample; everything but reading; nothing that can be understood.
            "1password.com/vts": [
                { "u": READS, "a": 15_730_672 }, { "u": WRITES, "a": 192 }, { "u": "short", "a": 32 }, 7,
            ],
            "exp": 1_800_000_000, "iat": 1, "aud": ["com.1password.secretservice"],
        }));
        let claims = claims.unwrap();
        assert_eq!(claims.account.as_ref().map(AccountId::as_str), Some("ACCOUNTACCOUNTACCOUNTACCOU"));
        let life = [claims.issued, claims.expires].map(|at| at.map(Timestamp::as_second));
        assert_eq!(life, [Some(1), Some(1_800_000_000)]);
        let rights: Vec<_> = claims.scopes.iter().map(|scope| (scope.reads(), scope.changes())).collect();
        assert_eq!((rights, claims.world), (vec![(true, true), (false, true)], World::Real));
        let covered = |id: &str| claims.read_items_of(&VaultId::parse(id).unwrap());
        assert!(covered(READS) && !covered(WRITES) && !covered("vaultvaultvaultvaultvault2"));
    }

    #[test]
    fn a_token_without_an_end_and_with_an_odd_one_is_read_all_the_same() {
        for (exp, expected) in [
            (json!(null), None),
            (json!("soon"), None),
            (json!(1.5e9), Some(1_500_000_000)),
            (json!(1e30), None),
        ] {
            let claims = read(&json!({ "1password.com/vts": [], "exp": exp })).unwrap();
            assert_eq!(claims.expires.map(Timestamp::as_second), expected, "{exp}");
        }
        let bare = read(&json!({ "1password.com/vts": [] })).unwrap();
        assert!(bare.expires.is_none() && bare.account.is_none());
    }

    #[test]
    fn the_account_decides_whose_ids_are_covered() {
        let (sandbox, vault) = ("SBXAAAAAAAAAAAAAAAAAAAAAAA", "sbxvaultvaultvaultvault000");
        let both = json!([{ "u": vault, "a": 32 }, { "u": READS, "a": 32 }]);
        for (account, world, covered) in [
            (sandbox, World::Sandbox, vault),
            ("ACCOUNTACCOUNTACCOUNTACCOU", World::Real, READS),
            ("", World::Sandbox, vault),
        ] {
            let claims = read(&json!({ "1password.com/auuid": account, "1password.com/vts": both })).unwrap();
            assert_eq!(claims.world, world, "{account}");
            for id in [vault, READS] {
                assert_eq!(
                    claims.read_items_of(&VaultId::parse(id).unwrap()),
                    id == covered,
                    "{account} {id}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_connect_token_is_refused_and_not_quoted() {
        let none = [
            Secret::from("ops_canary"),
            Secret::from(""),
            Secret::from("canary.canary.canary"),
            token(&json!(["canary"])),
            token(&json!({ "aud": ["events.canary"] })),
            token(&json!({ "1password.com/vts": "canary" })),
            token(&json!({ "1password.com/vts": null })),
        ];
        for token in none {
            let fault = Claims::read(&token).unwrap_err();
            assert_eq!(fault.kind, Kind::SignIn);
            assert!(!format!("{fault} {fault:?}").contains("canary"), "{fault}");
        }
    }
}
