//! Items through Connect: listed, read, made, replaced, changed in part, deleted for good.

use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;

use super::about::About;
use super::asked::Asked;
use super::patch::Patch;
use super::{At, filter, readable, writable};
use crate::sandbox::front::{Words, body};
use crate::sandbox::refusal::Result;
use crate::sandbox::wire::ItemWire;
use crate::sandbox::world::{ItemRow, Use};

type Answer = Result<Json<ItemWire>>;

pub(super) async fn items(
    asked: Asked,
    Path(vault): Path<String>,
    words: Words,
) -> Result<Json<Vec<ItemWire>>> {
    let items = asked.read(move |turn, caller, about| {
        let vault = about.vault(&vault)?;
        readable(turn, caller, &vault)?;
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

/// What the request was about, and its answer.
fn noted(about: &mut About, row: ItemRow) -> ItemWire {
    about.item = Some(row.id.clone());
    about.version = Some(row.version);
    ItemWire::full(row)
}

/// Answers 200, not 201, as the real server does.
pub(super) async fn create(asked: Asked, Path(vault): Path<String>, bytes: Bytes) -> Answer {
    let item = asked.write(move |turn, caller, about| {
        let vault = about.vault(&vault)?;
        writable(turn, caller, &vault)?;
        turn.create_item(caller, &vault, body(&bytes)?).map(|row| noted(about, row))
    });
    item.await.map(Json)
}

pub(super) async fn item(asked: Asked, Path(at): Path<At>) -> Answer {
    let item = asked.read(move |turn, caller, about| {
        let (vault, item) = about.item(&at.0, &at.1)?;
        readable(turn, caller, &vault)?;
        about.used = Some(Use::Read);
        turn.item(caller, &vault, &item).map(|row| noted(about, row))
    });
    item.await.map(Json)
}

/// With a Connect token the answer has the version from before: the change has not come back from 1Password when
/// it is written.
pub(super) async fn replace(asked: Asked, Path(at): Path<At>, bytes: Bytes) -> Answer {
    let item = asked.write(move |turn, caller, about| {
        let (vault, item) = about.item(&at.0, &at.1)?;
        writable(turn, caller, &vault)?;
        let mut row = turn.replace_item(caller, &vault, &item, body(&bytes)?)?;
        about.version = Some(row.version);
        if caller.scope.is_connect() {
            row.version -= 1;
        }
        Ok(ItemWire::full(row))
    });
    item.await.map(Json)
}

pub(super) async fn change(asked: Asked, Path(at): Path<At>, bytes: Bytes) -> Answer {
    let item = asked.write(move |turn, caller, about| {
        let (vault, item) = about.item(&at.0, &at.1)?;
        writable(turn, caller, &vault)?;
        let patch = Patch::read(&bytes)?;
        turn.edit_item(caller, &vault, &item, |item| patch.applied(&item)).map(|row| noted(about, row))
    });
    item.await.map(Json)
}

pub(super) async fn delete(asked: Asked, Path(at): Path<At>) -> Result<StatusCode> {
    let gone = asked.write(move |turn, caller, about| {
        let (vault, item) = about.item(&at.0, &at.1)?;
        writable(turn, caller, &vault)?;
        turn.delete_item(caller, &vault, &item)
    });
    gone.await.map(|()| StatusCode::NO_CONTENT)
}
