//! `POST /sandbox/v1/vaults/{vault}/files`: a file, streamed to the disk as it arrives.
//!
//! Two forms: `multipart/form-data` with the fields `file`, `title` and `item` in any order, or the
//! bytes as they are with `?name=&title=&item=`. 1Password Connect has no such route; `op document
//! create` and `op item edit` are what it stands for. Nothing is held in memory but the piece that
//! just came, and a client that goes away leaves nothing behind.

use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequest as _, Multipart, Path, Request, State};
use axum::http::header;
use futures_util::StreamExt as _;

use crate::domain::id::{ItemId, VaultId};
use crate::sandbox::front::{self, Call, Front, blocking, drain, parse};
use crate::sandbox::refusal::{Refusal, Result};
use crate::sandbox::routes;
use crate::sandbox::wire::ItemWire;
use crate::sandbox::world::{Caller, Label, Upload};

/// The longest text field of a form, in bytes.
const TEXT_LIMIT: usize = 4096;

/// What came with the bytes.
#[derive(Default)]
struct Words {
    name: Option<String>,
    title: Option<String>,
    item: Option<String>,
}

pub(super) async fn upload(
    State(front): State<Front>,
    call: Call,
    Path(vault): Path<String>,
    query: front::Words,
    request: Request,
) -> Result<Json<ItemWire>> {
    let mut words = Words {
        name: query.get("name").cloned(),
        title: query.get("title").cloned(),
        item: query.get("item").cloned(),
    };
    let vault = parse::<VaultId>("Vault", &vault);
    let early = words.item.clone().filter(|item| !item.is_empty());
    let form = is_form(&request);
    // Sign in, and refuse what is known to be refused, before the bytes are taken. A form may still
    // name an item, so without one it is not known yet which permission will be needed.
    let entry = call.read(move |turn, caller| {
        let vault = vault?;
        let item = early.as_deref().map(|item| parse::<ItemId>("Item", item)).transpose()?;
        if form && item.is_none() {
            turn.reach(caller, &vault)?;
        } else {
            turn.may_upload(caller, &vault, item.as_ref())?;
        }
        Ok((caller.clone(), vault))
    });
    let entry = entry.await.and_then(|entry| {
        // A form is somewhat longer than its file.
        let hopeless =
            length(&request).is_some_and(|length| length > front.max_upload.saturating_add(1 << 20));
        if hopeless { Err(too_large(front.max_upload)) } else { Ok(entry) }
    });
    let (caller, vault) = match entry {
        Ok(entry) => entry,
        Err(refusal) => {
            drain(request.into_body()).await;
            return Err(refusal);
        }
    };
    let upload = if form {
        from_form(&front, request, &mut words).await?
    } else {
        from_body(&front, request.into_body()).await?
    };
    finish(front, caller, vault, words, upload).await
}

/// Checks once more, keeps the bytes, and writes the rows.
async fn finish(
    front: Front,
    caller: Caller,
    vault: VaultId,
    words: Words,
    upload: Upload,
) -> Result<Json<ItemWire>> {
    let item = words.item.filter(|item| !item.is_empty());
    let item = item.map(|item| parse("Item", &item)).transpose()?;
    let name = words.name.filter(|name| !name.is_empty()).unwrap_or_else(|| "file".to_owned());
    let label = Label { vault, item, title: words.title, name };
    let kept = blocking(move || {
        let at = front.at();
        if label.item.is_some() {
            front.charge(at, &caller, routes::EDIT)?;
        }
        at.keep(&caller, upload, &label)
    });
    kept.await.map(ItemWire::full).map(Json)
}

fn length(request: &Request) -> Option<u64> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data"))
}

fn too_large(limit: u64) -> Refusal {
    Refusal::new(413, format!("a file can have at most {limit} bytes"))
}

fn cut_off() -> Refusal {
    Refusal::bad("the upload ended before it was complete")
}

/// Takes pieces as they come. The disk is written on a blocking thread, and the next piece is
/// taken only when the last one is written.
struct Sink {
    upload: Upload,
    limit: u64,
}

impl Sink {
    async fn open(front: &Front) -> Result<Self> {
        let (world, limit) = (front.world.clone(), front.max_upload);
        Ok(Self { upload: blocking(move || world.upload()).await?, limit })
    }

    async fn push(mut self, piece: axum::body::Bytes) -> Result<Self> {
        if self.upload.size() + piece.len() as u64 > self.limit {
            return Err(too_large(self.limit));
        }
        blocking(move || {
            self.upload.push(&piece)?;
            Ok(self)
        })
        .await
    }
}

async fn from_body(front: &Front, body: Body) -> Result<Upload> {
    let mut sink = Sink::open(front).await?;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        sink = sink.push(piece.map_err(|_| cut_off())?).await?;
    }
    Ok(sink.upload)
}

async fn from_form(front: &Front, request: Request, words: &mut Words) -> Result<Upload> {
    let mut form =
        Multipart::from_request(request, &()).await.map_err(|_| Refusal::bad("Invalid multipart body"))?;
    let mut upload = None;
    while let Some(mut field) = form.next_field().await.map_err(|_| cut_off())? {
        let field_name = field.name().unwrap_or_default().to_owned();
        if field_name == "file" {
            if upload.is_some() {
                return Err(Refusal::bad("one file at a time"));
            }
            words.name = field.file_name().map(str::to_owned).or(words.name.take());
            let mut sink = Sink::open(front).await?;
            while let Some(piece) = field.chunk().await.map_err(|_| cut_off())? {
                sink = sink.push(piece).await?;
            }
            upload = Some(sink.upload);
            continue;
        }
        let mut text = Vec::new();
        while let Some(piece) = field.chunk().await.map_err(|_| cut_off())? {
            text.extend_from_slice(&piece);
            if text.len() > TEXT_LIMIT {
                return Err(Refusal::bad("a field of the form is too long"));
            }
        }
        let text = String::from_utf8(text).map_err(|_| Refusal::bad("a field of the form is not UTF-8"))?;
        match field_name.as_str() {
            "title" => words.title = Some(text),
            "item" => words.item = Some(text),
            "name" => words.name = Some(text),
            _ => {}
        }
    }
    upload.ok_or_else(|| Refusal::bad("the form has no field named file"))
}
