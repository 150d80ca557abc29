//! Whatever plans, carries out, or takes back.

mod apply;
pub(super) mod consent;
mod drift;
mod history;
mod jobs;
mod plan;
mod purge;
mod quarantine;
mod term;
mod undo;

use super::{Context, Done};
use crate::cli::Changes;

pub(super) async fn run(context: &mut Context, command: &Changes) -> Done {
    match command {
        Changes::Plan(of) => plan::run(context, of).await,
        Changes::Apply(apply) => apply::run(context, apply).await,
        Changes::Jobs { what } => Box::pin(jobs::run(context, what.as_ref())).await,
        Changes::Drift { students, out } => drift::run(context, students, out.as_deref()).await,
        Changes::History { limit, student } => history::run(context, *limit, student.as_deref()).await,
        Changes::Undo { job, out, consent } => {
            Box::pin(undo::run(context, job.as_ref(), out.as_deref(), consent)).await
        }
        Changes::Quarantine { delete, consent } => {
            Box::pin(quarantine::run(context, delete.as_deref(), consent)).await
        }
        Changes::CloseTerm(term) => term::run(context, term).await,
        Changes::Purge { whom, consent } => purge::run(context, whom, consent).await,
    }
}
