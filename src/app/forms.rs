//! What is typed into the fields of an overlay or chosen there, and what comes of it.

use tui_input::Input;

use super::assignments::{head, read_relief};
use super::filter::{edit, paste};
use super::jobs::Download;
use super::key::{Chord, Key};
use super::msg::{Effect, Fetch, Order, Upload};
use super::overlay::{Choice, Extension, Form, Overlay, Question};
use super::{Effects, State, Weight};
use crate::domain::assignment::AssignmentId;
use crate::domain::class::StudentKey;
use crate::domain::decision::Decision;
use crate::domain::text::SafeText;
use crate::domain::transfer::Progress;

/// Gives a key to the field on top; `None` where there is none.
pub(super) fn typed(state: &mut State, chord: Chord) -> Option<Effects> {
    let top = state.overlays.last_mut()?;
    if chord.ctrl && chord.key == Key::Char('c') {
        return None;
    }
    let other = matches!(chord.key, Key::Tab | Key::BackTab | Key::Up | Key::Down);
    match (top, chord.key) {
        (Overlay::Download(_) | Overlay::Extend(_), Key::Esc) => drop(state.overlays.pop()),
        (Overlay::Download(_), Key::Enter) => return Some(begin_download(state)),
        (Overlay::Download(form), _) if other => form.turn(),
        (Overlay::Download(form), _) => drop(edit(&mut form.folder, chord)),
        (Overlay::Extend(form), Key::Enter) if form.at_reason => return Some(extend(state)),
        (Overlay::Extend(form), Key::Enter) => form.at_reason = true,
        (Overlay::Extend(form), _) if other => form.at_reason = !form.at_reason,
        (Overlay::Extend(form), _) => drop(edit(form.field(), chord)),
        _ => return None,
    }
    Some(vec![])
}

/// Gives pasted text to the field on top; whether there is one.
pub(super) fn pasted(state: &mut State, text: &str) -> bool {
    match state.overlays.last_mut() {
        Some(Overlay::Download(form)) => paste(&mut form.folder, text),
        Some(Overlay::Extend(form)) => paste(form.field(), text),
        other => return other.is_some(),
    }
    true
}

impl Form {
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
    state.overlays.push(Overlay::Download(Form { what, assignments, only, folder }));
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
    state.say(Weight::Info, format!("fetching to {}", order.folder));
    let progress = Progress::default();
    state.jobs.downloads.push(Download { ticket, order: order.clone(), progress, stopping: false });
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
    if relief.is_some() && reason.is_empty() {
        state.say(Weight::Warning, "a reason is missing: it stands in every report");
        return vec![];
    }
    let decide = |student: &StudentKey| match relief {
        Some(relief) => Decision::Extend {
            student: student.clone(),
            assignment: form.assignment.id.clone(),
            relief,
            reason: reason.clone(),
        },
        None => Decision::Restore { student: student.clone(), assignment: form.assignment.id.clone() },
    };
    let decisions: Vec<Decision> = form.students.iter().map(decide).collect();
    state.overlays.pop();
    ask(state, decisions)
}

/// Asks whether decisions are meant.
fn ask(state: &mut State, decisions: Vec<Decision>) -> Effects {
    let others = decisions.len().saturating_sub(1);
    let first = decisions.first().map_or_else(SafeText::default, Decision::in_words);
    let text = match others {
        0 => format!("{first}?"),
        1 => format!("{first}, and so for 1 other student?"),
        _ => format!("{first}, and so for {others} other students?"),
    };
    let ticket = state.ticket();
    state.overlays.push(Overlay::Confirm(Question { text, yes: Effect::Decide(ticket, decisions) }));
    vec![]
}

/// Asks which assignment an upload belongs to; where there is only one, whether to that.
pub(super) fn ask_assignment(state: &mut State, upload: Upload) -> Effects {
    let assignments = state.assignments().to_vec();
    let at = |id: &AssignmentId| assignments.iter().position(|head| head.id == *id);
    let now = upload.assignment.as_ref().and_then(at).map_or(0, |at| at + 1);
    if let ([one], 0) = (&assignments[..], now) {
        return ask(state, vec![decision(upload, Some(one.id.clone()))]);
    }
    let at = if now == 0 { 1 } else { now };
    state.overlays.push(Overlay::Assign(Choice { upload, assignments, at }));
    vec![]
}

/// Takes the chosen assignment: the number was the question's answer.
pub(super) fn choose(state: &mut State) -> Effects {
    let Some(Overlay::Assign(choice)) = state.overlays.pop() else {
        return vec![];
    };
    let chosen = choice.at.checked_sub(1).and_then(|at| choice.assignments.get(at));
    let decision = decision(choice.upload, chosen.map(|head| head.id.clone()));
    let ticket = state.ticket();
    state.pending.decisions.insert(ticket);
    vec![Effect::Decide(ticket, vec![decision])]
}

fn decision(upload: Upload, assignment: Option<AssignmentId>) -> Decision {
    Decision::Assign { item: upload.at, student: upload.student, assignment }
}
