//! What is typed into the fields of an overlay or chosen there, and what comes of it.

use tui_input::Input;

use super::assignments::{head, read_relief};
use super::command::Context;
use super::filter::{edit, paste};
use super::jobs::{Download, Entry, Task};
use super::key::{Chord, Key};
use super::msg::{Effect, Fetch, Order, Pane, Step, Upload};
use super::overlay::{Choice, Destination, Extension, Help, Overlay, Question, SignOff};
use super::pending::Deed;
use super::{Effects, State, Weight, closing, export, import};
use crate::domain::assignment::{AssignmentId, Relief};
use crate::domain::calendar::instant;
use crate::domain::class::StudentKey;
use crate::domain::decision::Decision;
use crate::domain::text::SafeText;

/// Gives a key to the field on top; `None` where there is none.
pub(super) fn typed(state: &mut State, chord: Chord) -> Option<Effects> {
    if point(state, chord) {
        return Some(vec![]);
    }
    let top = state.overlays.last_mut()?;
    if chord.ctrl && chord.key == Key::Char('c') {
        return None;
    }
    let other = matches!(chord.key, Key::Tab | Key::BackTab | Key::Up | Key::Down);
    match (top, chord.key) {
        (Overlay::Help(help), _) if help.typing => match chord.key {
            Key::Enter => help.typing = false,
            Key::Esc => *help = Help::default(),
            Key::Up | Key::Down | Key::PageUp | Key::PageDown => {
                return Some(super::moves::moved(state, step(chord.key)));
            }
            _ => {
                if edit(&mut help.search, chord) {
                    help.top = 0;
                }
            }
        },
        (Overlay::Export(_), _) => return Some(export::typed(state, chord)),
        (Overlay::Import(_), _) => return Some(import::typed(state, chord)),
        (Overlay::Download(_) | Overlay::Extend(_) | Overlay::SignOff(_), Key::Esc) => {
            drop(state.overlays.pop());
        }
        (Overlay::Download(_), Key::Enter) => return Some(begin_download(state)),
        (Overlay::Download(form), _) if other => form.turn(),
        (Overlay::Download(form), _) => drop(edit(&mut form.folder, chord)),
        (Overlay::SignOff(_), Key::Enter) => return Some(closing::begin(state)),
        (Overlay::SignOff(SignOff { folder: Some(folder), .. }), _) => drop(edit(folder, chord)),
        (Overlay::SignOff(_), _) => {}
        // What cannot be read is said at once. Nothing typed takes back what was decided: there is no reason to give.
        (Overlay::Extend(form), Key::Enter)
            if form.at_reason
                || form.time.value().trim().is_empty()
                || read_relief(form.time.value(), form.assignment.due, &state.setting.zone).is_err() =>
        {
            return Some(extend(state));
        }
        (Overlay::Extend(form), Key::Enter) => form.at_reason = true,
        (Overlay::Extend(form), _) if other => form.at_reason = !form.at_reason,
        (Overlay::Extend(form), _) => drop(edit(form.field(), chord)),
        (Overlay::Plan(review), Key::Esc) if review.typing => review.typing = false,
        (Overlay::Plan(review), Key::Enter) if review.typing => return Some(super::plans::agree(state)),
        (Overlay::Plan(review), Key::Up | Key::Down | Key::PageUp | Key::PageDown) if review.typing => {
            return Some(super::moves::moved(state, step(chord.key)));
        }
        (Overlay::Plan(review), _) if review.typing => drop(edit(&mut review.word, chord)),
        _ => return None,
    }
    Some(vec![])
}

/// The movement of a key that moves also while something is typed.
fn step(key: Key) -> Step {
    match key {
        Key::Up => Step::Up,
        Key::Down => Step::Down,
        Key::PageUp => Step::PageUp,
        _ => Step::PageDown,
    }
}

/// Whether keys go into a text field over the panes.
pub(super) fn is_typing(state: &State) -> bool {
    Context::nearest(state).is_none()
}

/// Gives pasted text to the field on top; whether there is one.
pub(super) fn pasted(state: &mut State, text: &str) -> bool {
    match state.overlays.last_mut() {
        Some(Overlay::Download(form)) => paste(&mut form.folder, text),
        Some(Overlay::SignOff(SignOff { folder: Some(folder), .. })) => paste(folder, text),
        Some(Overlay::Export(saving)) => paste(&mut saving.file, text),
        Some(Overlay::Import(one)) => {
            if let Err(reason) = import::pasted(one, text) {
                state.say(Weight::Warning, reason);
            }
        }
        Some(Overlay::Extend(form)) => paste(form.field(), text),
        Some(Overlay::Plan(review)) if review.typing => paste(&mut review.word, text),
        Some(Overlay::Help(help)) if help.typing => paste(&mut help.search, text),
        other => return other.is_some(),
    }
    true
}

impl Destination {
    /// All files, then those of each assignment in turn.
    fn turn(&mut self) {
        let next = self.only.map_or(0, |at| at + 1);
        self.only = Some(next).filter(|at| *at < self.assignments.len());
    }
}

/// Asks where to put files; what is narrowed on the screen is what is offered first.
pub(super) fn ask_folder(state: &mut State, what: Vec<Fetch>) -> Effects {
    let folder = Input::new(state.setting.folder.clone());
    let students = what.iter().any(|fetch| matches!(fetch, Fetch::Student(_)));
    let heads = state.assignments().iter().filter(|_| students);
    let assignments = heads.map(|head| head.id.clone()).collect();
    let narrowed = state.rows.only != super::assignments::Only::Everybody;
    let only = state.rows.assignment.filter(|_| narrowed && students);
    state.overlays.push(Overlay::Download(Destination { what, assignments, only, folder }));
    vec![]
}

fn begin_download(state: &mut State) -> Effects {
    let Some(Overlay::Download(form)) = state.overlays.pop() else {
        return vec![];
    };
    let folder = form.folder.value().trim().to_owned();
    if folder.is_empty() {
        state.say(Weight::Warning, "no folder was named: nothing was fetched");
        return vec![];
    }
    let only = form.only.and_then(|at| form.assignments.get(at)).cloned();
    let order = Order { what: form.what, only, folder };
    let ticket = state.ticket();
    state.setting.folder.clone_from(&order.folder);
    let fetched = order.what.iter().filter_map(|fetch| match fetch {
        Fetch::Student(key) => Some(key),
        Fetch::Item(..) => None,
    });
    state.rows.marks.remove(fetched);
    let items = order.what.iter().filter_map(|fetch| match fetch {
        Fetch::Item(_, at) => Some(at),
        Fetch::Student(_) => None,
    });
    state.items.marks.remove(items);
    let among = matches!(state.looked_at(), Pane::Roster | Pane::Access) && state.overlays.is_empty();
    let left = match state.rows.marks.len() {
        0 => String::new(),
        _ if !among => String::new(),
        1 => "; 1 student stays marked: there is no vault".to_owned(),
        left => format!("; {left} students stay marked: they have no vault"),
    };
    state.say(Weight::Info, format!("fetching to {}{left}", order.folder));
    state.jobs.downloads.push(Download::begun(ticket, Task::Fetch(order.clone())));
    let at = state
        .entries()
        .iter()
        .position(|entry| matches!(entry, Entry::Download(one) if one.ticket == ticket));
    state.jobs.cursor = at.unwrap_or(0);
    vec![Effect::Download(ticket, order)]
}

/// Asks how much more time these students get.
pub(super) fn ask_time(state: &mut State, students: Vec<StudentKey>, id: &AssignmentId) -> Effects {
    if let Some(assignment) = head(state, id).cloned() {
        let (time, reason) = (Input::default(), Input::default());
        let form = Extension { students, assignment, time, reason, at_reason: false };
        state.overlays.push(Overlay::Extend(form));
    }
    vec![]
}

/// Reads what was typed and asks whether it is meant; what cannot be read stays to be mended.
fn extend(state: &mut State) -> Effects {
    let Some(Overlay::Extend(form)) = state.overlays.last_mut() else {
        return vec![];
    };
    let relief = match read_relief(form.time.value(), form.assignment.due, &state.setting.zone) {
        Ok(relief) => relief,
        Err(reason) => {
            form.at_reason = false;
            state.say(Weight::Warning, reason);
            return vec![];
        }
    };
    let reason = SafeText::new(form.reason.value().trim());
    let id = form.assignment.id.clone();
    let students = form.students.clone();
    state.overlays.pop();
    ask_relief(state, students, &id, relief, &reason)
}

/// Asks whether a deadline is meant to give way so.
pub(super) fn ask_relief(
    state: &mut State,
    students: Vec<StudentKey>,
    id: &AssignmentId,
    relief: Option<Relief>,
    reason: &SafeText,
) -> Effects {
    let (text, over) = in_words(state, &students, id, relief);
    let decide = |student: StudentKey| match relief {
        Some(relief) => Decision::Extend { student, assignment: id.clone(), relief, reason: reason.clone() },
        None => Decision::Restore { student, assignment: id.clone() },
    };
    let warning = [over, state.hidden_of(&students)];
    let warning = warning.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ");
    ask(state, text, warning, students.into_iter().map(decide).collect())
}

/// The question whether a deadline is meant to give way so, and what is to be minded.
fn in_words(
    state: &State,
    students: &[StudentKey],
    id: &AssignmentId,
    relief: Option<Relief>,
) -> (String, String) {
    let whom = state.whom(students);
    let (is, has) = if students.len() == 1 { ("is", "has") } else { ("are", "have") };
    match relief {
        Some(Relief::Until(until)) => {
            let over = if instant(until, &state.setting.zone) > state.now {
                String::new()
            } else {
                "that is over already: who has handed in nothing stays missing".to_owned()
            };
            (format!("{id}: {whom} {has} until {}?", until.strftime("%d %b %Y %H:%M")), over)
        }
        Some(Relief::Excused) => (format!("{id}: {whom} {is} excused?"), String::new()),
        None => (format!("{id}: {whom} {has} the time that the class file gives?"), String::new()),
    }
}

/// Asks whether decisions are meant.
fn ask(state: &mut State, text: String, warning: String, decisions: Vec<Decision>) -> Effects {
    let ticket = state.ticket();
    let yes = Effect::Decide(ticket, decisions);
    state.overlays.push(Overlay::Confirm(Question { text, warning, yes }));
    vec![]
}

/// Asks which assignment an upload belongs to; where there is only one, whether to that.
pub(super) fn ask_assignment(state: &mut State, upload: Upload) -> Effects {
    let assignments = state.assignments().to_vec();
    let at = |id: &AssignmentId| assignments.iter().position(|head| head.id == *id);
    let now = upload.assignment.as_ref().and_then(at).map_or(0, |at| at + 1);
    if let ([one], 0) = (&assignments[..], now) {
        let id = Some(one.id.clone());
        return ask_belongs(state, upload, id);
    }
    let at = if now == 0 { 1 } else { now };
    state.overlays.push(Overlay::Assign(Choice { upload, assignments, at }));
    vec![]
}

/// Asks whether an upload belongs to an assignment, or to none.
pub(super) fn ask_belongs(state: &mut State, upload: Upload, id: Option<AssignmentId>) -> Effects {
    let whose = state.whom([&upload.student]);
    let to = match id.as_ref().and_then(|id| head(state, id)) {
        Some(one) => format!("belongs to {} ({})", one.id, one.title),
        None => "belongs to no assignment".to_owned(),
    };
    let text = format!("\"{}\" of {whose} {to}?", upload.title);
    ask(state, text, String::new(), vec![decision(upload, id)])
}

/// A digit selects the assignment of that number, and the rules' letter the rules; nothing is done.
/// Whether it was one of these.
fn point(state: &mut State, chord: Chord) -> bool {
    let Some(Overlay::Assign(choice)) = state.overlays.last_mut() else {
        return false;
    };
    let at = match chord.key {
        _ if chord.ctrl => return false,
        Key::Char('r') => choice.by_rule(),
        Key::Char(c) => match c.to_digit(10) {
            Some(digit) => digit as usize,
            None => return false,
        },
        _ => return false,
    };
    if at <= choice.assignments.len() || chord.key == Key::Char('r') {
        choice.at = at;
    } else {
        state.say(Weight::Warning, format!("there is no assignment {at}"));
    }
    true
}

/// Takes the chosen assignment.
pub(super) fn choose(state: &mut State) -> Effects {
    let Some(Overlay::Assign(choice)) = state.overlays.pop() else {
        return vec![];
    };
    let decision = if choice.at == choice.by_rule() {
        Decision::Unassign { item: choice.upload.at, student: choice.upload.student }
    } else {
        let chosen = choice.at.checked_sub(1).and_then(|at| choice.assignments.get(at));
        decision(choice.upload, chosen.map(|head| head.id.clone()))
    };
    vec![Effect::Decide(state.begin_deed(Deed::Decide), vec![decision])]
}

fn decision(upload: Upload, assignment: Option<AssignmentId>) -> Decision {
    Decision::Assign { item: upload.at, student: upload.student, assignment }
}
