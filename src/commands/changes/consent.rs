//! Whether somebody agrees to a plan: said with a flag, or asked on a terminal.
//!
//! `--yes` answers the simple question, `--confirm` the weighty one. Where nobody can be asked a missing
//! answer is a refusal that names what would have been asked. That a weighty plan is not carried out
//! without its word is kept by [`crate::ops::Ops::run`], whoever asks here.

use std::io::{self, IsTerminal as _};

use crate::cli::Consent;
use crate::commands::Context;
use crate::commands::init::answers::{line, yes};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::guard::Guard;
use crate::domain::plan::Plan;
use crate::report::Format;

/// Whether there is somebody at the terminal who can be asked.
pub(in crate::commands) fn can_ask(context: &Context) -> bool {
    let shows = context.report.format() == Format::Table && context.report.is_live();
    !context.no_input && shows && io::stdin().is_terminal()
}

/// Has somebody agree to a plan that is shown already; whether they do. What was typed is noted in it.
///
/// # Errors
/// [`Kind::Refused`] where nobody has answered and nobody can be asked.
pub(in crate::commands) async fn agree(
    context: &mut Context,
    plan: &mut Plan,
    consent: &Consent,
    what: &str,
) -> Result<bool> {
    if let Some(guard) = plan.guard.clone() {
        plan.typed = word(context, &guard, consent.confirm.as_deref()).await?;
        return Ok(plan.typed.is_some());
    }
    if consent.yes {
        return Ok(true);
    }
    if !can_ask(context) {
        let message = format!("{what}: nobody has agreed to it");
        return Err(Fault::new(Kind::Refused, message).hint("nothing was sent; agree with --yes"));
    }
    yes(context, &format!("{what}? [y/N]:")).await
}

/// The word that a guard asks for, from the flag or the terminal; nothing where it is not given there.
///
/// # Errors
/// [`Kind::Refused`] where it is another one, or nobody can be asked.
pub(in crate::commands) async fn word(
    context: &mut Context,
    guard: &Guard,
    given: Option<&str>,
) -> Result<Option<String>> {
    let typed = match given {
        Some(given) => given.to_owned(),
        None if can_ask(context) => {
            for because in &guard.because {
                context.report.say(because);
            }
            line(context, &format!("type {} to go on, anything else to leave it:", guard.word)).await?
        }
        None => return guard.agreed(None).map(|()| None),
    };
    match guard.agreed(Some(&typed)) {
        Ok(()) => Ok(Some(typed)),
        Err(fault) if given.is_some() => Err(fault),
        Err(_) => Ok(None),
    }
}
