//! What the audit events tell of a change: the words of the Events API for a line of the ledger.
//!
//! The words are those of 1Password's page "Audit events" (1.4.1); that access is `uva` and `gva`, with the
//! vault as the object and whoever is given it beside it, is how public rules for it read them (Azure Sentinel),
//! and `gm` is a recorded sample. Which word stands for which change of a person, an item or a file is not
//! published in full: what is inferred is said where it is. What an app does with items is told by none.

use serde_json::{Map, Value, json};

use super::caller::By;
use super::report::{number, place};
use super::{Client, Turn};
use crate::domain::events::Feed;
use crate::domain::id::PersonId;
use crate::sandbox::refusal::Result;

/// A change in the words of the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Deed<'f> {
    object: &'static str,
    action: &'static str,
    id: &'f str,
    /// A second thing that the change is about.
    aux: Option<&'f str>,
    info: Option<&'static str>,
}

impl<'f> Deed<'f> {
    fn new(object: &'static str, action: &'static str, id: &'f str) -> Self {
        Self { object, action, id, aux: None, info: None }
    }

    fn with(self, aux: &'f str) -> Self {
        Self { aux: Some(aux), ..self }
    }
}

impl Turn<'_> {
    /// Writes what is told of a change. What nobody did (the world itself founds and mends) is not told.
    pub(super) fn tell_change(&self, by: By<'_>, action: &str, facts: &Value) -> Result<()> {
        let (Some(who), Some(client)) = (by.who, by.client) else { return Ok(()) };
        for deed in deeds(client, action, facts) {
            let record = self.audited(by, who, client, deed)?;
            self.tell(Feed::Audit, record)?;
        }
        Ok(())
    }

    fn audited(
        &self,
        by: By<'_>,
        who: &PersonId,
        client: Client,
        deed: Deed<'_>,
    ) -> Result<Map<String, Value>> {
        let account = self.account()?.id;
        let mut record = Map::new();
        let mut put = |name: &str, value: Value| record.insert(name.to_owned(), value);
        put("actor_uuid", json!(who));
        put("actor_type", json!("user"));
        put("actor_account_uuid", json!(account));
        put("action", json!(deed.action));
        put("object_type", json!(deed.object));
        put("object_uuid", json!(deed.id));
        put("session", self.session(by));
        if let Some(aux) = deed.aux {
            put("aux_id", json!(number(aux)));
            put("aux_uuid", json!(aux));
        }
        let objects = if deed.object == "user" { self.details(deed.id) } else { None };
        let others = [
            ("actor_details", self.details(who.as_str())),
            ("object_details", objects),
            ("aux_details", deed.aux.and_then(|aux| self.details(aux))),
            ("aux_info", deed.info.map(Value::from)),
            ("location", place(client)),
        ];
        for (name, value) in others {
            if let Some(value) = value {
                put(name, value);
            }
        }
        Ok(record)
    }
}

/// What is told of a change; nothing of those that the real service has no word for.
fn deeds<'f>(client: Client, action: &str, facts: &'f Value) -> Vec<Deed<'f>> {
    let fact = |name: &str| facts.get(name).and_then(Value::as_str).unwrap_or_default();
    let one = match action {
        "grant.person" | "revoke.person" => {
            Deed::new("uva", of_access(facts), fact("vault")).with(fact("person"))
        }
        "grant.group" | "revoke.group" => {
            Deed::new("gva", of_access(facts), fact("vault")).with(fact("group"))
        }
        // The letter is that of the sample.
        "group.join" => {
            Deed { info: Some("A"), ..Deed::new("gm", "join", fact("group")).with(fact("person")) }
        }
        "group.leave" => Deed::new("gm", "leave", fact("group")).with(fact("person")),
        "group.create" => Deed::new("group", "create", fact("group")),
        "vault.create" => Deed::new("vault", "create", fact("vault")),
        "vault.delete" => Deed::new("vault", "delete", fact("vault")),
        "vault.rename" => Deed::new("vault", "updatea", fact("vault")),
        "service-account.create" => Deed::new("sa", "create", fact("person")),
        // A change of the address is an object of its own, with its end.
        "person.readdress" => Deed::new("ec", "complete", fact("person")).with(fact("person")),
        _ if action.starts_with("person.") => {
            return of_person(action, fact("after"))
                .map(|word| Deed::new("user", word, fact("person")))
                .into_iter()
                .collect();
        }
        _ if action.starts_with("item.") => return of_item(client, action, facts),
        _ => return Vec::new(),
    };
    vec![one]
}

/// The word for a change of access, by what was held before and afterwards. That giving what is held already
/// is told as an update is inferred.
fn of_access(facts: &Value) -> &'static str {
    let holds = |name: &str| facts.get(name).and_then(Value::as_array).is_some_and(|set| !set.is_empty());
    match (holds("before"), holds("after")) {
        (_, false) => "revoke",
        (false, true) => "grant",
        (true, true) => "update",
    }
}

/// The word for a change of a person, where there is one; which word stands for which step is inferred from
/// the words themselves. Between an invitation and its acceptance a person has states that nobody's doing
/// stands for.
fn of_person(action: &str, after: &str) -> Option<&'static str> {
    Some(match (action, after) {
        ("person.create", _) => "provsn",
        ("person.accept", _) => "join",
        ("person.confirm", _) => "activate",
        ("person.suspend", _) | ("person.state", "SUSPENDED" | "TRANSFER_SUSPENDED") => "suspend",
        ("person.reactivate", _) | ("person.state", "ACTIVE") => "reactive",
        ("person.delete", _) | ("person.state", "DELETED") => "delete",
        ("person.state", "RECOVERY_STARTED") => "beginr",
        ("person.state", "RECOVERY_ACCEPTED") => "completr",
        ("person.rename", _) => "changenm",
        _ => return None,
    })
}

/// Items and their files, by the web page, the CLI and Connect. That an archived item is an updated one is
/// inferred; the vault is not told, since no public sample says that it is.
fn of_item<'f>(client: Client, action: &str, facts: &'f Value) -> Vec<Deed<'f>> {
    let word = match action {
        _ if client == Client::App => return Vec::new(),
        "item.create" => "create",
        "item.update" | "item.archive" => "update",
        "item.delete" => "delete",
        _ => return Vec::new(),
    };
    let item = facts.get("item").and_then(Value::as_str).map(|item| Deed::new("item", word, item));
    let file =
        facts.pointer("/file/id").and_then(Value::as_str).map(|file| Deed::new("file", "create", file));
    item.into_iter().chain(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(client: Client, action: &str, facts: &Value) -> Vec<(String, String)> {
        deeds(client, action, facts)
            .iter()
            .map(|deed| (deed.object.to_owned(), deed.action.to_owned()))
            .collect()
    }

    #[test]
    fn access_is_granted_updated_and_revoked_by_what_is_held() {
        for (before, after, word) in [
            (json!([]), json!(["view_items"]), "grant"),
            (json!(["view_items"]), json!(["view_items", "create_items"]), "update"),
            (json!(["view_items"]), json!(["view_items"]), "update"),
            (json!(["view_items", "create_items"]), json!(["view_items"]), "update"),
            (json!(["view_items"]), json!([]), "revoke"),
        ] {
            let facts = json!({ "vault": "v", "person": "p", "before": before, "after": after });
            let told = deeds(Client::Cli, "grant.person", &facts);
            assert_eq!(told, [Deed::new("uva", word, "v").with("p")]);
        }
    }

    #[test]
    fn an_upload_is_told_by_every_client_but_an_app() {
        let facts = json!({ "vault": "v", "item": "i", "file": { "id": "f" } });
        let pair = |object: &str, action: &str| (object.to_owned(), action.to_owned());
        for client in [Client::Web, Client::Cli, Client::Connect] {
            let wanted = [pair("item", "create"), pair("file", "create")];
            assert_eq!(words(client, "item.create", &facts), wanted);
        }
        for action in ["item.create", "item.update", "item.archive", "item.delete"] {
            assert!(words(Client::App, action, &facts).is_empty(), "{action}");
        }
    }

    #[test]
    fn what_has_no_word_is_not_told() {
        let facts = json!({ "person": "p", "vault": "v", "after": "TRANSFER_STARTED" });
        for action in ["token.renew", "vault.hand-over", "person.state", "service-account.rights"] {
            assert!(words(Client::Web, action, &facts).is_empty(), "{action}");
        }
    }
}
