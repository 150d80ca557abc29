//! The steps of the end of a term that are about files and notes, whichever front end takes them: what is
//! signed off, done and noted. Those that change vaults are plans like every other change. Knows reads,
//! changes and downloads; asks nobody: whoever calls has been told to.

use std::path::{Path, PathBuf};

use crate::config::write_private;
use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Result};
use crate::domain::query::{Data, Query};
use crate::domain::term::{Detail, Stage, Whom};
use crate::domain::text::{SafeText, counted};
use crate::domain::transfer::{Progress, Quotas};
use crate::ops::Ops;
use crate::queries::blocking;
use crate::report::term::{Held, summary};
use crate::watch::term;

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
    let pulled = term::pull(&ops.queries, &whom.frame, &students, folder, quotas, progress).await?;
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
    let checked = term::verify(&ops.queries, &whom.frame, &ready, folder).await?;
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

/// Where a report that is written now goes, beside the files.
pub fn report_file(ops: &Ops, folder: &Path) -> PathBuf {
    let now = ops.queries.clock.now();
    folder.join(&ops.queries.class.id).join(format!("report-{}.md", now.strftime("%Y%m%dT%H%M%SZ")))
}

/// Writes the report to a file.
///
/// # Errors
/// [`Kind::Refused`](crate::domain::fault::Kind::Refused) while something has to come first; where the step
/// cannot be signed off or the file cannot be written.
pub async fn report(ops: &Ops, whom: &Whom, path: PathBuf) -> Result<Taken> {
    is_next(ops, whom, Stage::Report).await?;
    ops.sign_off(Stage::Report, &whom.students, None).await?;
    let mut taken = Taken::default();
    taken.say(&format!("written: {}", path.display()));
    write(ops, whom, path).await?;
    let notes = whom.left(Stage::Report).into_iter().map(|key| (key, Detail::Nothing)).collect();
    ops.note_step(Stage::Report, notes).await?;
    Ok(taken)
}

async fn write(ops: &Ops, whom: &Whom, path: PathBuf) -> Result<()> {
    let queries = &ops.queries;
    let Data::Class(view) = queries.answer(Query::Class { fresh: false }).await? else {
        return Ok(());
    };
    let wanted = view.rows.iter().filter(|row| whom.students.contains(&row.key));
    let held: Vec<Held<'_>> =
        wanted.map(|row| Held { row, closing: whom.frame.closing.get(&row.key) }).collect();
    let text = summary(&queries.class, &view.assignments, &held, queries.clock.now());
    blocking(move || write_private(&path, &text)).await
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
