//! The steps of the end of a term that are about files and notes, whichever front end takes them: what is
//! signed off, done and noted. Those that change vaults are plans like every other change. Knows reads,
//! changes, downloads and the report of a class; asks nobody: whoever calls has been told to. Must not know
//! either front end.

pub mod files;

use std::path::{Path, PathBuf};

use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Result};
use crate::domain::frame::Whom;
use crate::domain::term::{Detail, Stage};
use crate::domain::text::{SafeText, counted};
use crate::domain::transfer::{Progress, Quotas};
use crate::dossier::{self, Asked};
use crate::ops::Ops;
use crate::queries::blocking;
use crate::report::Format;

/// Why a student's part of a step was not done.
pub type Problems = Vec<(StudentKey, SafeText)>;

/// What a step came to.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// What is worth telling, a line each.
    pub said: Vec<SafeText>,
    /// For whom it was not done, and why.
    pub problems: Problems,
    /// Why it stopped early, if it did.
    pub fault: Option<Fault>,
}

impl Taken {
    fn say(&mut self, text: &str) {
        self.said.push(SafeText::new(text));
    }
}

/// Fetches every file of these students' vaults to a folder.
///
/// # Errors
/// Where the step cannot be signed off or nothing can be fetched at all.
pub async fn pull(
    ops: &Ops,
    whom: &Whom,
    folder: &Path,
    quotas: Quotas,
    progress: impl FnMut(&Progress) + Send,
) -> Result<Taken> {
    let students = whom.bound();
    ops.sign_off(Stage::Pull, &students, None).await?;
    let pulled = files::pull(&ops.queries, &whom.frame, &students, folder, quotas, progress).await?;
    // What was verified of an earlier pull is not said of this one.
    let again: Vec<StudentKey> = pulled.done.iter().map(|(key, _)| key.clone()).collect();
    forget(ops, &[Stage::Verify, Stage::Report], again).await?;
    forget(ops, &[Stage::Pull, Stage::Verify], keys(&pulled.missing)).await?;
    ops.note_step(Stage::Pull, pulled.done).await?;
    let mut taken = Taken { fault: pulled.fetched.stopped, problems: pulled.missing, ..Taken::default() };
    let (new, there) = (pulled.fetched.saved.len(), pulled.fetched.there.len());
    let (new, there) = (counted(new, "file"), counted(there, "file"));
    taken.say(&format!("{new} fetched to {}, {there} there already", folder.display()));
    for (student, why) in &mut taken.problems {
        if let Some((_, fault)) = pulled.fetched.failed.iter().find(|(path, _)| is_of(path, student)) {
            *why = SafeText::new(&format!("{why}: {}", fault.message));
        }
    }
    Ok(taken)
}

/// Whether a file's path lies in a student's folder.
fn is_of(path: &str, student: &StudentKey) -> bool {
    path.split('/').nth(2) == Some(student.as_str())
}

fn keys(problems: &Problems) -> Vec<StudentKey> {
    problems.iter().map(|(key, _)| key.clone()).collect()
}

async fn forget(ops: &Ops, stages: &'static [Stage], students: Vec<StudentKey>) -> Result<()> {
    let store = ops.queries.store.clone();
    blocking(move || store.forget_closing(stages, &students)).await
}

/// Those whose copies can be verified, and those who were never pulled.
pub fn ready(whom: &Whom) -> (Vec<StudentKey>, Vec<StudentKey>) {
    whom.bound().into_iter().partition(|key| whom.closing(key).is_done(Stage::Pull))
}

/// Compares copies with their hashes, and vaults with the copies.
///
/// # Errors
/// Where the step cannot be signed off or the service cannot be asked at all.
pub async fn verify(ops: &Ops, whom: &Whom, folder: &Path) -> Result<Taken> {
    // Who was never pulled is told so; the others can be verified all the same.
    let (ready, early) = ready(whom);
    let mut taken = Taken::default();
    taken.problems.extend(early.into_iter().map(|key| (key, "was not pulled yet".into())));
    ops.sign_off(Stage::Verify, &ready, None).await?;
    let checked = files::verify(&ops.queries, &whom.frame, &ready, folder).await?;
    let (mut notes, mut undone) = (Vec::new(), Problems::new());
    for (student, found) in checked {
        match found {
            Ok(verified) => {
                if let Some(unkept) = verified.unkept_in_words() {
                    taken.say(&format!("{student}: not everything is kept: {unkept}"));
                }
                notes.push((student, Detail::Verified(verified)));
            }
            Err(why) => undone.push((student, SafeText::new(&format!("{why}: pull again")))),
        }
    }
    // A copy that is gone, or a vault that holds more, was not pulled whatever was noted.
    forget(ops, &[Stage::Pull, Stage::Verify], keys(&undone)).await?;
    ops.note_step(Stage::Verify, notes).await?;
    taken.problems.extend(undone);
    Ok(taken)
}

/// The folder of a report that is written now, beside the files: one that is not there yet.
pub fn report_folder(ops: &Ops, folder: &Path) -> PathBuf {
    let now = ops.queries.clock.now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let beside = folder.join(&ops.queries.class.id);
    let first = beside.join(format!("report-{now}"));
    let others = (2..).map(|number: u64| beside.join(format!("report-{now}-{number}")));
    let is_free = |path: &PathBuf| path.symlink_metadata().is_err();
    std::iter::once(first.clone()).chain(others).find(is_free).unwrap_or(first)
}

/// Writes the report of the class into a folder, as documents and tables; the log is compared with the
/// checkpoints in a vault, where one is named.
///
/// # Errors
/// [`Kind::Refused`](crate::domain::fault::Kind::Refused) while something has to come first; where the step
/// cannot be signed off or a file cannot be written.
pub async fn report(ops: &Ops, whom: &Whom, checkpoints: Option<&str>, folder: PathBuf) -> Result<Taken> {
    is_next(ops, whom, Stage::Report).await?;
    ops.sign_off(Stage::Report, &whom.students, None).await?;
    let asked = Asked { checkpoints, ..Asked::default() };
    let report = Box::pin(dossier::gather(ops, asked)).await?;
    let mut taken = Taken::default();
    taken.say(&format!("written to {}", folder.display()));
    let zone = ops.queries.class.time_zone.clone();
    blocking(move || dossier::write(&report, &folder, &zone, Format::Table)).await?;
    let notes = whom.left(Stage::Report).into_iter().map(|key| (key, Detail::Nothing)).collect();
    ops.note_step(Stage::Report, notes).await?;
    Ok(taken)
}

/// Notes that the vaults stay, for staff only.
///
/// # Errors
/// As [`report`].
pub async fn archive(ops: &Ops, whom: &Whom) -> Result<Taken> {
    is_next(ops, whom, Stage::Archive).await?;
    let (left, mut taken) = (whom.left(Stage::Archive), Taken::default());
    if !left.is_empty() {
        ops.sign_off(Stage::Archive, &left, None).await?;
        taken.say(&format!("{} noted as closed; they stay with staff", counted(left.len(), "vault")));
        let notes = left.into_iter().map(|key| (key, Detail::Nothing)).collect();
        ops.note_step(Stage::Archive, notes).await?;
    }
    Ok(taken)
}

/// Refuses a step while one that has to come before it is not done for somebody.
///
/// # Errors
/// [`Kind::Refused`](crate::domain::fault::Kind::Refused), naming what comes first; those of the store.
pub async fn is_next(ops: &Ops, whom: &Whom, stage: Stage) -> Result<()> {
    let steps = ops.term(whom).await?;
    steps.iter().find(|step| step.stage == stage).map_or(Ok(()), crate::domain::term::Progress::is_next)
}
