//! 1Password Connect: vaults, items and files over REST, reading only.
//!
//! Shapes are those of Connect's public specification 1.7.1, read tolerantly: every field of a
//! listed vault but id and name is optional, unknown categories and types are kept, empty values
//! are left out by real servers. `content_path` is never followed; addresses are built from ids.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Deserialize;
use tokio::io::AsyncWriteExt;

use super::http::Http;
use super::{Provider, Sink, crossed};
use crate::domain::directory::{
    Field, FieldValue, FileMeta, FileRef, Item, ItemDetail, ItemRef, ItemState, Vault,
};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::{FileId, ItemId, PersonId, VaultId};
use crate::domain::operation::{Capabilities, Capability};
use crate::domain::secret::Secret;
use crate::domain::text::{SafeText, Untrusted};

/// A Connect server, with one token.
pub struct Connect {
    pub(super) http: Http,
}

impl Connect {
    /// Connect as the sandbox on this machine serves it.
    pub fn loopback(base: &str, token: Secret) -> Self {
        Self { http: Http::loopback(base, token) }
    }

    /// A Connect server elsewhere: over TLS, through no proxy but the one that is named.
    pub fn at(host: &str, token: Secret, proxy: Option<&str>) -> Self {
        Self { http: Http::tls(host, token, proxy) }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireVault {
    id: VaultId,
    name: Untrusted,
    description: Option<Untrusted>,
    #[serde(default)]
    content_version: u64,
    items: Option<u64>,
    created_at: Option<Timestamp>,
}

impl From<WireVault> for Vault {
    fn from(wire: WireVault) -> Self {
        Self {
            id: wire.id,
            name: wire.name.safe(),
            description: wire.description,
            content_version: wire.content_version,
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
struct WireItem {
    id: ItemId,
    vault: WireId<VaultId>,
    #[serde(default)]
    title: Untrusted,
    category: Untrusted,
    #[serde(default)]
    version: u64,
    #[serde(default)]
    tags: Vec<Untrusted>,
    state: Option<String>,
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
    last_edited_by: Option<String>,
    #[serde(default)]
    sections: Vec<WireSection>,
    #[serde(default)]
    fields: Vec<WireField>,
    #[serde(default)]
    files: Vec<WireFile>,
}

#[derive(Deserialize)]
struct WireSection {
    id: String,
    label: Option<Untrusted>,
}

#[derive(Deserialize)]
struct WireField {
    id: Untrusted,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    label: Untrusted,
    #[serde(default)]
    value: Untrusted,
    section: Option<WireId<String>>,
}

#[derive(Deserialize)]
struct WireFile {
    id: FileId,
    #[serde(default)]
    name: Untrusted,
    #[serde(default)]
    size: u64,
}

impl WireItem {
    /// The item, if it is of the vault that was asked for.
    fn summary(&self, vault: &VaultId) -> Result<Item> {
        if self.vault.id != *vault {
            return Err(crossed("vault"));
        }
        Ok(Item {
            id: self.id.clone(),
            title: self.title.safe(),
            category: self.category.safe(),
            version: self.version,
            tags: self.tags.iter().map(Untrusted::safe).collect(),
            state: ItemState::parse(self.state.as_deref()),
            created_at: self.created_at,
            updated_at: self.updated_at,
            last_edited_by: self.last_edited_by.as_deref().and_then(|id| PersonId::parse(id).ok()),
        })
    }

    fn detail(self, at: &ItemRef) -> Result<ItemDetail> {
        if self.id != at.item {
            return Err(crossed("item"));
        }
        let item = self.summary(&at.vault)?;
        let label = |wanted: &str| {
            let section = self.sections.iter().find(|section| section.id == wanted)?;
            Some(section.label.as_ref()?.safe())
        };
        let fields = self.fields.iter().map(|field| Field {
            id: field.id.safe(),
            label: field.label.safe(),
            section: field.section.as_ref().and_then(|section| label(&section.id)),
            kind: SafeText::new(&field.kind),
            value: FieldValue::keep(&field.kind, &field.purpose, &field.value),
        });
        let fields = fields.collect();
        let files =
            self.files.into_iter().map(|f| FileMeta { id: f.id, name: f.name, size: f.size }).collect();
        Ok(ItemDetail { item, fields, files })
    }
}

impl Connect {
    /// The items of a vault, as a path lists them.
    pub(super) async fn list(&self, path: &str, vault: &VaultId) -> Result<Vec<Item>> {
        let items: Vec<WireItem> = self.http.get(path).await.map_err(|f| f.during("listing items"))?;
        items.iter().map(|item| item.summary(vault)).collect()
    }
}

#[async_trait]
impl Provider for Connect {
    fn capabilities(&self) -> Capabilities {
        Capabilities::of(&[Capability::ReadItems])
    }

    async fn vaults(&self) -> Result<Vec<Vault>> {
        let vaults: Vec<WireVault> =
            self.http.get("/v1/vaults").await.map_err(|f| f.during("listing vaults"))?;
        Ok(vaults.into_iter().map(Vault::from).collect())
    }

    async fn vault(&self, id: &VaultId) -> Result<Vault> {
        let vault: WireVault = self.http.get(&format!("/v1/vaults/{id}")).await?;
        if vault.id == *id { Ok(vault.into()) } else { Err(crossed("vault")) }
    }

    async fn items(&self, vault: &VaultId) -> Result<Vec<Item>> {
        self.list(&format!("/v1/vaults/{vault}/items"), vault).await
    }

    /// 1Password Connect lists what is in the archive with its state (Connect server API reference, `state`
    /// of an item).
    async fn whole_list(&self, vault: &VaultId) -> Result<Vec<Item>> {
        self.items(vault).await
    }

    async fn item(&self, at: &ItemRef) -> Result<ItemDetail> {
        let path = format!("/v1/vaults/{}/items/{}", at.vault, at.item);
        let item: WireItem = self.http.get(&path).await.map_err(|f| f.during("reading an item"))?;
        item.detail(at)
    }

    async fn download(&self, file: &FileRef, to: Sink<'_>) -> Result<u64> {
        let ItemRef { vault, item } = &file.at;
        let path = format!("/v1/vaults/{vault}/items/{item}/files/{}/content", file.file);
        let mut answer = self.http.stream(&path).await.map_err(|f| f.during("fetching a file"))?;
        let mut written: u64 = 0;
        let broken = |at: u64| Fault::new(Kind::Broken, format!("the file broke off after {at} bytes"));
        while let Some(piece) = answer.chunk().await.map_err(|_| broken(written))? {
            written += piece.len() as u64;
            // A server that sends more than it announced is stopped, before the disk fills.
            if written > file.size {
                let size = file.size;
                return Err(Fault::new(Kind::Broken, format!("the file is longer than its {size} bytes")));
            }
            let failed = |error| Fault::new(Kind::Local, format!("writing the file: {error}"));
            to.write_all(&piece).await.map_err(failed)?;
        }
        if written != file.size {
            let size = file.size;
            return Err(Fault::new(Kind::Broken, format!("the file ended after {written} of {size} bytes")));
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VAULT: &str = "vaultvaultvaultvaultvault0";
    const ITEM: &str = "itemitemitemitemitemitem00";

    fn wire(vault: &str) -> WireItem {
        let json = format!(
            r#"{{"id":"{ITEM}","title":"hw1","vault":{{"id":"{vault}"}},"category":"DOCUMENT","version":2,
            "fields":[{{"id":"password","type":"CONCEALED","purpose":"PASSWORD","value":"canary"}},
            {{"id":"new","type":"SOMETHING_NEW","value":"canary"}},{{"id":"n","type":"STRING","value":"shown"}},
            {{"id":"p","type":"STRING","purpose":"PASSWORD","value":"canary"}}]}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    fn asked() -> ItemRef {
        ItemRef { vault: VaultId::parse(VAULT).unwrap(), item: ItemId::parse(ITEM).unwrap() }
    }

    #[test]
    fn values_that_may_be_secret_are_dropped_while_parsing() {
        let detail = wire(VAULT).detail(&asked()).unwrap();
        assert!(!format!("{detail:?}").contains("canary"));
        assert_eq!(detail.fields[2].value, FieldValue::Shown("shown".into()));
    }

    #[test]
    fn an_answer_about_another_vault_is_refused() {
        let fault = wire(&"x".repeat(26)).detail(&asked()).unwrap_err();
        assert_eq!(fault.kind, Kind::Broken);
    }
}
