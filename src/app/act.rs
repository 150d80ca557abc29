//! What a person asked for, whoever translated it from keys: each action, and what it wants done.

use super::ahead::{load_access, load_items, visible_students};
use super::answers;
use super::assignments::Only;
use super::forms;
use super::moves::{back, moved, open, stretch};
use super::msg::{Action, Effect, Pane, Retry, Step};
use super::overlay::{Help, Overlay, Question};
use super::palette::Palette;
use super::pending::Deed;
use super::remote::{Remote, Ticket};
use super::staging::stage;
use super::tables::{self, Marking};
use super::visits::{focus, go_to_student, narrowed, show_unmatched, widen};
use super::{
    Effects, Live, State, Weight, chosen, closing, copy, export, grid, import, inspector, mouse, past,
    picture, plans, privacy, reloads, trail, why,
};
use crate::domain::assignment::AssignmentId;
use crate::domain::class::StudentKey;
use crate::domain::decision::Decision;
use crate::domain::text::SafeText;

/// Does what a person asked for, whoever translated it from keys. Routes only.
#[allow(
    clippy::too_many_lines,
    reason = "every action stands here once: the list is what keeps one from being forgotten"
)]
pub(super) fn act(state: &mut State, action: Action) -> Effects {
    match action {
        Action::Quit => quit(state),
        Action::Suspend => suspend(state),
        // Where the keys go, and what is selected.
        Action::Focus(pane) => focus(state, pane),
        Action::Move(step) => moved(state, step),
        Action::Open => open(state),
        Action::Back => back(state),
        Action::Return => trail::back(state),
        Action::GoTo(student) => go_to(state, &student),
        Action::Next { forward } => tables::go_next(state, forward),
        Action::Follow => tables::follow(state),
        // Which rows are shown and marked, and how.
        Action::Filter => filter(state),
        Action::Everybody => everybody(state),
        Action::Turn(step) => turn(state, step),
        Action::Narrow => quiet(|| state.narrow()),
        Action::NarrowTo(only, id) => narrow_to(state, only, id),
        Action::Unmatched => quiet(|| state.activity.toggle_unmatched()),
        Action::ShowUnmatched(student) => show_unmatched(state, &student),
        Action::Mark => tables::mark(state, Marking::One),
        Action::Range => tables::mark(state, Marking::Range),
        Action::MarkAll => tables::mark(state, Marking::All),
        Action::ClearMarks => tables::mark(state, Marking::Clear),
        Action::Stretch(step) => stretch(state, step),
        Action::Sort { reverse } => tables::sort(state, reverse),
        Action::Widen(by) => tables::widen(state, by),
        Action::Columns => tables::choose(state),
        Action::ToggleColumn => tables::toggle(state),
        Action::ShiftColumn(step) => tables::shift(state, step),
        Action::ResetColumns => tables::reset(state),
        // Access, plans and jobs.
        Action::Stage(level) => stage(state, Some(level)),
        Action::Unstage => stage(state, None),
        Action::Compare => quiet(|| state.overlays.push(Overlay::Staged { top: 0 })),
        Action::Review(source) => plans::review(state, source),
        Action::ShowPlan => plans::show(state),
        Action::Again => plans::again(state),
        Action::Confirm => confirm(state),
        Action::Want(job, wanted) => plans::want(state, job, wanted),
        Action::Stop(ticket) => plans::stop(state, ticket),
        Action::Why(asked) => why::ask(state, asked),
        Action::Drift => why::compare(state, true),
        Action::FullMatrix => grid::show(state),
        Action::Across(step) => grid::across(state, step),
        Action::History => past::ask(state),
        Action::Closing => closing::ask(state),
        Action::SignOff => closing::show(state),
        // Submissions and files.
        Action::Extend(keys, id) => forms::ask_time(state, keys, &id),
        Action::ExtendTo(keys, id, relief) => {
            forms::ask_relief(state, keys, &id, relief, &SafeText::default())
        }
        Action::Assign(upload) => forms::ask_assignment(state, upload),
        Action::AssignTo(upload, id) => forms::ask_belongs(state, upload, id),
        Action::Choose => forms::choose(state),
        Action::Download(what) => forms::ask_folder(state, what),
        Action::StopDownload(ticket) => stop_download(state, ticket),
        Action::Retry(what) => retry(state, what),
        Action::Import => import::ask(state),
        Action::Export => export::ask(state),
        Action::Copy(what) => copy::take(state, what),
        // The service, and the screen itself.
        Action::Refresh => refresh(state),
        Action::Pause => pause(state),
        Action::Help => help(state),
        Action::Palette => quiet(|| state.palette = Some(Palette::default())),
        Action::Notices => quiet(|| state.overlays.push(Overlay::Notices { top: 0 })),
        Action::Inspect => inspector::show(state),
        Action::Picture(kind) => picture::show(state, kind),
        Action::Layout(layout) => quiet(|| state.pin(layout)),
        Action::Zoom(zoom) => quiet(|| state.zoom = zoom),
        Action::Privacy => privacy::toggle(state),
        Action::Theme(name) => chosen::choose(state, name),
        Action::NextTheme => chosen::choose_next(state),
        Action::Mouse => mouse::toggle(state),
        Action::Redraw => vec![Effect::Redraw],
    }
}

/// Stops, where somebody can have us go on. Everything of ours stops with the screen: what was sent is
/// answered to nobody, and is examined like every lost answer.
pub(super) fn suspend(state: &mut State) -> Effects {
    if state.setting.has_shell {
        return vec![Effect::Suspend];
    }
    state.say(Weight::Warning, "there is no shell to go back to");
    vec![]
}

/// For what changes the state only.
fn quiet(change: impl FnOnce()) -> Effects {
    change();
    vec![]
}

/// Shows everybody in the roster, whatever hides rows.
fn everybody(state: &mut State) -> Effects {
    widen(state);
    focus(state, Pane::Roster)
}

/// Shows who stands so with an assignment; with the one that is shown where none is named.
fn narrow_to(state: &mut State, only: Only, id: Option<AssignmentId>) -> Effects {
    state.pending.chosen = id.or_else(|| state.pending.chosen.take());
    narrowed(state, only)
}

/// Offers arrivals again that were set aside.
fn retry(state: &mut State, what: Vec<Retry>) -> Effects {
    vec![Effect::HandOff(state.begin_deed(Deed::HandOff), what)]
}

/// Stops a download; what is complete is kept.
fn stop_download(state: &mut State, ticket: Ticket) -> Effects {
    if let Some(download) = state.jobs.download_mut(ticket) {
        download.stopping = true;
    }
    vec![Effect::Stop(ticket)]
}

/// Takes the assignment before or after the one shown.
fn turn(state: &mut State, step: Step) -> Effects {
    let at = state.rows.assignment.unwrap_or(0);
    let at = if step == Step::Left { at.saturating_sub(1) } else { at + 1 };
    if let Some(head) = state.assignments().get(at) {
        state.pending.chosen = Some(head.id.clone());
        state.arrange();
    }
    picture::turned(state)
}

/// Shows the keys, or hides them again.
fn help(state: &mut State) -> Effects {
    match state.overlays.last() {
        Some(Overlay::Help(_)) => drop(state.overlays.pop()),
        _ => state.overlays.push(Overlay::Help(Help::default())),
    }
    vec![]
}

/// Types a filter, or what is looked for among the keys.
fn filter(state: &mut State) -> Effects {
    if let Some(Overlay::Help(help)) = state.overlays.last_mut() {
        help.typing = true;
        return vec![];
    }
    let effects = focus(state, state.looked_at());
    state.filter_mut().begin();
    effects
}

/// Selects a student, in a pane that shows students.
fn go_to(state: &mut State, student: &StudentKey) -> Effects {
    go_to_student(state, student);
    match state.focus {
        Pane::Roster | Pane::Items | Pane::Access | Pane::Inspector => vec![],
        Pane::Attention | Pane::Activity | Pane::Jobs => focus(state, Pane::Roster),
    }
}

pub(super) fn quit(state: &mut State) -> Effects {
    let asked = matches!(state.overlays.last(), Some(Overlay::Confirm(_)));
    if state.leaving || asked {
        return vec![Effect::QuitNow];
    }
    let staged = state.matrix.staged.len();
    let text = match (state.is_applying(), staged) {
        (true, _) if state.in_line() > 0 => {
            let waits = state.in_line();
            format!("A plan is being carried out, {waits} in line. Stop after the call in flight and quit?")
        }
        (true, _) => "A plan is being carried out. Stop after the call in flight and quit?".into(),
        (false, 0) if state.setting.demo && state.changed && state.jobs.running().is_none() => {
            "The demo class is thrown away, with everything you changed. Quit?".into()
        }
        (false, 0) if state.jobs.running().is_none() => {
            state.leaving = true;
            return vec![Effect::Quit];
        }
        (false, 0) => "A download is running. Stop it and quit?".into(),
        (false, 1) => "1 staged change was not applied. Forget it and quit?".into(),
        (false, staged) => format!("{staged} staged changes were not applied. Forget them and quit?"),
    };
    state.overlays.push(Overlay::Confirm(Question { text, warning: String::new(), yes: Effect::Quit }));
    vec![]
}

fn refresh(state: &mut State) -> Effects {
    state.pending.asked.clear();
    state.pending.access = Remote::default();
    let mut effects = vec![Effect::LookNow];
    match state.looked_at() {
        Pane::Attention | Pane::Jobs => effects.extend(reloads::all(state)),
        Pane::Roster | Pane::Activity | Pane::Inspector => effects.extend(answers::load_class(state, true)),
        Pane::Access => {
            let visible = visible_students(state, &state.viewport.clone());
            let with_vault = visible.into_iter().filter(|(_, vault, _)| vault.is_some());
            effects.extend(load_access(state, with_vault.map(|(key, ..)| key).collect()));
        }
        Pane::Items => {
            if let Some(vault) = state.selected().and_then(|row| row.vault.clone()) {
                effects.push(load_items(state, vec![vault], true));
            }
            effects.extend(reloads::copies(state, true));
        }
    }
    state.say(Weight::Info, "asking again");
    effects
}

fn pause(state: &mut State) -> Effects {
    let paused = state.live != Live::Paused;
    state.live = if paused { Live::Paused } else { Live::Starting };
    vec![Effect::Pause(paused)]
}

/// Yes to a question, or to a plan.
fn confirm(state: &mut State) -> Effects {
    if let Some(Overlay::Plan(_)) = state.overlays.last() {
        return plans::agree(state);
    }
    match state.overlays.pop() {
        Some(Overlay::Confirm(question)) => {
            state.leaving |= question.yes == Effect::Quit;
            if let Effect::Decide(ticket, decisions) = &question.yes {
                state.pending.deeds.insert(*ticket, Deed::Decide);
                state.rows.marks.remove(decisions.iter().map(Decision::student));
            }
            vec![question.yes]
        }
        other => {
            state.overlays.extend(other);
            vec![]
        }
    }
}
