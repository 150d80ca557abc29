//! `strongroom apply`: a plan from a file, or everything that is different now; agreed to, and carried out.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::consent::agree;
use super::plan::{file_of, of_class};
use crate::cli;
use crate::commands::change::carry_out;
use crate::commands::{Context, DONE, Done, PARTLY};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::plan::{Outcome, Plan};
use crate::ops::Patience;
use crate::queries::blocking;
use crate::report::plan_file::{LARGEST, PlanFile, Shown};
use crate::setup::{self, Opened};

pub(super) async fn run(context: &mut Context, apply: &cli::Apply) -> Done {
    let interrupt = context.interrupt.clone();
    let (opened, mut plan, file) = match interrupt.or(Box::pin(ready(context, apply))).await {
        Ok(ready) => ready?,
        Err(code) => return Ok(code),
    };
    if plan.changes() > 0 {
        let quiet = apply.consent.yes && plan.guard.is_none() || apply.consent.confirm.is_some();
        if !quiet && super::consent::can_ask(context) {
            context.report.page(&Shown::new(&file, &plan))?;
        }
        let what = format!("carry out: {}", crate::report::plan::summary(&plan));
        let agreed = match interrupt.or(Box::pin(agree(context, &mut plan, &apply.consent, &what))).await {
            Ok(agreed) => agreed?,
            Err(code) => return Ok(code),
        };
        if !agreed {
            context.report.say("nothing was sent");
            return Ok(DONE);
        }
    }
    let patience = if apply.wait { Patience::Wait } else { Patience::Stop };
    let Some(ended) = carry_out(context, &opened, plan, patience, "apply/1").await? else {
        return Ok(context.interrupt.again().await);
    };
    if let Some(fault) = ended.fault {
        return Err(fault.into());
    }
    if let Some(code) = context.interrupt.came() {
        return Ok(code);
    }
    let broken = |outcome: &Outcome| matches!(outcome, Outcome::Refused(_) | Outcome::Failed(_));
    Ok(if ended.count(broken) > 0 { PARTLY } else { DONE })
}

/// The class, and what is to be carried out.
async fn ready(context: &mut Context, apply: &cli::Apply) -> Result<(Opened, Plan, PlanFile)> {
    // Before anything is asked of a service: a file with mistakes is refused for free.
    let read = match &apply.file {
        Some(path) => Some(read(path).await?),
        None => None,
    };
    let opened = setup::open(&context.choice, false).await?;
    context.of(&opened.config.class);
    let Some((file, mut plan)) = read else {
        let plan = of_class(&opened, &[]).await?;
        let file = file_of(&opened, &plan).await?;
        return Ok((opened, plan, file));
    };
    let frame = opened.queries.frame(true).await?;
    file.is_of(&frame.class.id, &frame.identity.account)?;
    // What is weighty about it, and how long it takes, is worked out here, whatever the file says.
    plan.guard = crate::domain::guard::Guard::of(&frame, &plan);
    plan.eta = Some(opened.ops.estimate(plan.effort()));
    Ok((opened, plan, file))
}

/// What stands in a file, or on standard input for `-`.
async fn read(path: &Path) -> Result<(PlanFile, Plan)> {
    let path = path.to_owned();
    blocking(move || {
        let origin = path.display().to_string();
        let mut bytes = Vec::new();
        let whole = if path.as_os_str() == "-" {
            io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes)
        } else {
            File::open(&path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        };
        whole.map_err(|error| {
            Fault::new(Kind::Input, format!("{origin}: cannot be read: {error}")).hint("check the path")
        })?;
        if bytes.len() as u64 > LARGEST {
            return Err(Fault::new(Kind::Input, format!("{origin}: it is too large for a plan")));
        }
        PlanFile::read(&origin, &bytes)
    })
    .await
}
