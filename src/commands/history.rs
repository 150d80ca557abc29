//! `strongroom history`: what was changed here, and elsewhere as 1Password reports it. Asks the log and the store only.

use super::{Context, DONE, Done, names};
use crate::domain::access::AccountKind;
use crate::domain::history::Entry;
use crate::report::history::History;

pub(super) async fn run(context: &mut Context, limit: usize, student: Option<&str>) -> Done {
    let opened = context.open_stored().await?;
    let key = match student {
        Some(word) => Some(names::student_here(&opened, word).await?),
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
