//! People and groups, as `op user …` and `op group …` and an administrator's web page treat them.

use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Pair;
use crate::domain::id::{GroupId, PersonId};
use crate::domain::secret::Expose as _;
use crate::sandbox::front::{Call, body, parse};
use crate::sandbox::refusal::Result;
use crate::sandbox::wire::{GroupWire, PersonWire};
use crate::sandbox::world::Step;

pub(super) async fn people(call: Call) -> Result<Json<Vec<PersonWire>>> {
    let people =
        call.read(|turn, caller| Ok(turn.people(caller)?.into_iter().map(PersonWire::new).collect()));
    people.await.map(Json)
}

/// `{"name":…,"email":…,"type":…,"state":…}`; the answer tells the token, this once.
pub(super) async fn add(call: Call, bytes: Bytes) -> Result<(StatusCode, Json<Value>)> {
    let added = call.write(move |turn, caller| {
        caller.administrator_only("add people")?;
        let (person, token) = turn.add_person(caller, &body(&bytes)?)?;
        Ok(json!({ "person": PersonWire::new(person), "token": token.expose_secret() }))
    });
    added.await.map(|answer| (StatusCode::CREATED, Json(answer)))
}

pub(super) async fn delete(call: Call, Path(person): Path<String>) -> Result<StatusCode> {
    let gone = call.write(move |turn, caller| turn.delete_person(caller, &parse("User", &person)?));
    gone.await.map(|()| StatusCode::NO_CONTENT)
}

pub(super) async fn step(step: Step, call: Call, Path(person): Path<String>) -> Result<Json<PersonWire>> {
    let moved = call
        .write(move |turn, caller| turn.step(caller, &parse("User", &person)?, step).map(PersonWire::new));
    moved.await.map(Json)
}

pub(super) async fn groups(call: Call) -> Result<Json<Vec<GroupWire>>> {
    let groups = call.read(|turn, caller| Ok(turn.groups(caller)?.into_iter().map(GroupWire::new).collect()));
    groups.await.map(Json)
}

#[derive(Deserialize)]
struct NewGroup {
    name: String,
}

/// `{"name":…}`.
pub(super) async fn add_group(call: Call, bytes: Bytes) -> Result<(StatusCode, Json<GroupWire>)> {
    let added = call.write(move |turn, caller| {
        caller.administrator_only("manage groups")?;
        let new: NewGroup = body(&bytes)?;
        turn.add_group(caller, &new.name).map(GroupWire::new)
    });
    added.await.map(|group| (StatusCode::CREATED, Json(group)))
}

fn membership(at: &Pair) -> Result<(GroupId, PersonId)> {
    Ok((parse("Group", &at.0)?, parse("User", &at.1)?))
}

pub(super) async fn join(call: Call, Path(at): Path<Pair>) -> Result<StatusCode> {
    let joined = call.write(move |turn, caller| {
        let (group, person) = membership(&at)?;
        turn.join(caller, &group, &person)
    });
    joined.await.map(|()| StatusCode::NO_CONTENT)
}

pub(super) async fn leave(call: Call, Path(at): Path<Pair>) -> Result<StatusCode> {
    let left = call.write(move |turn, caller| {
        let (group, person) = membership(&at)?;
        turn.leave(caller, &group, &person)
    });
    left.await.map(|()| StatusCode::NO_CONTENT)
}
