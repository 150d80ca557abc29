//! `op document …`: items that hold one file.

use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use reqwest::Method;
use serde_json::json;
use tokio_util::io::ReaderStream;

use super::Run;
use super::answer::{Answer, Body};
use super::find::{rows, text};
use super::item::{listed, with_archive};
use super::session::{Session, read};
use super::times::fresh;
use super::trouble::{Result, Trouble};
use super::words::Words;

pub(super) async fn run(run: &Run, session: &Session) -> Result<Answer> {
    match run.words.name() {
        "document create" => create(run, session).await,
        "document get" => get(run, session).await,
        _ => list(run, session).await,
    }
}

/// Keys in camel case, unlike every other command (recorded by `op-js`).
async fn create(run: &Run, session: &Session) -> Result<Answer> {
    let words = &run.words;
    let path = words.objects[0].as_str();
    let vault = session.vault_of(words.value("vault")).await?;
    let own = Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
    let own = if path == "-" { None } else { own };
    let name = words.value("file-name").map(str::to_owned).or(own).unwrap_or_else(|| "document".to_owned());
    let title = words.value("title").unwrap_or(&name).to_owned();
    let body = if path == "-" {
        let input = std::io::stdin().as_fd().try_clone_to_owned();
        let input = input.map_err(|_| Trouble::new("could not read from standard input"))?;
        reqwest::Body::wrap_stream(ReaderStream::new(tokio::fs::File::from_std(input.into())))
    } else {
        let file = tokio::fs::File::open(path).await;
        let file = file.map_err(|_| Trouble::new(format!("open {path}: no such file or directory")))?;
        reqwest::Body::wrap_stream(ReaderStream::new(file))
    };
    let at = format!("/sandbox/v1/vaults/{}", text(&vault, "id"));
    let request = session.request(Method::POST, &format!("{at}/files"));
    let request = request.query(&[("name", &name), ("title", &title)]).body(body);
    let made = read(session.answer(request).await?).await?;
    if words.value("tags").is_some() {
        let tagged = json!({ "title": title, "category": "DOCUMENT", "tags": words.several("tags") });
        let path = format!("/v1/vaults/{}/items/{}", text(&vault, "id"), text(&made, "id"));
        session.send(Method::PUT, &path, Some(&tagged)).await?;
    }
    Ok(Answer::Json(json!({
        "uuid": made["id"], "createdAt": fresh(text(&made, "createdAt")),
        "updatedAt": fresh(text(&made, "updatedAt")), "vaultUuid": vault["id"],
    })))
}

async fn get(run: &Run, session: &Session) -> Result<Answer> {
    let words = &run.words;
    let vault = session.vault_of(words.value("vault")).await?;
    let item = session.item(&vault, &words.objects[0], with_archive(run)).await?;
    let Some(file) = rows(item["files"].clone()).into_iter().next() else {
        return Err(Trouble::new(format!("\"{}\" isn't a document", words.objects[0])));
    };
    let response = session.answer(session.request(Method::GET, text(&file, "content_path"))).await?;
    deliver(words, Body::Coming(response), false).await
}

/// Prints bytes, or writes them to the file of `--out-file`. A file with something in it is kept unless
/// `--force` is given.
pub(super) async fn deliver(words: &Words, body: Body, newline: bool) -> Result<Answer> {
    let Some(path) = words.value("out-file") else { return Ok(Answer::Bytes { body, newline }) };
    let full = std::fs::metadata(path).is_ok_and(|seen| seen.len() > 0);
    if full && !words.is("force") {
        return Err(Trouble::new(format!(
            "file {path} already exists and is not empty. Use --force to overwrite it"
        )));
    }
    let mode = words.value("file-mode").and_then(|mode| u32::from_str_radix(mode, 8).ok()).unwrap_or(0o600);
    let cannot = |error: std::io::Error| Trouble::new(format!("open {path}: {error}"));
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(mode).open(path).map_err(cannot)?;
    match body {
        Body::Here(bytes) => file.write_all(&bytes).map_err(cannot)?,
        Body::Coming(mut response) => {
            while let Some(piece) = response.chunk().await.map_err(|error| Trouble::broken_off(&error))? {
                file.write_all(&piece).map_err(cannot)?;
            }
        }
    }
    let whole = std::fs::canonicalize(path).map_err(cannot)?;
    Ok(Answer::Text(whole.display().to_string()))
}

/// The name of the vault is empty and the size has an odd key (recorded by `1password-exporter`).
async fn list(run: &Run, session: &Session) -> Result<Answer> {
    let vaults = session.vaults_of(run.words.value("vault")).await?;
    let mut found = Vec::new();
    for vault in &vaults {
        for item in session.items(text(vault, "id")).await? {
            if item["category"] != "DOCUMENT" || item["state"] == "ARCHIVED" && !with_archive(run) {
                continue;
            }
            let mut row = listed(&item, vault);
            row["vault"]["name"] = "".into();
            row["overview.ainfo"] = row["additional_information"].clone();
            if let Some(keys) = row.as_object_mut() {
                keys.remove("additional_information");
                keys.remove("category");
            }
            found.push(row);
        }
    }
    Ok(Answer::Json(found.into()))
}
