//! `strongroom undo`: what takes a job back is shown as a plan, agreed to, and carried out; or written to a
//! file, for `strongroom apply`.

use std::path::Path;

use super::carrying::{carry_out, code};
use super::consent::agree_to;
use super::{Context, DONE, Done, plan};
use crate::cli;
use crate::domain::fault::{Fault, Result};
use crate::domain::job::JobId;
use crate::domain::plan::{Outcome, Plan};
use crate::domain::text::counted;
use crate::ops::Patience;
use crate::report::plan::{Changed, summary};
use crate::setup::Opened;

/// The name of the JSON form.
const SCHEMA: &str = "undo/1";

pub(super) async fn run(
    context: &mut Context,
    job: Option<&JobId>,
    out: Option<&Path>,
    consent: &cli::Consent,
) -> Done {
    if context.choice.read_only && out.is_none() && (consent.yes || consent.confirm.is_some()) {
        return Err(Fault::refused("read-only: changes are refused").into());
    }
    let interrupt = context.interrupt.clone();
    let (opened, mut plan) = interrupt.or(inverse(context, job)).await??;
    if let Some(path) = out {
        plan::write(context, &opened, path, &plan).await?;
        return Ok(DONE);
    }
    if plan.changes() == 0 {
        context.report.page(&Changed::planned(SCHEMA, &plan))?;
        // Why is said with each row.
        let refused = plan.rows.iter().filter(|row| matches!(row.outcome, Outcome::Refused(_))).count();
        if refused == 0 {
            return Ok(DONE);
        }
        let message = format!("nothing can be taken back: {} refused", counted(refused, "row"));
        return Err(Fault::refused(message).hint("nothing was sent").into());
    }
    let what = format!("{}: {}", plan.title, summary(&plan));
    let shown = Changed::planned(SCHEMA, &plan);
    plan.typed = agree_to(context, &plan, consent, &what, &shown).await?;
    let ended = carry_out(context, &opened, plan, Patience::Stop, SCHEMA).await?;
    code(context, ended)
}

/// The class, and what takes the job back.
async fn inverse(context: &mut Context, job: Option<&JobId>) -> Result<(Opened, Plan)> {
    let opened = context.open().await?;
    let plan = opened.ops.undo_plan(job).await?;
    Ok((opened, plan))
}
