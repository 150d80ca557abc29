//! `strongroom apply`: a plan from a file; or what was left unfinished, and then everything that is
//! different now. Agreed to, and carried out.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::carrying::{carry_out, code, patience, tell_nothing};
use super::consent::{agree, agree_to};
use super::jobs::go_on;
use super::plan::{file_of, of_class};
use super::{Context, DONE, Done};
use crate::cli::{self, Consent};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::job::JobId;
use crate::domain::plan::Plan;
use crate::domain::text::counted;
use crate::queries::blocking;
use crate::report::plan::summary;
use crate::report::plan_file::{LARGEST, PlanFile, Shown};
use crate::setup::Opened;

pub(super) async fn run(context: &mut Context, apply: &cli::Apply) -> Done {
    let interrupt = context.interrupt.clone();
    // Before anything is asked of a service: a file with mistakes is refused for free.
    let read = match &apply.file {
        Some(path) => Some(read(path).await?),
        None => None,
    };
    let opened = interrupt.or(context.open()).await??;
    let before = if read.is_some() {
        tell_left(context, &opened).await?;
        DONE
    } else {
        carry_on(context, &opened, apply).await?
    };
    let (mut plan, file) = interrupt.or(ready(&opened, read)).await??;
    let idle = plan.changes() == 0;
    if !idle {
        let what = format!("carry out: {}", summary(&plan));
        plan.typed = agree_to(context, &plan, &apply.consent, &what, &Shown::new(&file, &plan)).await?;
    }
    let ended = carry_out(context, &opened, plan, patience(apply.wait), "apply/1").await?;
    if idle {
        tell_nothing(context, &ended.plan);
    }
    Ok(before.max(code(context, ended)?))
}

/// Says what programs have left unfinished: a file is carried out without it, and may be refused since what
/// it was worked out from has changed by it.
async fn tell_left(context: &mut Context, opened: &Opened) -> Result<()> {
    for head in opened.ops.left().await? {
        context.report.say(format_args!(
            "left unfinished: {} ({}); strongroom jobs resume {} goes on with it",
            head.id, head.title, head.id
        ));
    }
    Ok(())
}

/// Goes on with what programs have left unfinished; what is weighty about it was agreed to when it began.
async fn carry_on(context: &mut Context, opened: &Opened, apply: &cli::Apply) -> Done {
    let left = opened.ops.left().await?;
    if left.is_empty() {
        return Ok(DONE);
    }
    for head in &left {
        context.report.say(format_args!(
            "left unfinished: {} ({}), {} of {} rows ended",
            head.id, head.title, head.ended, head.rows
        ));
    }
    let consent = Consent { yes: apply.consent.yes || apply.consent.confirm.is_some(), confirm: None };
    agree(context, &consent, &format!("carry on with {}", counted(left.len(), "job")), None).await?;
    let jobs: Vec<JobId> = left.into_iter().map(|head| head.id).collect();
    go_on(context, opened, &jobs, patience(apply.wait), &mut Vec::new()).await
}

/// What is to be carried out: what stands in a file, or what differs from the class file.
async fn ready(opened: &Opened, read: Option<(PlanFile, Plan)>) -> Result<(Plan, PlanFile)> {
    let Some((file, plan)) = read else {
        let plan = of_class(opened, &[]).await?;
        let file = file_of(opened, &plan).await?;
        return Ok((plan, file));
    };
    let frame = opened.ops.frame().await?;
    file.is_of(&frame.class.id, &frame.identity.account)?;
    let (file, mut plan) = file.told_by(&frame, plan);
    plan.eta = Some(opened.ops.estimate(plan.effort()));
    Ok((plan, file))
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
