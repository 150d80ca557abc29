//! `GET|PUT|DELETE /sandbox/v1/faults`: the plan, for administrators.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::Value;

use super::Plan;
use crate::sandbox::front::{Bearer, Front, blocking, body};
use crate::sandbox::refusal::Result;
use crate::sandbox::routes;

type Answer = Result<Json<Value>>;

/// What the plan is, and what it has done so far.
pub(in crate::sandbox) async fn show(State(front): State<Front>, bearer: Bearer) -> Answer {
    let desk = front.clone();
    let shown = front.read(&routes::FAULTS, bearer, move |turn, caller| {
        turn.administrator_only(caller, "see what goes wrong")?;
        Ok(desk.faults.shown())
    });
    shown.await.map(Json)
}

/// Begins a plan; whatever another one has counted and remembered is gone.
pub(in crate::sandbox) async fn set(State(front): State<Front>, bearer: Bearer, bytes: Bytes) -> Answer {
    let plan = front.read(&routes::FAULTS_SET, bearer, move |turn, caller| {
        turn.administrator_only(caller, "decide what goes wrong")?;
        Plan::read(body(&bytes)?)
    });
    let (plan, desk) = (plan.await?, front.clone());
    // Beginning may copy the world, which is not to be done while it is looked at.
    let begun = blocking(move || {
        desk.faults.begin(desk.world.at((desk.clock)()), plan)?;
        Ok(desk.faults.shown())
    });
    begun.await.map(Json)
}

/// Ends the plan. What is late already still happens.
pub(in crate::sandbox) async fn end(State(front): State<Front>, bearer: Bearer) -> Result<StatusCode> {
    let desk = front.clone();
    let ended = front.read(&routes::FAULTS_END, bearer, move |turn, caller| {
        turn.administrator_only(caller, "decide what goes wrong")?;
        desk.faults.end();
        Ok(())
    });
    ended.await.map(|()| StatusCode::NO_CONTENT)
}
