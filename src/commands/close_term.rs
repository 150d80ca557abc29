//! `strongroom close-term`: one step at a time, each only when told.

use std::path::PathBuf;

use super::carrying::{carry_out, code};
use super::consent::agree;
use super::{Context, DONE, Done, PARTLY, names};
use crate::cli::{CloseTerm, Consent};
use crate::closing::{self, Problems, Taken};
use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Whom;
use crate::domain::plan::{Outcome, Plan, Row, Wish};
use crate::domain::term::Stage;
use crate::domain::text::counted;
use crate::domain::transfer::Progress;
use crate::ops::Patience;
use crate::report::download::Transfer;
use crate::report::term::{Problem, Steps};
use crate::setup::Opened;

/// Whom a step is about, and what is known of them.
struct Scope {
    opened: Opened,
    whom: Whom,
}

pub(super) async fn run(context: &mut Context, term: &CloseTerm) -> Done {
    let interrupt = context.interrupt.clone();
    let scope = interrupt.or(scope(context, term)).await??;
    if term.reopen {
        return reopen(context, &scope, &term.consent).await;
    }
    let Some(stage) = term.step else {
        show(context, &scope, &Vec::new()).await?;
        return Ok(DONE);
    };
    let _turn = scope.opened.ops.take_step().await?;
    if stage.is_plan() {
        return Box::pin(step(context, &scope, stage, &term.consent)).await;
    }
    if stage.waits() {
        closing::is_next(&scope.opened.ops, &scope.whom, stage).await?;
    }
    if stage == Stage::Archive && scope.whom.left(stage).is_empty() {
        show(context, &scope, &Vec::new()).await?;
        return Ok(DONE);
    }
    Box::pin(take(context, &scope, stage, term)).await
}

async fn scope(context: &mut Context, term: &CloseTerm) -> Result<Scope> {
    let opened = context.open().await?;
    if (term.step.is_some() || term.reopen) && !opened.ops.read_only {
        // What a program that died had begun is told its end first.
        opened.ops.recover().await?;
    }
    let frame = opened.queries.frame(true).await?;
    let students = names::students(&frame, &term.students)?;
    Ok(Scope { opened, whom: Whom::of(frame, &students) })
}

/// The folder of files and report: the one that is named, else that of the last pull.
fn folder(whom: &Whom, term: &CloseTerm) -> Result<PathBuf> {
    if let Some(folder) = &term.to {
        let failed = |error| Fault::new(Kind::Input, format!("{}: {error}", folder.display()));
        return std::path::absolute(folder).map_err(failed);
    }
    whom.folder().map(PathBuf::from).ok_or_else(|| {
        Fault::new(Kind::Input, "nothing was pulled yet: where should files be kept?")
            .hint("name a folder with --to DIR; it is remembered")
    })
}

/// Shows how far every step is, and what could not be done just now.
async fn show(context: &mut Context, before: &Scope, problems: &Problems) -> Result<()> {
    let opened = &before.opened;
    let whom = Whom { frame: opened.queries.frame(false).await?, students: before.whom.students.clone() };
    let steps = opened.ops.term(&whom).await?;
    let problems = problems.iter();
    let problems =
        problems.map(|(student, message)| Problem { student: student.clone(), message: message.clone() });
    context.report.page(&Steps::new(&opened.config.class.id, steps, problems.collect()))
}

/// Asks for a step about files or notes, and takes it.
async fn take(context: &mut Context, scope: &Scope, stage: Stage, term: &CloseTerm) -> Done {
    let Scope { opened, whom } = scope;
    let ops = &opened.ops;
    let folder = if stage == Stage::Archive { PathBuf::new() } else { folder(whom, term)? };
    let beside = closing::report_folder(ops, &folder);
    let checkpoints = opened.config.checkpoint_vault.as_deref();
    let question = match stage {
        Stage::Pull => {
            let vaults = counted(whom.bound().len(), "vault");
            format!("pull: the files of {vaults} to {}", folder.display())
        }
        Stage::Verify => {
            let ready = counted(closing::ready(whom).0.len(), "vault");
            format!("verify: the copies of {ready} in {}", folder.display())
        }
        Stage::Report => format!("report: write {}", beside.display()),
        _ => format!(
            "archive: note {} as closed, to stay with staff",
            counted(whom.left(stage).len(), "vault")
        ),
    };
    agree(context, &term.consent, &question, None).await?;
    let shown = Transfer::of(&context.report);
    let tell = |told: &Progress| shown.tell(told);
    let work = async {
        match stage {
            Stage::Pull => Box::pin(closing::pull(ops, whom, &folder, opened.config.download, tell)).await,
            Stage::Verify => Box::pin(closing::verify(ops, whom, &folder)).await,
            Stage::Report => Box::pin(closing::report(ops, whom, checkpoints, beside)).await,
            _ => closing::archive(ops, whom).await,
        }
    };
    let interrupt = context.interrupt.clone();
    let taken = interrupt.or(work).await;
    shown.end();
    let Taken { said, problems, fault } = taken??;
    for line in &said {
        context.report.say(line);
    }
    if let Some(fault) = fault {
        return Err(fault.into());
    }
    show(context, scope, &problems).await?;
    Ok(if problems.is_empty() { DONE } else { PARTLY })
}

/// Carries out the plan of a step that changes vaults.
async fn step(context: &mut Context, scope: &Scope, stage: Stage, consent: &Consent) -> Done {
    let ops = &scope.opened.ops;
    let interrupt = context.interrupt.clone();
    let wish = Wish::Ending(stage, scope.whom.students.clone());
    let mut plan = interrupt.or(ops.plan(&wish)).await??;
    // Whoever has no access already is noted as well, and that wants to be agreed to like the rest.
    let is_new =
        |row: &&Row| row.outcome == Outcome::Unchanged && !scope.whom.closing(&row.student).is_done(stage);
    let concerned = plan.changes() + plan.rows.iter().filter(is_new).count();
    if concerned > 0 {
        say(context, stage, &plan);
        let question = format!("{}: {concerned} of {}", stage.name(), counted(plan.rows.len(), "vault"));
        plan.typed = agree(context, consent, &question, plan.guard.as_ref()).await?;
    }
    let ended = carry_out(context, &scope.opened, plan, Patience::Stop, "close-term-step/1").await?;
    code(context, ended)
}

/// Says what is about to be done, before it is asked for.
fn say(context: &mut Context, stage: Stage, plan: &Plan) {
    let (cost, takes) = (plan.cost(), plan.takes());
    context.report.say(format_args!("{}: {}", stage.name(), stage.in_words()));
    let steps: usize = plan.rows.iter().map(|row| row.steps.len()).sum();
    context.report.say(format_args!(
        "{}, {}, {}{takes}",
        counted(plan.changes(), "vault"),
        counted(steps, "step"),
        counted(cost.reads + cost.writes, "request")
    ));
}

/// Takes the end of the term back: nothing is given here.
async fn reopen(context: &mut Context, scope: &Scope, consent: &Consent) -> Done {
    let students = &scope.whom.students;
    let question = format!("reopen: {} can be given access again", counted(students.len(), "student"));
    agree(context, consent, &question, None).await?;
    scope.opened.ops.reopen(students).await?;
    let names: Vec<&str> = students.iter().map(StudentKey::as_str).collect();
    context.report.say(format_args!("to give the access back: strongroom provision {}", names.join(" ")));
    show(context, scope, &Vec::new()).await?;
    Ok(DONE)
}
