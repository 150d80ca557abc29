//! The steps about files: pull, verify and report.

use std::path::Path;

use super::super::agree::agree;
use super::{Context, DONE, Done, Problems, Scope, ended, show};
use crate::cli::CloseTerm;
use crate::config::write_private;
use crate::domain::class::StudentKey;
use crate::domain::fault::Result;
use crate::domain::query::{Data, Query};
use crate::domain::term::{Detail, Stage};
use crate::domain::text::SafeText;
use crate::domain::transfer::Progress;
use crate::queries::blocking;
use crate::report::Format;
use crate::report::download::Transfer;
use crate::report::term::{Held, summary};
use crate::watch::term;

/// Fetches every file of the scope.
pub(super) async fn pull(context: &mut Context, scope: &Scope, options: &CloseTerm) -> Done {
    let folder = scope.folder(options)?;
    let (ops, queries, quotas) = (&scope.opened.ops, &scope.opened.queries, scope.opened.config.download);
    let students = bound(scope);
    let question = format!("pull: the files of {} vaults to {}", students.len(), folder.display());
    agree(context, &options.consent, &question, None).await?;
    ops.sign_off(Stage::Pull, &students, None).await?;
    let shown = Transfer::new(context.report.format() == Format::Table, context.report.is_live());
    let tell = |told: &Progress| shown.tell(told);
    let work = Box::pin(term::pull(queries, &scope.frame, &students, &folder, quotas, tell));
    let interrupt = context.interrupt.clone();
    let pulled = interrupt.or(work).await;
    shown.end();
    let pulled = match pulled {
        Ok(pulled) => pulled?,
        Err(code) => return Ok(code),
    };
    // What was verified of an earlier pull is not said of this one.
    let again: Vec<StudentKey> = pulled.done.iter().map(|(key, _)| key.clone()).collect();
    forget(scope, &[Stage::Verify, Stage::Report], &again).await?;
    forget(scope, &[Stage::Pull, Stage::Verify], &keys(&pulled.missing)).await?;
    ops.note_step(Stage::Pull, pulled.done).await?;
    let (new, there) = (pulled.fetched.saved.len(), pulled.fetched.there.len());
    context.report.say(format_args!("{new} files fetched, {there} were there already"));
    if let Some(fault) = pulled.fetched.stopped {
        return Err(fault.into());
    }
    let mut problems = pulled.missing;
    for (student, why) in &mut problems {
        if let Some((_, fault)) = pulled.fetched.failed.iter().find(|(path, _)| of(path, student)) {
            *why = SafeText::new(&format!("{why}: {}", fault.message));
        }
    }
    ended(context, scope, &problems).await
}

/// Whether a file's path lies in a student's folder.
fn of(path: &str, student: &StudentKey) -> bool {
    path.split('/').nth(2) == Some(student.as_str())
}

/// Those of the scope who have a vault.
fn bound(scope: &Scope) -> Vec<StudentKey> {
    scope.students.iter().filter(|key| scope.frame.bindings.contains_key(key)).cloned().collect()
}

fn keys(problems: &Problems) -> Vec<StudentKey> {
    problems.iter().map(|(key, _)| key.clone()).collect()
}

async fn forget(scope: &Scope, stages: &'static [Stage], students: &[StudentKey]) -> Result<()> {
    let (store, students) = (scope.opened.queries.store.clone(), students.to_vec());
    blocking(move || store.forget_closing(stages, &students)).await
}

/// Compares copies with their hashes, and vaults with the copies.
pub(super) async fn verify(context: &mut Context, scope: &Scope, options: &CloseTerm) -> Done {
    let folder = scope.folder(options)?;
    let students = bound(scope);
    // Who was never pulled is told so; the others can be verified all the same.
    let (ready, early): (Vec<_>, Vec<_>) =
        students.into_iter().partition(|key| scope.closing(key).is_done(Stage::Pull));
    let mut problems: Problems = early.into_iter().map(|key| (key, "was not pulled yet".into())).collect();
    let question = format!("verify: the copies of {} vaults in {}", ready.len(), folder.display());
    agree(context, &options.consent, &question, None).await?;
    scope.opened.ops.sign_off(Stage::Verify, &ready, None).await?;
    let interrupt = context.interrupt.clone();
    let work = Box::pin(term::verify(&scope.opened.queries, &scope.frame, &ready, &folder));
    let checked = match interrupt.or(work).await {
        Ok(checked) => checked?,
        Err(code) => return Ok(code),
    };
    let (mut notes, mut undone) = (Vec::new(), Problems::new());
    for (student, found) in checked {
        match found {
            Ok(verified) => notes.push((student, Detail::Verified(verified))),
            Err(why) => undone.push((student, SafeText::new(&format!("{why}: pull again")))),
        }
    }
    // A copy that is gone, or a vault that holds more, was not pulled whatever was noted.
    forget(scope, &[Stage::Pull, Stage::Verify], &keys(&undone)).await?;
    for (student, detail) in &notes {
        if let Detail::Verified(verified) = detail
            && let Some(unkept) = verified.unkept_in_words()
        {
            context.report.say(format_args!("{student}: not everything is kept: {unkept}"));
        }
    }
    scope.opened.ops.note_step(Stage::Verify, notes).await?;
    problems.extend(undone);
    ended(context, scope, &problems).await
}

/// Writes the report beside the files.
pub(super) async fn report(context: &mut Context, scope: &Scope, options: &CloseTerm) -> Done {
    scope.is_next(Stage::Report)?;
    let folder = scope.folder(options)?;
    let queries = &scope.opened.queries;
    let path = folder
        .join(&scope.opened.config.class.id)
        .join(format!("report-{}.md", queries.clock.now().strftime("%Y%m%dT%H%M%SZ")));
    let question = format!("report: write {}", path.display());
    agree(context, &options.consent, &question, None).await?;
    scope.opened.ops.sign_off(Stage::Report, &scope.students, None).await?;
    write(scope, &path).await?;
    let notes = scope.left(Stage::Report).into_iter().map(|key| (key, Detail::Nothing)).collect();
    scope.opened.ops.note_step(Stage::Report, notes).await?;
    context.report.say(format_args!("written: {}", path.display()));
    show(context, scope, &Vec::new()).await?;
    Ok(DONE)
}

async fn write(scope: &Scope, path: &Path) -> Result<()> {
    let queries = &scope.opened.queries;
    let Data::Class(view) = queries.answer(Query::Class { fresh: false }).await? else {
        return Ok(());
    };
    let wanted = view.rows.iter().filter(|row| scope.students.contains(&row.key));
    let held: Vec<Held<'_>> =
        wanted.map(|row| Held { row, closing: scope.frame.closing.get(&row.key) }).collect();
    let text = summary(&scope.opened.config.class, &view.assignments, &held, queries.clock.now());
    let path = path.to_owned();
    blocking(move || write_private(&path, &text)).await
}
