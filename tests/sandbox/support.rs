//! What the sandbox's own tests say to it beside what all tests do.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

#[path = "../support/bench.rs"]
mod bench;

pub(crate) use bench::{Bench, client, sent, text, word};
use serde_json::{Value, json};

impl Bench {
    /// A Connect token for these vaults, each with `r`, `w` or `rw`.
    pub(crate) async fn connect(&self, vaults: &[(&str, &str)]) -> String {
        let vaults: Vec<_> =
            vaults.iter().map(|(vault, rights)| json!({ "id": vault, "rights": rights })).collect();
        let wanted = json!({ "name": "test", "vaults": vaults });
        word(&self.posted("/sandbox/v1/tokens/connect", &self.admin(), wanted).await["token"])
    }

    pub(crate) async fn grant(&self, vault: &str, person: &str, names: &str) -> (u16, Value) {
        let path = format!("/sandbox/v1/vaults/{vault}/people/{person}");
        self.put(&path, &self.service(), permissions(names)).await
    }

    pub(crate) async fn content_version(&self, vault: &str) -> u64 {
        let (_, vault) = self.get(&format!("/v1/vaults/{vault}"), &self.service()).await;
        vault["contentVersion"].as_u64().unwrap()
    }
}

pub(crate) fn permissions(names: &str) -> Value {
    json!({ "permissions": names.split(',').collect::<Vec<_>>() })
}

pub(crate) const SUBMIT: &str = "view_items,create_items";
pub(crate) const READ: &str = "view_items,view_and_copy_passwords,view_item_history";
pub(crate) const WRITE: &str =
    "view_items,view_and_copy_passwords,view_item_history,create_items,edit_items,archive_items";

pub(crate) fn login(title: &str) -> Value {
    json!({
        "title": title, "category": "LOGIN", "tags": ["hw1"],
        "fields": [
            { "id": "username", "type": "STRING", "purpose": "USERNAME", "label": "username", "value": "ngozi" },
            { "id": "password", "type": "CONCEALED", "purpose": "PASSWORD", "label": "password", "value": "canary-value" },
        ],
    })
}
