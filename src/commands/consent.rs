//! Whether somebody agrees to what is about to be done: said with a flag, or asked on a terminal.
//!
//! `--yes` answers the simple question, `--confirm` the weighty one. Whoever says no, and whoever is missing
//! where nobody can be asked, has not agreed: that is a refusal which names what was asked. That a weighty
//! plan is not carried out without its word is kept by [`crate::ops::Ops::run`], whoever asks here.

use super::question::{can_ask, line, yes};
use super::{Context, Failure};
use crate::cli::Consent;
use crate::domain::fault::Fault;
use crate::domain::guard::Guard;
use crate::domain::plan::Plan;
use crate::report::Page;

/// Has somebody agree to a plan; `page` is shown first where the answer did not come with the command.
/// Returns what was typed, for [`Plan::typed`].
///
/// # Errors
/// As [`agree`].
pub(super) async fn agree_to(
    context: &mut Context,
    plan: &Plan,
    consent: &Consent,
    what: &str,
    page: &impl Page,
) -> Result<Option<String>, Failure> {
    let is_answered = if plan.guard.is_some() { consent.confirm.is_some() } else { consent.yes };
    if !is_answered {
        context.report.page(page)?;
    }
    agree(context, consent, what, plan.guard.as_ref()).await
}

/// Has somebody agree to something: with exactly its word where it is weighty. Returns what was typed.
///
/// # Errors
/// [`Kind::Refused`](crate::domain::fault::Kind::Refused) where nobody has agreed, naming what would have been asked; a signal meanwhile.
pub(super) async fn agree(
    context: &mut Context,
    consent: &Consent,
    what: &str,
    guard: Option<&Guard>,
) -> Result<Option<String>, Failure> {
    let interrupt = context.interrupt.clone();
    let asked = async {
        match guard {
            Some(guard) => word(context, consent.confirm.as_deref(), what, guard).await.map(Some),
            None => plainly(context, consent.yes, what).await.map(|()| None),
        }
    };
    Ok(interrupt.or(asked).await??)
}

async fn plainly(context: &mut Context, said: bool, what: &str) -> Result<(), Fault> {
    if said {
        return Ok(());
    }
    if !can_ask(context) {
        let message = format!("{what}: nobody has agreed to it");
        return Err(Fault::refused(message).hint("nothing was done; agree with --yes"));
    }
    if yes(context, &format!("{what}? [y/N]:")).await? { Ok(()) } else { Err(declined(what)) }
}

/// The word that a guard asks for, from the flag or the terminal.
async fn word(
    context: &mut Context,
    given: Option<&str>,
    what: &str,
    guard: &Guard,
) -> Result<String, Fault> {
    if given.is_some() || !can_ask(context) {
        guard.agreed(given)?;
        return Ok(given.unwrap_or_default().to_owned());
    }
    for because in &guard.because {
        context.report.say(because);
    }
    let typed = line(context, &format!("{what}: type {} to go on:", guard.word)).await?;
    if guard.agreed(Some(&typed)).is_ok() { Ok(typed) } else { Err(declined(what)) }
}

fn declined(what: &str) -> Fault {
    Fault::refused(format!("{what}: not agreed to")).hint("nothing was done")
}
