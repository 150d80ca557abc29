//! What is said and what is meant: a line that was typed becomes the keys that a screen would have got, and
//! what the state shows becomes lines. Pure; knows no terminal.
//!
//! There is no second set of rules: everything goes through the commands of the screen and their reasons.

use super::keys::{filtered, is_list, keys, nth, press, typed, why_not_here, word_of};
use super::words::{arrived, commands, heading, rows, say};
use crate::app::command::{Context, Found, available, find};
use crate::app::key::{Key, ctrl, key};
use crate::app::msg::{Event, Pane};
use crate::app::notices::Notice;
use crate::app::overlay::Overlay;
use crate::app::{Live, State, Weight};
use crate::ui::linear;

/// How many lines a page has.
const PAGE: usize = 20;
/// How wide a line of a dialog is at most.
const WIDTH: usize = 100;

const MENU: &str = "1 attention, 2 roster, 3 items of the chosen student, 4 access, 5 activity, 6 jobs, \
                    7 plan and apply what the class file asks for, 8 history, 9 end of term, q quit";

/// Where the talk is: what was said, and how far.
#[derive(Debug, Default)]
pub struct Talk {
    /// Whether one of the choices of the beginning was made: a pane is shown.
    chosen: bool,
    /// The first line of the next page.
    next: usize,
    /// How many lines what was said last has.
    count: usize,
    /// What was said last of what is shown, so that it is said once.
    said: String,
    notice: Option<Notice>,
    /// Whether the last line leads from what needs somebody to whom it is about.
    leads: bool,
    /// Why the last line meant nothing.
    aside: Option<String>,
    live: Option<Live>,
    /// What keeps files of the user from being taken over, as it was said last.
    troubles: Vec<String>,
    /// The last arrival that was told; `None` until the journal was read.
    seq: Option<u64>,
}

impl Talk {
    /// What a typed line means: the events that a screen would have got.
    pub fn take(&mut self, state: &State, line: &str) -> Vec<Event> {
        let line = line.trim();
        self.aside = None;
        if line == "?" && !is_field(state) {
            return Vec::new();
        }
        let meant = if !state.overlays.is_empty() {
            self.over(state, line)
        } else if self.chosen {
            self.within(state, line)
        } else {
            self.choose(state, line)
        };
        // Keys that were begun, a filter or the palette would take what is typed for their own.
        let begun = state.palette.is_some() || !state.prefix.is_empty() || state.filter().editing;
        begun.then(|| press(key(Key::Esc))).into_iter().chain(meant).collect()
    }

    /// One of the choices of the beginning.
    fn choose(&mut self, state: &State, line: &str) -> Vec<Event> {
        let names: &[&str] = match line {
            "1" => &["attention"],
            "2" => &["roster"],
            "3" => &["items"],
            "4" => &["access"],
            "5" => &["activity"],
            "6" => &["jobs"],
            "7" => &["access", "plan"],
            "8" => &["history"],
            "9" => &["close-term"],
            "q" => &["quit"],
            "" | "m" | "b" | "back" | "esc" => return Vec::new(),
            _ => {
                self.aside = Some(format!("\"{line}\" is not understood: type one of the numbers, or q"));
                return Vec::new();
            }
        };
        self.next = 0;
        self.chosen = line != "q";
        self.said.clear();
        names.iter().flat_map(|name| keys(state, name)).collect()
    }

    /// A line while a pane is shown.
    fn within(&mut self, state: &State, line: &str) -> Vec<Event> {
        if let Ok(number) = line.parse::<usize>() {
            return self.number(state, number);
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (word, rest) {
            ("" | "m", "") => Vec::new(),
            ("b" | "back" | "esc" | "q", "") => {
                self.chosen = false;
                self.said.clear();
                Vec::new()
            }
            ("/", "") => keys(state, "filter").into_iter().chain([press(key(Key::Esc))]).collect(),
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
                filtered(state, line.trim_start_matches('/'))
            }
        }
    }

    /// Goes to a row of the pane and opens it.
    fn number(&mut self, state: &State, number: usize) -> Vec<Event> {
        let rows = state.sheet(crate::app::sheets::Which::Shown).rows.len();
        if number == 0 || number > rows {
            self.aside = Some(format!("there is no line {number}"));
            return Vec::new();
        }
        self.next = 0;
        self.leads = state.focus == Pane::Attention;
        let mut events = nth(state, number);
        events.push(press(key(Key::Enter)));
        events
    }

    /// A line while something lies over the panes.
    fn over(&mut self, state: &State, line: &str) -> Vec<Event> {
        let back = Context::nearest(state).is_some() && matches!(line, "b" | "back");
        if line == "esc" || back {
            return vec![press(key(Key::Esc))];
        }
        let word_typed = matches!(state.overlays.last(), Some(Overlay::Plan(review)) if review.typing);
        if Context::nearest(state).is_none() || word_typed {
            // A field: what is typed stands in place of what is in it.
            let field = [press(ctrl('u')), Event::Paste(line.to_owned())];
            let field = field.into_iter().filter(|_| !line.is_empty());
            return field.chain([press(key(Key::Enter))]).collect();
        }
        match line.parse::<usize>() {
            // A digit may be a key of its own, as in the choice of an assignment.
            Ok(number) if number > 0 && state.overlays.last().is_some_and(is_list) => {
                let mut events = nth(state, number);
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
        let chord = typed(line)?;
        let Found::Command(command) = find(state, &[chord]) else { return None };
        if let Some(reason) = why_not_here(command.name) {
            self.aside = Some(reason.to_owned());
            return Some(Vec::new());
        }
        Some(vec![press(chord)])
    }

    /// The keys of a command that can be given now.
    fn named(&mut self, state: &State, name: &str) -> Vec<Event> {
        let name = name.trim();
        if let Some(reason) = why_not_here(name) {
            self.aside = Some(reason.to_owned());
            return Vec::new();
        }
        let events = keys(state, name);
        if events.is_empty() {
            self.aside = Some(format!("there is no command {name} here; ? lists them"));
        }
        events
    }

    /// What is new and what is shown, as lines; ends with the prompt.
    pub fn tell(&mut self, state: &State, line: &str) -> String {
        let mut out = String::new();
        self.news(state, &mut out);
        self.live(state, &mut out);
        self.troubles(state, &mut out);
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
        if state.notice() != self.notice.as_ref() {
            self.notice = state.notice().cloned();
            if let Some(notice) = state.notice() {
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
        if let Some(text) = text {
            say(out, &text);
        }
    }

    /// What keeps files of the user from being taken over, where that has changed; what was mended is said by a
    /// notice.
    fn troubles(&mut self, state: &State, out: &mut String) {
        let now: Vec<String> = state.chosen.troubles().collect();
        for trouble in now.iter().filter(|one| !self.troubles.contains(*one)) {
            say(out, &format!("note: {}", state.veiled(trouble)));
        }
        self.troubles = now;
    }

    /// The choices of the beginning, or a page of the pane's rows.
    fn pane(&mut self, state: &State, line: &str, out: &mut String) {
        if !self.chosen {
            if self.said != MENU || line.trim() == "?" {
                MENU.clone_into(&mut self.said);
                say(out, &heading(state));
                say(out, MENU);
            }
            return;
        }
        // An empty line asks for what is new only.
        if line.trim().is_empty() && !self.said.is_empty() {
            return;
        }
        let (title, rows) = rows(state);
        if std::mem::take(&mut self.leads)
            && matches!(state.focus, Pane::Roster | Pane::Access)
            && let Some(row) = rows.get(state.rows.cursor)
        {
            // Whoever came for one student hears of that one, and reads on from there.
            say(out, &title);
            say(out, row);
            (self.said, self.count) = (format!("{title}\n{}", rows.join("\n")), rows.len());
            self.next = state.rows.cursor + 1;
            return;
        }
        self.page(&title, &rows, line, out);
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
            .filter(|command| command.name != "close" && why_not_here(command.name).is_none())
            .filter(|command| command.hint.word().is_some() && (command.plan)(state).is_ok())
            .filter_map(|command| Some(format!("{} {}", word_of(state, command)?, command.hint.word()?)))
            .collect();
        if !keys.is_empty() {
            say(out, &format!("({}, b back)", keys.join(", ")));
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
    Context::nearest(state).is_none()
}
