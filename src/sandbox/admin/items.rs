//! What the CLI and the apps do with items and Connect does not: lists with what is archived, the archive, and
//! uses that change nothing.

use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::Deserialize;

use super::Pair;
use crate::domain::access::Permission;
use crate::domain::id::{ItemId, VaultId};
use crate::sandbox::front::{Call, Words, body, parse};
use crate::sandbox::refusal::Result;
use crate::sandbox::wire::ItemWire;
use crate::sandbox::world::{Caller, ItemRow, Turn};

/// As `op item list`, with `?archived=true` as `op item list --include-archive`, and with `?additional=true`
/// what it says beside the title.
pub(super) async fn items(
    call: Call,
    Path(vault): Path<String>,
    words: Words,
) -> Result<Json<Vec<ItemWire>>> {
    let is_true = move |name: &str| words.get(name).is_some_and(|word| word == "true");
    let items = call.read(move |turn, caller| {
        let vault: VaultId = parse("Vault", &vault)?;
        let listed = |row| {
            let more = if is_true("additional") { additional(turn, caller, &row)? } else { None };
            Ok(ItemWire::listed(row, more))
        };
        turn.items(caller, &vault, is_true("archived"))?.into_iter().map(listed).collect()
    });
    items.await.map(Json)
}

/// What lists of the CLI say about an item beside its title: the size of a document in words, the
/// user name of a login. Nothing to whoever may not read values.
fn additional(turn: &Turn<'_>, caller: &Caller, row: &ItemRow) -> Result<Option<String>> {
    if row.category == "DOCUMENT" {
        let size = turn.files_of(&row.id)?.iter().map(|file| file.size).sum();
        return Ok(Some(in_words(size)));
    }
    let reads = turn.reach(caller, &row.vault)?.has(Permission::ViewAndCopyPasswords);
    let name = row.body.fields.iter().find(|field| field.purpose == "USERNAME" && reads);
    Ok(name.map(|field| field.value.clone()).filter(|value| !value.is_empty()))
}

/// A size as the CLI writes it: `93 KB` for 92,934 bytes.
fn in_words(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} KB", (bytes + 500) / 1_000),
        _ => format!("{} MB", (bytes + 500_000) / 1_000_000),
    }
}

pub(super) async fn archive(call: Call, Path(at): Path<Pair>) -> Result<Json<ItemWire>> {
    let archived = call.write(move |turn, caller| {
        let (vault, item) = (parse("Vault", &at.0)?, parse("Item", &at.1)?);
        turn.archive_item(caller, &vault, &item).map(ItemWire::full)
    });
    archived.await.map(Json)
}

/// What is done, in the words of the item usages.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Done {
    vault: VaultId,
    item: ItemId,
    action: String,
}

/// `{"vault":…,"item":…,"action":"reveal"}`: what somebody does with an item in an app without changing it, such
/// as showing a value. Apps tell 1Password of that by themselves; no other request stands for it.
pub(super) async fn used(call: Call, bytes: Bytes) -> Result<StatusCode> {
    let told = call.write(move |turn, caller| {
        let done: Done = body(&bytes)?;
        turn.use_in_app(caller, &done.vault, &done.item, &done.action)
    });
    told.await.map(|()| StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_as_the_cli_says_them() {
        for (bytes, words) in [(12, "12 B"), (92_934, "93 KB"), (9_000, "9 KB"), (10_100_000, "10 MB")] {
            assert_eq!(in_words(bytes), words);
        }
    }
}
