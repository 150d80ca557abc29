//! What a key or an action changes, and what it wants done.

use super::activity::next_hour;
use super::ahead::{load_access, load_items, seen, visible_students};
use super::answers;
use super::command::{self, Found};
use super::copy::What;
use super::forms::{self, ask_folder};
use super::held::Held;
use super::key::{Chord, Key, ctrl, key};
use super::mouse;
use super::moves::{back, filtered, focus, go_to_student, moved, narrowed, open, show_unmatched, widen};
use super::msg::{Action, Effect, Event, Pane, Step};
use super::overlay::{Help, Overlay, Question, Stage};
use super::palette::{self, Palette};
use super::remote::Remote;
use super::staging::stage;
use super::tables;
use super::trail::{self, Place};
use super::{
    Effects, Live, Opening, State, Weight, chosen, closing, copy, export, grid, import, inspector, past,
    picture, plans, privacy, reloads, why,
};
use crate::domain::class::StudentKey;
use crate::domain::decision::Decision;
use crate::domain::fault::Fault;
use crate::domain::text::SafeText;
use jiff::Timestamp;

/// How long a look counts as one of a moment ago, in seconds.
const FRESH_SECONDS: i64 = 5;

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
    match &event {
        Event::Loaded(_, _, answer) => {
            if let Ok(data) = answer.as_ref() {
                state.hide(|veil| veil.learn_data(data));
            }
        }
        Event::Watched(report) => state.hide(|veil| veil.learn_report(report)),
        _ => {}
    }
    let held = Held::of(state);
    let mut effects = happened(state, event);
    held.restore(state);
    state.shelve();
    effects.extend(inspector::follow(state));
    effects
}

fn happened(state: &mut State, event: Event) -> Effects {
    match event {
        Event::Key(chord) => pressed(state, chord),
        Event::Paste(text) => pasted(state, &text),
        Event::Keys(keymap) => {
            (state.keymap, state.dirty) = (keymap, true);
            state.prefix.clear();
            vec![]
        }
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
        Event::There(ticket) => export::there(state, ticket),
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
        Event::Focused(at) => focused(state, at),
        Event::Mouse(mouse) => mouse::pressed(state, mouse),
        Event::Stop => suspend(state),
        Event::Continued => continued(state),
        Event::Copied(what, how) => copied(state, what, how),
        Event::Hour(_) => vec![],
        Event::Settings(new) => chosen::settled(state, *new),
        Event::Theme(read, cause) => chosen::themed(state, *read, cause),
        Event::Themes(names) => {
            state.chosen.themes = names;
            vec![]
        }
        Event::Background(is_dark) => chosen::lit(state, is_dark),
        Event::Edition(edition) => chosen::edited(state, *edition),
        Event::Broken(of, fault) => chosen::broken(state, of, fault),
        Event::Mended(of) => chosen::mended(state, of),
        Event::Interrupt => {
            state.leaving = true;
            vec![Effect::QuitNow]
        }
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
    if state.leaving && command::quits(state, chord) {
        return vec![Effect::QuitNow];
    }
    state.notices.pressed();
    // In a text field, too: a shell takes it everywhere.
    if command::stops(state, chord) {
        return suspend(state);
    }
    let (before, said) = (Place::of(state), state.palette.is_some());
    let effects = taken(state, chord);
    let jumped = said && state.palette.is_none();
    trail::note(state, before, jumped);
    effects
}

/// Gives a key to whoever has the keys: the palette, a field, a filter, or the commands.
fn taken(state: &mut State, chord: Chord) -> Effects {
    if state.palette.is_some() {
        return palette::typed(state, chord);
    }
    // Where letters are typed there is still a way out.
    if forms::is_typing(state) && chord == ctrl('c') {
        return quit(state);
    }
    if let Some(effects) = forms::typed(state, chord) {
        return effects;
    }
    if state.overlays.is_empty() && state.filter().editing {
        return typed(state, chord);
    }
    commanded(state, chord)
}

/// Carries out the command of a key, or waits for the rest of its sequence.
fn commanded(state: &mut State, chord: Chord) -> Effects {
    let begun = !state.prefix.is_empty();
    if begun && chord == key(Key::Esc) {
        state.prefix.clear();
        return vec![];
    }
    state.prefix.push(chord);
    let command = match command::find(state, &state.prefix) {
        Found::Command(command) => command,
        Found::Prefix => return vec![],
        Found::Nothing => {
            let keys = command::in_words(&std::mem::take(&mut state.prefix));
            if begun {
                state.say(Weight::Warning, format!("{keys} is no command"));
            }
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
    // Whoever has typed it is told what was left out of it.
    if let Some(problem) = state.filter_problem().filter(|_| !state.filter().editing) {
        state.say(Weight::Warning, problem);
    }
    vec![]
}

fn pasted(state: &mut State, text: &str) -> Effects {
    if let Some(palette) = &mut state.palette {
        palette::pasted(palette, text);
    } else if forms::pasted(state, text) {
        // It went into a field, or there is none.
    } else if state.overlays.is_empty() && state.filter().editing {
        state.filter_mut().paste(text);
        filtered(state);
    }
    state.dirty = true;
    vec![]
}

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
        Action::Follow => quiet(|| state.activity.toggle_follow()),
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
fn suspend(state: &mut State) -> Effects {
    if state.setting.has_shell {
        return vec![Effect::Suspend];
    }
    state.say(Weight::Warning, "there is no shell to go back to");
    vec![]
}

/// What was shown is as old as the stop was long.
fn continued(state: &mut State) -> Effects {
    if state.leaving {
        return vec![];
    }
    let mut effects = vec![Effect::Reclaim];
    if state.live != Live::Paused {
        effects.push(Effect::LookNow);
    }
    effects
}

/// Looks once when somebody comes back, unless that was done a moment ago: each look is a request.
fn focused(state: &mut State, at: Timestamp) -> Effects {
    let recent =
        |then: Option<Timestamp>| then.is_some_and(|then| at.duration_since(then).as_secs() < FRESH_SECONDS);
    let looks = matches!(state.live, Live::On | Live::Failing(..));
    if !looks || recent(state.pending.last_beat) || recent(state.pending.focused) {
        return vec![];
    }
    state.pending.focused = Some(at);
    vec![Effect::LookNow]
}

/// Says what was copied, and how.
fn copied(state: &mut State, what: What, how: Result<&'static str, Fault>) -> Effects {
    match how {
        Ok(how) => state.say(Weight::Info, format!("{} was copied: {how}", what.name())),
        Err(fault) => state.say(Weight::Error, format!("{} was not copied: {fault}", what.name())),
    }
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
    state.filter_mut().editing = true;
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
