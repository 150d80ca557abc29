//! People, vaults and items as 1Password writes them: Connect in camel case (its public specification 1.7.1),
//! the CLI in snake case (as other projects recorded it from real CLIs 2.0 to 2.30, `pyonepassword` and
//! `1password-exporter`, and by the types of 1Password's own `op-js`), otherwise alike.
//!
//! Read tolerantly: real services leave empty values out or send `null`, write numbers as text, know categories,
//! types and states that the specification does not, and list vaults with less than it says. What cannot be read
//! of a decoration is left out; what decides (an id) must be right. `content_path` is not even read: addresses are
//! built from ids. Must not know what was asked for, but for the ids that an answer is compared with.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::crossed;
use crate::domain::directory::{
    Field, FieldValue, FileMeta, Item, ItemDetail, ItemRef, ItemState, Person, PersonKind, PersonState, Vault,
};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::{FileId, ItemId, PersonId, VaultId};
use crate::domain::text::{SafeText, Untrusted};

/// An object of which only the id counts.
#[derive(Deserialize)]
pub(super) struct Only<T> {
    pub(super) id: T,
}

#[derive(Deserialize)]
pub(super) struct WirePerson {
    pub(super) id: PersonId,
    #[serde(default)]
    pub(super) name: Untrusted,
    #[serde(default)]
    email: Untrusted,
    #[serde(default, rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    state: String,
}

impl From<WirePerson> for Person {
    fn from(wire: WirePerson) -> Self {
        Self {
            id: wire.id,
            name: wire.name.safe(),
            email: wire.email,
            kind: PersonKind::parse(&wire.kind),
            state: PersonState::parse(&wire.state),
        }
    }
}

/// Of a listed vault nothing but the id is certain.
#[derive(Deserialize)]
pub(super) struct WireVault {
    pub(super) id: VaultId,
    #[serde(default, deserialize_with = "text")]
    name: String,
    #[serde(default, deserialize_with = "words")]
    description: Option<String>,
    #[serde(default, alias = "contentVersion", deserialize_with = "number")]
    pub(super) content_version: Option<u64>,
    #[serde(default, deserialize_with = "number")]
    items: Option<u64>,
    #[serde(default, alias = "createdAt", deserialize_with = "time")]
    created_at: Option<Timestamp>,
}

impl From<WireVault> for Vault {
    fn from(wire: WireVault) -> Self {
        Self {
            id: wire.id,
            name: SafeText::new(&wire.name),
            description: wire.description.map(Untrusted::new),
            content_version: wire.content_version.unwrap_or_default(),
            items: wire.items,
            created_at: wire.created_at,
        }
    }
}

/// An item of a list; asked for by itself it has sections, fields and files too.
#[derive(Deserialize)]
pub(super) struct WireItem {
    pub(super) id: ItemId,
    pub(super) vault: Only<VaultId>,
    #[serde(default, deserialize_with = "text")]
    title: String,
    #[serde(default, deserialize_with = "text")]
    category: String,
    #[serde(default, deserialize_with = "number")]
    version: Option<u64>,
    #[serde(default, deserialize_with = "list")]
    tags: Vec<Untrusted>,
    #[serde(default, deserialize_with = "words")]
    state: Option<String>,
    #[serde(default, alias = "createdAt", deserialize_with = "time")]
    created_at: Option<Timestamp>,
    #[serde(default, alias = "updatedAt", deserialize_with = "time")]
    updated_at: Option<Timestamp>,
    #[serde(default, alias = "lastEditedBy", deserialize_with = "text")]
    last_edited_by: String,
    #[serde(default, deserialize_with = "list")]
    sections: Vec<WireSection>,
    #[serde(default, deserialize_with = "list")]
    fields: Vec<WireField>,
    #[serde(default, deserialize_with = "list")]
    files: Vec<WireFile>,
}

#[derive(Deserialize)]
struct WireSection {
    #[serde(default, deserialize_with = "text")]
    id: String,
    #[serde(default, deserialize_with = "words")]
    label: Option<String>,
}

#[derive(Deserialize)]
struct WireField {
    #[serde(default, deserialize_with = "text")]
    id: String,
    #[serde(default, rename = "type", deserialize_with = "text")]
    kind: String,
    #[serde(default, deserialize_with = "text")]
    purpose: String,
    #[serde(default, deserialize_with = "text")]
    label: String,
    #[serde(default, deserialize_with = "text")]
    value: String,
    #[serde(default)]
    section: Option<WireSection>,
}

#[derive(Deserialize)]
struct WireFile {
    id: FileId,
    #[serde(default, deserialize_with = "text")]
    name: String,
    #[serde(default, deserialize_with = "number")]
    size: Option<u64>,
}

impl WireItem {
    /// The item as a list names it: without a version no change of it would be noticed.
    pub(super) fn listed(&self, vault: &VaultId) -> Result<Item> {
        if self.version.is_none() {
            return Err(Fault::new(Kind::Broken, "an item has no version"));
        }
        self.summary(vault)
    }

    /// The item, if it is of the vault that was asked for.
    pub(super) fn summary(&self, vault: &VaultId) -> Result<Item> {
        if self.vault.id != *vault {
            return Err(crossed("vault"));
        }
        Ok(Item {
            id: self.id.clone(),
            title: SafeText::new(&self.title),
            category: SafeText::new(&self.category),
            version: self.version.unwrap_or_default(),
            tags: self.tags.iter().map(Untrusted::safe).collect(),
            state: ItemState::parse(self.state.as_deref()),
            created_at: self.created_at,
            updated_at: self.updated_at,
            last_edited_by: PersonId::parse(&self.last_edited_by).ok(),
        })
    }

    /// The item with fields and files, if it is the one that was asked for.
    pub(super) fn detail(self, at: &ItemRef) -> Result<ItemDetail> {
        if self.id != at.item {
            return Err(crossed("item"));
        }
        let item = self.summary(&at.vault)?;
        let label = |wanted: &str| {
            let section = self.sections.iter().find(|section| section.id == wanted)?;
            section.label.as_deref().map(SafeText::new)
        };
        let fields = self.fields.into_iter().map(|field| Field {
            id: SafeText::new(&field.id),
            label: SafeText::new(&field.label),
            section: field.section.as_ref().and_then(|section| label(&section.id)),
            kind: SafeText::new(&field.kind),
            value: FieldValue::keep(&field.kind, &field.purpose, &Untrusted::new(field.value)),
        });
        let fields = fields.collect();
        let files = self.files.into_iter().map(|file| FileMeta {
            id: file.id,
            name: Untrusted::new(file.name),
            size: file.size.unwrap_or_default(),
        });
        let files = files.collect();
        Ok(ItemDetail { item, fields, files })
    }
}

/// A list; `null` is an empty one.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// A text; `null` is an empty one, and anything else is read as it is written.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(words(from)?.unwrap_or_default())
}

/// A text that may be missing.
fn words<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    })
}

/// A count, also as text; what is none is missing.
pub(super) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(value.as_u64().or_else(|| value.as_str()?.parse().ok()))
}

/// A time, in UTC or with an offset; what is none is missing, since a clock decides nothing, and so is the year 1,
/// by which servers in Go write that there is none.
fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let value = Value::deserialize(from)?;
    let time = value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    Ok(time.filter(|time| *time > Timestamp::UNIX_EPOCH))
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
