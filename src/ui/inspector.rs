//! Everything that is known of what is selected, as lines: in a pane of its own where there is room, else over
//! the others. It reads the state and asks for nothing.

mod person;

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Canvas;
use super::activity::{made_by, notes, unjudged, work};
use super::figures::moment;
use super::page::Page;
use super::spots::within;
use super::veil::{foreign, wrap};
use crate::app::inspector::Subject;
use crate::app::jobs::Entry;
use crate::app::overlay::Detail;
use crate::app::remote::Remote;
use crate::domain::arrival::Arrival;
use crate::domain::attention::Need;
use crate::domain::directory::{Item, ItemRef};
use crate::domain::handoff::Progress as Consumer;
use crate::domain::job::Head;
use crate::domain::query::StatusRow;
use crate::domain::text::{SafeText, counted};
use crate::domain::transfer;

/// Draws it as a pane.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let (state, theme) = (canvas.state, canvas.theme);
    let mut page = Page::new(state, theme, area.width.into());
    about(&mut page);
    let (title, lines) = (wrap(state, &page.title, area.width.into()), &page.lines);
    for (y, text) in (0..area.height).zip(title.iter().take(2)) {
        canvas.line(area, y, theme.heading).text(text, Style::new());
    }
    let head = u16::try_from(title.len().min(2)).unwrap_or(1) + 1;
    let below = within(area, head, 0);
    let room = usize::from(below.height);
    // What does not fit is counted on the last line.
    let shown = if lines.len() > room { room.saturating_sub(1) } else { room };
    let furthest = lines.len().saturating_sub(shown);
    let top = canvas.state.inspector.top.min(furthest);
    canvas.memo.viewport.inspector = Some(furthest);
    for (y, (text, style)) in (0..below.height).zip(lines.iter().skip(top).take(shown)) {
        canvas.line(below, y, theme.text).text(text, *style);
    }
    if furthest > 0 {
        canvas.position(below, &(top..top + shown), lines.len());
    }
}

/// Everything about what is selected.
pub(super) fn about(page: &mut Page<'_>) {
    let (state, theme) = (page.state, page.theme);
    let title = match state.subject() {
        Subject::Student(row) => {
            person::student(page, row);
            state.named(row).to_owned()
        }
        Subject::Cell(row) => {
            person::cell(page, row);
            format!("Access: {}", state.named(row))
        }
        Subject::Item(row, one) => return item(page, row, one),
        Subject::Arrival(one) => {
            arrival(page, one);
            state.titled(one.item.title.as_str()).into_owned()
        }
        Subject::Need(one) => {
            need(page, one);
            one.reason.word().to_owned()
        }
        Subject::Job(entry) => return job(page, entry),
        Subject::Nothing => {
            page.text("nothing is selected", theme.dim);
            "Inspector".to_owned()
        }
    };
    page.title = title;
}

/// An item: as it was opened, if it was; else what its list says of it.
fn item(page: &mut Page<'_>, row: &StatusRow, item: &Item) {
    let (state, theme) = (page.state, page.theme);
    let at = row.vault.clone().map(|vault| ItemRef { vault, item: item.id.clone() });
    let opened = state.inspector.opened.as_ref();
    let opened = opened.filter(|(of, known)| Some(of) == at.as_ref() && known.item.version == item.version);
    if let Some((at, known)) = opened {
        let known = Remote { value: Some(known.clone()), ..Remote::default() };
        return super::detail::item(page, &Detail { at: at.clone(), item: known, top: 0 });
    }
    page.title = state.titled(item.title.as_str()).into_owned();
    let zone = &state.setting.zone;
    page.field("kind", &item.category.as_str().to_lowercase().replace('_', " "), theme.text);
    page.field("version", &item.version.to_string(), theme.text);
    page.maybe("created", item.created_at.map(|at| moment(at, zone)), theme.text);
    page.maybe("updated", item.updated_at.map(|at| moment(at, zone)), theme.text);
    let tags = item.tags.iter().map(SafeText::as_str).collect::<Vec<_>>().join(", ");
    page.maybe("tags", Some(foreign(state, &tags).into_owned()), theme.text);
    page.field("id", item.id.as_str(), theme.dim);
    page.field("owner", state.named(row), theme.text);
    let arrivals: Vec<&Arrival> = at.iter().flat_map(|at| state.activity.of_item(at)).collect();
    if !arrivals.is_empty() {
        page.heading("Versions seen");
    }
    for one in arrivals {
        came(page, one);
    }
    let copies = super::feed::copies_of(state, row.vault.as_ref());
    let copies: Vec<_> = copies.iter().filter(|copy| copy.at.item == item.id).collect();
    if !copies.is_empty() {
        page.heading("Copies on this machine");
    }
    for copy in copies {
        let is_newest = copy.version == item.version;
        let (note, style) = if is_newest { ("", theme.good) } else { (", an older version", theme.warning) };
        let at = moment(copy.saved_at, zone);
        page.indented(2, &format!("v{}{note}, {}, {at}", copy.version, transfer::bytes(copy.size)), style);
        page.indented(2, SafeText::new(&copy.path).as_str(), theme.dim);
        page.indented(2, &format!("sha256 {}", SafeText::new(&copy.sha256)), theme.dim);
    }
    page.heading("Fields");
    page.indented(2, "enter opens the item and reads them: one request", theme.dim);
}

/// An arrival in a line, with its files.
fn came(page: &mut Page<'_>, arrival: &Arrival) {
    let (state, theme) = (page.state, page.theme);
    let at = moment(arrival.detected_at, &state.setting.zone);
    let (work, style) = work(arrival, theme);
    let text = format!("{at} {} v{} {work}", arrival.kind.word(), arrival.item.version);
    page.indented(2, text.trim_end(), if work.is_empty() { theme.text } else { style });
    let made = made_by(arrival, state);
    if !made.is_empty() {
        page.indented(2, &format!("  {made}"), theme.dim);
    }
    for file in &arrival.files {
        page.indented(
            2,
            &format!("  {}  {}", state.titled(file.name.safe().as_str()), transfer::bytes(file.size)),
            theme.dim,
        );
    }
}

fn arrival(page: &mut Page<'_>, arrival: &Arrival) {
    let (state, theme) = (page.state, page.theme);
    let zone = &state.setting.zone;
    let key = &arrival.student.key;
    let name = state.row(key).map_or_else(|| state.keyed(key), |row| state.named(row).into());
    page.field("what", &format!("{}, version {}", arrival.kind.word(), arrival.item.version), theme.text);
    page.field("student", &name, theme.heading);
    page.field("seen", &moment(arrival.detected_at, zone), theme.text);
    let before = arrival.not_before.map(|at| format!("not there yet {}", moment(at, zone)));
    page.maybe("before", before, theme.dim);
    page.maybe("made", arrival.item.created_at.map(|at| moment(at, zone)), theme.text);
    page.maybe("changed", arrival.item.updated_at.map(|at| moment(at, zone)), theme.text);
    let (work, style) = work(arrival, theme);
    page.maybe("for", Some(work), style);
    page.maybe("", unjudged(arrival), theme.dim);
    page.maybe("notes", Some(notes(arrival)), theme.warning);
    page.maybe("reported", Some(made_by(arrival, state)), theme.text);
    page.field("vault", arrival.vault.name.as_str(), theme.text);
    page.field("number", &format!("{} in the journal", arrival.seq), theme.dim);
    if !arrival.files.is_empty() {
        page.heading("Files");
    }
    for file in &arrival.files {
        page.indented(
            2,
            &format!("{}  {}", state.titled(file.name.safe().as_str()), transfer::bytes(file.size)),
            theme.text,
        );
    }
    if let Some(saved) = &arrival.saved {
        page.heading("Copy on this machine");
        page.indented(2, SafeText::new(&saved.path).as_str(), theme.good);
    }
    if !state.jobs.consumers().is_empty() {
        page.heading("Hand-off");
    }
    for consumer in state.jobs.consumers() {
        let (state_word, style) = super::jobs::handed(consumer.of(arrival.seq), theme);
        let why = state.jobs.last_attempt(consumer, arrival.seq);
        let why =
            why.map_or_else(String::new, |attempt| format!(": {}", foreign(state, attempt.why.as_str())));
        page.indented(2, &format!("{} {state_word}{why}", consumer.consumer), style);
    }
}

fn need(page: &mut Page<'_>, need: &Need) {
    let (state, theme) = (page.state, page.theme);
    let zone = &state.setting.zone;
    page.text(need.text.as_str(), theme.text);
    page.heading("Next");
    page.indented(2, need.next.as_str(), theme.warning);
    page.heading("About");
    page.maybe("since", need.since.map(|at| moment(at, zone)), theme.text);
    page.maybe("for", need.assignment.as_ref().map(ToString::to_string), theme.text);
    for key in need.student.iter().chain(&need.students) {
        let name = state
            .row(key)
            .map_or_else(|| state.keyed(key), |row| format!("{} {}", state.named(row), row.email).into());
        page.indented(2, &name, theme.text);
    }
    if let Some(row) = need.student.as_ref().and_then(|key| state.row(key)) {
        page.heading(state.named(row));
        person::student(page, row);
    }
}

/// A line of the jobs.
fn job(page: &mut Page<'_>, entry: Entry<'_>) {
    match entry {
        Entry::Plan(review) => super::review::plan(page, review),
        Entry::Other(head) => other(page, head),
        Entry::Download(download) => super::detail::fetched(page, download.ticket),
        Entry::Consumer(consumer) => taken(page, consumer),
        Entry::Attempt(attempt) => super::detail::output(page, attempt),
    }
}

/// Whoever takes the arrivals, and how far it is.
fn taken(page: &mut Page<'_>, consumer: &Consumer) {
    let theme = page.theme;
    page.title = consumer.consumer.to_string();
    page.field("means", consumer.means.as_str(), theme.text);
    page.field("taken", &format!("up to {}", consumer.acked), theme.good);
    page.field("waiting", &consumer.waiting.to_string(), theme.text);
    if let Some(retrying) = &consumer.retrying {
        let at = moment(retrying.at, &page.state.setting.zone);
        let (seq, times, why) = (retrying.seq, counted(retrying.attempts, "time"), &retrying.why);
        page.field("again", &format!("{seq} tried {times}, again {at}: {why}"), theme.warning);
    }
    if !consumer.dead.is_empty() {
        page.field("set aside", &consumer.dead.len().to_string(), theme.bad);
    }
}

/// A plan of another program.
fn other(page: &mut Page<'_>, head: &Head) {
    let (state, theme) = (page.state, page.theme);
    page.title = head.title.to_string();
    page.field("job", head.id.as_str(), theme.text);
    page.field("state", head.state.word(), theme.text);
    page.field("by", head.by.as_str(), theme.text);
    page.field("rows", &format!("{} of {}", head.ended, head.rows), theme.text);
    if head.failed > 0 {
        page.field("failed", &head.failed.to_string(), theme.bad);
    }
    page.maybe("why", head.why.as_ref().map(ToString::to_string), theme.warning);
    page.maybe("done", head.ends.map(|at| moment(at, &state.setting.zone)), theme.text);
}
