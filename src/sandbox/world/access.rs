//! Who reaches what: grants to people and groups, and the rights that follow from them.
//!
//! Permissions and what they need are those of `domain::access`. The rules about service accounts
//! are 1Password's pages "Use service accounts with the CLI" and "Service account security", and
//! what the `cdkop` project saw on a live account.

use serde_json::json;

use super::given::given_rights;
use super::scope::Scope;
use super::{Caller, PersonRow, Turn, View, id};
use crate::domain::access::{AccountKind, Permission, Permissions, Principal};
use crate::domain::id::{GroupId, VaultId};
use crate::sandbox::refusal::{Refusal, Result};

/// Who has direct access to a vault, with the permissions where the caller is shown them.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Grants {
    /// People, each with what is held directly.
    pub(crate) people: Vec<(PersonRow, Option<Permissions>)>,
    /// Groups, each with its name and what it holds.
    pub(crate) groups: Vec<(GroupId, String, Option<Permissions>)>,
}

impl Turn<'_> {
    /// The caller's rights on a vault in fine permissions: direct ones, those through groups, and broad ones
    /// spelled out. Outside of the scope: 403, or 404 for a vault that the caller made and that is gone.
    pub(crate) fn reach(&self, caller: &Caller, vault: &VaultId) -> Result<Permissions> {
        if caller.scope != Scope::Account {
            return self.reach_by_token(&caller.scope, vault);
        }
        let Some((_, creator)) = self.vault_facts(vault)? else {
            let gone = "SELECT 1 FROM vault_gone WHERE id = ? AND creator = ?";
            let was_ours = self.any(gone, (vault.as_str(), caller.id.as_str()))?;
            return Err(if was_ours {
                Refusal::missing("vault", vault.as_str())
            } else {
                Refusal::out_of_scope()
            });
        };
        if caller.is_service_account() {
            if creator != caller.id {
                let writes = self.given(vault)?.ok_or_else(Refusal::out_of_scope)?;
                return Ok(given_rights(writes).in_detail());
            }
            let all = [Permission::AllowViewing, Permission::AllowEditing, Permission::AllowManaging];
            return Ok(Permissions::of(&all).in_detail());
        }
        let grants: Vec<String> = self.all(
            "SELECT permissions FROM access WHERE vault = ?1 AND kind = 'person' AND who = ?2
             UNION ALL SELECT a.permissions FROM member m
             JOIN access a ON a.who = m.circle AND a.kind = 'group' WHERE a.vault = ?1 AND m.person = ?2",
            (vault.as_str(), caller.id.as_str()),
            |row| row.get(0),
        )?;
        let mut set = Permissions::NONE;
        for names in grants {
            set = set | parse(&names)?;
        }
        if set.is_empty() {
            return Err(Refusal::out_of_scope());
        }
        Ok(set.in_detail())
    }

    /// The same, and refuses with 403 whoever does not hold that permission.
    pub(super) fn need(&self, caller: &Caller, vault: &VaultId, needed: Permission) -> Result<Permissions> {
        let held = self.reach(caller, vault)?;
        if held.has(needed) { Ok(held) } else { Err(Refusal::denied()) }
    }

    /// The rights of a token of Connect; any other one has none. A vault of the token that is gone: 404.
    fn reach_by_token(&self, scope: &Scope, vault: &VaultId) -> Result<Permissions> {
        let rights = scope.rights(vault).ok_or_else(Refusal::out_of_scope)?;
        if self.vault_facts(vault)?.is_none() {
            return Err(Refusal::missing("vault", vault.as_str()));
        }
        Ok(rights.permissions())
    }

    /// Refuses whoever may not change access to a vault, and vaults whose access is fixed.
    pub(super) fn manageable(&self, caller: &Caller, vault: &VaultId) -> Result<()> {
        self.need(caller, vault, Permission::ManageVault)?;
        match self.vault_facts(vault)? {
            Some((kind, _)) if kind == "USER_CREATED" => Ok(()),
            _ => Err(Refusal::new(403, "a built-in vault cannot be shared or deleted")),
        }
    }

    /// How much of accesses and groups the caller is shown.
    pub(crate) fn view(&self, caller: &Caller) -> View {
        if caller.is_service_account() { self.world.rules.view } else { View::Person }
    }

    /// Who has direct access. The service account is not told the permissions, unless the sandbox
    /// runs under [`View::Person`]; it stands in no such list itself.
    pub(crate) fn grants(&self, caller: &Caller, vault: &VaultId) -> Result<Grants> {
        self.reach(caller, vault)?;
        let open = caller.favours().levels || self.view(caller) == View::Person;
        let show = |names: String| Ok::<_, Refusal>(if open { Some(shown(parse(&names)?)) } else { None });
        let people = self.all(
            "SELECT p.*, a.permissions FROM access a JOIN person p ON p.id = a.who
             WHERE a.vault = ? AND a.kind = 'person' ORDER BY p.folded",
            [vault.as_str()],
            |row| Ok((PersonRow::from_row(row)?, row.get("permissions")?)),
        )?;
        let groups = self.all(
            "SELECT c.id, c.name, a.permissions FROM access a JOIN circle c ON c.id = a.who
             WHERE a.vault = ? AND a.kind = 'group' ORDER BY c.name, c.id",
            [vault.as_str()],
            |row| Ok((id(row, "id")?, row.get("name")?, row.get("permissions")?)),
        )?;
        let mut grants = Grants::default();
        for (person, names) in people {
            grants.people.push((person, show(names)?));
        }
        for (group, name, names) in groups {
            grants.groups.push((group, name, show(names)?));
        }
        Ok(grants)
    }

    /// Adds permissions, as `op vault user grant` does, and tells the resulting set. Everything
    /// that the permissions need has to be named.
    pub(crate) fn grant(
        &self,
        caller: &Caller,
        vault: &VaultId,
        to: &Principal,
        named: Permissions,
    ) -> Result<Permissions> {
        self.manageable(caller, vault)?;
        let account = self.account()?.kind;
        self.receivable(vault, to, account)?;
        let named = grantable(named, account)?;
        let (kind, who) = stored(to);
        let before = self.direct(vault, to)?.unwrap_or_default();
        let after = before | named;
        self.store_access(vault, kind, who, after)?;
        self.note(
            caller.by(),
            &format!("grant.{kind}"),
            &json!({ "vault": vault, kind: who, "before": before, "after": after }),
        )?;
        Ok(shown(after))
    }

    /// Takes access away, all of it or the named permissions, and tells what is left. A service
    /// account cannot take a part.
    pub(crate) fn revoke(
        &self,
        caller: &Caller,
        vault: &VaultId,
        from: &Principal,
        named: Option<Permissions>,
    ) -> Result<Permissions> {
        self.manageable(caller, vault)?;
        if named.is_some() && caller.is_service_account() && !caller.favours().partial_revoke {
            return Err(Refusal::no_accessor(403));
        }
        let Some(before) = self.direct(vault, from)? else { return Err(Refusal::no_accessor(404)) };
        let after = match named {
            None => Permissions::NONE,
            Some(named) if self.account()?.kind == AccountKind::Business => before - named.in_detail(),
            Some(named) => before - named,
        };
        let orphans = (before - after).with_dependents() & after;
        if !orphans.is_empty() {
            let rest = orphans.names().join(", ");
            return Err(Refusal::bad(format!("these permissions have to be revoked as well: {rest}")));
        }
        let (kind, who) = stored(from);
        if after.is_empty() {
            let taken = "DELETE FROM access WHERE vault = ? AND kind = ? AND who = ?";
            self.change(taken, (vault.as_str(), kind, who))?;
        } else {
            self.store_access(vault, kind, who, after)?;
        }
        self.note(
            caller.by(),
            &format!("revoke.{kind}"),
            &json!({ "vault": vault, kind: who, "before": before, "after": after }),
        )?;
        Ok(shown(after))
    }

    /// Refuses whoever cannot be given access.
    fn receivable(&self, vault: &VaultId, to: &Principal, account: AccountKind) -> Result<()> {
        let person = match to {
            Principal::Group(_) if account == AccountKind::Families => {
                return Err(Refusal::bad("a Families account has no groups to grant access to"));
            }
            Principal::Group(group) => return self.group_kind(group).map(drop),
            Principal::Person(person) => self.person(person)?,
        };
        if !person.is_human() {
            return Err(Refusal::bad("a service account cannot be given access to a vault"));
        }
        if person.state != "ACTIVE" {
            return Err(Refusal::bad(format!(
                "the person is {}; access can be granted once the state is ACTIVE",
                person.state
            )));
        }
        let other = "SELECT 1 FROM access WHERE kind = 'person' AND who = ? AND vault <> ?";
        if person.kind == "GUEST" && self.any(other, (person.id.as_str(), vault.as_str()))? {
            return Err(Refusal::bad("a guest can be in one vault only"));
        }
        Ok(())
    }

    fn direct(&self, vault: &VaultId, of: &Principal) -> Result<Option<Permissions>> {
        let (kind, who) = stored(of);
        let held: Option<String> = self.one(
            "SELECT permissions FROM access WHERE vault = ? AND kind = ? AND who = ?",
            (vault.as_str(), kind, who),
            |row| row.get(0),
        )?;
        held.map(|names| parse(&names)).transpose()
    }

    pub(super) fn store_access(
        &self,
        vault: &VaultId,
        kind: &str,
        who: &str,
        set: Permissions,
    ) -> Result<()> {
        let row = (vault.as_str(), kind, who, set.names().join(","));
        self.change("INSERT OR REPLACE INTO access VALUES (?, ?, ?, ?)", row).map(drop)
    }
}

/// How a principal is written in the table.
fn stored(principal: &Principal) -> (&'static str, &str) {
    match principal {
        Principal::Person(id) => ("person", id.as_str()),
        Principal::Group(id) => ("group", id.as_str()),
    }
}

fn parse(names: &str) -> Result<Permissions> {
    Permissions::parse(names.split(','))
        .map_err(|_| Refusal::new(500, "a stored permission is not one of 1Password's"))
}

/// A grant as it is stored: checked, and in fine permissions on a Business account.
fn grantable(named: Permissions, account: AccountKind) -> Result<Permissions> {
    if named.is_empty() {
        return Err(Refusal::bad("name the permissions to grant"));
    }
    if named.has(Permission::MoveItems) {
        return Err(Refusal::bad("move_items follows from other permissions and cannot be granted"));
    }
    if account != AccountKind::Business && !named.iter().all(Permission::is_broad) {
        return Err(Refusal::bad("this account has only allow_viewing, allow_editing and allow_managing"));
    }
    // A broad permission counts for the fine ones it contains.
    let detail = named.in_detail();
    let missing = if named.iter().all(Permission::is_broad) { named.missing() } else { detail.missing() };
    if !missing.is_empty() {
        let list = |set: Permissions| set.names().join(",");
        return Err(Refusal::bad(format!(
            "In order to grant [{}], the permission(s) [{}] are also required.",
            list(named),
            list(missing)
        )));
    }
    Ok(if account == AccountKind::Business { detail } else { named })
}

/// A set as 1Password shows it: `move_items` is added where everything it follows from is held.
fn shown(set: Permissions) -> Permissions {
    let moving = Permissions::of(&[Permission::MoveItems]);
    if set.contains(moving.with_needed() - moving) { set | moving } else { set }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::Level;

    fn set(names: &str) -> Permissions {
        parse(names).unwrap()
    }

    #[test]
    fn a_grant_names_all_that_it_needs() {
        let business = AccountKind::Business;
        let refused = grantable(set("edit_items,view_items"), business).unwrap_err();
        assert!(refused.message.contains("[view_and_copy_passwords]"), "{refused}");
        assert!(grantable(set("allow_editing"), business).is_err());
        assert_eq!(grantable(set("allow_viewing"), business), Ok(Level::Read.permissions(business).unwrap()));
        assert_eq!(grantable(set("allow_viewing"), AccountKind::Teams), Ok(set("allow_viewing")));
        assert!(grantable(set("view_items"), AccountKind::Teams).is_err());
        assert!(grantable(set("move_items"), business).is_err());
        assert!(grantable(Permissions::NONE, business).is_err());
    }

    #[test]
    fn moving_follows_from_the_others() {
        assert!(!shown(Level::Write.permissions(AccountKind::Business).unwrap()).has(Permission::MoveItems));
        let detail = set("allow_viewing,allow_editing").in_detail();
        assert!(shown(detail).has(Permission::MoveItems));
    }
}
