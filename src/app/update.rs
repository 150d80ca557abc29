//! What a key or an action changes, and what it wants done.

use super::activity::next_hour;
use super::ahead::{load_access, load_items, seen, visible_students};
use super::answers;
use super::command::{self, Found};
use super::forms::{self, ask_folder};
use super::held::Held;
use super::key::{Chord, Key};
use super::moves::{back, filtered, focus, moved, open, show_unmatched};
use super::msg::{Action, Effect, Event, Pane, Step};
use super::overlay::{Overlay, Question, Stage};
use super::remote::Remote;
use super::staging::stage;
use super::{Effects, Live, Opening, State, Weight, closing, inspector, past, picture, plans, reloads, why};
use crate::domain::decision::Decision;

/// What to ask for when the dashboard opens: first what is stored, then the service.
pub fn start(state: &mut State) -> Effects {
    let mut effects = answers::load_class(state, false);
    effects.extend(
        [reloads::arrivals(state), reloads::attention(state), reloads::jobs(state), reloads::work(state)]
            .into_iter()
            .flatten(),
    );
    effects
}

/// The one function that changes the state. Routes only.
pub fn update(state: &mut State, event: Event) -> Effects {
    note_time(state, &event);
    let held = Held::of(state);
    let mut effects = happened(state, event);
    held.restore(state);
    effects.extend(inspector::follow(state));
    effects
}

fn happened(state: &mut State, event: Event) -> Effects {
    match event {
        Event::Key(chord) => pressed(state, chord),
        Event::Paste(text) => pasted(state, &text),
        Event::Viewport(viewport) => seen(state, viewport),
        Event::Resize => {
            state.dirty = true;
            vec![]
        }
        Event::Loaded(ticket, at, answer) => answers::loaded(state, ticket, at, *answer),
        Event::Progress(ticket, row, outcome) => plans::progress(state, ticket, row, outcome),
        Event::Named(ticket, job) => plans::waits(state, ticket, |review| {
            review.plan.value.iter_mut().for_each(|plan| plan.job = Some(job.clone()));
        }),
        Event::InLine(ticket) => plans::waits(state, ticket, |review| review.stage = Stage::Queued),
        Event::Held(ticket) => plans::waits(state, ticket, |review| review.held = true),
        Event::Paused(ticket, paused) => plans::waits(state, ticket, |review| {
            (review.held, review.stage) = (review.held && paused.is_some(), Stage::Running);
            review.paused = paused;
        }),
        Event::Ends(ticket, at) => plans::waits(state, ticket, |review| review.ends = Some(at)),
        Event::Finished(ticket, at, result) => answers::finished(state, ticket, at, result),
        Event::Fetching(ticket, progress) => answers::fetching(state, ticket, progress),
        Event::Failures(ticket, failures) => answers::failures(state, ticket, failures),
        Event::Watched(report) => answers::watched(state, *report),
        Event::Ration(budget) => {
            answers::rationed(state, budget);
            vec![]
        }
        Event::Beat(every) => {
            state.dirty |= state.setting.beat.replace(every) != Some(every);
            vec![]
        }
        Event::Hour(_) => vec![],
        Event::Interrupt => vec![Effect::QuitNow],
    }
}

/// The time is what events tell; what follows from it on the screen moves on the hour only.
fn note_time(state: &mut State, event: &Event) {
    let at = match event {
        Event::Loaded(_, at, _) | Event::Finished(_, at, _) | Event::Hour(at) => *at,
        Event::Watched(report) => report.at,
        _ => return,
    };
    let hour = |at| next_hour(at, &state.setting.zone);
    let (before, turned) = (state.now, at > state.now && hour(at) != hour(state.now));
    state.now = at.max(before);
    if turned {
        let hours = |now| state.activity.an_hour(now, &state.setting.zone);
        state.dirty |= hours(before) != hours(state.now);
        let shown = state.rows.assignment;
        state.arrange();
        state.dirty |= shown != state.rows.assignment;
    }
}

fn pressed(state: &mut State, chord: Chord) -> Effects {
    state.dirty = true;
    state.pending.opening = Opening::ByHand;
    if state.leaving && command::quits(chord) {
        return vec![Effect::QuitNow];
    }
    state.notice = None;
    if let Some(effects) = forms::typed(state, chord) {
        return effects;
    }
    if state.overlays.is_empty() && state.filter().editing {
        return typed(state, chord);
    }
    state.prefix.push(chord);
    let command = match command::find(state, &state.prefix) {
        Found::Command(command) => command,
        Found::Prefix => return vec![],
        Found::Nothing => {
            state.prefix.clear();
            return vec![];
        }
    };
    state.prefix.clear();
    match (command.plan)(state) {
        Ok(action) => act(state, action),
        Err(reason) => {
            state.say(Weight::Warning, reason);
            vec![]
        }
    }
}

/// A key while a filter is typed: arrows still move, everything else edits.
fn typed(state: &mut State, chord: Chord) -> Effects {
    match chord.key {
        Key::Up => return moved(state, Step::Up),
        Key::Down => return moved(state, Step::Down),
        Key::Char('c') if chord.ctrl => return quit(state),
        _ => {}
    }
    if state.filter_mut().key(chord) {
        filtered(state);
    }
    vec![]
}

fn pasted(state: &mut State, text: &str) -> Effects {
    if forms::pasted(state, text) {
        // It went into a field, or there is none.
    } else if state.overlays.is_empty() && state.filter().editing {
        state.filter_mut().paste(text);
        filtered(state);
    }
    state.dirty = true;
    vec![]
}

/// Does what a person asked for, whoever translated it from keys.
fn act(state: &mut State, action: Action) -> Effects {
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
        Action::Follow => quiet(|| state.activity.toggle_follow()),
        Action::Mark => with_rows(state, super::Rows::toggle),
        Action::Range => with_rows(state, super::Rows::toggle_range),
        Action::MarkAll => with_rows(state, super::Rows::toggle_all),
        Action::ClearMarks => with_rows(state, |rows, _| rows.marks.clear()),
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
        Action::Layout(layout) => quiet(|| state.pin(layout)),
        Action::Zoom(zoom) => quiet(|| state.zoom = zoom),
        Action::Inspect => inspector::show(state),
        Action::Picture(kind) => picture::show(state, kind),
        Action::Redraw => vec![Effect::Redraw],
    }
}

/// Has a filter typed: that of the pane whose rows are looked at.
fn filter(state: &mut State) -> Effects {
    let effects = focus(state, state.looked_at());
    state.filter_mut().editing = true;
    effects
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

fn with_rows(
    state: &mut State,
    change: impl FnOnce(&mut super::Rows, &[crate::domain::query::StatusRow]),
) -> Effects {
    let rows = state.class.value.as_ref().map_or(&[][..], |view| &view.rows);
    change(&mut state.rows, rows);
    vec![]
}

/// Shows the keys, or hides them again.
fn help(state: &mut State) -> Effects {
    match state.overlays.last() {
        Some(Overlay::Help { .. }) => drop(state.overlays.pop()),
        _ => state.overlays.push(Overlay::Help { top: 0 }),
    }
    vec![]
}

fn quit(state: &mut State) -> Effects {
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
