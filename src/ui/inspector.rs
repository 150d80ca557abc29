//! Everything that is known of what is selected, as lines: in a pane of its own where there is room, else over
//! the others. It reads the state and asks for nothing.

mod person;

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Canvas;
use super::overlay::Text;
use super::roster::position;
use super::table::{moment, size};
use super::theme::Theme;
use super::veil::{foreign, wrap};
use crate::app::State;
use crate::app::inspector::Subject;
use crate::app::jobs::Entry;
use crate::app::overlay::Detail;
use crate::app::remote::Remote;
use crate::domain::activity::{Arrival, ArrivalKind};
use crate::domain::attention::Need;
use crate::domain::directory::{Item, ItemRef};
use crate::domain::job::Head;
use crate::domain::query::StatusRow;
use crate::domain::text::SafeText;

/// Cells of the words at the left, the space after them included.
const WORD: usize = 10;

/// Draws it as a pane.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let (state, theme) = (canvas.state, canvas.theme);
    let (title, lines) = about(state, theme, area.width.into());
    let title = wrap(state, &title, area.width.into());
    for (y, text) in (0..area.height).zip(title.iter().take(2)) {
        canvas.line(area, y, theme.heading).text(text, Style::new());
    }
    let head = u16::try_from(title.len().min(2)).unwrap_or(1) + 1;
    let below = Rect { y: area.y + head, height: area.height.saturating_sub(head), ..area };
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
        position(canvas, below, top, shown, lines.len());
    }
}

/// What is selected, and the lines about it.
pub(super) fn about(state: &State, theme: &Theme, width: usize) -> (String, Vec<Text>) {
    let mut lines = Lines { all: Vec::new(), width: width.max(20), theme, state };
    let title = match state.subject() {
        Subject::Student(row) => {
            person::student(&mut lines, row, state);
            state.named(row).to_owned()
        }
        Subject::Cell(row) => {
            person::cell(&mut lines, row, state);
            format!("Access: {}", state.named(row))
        }
        Subject::Item(row, one) => return item(row, one, state, theme, width),
        Subject::Arrival(one) => {
            arrival(&mut lines, one, state);
            state.titled(one.item.title.as_str()).into_owned()
        }
        Subject::Need(one) => {
            need(&mut lines, one, state);
            one.reason.word().to_owned()
        }
        Subject::Job(entry) => job(&mut lines, entry, state),
        Subject::Nothing => {
            lines.text("nothing is selected", theme.dim);
            "Inspector".to_owned()
        }
    };
    (title, lines.all)
}

/// Lines as they are put together: a word at the left, and what it is.
struct Lines<'a> {
    all: Vec<Text>,
    width: usize,
    theme: &'a Theme,
    state: &'a State,
}

impl Lines<'_> {
    /// A word, and what it stands for; in as many lines as it needs.
    fn field(&mut self, word: &str, text: &str, style: Style) {
        let mut word = format!("{word:<WORD$}");
        for part in wrap(self.state, text, self.width.saturating_sub(WORD).max(8)) {
            self.all.push((format!("{word}{part}"), style));
            word = " ".repeat(WORD);
        }
    }

    /// The same where there is something to say.
    fn maybe(&mut self, word: &str, text: Option<String>, style: Style) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.field(word, &text, style);
        }
    }

    /// Text over the whole width.
    fn text(&mut self, text: &str, style: Style) {
        self.all.extend(wrap(self.state, text, self.width).into_iter().map(|line| (line, style)));
    }

    /// Text with two spaces before each of its lines.
    fn item(&mut self, text: &str, style: Style) {
        let lines = wrap(self.state, text, self.width.saturating_sub(2).max(8));
        self.all.extend(lines.into_iter().map(|line| (format!("  {line}"), style)));
    }

    /// A heading with an empty line before it.
    fn heading(&mut self, text: &str) {
        if !self.all.is_empty() {
            self.all.push((String::new(), self.theme.text));
        }
        self.all.push((self.state.veiled(text).into_owned(), self.theme.heading));
    }
}

/// An item: as it was opened, if it was; else what its list says of it.
fn item(row: &StatusRow, item: &Item, state: &State, theme: &Theme, width: usize) -> (String, Vec<Text>) {
    let at = row.vault.clone().map(|vault| ItemRef { vault, item: item.id.clone() });
    let opened = state.inspector.opened.as_ref();
    let opened = opened.filter(|(of, known)| Some(of) == at.as_ref() && known.item.version == item.version);
    if let Some((at, known)) = opened {
        let known = Remote { value: Some(known.clone()), ..Remote::default() };
        return super::detail::item(&Detail { at: at.clone(), item: known, top: 0 }, state, theme, width);
    }
    let mut lines = Lines { all: Vec::new(), width: width.max(20), theme, state };
    let zone = &state.setting.zone;
    lines.field("kind", &item.category.as_str().to_lowercase().replace('_', " "), theme.text);
    lines.field("version", &item.version.to_string(), theme.text);
    lines.maybe("created", item.created_at.map(|at| moment(at, zone)), theme.text);
    lines.maybe("updated", item.updated_at.map(|at| moment(at, zone)), theme.text);
    let tags = item.tags.iter().map(SafeText::as_str).collect::<Vec<_>>().join(", ");
    lines.maybe("tags", Some(foreign(state, &tags).into_owned()), theme.text);
    lines.field("id", item.id.as_str(), theme.dim);
    lines.field("owner", state.named(row), theme.text);
    let arrivals: Vec<&Arrival> = at.iter().flat_map(|at| state.activity.of_item(at)).collect();
    if !arrivals.is_empty() {
        lines.heading("Versions seen");
    }
    for one in arrivals {
        came(&mut lines, one, state);
    }
    let copies = super::feed::copies_of(state, row.vault.as_ref());
    let copies: Vec<_> = copies.iter().filter(|copy| copy.at.item == item.id).collect();
    if !copies.is_empty() {
        lines.heading("Copies on this machine");
    }
    for copy in copies {
        let is_newest = copy.version == item.version;
        let (note, style) = if is_newest { ("", theme.good) } else { (", an older version", theme.warning) };
        let at = moment(copy.saved_at, zone);
        lines.item(&format!("v{}{note}, {}, {at}", copy.version, size(copy.size)), style);
        lines.item(SafeText::new(&copy.path).as_str(), theme.dim);
        lines.item(&format!("sha256 {}", SafeText::new(&copy.sha256)), theme.dim);
    }
    lines.heading("Fields");
    lines.item("enter opens the item and reads them: one request", theme.dim);
    (state.titled(item.title.as_str()).into_owned(), lines.all)
}

/// What happened, in a word.
fn happened(kind: ArrivalKind) -> &'static str {
    match kind {
        ArrivalKind::New => "new",
        ArrivalKind::Updated => "updated",
        ArrivalKind::Removed => "removed",
    }
}

/// An arrival in a line, with its files.
fn came(lines: &mut Lines<'_>, arrival: &Arrival, state: &State) {
    let theme = lines.theme;
    let at = moment(arrival.detected_at, &state.setting.zone);
    let (work, style) = super::activity::work(arrival, theme);
    let text = format!("{at} {} v{} {work}", happened(arrival.kind), arrival.item.version);
    lines.item(text.trim_end(), if work.is_empty() { theme.text } else { style });
    let made = super::activity::made_by(arrival, state);
    if !made.is_empty() {
        lines.item(&format!("  {made}"), theme.dim);
    }
    for file in &arrival.files {
        lines.item(&format!("  {}  {}", state.titled(file.name.safe().as_str()), size(file.size)), theme.dim);
    }
}

fn arrival(lines: &mut Lines<'_>, arrival: &Arrival, state: &State) {
    let (theme, zone) = (lines.theme, &state.setting.zone);
    let key = &arrival.student.key;
    let name = state.row(key).map_or_else(|| state.keyed(key), |row| state.named(row).into());
    lines.field("what", &format!("{}, version {}", happened(arrival.kind), arrival.item.version), theme.text);
    lines.field("student", &name, theme.heading);
    lines.field("seen", &moment(arrival.detected_at, zone), theme.text);
    let before = arrival.not_before.map(|at| format!("not there yet {}", moment(at, zone)));
    lines.maybe("before", before, theme.dim);
    lines.maybe("made", arrival.item.created_at.map(|at| moment(at, zone)), theme.text);
    lines.maybe("changed", arrival.item.updated_at.map(|at| moment(at, zone)), theme.text);
    let (work, style) = super::activity::work(arrival, theme);
    lines.maybe("for", Some(work), style);
    lines.maybe("notes", Some(super::activity::notes(arrival)), theme.warning);
    lines.maybe("reported", Some(super::activity::made_by(arrival, state)), theme.text);
    lines.field("vault", arrival.vault.name.as_str(), theme.text);
    lines.field("number", &format!("{} in the journal", arrival.seq), theme.dim);
    if !arrival.files.is_empty() {
        lines.heading("Files");
    }
    for file in &arrival.files {
        lines.item(&format!("{}  {}", state.titled(file.name.safe().as_str()), size(file.size)), theme.text);
    }
    if let Some(saved) = &arrival.saved {
        lines.heading("Copy on this machine");
        lines.item(SafeText::new(&saved.path).as_str(), theme.good);
    }
    if !state.jobs.consumers().is_empty() {
        lines.heading("Hand-off");
    }
    for consumer in state.jobs.consumers() {
        let (state_word, style) = super::jobs::handed(consumer.of(arrival.seq), theme);
        let why = state.jobs.last_attempt(consumer, arrival.seq);
        let why =
            why.map_or_else(String::new, |attempt| format!(": {}", foreign(state, attempt.why.as_str())));
        lines.item(&format!("{} {state_word}{why}", consumer.consumer), style);
    }
}

fn need(lines: &mut Lines<'_>, need: &Need, state: &State) {
    let (theme, zone) = (lines.theme, &state.setting.zone);
    lines.text(need.text.as_str(), theme.text);
    lines.heading("Next");
    lines.item(need.next.as_str(), theme.warning);
    lines.heading("About");
    lines.maybe("since", need.since.map(|at| moment(at, zone)), theme.text);
    lines.maybe("for", need.assignment.as_ref().map(ToString::to_string), theme.text);
    for key in need.student.iter().chain(&need.students) {
        let name = state
            .row(key)
            .map_or_else(|| state.keyed(key), |row| format!("{} {}", state.named(row), row.email).into());
        lines.item(&name, theme.text);
    }
    if let Some(row) = need.student.as_ref().and_then(|key| state.row(key)) {
        lines.heading(state.named(row));
        person::student(lines, row, state);
    }
}

/// A line of the jobs; returns its title.
fn job(lines: &mut Lines<'_>, entry: Entry<'_>, state: &State) -> String {
    let theme = lines.theme;
    match entry {
        Entry::Plan(review) => {
            let (title, text) = super::review::plan(review, state, theme, lines.width);
            lines.all.extend(text);
            title
        }
        Entry::Other(head) => other(lines, head, state),
        Entry::Download(download) => {
            let (title, text) = super::detail::fetched(download.ticket, state, theme, lines.width);
            lines.all.extend(text);
            title
        }
        Entry::Consumer(consumer) => {
            lines.field("means", consumer.means.as_str(), theme.text);
            lines.field("taken", &format!("up to {}", consumer.acked), theme.good);
            lines.field("waiting", &consumer.waiting.to_string(), theme.text);
            if let Some(retrying) = &consumer.retrying {
                let at = moment(retrying.at, &state.setting.zone);
                let (seq, times, why) = (retrying.seq, retrying.attempts, &retrying.why);
                let text = format!("{seq} tried {times} times, again {at}: {why}");
                lines.field("again", &text, theme.warning);
            }
            if !consumer.dead.is_empty() {
                lines.field("set aside", &consumer.dead.len().to_string(), theme.bad);
            }
            consumer.consumer.to_string()
        }
        Entry::Attempt(attempt) => {
            let (title, text) = super::detail::output(attempt, state, theme, lines.width);
            lines.all.extend(text);
            title
        }
    }
}

/// A plan of another program.
fn other(lines: &mut Lines<'_>, head: &Head, state: &State) -> String {
    let theme = lines.theme;
    lines.field("job", head.id.as_str(), theme.text);
    lines.field("state", head.state.word(), theme.text);
    lines.field("by", head.by.as_str(), theme.text);
    lines.field("rows", &format!("{} of {}", head.ended, head.rows), theme.text);
    if head.failed > 0 {
        lines.field("failed", &head.failed.to_string(), theme.bad);
    }
    lines.maybe("why", head.why.as_ref().map(ToString::to_string), theme.warning);
    lines.maybe("done", head.ends.map(|at| moment(at, &state.setting.zone)), theme.text);
    head.title.to_string()
}
