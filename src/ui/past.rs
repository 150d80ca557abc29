//! What was changed here: the jobs, and the changes of one.

use ratatui::style::Style;

use super::overlay::Text;
use super::table::moment;
use super::theme::Theme;
use super::veil::wrap;
use crate::app::State;
use crate::app::overlay::Past;
use crate::domain::access::{Level, Permissions};
use crate::domain::history::{Changed, DONE, Entry, OPEN, What};
use crate::domain::text::counted;

/// The jobs, the newest first; and which line is selected.
pub(super) fn list(past: &Past, state: &State, theme: &Theme, width: usize) -> (String, Vec<Text>, usize) {
    let Some(entries) = &past.list.value else {
        let (text, style) = match past.list.fault() {
            Some(fault) => (fault.to_string(), theme.bad),
            None => ("reading the log".to_owned(), theme.dim),
        };
        return (
            "History".into(),
            wrap(state, &text, width).into_iter().map(|line| (line, style)).collect(),
            0,
        );
    };
    if entries.is_empty() {
        return ("History".into(), vec![("nothing was changed here yet".into(), theme.dim)], 0);
    }
    let line = |(at, entry): (usize, &Entry)| {
        let style = match (at == past.cursor, &entry.elsewhere) {
            (true, _) => theme.selected,
            (false, Some(_)) => theme.warning,
            (false, None) => theme.text,
        };
        let mark = if at == past.cursor { ">" } else { " " };
        (format!("{mark} {}", head(entry, state)), style)
    };
    let elsewhere = entries.iter().filter(|entry| entry.elsewhere.is_some());
    let (others, changes) = elsewhere.fold((0, 0), |(n, all), entry| (n + 1, all + entry.changes.len()));
    let others_too = match changes {
        0 => String::new(),
        _ => format!(", {} made elsewhere", counted(changes, "change")),
    };
    (
        format!("History: {}{others_too}", counted(entries.len() - others, "job")),
        entries.iter().enumerate().map(line).collect(),
        past.cursor,
    )
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
pub(super) fn changes(entry: &Entry, state: &State, theme: &Theme, width: usize) -> (String, Vec<Text>) {
    let mut lines: Vec<Text> = Vec::new();
    let mut add = |text: &str, style: Style| {
        lines.extend(wrap(state, text, width).into_iter().map(|line| (line, style)));
    };
    add(&head(entry, state), theme.heading);
    add(
        match entry.elsewhere {
            Some(_) => {
                "1Password reports this, and the log here does not: strongroom audit verify --against events"
            }
            None => "z plans to take this back",
        },
        theme.dim,
    );
    add("", theme.text);
    for change in &entry.changes {
        let style = match change.outcome {
            DONE => theme.text,
            OPEN | "unknown" => theme.warning,
            _ => theme.bad,
        };
        add(&in_words(change, state), style);
        if let Some(message) = &change.message {
            add(&format!("    {message}"), style);
        }
    }
    (format!("History: {}", called(entry)), lines)
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
    let whose = change.student.as_ref().map_or_else(String::new, |key| format!("{}: ", state.whom([key])));
    format!("{whose}{what}  ({})", change.outcome)
}
