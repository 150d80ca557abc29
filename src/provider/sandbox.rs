//! The local sandbox: Connect for vaults, items and files, and its management routes for people,
//! groups, access and vaults.
//!
//! Every id must carry the sandbox's reserved prefix, so that a sandbox is never taken for the real
//! service, nor the reverse.

use async_trait::async_trait;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::connect::Connect;
use super::http::unknown;
use super::wire::{WireItem, WirePerson, WireVault};
use super::{Provider, Source, crossed};
use crate::domain::access::{AccountKind, Permissions, Principal};
use crate::domain::budget::Allowance;
use crate::domain::directory::{Grant, Group, Identity, Item, ItemRef, NewDocument, Person};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::host::is_loopback_http;
use crate::domain::id::{AccountId, GroupId, PersonId, VaultId};
use crate::domain::operation::{Call, Capabilities, Capability, Receipt};
use crate::domain::secret::Secret;
use crate::domain::text::Untrusted;
use crate::domain::vault_list::VaultList;

/// A running sandbox, seen with one token.
pub struct Sandbox {
    connect: Connect,
}

impl Sandbox {
    /// The sandbox at an address such as `http://127.0.0.1:4711`.
    pub fn at(url: &str, token: Secret) -> Result<Self> {
        if !is_loopback_http(url) {
            let message = "the sandbox's address must be http://127.0.0.1:PORT: it runs on this machine only";
            return Err(Fault::new(Kind::Input, message));
        }
        Ok(Self { connect: Connect::loopback(url, token) })
    }

    /// Moves a person one step on the way in or out; only an administrator's token may.
    async fn step(&self, person: &PersonId, step: &str) -> Result<Receipt> {
        let path = format!("/sandbox/v1/people/{person}/{step}");
        let moved: WirePerson =
            self.connect.http.change(self.connect.http.request(Method::POST, &path)?).await?;
        if moved.id == *person {
            return Ok(Receipt::Done);
        }
        Err(unknown(crossed("person")))
    }
}

#[derive(Deserialize)]
struct WireWhoami {
    account: WireAccount,
    principal: WirePrincipal,
    view: Option<String>,
}

#[derive(Deserialize)]
struct WireAccount {
    id: AccountId,
    name: Untrusted,
    kind: AccountKind,
}

#[derive(Deserialize)]
struct WirePrincipal {
    id: PersonId,
    name: Untrusted,
    #[serde(rename = "type")]
    kind: String,
}

/// Who was invited; the token that the sandbox answers with is the person's own and not read.
#[derive(Deserialize)]
struct WireAdded {
    person: WirePerson,
}

#[derive(Deserialize)]
struct WireGroup {
    id: GroupId,
    name: Untrusted,
    #[serde(default, rename = "type")]
    kind: String,
    members: Option<Vec<PersonId>>,
}

#[derive(Deserialize)]
struct WireGrants {
    people: Vec<WireGrant<PersonId>>,
    groups: Vec<WireGrant<GroupId>>,
}

#[derive(Deserialize)]
struct WireGrant<T> {
    id: T,
    permissions: Option<Permissions>,
}

#[derive(Deserialize)]
struct WireAccess {
    vault_id: VaultId,
    user_id: Option<PersonId>,
    group_id: Option<GroupId>,
    permissions: Permissions,
}

impl WireAccess {
    /// Refuses what was said about the access of another one, or to another vault.
    fn about(&self, vault: &VaultId, who: &Principal) -> Result<()> {
        let is_theirs = match who {
            Principal::Person(id) => self.user_id.as_ref() == Some(id) && self.group_id.is_none(),
            Principal::Group(id) => self.group_id.as_ref() == Some(id) && self.user_id.is_none(),
        };
        if is_theirs && self.vault_id == *vault {
            return Ok(());
        }
        Err(unknown(crossed("vault or person")))
    }
}

/// Refuses what does not come from a sandbox.
fn ours(is_sandbox: bool) -> Result<()> {
    if is_sandbox {
        return Ok(());
    }
    Err(Fault::refused("an id without the sandbox's prefix: this is not a sandbox"))
}

fn access_path(vault: &VaultId, who: &Principal) -> String {
    match who {
        Principal::Person(id) => format!("/sandbox/v1/vaults/{vault}/people/{id}"),
        Principal::Group(id) => format!("/sandbox/v1/vaults/{vault}/groups/{id}"),
    }
}

#[async_trait]
impl Provider for Sandbox {
    fn inner(&self) -> Option<&dyn Provider> {
        Some(&self.connect)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::of(&[
            Capability::ReadPeople,
            Capability::ReadAccess,
            Capability::ReadItems,
            Capability::CreateVaults,
            Capability::ChangeAccess,
            Capability::RevokePartly,
            Capability::ManagePeople,
        ])
    }

    async fn identity(&self) -> Result<Identity> {
        let wire: WireWhoami = self.connect.http.get("/sandbox/v1/whoami").await?;
        ours(wire.account.id.is_sandbox() && wire.principal.id.is_sandbox())?;
        let is_service_account = wire.principal.kind == "SERVICE_ACCOUNT";
        Ok(Identity {
            account: wire.account.id,
            account_name: wire.account.name.safe(),
            kind: wire.account.kind,
            id: wire.principal.id,
            name: wire.principal.name.safe(),
            is_service_account,
            sees_levels: !is_service_account || wire.view.as_deref() == Some("person"),
        })
    }

    async fn people(&self) -> Result<Vec<Person>> {
        let wire: Vec<WirePerson> = self.connect.http.get("/sandbox/v1/people").await?;
        wire.iter().try_for_each(|person| ours(person.id.is_sandbox()))?;
        Ok(wire.into_iter().map(Person::from).collect())
    }

    async fn groups(&self) -> Result<Vec<Group>> {
        let wire: Vec<WireGroup> = self.connect.http.get("/sandbox/v1/groups").await?;
        let group = |wire: WireGroup| {
            ours(wire.id.is_sandbox())?;
            let is_administration = matches!(wire.kind.as_str(), "OWNERS" | "ADMINISTRATORS");
            Ok(Group { id: wire.id, name: wire.name.safe(), is_administration, members: wire.members })
        };
        wire.into_iter().map(group).collect()
    }

    async fn vaults(&self) -> Result<VaultList> {
        let vaults = self.connect.vaults().await?;
        vaults.iter().try_for_each(|vault| ours(vault.id.is_sandbox()))?;
        Ok(vaults)
    }

    async fn grants(&self, vault: &VaultId) -> Result<Vec<Grant>> {
        let path = format!("/sandbox/v1/vaults/{vault}/grants");
        let wire: WireGrants = self.connect.http.get(&path).await?;
        let people = wire
            .people
            .into_iter()
            .map(|g| Grant { who: Principal::Person(g.id), permissions: g.permissions });
        let groups = wire
            .groups
            .into_iter()
            .map(|g| Grant { who: Principal::Group(g.id), permissions: g.permissions });
        Ok(people.chain(groups).collect())
    }

    async fn whole_list(&self, vault: &VaultId) -> Result<Vec<Item>> {
        self.connect.list(&format!("/sandbox/v1/vaults/{vault}/items?archived=true"), vault).await
    }

    async fn allowances(&self) -> Result<Vec<Allowance>> {
        self.connect.http.get("/sandbox/v1/ratelimit").await
    }

    async fn upload(&self, to: &NewDocument, bytes: Source<'_>) -> Result<ItemRef> {
        let path = format!("/sandbox/v1/vaults/{}/files", to.vault);
        let words = [("name", &to.file_name), ("title", &to.title)];
        let request = self.connect.http.request(Method::POST, &path)?.query(&words);
        let made: WireItem = self.connect.http.send_stream(request, bytes).await?;
        if made.vault.id != to.vault {
            return Err(unknown(crossed("vault")));
        }
        Ok(ItemRef { vault: made.vault.id, item: made.id })
    }

    async fn apply(&self, call: &Call) -> Result<Receipt> {
        let http = &self.connect.http;
        match call {
            Call::CreateVault(new) => {
                let request = http.request(Method::POST, "/sandbox/v1/vaults")?.json(&new);
                let vault: WireVault = http.change(request).await?;
                ours(vault.id.is_sandbox())?;
                Ok(Receipt::Vault(Box::new(vault.into())))
            }
            Call::DeleteVault(vault) => {
                let path = format!("/sandbox/v1/vaults/{vault}");
                http.change_quietly(http.request(Method::DELETE, &path)?).await.map(|()| Receipt::Done)
            }
            Call::Grant { vault, who, permissions } => {
                let request = http.request(Method::PUT, &access_path(vault, who))?;
                let request = request.json(&json!({ "permissions": permissions.names() }));
                let access: WireAccess = http.change(request).await?;
                access.about(vault, who)?;
                Ok(Receipt::Access(access.permissions))
            }
            Call::Revoke { vault, who, permissions } => {
                let mut request = http.request(Method::DELETE, &access_path(vault, who))?;
                if let Some(part) = permissions {
                    request = request.query(&[("permissions", part.names().join(","))]);
                }
                let access: WireAccess = http.change(request).await?;
                access.about(vault, who).map(|()| Receipt::Done)
            }
            Call::Invite { email, name } => {
                let new = json!({ "name": name, "email": email, "state": "TRANSFER_STARTED" });
                let added: WireAdded =
                    http.change(http.request(Method::POST, "/sandbox/v1/people")?.json(&new)).await?;
                ours(added.person.id.is_sandbox())?;
                Ok(Receipt::Person(added.person.id))
            }
            Call::Confirm(person) => self.step(person, "confirm").await,
            Call::Suspend(person) => self.step(person, "suspend").await,
            Call::Reactivate(person) => self.step(person, "reactivate").await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_taken_for_a_sandbox() {
        for url in
            ["https://example.edu", "http://127.0.0.1.evil.com:80", "http://127.0.0.1", "http://10.0.0.1:1"]
        {
            assert!(Sandbox::at(url, Secret::from("t")).is_err(), "{url}");
        }
        assert!(Sandbox::at("http://127.0.0.1:4711/", Secret::from("t")).is_ok());
    }
}
