//! `/v1/…`: vaults, items and files exactly as a Connect server answers, and `/heartbeat`.
//!
//! Paths, statuses and shapes are those of Connect's OpenAPI document 1.7.1 and of what its official
//! clients send (trailing slashes work). Any principal's token is taken; the real server knows only
//! tokens of its own. Left out: PATCH, `?inline_files`, `/activity`, `/health`, `/metrics`.

use std::collections::HashMap;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use tokio_util::io::ReaderStream;

use super::filter::Filter;
use super::front::{Bearer, Front, body, parse};
use super::refusal::Result;
use super::routes;
use super::wire::{FileWire, ItemWire, VaultWire};
use super::world::Use;
use crate::domain::id::{FileId, ItemId, VaultId};

type Words = Query<HashMap<String, String>>;

/// The routes, by path.
pub(super) fn routes() -> Vec<(&'static str, MethodRouter<Front>)> {
    vec![
        (routes::HEARTBEAT.path, get(|| async { "." })),
        (routes::VAULTS.path, get(vaults)),
        (routes::VAULT.path, get(vault)),
        (routes::ITEMS.path, get(items).post(create_item)),
        (routes::ITEM.path, get(item).put(replace_item).delete(delete_item)),
        (routes::FILES.path, get(files)),
        (routes::FILE.path, get(file)),
        (routes::CONTENT.path, get(content)),
    ]
}

fn filter(words: &Words, attributes: &[&str]) -> Result<Option<Filter>> {
    let text = words.get("filter").filter(|text| !text.is_empty());
    text.map(|text| Filter::parse(text)?.on(attributes)).transpose()
}

async fn vaults(State(front): State<Front>, bearer: Bearer, words: Words) -> Result<Json<Vec<VaultWire>>> {
    let vaults = front.read(&routes::VAULTS, bearer, move |turn, caller| {
        let filter = filter(&words, &["name", "title"])?;
        let rows = turn.vaults(caller)?.into_iter();
        let rows = rows.filter(|row| filter.as_ref().is_none_or(|filter| filter.takes(&row.name)));
        Ok(rows.map(VaultWire::connect).collect())
    });
    vaults.await.map(Json)
}

async fn vault(
    State(front): State<Front>,
    bearer: Bearer,
    Path(vault): Path<String>,
) -> Result<Json<VaultWire>> {
    let vault = front.read(&routes::VAULT, bearer, move |turn, caller| {
        let vault: VaultId = parse("Vault", &vault)?;
        turn.vault(caller, &vault).map(VaultWire::connect)
    });
    vault.await.map(Json)
}

async fn items(
    State(front): State<Front>,
    bearer: Bearer,
    Path(vault): Path<String>,
    words: Words,
) -> Result<Json<Vec<ItemWire>>> {
    let items = front.read(&routes::ITEMS, bearer, move |turn, caller| {
        let vault: VaultId = parse("Vault", &vault)?;
        let filter = filter(&words, &["title", "tag"])?;
        let rows = turn.items(caller, &vault, false)?.into_iter();
        let rows = rows.filter(|row| {
            filter.as_ref().is_none_or(|filter| {
                if filter.is_on("tag") {
                    row.body.tags.iter().any(|tag| filter.takes(tag))
                } else {
                    filter.takes(&row.title)
                }
            })
        });
        Ok(rows.map(ItemWire::summary).collect())
    });
    items.await.map(Json)
}

/// Answers 200, not 201, as the real server does.
async fn create_item(
    State(front): State<Front>,
    bearer: Bearer,
    Path(vault): Path<String>,
    bytes: Bytes,
) -> Result<Json<ItemWire>> {
    let item = front.write(&routes::ITEM_NEW, bearer, move |turn, caller| {
        let vault: VaultId = parse("Vault", &vault)?;
        turn.reach(caller, &vault)?;
        turn.create_item(caller, &vault, body(&bytes)?).map(ItemWire::full)
    });
    item.await.map(Json)
}

type At = (String, String);

/// The ids of a path.
pub(super) fn ids(at: &At) -> Result<(VaultId, ItemId)> {
    Ok((parse("Vault", &at.0)?, parse("Item", &at.1)?))
}

async fn item(State(front): State<Front>, bearer: Bearer, Path(at): Path<At>) -> Result<Json<ItemWire>> {
    let item = front.call(&routes::ITEM, bearer, move |world, caller| {
        let (vault, item) = ids(&at)?;
        let row = world.read(|turn| turn.item(&caller, &vault, &item))?;
        world.tell_use(&caller, &row, Use::Read)?;
        Ok(ItemWire::full(row))
    });
    item.await.map(Json)
}

async fn replace_item(
    State(front): State<Front>,
    bearer: Bearer,
    Path(at): Path<At>,
    bytes: Bytes,
) -> Result<Json<ItemWire>> {
    let item = front.write(&routes::ITEM_PUT, bearer, move |turn, caller| {
        let (vault, item) = ids(&at)?;
        turn.reach(caller, &vault)?;
        turn.replace_item(caller, &vault, &item, body(&bytes)?).map(ItemWire::full)
    });
    item.await.map(Json)
}

async fn delete_item(State(front): State<Front>, bearer: Bearer, Path(at): Path<At>) -> Result<StatusCode> {
    let gone = front.write(&routes::ITEM_DELETE, bearer, move |turn, caller| {
        let (vault, item) = ids(&at)?;
        turn.delete_item(caller, &vault, &item)
    });
    gone.await.map(|()| StatusCode::NO_CONTENT)
}

async fn files(
    State(front): State<Front>,
    bearer: Bearer,
    Path(at): Path<At>,
) -> Result<Json<Vec<FileWire>>> {
    let files = front.read(&routes::FILES, bearer, move |turn, caller| {
        let (vault, item) = ids(&at)?;
        let rows = turn.files(caller, &vault, &item)?;
        let at = format!("/v1/vaults/{vault}/items/{item}");
        Ok(rows.into_iter().map(|row| FileWire::new(&at, row)).collect())
    });
    files.await.map(Json)
}

type FileAt = (String, String, String);

async fn file(State(front): State<Front>, bearer: Bearer, Path(at): Path<FileAt>) -> Result<Json<FileWire>> {
    let file = front.read(&routes::FILE, bearer, move |turn, caller| {
        let (vault, item) = ids(&(at.0, at.1))?;
        let file: FileId = parse("File", &at.2)?;
        let row = turn.file(caller, &vault, &item, &file)?;
        Ok(FileWire::new(&format!("/v1/vaults/{vault}/items/{item}"), row))
    });
    file.await.map(Json)
}

/// The bytes, streamed from the disk.
async fn content(State(front): State<Front>, bearer: Bearer, Path(at): Path<FileAt>) -> Result<Response> {
    let opened = front.call(&routes::CONTENT, bearer, move |world, caller| {
        let (vault, item) = ids(&(at.0, at.1))?;
        let file: FileId = parse("File", &at.2)?;
        let (row, opened) = world.read(|turn| {
            Ok((turn.item(&caller, &vault, &item)?, turn.open_file(&caller, &vault, &item, &file)?))
        })?;
        world.tell_use(&caller, &row, Use::TakenOut)?;
        Ok(opened)
    });
    let (row, bytes) = opened.await?;
    let stream = ReaderStream::with_capacity(tokio::fs::File::from_std(bytes), 64 * 1024);
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, row.size.to_string()),
        (header::CONTENT_DISPOSITION, disposition(&row.name)),
    ];
    Ok((headers, Body::from_stream(stream)).into_response())
}

/// A file's name as a header: what is not plain ASCII, and quotes, slashes and backslashes, become
/// `_`; the whole name follows in the encoded form of RFC 6266.
fn disposition(name: &str) -> String {
    use std::fmt::Write as _;
    let plain: String = name
        .chars()
        .map(|c| match c {
            '"' | '\\' | '/' => '_',
            ' '..='~' => c,
            _ => '_',
        })
        .collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}"); // a String takes every write
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_cannot_leave_its_header() {
        let header = disposition("a\"\r\nSet-Cookie: x=\u{202e}/../é.pdf");
        assert!(header.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{header}");
        assert!(header.starts_with("attachment; filename=\"a___Set-Cookie: x=__.._"), "{header}");
        assert!(header.ends_with("%C3%A9.pdf"), "{header}");
    }
}
