//! Finding what a word means: an id, else a name, as the CLI takes both. Names are compared without
//! regard to case, and one that several things have is refused.

use std::io::Read as _;

use serde_json::Value;

use super::session::Session;
use super::trouble::{Result, Trouble};
use super::words::is_id;

/// A text of an object; empty if it is not there.
pub(super) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// The elements of a list.
pub(super) fn rows(value: Value) -> Vec<Value> {
    match value {
        Value::Array(rows) => rows,
        _ => Vec::new(),
    }
}

/// The one row that a word means: by id, else by one of the keys.
fn only(rows: Vec<Value>, word: &str, keys: &[&str], kind: &str) -> Result<Option<Value>> {
    let same = |row: &Value, key: &&str| text(row, key).to_lowercase() == word.to_lowercase();
    if let Some(row) = rows.iter().find(|row| text(row, "id") == word) {
        return Ok(Some(row.clone()));
    }
    let found: Vec<Value> = rows.into_iter().filter(|row| keys.iter().any(|key| same(row, key))).collect();
    if found.len() > 1 {
        let ids: Vec<String> = found.iter().map(|row| text(row, "id").to_owned()).collect();
        return Err(Trouble::several(kind, word, &ids));
    }
    Ok(found.into_iter().next())
}

impl Session {
    /// The vaults in scope.
    pub(super) async fn vaults(&self) -> Result<Vec<Value>> {
        self.get("/sandbox/v1/vaults").await.map(rows)
    }

    /// A vault by id or name.
    pub(super) async fn vault(&self, word: &str) -> Result<Value> {
        if is_id(word) {
            let found = self.get(&format!("/sandbox/v1/vaults/{word}")).await;
            if found.is_ok() {
                return found;
            }
        }
        only(self.vaults().await?, word, &["name"], "vault")?.ok_or_else(|| Trouble::no_vault(word))
    }

    /// The vaults of a command on items: the one that is named, or all of them.
    pub(super) async fn vaults_of(&self, named: Option<&str>) -> Result<Vec<Value>> {
        match named {
            Some(named) => Ok(vec![self.vault(named).await?]),
            None => self.vaults().await,
        }
    }

    /// Who has direct access to a vault, of the `people` or the `groups`.
    pub(super) async fn granted(&self, vault: &Value, side: &str) -> Result<Vec<Value>> {
        let grants = self.get(&format!("/sandbox/v1/vaults/{}/grants", text(vault, "id"))).await?;
        Ok(rows(grants[side].clone()))
    }

    /// Everybody of the account, and the service account where it asks.
    pub(super) async fn people(&self) -> Result<Vec<Value>> {
        self.get("/sandbox/v1/people").await.map(rows)
    }

    /// A person by id, address or name.
    pub(super) async fn person(&self, word: &str) -> Result<Value> {
        let mut people = self.people().await?;
        if self.is_service_account() {
            people.push(self.principal.clone());
        }
        only(people, word, &["email", "name"], "user")?.ok_or_else(|| Trouble::no_user(word))
    }

    /// The groups of the account.
    pub(super) async fn groups(&self) -> Result<Vec<Value>> {
        self.get("/sandbox/v1/groups").await.map(rows)
    }

    /// A group by id or name.
    pub(super) async fn group(&self, word: &str) -> Result<Value> {
        only(self.groups().await?, word, &["name"], "group")?.ok_or_else(|| Trouble::no_group(word))
    }

    /// The items of a vault as its list shows them, archived ones too.
    pub(super) async fn items(&self, vault: &str) -> Result<Vec<Value>> {
        self.get(&format!("/sandbox/v1/vaults/{vault}/items?archived=true&additional=true")).await.map(rows)
    }

    /// An item with fields and files, by id or title. What is in the archive is found by its id only.
    pub(super) async fn item(&self, vault: &Value, word: &str, archived: bool) -> Result<Value> {
        let vault_id = text(vault, "id");
        let missing = || Trouble::no_item(word, text(vault, "name"));
        let id = if is_id(word) {
            word.to_owned()
        } else {
            let mut items = self.items(vault_id).await?;
            items.retain(|item| archived || item["state"] != "ARCHIVED");
            text(&only(items, word, &["title"], "item")?.ok_or_else(missing)?, "id").to_owned()
        };
        self.get(&format!("/v1/vaults/{vault_id}/items/{id}")).await.map_err(|trouble| {
            let gone = trouble.message.starts_with("(404)") || trouble.message.starts_with("(400)");
            if gone { missing() } else { trouble }
        })
    }

    /// The vault of a command on items. A service account has to name one unless it sees only one.
    pub(super) async fn vault_of(&self, named: Option<&str>) -> Result<Value> {
        if let Some(named) = named {
            return self.vault(named).await;
        }
        let mut vaults = self.vaults().await?;
        match vaults.len() {
            1 => Ok(vaults.remove(0)),
            _ if self.is_service_account() => Err(Trouble::new(
                "a vault query must be provided when this command is called by a service account",
            )),
            _ => Err(Trouble::new(
                "specify the vault with --vault: this imitation does not search all of them",
            )),
        }
    }
}

/// The objects that a word stands for: itself, or with `-` what standard input names, as lines or as
/// JSON objects with an `id`, one after another or in an array.
pub(super) fn objects(word: &str) -> Result<Vec<String>> {
    if word != "-" {
        return Ok(vec![word.to_owned()]);
    }
    let mut input = String::new();
    let read = std::io::stdin().lock().read_to_string(&mut input);
    read.map_err(|_| Trouble::new("could not read from standard input"))?;
    if !input.trim_start().starts_with(['{', '[']) {
        let lines = input.lines().map(str::trim).filter(|line| !line.is_empty());
        return Ok(lines.map(str::to_owned).collect());
    }
    let mut found = Vec::new();
    for value in serde_json::Deserializer::from_str(&input).into_iter::<Value>() {
        let value = value.map_err(|_| Trouble::new("invalid JSON in piped input"))?;
        let values = if value.is_array() { rows(value) } else { vec![value] };
        found.extend(values.iter().map(|value| text(value, "id").to_owned()).filter(|id| !id.is_empty()));
    }
    Ok(found)
}
