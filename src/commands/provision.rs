//! `strongroom provision`.

use super::carrying::{carry_out, code, patience, tell_nothing};
use super::{Context, Done, names};
use crate::domain::class::Class;
use crate::domain::fault::Fault;
use crate::domain::plan::{Outcome, Plan, Row, Step, Wish};
use crate::domain::text::counted;
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
    if let Some(left) = staff_left(&opened.config.class, &ended.plan) {
        context.report.say(left);
    }
    code(context, ended)
}

/// The class, and what is missing in it.
async fn plan(context: &mut Context, students: &[String]) -> Result<(Opened, Plan), Fault> {
    let opened = context.open().await?;
    let keys = names::asked(&opened, students).await?;
    let plan = opened.ops.plan(&Wish::Provision(keys)).await?;
    Ok((opened, plan))
}

/// What a new vault still lacks: this command gives it to its student alone, and no staff.
fn staff_left(class: &Class, plan: &Plan) -> Option<String> {
    let is_new = |row: &&Row| row.outcome == Outcome::Done && row.steps.contains(&Step::CreateVault);
    let made = plan.rows.iter().filter(is_new).count();
    (made > 0 && !class.staff.is_empty()).then(|| {
        let vaults = counted(made, "new vault");
        format!(
            "the class file's staff is not on the {vaults} yet: `strongroom apply` gives them their access"
        )
    })
}
