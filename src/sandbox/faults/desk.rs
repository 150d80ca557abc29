//! `GET|PUT|DELETE /sandbox/v1/faults`: the plan, for administrators.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get};
use serde_json::Value;

use super::Faults;
use super::plan::Plan;
use crate::sandbox::front::{Call, body};
use crate::sandbox::refusal::Result;
use crate::sandbox::routes::FAULTS;

type Answer = Result<Json<Value>>;
type Desk = State<Arc<Faults>>;

/// The routes, by path.
pub(in crate::sandbox) fn routes() -> Vec<(&'static str, MethodRouter<Arc<Faults>>)> {
    vec![(FAULTS.path, get(show).put(set).delete(end))]
}

/// What the plan is, and what it has done so far.
async fn show(State(faults): Desk, call: Call) -> Answer {
    let shown = call.read(move |_, caller| {
        caller.administrator_only("see what goes wrong")?;
        Ok(faults.shown())
    });
    shown.await.map(Json)
}

/// Begins a plan; whatever another one has counted and remembered is gone.
async fn set(State(faults): Desk, call: Call, bytes: Bytes) -> Answer {
    let begun = call.answer(move |at, caller| {
        caller.administrator_only("decide what goes wrong")?;
        // Beginning may copy the world, which is not to be done while it is looked at.
        faults.begin(at, Plan::read(body(&bytes)?)?)?;
        Ok(faults.shown())
    });
    begun.await.map(Json)
}

/// Ends the plan. What is late already still happens.
async fn end(State(faults): Desk, call: Call) -> Result<StatusCode> {
    let ended = call.read(move |_, caller| {
        caller.administrator_only("decide what goes wrong")?;
        faults.end();
        Ok(())
    });
    ended.await.map(|()| StatusCode::NO_CONTENT)
}
