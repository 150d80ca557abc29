//! Items: their metadata, versions and archive. What they consist of stands in [`super::body`].

use jiff::Timestamp;
use rusqlite::Row;
use serde::Deserialize;
use serde_json::json;

use super::body::{Body, or_empty};
use super::usage::Use;
use super::{Caller, FileRow, Turn, count, fresh, id, time};
use crate::domain::access::Permission;
use crate::domain::id::{ItemId, PersonId, VaultId};
use crate::sandbox::refusal::{Refusal, Result};

/// The categories that can be created through Connect; it refuses DOCUMENT and CUSTOM.
const CATEGORIES: [&str; 20] = [
    "LOGIN",
    "PASSWORD",
    "API_CREDENTIAL",
    "SERVER",
    "DATABASE",
    "CREDIT_CARD",
    "MEMBERSHIP",
    "PASSPORT",
    "SOFTWARE_LICENSE",
    "OUTDOOR_LICENSE",
    "SECURE_NOTE",
    "WIRELESS_ROUTER",
    "BANK_ACCOUNT",
    "DRIVER_LICENSE",
    "IDENTITY",
    "REWARD_PROGRAM",
    "EMAIL_ACCOUNT",
    "SOCIAL_SECURITY_NUMBER",
    "MEDICAL_RECORD",
    "SSH_KEY",
];

/// Names a vault inside an item.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct VaultRef {
    /// The vault's id.
    pub(crate) id: String,
}

/// An item to be made.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
pub(crate) struct NewItem {
    /// Decorates.
    #[serde(default)]
    pub(crate) title: String,
    /// One of Connect's categories.
    #[serde(default)]
    pub(crate) category: String,
    /// Must name the vault of the route if it is given.
    pub(crate) vault: Option<VaultRef>,
    /// A mark in the owner's list.
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) favorite: bool,
    /// All that is stored as JSON.
    #[serde(flatten)]
    pub(crate) body: Body,
}

/// An item as stored. Values of fields are left out for whoever may not read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ItemRow {
    /// Decides.
    pub(crate) id: ItemId,
    /// Where it is.
    pub(crate) vault: VaultId,
    /// Decorates.
    pub(crate) title: String,
    /// For example `DOCUMENT`.
    pub(crate) category: String,
    /// A mark in the owner's list.
    pub(crate) favorite: bool,
    /// Raised by every change.
    pub(crate) version: u64,
    /// Whether it is in the archive.
    pub(crate) archived: bool,
    /// Tags, addresses, sections and fields.
    pub(crate) body: Body,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// When it last changed.
    pub(crate) updated: Timestamp,
    /// Who changed it last.
    pub(crate) editor: PersonId,
    /// Its files; empty in lists.
    pub(crate) files: Vec<FileRow>,
}

impl ItemRow {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let body: String = row.get("body")?;
        Ok(Self {
            id: id(row, "id")?,
            vault: id(row, "vault")?,
            title: row.get("title")?,
            category: row.get("category")?,
            favorite: row.get("favorite")?,
            version: count(row, "version")?,
            archived: row.get("archived")?,
            body: serde_json::from_str(&body).unwrap_or_default(),
            created: time(row, "created")?,
            updated: time(row, "updated")?,
            editor: id(row, "editor")?,
            files: Vec::new(),
        })
    }

    fn without_values(mut self) -> Self {
        for field in &mut self.body.fields {
            field.value.clear();
        }
        self
    }
}

impl Turn<'_> {
    /// The items of a vault, oldest first; archived ones too if wanted. Needs `view_items`.
    pub(crate) fn items(&self, caller: &Caller, vault: &VaultId, archived: bool) -> Result<Vec<ItemRow>> {
        self.need(caller, vault, Permission::ViewItems)?;
        let items = "SELECT * FROM item WHERE vault = ? AND archived <= ? ORDER BY created, id";
        self.all(items, (vault.as_str(), archived), ItemRow::from_row)
    }

    /// One item with its files. Needs `view_items`; without `view_and_copy_passwords` the fields
    /// come without their values.
    pub(crate) fn item(&self, caller: &Caller, vault: &VaultId, item: &ItemId) -> Result<ItemRow> {
        let held = self.need(caller, vault, Permission::ViewItems)?;
        let row = self.stored_item(vault, item)?;
        Ok(if held.has(Permission::ViewAndCopyPasswords) { row } else { row.without_values() })
    }

    pub(super) fn stored_item(&self, vault: &VaultId, item: &ItemId) -> Result<ItemRow> {
        let found = "SELECT * FROM item WHERE id = ? AND vault = ?";
        let found = self.one(found, (item.as_str(), vault.as_str()), ItemRow::from_row)?;
        let mut row = found.ok_or_else(|| Refusal::missing("item", item.as_str()))?;
        row.files = self.files_of(item)?;
        Ok(row)
    }

    /// Makes an item as `POST …/items` does. Needs `create_items`.
    pub(crate) fn create_item(&self, caller: &Caller, vault: &VaultId, new: NewItem) -> Result<ItemRow> {
        self.need(caller, vault, Permission::CreateItems)?;
        if !CATEGORIES.contains(&new.category.as_str()) {
            return Err(Refusal::bad("Invalid item category"));
        }
        if new.vault.as_ref().is_some_and(|named| named.id != vault.as_str()) {
            return Err(Refusal::bad("the item names another vault than the address"));
        }
        let body = new.body.completed()?;
        let title = if new.title.is_empty() { "Untitled" } else { &new.title };
        let item = self.insert_item(caller, vault, title, &new.category, new.favorite, &body)?;
        self.note_item(
            caller,
            "item.create",
            vault,
            &item,
            &json!({ "title": title, "category": new.category, "version": 1 }),
        )?;
        self.changed_item(caller, vault, &item)
    }

    pub(super) fn insert_item(
        &self,
        caller: &Caller,
        vault: &VaultId,
        title: &str,
        category: &str,
        favorite: bool,
        body: &Body,
    ) -> Result<ItemId> {
        let item: ItemId = fresh()?;
        let (body, now) = (serde_json::to_string(body)?, self.millis());
        self.change(
            "INSERT INTO item VALUES (?, ?, ?, ?, ?, 1, 0, ?, ?, ?, ?)",
            (item.as_str(), vault.as_str(), title, category, favorite, body, now, now, caller.id.as_str()),
        )?;
        self.touch(vault)?;
        Ok(item)
    }

    /// Replaces an item's title, mark, tags, addresses, sections and fields, as `PUT` does. Its
    /// category and files stay. Needs `edit_items`.
    pub(crate) fn replace_item(
        &self,
        caller: &Caller,
        vault: &VaultId,
        item: &ItemId,
        new: NewItem,
    ) -> Result<ItemRow> {
        self.edit_item(caller, vault, item, |_| Ok(Some(new)))
    }

    /// The same, with what becomes of an item following from what it is; `None` is no change.
    pub(crate) fn edit_item(
        &self,
        caller: &Caller,
        vault: &VaultId,
        item: &ItemId,
        edit: impl FnOnce(NewItem) -> Result<Option<NewItem>>,
    ) -> Result<ItemRow> {
        self.need(caller, vault, Permission::EditItems)?;
        let row = self.stored_item(vault, item)?;
        let before = NewItem {
            title: row.title,
            category: row.category.clone(),
            vault: None,
            favorite: row.favorite,
            body: row.body,
        };
        let Some(new) = edit(before)? else { return self.changed_item(caller, vault, item) };
        if new.category != row.category {
            return Err(Refusal::bad("Invalid item category"));
        }
        let body = serde_json::to_string(&new.body.completed()?)?;
        let stored = (&new.title, new.favorite, body, item.as_str());
        self.change("UPDATE item SET title = ?, favorite = ?, body = ? WHERE id = ?", stored)?;
        self.bump(caller, vault, item)?;
        let facts = json!({ "title": new.title, "category": row.category, "version": row.version + 1 });
        self.note_item(caller, "item.update", vault, item, &facts)?;
        self.changed_item(caller, vault, item)
    }

    /// What a change is answered with. A token may be good for writing alone: then it is told what it made
    /// or changed, without values.
    fn changed_item(&self, caller: &Caller, vault: &VaultId, item: &ItemId) -> Result<ItemRow> {
        if self.reach(caller, vault)?.has(Permission::ViewItems) {
            return self.item(caller, vault, item);
        }
        Ok(self.stored_item(vault, item)?.without_values())
    }

    /// Raises the version of an item that changed, and that of its vault.
    pub(super) fn bump(&self, caller: &Caller, vault: &VaultId, item: &ItemId) -> Result<()> {
        self.change(
            "UPDATE item SET version = version + 1, updated = max(updated, ?), editor = ? WHERE id = ?",
            (self.millis(), caller.id.as_str(), item.as_str()),
        )?;
        self.touch(vault)
    }

    /// Moves an item to the archive. Needs `archive_items`; being there already is refused.
    pub(crate) fn archive_item(&self, caller: &Caller, vault: &VaultId, item: &ItemId) -> Result<ItemRow> {
        self.need(caller, vault, Permission::ArchiveItems)?;
        let row = self.stored_item(vault, item)?;
        if row.archived {
            return Err(Refusal::bad("the item is in the archive already"));
        }
        self.change("UPDATE item SET archived = 1 WHERE id = ?", [item.as_str()])?;
        self.bump(caller, vault, item)?;
        self.note_item(caller, "item.archive", vault, item, &json!({ "version": row.version + 1 }))?;
        self.item(caller, vault, item)
    }

    /// Deletes an item for good, as Connect does since 1.1.0. Needs `delete_items`.
    pub(crate) fn delete_item(&self, caller: &Caller, vault: &VaultId, item: &ItemId) -> Result<()> {
        self.need(caller, vault, Permission::DeleteItems)?;
        let row = self.stored_item(vault, item)?;
        self.after.gone.borrow_mut().extend(row.files.into_iter().map(|file| file.id));
        self.change("DELETE FROM item WHERE id = ?", [item.as_str()])?;
        self.touch(vault)?;
        self.note_item(caller, "item.delete", vault, item, &json!({ "title": row.title }))
    }

    /// Writes a line about an item: vault, item, and what else there is to say; and what is told of its use.
    pub(super) fn note_item(
        &self,
        caller: &Caller,
        action: &str,
        vault: &VaultId,
        item: &ItemId,
        more: &serde_json::Value,
    ) -> Result<()> {
        let mut facts = json!({ "vault": vault, "item": item });
        if let (Some(facts), Some(more)) = (facts.as_object_mut(), more.as_object()) {
            facts.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        self.note(caller.by(), action, &facts)?;
        let used = match action {
            "item.create" => Some(Use::Made),
            "item.update" => Some(Use::Changed),
            _ => None,
        };
        match used {
            Some(used) if caller.client.raises(used) => {
                let version = self.stored_item(vault, item)?.version;
                self.tell_use(caller, (vault, item), version, used)
            }
            _ => Ok(()),
        }
    }
}
