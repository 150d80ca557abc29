//! `strongroom provision`.

use super::carrying::{carry_out, code, patience, tell_nothing};
use super::{Context, Done, names};
use crate::domain::fault::Fault;
use crate::domain::plan::{Plan, Wish};
use crate::domain::text::counted;
use crate::report::Format;
use crate::setup::Opened;

/// Makes the vaults that are missing, and grants each to its student.
pub(super) async fn run(context: &mut Context, students: &[String], wait: bool) -> Done {
    let interrupt = context.interrupt.clone();
    // Until something is sent there is nothing to end in good order.
    let (opened, plan) = interrupt.or(plan(context, students)).await??;
    let idle = plan.changes() == 0;
    let ended = carry_out(context, &opened, plan, patience(wait), "provision/1").await?;
    if idle {
        tell_nothing(context, &ended.plan);
    }
    tell_staff_left(context, &opened).await?;
    code(context, ended)
}

/// The class, and what is missing in it.
async fn plan(context: &mut Context, students: &[String]) -> Result<(Opened, Plan), Fault> {
    let opened = context.open().await?;
    let keys = names::asked(&opened, students).await?;
    let plan = opened.ops.plan(&Wish::Provision(keys)).await?;
    Ok((opened, plan))
}

/// What vaults still lack, new or not: this command gives each to its student alone, and no staff. Where an
/// error is told as JSON it stands alone.
async fn tell_staff_left(context: &mut Context, opened: &Opened) -> Result<(), Fault> {
    if context.report.format() == Format::Json || opened.config.class.staff.is_empty() {
        return Ok(());
    }
    let lacking = opened.queries.frame(false).await?.without_staff().len();
    if lacking > 0 {
        let vaults = counted(lacking, "vault");
        context.report.say(format_args!(
            "the class file's staff is not on {vaults} yet: `strongroom apply` gives them their access"
        ));
    }
    Ok(())
}
