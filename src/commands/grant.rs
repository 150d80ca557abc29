//! `strongroom grant` and `strongroom revoke`.

use super::carrying::{carry_out, code_of_one};
use super::{Context, Done, names};
use crate::cli::{self, Command};
use crate::domain::access::Level;
use crate::domain::fault::{Fault, Kind};
use crate::domain::operation::Operation;
use crate::domain::plan::{Change, Plan, Wish};
use crate::ops::Patience;
use crate::setup::Opened;

/// Gives or takes one access.
pub(super) async fn run(context: &mut Context, command: &Command) -> Done {
    let interrupt = context.interrupt.clone();
    let (opened, plan, schema) = interrupt.or(plan(context, command)).await??;
    let ended = carry_out(context, &opened, plan, Patience::Stop, schema).await?;
    code_of_one(context, ended)
}

/// The class, and the steps to the access that a command names.
async fn plan(context: &mut Context, command: &Command) -> Result<(Opened, Plan, &'static str), Fault> {
    let opened = context.open().await?;
    let (change, schema) = change(&opened, command).await?;
    let plan = opened.ops.plan(&Wish::Access(vec![change])).await?;
    Ok((opened, plan, schema))
}

/// The change that a command names. Ids name themselves; everything else asks the service.
async fn change(opened: &Opened, command: &Command) -> Result<(Change, &'static str), Fault> {
    let (who, vault, to, schema) = match command {
        Command::Grant { who, vault, level } => (who, vault, *level, "grant/1"),
        Command::Revoke { who, vault } => (who, vault, Level::None, "revoke/1"),
        _ => return Err(Fault::new(Kind::Broken, "the command changes no access")),
    };
    if let Some(Operation::Grant { who, vault, .. } | Operation::Revoke { who, vault }) =
        cli::operation(command)
    {
        return Ok((Change { vault, who, to }, schema));
    }
    let frame = opened.queries.frame(true).await?;
    let vault = names::vault(&frame, &opened.queries, vault).await?;
    Ok((Change { vault, who: names::who(&frame, who)?, to }, schema))
}
