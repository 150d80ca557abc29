//! `strongroom plan`: every difference between the class file and what is so, shown or written to a file.

use std::path::Path;

use super::{Context, DONE, Done, names};
use crate::cli;
use crate::domain::fault::{Fault, Result};
use crate::domain::plan::{Plan, Wish};
use crate::dossier::write_new;
use crate::queries::blocking;
use crate::report::Page as _;
use crate::report::plan::summary;
use crate::report::plan_file::{PlanFile, Shown};
use crate::setup::Opened;

pub(super) async fn run(context: &mut Context, of: &cli::PlanOf) -> Done {
    let interrupt = context.interrupt.clone();
    let work = async {
        let opened = context.open().await?;
        let plan = of_class(&opened, &of.students).await?;
        Ok::<_, Fault>((opened, plan))
    };
    let (opened, plan) = interrupt.or(work).await??;
    match &of.out {
        Some(path) => write(context, &opened, path, &plan).await?,
        None => context.report.page(&Shown::new(&file_of(&opened, &plan).await?, &plan))?,
    }
    Ok(DONE)
}

/// What differs from the class file, of these students or of everybody.
pub(super) async fn of_class(opened: &Opened, students: &[String]) -> Result<Plan> {
    opened.ops.plan(&Wish::Class(names::asked(opened, students).await?)).await
}

/// A plan as a file of this class.
pub(super) async fn file_of(opened: &Opened, plan: &Plan) -> Result<PlanFile> {
    let frame = opened.queries.frame(false).await?;
    Ok(PlanFile::new(&frame, plan, opened.queries.clock.now()))
}

/// Writes a plan to a file for its owner alone, and tells what is in it; what is there already is not
/// overwritten.
pub(super) async fn write(context: &mut Context, opened: &Opened, path: &Path, plan: &Plan) -> Result<()> {
    let (file, to) = (file_of(opened, plan).await?, path.to_owned());
    let text = file.text()?;
    blocking(move || write_new(&to, &text)).await?;
    context.report.say(format_args!("{}: {}", path.display(), summary(plan)));
    for line in Shown::new(&file, plan).notes(&context.report.look()).iter().skip(1) {
        context.report.say(line);
    }
    if plan.changes() > 0 {
        let word = plan.guard.as_ref().map(|guard| format!(" --confirm {}", quoted(guard.word.as_str())));
        let word = word.unwrap_or_default();
        context.report.say(format_args!("to carry it out: strongroom apply {}{word}", path.display()));
    }
    Ok(())
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
