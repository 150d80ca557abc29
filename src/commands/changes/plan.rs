//! `strongroom plan`: every difference between the class file and what is so, shown or written to a file.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::cli;
use crate::commands::{Context, DONE, Done, names};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::plan::{Plan, Wish};
use crate::queries::blocking;
use crate::report::plan::summary;
use crate::report::plan_file::{PlanFile, Shown, weighty};
use crate::setup::{self, Opened};

pub(super) async fn run(context: &mut Context, of: &cli::PlanOf) -> Done {
    let interrupt = context.interrupt.clone();
    let work = Box::pin(async {
        let opened = setup::open(&context.choice, false).await?;
        context.of(&opened);
        let plan = of_class(&opened, &of.students).await?;
        Ok::<_, Fault>((opened, plan))
    });
    let (opened, plan) = match interrupt.or(work).await {
        Ok(ready) => ready?,
        Err(code) => return Ok(code),
    };
    match &of.out {
        Some(path) => write(context, &opened, path, &plan).await?,
        None => context.report.page(&Shown::new(&file_of(&opened, &plan).await?, &plan))?,
    }
    Ok(DONE)
}

/// What differs from the class file, of these students or of everybody.
pub(super) async fn of_class(opened: &Opened, students: &[String]) -> Result<Plan> {
    let mut keys = Vec::new();
    if !students.is_empty() {
        keys = names::students(&opened.queries.frame(true).await?, students)?;
    }
    opened.ops.plan(&Wish::Class(keys)).await
}

/// A plan as a file of this class.
pub(super) async fn file_of(opened: &Opened, plan: &Plan) -> Result<PlanFile> {
    let frame = opened.queries.frame(false).await?;
    Ok(PlanFile::new(&frame, plan, opened.queries.clock.now()))
}

/// Writes a plan to a file for its owner alone, and tells what is in it; what is there already is not
/// overwritten.
pub(super) async fn write(context: &mut Context, opened: &Opened, path: &Path, plan: &Plan) -> Result<()> {
    keep(path, file_of(opened, plan).await?.text()?).await?;
    context.report.say(format_args!("{}: {}", path.display(), summary(plan)));
    for line in &plan.notes {
        context.report.say(line);
    }
    for line in &plan.unverified {
        context.report.say(format_args!("not verified: {line}"));
    }
    if plan.changes() > 0 {
        let mut agree = String::new();
        if let Some(guard) = &plan.guard {
            context.report.say(weighty(&guard.because, &guard.word));
            agree = format!(" --confirm {}", quoted(guard.word.as_str()));
        }
        context.report.say(format_args!("to carry it out: strongroom apply {}{agree}", path.display()));
    }
    Ok(())
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

async fn keep(path: &Path, text: String) -> Result<()> {
    let path = path.to_owned();
    blocking(move || {
        let failed = |error: std::io::Error| {
            let path = path.display();
            if error.kind() == std::io::ErrorKind::AlreadyExists {
                return Fault::new(Kind::Input, format!("{path}: there is such a file already"))
                    .hint("a plan is not overwritten: name another file");
            }
            Fault::new(Kind::Input, format!("{path}: cannot be written: {error}")).hint("check the path")
        };
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
    })
    .await
}
