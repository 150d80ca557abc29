//! What a key or an action changes, and what it wants done.

use super::act::{act, quit, suspend};
use super::activity::next_hour;
use super::ahead::seen;
use super::answers;
use super::command::{self, Found};
use super::copy::What;
use super::forms;
use super::held::Held;
use super::key::{Chord, Key, ctrl, key};
use super::mouse;
use super::moves::{filtered, moved};
use super::msg::{Action, Effect, Event, Step};
use super::overlay::{Overlay, Stage};
use super::palette;
use super::pending::Opening;
use super::remote::Answer;
use super::trail::{self, Place};
use super::{Effects, Live, State, Weight, beats, chosen, export, inspector, plans, reloads};
use crate::domain::fault::Fault;
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
    let turned = note_time(state, &event);
    if matches!(event, Event::Time(_)) && !turned {
        return vec![];
    }
    match &event {
        Event::Loaded(_, _, answer) => {
            if let Ok(data) = answer.as_ref() {
                state.hide(|veil| veil.learn_data(data));
            }
        }
        Event::Watched(report) => state.hide(|veil| veil.learn_report(report)),
        _ => {}
    }
    // Keys in the palette and draws change nothing of what it finds but by what is typed.
    let changed = !matches!(event, Event::Key(_) | Event::Paste(_) | Event::Viewport(_) | Event::Mouse(_));
    let held = Held::of(state);
    let mut effects = happened(state, event);
    held.restore(state);
    state.shelve();
    palette::keep(state, changed);
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
        Event::Loaded(ticket, at, data) => answers::loaded(state, Answer { ticket, at, data: *data }),
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
        Event::Finished(ticket, _, result) => answers::finished(state, ticket, result),
        Event::There(ticket) => export::there(state, ticket),
        Event::Fetching(ticket, progress) => answers::fetching(state, ticket, progress),
        Event::Failures(ticket, failures) => answers::failures(state, ticket, failures),
        Event::Watched(report) => beats::watched(state, *report),
        Event::Ration(budget) => {
            beats::rationed(state, budget);
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
        Event::Time(_) => vec![],
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

/// The time is what events tell; what follows from it on the screen moves on the hour only. Whether another one
/// has begun.
fn note_time(state: &mut State, event: &Event) -> bool {
    let at = match event {
        Event::Loaded(_, at, _) | Event::Finished(_, at, _) | Event::Time(at) => *at,
        Event::Watched(report) => report.at,
        _ => return false,
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
    turned
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
            let keys = std::mem::take(&mut state.prefix);
            return astray(state, &keys, begun);
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

/// Keys that mean nothing here. Those of a pane lead from the inspector over the panes to it.
fn astray(state: &mut State, keys: &[Chord], begun: bool) -> Effects {
    let command = command::elsewhere(state, keys);
    let words = command::in_words(keys);
    if let (Some(Overlay::Inspector), Some(command)) = (state.overlays.last(), command)
        && let Ok(action @ (Action::Focus(_) | Action::Inspect)) = (command.plan)(state)
    {
        state.overlays.pop();
        return if action == Action::Inspect { vec![] } else { act(state, action) };
    }
    let text = match command {
        Some(_) if !state.overlays.is_empty() => format!("{words} is for the panes: esc first"),
        Some(command) => {
            let place = command
                .context
                .pane()
                .map_or_else(String::new, |pane| format!("{} {}", pane.number(), pane.name()));
            format!("{words} belongs to {place}: {}", command.doc)
        }
        None if begun => format!("{words} is no command"),
        None => return vec![],
    };
    state.say(Weight::Warning, text);
    vec![]
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
        Ok(how) => state.say(Weight::Info, format!("{} was copied: {how}{}", what.name(), what.caution())),
        Err(fault) => state.say(Weight::Error, format!("{} was not copied: {fault}", what.name())),
    }
    vec![]
}
