//! `strongroom invite`, `confirm`, `suspend` and `reactivate`: what a signed-in person does with
//! students.

use super::change::carry_out;
use super::changes::consent::agree_to;
use super::{Context, DONE, Done, PARTLY, names};
use crate::cli::{Consent, People};
use crate::domain::admission::Admission;
use crate::domain::class::StudentKey;
use crate::domain::directory::fold_email;
use crate::domain::fault::{Fault, Kind};
use crate::domain::frame::Frame;
use crate::domain::plan::{Outcome, Plan, Wish};
use crate::ops::Patience;
use crate::report::plan::Changed;
use crate::setup::{self, Opened};

/// Plans it, and carries it out.
pub(super) async fn run(context: &mut Context, command: &People) -> Done {
    let interrupt = context.interrupt.clone();
    let (opened, mut plan) = match interrupt.or(Box::pin(plan(context, command))).await {
        Ok(ready) => ready?,
        Err(code) => return Ok(code),
    };
    if let People::Suspend { yes, .. } = command
        && plan.changes() > 1
    {
        let shown = Changed::new(schema(command.act()), &plan, plan.cost(), None);
        let what = format!("suspend {} students in the whole account", plan.changes());
        let consent = Consent { yes: *yes, confirm: None };
        plan.typed = agree_to(context, &plan, &consent, &what, &shown).await?;
    }
    let Some(ended) = carry_out(context, &opened, plan, Patience::Stop, schema(command.act())).await? else {
        return Ok(context.interrupt.again().await);
    };
    if let Some(fault) = ended.fault {
        return Err(fault.into());
    }
    // Where one student was meant, the fault itself decides the exit code.
    if let ([_], Some(fault)) = (ended.plan.rows.as_slice(), ended.failed.get(&0)) {
        return Err(fault.clone().into());
    }
    if let ([Outcome::Refused(why)], true) = (&outcomes(&ended.plan)[..], command.students().len() == 1) {
        return Err(Fault::new(Kind::Refused, why).into());
    }
    if let Some(code) = context.interrupt.came() {
        return Ok(code);
    }
    let broken = |outcome: &Outcome| matches!(outcome, Outcome::Refused(_) | Outcome::Failed(_));
    Ok(if outcomes(&ended.plan).iter().any(broken) { PARTLY } else { DONE })
}

fn outcomes(plan: &Plan) -> Vec<Outcome> {
    plan.rows.iter().map(|row| row.outcome.clone()).collect()
}

fn schema(act: Admission) -> &'static str {
    match act {
        Admission::Invite => "invite/1",
        Admission::Confirm => "confirm/1",
        Admission::Suspend => "suspend/1",
        Admission::Reactivate => "reactivate/1",
    }
}

/// The class, and what would be done.
async fn plan(context: &mut Context, command: &People) -> Result<(Opened, Plan), Fault> {
    let opened = setup::open(&context.choice, false).await?;
    context.of(&opened);
    let mut keys = Vec::new();
    if !command.students().is_empty() {
        let frame = opened.queries.frame(true).await?;
        frame.acts_as_person()?;
        keys = names::students(&frame, command.students())?;
        if let ([key], Some(only)) = (&keys[..], command.only()) {
            is_who_is_meant(&frame, key, command.act(), only)?;
        }
    }
    let plan = opened.ops.plan(&Wish::People(command.act(), keys)).await?;
    Ok((opened, plan))
}

/// Refuses to go on with somebody else than the one that was named beside the student.
fn is_who_is_meant(frame: &Frame, key: &StudentKey, act: Admission, only: &str) -> Result<(), Fault> {
    let Some(student) = frame.student(key) else {
        return Ok(());
    };
    let same = match (act, frame.sign_up(student).1) {
        (Admission::Invite, _) => fold_email(student.email.raw()) == fold_email(only),
        (_, Some(person)) => person.id.as_str() == only,
        (_, None) => false,
    };
    if same {
        return Ok(());
    }
    Err(Fault::new(Kind::Refused, format!("{key} is not {only}"))
        .hint("the person or the address has changed since; see `strongroom status`"))
}
