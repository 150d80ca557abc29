//! Vaults: who sees which, making them and deleting them.

use jiff::Timestamp;
use rusqlite::Row;
use serde_json::json;

use super::caller::By;
use super::scope::Scope;
use super::{Caller, Role, Turn, count, fresh, id, time};
use crate::domain::access::{AccountKind, Permission, Permissions};
use crate::domain::directory::ICONS;
use crate::domain::id::{PersonId, VaultId};
use crate::sandbox::refusal::{Refusal, Result};

/// A vault as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VaultRow {
    /// Decides.
    pub(crate) id: VaultId,
    /// Decorates.
    pub(crate) name: String,
    /// Free text.
    pub(crate) description: String,
    /// One of [`ICONS`], or empty.
    pub(crate) icon: String,
    /// `USER_CREATED`, `PERSONAL`, `EVERYONE` or `TRANSFER`.
    pub(crate) kind: String,
    /// Who made it.
    pub(crate) creator: PersonId,
    /// Raised by every change of its contents.
    pub(crate) content_version: u64,
    /// Raised by every change of its name, description or icon.
    pub(crate) attribute_version: u64,
    /// The number of items that are not archived.
    pub(crate) items: u64,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// When it or its contents last changed.
    pub(crate) updated: Timestamp,
}

impl VaultRow {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: id(row, "id")?,
            name: row.get("name")?,
            description: row.get("description")?,
            icon: row.get("icon")?,
            kind: row.get("type")?,
            creator: id(row, "creator")?,
            content_version: count(row, "content_version")?,
            attribute_version: count(row, "attribute_version")?,
            items: count(row, "items")?,
            created: time(row, "created")?,
            updated: time(row, "updated")?,
        })
    }
}

/// A vault to be made.
#[derive(Clone, Debug, PartialEq, Eq, Default, serde::Deserialize)]
pub(crate) struct Wanted {
    /// Decorates; not empty.
    pub(crate) name: String,
    /// Free text.
    #[serde(default)]
    pub(crate) description: String,
    /// One of [`ICONS`].
    pub(crate) icon: Option<String>,
    /// Whether owners and administrators may manage it; the account's policy says yes.
    pub(crate) admins_can_manage: Option<bool>,
}

const COLUMNS: &str = "v.*, (SELECT count(*) FROM item i WHERE i.vault = v.id AND i.archived = 0) AS items";

impl Turn<'_> {
    /// The vaults in the caller's scope, by name: the service account's own ones and those that it
    /// was given, those to which a person has any access, directly or through a group, and those of
    /// a Connect token.
    pub(crate) fn vaults(&self, caller: &Caller) -> Result<Vec<VaultRow>> {
        let scope = match caller.role {
            _ if caller.scope != Scope::Account => return self.vaults_of_token(&caller.scope),
            Role::ServiceAccount => "v.creator = ?1 OR v.id IN (SELECT vault FROM given)",
            _ => {
                "v.id IN (SELECT vault FROM access WHERE kind = 'person' AND who = ?1
                    UNION SELECT a.vault FROM member m
                          JOIN access a ON a.who = m.circle AND a.kind = 'group' WHERE m.person = ?1)"
            }
        };
        let query = format!("SELECT {COLUMNS} FROM vault v WHERE {scope} ORDER BY v.name, v.id");
        self.all(&query, [caller.id.as_str()], VaultRow::from_row)
    }

    fn vaults_of_token(&self, scope: &Scope) -> Result<Vec<VaultRow>> {
        let query = format!("SELECT {COLUMNS} FROM vault v ORDER BY v.name, v.id");
        let mut vaults = self.all(&query, [], VaultRow::from_row)?;
        vaults.retain(|row| scope.rights(&row.id).is_some());
        Ok(vaults)
    }

    /// One vault of the caller's scope. Whatever is outside answers 403, whether it exists or not;
    /// a vault that was in scope and is gone answers 404.
    pub(crate) fn vault(&self, caller: &Caller, vault: &VaultId) -> Result<VaultRow> {
        self.reach(caller, vault)?;
        let query = format!("SELECT {COLUMNS} FROM vault v WHERE v.id = ?");
        let found = self.one(&query, [vault.as_str()], VaultRow::from_row)?;
        found.ok_or_else(|| Refusal::missing("vault", vault.as_str()))
    }

    /// The kind and the creator of a vault that exists.
    pub(super) fn vault_facts(&self, vault: &VaultId) -> Result<Option<(String, PersonId)>> {
        self.one("SELECT type, creator FROM vault WHERE id = ?", [vault.as_str()], |row| {
            Ok((row.get("type")?, id(row, "creator")?))
        })
    }

    /// Makes a vault: for the service account and administrators. Owners and administrators get
    /// `manage_vault` unless it is refused them (seen on a live account by the `cdkop` project).
    pub(crate) fn create_vault(&self, caller: &Caller, wanted: &Wanted) -> Result<VaultRow> {
        let fixed = caller.is_service_account() && !self.may_create_vaults()?;
        if caller.role == Role::Person || fixed {
            return Err(Refusal::denied());
        }
        let icon = wanted.icon.as_deref().unwrap_or_default();
        if wanted.name.trim().is_empty() {
            return Err(Refusal::bad("a vault has a name"));
        }
        if !icon.is_empty() && !ICONS.contains(&icon) {
            return Err(Refusal::bad("icon is not one of 1Password's names"));
        }
        let vault = self.insert_vault(&wanted.name, &wanted.description, icon, "USER_CREATED", &caller.id)?;
        let kind = self.account()?.kind;
        self.note(
            caller.by(),
            "vault.create",
            &json!({ "vault": vault, "name": wanted.name, "admins_can_manage": wanted.admins_can_manage }),
        )?;
        if caller.role == Role::Administrator {
            self.store_access(&vault, "person", caller.id.as_str(), all(kind))?;
        }
        if wanted.admins_can_manage.unwrap_or(true) {
            let manage = Permissions::of(match kind {
                AccountKind::Business => &[Permission::ManageVault],
                _ => &[Permission::AllowManaging],
            });
            for group in self.builtin_groups()? {
                self.store_access(&vault, "group", &group, manage)?;
            }
        }
        self.vault(caller, &vault)
    }

    fn builtin_groups(&self) -> Result<Vec<String>> {
        self.all("SELECT id FROM circle WHERE type <> 'USER_DEFINED'", [], |row| row.get(0))
    }

    fn insert_vault(
        &self,
        name: &str,
        description: &str,
        icon: &str,
        kind: &str,
        creator: &PersonId,
    ) -> Result<VaultId> {
        let vault: VaultId = fresh()?;
        let now = self.millis();
        self.change(
            "INSERT INTO vault VALUES (?, ?, ?, ?, ?, ?, 1, 1, ?, ?)",
            (vault.as_str(), name, description, icon, kind, creator.as_str(), now, now),
        )?;
        Ok(vault)
    }

    /// A vault that every account has. Only its administrator has access; this account has taken
    /// everybody else off the shared one.
    pub(super) fn insert_builtin(&self, name: &str, kind: &str, owner: &PersonId) -> Result<()> {
        let vault = self.insert_vault(name, "", "", kind, owner)?;
        self.store_access(&vault, "person", owner.as_str(), all(self.account()?.kind))?;
        self.note(By::WORLD, "vault.create", &json!({ "vault": vault, "name": name, "type": kind }))
    }

    /// Deletes a vault with all that is in it. The service account deletes only what it made, a
    /// person needs `manage_vault`, and built-in vaults stay.
    pub(crate) fn delete_vault(&self, caller: &Caller, vault: &VaultId) -> Result<()> {
        self.manageable(caller, vault)?;
        let row = self.vault(caller, vault)?;
        let files = "SELECT f.id FROM file f JOIN item i ON i.id = f.item WHERE i.vault = ?";
        let files = self.all(files, [vault.as_str()], |row| id(row, "id"))?;
        self.after.gone.borrow_mut().extend(files);
        self.change("DELETE FROM vault WHERE id = ?", [vault.as_str()])?;
        self.change("INSERT INTO vault_gone VALUES (?, ?)", (vault.as_str(), row.creator.as_str()))?;
        self.note(caller.by(), "vault.delete", &json!({ "vault": vault, "name": row.name }))
    }

    /// Gives a vault another name, which raises its attribute version. A service account is refused
    /// (`op vault edit` is among the commands it does not support), a person needs `manage_vault`.
    pub(crate) fn rename_vault(&self, caller: &Caller, vault: &VaultId, name: &str) -> Result<VaultRow> {
        if caller.is_service_account() && !caller.favours().vault_edit {
            return Err(Refusal::not_for_service_accounts("edit a vault"));
        }
        self.manageable(caller, vault)?;
        if name.trim().is_empty() {
            return Err(Refusal::bad("a vault needs a name"));
        }
        let before = self.vault(caller, vault)?.name;
        self.change(
            "UPDATE vault SET name = ?, attribute_version = attribute_version + 1, updated = ? WHERE id = ?",
            (name, self.millis(), vault.as_str()),
        )?;
        let facts = json!({ "vault": vault, "before": before, "after": name });
        self.note(caller.by(), "vault.rename", &facts)?;
        self.vault(caller, vault)
    }

    /// Notes that the contents of a vault changed.
    pub(super) fn touch(&self, vault: &VaultId) -> Result<()> {
        self.change(
            "UPDATE vault SET content_version = content_version + 1, updated = max(updated, ?) WHERE id = ?",
            (self.millis(), vault.as_str()),
        )
        .map(drop)
    }
}

/// Everything that can be granted on an account of that kind.
fn all(kind: AccountKind) -> Permissions {
    let broad =
        Permissions::of(&[Permission::AllowViewing, Permission::AllowEditing, Permission::AllowManaging]);
    if kind == AccountKind::Business { broad.in_detail() } else { broad }
}
