//! The JSON that goes out: shapes of Connect's OpenAPI document 1.7.1, and the sandbox's own.
//!
//! What is empty is left out, times are whole seconds in UTC, as recorded answers of the real
//! server have them. Must not know who is asking: what may not be seen is not in the rows.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Serialize;

use super::world::{Body, FileRow, GroupRow, ItemRow, PersonRow, VaultRow};
use crate::domain::access::Permissions;

/// A time as Connect writes it: `2022-01-17T23:41:32Z`.
pub(super) fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `Vault`; the sandbox's own routes add creator and icon.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VaultWire {
    id: String,
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    attribute_version: u64,
    content_version: u64,
    items: u64,
    #[serde(rename = "type")]
    kind: String,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    creator: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<String>,
}

impl VaultWire {
    pub(super) fn connect(row: VaultRow) -> Self {
        Self {
            id: row.id.into(),
            name: row.name,
            description: row.description,
            attribute_version: row.attribute_version,
            content_version: row.content_version,
            items: row.items,
            kind: row.kind,
            created_at: seconds(row.created),
            updated_at: seconds(row.updated),
            creator: None,
            icon: None,
        }
    }

    pub(super) fn own(row: VaultRow) -> Self {
        let creator = Some(row.creator.clone().into());
        let icon = Some(row.icon.clone()).filter(|icon| !icon.is_empty());
        Self { creator, icon, ..Self::connect(row) }
    }
}

#[derive(Serialize)]
struct VaultIn {
    id: String,
}

/// `Item` in lists, `FullItem` alone.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ItemWire {
    id: String,
    title: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    favorite: bool,
    version: u64,
    vault: VaultIn,
    category: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(flatten)]
    body: Body,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileWire>,
    last_edited_by: String,
    created_at: String,
    updated_at: String,
    /// What the CLI's lists say beside the title; not a part of Connect's answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_information: Option<String>,
}

impl ItemWire {
    /// As in a list, with what the CLI adds to it.
    pub(super) fn listed(row: ItemRow, additional: Option<String>) -> Self {
        Self { additional_information: additional, ..Self::summary(row) }
    }

    /// Without sections, fields and files.
    pub(super) fn summary(mut row: ItemRow) -> Self {
        row.body.sections.clear();
        row.body.fields.clear();
        row.files.clear();
        Self::full(row)
    }

    pub(super) fn full(row: ItemRow) -> Self {
        let at = format!("/v1/vaults/{}/items/{}", row.vault, row.id);
        Self {
            files: row.files.into_iter().map(|file| FileWire::new(&at, file)).collect(),
            id: row.id.into(),
            title: row.title,
            favorite: row.favorite,
            version: row.version,
            vault: VaultIn { id: row.vault.into() },
            category: row.category,
            state: row.archived.then_some("ARCHIVED"),
            body: row.body,
            last_edited_by: row.editor.into(),
            created_at: seconds(row.created),
            updated_at: seconds(row.updated),
            additional_information: None,
        }
    }
}

/// `File`; its path begins with a slash, since the Go client appends it to the address.
#[derive(Serialize)]
pub(super) struct FileWire {
    id: String,
    name: String,
    size: u64,
    content_path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

impl FileWire {
    /// `at` is the path of the item.
    pub(super) fn new(at: &str, row: FileRow) -> Self {
        let content_path = format!("{at}/files/{}/content", row.id);
        Self { id: row.id.into(), name: row.name, size: row.size, content_path, content: None }
    }

    /// With its bytes.
    pub(super) fn with_content(self, bytes: &[u8]) -> Self {
        Self { content: Some(STANDARD.encode(bytes)), ..self }
    }
}

/// A person, as `op user list` shows one.
#[derive(Serialize)]
pub(super) struct PersonWire {
    id: String,
    name: String,
    email: String,
    #[serde(rename = "type")]
    kind: String,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<Permissions>,
}

impl PersonWire {
    pub(super) fn new(row: PersonRow) -> Self {
        let (created, updated) = (seconds(row.created), seconds(row.updated));
        Self { created_at: Some(created), updated_at: Some(updated), ..Self::granted(row, None) }
    }

    /// As `op vault user list` shows one; the permissions are left out where they are not shown.
    pub(super) fn granted(row: PersonRow, permissions: Option<Permissions>) -> Self {
        Self {
            id: row.id.into(),
            name: row.name,
            email: row.email,
            kind: row.kind,
            state: row.state,
            created_at: None,
            updated_at: None,
            permissions,
        }
    }
}

/// A group, as `op group list` shows one, with its type, and its members for whoever is told.
#[derive(Serialize)]
pub(super) struct GroupWire {
    id: String,
    name: String,
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<Permissions>,
}

impl GroupWire {
    pub(super) fn new(row: GroupRow) -> Self {
        Self {
            id: row.id.into(),
            name: row.name,
            kind: row.kind,
            created_at: Some(seconds(row.created)),
            members: row.members.map(|members| members.into_iter().map(Into::into).collect()),
            permissions: None,
        }
    }

    /// As `op vault group list` shows one.
    pub(super) fn granted(id: String, name: String, permissions: Option<Permissions>) -> Self {
        Self { id, name, kind: String::new(), created_at: None, members: None, permissions }
    }
}
