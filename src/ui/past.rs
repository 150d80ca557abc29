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
    let what = summary(entry, state);
    let mut text = format!("{}  {job:<8}  {what}", moment(entry.at, &state.setting.zone));
    if let Some(undoes) = &entry.undoes {
        text = format!("{text}, takes {undoes} back");
    }
    if let Some(by) = &entry.undone_by {
        text = format!("{text}, taken back by {by}");
    }
    format!("{text}  {}", entry.by)
}

/// What an entry is about, in one line: a single change as it is, others counted, with the student where all are
/// about the same one.
fn summary(entry: &Entry, state: &State) -> String {
    let changes = &entry.changes;
    if let [change] = changes.as_slice() {
        return if change.is_done() { about(change, state) } else { in_words(change, state) };
    }
    let mut counts: Vec<((&str, &str), usize)> = Vec::new();
    for change in changes.iter().filter(|change| change.is_done()) {
        let words = kind(&change.what);
        match counts.iter_mut().find(|(known, _)| *known == words) {
            Some((_, count)) => *count += 1,
            None => counts.push((words, 1)),
        }
    }
    let in_words = |((one, many), count): ((&str, &str), usize)| {
        format!("{count} {}", if count == 1 { one } else { many })
    };
    let mut parts: Vec<String> = counts.into_iter().map(in_words).collect();
    let (_, ill, unsent) = entry.counts();
    if ill + unsent > 0 {
        parts.push(format!("{} not done", ill + unsent));
    }
    let whose = changes.first().and_then(|change| change.student.as_ref());
    let whose = whose.filter(|key| changes.iter().all(|change| change.student.as_ref() == Some(key)));
    let whose = whose.map(|key| format!("{}: ", state.whom([key]))).unwrap_or_default();
    format!("{whose}{}", parts.join(", "))
}

/// What was done, as one and as many of it are counted.
fn kind(what: &What) -> (&str, &str) {
    match what {
        What::Access { after: Some(after), .. } if after.is_empty() => ("revoked", "revoked"),
        What::Access { after: Some(_), .. } => ("granted", "granted"),
        What::Made(_) => ("vault made", "vaults made"),
        What::Deleted(_) => ("vault deleted", "vaults deleted"),
        What::Admission(act) => (act.name(), act.name()),
        What::Decided { op, .. } | What::Class { op, .. } => (op.as_str(), op.as_str()),
        What::Access { after: None, .. } | What::Reported { .. } => ("change", "changes"),
    }
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
    format!("{}  ({})", about(change, state), change.outcome)
}

/// Whose, and what.
fn about(change: &Changed, state: &State) -> String {
    let level = |set: Option<Permissions>| set.map_or("?", |set| Level::of(set, state.kind()).name());
    let what = match &change.what {
        What::Access { name, before, after, .. } => {
            format!("{name}: {} -> {}", level(*before), level(*after))
        }
        What::Made(_) => "made the vault".into(),
        What::Deleted(vault) => format!("deleted the vault {vault}"),
        What::Admission(act) => act.name().to_owned(),
        What::Decided { words, .. } | What::Reported { words, .. } | What::Class { words, .. } => {
            words.to_string()
        }
    };
    let whose = change.student.as_ref().map(|key| format!("{}: ", state.whom([key])));
    // A student's own access on their own vault names them once.
    let whose = whose.filter(|whose| !what.starts_with(whose.as_str())).unwrap_or_default();
    format!("{whose}{what}")
}
