//! `strongroom invite`, `confirm`, `suspend` and `reactivate`: what a signed-in person does with
//! students.

use super::carrying::{carry_out, code_of_one};
use super::consent::agree_to;
use super::{Context, Done, names};
use crate::cli::{Consent, People};
use crate::domain::admission::Admission;
use crate::domain::class::StudentKey;
use crate::domain::directory::fold_email;
use crate::domain::fault::Fault;
use crate::domain::frame::Frame;
use crate::domain::plan::{Plan, Wish};
use crate::ops::Patience;
use crate::report::plan::Changed;
use crate::setup::Opened;

/// Plans it, and carries it out.
pub(super) async fn run(context: &mut Context, command: &People) -> Done {
    let interrupt = context.interrupt.clone();
    let (opened, mut plan) = interrupt.or(plan(context, command)).await??;
    if let People::Suspend { yes, .. } = command
        && plan.changes() > 1
    {
        let shown = Changed::planned(schema(command.act()), &plan);
        let what = format!("suspend {} students in the whole account", plan.changes());
        let consent = Consent { yes: *yes, confirm: None };
        plan.typed = agree_to(context, &plan, &consent, &what, &shown).await?;
    }
    let ended = carry_out(context, &opened, plan, Patience::Stop, schema(command.act())).await?;
    code_of_one(context, ended)
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
    let opened = context.open().await?;
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
    Err(Fault::refused(format!("{key} is not {only}"))
        .hint("the person or the address has changed since; see `strongroom status`"))
}
