//! `POST /sandbox/v1/visits`: lets a run of the CLI in, which pays for all that it will ask.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::json;

use super::Answer;
use crate::sandbox::front::{Call, Front, body};
use crate::sandbox::op::{self, Visiting};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::wire::PersonWire;
use crate::sandbox::world::Cost;

/// Signs in, charges the whole command, and says who is there.
pub(super) async fn open(State(front): State<Front>, call: Call, bytes: Bytes) -> Answer {
    let opened = call.answer(move |at, caller| {
        let asked: Visiting = body(&bytes)?;
        let command = op::command(&asked.command).ok_or_else(|| Refusal::bad("there is no such command"))?;
        let each = if asked.each_vault { at.read(|turn| turn.vaults(&caller))?.len() } else { 0 };
        let reads = u64::from(asked.reads) + u64::try_from(each).unwrap_or(u64::MAX);
        let cost = Cost { reads, writes: u64::from(asked.writes) };
        front.count_command(command, cost, &caller);
        front.charge(at, &caller, cost)?;
        let visit = front.open_visit(&caller, asked.favours)?;
        at.read(|turn| {
            let (account, person) = (turn.account()?, turn.person(&caller.id)?);
            Ok(json!({
                "visit": visit,
                "account": { "id": account.id, "name": account.name, "kind": account.kind },
                "principal": PersonWire::new(person),
            }))
        })
    });
    opened.await.map(Json)
}
