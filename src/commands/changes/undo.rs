//! `strongroom undo`: what takes a job back is shown as a plan, agreed to, and carried out.

use std::io::{self, BufRead as _, IsTerminal as _};

use super::super::change::carry_out;
use super::super::{Context, DONE, Done, PARTLY};
use crate::cli;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::job::JobId;
use crate::domain::plan::{Outcome, Plan};
use crate::ops::Patience;
use crate::queries::blocking;
use crate::report::Format;
use crate::report::plan::Changed;
use crate::setup::{self, Opened};

/// The name of the JSON form.
const SCHEMA: &str = "undo/1";

pub(super) async fn run(context: &mut Context, job: Option<&JobId>, consent: &cli::Consent) -> Done {
    let interrupt = context.interrupt.clone();
    let (opened, mut plan) = match interrupt.or(Box::pin(plan(context, job))).await {
        Ok(ready) => ready?,
        Err(code) => return Ok(code),
    };
    if plan.changes() == 0 {
        context.report.page(&Changed::new(SCHEMA, &plan, plan.cost(), None))?;
        let refused = plan.rows.iter().find_map(|row| match &row.outcome {
            Outcome::Refused(why) => Some(why),
            _ => None,
        });
        return refused.map_or(Ok(DONE), |why| Err(Fault::new(Kind::Refused, why).into()));
    }
    plan.typed.clone_from(&consent.confirm);
    if !consent.yes && !agreed(context, &plan).await? {
        context.report.say("nothing was sent");
        return Ok(DONE);
    }
    let Some(ended) = carry_out(context, &opened, plan, Patience::Stop, SCHEMA).await? else {
        return Ok(context.interrupt.again().await);
    };
    if let Some(fault) = ended.fault {
        return Err(fault.into());
    }
    if let Some(code) = context.interrupt.came() {
        return Ok(code);
    }
    let broken = |outcome: &Outcome| matches!(outcome, Outcome::Refused(_) | Outcome::Failed(_));
    Ok(if ended.plan.rows.iter().any(|row| broken(&row.outcome)) { PARTLY } else { DONE })
}

/// The class, and what takes the job back.
async fn plan(context: &mut Context, job: Option<&JobId>) -> Result<(Opened, Plan)> {
    let opened = setup::open(&context.choice, false).await?;
    context.of(&opened.config.class);
    let plan = opened.ops.undo_plan(job).await?;
    Ok((opened, plan))
}

/// Shows the plan and asks. Whoever cannot be asked is told what would have been.
async fn agreed(context: &mut Context, plan: &Plan) -> Result<bool> {
    context.report.page(&Changed::new(SCHEMA, plan, plan.cost(), None))?;
    let what = format!("{}: {} of {} rows would change", plan.title, plan.changes(), plan.rows.len());
    let asks = !context.no_input
        && context.report.format() == Format::Table
        && context.report.is_live()
        && io::stdin().is_terminal();
    if !asks {
        return Err(Fault::new(Kind::Refused, what).hint("nothing was sent; add --yes to do it"));
    }
    context.report.prompt(format_args!("{what}. Do it? [y/N]"));
    let line = blocking(|| {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        read.map(|_| line)
            .map_err(|error| Fault::new(Kind::Input, format!("the answer cannot be read: {error}")))
    });
    Ok(matches!(line.await?.trim(), "y" | "Y" | "yes"))
}
