//! One item, a download, or one attempt to hand an arrival on, as a page.

use super::activity::{made_by, notes, unjudged, work};
use super::feed::copies_of;
use super::figures::{moment, took};
use super::jobs::{ended, handed};
use super::page::Page;
use super::veil::foreign;
use crate::app::jobs::Task;
use crate::app::overlay::Detail;
use crate::app::remote::Ticket;
use crate::domain::directory::{FieldValue, ItemDetail};
use crate::domain::handoff::Attempt;
use crate::domain::query::LocalCopy;
use crate::domain::text::SafeText;
use crate::domain::transfer;

/// How many lines of what a consumer said stand below an item.
const TAIL: usize = 3;
/// Cells before what is told of a file, below its name.
const FILE: usize = 13;

/// An item with its files and fields, where its copies are, and what is known of its way here.
pub(super) fn item(page: &mut Page<'_>, detail: &Detail) {
    let (state, theme) = (page.state, page.theme);
    page.title = "Item".into();
    let Some(item) = &detail.item.value else {
        return page.waiting(detail.item.fault(), "reading the item");
    };
    let zone = &state.setting.zone;
    let when = |at: Option<jiff::Timestamp>| at.map_or_else(|| "unknown".into(), |at| moment(at, zone));
    let head = &item.item;
    page.title = state.titled(head.title.as_str()).into_owned();
    page.line(format!("{}  version {}  id {}", head.category, head.version, head.id), theme.dim);
    page.line(format!("created {}  updated {}", when(head.created_at), when(head.updated_at)), theme.dim);
    page.gap();
    ways(page, detail);
    files(page, detail, item);
    fields(page, item);
}

/// The files with their copies on this machine.
fn files(page: &mut Page<'_>, detail: &Detail, item: &ItemDetail) {
    let (state, theme) = (page.state, page.theme);
    if item.files.is_empty() {
        return;
    }
    page.line("Files", theme.heading);
    for file in &item.files {
        let name = file.name.safe();
        page.line(
            format!("  {:>9}  {}", transfer::bytes(file.size), state.titled(name.as_str())),
            theme.text,
        );
        let copies = copies_of(state, Some(&detail.at.vault)).iter();
        let before = page.lines.len();
        for copy in copies.filter(|copy| copy.at.item == detail.at.item && copy.file == file.id) {
            copied(page, copy, item.item.version);
        }
        if page.lines.len() == before {
            page.indented(FILE, "fetch it (D) to see the hash", theme.dim);
        }
    }
    page.gap();
}

fn fields(page: &mut Page<'_>, item: &ItemDetail) {
    let (state, theme) = (page.state, page.theme);
    if !item.fields.is_empty() {
        page.line("Fields", theme.heading);
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
        page.indented(2, &text, theme.text);
    }
}

/// A copy of a file: where, of which version, its hash, and since when.
fn copied(page: &mut Page<'_>, copy: &LocalCopy, version: u64) {
    let theme = page.theme;
    let at = moment(copy.saved_at, &page.state.setting.zone);
    let (word, style) = if copy.version == version {
        ("saved", theme.good)
    } else {
        ("an older version was saved", theme.warning)
    };
    page.indented(FILE, &format!("v{} {word} {at}", copy.version), style);
    page.indented(FILE, SafeText::new(&copy.path).as_str(), theme.dim);
    page.indented(FILE, &format!("sha256 {}", SafeText::new(&copy.sha256)), theme.dim);
}

/// The arrivals of the item, newest first, and how the newest one was handed on.
fn ways(page: &mut Page<'_>, detail: &Detail) {
    let (state, theme) = (page.state, page.theme);
    let mut arrivals = state.activity.of_item(&detail.at).peekable();
    let Some(newest) = arrivals.peek() else { return };
    let (handed_in, style) = work(newest, theme);
    if !handed_in.is_empty() {
        page.line(format!("For {handed_in}"), style);
    }
    if let Some(why) = unjudged(newest) {
        page.indented(2, &why, theme.dim);
    }
    for consumer in state.jobs.consumers() {
        let (word, style) = handed(consumer.of(newest.seq), theme);
        let attempt = state.jobs.last_attempt(consumer, newest.seq);
        let why = attempt.map_or_else(String::new, |attempt| format!(": {}", attempt.why));
        page.line(format!("{}: {word}{why}", consumer.consumer), style);
        let tail = attempt.map_or(&[][..], |attempt| &attempt.tail);
        for said in &tail[tail.len().saturating_sub(TAIL)..] {
            page.line(format!("  {}", foreign(state, said.as_str())), theme.dim);
        }
    }
    page.line("Arrivals", theme.heading);
    for arrival in arrivals {
        let parts = [work(arrival, theme).0, notes(arrival)];
        let parts = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ");
        let (at, kind) = (moment(arrival.detected_at, &state.setting.zone), arrival.kind.word());
        page.line(format!("  {at}  {kind} v{}  {parts}", arrival.item.version), theme.text);
        let made = made_by(arrival, state);
        if !made.is_empty() {
            page.indented(4, &made, theme.dim);
        }
    }
    if state.activity.is_cut {
        page.line("  older ones stand in the journal: strongroom watch --from 1", theme.dim);
    }
    page.gap();
}

/// A download: how far it is or how it ended, and everything that was not fetched.
pub(super) fn fetched(page: &mut Page<'_>, ticket: Ticket) {
    let (state, theme) = (page.state, page.theme);
    page.title = "Download".into();
    let Some(download) = state.jobs.downloads.iter().find(|download| download.ticket == ticket) else {
        return;
    };
    match &download.task {
        Task::Fetch(_) if state.veil().is_some() => {}
        Task::Fetch(order) => page.title = format!("Download to {}", SafeText::new(&order.folder)),
        Task::Step(_) => page.title = format!("End of term: {}", download.task.name()),
    }
    let style = match &download.ended {
        None => theme.staged,
        Some(Ok(_)) => theme.good,
        Some(Err(_)) => theme.bad,
    };
    page.text(&super::jobs::in_words(download), style);
    if !download.failures.is_empty() {
        let what = if download.task.is_step() { "Not done" } else { "Not fetched" };
        page.heading(&format!("{what}: {}", download.failures.len()));
    }
    for failure in &download.failures {
        page.text(failure.as_str(), theme.text);
    }
}

/// What a consumer said, and how it ended.
pub(super) fn output(page: &mut Page<'_>, attempt: &Attempt) {
    let (state, theme) = (page.state, page.theme);
    page.title = format!("{}: arrival {}", attempt.consumer, attempt.seq);
    let (word, style) = ended(attempt, theme);
    let (at, took) = (moment(attempt.at, &state.setting.zone), took(attempt.took));
    let head = format!("{at}, attempt {}, took {took}, {word}: {}", attempt.attempt, attempt.why);
    page.text(&head, style);
    page.gap();
    if attempt.tail.is_empty() {
        page.line("it said nothing", theme.dim);
    }
    for said in &attempt.tail {
        page.text(&foreign(state, said.as_str()), theme.text);
    }
}
