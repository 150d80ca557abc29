//! What was changed here: the jobs, and the changes of one.

use super::figures::moment;
use super::page::Page;
use crate::app::State;
use crate::app::overlay::Past;
use crate::domain::access::{Level, Permissions};
use crate::domain::history::{Changed, DONE, Entry, OPEN, What};
use crate::domain::text::counted;

/// The jobs, the newest first.
pub(super) fn list(page: &mut Page<'_>, past: &Past) {
    page.title = "History".into();
    let Some(entries) = &past.list.value else {
        return page.waiting(past.list.fault(), "reading the log");
    };
    if entries.is_empty() {
        return page.line("nothing was changed here yet", page.theme.dim);
    }
    for (at, entry) in entries.iter().enumerate() {
        let style = if entry.elsewhere.is_some() { page.theme.warning } else { page.theme.text };
        page.entry(&[head(entry, page.state)], style, at == past.cursor);
    }
    let elsewhere = entries.iter().filter(|entry| entry.elsewhere.is_some());
    let (others, changes) = elsewhere.fold((0, 0), |(n, all), entry| (n + 1, all + entry.changes.len()));
    let others_too = match changes {
        0 => String::new(),
        _ => format!(", {} made elsewhere", counted(changes, "change")),
    };
    page.title = format!("History: {}{others_too}", counted(entries.len() - others, "job"));
}

/// What an entry is called: its job, or that it was made elsewhere.
fn called(entry: &Entry) -> String {
    match (&entry.elsewhere, &entry.job) {
        (Some(_), _) => "elsewhere".into(),
        (None, Some(job)) => job.to_string(),
        (None, None) => format!("#{}", entry.seq),
    }
}

fn head(entry: &Entry, state: &State) -> String {
    let job = called(entry);
    let failed = entry.changes.iter().filter(|change| !change.is_done()).count();
    let failed = if failed > 0 { format!(", {failed} not done") } else { String::new() };
    let mut text = format!(
        "{}  {job:<8}  {}{failed}",
        moment(entry.at, &state.setting.zone),
        counted(entry.changes.len(), "change")
    );
    if let Some(undoes) = &entry.undoes {
        text = format!("{text}, takes {undoes} back");
    }
    if let Some(by) = &entry.undone_by {
        text = format!("{text}, taken back by {by}");
    }
    format!("{text}  {}", entry.by)
}

/// What one job has changed.
pub(super) fn changes(page: &mut Page<'_>, entry: &Entry) {
    let (state, theme) = (page.state, page.theme);
    page.title = format!("History: {}", called(entry));
    page.text(&head(entry, state), theme.heading);
    let below = match entry.elsewhere {
        Some(_) => {
            "1Password reports this, and the log here does not: strongroom audit verify --against events"
        }
        None => "z plans to take this back",
    };
    page.text(below, theme.dim);
    page.gap();
    for change in &entry.changes {
        let style = match change.outcome {
            DONE => theme.text,
            OPEN | "unknown" => theme.warning,
            _ => theme.bad,
        };
        page.text(&in_words(change, state), style);
        if let Some(message) = &change.message {
            page.indented(4, message.as_str(), style);
        }
    }
}

fn in_words(change: &Changed, state: &State) -> String {
    let level = |set: Option<Permissions>| set.map_or("?", |set| Level::of(set, state.kind()).name());
    let what = match &change.what {
        What::Access { name, before, after, .. } => {
            format!("{name}: {} -> {}", level(*before), level(*after))
        }
        What::Made(_) => "made the vault".into(),
        What::Deleted(vault) => format!("deleted the vault {vault}"),
        What::Admission(act) => act.name().to_owned(),
        What::Other(name) => name.to_string(),
        What::Reported { words, .. } | What::Class { words, .. } => words.to_string(),
    };
    let whose = change.student.as_ref().map(|key| format!("{}: ", state.whom([key])));
    // A student's own access on their own vault names them once.
    let whose = whose.filter(|whose| !what.starts_with(whose.as_str())).unwrap_or_default();
    format!("{whose}{what}  ({})", change.outcome)
}
