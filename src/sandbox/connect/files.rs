//! Files through Connect: listed, described, inlined where they are small, and streamed.

use std::io::Read as _;

use axum::Json;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use tokio_util::io::ReaderStream;

use super::about::About;
use super::asked::Asked;
use super::{At, readable};
use crate::domain::id::{FileId, ItemId, VaultId};
use crate::sandbox::front::{Words, parse};
use crate::sandbox::refusal::{Refusal, Result};
use crate::sandbox::wire::FileWire;
use crate::sandbox::world::{Caller, FileRow, Turn, Use};

/// The largest file that is inlined, in bytes: `OP_MAX_INLINE_FILE_SIZE_KB` is 100 unless it is set.
const INLINE_LIMIT: u64 = 100 * 1024;

type FileAt = (String, String, String);

/// Whether the contents are wanted in the answer: `inline_files` in the OpenAPI document, `inline_content` in the
/// documentation.
fn inline(words: &Words) -> bool {
    let yes =
        |name: &str| words.get(name).is_some_and(|word| word.eq_ignore_ascii_case("true") || word == "1");
    yes("inline_files") || yes("inline_content")
}

/// A file as it is described, with its contents if they are wanted: then it is taken out.
fn shown(
    turn: &Turn<'_>,
    caller: &Caller,
    about: &mut About,
    at: (&VaultId, &ItemId),
    row: FileRow,
    inline: bool,
) -> Result<FileWire> {
    let path = format!("/v1/vaults/{}/items/{}", at.0, at.1);
    if !inline {
        return Ok(FileWire::new(&path, row));
    }
    if row.size > INLINE_LIMIT {
        return Err(Refusal::too_large_to_inline());
    }
    if !about.has_bytes(&row.id) {
        return Err(Refusal::content_not_synced());
    }
    let (_, file) = turn.open_file(caller, at.0, at.1, &row.id)?;
    let mut bytes = Vec::new();
    file.take(INLINE_LIMIT).read_to_end(&mut bytes)?;
    about.used = Some(Use::TakenOut);
    Ok(FileWire::new(&path, row).with_content(&bytes))
}

pub(super) async fn files(asked: Asked, Path(at): Path<At>, words: Words) -> Result<Json<Vec<FileWire>>> {
    let files = asked.read(move |turn, caller, about| {
        let (vault, item) = about.item(&at.0, &at.1)?;
        readable(turn, caller, &vault)?;
        let files = turn.item(caller, &vault, &item)?.files;
        let shown = |row| shown(turn, caller, about, (&vault, &item), row, inline(&words));
        files.into_iter().map(shown).collect()
    });
    files.await.map(Json)
}

pub(super) async fn file(asked: Asked, Path(at): Path<FileAt>, words: Words) -> Result<Json<FileWire>> {
    let file = asked.read(move |turn, caller, about| {
        let (vault, item) = about.item(&at.0, &at.1)?;
        let file: FileId = parse("File", &at.2)?;
        readable(turn, caller, &vault)?;
        let row = turn.file(caller, &vault, &item, &file)?;
        shown(turn, caller, about, (&vault, &item), row, inline(&words))
    });
    file.await.map(Json)
}

/// The bytes, streamed from the disk.
pub(super) async fn content(asked: Asked, Path(at): Path<FileAt>) -> Result<Response> {
    let opened = asked.read(move |turn, caller, about| {
        let (vault, item) = about.item(&at.0, &at.1)?;
        let file: FileId = parse("File", &at.2)?;
        readable(turn, caller, &vault)?;
        turn.file(caller, &vault, &item, &file)?;
        if !about.has_bytes(&file) {
            return Err(Refusal::content_not_synced());
        }
        about.used = Some(Use::TakenOut);
        turn.open_file(caller, &vault, &item, &file)
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
