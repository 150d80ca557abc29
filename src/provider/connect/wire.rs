//! What a Connect server sends, by its public specification 1.7.1, read tolerantly: real servers leave empty
//! values out or send `null`, know categories and types that the specification does not, and list vaults with
//! less than it says. What cannot be read of a decoration is left out; what decides (an id) must be right.
//!
//! `content_path` is not even read: addresses are built from ids.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::super::crossed;
use crate::domain::directory::{Field, FieldValue, FileMeta, Item, ItemDetail, ItemRef, ItemState, Vault};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::{FileId, ItemId, PersonId, VaultId};
use crate::domain::text::{SafeText, Untrusted};

/// Of a listed vault nothing but the id is certain.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireVault {
    pub(super) id: VaultId,
    #[serde(default, deserialize_with = "text")]
    name: String,
    #[serde(default, deserialize_with = "words")]
    description: Option<String>,
    #[serde(default, deserialize_with = "number")]
    pub(super) content_version: Option<u64>,
    #[serde(default, deserialize_with = "number")]
    items: Option<u64>,
    #[serde(default, deserialize_with = "time")]
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

#[derive(Deserialize)]
struct WireId<T> {
    id: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireItem {
    id: ItemId,
    vault: WireId<VaultId>,
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
    #[serde(default, deserialize_with = "time")]
    created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    updated_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "text")]
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

/// A count; what is none is missing.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(Value::deserialize(from)?.as_u64())
}

/// A time; what is none is missing, and so is the year 1, by which servers in Go write that there is none.
fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let value = Value::deserialize(from)?;
    let time = value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    Ok(time.filter(|time| *time > Timestamp::UNIX_EPOCH))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const VAULT: &str = "vaultvaultvaultvaultvault0";
    const ITEM: &str = "itemitemitemitemitemitem00";

    fn wire(more: &Value) -> WireItem {
        let mut item =
            json!({ "id": ITEM, "title": "hw1", "vault": { "id": VAULT }, "category": "DOCUMENT" });
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(item).unwrap()
    }

    fn asked() -> ItemRef {
        ItemRef { vault: VaultId::parse(VAULT).unwrap(), item: ItemId::parse(ITEM).unwrap() }
    }

    #[test]
    fn values_that_may_be_secret_are_dropped_while_parsing() {
        let fields = json!([
            { "id": "password", "type": "CONCEALED", "purpose": "PASSWORD", "value": "canary" },
            { "id": "new", "type": "SOMETHING_NEW", "value": "canary" },
            { "id": "n", "type": "STRING", "value": "shown" },
            { "id": "p", "type": "STRING", "purpose": "PASSWORD", "value": "canary" },
            { "id": "totp", "type": "TOTP", "value": "canary", "totp": "canary" },
            { "id": "odd", "type": null, "value": { "canary": true } },
        ]);
        let detail = wire(&json!({ "fields": fields })).detail(&asked()).unwrap();
        assert!(!format!("{detail:?}").contains("canary"));
        assert_eq!(detail.fields[2].value, FieldValue::Shown("shown".into()));
    }

    #[test]
    fn an_answer_about_another_vault_or_item_is_refused() {
        let other = "x".repeat(26);
        for odd in [json!({ "vault": { "id": other } }), json!({ "id": other })] {
            assert_eq!(wire(&odd).detail(&asked()).unwrap_err().kind, Kind::Broken);
        }
    }

    #[test]
    fn what_is_empty_missing_null_or_odd_is_read_for_what_it_is_worth() {
        let bare = wire(&json!({})).detail(&asked()).unwrap();
        let nulls = json!({
            "title": "hw1", "version": null, "tags": null, "state": null, "sections": null, "fields": null,
            "files": null, "urls": null, "favorite": null, "createdAt": null, "updatedAt": "0001-01-01T00:00:00Z",
            "lastEditedBy": null,
        });
        assert_eq!(wire(&nulls).detail(&asked()).unwrap(), bare);
        let odd = json!({
            "title": 7, "version": -1, "state": "FROZEN", "createdAt": "yesterday", "updatedAt": 1_642_463_000,
            "lastEditedBy": "somebody", "category": "SSH_KEY_2", "files": [{ "id": ITEM, "name": null }],
        });
        let odd = wire(&odd).detail(&asked()).unwrap();
        assert_eq!((odd.item.title.as_str(), odd.item.category.as_str()), ("7", "SSH_KEY_2"));
        assert_eq!((odd.item.version, odd.item.state), (0, ItemState::Active));
        assert_eq!((odd.item.created_at, odd.item.updated_at, odd.item.last_edited_by), (None, None, None));
        assert_eq!((odd.files[0].name.raw(), odd.files[0].size), ("", 0));
        let listed = |more| wire(&more).listed(&asked().vault).map(|item| item.version);
        assert_eq!(listed(json!({ "version": 3 })).unwrap(), 3);
        for none in [json!({}), json!({ "version": null }), json!({ "version": -1 })] {
            assert_eq!(listed(none).unwrap_err().kind, Kind::Broken, "a list is to tell versions");
        }
    }

    #[test]
    fn times_are_read_with_any_fraction_and_offset() {
        for written in
            ["2022-01-17T23:41:32Z", "2022-01-17T23:41:32.000000000Z", "2022-01-18T00:41:32.0+01:00"]
        {
            let item = wire(&json!({ "updatedAt": written })).summary(&asked().vault).unwrap();
            assert_eq!(item.updated_at.unwrap().as_second(), 1_642_462_892, "{written}");
        }
    }

    #[test]
    fn a_vault_that_is_listed_with_less_than_promised_is_a_vault() {
        let vault: WireVault = serde_json::from_value(json!({ "id": VAULT, "name": "n" })).unwrap();
        assert_eq!((vault.content_version, vault.items), (None, None));
        let vault = json!({
            "id": VAULT, "name": null, "description": null, "contentVersion": 7, "items": 2, "type": "NEW_KIND",
            "createdAt": "2022-01-17T23:41:32Z", "attributeVersion": null, "unknown": {},
        });
        let vault: WireVault = serde_json::from_value(vault).unwrap();
        let vault = Vault::from(vault);
        assert_eq!((vault.content_version, vault.items, vault.description), (7, Some(2), None));
        assert!(serde_json::from_value::<WireVault>(json!({ "id": "short", "name": "n" })).is_err());
    }

    #[test]
    fn a_section_gives_its_fields_their_heading() {
        let item = json!({
            "sections": [{ "id": "s", "label": "Grades" }, { "id": "t" }],
            "fields": [
                { "id": "1", "type": "STRING", "section": { "id": "s" } },
                { "id": "2", "type": "STRING", "section": { "id": "t" } },
                { "id": "3", "type": "STRING", "section": null },
            ],
        });
        let fields = wire(&item).detail(&asked()).unwrap().fields;
        let sections: Vec<_> = fields.iter().map(|f| f.section.as_ref().map(SafeText::as_str)).collect();
        assert_eq!(sections, [Some("Grades"), None, None]);
    }
}
