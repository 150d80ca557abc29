//! Items through Connect: listed, read, made, replaced, changed in part, deleted for good.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::asked::{About, Asked};
use super::patch::Patch;
use super::{At, Words, filter, readable, writable};
use crate::sandbox::front::{Front, body};
use crate::sandbox::refusal::Result;
use crate::sandbox::routes;
use crate::sandbox::wire::ItemWire;
use crate::sandbox::world::{ItemRow, Use};

type Answer = Result<Json<ItemWire>>;

pub(super) async fn items(
    State(front): State<Front>,
    asked: Asked,
    Path(vault): Path<String>,
    words: Words,
) -> Result<Json<Vec<ItemWire>>> {
    let items = asked.read(&front, &routes::ITEMS, move |turn, caller, about| {
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
pub(super) async fn create(
    State(front): State<Front>,
    asked: Asked,
    Path(vault): Path<String>,
    bytes: Bytes,
) -> Answer {
    let item = asked.write(&front, &routes::ITEM_NEW, move |turn, caller, about| {
        let vault = about.vault(&vault)?;
        writable(turn, caller, &vault)?;
        turn.create_item(caller, &vault, body(&bytes)?).map(|row| noted(about, row))
    });
    item.await.map(Json)
}

pub(super) async fn item(State(front): State<Front>, asked: Asked, Path(at): Path<At>) -> Answer {
    let item = asked.read(&front, &routes::ITEM, move |turn, caller, about| {
        let (vault, item) = about.item(&at.0, &at.1)?;
        readable(turn, caller, &vault)?;
        about.used = Some(Use::Read);
        turn.item(caller, &vault, &item).map(|row| noted(about, row))
    });
    item.await.map(Json)
}

/// With a Connect token the answer has the version from before: the change has not come back from 1Password when
/// it is written.
pub(super) async fn replace(
    State(front): State<Front>,
    asked: Asked,
    Path(at): Path<At>,
    bytes: Bytes,
) -> Answer {
    let item = asked.write(&front, &routes::ITEM_PUT, move |turn, caller, about| {
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

pub(super) async fn change(
    State(front): State<Front>,
    asked: Asked,
    Path(at): Path<At>,
    bytes: Bytes,
) -> Answer {
    let item = asked.write(&front, &routes::ITEM_PATCH, move |turn, caller, about| {
        let (vault, item) = about.item(&at.0, &at.1)?;
        writable(turn, caller, &vault)?;
        let patch = Patch::read(&bytes)?;
        turn.edit_item(caller, &vault, &item, |item| patch.applied(item)).map(|row| noted(about, row))
    });
    item.await.map(Json)
}

pub(super) async fn delete(
    State(front): State<Front>,
    asked: Asked,
    Path(at): Path<At>,
) -> Result<StatusCode> {
    let gone = asked.write(&front, &routes::ITEM_DELETE, move |turn, caller, about| {
        let (vault, item) = about.item(&at.0, &at.1)?;
        writable(turn, caller, &vault)?;
        turn.delete_item(caller, &vault, &item)
    });
    gone.await.map(|()| StatusCode::NO_CONTENT)
}
