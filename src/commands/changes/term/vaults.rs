//! The steps that change vaults: freeze, revoke and delete, each as a plan.

use super::super::super::change;
use super::super::consent::agree;
use super::{Context, DONE, Done, PARTLY, Scope};
use crate::cli::Consent;
use crate::domain::class::StudentKey;
use crate::domain::plan::{Outcome, Plan, Wish};
use crate::domain::term::{Detail, Stage};
use crate::ops::Patience;

pub(super) async fn change(context: &mut Context, scope: &Scope, stage: Stage, consent: &Consent) -> Done {
    let ops = &scope.opened.ops;
    let interrupt = context.interrupt.clone();
    let wish = Wish::Ending(stage, scope.students.clone());
    let mut plan = match interrupt.or(Box::pin(ops.plan(&wish))).await {
        Ok(plan) => plan?,
        Err(code) => return Ok(code),
    };
    if plan.changes() > 0 {
        say(context, stage, &plan);
        let question = format!("{}: {} of {} vaults", stage.name(), plan.changes(), plan.rows.len());
        plan.typed = agree(context, consent, &question, plan.guard.as_ref()).await?;
        let students: Vec<StudentKey> = planned(&plan);
        ops.sign_off(stage, &students, plan.typed.as_deref()).await?;
    }
    let carried =
        change::carry_out(context, &scope.opened, plan, Patience::Stop, "close-term-step/1").await?;
    let Some(ended) = carried else { return Ok(context.interrupt.again().await) };
    // A deletion is noted where it is done; nothing can be looked at afterwards.
    if stage != Stage::Delete {
        let settled = |outcome: &Outcome| matches!(outcome, Outcome::Done | Outcome::Unchanged);
        let settled = ended.plan.rows.iter().filter(|row| settled(&row.outcome));
        let new = settled.filter(|row| !scope.closing(&row.student).is_done(stage));
        ops.note_step(stage, new.map(|row| (row.student.clone(), Detail::Nothing)).collect()).await?;
    }
    if let Some(fault) = ended.fault {
        return Err(fault.into());
    }
    if let Some(code) = context.interrupt.came() {
        return Ok(code);
    }
    let broken = |outcome: &Outcome| matches!(outcome, Outcome::Refused(_) | Outcome::Failed(_));
    Ok(if ended.plan.rows.iter().any(|row| broken(&row.outcome)) { PARTLY } else { DONE })
}

/// Says what is about to be done, before it is asked for.
fn say(context: &mut Context, stage: Stage, plan: &Plan) {
    let (cost, takes) = (plan.cost(), plan.takes());
    context.report.say(format_args!("{}: {}", stage.name(), stage.in_words()));
    let steps: usize = plan.rows.iter().map(|row| row.steps.len()).sum();
    context.report.say(format_args!(
        "{} vaults, {steps} steps, {} requests{takes}",
        plan.changes(),
        cost.reads + cost.writes
    ));
}

fn planned(plan: &Plan) -> Vec<StudentKey> {
    let planned = plan.rows.iter().filter(|row| row.outcome == Outcome::Planned);
    planned.map(|row| row.student.clone()).collect()
}
