//! `strongroom provision`.

use super::carrying::{carry_out, code, patience};
use super::{Context, Done, names};
use crate::domain::fault::Fault;
use crate::domain::plan::{Plan, Wish};
use crate::setup::Opened;

/// Makes the vaults that are missing, and grants each to its student.
pub(super) async fn run(context: &mut Context, students: &[String], wait: bool) -> Done {
    let interrupt = context.interrupt.clone();
    // Until something is sent there is nothing to end in good order.
    let (opened, plan) = interrupt.or(plan(context, students)).await??;
    let ended = carry_out(context, &opened, plan, patience(wait), "provision/1").await?;
    code(context, ended)
}

/// The class, and what is missing in it.
async fn plan(context: &mut Context, students: &[String]) -> Result<(Opened, Plan), Fault> {
    let opened = context.open().await?;
    let keys = names::asked(&opened, students).await?;
    let plan = opened.ops.plan(&Wish::Provision(keys)).await?;
    Ok((opened, plan))
}
