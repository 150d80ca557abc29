//! What is said and what is meant: a line that was typed becomes the keys that a screen would have got, and
//! what the state shows becomes lines. Pure; knows no terminal.
//!
//! There is no second set of rules: everything goes through the commands of the screen and their reasons.

use std::fmt::Write as _;

use crate::app::command::{Found, available, contexts, find, in_words};
use crate::app::key::{Chord, Key, ch, ctrl, key};
use crate::app::msg::{Event, Pane};
use crate::app::overlay::Overlay;
use crate::app::{Live, Notice, State, Weight};
use crate::domain::activity::{Arrival, ArrivalKind};
use crate::domain::submission::Standing;
use crate::domain::text::{SafeText, counted};
use crate::ui::linear;

/// How many lines a page has.
pub const PAGE: usize = 20;
/// How wide a line of a dialog is at most.
const WIDTH: usize = 100;

const MENU: &str = "1 attention, 2 roster, 3 items of the chosen student, 4 access, 5 activity, 6 jobs, \
                    7 plan and apply what the class file asks for, 8 history, 9 end of term, q quit";

/// Where the talk is: what was said, and how far.
#[derive(Debug)]
pub struct Talk {
    /// Whether the choices of the beginning are asked for.
    menu: bool,
    /// The first line of the next page.
    next: usize,
    /// How many lines what was said last has.
    count: usize,
    /// What was said last of what is shown, so that it is said once.
    said: String,
    notice: Option<Notice>,
    /// Why the last line meant nothing.
    aside: Option<String>,
    live: Option<Live>,
    /// The last arrival that was told; `None` until the journal was read.
    seq: Option<u64>,
}

impl Default for Talk {
    fn default() -> Self {
        Self {
            menu: true,
            next: 0,
            count: 0,
            said: String::new(),
            notice: None,
            aside: None,
            live: None,
            seq: None,
        }
    }
}

impl Talk {
    /// What a typed line means: the events that a screen would have got.
    pub fn take(&mut self, state: &State, line: &str) -> Vec<Event> {
        let line = line.trim();
        self.aside = None;
        if line == "?" && !is_field(state) {
            return Vec::new();
        }
        if !state.overlays.is_empty() {
            return self.over(state, line);
        }
        if self.menu { self.choose(line) } else { self.within(state, line) }
    }

    /// One of the choices of the beginning.
    fn choose(&mut self, line: &str) -> Vec<Event> {
        self.next = 0;
        self.menu = false;
        self.said.clear();
        let keys = match line {
            "1" => "0",
            "2" => "1",
            "3" => "2",
            "4" => "3",
            "5" => "4",
            "6" => "6",
            "7" => "3a",
            "8" => "H",
            "9" => "W",
            "q" => "q",
            _ => {
                self.menu = true;
                return Vec::new();
            }
        };
        if line == "q" {
            self.menu = true;
        }
        typed(keys)
    }

    /// A line while a pane is shown.
    fn within(&mut self, state: &State, line: &str) -> Vec<Event> {
        if let Ok(number) = line.parse::<usize>() {
            return self.number(state, number);
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (word, rest) {
            ("" | "m", "") => Vec::new(),
            ("b" | "q", "") => {
                self.menu = true;
                self.said.clear();
                Vec::new()
            }
            ("/", "") => vec![press(ch('/')), press(key(Key::Esc))],
            ("grant", level) => self.named(state, &format!("stage-{level}")),
            ("revoke", "") => self.named(state, "stage-revoke"),
            ("column", number) if state.focus == Pane::Access => {
                let right = number.parse::<usize>().unwrap_or(1).saturating_sub(1).min(10_000);
                let left = state.matrix.column;
                let keys = std::iter::repeat_n(Key::Left, left).chain(std::iter::repeat_n(Key::Right, right));
                keys.map(|one| press(key(one))).collect()
            }
            _ => {
                if let Some(events) = self.command(state, line) {
                    return events;
                }
                if line.len() == 1 {
                    self.aside = Some(format!("{line} is no key here; ? lists them, /{line} filters"));
                    return Vec::new();
                }
                self.next = 0;
                filtered(line.trim_start_matches('/'))
            }
        }
    }

    /// Goes to a row of the pane and opens it.
    fn number(&mut self, state: &State, number: usize) -> Vec<Event> {
        let rows = state.sheet().rows.len();
        if number == 0 || number > rows {
            return Vec::new();
        }
        self.next = 0;
        let mut events = typed("g");
        events.extend((1..number).map(|_| press(ch('j'))));
        events.push(press(key(Key::Enter)));
        events
    }

    /// A line while something lies over the panes.
    fn over(&mut self, state: &State, line: &str) -> Vec<Event> {
        if line == "esc" {
            return vec![press(key(Key::Esc))];
        }
        let word_typed = matches!(state.overlays.last(), Some(Overlay::Plan(review)) if review.typing);
        if contexts(state).is_empty() || word_typed {
            // A field: what is typed stands in place of what is in it.
            let field = [press(ctrl('u')), Event::Paste(line.to_owned())];
            let field = field.into_iter().filter(|_| !line.is_empty());
            return field.chain([press(key(Key::Enter))]).collect();
        }
        let is_list = matches!(
            state.overlays.last(),
            Some(Overlay::History(_) | Overlay::Drift(_) | Overlay::Closing(_))
        );
        match line.parse::<usize>() {
            // A digit may be a key of its own, as in the choice of an assignment.
            Ok(number) if is_list && number > 0 => {
                let mut events = typed("g");
                events.extend((1..number).map(|_| press(ch('j'))));
                events.push(press(key(Key::Enter)));
                events
            }
            _ => self.command(state, line).unwrap_or_else(|| {
                let more = matches!(line, "" | "m");
                self.aside = (!more).then(|| format!("\"{line}\" means nothing here; ? lists what does"));
                Vec::new()
            }),
        }
    }

    /// A command by its name, with `:` in front, or by its key.
    fn command(&mut self, state: &State, line: &str) -> Option<Vec<Event>> {
        if let Some(name) = line.strip_prefix(':') {
            return Some(self.named(state, name));
        }
        let chord = match line {
            "enter" => key(Key::Enter),
            "space" => ch(' '),
            _ => {
                let mut chars = line.chars();
                let one = chars.next()?;
                chars.next().is_none().then_some(ch(one))?
            }
        };
        matches!(find(state, &[chord]), Found::Command(_)).then(|| vec![press(chord)])
    }

    /// The keys of a command that can be given now.
    fn named(&mut self, state: &State, name: &str) -> Vec<Event> {
        let command = available(state).find(|command| command.name == name.trim());
        let keys = command.and_then(|command| command.keys.first()).copied().unwrap_or_default();
        if keys.is_empty() {
            self.aside = Some(format!("there is no command {} here; ? lists them", name.trim()));
        }
        keys.iter().copied().map(press).collect()
    }

    /// What is new and what is shown, as lines; ends with the prompt.
    pub fn tell(&mut self, state: &State, line: &str) -> String {
        let mut out = String::new();
        self.news(state, &mut out);
        self.live(state, &mut out);
        if line.trim() == "?" && !is_field(state) {
            commands(state, &mut out);
        } else if state.overlays.is_empty() {
            self.pane(state, line, &mut out);
        } else {
            self.dialog(state, line, &mut out);
        }
        if let Some(aside) = self.aside.take() {
            say(&mut out, &aside);
        }
        if state.notice != self.notice {
            self.notice.clone_from(&state.notice);
            if let Some(notice) = &state.notice {
                let weight = match notice.weight {
                    Weight::Info => "",
                    Weight::Warning => "note: ",
                    Weight::Error => "error: ",
                };
                say(&mut out, &format!("{weight}{}", state.veiled(notice.text.as_str())));
            }
        }
        out.push_str("> ");
        out
    }

    /// What has arrived since it was told last, one line each.
    fn news(&mut self, state: &State, out: &mut String) {
        let last = state.activity.arrivals.back().map(|arrival| arrival.seq);
        let Some(seq) = self.seq else {
            // What was there at the beginning is no news.
            self.seq = last.or((state.live == Live::On).then_some(0));
            return;
        };
        for arrival in state.activity.arrivals.iter().filter(|arrival| arrival.seq > seq) {
            say(out, &arrived(state, arrival));
        }
        self.seq = last.or(self.seq);
    }

    /// How the live view stands, where that has changed.
    fn live(&mut self, state: &State, out: &mut String) {
        if self.live.as_ref() == Some(&state.live) {
            return;
        }
        let text = match &state.live {
            Live::Starting => None,
            Live::On => Some("live: arrivals are told after each line; an empty line asks".to_owned()),
            Live::Paused => Some("live view paused".to_owned()),
            Live::Failing(fault, _) => {
                Some(format!("live view failing: {}", state.veiled(&fault.to_string())))
            }
        };
        self.live = Some(state.live.clone());
        text.iter().for_each(|text| say(out, text));
    }

    /// The choices of the beginning, or a page of the pane's rows.
    fn pane(&mut self, state: &State, line: &str, out: &mut String) {
        if self.menu {
            if self.said != MENU || line.trim() == "?" {
                MENU.clone_into(&mut self.said);
                say(out, &heading(state));
                say(out, MENU);
            }
            return;
        }
        let (title, rows) = rows(state);
        self.page(&state.veiled(&title), &rows, line, out);
    }

    fn dialog(&mut self, state: &State, line: &str, out: &mut String) {
        let Some((title, lines)) = linear::lines(state, WIDTH) else { return };
        self.page(&title, &lines, line, out);
        if let Some(Overlay::Plan(review)) = state.overlays.last()
            && let Some(guard) = review.plan.value.as_ref().and_then(|plan| plan.guard.as_ref())
            && review.typing
        {
            let word = state.veiled(guard.word.as_str());
            say(out, &format!("type {word} to agree, or esc to go back"));
        }
        let keys: Vec<String> = available(state)
            .filter(|command| command.hint.is_some() && (command.plan)(state).is_ok())
            .filter_map(|command| Some(format!("{} {}", in_words(command.keys.first()?), command.hint?)))
            .collect();
        if !keys.is_empty() {
            say(out, &format!("({}, esc back)", keys.join(", ")));
        }
    }

    /// Says a page of lines: the first one where they are others than before, else the next one.
    fn page(&mut self, title: &str, lines: &[String], line: &str, out: &mut String) {
        let all = format!("{title}\n{}", lines.join("\n"));
        let more = matches!(line.trim(), "" | "m");
        if all != self.said {
            // Whoever reads on in a list whose lines have changed goes on; in another one, from the top.
            if !more || lines.len() != self.count {
                self.next = 0;
            }
            (self.said, self.count) = (all, lines.len());
        } else if !more {
            return;
        }
        if self.next >= lines.len() {
            self.next = 0;
            if more && !lines.is_empty() {
                say(out, "(that is all)");
                return;
            }
        }
        let last = (self.next + PAGE).min(lines.len());
        say(out, title);
        for text in &lines[self.next..last] {
            say(out, text);
        }
        let left = lines.len() - last;
        if left > 0 {
            say(out, &format!("({left} more: m)"));
        }
        self.next = last;
    }
}

/// Whether what is typed goes into a field.
fn is_field(state: &State) -> bool {
    !state.overlays.is_empty() && contexts(state).is_empty()
}

fn press(chord: Chord) -> Event {
    Event::Key(chord)
}

fn typed(keys: &str) -> Vec<Event> {
    keys.chars().map(|c| press(ch(c))).collect()
}

/// A filter in place of the one that is there.
fn filtered(text: &str) -> Vec<Event> {
    vec![press(ch('/')), press(ctrl('u')), Event::Paste(text.to_owned()), press(key(Key::Enter))]
}

/// One line, in which nothing can move a cursor, and nothing is drawn.
fn say(out: &mut String, text: &str) {
    let safe = SafeText::new(text);
    let plain = safe.as_str().replace('…', "...").replace('─', "-");
    // A String takes every write.
    let _written = writeln!(out, "{}", plain.trim_end());
}

/// The class and who acts.
fn heading(state: &State) -> String {
    let badge = |is: bool, word: &str| if is { format!("{word}, ") } else { String::new() };
    let setting = &state.setting;
    let live = state.view().map_or_else(String::new, |view| format!(", {}", counted(view.total, "student")));
    format!(
        "{}{}{}class {}{live}",
        badge(setting.demo, "demo: people and arrivals are simulated"),
        badge(setting.read_only, "read-only"),
        badge(state.veil().is_some(), "private"),
        setting.class
    )
}

/// The title of the pane and a line a row: the first cell, then each other one behind its heading.
fn rows(state: &State) -> (String, Vec<String>) {
    let sheet = state.sheet();
    let marked = state.rows.marks.len();
    let filter = state.filter();
    let mut title = format!("{}: {}", state.focus.name(), counted(sheet.rows.len(), "line"));
    if state.focus == Pane::Items {
        let whose = state.selected().map_or("nobody", |row| state.named(row));
        title = format!("Items of {whose}: {}", counted(sheet.rows.len(), "line"));
    }
    if filter.is_active() {
        title = format!("{title} with \"{}\" (/ shows all)", filter.text());
    }
    if marked > 0 && matches!(state.focus, Pane::Roster | Pane::Access) {
        title = format!("{title}, only those that are marked (:clear-marks)");
    }
    if state.focus == Pane::Access {
        let at = state.matrix.column + 1;
        let staged = counted(state.matrix.staged.len(), "change");
        let named = sheet.columns.get(at + 2).map_or("others", SafeText::as_str);
        let named = state.veiled(named);
        title = format!(
            "{title}; column {at} is {named}; {staged} staged (grant LEVEL, revoke, column N, A reviews)"
        );
    }
    let shown = |heading: &str, cell: &str| match heading {
        "title" => state.titled(cell).into_owned(),
        _ => state.veiled(cell).into_owned(),
    };
    let row = |(at, row): (usize, &Vec<SafeText>)| {
        let mut line = format!("{}.", at + 1);
        let cells = sheet.columns.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
        for (place, (heading, cell)) in cells.enumerate() {
            let cell = shown(heading.as_str(), cell.as_str());
            let plain = ["name", "title", "time", "reason", "what", "student"].contains(&heading.as_str());
            let between = if place == 0 { " " } else { "; " };
            line.push_str(between);
            if !plain {
                line.push_str(&state.veiled(heading.as_str()));
                line.push(' ');
            }
            line.push_str(&cell);
        }
        line
    };
    let lines: Vec<String> = sheet.rows.iter().enumerate().map(row).collect();
    let lines = if lines.is_empty() { vec!["nothing here".into()] } else { lines };
    (title, lines)
}

/// `14:31 new: Bai, Xiaoming, hw3.pdf, on time`.
fn arrived(state: &State, arrival: &Arrival) -> String {
    let kind = match arrival.kind {
        ArrivalKind::New => "new",
        ArrivalKind::Updated => "updated",
        ArrivalKind::Removed => "removed",
    };
    let at = arrival.detected_at.to_zoned(state.setting.zone.clone()).strftime("%H:%M").to_string();
    let key = arrival.student.key.as_str();
    let whose = state.row(&arrival.student.key).map_or(state.veiled(key), |row| state.named(row).into());
    let title = state.titled(arrival.item.title.as_str());
    let work = match (&arrival.assignment, arrival.lateness_s) {
        (Some(id), Some(late)) if late > 0 => format!(", {id} {}", Standing::Late(late).in_words()),
        (Some(id), Some(_)) => format!(", {id} on time"),
        (Some(id), None) => format!(", {id}"),
        (None, _) if arrival.unmatched => ", for no assignment".into(),
        (None, _) => String::new(),
    };
    format!("{at} {kind}: {whose}, {title}{work}")
}

/// The commands that can be given here, with their keys.
fn commands(state: &State, out: &mut String) {
    say(
        out,
        "a number opens a line; m more; b back; /text or text filters; or one of these, as :name or key",
    );
    let moves = ["up", "down", "first", "last", "half-page-up", "half-page-down", "redraw", "help"];
    for command in available(state).filter(|command| !moves.contains(&command.name)) {
        let keys = command.keys.first().map_or_else(String::new, |keys| format!(" ({})", in_words(keys)));
        let why = (command.plan)(state).err().map_or_else(String::new, |why| format!("; not now: {why}"));
        say(out, &format!(":{}{keys}: {}{}", command.name, command.doc, state.veiled(&why)));
    }
}
