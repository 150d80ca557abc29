//! The steps that change vaults: freeze, revoke and delete, each as a plan.

use super::super::super::change;
use super::super::agree::agree;
use super::{Context, DONE, Done, PARTLY, Scope};
use crate::cli::Consent;
use crate::domain::plan::{Outcome, Plan, Wish};
use crate::domain::term::Stage;
use crate::ops::Patience;

pub(super) async fn change(context: &mut Context, scope: &Scope, stage: Stage, consent: &Consent) -> Done {
    let ops = &scope.opened.ops;
    let interrupt = context.interrupt.clone();
    let wish = Wish::Ending(stage, scope.students.clone());
    let mut plan = match interrupt.or(Box::pin(ops.plan(&wish))).await {
        Ok(plan) => plan?,
        Err(code) => return Ok(code),
    };
    // Whoever has no access already is noted as well, and that wants to be agreed to like the rest.
    let new = plan
        .rows
        .iter()
        .filter(|row| row.outcome == Outcome::Unchanged && !scope.closing(&row.student).is_done(stage));
    let new = new.count();
    if plan.changes() + new > 0 {
        say(context, stage, &plan);
        let word = plan.guard.as_ref().map(|guard| guard.word.to_string());
        let question = format!("{}: {} of {} vaults", stage.name(), plan.changes() + new, plan.rows.len());
        agree(context, consent, &question, word.as_deref()).await?;
        plan.typed = word;
    }
    let carried =
        change::carry_out(context, &scope.opened, plan, Patience::Stop, "close-term-step/1").await?;
    let Some(ended) = carried else { return Ok(context.interrupt.again().await) };
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
    for line in plan.guard.iter().flat_map(|guard| guard.because.clone()) {
        context.report.say(line);
    }
}
