//! The shapes of the CLI's JSON, read tolerantly, and how they become ours.
//!
//! Shapes are those that other projects recorded from real CLIs 2.0 to 2.30 (`pyonepassword`,
//! `1password-exporter`) and the types of 1Password's own `op-js`. Names are optional wherever
//! nothing is decided by them; ids never are. Must not know what was asked for, but for the ids
//! that an answer is compared with.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::domain::access::Permissions;
use crate::domain::budget::{Action, Allowance, Scope};
use crate::domain::directory::{
    Field, FieldValue, FileMeta, Item, ItemDetail, ItemRef, ItemState, Person, PersonKind, PersonState, Vault,
};
use crate::domain::fault::Result;
use crate::domain::id::{AccountId, FileId, GroupId, ItemId, PersonId, VaultId};
use crate::domain::text::{SafeText, Untrusted};
use crate::provider::crossed;

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

/// One line of `op user list`, and `op user get`.
#[derive(Deserialize)]
pub(super) struct User {
    pub(super) id: PersonId,
    #[serde(default)]
    pub(super) name: Untrusted,
    #[serde(default)]
    pub(super) email: Untrusted,
    #[serde(default, rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    state: String,
}

impl From<User> for Person {
    fn from(wire: User) -> Self {
        Self {
            id: wire.id,
            name: wire.name.safe(),
            email: wire.email,
            kind: PersonKind::parse(&wire.kind),
            state: PersonState::parse(&wire.state),
        }
    }
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

/// An object of which only the id counts.
#[derive(Deserialize)]
pub(super) struct Only<T> {
    pub(super) id: T,
}

/// One line of `op vault list`, `op vault get`, and what `op vault create` prints.
#[derive(Deserialize)]
pub(super) struct VaultSeen {
    pub(super) id: VaultId,
    #[serde(default)]
    name: Untrusted,
    description: Option<Untrusted>,
    #[serde(default, deserialize_with = "number")]
    content_version: Option<u64>,
    #[serde(default, deserialize_with = "number")]
    items: Option<u64>,
    #[serde(default, deserialize_with = "time")]
    created_at: Option<Timestamp>,
}

impl From<VaultSeen> for Vault {
    fn from(wire: VaultSeen) -> Self {
        Self {
            id: wire.id,
            name: wire.name.safe(),
            description: wire.description,
            content_version: wire.content_version.unwrap_or(0),
            items: wire.items,
            created_at: wire.created_at,
        }
    }
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

/// One line of `op item list`, and `op item get`, which adds sections, fields and files.
#[derive(Deserialize)]
pub(super) struct ItemSeen {
    id: ItemId,
    vault: Only<VaultId>,
    #[serde(default)]
    title: Untrusted,
    #[serde(default)]
    category: Untrusted,
    #[serde(default, deserialize_with = "number")]
    version: Option<u64>,
    #[serde(default)]
    tags: Option<Vec<Untrusted>>,
    state: Option<String>,
    #[serde(default, deserialize_with = "time")]
    created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    updated_at: Option<Timestamp>,
    last_edited_by: Option<String>,
    #[serde(default)]
    sections: Option<Vec<Section>>,
    #[serde(default)]
    fields: Option<Vec<FieldSeen>>,
    #[serde(default)]
    files: Option<Vec<FileSeen>>,
}

#[derive(Deserialize)]
struct Section {
    id: String,
    label: Option<Untrusted>,
}

#[derive(Deserialize)]
struct FieldSeen {
    #[serde(default)]
    id: Untrusted,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    label: Untrusted,
    #[serde(default)]
    value: Option<Untrusted>,
    section: Option<Only<String>>,
}

#[derive(Deserialize)]
struct FileSeen {
    id: FileId,
    #[serde(default)]
    name: Untrusted,
    #[serde(default, deserialize_with = "number")]
    size: Option<u64>,
}

impl ItemSeen {
    /// Whether any of its ids was made by a sandbox.
    pub(super) fn is_sandbox(&self) -> bool {
        self.id.is_sandbox()
    }

    /// The item, if it is of the vault that was asked for.
    pub(super) fn summary(&self, vault: &VaultId) -> Result<Item> {
        if self.vault.id != *vault {
            return Err(crossed("vault"));
        }
        Ok(Item {
            id: self.id.clone(),
            title: self.title.safe(),
            category: self.category.safe(),
            version: self.version.unwrap_or(0),
            tags: self.tags.iter().flatten().map(Untrusted::safe).collect(),
            state: ItemState::parse(self.state.as_deref()),
            created_at: self.created_at,
            updated_at: self.updated_at,
            last_edited_by: self.last_edited_by.as_deref().and_then(|id| PersonId::parse(id).ok()),
        })
    }

    /// The item with fields and files, if it is the one that was asked for.
    pub(super) fn detail(self, at: &ItemRef) -> Result<ItemDetail> {
        if self.id != at.item {
            return Err(crossed("item"));
        }
        let item = self.summary(&at.vault)?;
        let sections = self.sections.unwrap_or_default();
        let label = |wanted: &str| {
            let section = sections.iter().find(|section| section.id == wanted)?;
            Some(section.label.as_ref()?.safe())
        };
        let fields = self.fields.iter().flatten().map(|field| Field {
            id: field.id.safe(),
            label: field.label.safe(),
            section: field.section.as_ref().and_then(|section| label(&section.id)),
            kind: SafeText::new(&field.kind),
            // `op` prints every value, asked for or not.
            value: field
                .value
                .as_ref()
                .map_or(FieldValue::Empty, |value| FieldValue::keep(&field.kind, &field.purpose, value)),
        });
        let fields = fields.collect();
        let files = self.files.into_iter().flatten();
        let files = files.map(|f| FileMeta { id: f.id, name: f.name, size: f.size.unwrap_or(0) }).collect();
        Ok(ItemDetail { item, fields, files })
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

#[derive(Deserialize)]
#[serde(untagged)]
enum Loose<T> {
    Plain(T),
    Text(String),
    Other(serde::de::IgnoredAny),
}

/// A count, also as text; anything else is not told.
fn number<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<u64>, D::Error> {
    Ok(match Loose::<u64>::deserialize(from)? {
        Loose::Plain(number) => Some(number),
        Loose::Text(text) => text.parse().ok(),
        Loose::Other(_) => None,
    })
}

/// A time, in UTC or with an offset, both of which `op` prints; one that is unreadable is not told,
/// since a clock decides nothing.
fn time<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<Timestamp>, D::Error> {
    Ok(match Loose::<Timestamp>::deserialize(from)? {
        Loose::Plain(time) => Some(time),
        Loose::Text(_) | Loose::Other(_) => None,
    })
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
