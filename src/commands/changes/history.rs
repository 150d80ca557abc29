//! `strongroom history`: what was changed here, and elsewhere as 1Password reports it. Asks the log and the store only.

use super::super::{Context, DONE, Done, names};
use crate::domain::access::AccountKind;
use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::history::Entry;
use crate::queries::blocking;
use crate::report::history::History;
use crate::setup::{self, Opened};

pub(super) async fn run(context: &mut Context, limit: usize, student: Option<&str>) -> Done {
    let opened = setup::open(&context.choice, true).await?;
    context.of(&opened);
    let key = match student {
        Some(word) => Some(whose(&opened, word).await?),
        None => None,
    };
    let (mut history, damaged) = opened.ops.whole_history().await?;
    if let Some(key) = key {
        for entry in &mut history {
            entry.changes.retain(|change| change.student.as_ref() == Some(&key));
        }
        history.retain(|entry: &Entry| !entry.changes.is_empty());
    }
    let frame = opened.queries.frame(false).await.ok();
    let kind = frame.map_or(AccountKind::Business, |frame| frame.identity.kind);
    context.report.page(&History::new(&history, limit, kind).ending_at(damaged.as_ref()))?;
    damaged.map_or(Ok(DONE), |fault| Err(fault.into()))
}

/// The student that a word names. Where the service has not answered once, a key of the roster.
async fn whose(opened: &Opened, word: &str) -> Result<StudentKey> {
    if let Ok(frame) = opened.queries.frame(false).await {
        return names::student(&frame, word);
    }
    let store = opened.queries.store.clone();
    let enrolled = blocking(move || store.students()).await?;
    let found = enrolled.into_iter().find(|row| row.student.key.as_str() == word);
    found.map(|row| row.student.key).ok_or_else(|| {
        Fault::new(Kind::Input, format!("no student is named \"{word}\""))
            .hint("name a roster key; see `strongroom roster list`")
    })
}
