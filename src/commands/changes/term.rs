//! `strongroom close-term`: one step at a time, each only when told.

mod files;
mod vaults;

use std::path::PathBuf;

use super::super::{Context, DONE, Done, PARTLY, names};
use super::agree::agree;
use crate::cli::{CloseTerm, Consent};
use crate::domain::budget::Cost;
use crate::domain::budget::forecast::Effort;
use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::term::{Closing, Detail, Stage};
use crate::domain::text::SafeText;
use crate::queries::blocking;
use crate::report::term::{Line, Problem, Steps};
use crate::setup::{self, Opened};

/// Whom a step is about, and what is known of them.
struct Scope {
    opened: Opened,
    whom: Whom,
}

/// Students, and what is known of them.
struct Whom {
    frame: Frame,
    /// Everybody of the roster who has a vault, or had one until it was deleted; or those who were named.
    students: Vec<StudentKey>,
}

impl std::ops::Deref for Scope {
    type Target = Whom;
    fn deref(&self) -> &Whom {
        &self.whom
    }
}

/// Why a student's part of a step was not done.
type Problems = Vec<(StudentKey, SafeText)>;

pub(super) async fn run(context: &mut Context, term: &CloseTerm) -> Done {
    let interrupt = context.interrupt.clone();
    let scope = match interrupt.or(Box::pin(scope(context, term))).await {
        Ok(scope) => scope?,
        Err(code) => return Ok(code),
    };
    if term.reopen {
        return reopen(context, &scope, &term.consent).await;
    }
    let Some(step) = term.step else {
        show(context, &scope, &Vec::new()).await?;
        return Ok(DONE);
    };
    let stage = step.stage();
    let _turn = scope.opened.ops.take_step().await?;
    match stage {
        Stage::Freeze | Stage::Revoke | Stage::Delete => {
            Box::pin(vaults::change(context, &scope, stage, &term.consent)).await
        }
        Stage::Pull => files::pull(context, &scope, term).await,
        Stage::Verify => files::verify(context, &scope, term).await,
        Stage::Report => files::report(context, &scope, term).await,
        Stage::Archive => archive(context, &scope, &term.consent).await,
    }
}

async fn scope(context: &mut Context, term: &CloseTerm) -> Result<Scope> {
    let opened = setup::open(&context.choice, false).await?;
    context.of(&opened.config.class);
    if (term.step.is_some() || term.reopen) && !opened.ops.read_only {
        // What a program that died had begun is told its end first.
        opened.ops.recover().await?;
    }
    let frame = opened.queries.frame(true).await?;
    let mut students = Vec::new();
    for word in &term.students {
        let key = names::student(&frame, word)?;
        if !students.contains(&key) {
            students.push(key);
        }
    }
    if students.is_empty() {
        let had = |key: &StudentKey| frame.closing.get(key).is_some_and(|one| one.is_done(Stage::Delete));
        let all = frame.students.iter().map(|student| student.key.clone());
        students = all.filter(|key| frame.bindings.contains_key(key) || had(key)).collect();
    }
    Ok(Scope { opened, whom: Whom { frame, students } })
}

impl Whom {
    fn closing(&self, student: &StudentKey) -> Closing {
        self.frame.closing.get(student).cloned().unwrap_or_default()
    }

    /// Those for whom a step is not done; whose vault is deleted there is nothing left to do.
    fn left(&self, stage: Stage) -> Vec<StudentKey> {
        let is_left = |key: &&StudentKey| {
            let closing = self.closing(key);
            !closing.is_done(stage) && !closing.is_done(Stage::Delete)
        };
        self.students.iter().filter(is_left).cloned().collect()
    }

    /// Refuses a step while one that has to come before it is not done for somebody.
    fn is_next(&self, stage: Stage) -> Result<()> {
        let Some((lacks, count)) = self.lacking(stage) else { return Ok(()) };
        let message =
            format!("{} comes first: it is not done for {count} of {}", lacks.name(), self.students.len());
        Err(Fault::new(Kind::Refused, message).hint(format!("strongroom close-term --step {}", lacks.name())))
    }

    /// The first step that is missing, and for how many.
    fn lacking(&self, stage: Stage) -> Option<(Stage, usize)> {
        let lacks: Vec<Stage> =
            self.left(stage).iter().filter_map(|key| self.closing(key).lacks(stage)).collect();
        Some((lacks.iter().copied().min()?, lacks.len()))
    }

    /// The folder of files and report: the one that is named, else that of the last pull.
    fn folder(&self, term: &CloseTerm) -> Result<PathBuf> {
        if let Some(folder) = &term.to {
            let failed = |error| Fault::new(Kind::Input, format!("{}: {error}", folder.display()));
            return std::path::absolute(folder).map_err(failed);
        }
        let pulled = self.frame.closing.values().filter_map(|closing| closing.get(Stage::Pull));
        let last = pulled.max_by_key(|noted| noted.at).map(|noted| &noted.detail);
        match last {
            Some(Detail::Pulled { folder, .. }) => Ok(PathBuf::from(folder)),
            _ => Err(Fault::new(Kind::Input, "nothing was pulled yet: where should files be kept?")
                .hint("name a folder with --to DIR; it is remembered")),
        }
    }

    /// What the rest of a step asks of the ration. Files count as far as the vaults were looked at.
    fn cost(&self, stage: Stage, items: u32) -> Cost {
        let many = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let bound = self.students.iter().filter(|key| self.frame.bindings.contains_key(key)).count();
        stage.price(many(bound), many(self.left(stage).len()), items)
    }
}

/// Shows how far every step is, and what could not be done just now.
async fn show(context: &mut Context, before: &Scope, problems: &Problems) -> Result<()> {
    let opened = &before.opened;
    let whom = Whom { frame: opened.queries.frame(false).await?, students: before.students.clone() };
    let store = opened.queries.store.clone();
    let (signed, uploads) = blocking(move || Ok((store.signed()?, store.last_upload()?))).await?;
    let mut lines = Vec::new();
    for stage in Stage::ALL {
        let items =
            whom.left(stage).iter().filter_map(|key| uploads.get(key)).map(|one| one.items).sum::<u64>();
        let cost = whom.cost(stage, u32::try_from(items).unwrap_or(u32::MAX));
        let effort = Effort { vaults: 0, changes: cost.writes, reads: cost.reads };
        let lacking = whom.lacking(stage);
        lines.push(Line {
            step: stage,
            done: whom.students.len() - whom.left(stage).len(),
            of: whom.students.len(),
            signed: signed.iter().find(|signed| signed.stage == stage).map(|one| (one.at, one.by.clone())),
            requests: cost,
            takes_s: opened.ops.estimate(effort).as_secs(),
            blocked: lacking
                .map(|(lacks, count)| SafeText::new(&format!("{} first, for {count}", lacks.name()))),
        });
    }
    let problems = problems.iter();
    let problems =
        problems.map(|(student, message)| Problem { student: student.clone(), message: message.clone() });
    context.report.page(&Steps::new(&opened.config.class.id, lines, problems.collect()))
}

/// Notes that the vaults stay, for staff only.
async fn archive(context: &mut Context, scope: &Scope, consent: &Consent) -> Done {
    scope.is_next(Stage::Archive)?;
    let left = scope.left(Stage::Archive);
    if !left.is_empty() {
        let question = format!("archive: note {} vaults as closed; they stay with staff", left.len());
        agree(context, consent, &question, None).await?;
        scope.opened.ops.sign_off(Stage::Archive, &left, None).await?;
        let notes = left.into_iter().map(|key| (key, Detail::Nothing)).collect();
        scope.opened.ops.note_step(Stage::Archive, notes).await?;
    }
    show(context, scope, &Vec::new()).await?;
    Ok(DONE)
}

/// Takes the end of the term back: nothing is given here.
async fn reopen(context: &mut Context, scope: &Scope, consent: &Consent) -> Done {
    let question = format!("reopen: {} students can be given access again", scope.students.len());
    agree(context, consent, &question, None).await?;
    scope.opened.ops.reopen(&scope.students).await?;
    let names: Vec<&str> = scope.students.iter().map(StudentKey::as_str).collect();
    context.report.say(format_args!("to give the access back: strongroom provision {}", names.join(" ")));
    show(context, scope, &Vec::new()).await?;
    Ok(DONE)
}

/// What a step came to.
async fn ended(context: &mut Context, scope: &Scope, problems: &Problems) -> Done {
    show(context, scope, problems).await?;
    Ok(if problems.is_empty() { DONE } else { PARTLY })
}
