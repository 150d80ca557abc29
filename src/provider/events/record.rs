//! One record of a feed as it is understood: any part may be missing or of another kind than documented, and
//! words that are not known are kept as they came.
//!
//! Without an id or a time a record says nothing that could be kept. An id that has not the form of one is kept
//! as text and stands for nothing; so does one of a sandbox that came from elsewhere. Where somebody was, by
//! country and city, is not read at all.

use serde_json::Value;

use crate::domain::events::{Activity, Actor, Client, Feed};
use crate::domain::id::{ItemId, PersonId, VaultId};
use crate::domain::text::{LIMIT, SafeText, Untrusted};

/// What stands for the kind of thing that an item usage is about, which those do not tell.
const ITEM: &str = "item";
/// Kinds of things of the audit events whose own id is an item's.
const ITEMS: [&str; 3] = ["item", "items", "itemhist"];
/// And those whose own id is a vault's: access of a person and of a group to it, and the vault itself.
const VAULTS: [&str; 3] = ["uva", "gva", "vault"];

/// Reads one record; `None` where it has no id, or no time.
pub(super) fn record(feed: Feed, raw: &Value, is_local: bool) -> Option<Activity> {
    let uuid = word(raw, "uuid");
    if uuid.is_empty() {
        return None;
    }
    let bare = Activity::bare(uuid, feed, raw["timestamp"].as_str()?.parse().ok()?);
    Some(match feed {
        Feed::Audit => audit(raw, is_local, bare),
        Feed::Usage => usage(raw, is_local, bare),
    })
}

fn audit(raw: &Value, is_local: bool, bare: Activity) -> Activity {
    let (object, object_id) = (word(raw, "object_type"), word(raw, "object_uuid"));
    let id = raw["object_uuid"].as_str().unwrap_or_default();
    let is_one = |kinds: &[&str]| kinds.contains(&object.as_str());
    let aux_id = raw["aux_uuid"].as_str();
    let aux = raw["aux_details"].is_object().then(|| actor(&raw["aux_details"], aux_id, is_local));
    let address = word(&raw["session"], "ip");
    Activity {
        actor: actor(&raw["actor_details"], raw["actor_uuid"].as_str(), is_local),
        action: word(raw, "action"),
        vault: is_one(&VAULTS).then(|| vault(id, is_local)).flatten(),
        item: is_one(&ITEMS).then(|| item(id, is_local)).flatten(),
        object,
        object_id,
        aux_id: word(raw, "aux_uuid"),
        aux,
        aux_info: word(raw, "aux_info"),
        client: (!address.is_empty()).then(|| Client { address, ..Client::default() }),
        ..bare
    }
}

fn usage(raw: &Value, is_local: bool, bare: Activity) -> Activity {
    let client = &raw["client"];
    Activity {
        actor: actor(&raw["user"], None, is_local),
        action: word(raw, "action"),
        object: SafeText::new(ITEM),
        object_id: word(raw, "item_uuid"),
        vault: raw["vault_uuid"].as_str().and_then(|id| vault(id, is_local)),
        item: raw["item_uuid"].as_str().and_then(|id| item(id, is_local)),
        version: raw["used_version"].as_u64(),
        client: client.is_object().then(|| Client {
            app: word(client, "app_name"),
            version: word(client, "app_version"),
            platform: word(client, "platform_name"),
            os: word(client, "os_name"),
            address: word(client, "ip_address"),
        }),
        ..bare
    }
}

/// Who it was, by what is told of them and by an id that stands beside it.
fn actor(raw: &Value, beside: Option<&str>, is_local: bool) -> Actor {
    let id = beside.or_else(|| raw["uuid"].as_str()).and_then(|id| PersonId::parse(id).ok());
    let email = raw["email"].as_str().filter(|email| !email.is_empty() && email.len() <= LIMIT);
    Actor {
        id: id.filter(|id| is_local || !id.is_sandbox()),
        name: word(raw, "name"),
        email: email.map(Untrusted::new),
    }
}

fn vault(id: &str, is_local: bool) -> Option<VaultId> {
    VaultId::parse(id).ok().filter(|id| is_local || !id.is_sandbox())
}

fn item(id: &str, is_local: bool) -> Option<ItemId> {
    ItemId::parse(id).ok().filter(|id| is_local || !id.is_sandbox())
}

/// A text, made safe; empty where there is none.
fn word(raw: &Value, name: &str) -> SafeText {
    SafeText::new(raw[name].as_str().unwrap_or_default())
}
