//! What a person asked for, whoever translated it from keys: each action, and what it wants done.

use super::ahead::{load_access, load_items, visible_students};
use super::answers;
use super::forms::{self, ask_folder};
use super::moves::{back, focus, go_to_student, moved, narrowed, open, show_unmatched, widen};
use super::msg::{Action, Effect, Pane, Step};
use super::overlay::{Help, Overlay, Question};
use super::palette::Palette;
use super::remote::Remote;
use super::staging::stage;
use super::tables;
use super::trail::{self};
use super::{
    Effects, Live, State, Weight, chosen, closing, copy, export, grid, import, inspector, past, picture,
    plans, privacy, reloads, why,
};
use crate::domain::class::StudentKey;
use crate::domain::decision::Decision;
use crate::domain::text::SafeText;

/// Does what a person asked for, whoever translated it from keys.
pub(super) fn act(state: &mut State, action: Action) -> Effects {
    match action {
        Action::Quit => quit(state),
        Action::Focus(pane) => focus(state, pane),
        Action::Move(step) => moved(state, step),
        Action::Open => open(state),
        Action::Back => back(state),
        Action::Filter => filter(state),
        Action::Help => help(state),
        Action::Refresh => refresh(state),
        Action::Pause => pause(state),
        Action::Follow => tables::follow(state),
        Action::FullMatrix => grid::show(state),
        Action::Across(step) => grid::across(state, step),
        Action::Stage(level) => stage(state, Some(level)),
        Action::Unstage => stage(state, None),
        Action::Review(source) => plans::review(state, source),
        Action::ShowPlan => plans::show(state),
        Action::Again => plans::again(state),
        Action::Want(job, wanted) => plans::want(state, job, wanted),
        Action::Compare => quiet(|| state.overlays.push(Overlay::Staged { top: 0 })),
        Action::Why(asked) => why::ask(state, asked),
        Action::Drift => why::compare(state, true),
        Action::History => past::ask(state),
        Action::Closing => closing::ask(state),
        Action::SignOff => closing::show(state),
        Action::Confirm => confirm(state),
        Action::Stop(ticket) => plans::stop(state, ticket),
        Action::Download(what) => ask_folder(state, what),
        Action::Turn(step) => turn(state, step),
        Action::Narrow => {
            state.rows.only = state.rows.only.next();
            quiet(|| state.arrange())
        }
        Action::Extend(keys, id) => forms::ask_time(state, keys, &id),
        Action::Assign(upload) => forms::ask_assignment(state, upload),
        Action::Choose => forms::choose(state),
        Action::Unmatched => quiet(|| state.activity.toggle_unmatched()),
        Action::ShowUnmatched(student) => show_unmatched(state, &student),
        Action::Retry(what) => {
            let ticket = state.ticket();
            state.pending.handed.insert(ticket);
            vec![Effect::HandOff(ticket, what)]
        }
        Action::StopDownload(ticket) => {
            let stopped = state.jobs.downloads.iter_mut().find(|download| download.ticket == ticket);
            quiet(|| stopped.into_iter().for_each(|download| download.stopping = true));
            vec![Effect::Stop(ticket)]
        }
        _ => act_on_screen(state, action),
    }
}

/// What is about the screen alone.
fn act_on_screen(state: &mut State, action: Action) -> Effects {
    match action {
        Action::Layout(layout) => quiet(|| state.pin(layout)),
        Action::Zoom(zoom) => quiet(|| state.zoom = zoom),
        Action::Inspect => inspector::show(state),
        Action::Picture(kind) => picture::show(state, kind),
        Action::Export => export::ask(state),
        Action::Import => import::ask(state),
        Action::Privacy => privacy::toggle(state),
        Action::Theme(name) => chosen::choose(state, name),
        Action::NextTheme => match state.chosen.next().cloned() {
            Some(name) => chosen::choose(state, name),
            None => vec![],
        },
        Action::Redraw => vec![Effect::Redraw],
        Action::Suspend => suspend(state),
        Action::Mouse => {
            state.mouse = !state.mouse;
            vec![Effect::Mouse(state.mouse)]
        }
        Action::Copy(what) => copy::take(state, what),
        _ => act_in_words(state, action),
    }
}

/// The palette, and what is asked for in it alone.
fn act_in_words(state: &mut State, action: Action) -> Effects {
    match action {
        Action::Palette => quiet(|| state.palette = Some(Palette::default())),
        Action::Return => trail::back(state),
        Action::GoTo(student) => go_to(state, &student),
        Action::Notices => quiet(|| state.overlays.push(Overlay::Notices { top: 0 })),
        Action::NarrowTo(only, id) => {
            state.pending.chosen = id.or_else(|| state.pending.chosen.take());
            narrowed(state, only)
        }
        Action::Everybody => {
            widen(state);
            focus(state, Pane::Roster)
        }
        Action::ExtendTo(keys, id, relief) => {
            forms::ask_relief(state, keys, &id, relief, &SafeText::default())
        }
        Action::AssignTo(upload, id) => forms::ask_belongs(state, upload, id),
        table => tables::act(state, &table),
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
                state.pending.decisions.insert(*ticket);
                state.rows.unmark(decisions.iter().map(Decision::student));
            }
            vec![question.yes]
        }
        other => {
            state.overlays.extend(other);
            vec![]
        }
    }
}
