//! The first line: class and place on the left; the ration, the account, who acts and the live view
//! on the right.
//!
//! Where there is too little room, it folds in this order: the class's title, the limits of the ration, all
//! of it but its scarcest window, the name of the service account, the account's kind, the scarcest window,
//! the account's name; then whose items are shown, the pane, which has a title of its own, and beside the
//! badge of the demo class that it is simulated. Who acts stays, and so do a stop of requests and a service that is
//! left out; where not even both fit, the latter. Badges, the class and the live view always stand.

use jiff::tz::TimeZone;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::figures::{beat, clock, figure, grouped, plural, until};
use super::table::Line;
use super::theme::Theme;
use super::{Canvas, veil};
use crate::app::{Live, State};
use crate::domain::budget::{Action, Allowance, Budget, Scope};
use crate::domain::directory::Identity;
use crate::domain::fault::Kind;
use crate::domain::parts::{Down, Part, instead};
use crate::domain::query::Role;
use crate::domain::text::{fit, width};

/// What a sandbox's account and the live view carry.
const SIMULATED: &str = " (simulated)";

/// The least that says who acts.
const ACTS: &str = "as service account";

/// Draws it.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let (badges, class) = (badges(state), &state.setting.class);
    let fixed: usize = 1 + badges.iter().map(|badge| badge.len() + 1).sum::<usize>();
    let whole = usize::from(area.width);
    let places = crumbs(canvas, area.width);
    // What is left of the ration matters more than what the class is called.
    let (ration, who) = middle(state, usize::MAX);
    let all = width(&ration) + 2 + width(&who);
    // Who acts, or that nothing is sent, has to fit beside the place and the live view.
    let least = least(state);
    let drift = match state.rows.counts.drift {
        0 => String::new(),
        drift => format!("  {drift} drift"),
    };
    let mut choices = Vec::new();
    for short in [false, true] {
        for (at, place) in places.iter().enumerate() {
            let titled = at == 0 && places[0] != places[1];
            let left = fixed + width(class) + width(place) + width(&drift);
            // The beat is told where there is plenty of room.
            let (now, style) = live(state, theme, whole.saturating_sub(left) >= 100, short);
            let beside = if titled { all } else { 0 };
            choices.push((left + beside + width(&now) + 3, place.as_str(), now, style, titled));
        }
    }
    let fits = |middle: usize| {
        let need = |titled: bool| if titled { 0 } else { middle };
        choices.iter().position(|(taken, .., titled)| taken + need(*titled) <= whole)
    };
    let at = fits(least).or_else(|| fits(0)).unwrap_or(choices.len() - 1);
    let (_, place, now, style, _) = choices.swap_remove(at);
    let mut line = canvas.line(area, 0, theme.heading);
    line.skip(1);
    for badge in badges {
        line.text(badge, theme.badge).skip(1);
    }
    let room = whole.saturating_sub(fixed + width(&now) + 3).max(1);
    line.text(&fit(class, room), Style::new());
    line.text(place, Style::new());
    let room = line.room();
    let room = room - drifted(&mut line, &drift, room, width(&now) + 3 + least, theme);
    // A space on each side, and one at the end of the line.
    let room = room.saturating_sub(width(&now) + 3);
    let (ration, who) = middle(state, room);
    let gap = if ration.is_empty() || who.is_empty() { 0_u16 } else { 2 };
    let before = room - (width(&ration) + usize::from(gap) + width(&who)).min(room);
    let stopped = is_warned(state);
    line.skip(u16::try_from(before + 1).unwrap_or(0));
    line.text(&ration, if stopped { theme.warning } else { theme.text });
    line.skip(gap).text(&who, theme.dim);
    line.right(&format!("{now} "), style);
}

/// What has to be known at every moment.
fn badges(state: &State) -> Vec<&'static str> {
    let all = [
        (state.setting.demo, " DEMO "),
        (state.setting.read_only, " READ-ONLY "),
        (state.mouse, " MOUSE "),
        (state.veil().is_some(), " PRIVATE "),
    ];
    all.into_iter().filter_map(|(is_so, badge)| is_so.then_some(badge)).collect()
}

/// Where we are behind the class's id, from all of it to nothing.
fn crumbs(canvas: &Canvas<'_, '_>, cells: u16) -> Vec<String> {
    let state = canvas.state;
    let titled = state.setting.title.as_str() != state.setting.class;
    let title = if titled {
        format!(" {}", veil::fit(state, state.setting.title.as_str(), 24))
    } else {
        String::new()
    };
    let mut way = state.way().into_iter();
    let mut pane = format!(" > {}", way.next().unwrap_or_default());
    // Beside other panes, and in tabs, it stands in a title.
    if canvas.places.is_one() && canvas.places.tabs.is_none() {
        pane = format!("{pane} ({})", state.zoom.word());
    }
    // Where there is little room, what lies over the panes says itself what it is.
    let whose: Vec<String> = way.map(|place| format!(" > {}", veil::fit(state, &place, 24))).collect();
    let whose = if cells >= super::WIDE { whose.concat() } else { String::new() };
    vec![format!("{title}{pane}{whose}"), format!("{pane}{whose}"), pane, String::new()]
}

/// Whether requests are stopped, or a service is left out.
fn is_warned(state: &State) -> bool {
    let stopped = state.budget.as_ref().is_some_and(|budget| !budget.stopped.is_empty());
    stopped || state.parts.iter().any(|part| part.down.is_some())
}

/// The cells that who acts takes at least; while nothing is sent, or a service is left out, those of that.
fn least(state: &State) -> usize {
    if is_warned(state) {
        return requests(state).last().map_or(0, |text| width(text));
    }
    let identity = state.view().and_then(|view| view.identity.as_ref());
    identity.map_or(0, |identity| accounts(state, identity).last().map_or(0, |text| width(text)))
}

/// How many accesses should not be there, where so much as is kept still has room beside it; returns the cells it took.
fn drifted(line: &mut Line<'_>, text: &str, room: usize, kept: usize, theme: &Theme) -> usize {
    if room < width(text) + kept {
        return 0;
    }
    line.text(text, theme.bad);
    width(text)
}

/// Ration and account, as much of both as there is room for.
fn middle(state: &State, room: usize) -> (String, String) {
    let identity = state.view().and_then(|view| view.identity.as_ref());
    let who = identity.map_or_else(|| vec![String::new()], |identity| accounts(state, identity));
    let rations = requests(state);
    let fits = |ration: &str, who: &str| {
        let gap = if ration.is_empty() || who.is_empty() { 0 } else { 2 };
        width(ration) + gap + width(who) <= room
    };
    let scarcest = rations.last().map_or("", String::as_str);
    // The ration folds first, beside a whole account; then the account, beside the scarcest window.
    let whole =
        who.first().into_iter().flat_map(|who| rations.iter().map(move |ration| (ration.as_str(), who)));
    let less = who.iter().take(3).map(|who| (scarcest, who));
    let stopped = is_warned(state);
    let last = who.iter().map(|who| (if stopped { scarcest } else { "" }, who));
    let found = whole.chain(less).chain(last).find(|(ration, who)| fits(ration, who));
    if let Some((ration, who)) = found {
        return (ration.to_owned(), who.clone());
    }
    if stopped && width(scarcest) <= room {
        return (scarcest.to_owned(), String::new());
    }
    // Half a word says less than none.
    let shortest = who.last().filter(|who| width(who) <= room);
    (String::new(), shortest.cloned().unwrap_or_default())
}

/// Who acts in which account, from all of it to the least.
fn accounts(state: &State, identity: &Identity) -> Vec<String> {
    // The live view says so already.
    let account = identity.account_name.as_str().trim_end_matches(SIMULATED);
    let via = state.setting.via.map_or_else(String::new, |via| format!(", {via}"));
    let kind = format!("({}{via})", identity.kind.name());
    // Until the service has said so, it is only known who acted the last time.
    let (me, less) = match (state.knows_who_acts(), identity.is_service_account) {
        (false, _) => (String::new(), String::new()),
        (true, true) => (
            format!("  as service account {}", veil::fit(state, identity.name.as_str(), 24)),
            format!("  {ACTS}"),
        ),
        (true, false) => {
            let name = |cells| format!("  as {}", veil::fit(state, identity.name.as_str(), cells));
            (name(24), name(16))
        }
    };
    vec![
        format!("{} {kind}{me}", veil::fit(state, account, 40)),
        format!("{} {kind}{less}", veil::fit(state, account, 24)),
        format!("{}{less}", veil::fit(state, account, 24)),
        if less.is_empty() {
            veil::fit(state, account, 24).into_owned()
        } else {
            less.trim_start().to_owned()
        },
    ]
}

/// What is to be told of requests, from all of it to the least: who takes which share of them, and the ration;
/// while a service is left out or something is stopped only that.
fn requests(state: &State) -> Vec<String> {
    let zone = &state.setting.zone;
    let rations = state.budget.as_ref().map_or_else(Vec::new, |budget| rations(budget, zone));
    let down = left_out(&state.parts, zone);
    if down.is_empty() {
        let shares = shares(&state.parts);
        let first = rations.first().cloned().unwrap_or_default();
        let both = [first, shares].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("  ");
        return std::iter::once(both).filter(|text| !text.is_empty()).chain(rations).collect();
    }
    let stop =
        rations.last().filter(|_| state.budget.as_ref().is_some_and(|budget| !budget.stopped.is_empty()));
    match stop {
        Some(stop) => down.into_iter().map(|down| format!("{stop}, {down}")).collect(),
        None => down,
    }
}

/// The services that are left out, from all that there is to say of them to the least.
fn left_out(parts: &[Part], zone: &TimeZone) -> Vec<String> {
    let joined = |text: &dyn Fn(&Part, &Down) -> String| {
        let one = |part: &Part| part.down.as_ref().map(|down| text(part, down));
        parts.iter().filter_map(one).collect::<Vec<_>>().join(", ")
    };
    let since = |down: &Down| clock(down.since, zone);
    let all = [
        joined(&|part, down| format!("{} out since {}, {}", part.name, since(down), instead(part, parts))),
        joined(&|part, down| format!("{} out since {}", part.name, since(down))),
        joined(&|part, _| format!("{} out", part.name)),
    ];
    all.into_iter().filter(|text| !text.is_empty()).collect()
}

/// Which service takes which share of the calls.
fn shares(parts: &[Part]) -> String {
    let read = parts.iter().filter(|part| part.name != "events").count();
    let one = |part: &Part| Some(format!("{} {}%", part.name, part.percent(parts)?));
    if read < 2 { String::new() } else { parts.iter().filter_map(one).collect::<Vec<_>>().join(" ") }
}

/// The ration from all of it to its scarcest window; while something is stopped only that.
fn rations(budget: &Budget, zone: &TimeZone) -> Vec<String> {
    if !budget.stopped.is_empty() {
        let stop = |stop: &crate::domain::budget::Stop| {
            let until = until(stop.until, budget.reported_at, zone);
            format!("{} stop until {until}", plural(stop.action))
        };
        return vec![budget.stopped.iter().map(stop).collect::<Vec<_>>().join(", ")];
    }
    let mut windows: Vec<&Allowance> = budget.allowances.iter().collect();
    windows.sort_by_key(|window| (window.scope == Scope::Account, window.action == Action::Write));
    let joined = |text: &dyn Fn(&Allowance) -> String| {
        windows.iter().map(|window| text(window)).collect::<Vec<_>>().join("  ")
    };
    let with_limit = |w: &Allowance| format!("{} {}/{}", word(w), figure(w.remaining), figure(w.limit));
    let share = |window: &&&Allowance| window.remaining.saturating_mul(1_000) / window.limit.max(1);
    let scarcest = windows.iter().min_by_key(share).map(|window| with_limit(window));
    let mut all = vec![joined(&with_limit), joined(&|w| format!("{} {}", word(w), figure(w.remaining)))];
    all.extend(scarcest);
    all
}

fn word(window: &Allowance) -> &'static str {
    if window.scope == Scope::Account { "day" } else { plural(window.action) }
}

/// The live view in a word, with its beat where there is room; how old the screen is, where it is old. The
/// short form leaves to the badge of the demo class that it is simulated.
fn live(state: &State, theme: &Theme, room: bool, short: bool) -> (String, Style) {
    let account = state.view().and_then(|view| view.identity.as_ref()).map(|identity| &identity.account);
    let simulated = state.setting.demo || account.is_some_and(crate::domain::id::AccountId::is_sandbox);
    let simulated = if simulated && !(short && state.setting.demo) { SIMULATED } else { "" };
    let (word, style) = match &state.live {
        _ if state.leaving && short => return ("q leaves now".into(), theme.warning),
        _ if state.leaving => return ("waiting for calls in flight; q leaves now".into(), theme.warning),
        Live::Starting => {
            return (state.first_look().map_or("connecting".into(), first_look), theme.dim);
        }
        Live::On => {
            if let Some(Role::Following { watcher, .. }) = &state.role {
                let watcher = watcher_of(state, watcher.as_str(), room);
                return (format!("live via {watcher}{simulated}"), theme.good);
            }
            let every = state.setting.beat.filter(|_| room).map(|every| format!(" every {}", beat(every)));
            (format!("live{}", every.unwrap_or_default()), theme.good)
        }
        Live::Paused => ("paused".into(), theme.warning),
        Live::Failing(fault, since) => {
            // Whoever answers, if only to refuse, is not away.
            let word = match fault.kind {
                Kind::Unreachable => "offline",
                Kind::RateLimit => "waiting",
                Kind::Denied => "denied",
                _ => "failing",
            };
            // What is waited for has an end, which says more than its beginning.
            let end = state.budget.as_ref().and_then(|budget| budget.stopped.first()).map(|stop| stop.until);
            let times = match (fault.kind, end, since) {
                (Kind::RateLimit, Some(end), _) => format!(" until {}", clock(end, &state.setting.zone)),
                (.., Some(since)) => format!(" since {}", clock(*since, &state.setting.zone)),
                _ => String::new(),
            };
            (format!("{word}{times}"), theme.bad)
        }
    };
    (format!("{word}{simulated}"), style)
}

/// Who has the live view: a program and its number, where there is plenty of room; else the program alone, since half
/// a number says nothing.
fn watcher_of(state: &State, watcher: &str, room: bool) -> String {
    let program = watcher.split(", ").next().unwrap_or_default();
    match (room, program) {
        (true, _) => veil::fit(state, watcher, 32).into_owned(),
        (false, "dashboard") => "another dashboard".into(),
        (false, program) => veil::fit(state, program, 16).into_owned(),
    }
}

/// How far the first look is: `reading 290 of 2,000 vaults`.
fn first_look((read, all): (usize, usize)) -> String {
    format!("reading {} of {} vaults", grouped(read), grouped(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_look_says_how_far_it_is() {
        assert_eq!(first_look((290, 2_000)), "reading 290 of 2,000 vaults");
        assert_eq!(first_look((1_234_567, 12)), "reading 1,234,567 of 12 vaults");
    }
}
