//! What was changed here: the jobs, and the changes of one.

use super::figures::moment;
use super::page::Page;
use crate::app::State;
use crate::app::overlay::Past;
use crate::domain::access::{Level, Permissions};
use crate::domain::history::{Changed, DONE, Entry, OPEN, What};
use crate::domain::text::{counted, fit, pad, width};

/// Cells of the sign of what is selected, with the space behind it.
const MARK: usize = 2;
/// Cells between what was done and who did it.
const GAP: usize = 2;
/// Cells before who did it, where that stands below what was done.
const INDENT: usize = 14;

/// The jobs, the newest first.
pub(super) fn list(page: &mut Page<'_>, past: &Past) {
    page.title = "History".into();
    let Some(entries) = &past.list.value else {
        return page.waiting(past.list.fault(), "reading the log");
    };
    if entries.is_empty() {
        return page.line("nothing was changed here yet", page.theme.dim);
    }
    let state = page.state;
    let rows: Vec<(String, String)> = entries
        .iter()
        .map(|entry| (head(entry, state), whose(entry)))
        .map(|(head, whose)| (state.veiled(&head).into_owned(), state.veiled(&whose).into_owned()))
        .collect();
    // Beside each other in two columns where every row has the room, else below each other.
    let widest = |of: fn(&(String, String)) -> &str| rows.iter().map(of).map(width).max().unwrap_or(0);
    let (what, who) = (widest(|row| &row.0), widest(|row| &row.1));
    let beside = MARK + what + GAP + who <= page.width;
    for (at, (entry, (head, whose))) in entries.iter().zip(rows).enumerate() {
        let style = if entry.elsewhere.is_some() { page.theme.warning } else { page.theme.text };
        let room = page.width.saturating_sub(MARK);
        let parts = if beside {
            vec![format!("{}{whose}", pad(&head, what + GAP))]
        } else {
            let below = format!("{:INDENT$}{whose}", "");
            vec![fit(&head, room).into_owned(), fit(&below, room).into_owned()]
        };
        page.entry(&parts, style, at == past.cursor);
    }
    page.title = format!("History: {}", tally(entries));
}

/// How many jobs there are, changes of no job, and changes that were made elsewhere.
fn tally(entries: &[Entry]) -> String {
    let of_no_job = |entry: &&Entry| entry.elsewhere.is_none() && entry.job.is_none();
    let elsewhere = entries.iter().filter(|entry| entry.elsewhere.is_some());
    let jobs = entries.iter().filter(|entry| entry.elsewhere.is_none() && entry.job.is_some()).count();
    let all = [
        (entries.iter().filter(of_no_job).count(), "of no job"),
        (elsewhere.map(|entry| entry.changes.len()).sum(), "made elsewhere"),
    ];
    let others = all.into_iter().filter(|(count, _)| *count > 0);
    let others = others.map(|(count, which)| format!("{} {which}", counted(count, "change")));
    std::iter::once(counted(jobs, "job")).chain(others).collect::<Vec<_>>().join(", ")
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
    format!("{}  {job:<9}  {what}", moment(entry.at, &state.setting.zone))
}

/// What it took back or took it back, and who did it.
fn whose(entry: &Entry) -> String {
    let undoes = entry.undoes.as_ref().map(|job| format!("takes {job} back"));
    let undone = entry.undone_by.as_ref().map(|job| format!("taken back by {job}"));
    let by = format!("by {}", entry.by);
    undoes.into_iter().chain(undone).chain([by]).collect::<Vec<_>>().join(", ")
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
    parts.extend(entry.shortfall());
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
    page.text(&whose(entry), theme.text);
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
    let whose = change.student.as_ref().map(|key| state.whom([key]));
    let what = match &change.what {
        What::Access { name, before, after, .. } => {
            let levels = format!("{} -> {}", level(*before), level(*after));
            // A student's own access on their own vault names them once.
            return match whose.filter(|whose| state.veiled(name.as_str()) != whose.as_str()) {
                Some(whose) => format!("{name}: {levels}, on the vault of {whose}"),
                None => format!("{name}: {levels}"),
            };
        }
        What::Made(_) => "made the vault".into(),
        What::Deleted(vault) => format!("deleted the vault {vault}"),
        What::Admission(act) => act.name().to_owned(),
        What::Decided { words, .. } | What::Reported { words, .. } | What::Class { words, .. } => {
            words.to_string()
        }
    };
    let whose = whose.map(|whose| format!("{whose}: "));
    let whose = whose.filter(|whose| !what.starts_with(whose.as_str())).unwrap_or_default();
    format!("{whose}{what}")
}
