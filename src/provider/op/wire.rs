//! What the CLI alone prints, read tolerantly: whose token it is, the account, groups, levels, the ration. People,
//! vaults and items are those of [`crate::provider::wire`].
//!
//! Shapes are those that other projects recorded from real CLIs 2.0 to 2.30 (`pyonepassword`,
//! `1password-exporter`) and the types of 1Password's own `op-js`. Names are optional wherever
//! nothing is decided by them; ids never are. Must not know what was asked for.

use serde::Deserialize;

use crate::domain::access::Permissions;
use crate::domain::budget::{Action, Allowance, Scope};
use crate::domain::id::{AccountId, GroupId, ItemId, PersonId, VaultId};
use crate::domain::text::Untrusted;
use crate::provider::wire::number;

/// `op whoami`, in every spelling: 2.18 wrote `URL` and `ServiceAccountType`, later ones both.
#[derive(Deserialize)]
pub(super) struct Whoami {
    url: Option<Untrusted>,
    #[serde(rename = "URL")]
    url_before: Option<Untrusted>,
    pub(super) user_uuid: Option<PersonId>,
    pub(super) account_uuid: Option<AccountId>,
    user_type: Option<String>,
    #[serde(rename = "ServiceAccountType")]
    type_before: Option<String>,
}

impl Whoami {
    /// Where it is signed in.
    pub(super) fn url(&self) -> Option<&str> {
        self.url.as_ref().or(self.url_before.as_ref()).map(Untrusted::raw)
    }

    pub(super) fn is_service_account(&self) -> bool {
        let word = self.user_type.as_ref().or(self.type_before.as_ref());
        word.is_some_and(|word| word == "SERVICE_ACCOUNT")
    }
}

/// `op account get`.
#[derive(Deserialize)]
pub(super) struct Account {
    pub(super) id: AccountId,
    #[serde(default)]
    pub(super) name: Untrusted,
    #[serde(default, rename = "type")]
    pub(super) kind: String,
}

/// One line of `op group list`, and `op group get`, which adds the type.
#[derive(Deserialize)]
pub(super) struct GroupSeen {
    pub(super) id: GroupId,
    #[serde(default)]
    pub(super) name: Untrusted,
    #[serde(default, rename = "type")]
    pub(super) kind: String,
}

/// One line of `op vault user list` and `op vault group list`.
#[derive(Deserialize)]
pub(super) struct Listed<T> {
    pub(super) id: T,
    pub(super) permissions: Option<Names>,
}

/// What a grant and a revoke print. Ids that are there must be those that were asked for.
#[derive(Deserialize)]
pub(super) struct Changed {
    pub(super) vault_id: Option<VaultId>,
    pub(super) user_id: Option<PersonId>,
    pub(super) group_id: Option<GroupId>,
    pub(super) permissions: Option<Names>,
}

/// Names of permissions: one string with commas, or a list.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Names {
    /// `"view_items,create_items"`
    Line(String),
    /// `["view_items", "create_items"]`
    List(Vec<String>),
}

impl Names {
    /// The set; `None` where a name is not known, since guessing would hide an access.
    pub(super) fn set(&self) -> Option<Permissions> {
        match self {
            Self::Line(line) => Permissions::parse(line.split(',')),
            Self::List(list) => Permissions::parse(list.iter().map(String::as_str)),
        }
        .ok()
    }
}

/// What `op document create` prints, in camel case.
#[derive(Deserialize)]
pub(super) struct Made {
    #[serde(alias = "id")]
    pub(super) uuid: ItemId,
    #[serde(rename = "vaultUuid")]
    pub(super) vault: Option<VaultId>,
}

/// One line of `op service-account ratelimit`.
#[derive(Deserialize)]
pub(super) struct Window {
    #[serde(rename = "type")]
    scope: String,
    action: String,
    #[serde(default, deserialize_with = "number")]
    limit: Option<u64>,
    #[serde(default, deserialize_with = "number")]
    used: Option<u64>,
    #[serde(default, deserialize_with = "number")]
    remaining: Option<u64>,
    #[serde(default, deserialize_with = "number")]
    reset: Option<u64>,
}

impl Window {
    /// The window, if this version knows what it counts.
    pub(super) fn allowance(&self) -> Option<Allowance> {
        let scope = match self.scope.as_str() {
            "token" => Scope::Token,
            "account" => Scope::Account,
            _ => return None,
        };
        let action = match self.action.as_str() {
            "read" => Action::Read,
            "write" => Action::Write,
            "read_write" => Action::ReadWrite,
            _ => return None,
        };
        let (limit, used) = (self.limit?, self.used.unwrap_or(0));
        let remaining = self.remaining.unwrap_or(limit.saturating_sub(used));
        // "N/A" in the table and 0 in JSON while no window has begun.
        Some(Allowance { scope, action, limit, used, remaining, reset: self.reset.unwrap_or(0) })
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
