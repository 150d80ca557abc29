//! One item, or one attempt to hand an arrival on, as the lines of an overlay.

use super::feed::copies_of;
use super::overlay::Text;
use super::table::{moment, size};
use super::theme::Theme;
use super::veil::{foreign, wrap};
use crate::app::State;
use crate::app::jobs::Task;
use crate::app::overlay::Detail;
use crate::app::remote::Ticket;
use crate::domain::directory::FieldValue;
use crate::domain::handoff::{Attempt, Ended};
use crate::domain::query::LocalCopy;
use crate::domain::text::SafeText;

/// How many lines of what a consumer said stand below an item.
const TAIL: usize = 3;

/// An item with its files and fields, where its copies are, and what is known of its way here.
pub(super) fn item(detail: &Detail, state: &State, theme: &Theme, width: usize) -> (String, Vec<Text>) {
    let Some(item) = &detail.item.value else {
        let text = detail.item.fault().map_or_else(|| "reading the item".into(), ToString::to_string);
        return (
            "Item".into(),
            wrap(state, &text, width).into_iter().map(|line| (line, theme.dim)).collect(),
        );
    };
    let zone = &state.setting.zone;
    let when = |at: Option<jiff::Timestamp>| at.map_or_else(|| "unknown".into(), |at| moment(at, zone));
    let head = &item.item;
    let mut lines = vec![
        (format!("{}  version {}  id {}", head.category, head.version, head.id), theme.dim),
        (format!("created {}  updated {}", when(head.created_at), when(head.updated_at)), theme.dim),
        (String::new(), theme.text),
    ];
    ways(detail, state, theme, width, &mut lines);
    if !item.files.is_empty() {
        lines.push(("Files".into(), theme.heading));
        for file in &item.files {
            lines.push((
                format!("  {:>9}  {}", size(file.size), state.titled(file.name.safe().as_str())),
                theme.text,
            ));
            let copies = copies_of(state, Some(&detail.at.vault)).iter();
            let before = lines.len();
            for copy in copies.filter(|copy| copy.at.item == detail.at.item && copy.file == file.id) {
                copied(copy, head.version, state, theme, width, &mut lines);
            }
            if lines.len() == before {
                lines.push(("             fetch it (D) to see the hash".into(), theme.dim));
            }
        }
        lines.push((String::new(), theme.text));
    }
    if !item.fields.is_empty() {
        lines.push(("Fields".into(), theme.heading));
    }
    for field in &item.fields {
        let section = field.section.as_ref().map_or_else(String::new, |section| format!("{section} / "));
        let value = match &field.value {
            FieldValue::Empty => "(empty, or not readable)".into(),
            FieldValue::Shown(text) => text.to_string(),
            FieldValue::Concealed => "(concealed)".into(),
        };
        let label = if field.label.is_empty() { &field.id } else { &field.label };
        let text = match state.veil() {
            Some(_) => foreign(state, label.as_str()).into_owned(),
            None => format!("{section}{label}: {value}"),
        };
        lines.extend(
            wrap(state, &text, width.saturating_sub(2))
                .into_iter()
                .map(|line| (format!("  {line}"), theme.text)),
        );
    }
    (state.titled(head.title.as_str()).into_owned(), lines)
}

/// A copy of a file: where, of which version, its hash, and since when.
fn copied(copy: &LocalCopy, version: u64, state: &State, theme: &Theme, width: usize, lines: &mut Vec<Text>) {
    let at = moment(copy.saved_at, &state.setting.zone);
    let (word, style) = if copy.version == version {
        ("saved", theme.good)
    } else {
        ("an older version was saved", theme.warning)
    };
    lines.push((format!("             v{} {word} {at}", copy.version), style));
    let path = SafeText::new(&copy.path);
    for text in [path.as_str(), &format!("sha256 {}", SafeText::new(&copy.sha256))] {
        let parts = wrap(state, text, width.saturating_sub(13));
        lines.extend(parts.into_iter().map(|part| (format!("             {part}"), theme.dim)));
    }
}

/// The arrivals of the item, newest first, and how the newest one was handed on.
fn ways(detail: &Detail, state: &State, theme: &Theme, width: usize, lines: &mut Vec<Text>) {
    let mut arrivals = state.activity.of_item(&detail.at).peekable();
    let Some(newest) = arrivals.peek() else { return };
    let (handed_in, style) = super::activity::work(newest, theme);
    if !handed_in.is_empty() {
        lines.push((format!("For {handed_in}"), style));
    }
    for consumer in state.jobs.consumers() {
        let (word, style) = super::jobs::handed(consumer.of(newest.seq), theme);
        let attempt = state.jobs.last_attempt(consumer, newest.seq);
        let why = attempt.map_or_else(String::new, |attempt| format!(": {}", attempt.why));
        lines.push((format!("{}: {word}{why}", consumer.consumer), style));
        let tail = attempt.map_or(&[][..], |attempt| &attempt.tail);
        let from = tail.len().saturating_sub(TAIL);
        lines.extend(
            tail[from..].iter().map(|said| (format!("  {}", foreign(state, said.as_str())), theme.dim)),
        );
    }
    lines.push(("Arrivals".into(), theme.heading));
    for arrival in arrivals {
        let kind = match arrival.kind {
            crate::domain::activity::ArrivalKind::New => "new",
            crate::domain::activity::ArrivalKind::Updated => "updated",
            crate::domain::activity::ArrivalKind::Removed => "removed",
        };
        let (work, _) = super::activity::work(arrival, theme);
        let notes = super::activity::notes(arrival);
        let at = moment(arrival.detected_at, &state.setting.zone);
        let parts = [work, notes].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ");
        lines.push((format!("  {at}  {kind} v{}  {parts}", arrival.item.version), theme.text));
        let made = super::activity::made_by(arrival, state);
        if !made.is_empty() {
            let made = wrap(state, &made, width.saturating_sub(4));
            lines.extend(made.into_iter().map(|part| (format!("    {part}"), theme.dim)));
        }
    }
    if state.activity.is_cut {
        lines.push(("  older ones stand in the journal: strongroom watch --from 1".into(), theme.dim));
    }
    lines.push((String::new(), theme.text));
}

/// A download: how far it is or how it ended, and everything that was not fetched.
pub(super) fn fetched(ticket: Ticket, state: &State, theme: &Theme, width: usize) -> (String, Vec<Text>) {
    let Some(download) = state.jobs.downloads.iter().find(|download| download.ticket == ticket) else {
        return ("Download".into(), Vec::new());
    };
    let style = match &download.ended {
        None => theme.staged,
        Some(Ok(_)) => theme.good,
        Some(Err(_)) => theme.bad,
    };
    let text = super::jobs::in_words(download);
    let mut lines: Vec<Text> = wrap(state, &text, width).into_iter().map(|line| (line, style)).collect();
    if !download.failures.is_empty() {
        lines.push((String::new(), theme.text));
        let what = if download.task.is_step() { "Not done" } else { "Not fetched" };
        lines.push((format!("{what}: {}", download.failures.len()), theme.heading));
    }
    for failure in &download.failures {
        lines.extend(wrap(state, failure.as_str(), width).into_iter().map(|line| (line, theme.text)));
    }
    let title = match &download.task {
        Task::Fetch(_) if state.veil().is_some() => "Download".into(),
        Task::Fetch(order) => format!("Download to {}", SafeText::new(&order.folder)),
        Task::Step(_) => format!("End of term: {}", download.task.name()),
    };
    (title, lines)
}

/// What a consumer said, and how it ended.
pub(super) fn output(attempt: &Attempt, state: &State, theme: &Theme, width: usize) -> (String, Vec<Text>) {
    let (word, style) = match attempt.ended {
        Ended::Taken => ("taken", theme.good),
        Ended::Refused => ("refused", theme.warning),
        Ended::SetAside => ("set aside", theme.bad),
    };
    let at = moment(attempt.at, &state.setting.zone);
    let took = super::jobs::took(attempt.took);
    let head = format!("{at}, attempt {}, took {took}, {word}: {}", attempt.attempt, attempt.why);
    let mut lines: Vec<Text> = wrap(state, &head, width).into_iter().map(|line| (line, style)).collect();
    lines.push((String::new(), theme.text));
    if attempt.tail.is_empty() {
        lines.push(("it said nothing".into(), theme.dim));
    }
    for said in &attempt.tail {
        lines.extend(
            wrap(state, &foreign(state, said.as_str()), width).into_iter().map(|line| (line, theme.text)),
        );
    }
    (format!("{}: arrival {}", attempt.consumer, attempt.seq), lines)
}
