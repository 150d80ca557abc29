//! The keys of where we are, and the last line: what is typed, or what there is to say.

use ratatui::layout::Rect;

use super::Canvas;
use super::field::behind;
use super::table::Line;
use super::veil::fit;
use crate::app::command::{Command, Context, available, shown_keys};
use crate::app::{Live, Weight};
use crate::domain::text::width;

/// The keys of the palette.
const PALETTE: [(&str, &str); 5] = [
    ("enter", "give it"),
    ("tab", "complete"),
    ("up down", "choose"),
    ("esc", "leave"),
    ("up", "(nothing typed) said before"),
];

/// The footer: the keys of where we are, as many as fit.
pub(super) fn keys(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let mut line = canvas.line(area, 0, theme.text);
    line.skip(1);
    if state.palette.is_some() {
        for (key, hint) in PALETTE {
            line.text(key, theme.heading).skip(1).text(hint, theme.dim).skip(2);
        }
        return;
    }
    if state.overlays.is_empty() && state.filter().editing {
        line.text("enter", theme.heading).text(" keep  ", theme.dim);
        line.text("esc", theme.heading).text(" clear  ", theme.dim);
        for (key, what) in
            [("!word", " not  "), ("-f", " fuzzy  "), ("state:x", " column  "), ("\"a b\"", " phrase")]
        {
            line.text(key, theme.heading).text(what, theme.dim);
        }
        return;
    }
    if state.overlays.is_empty() && !state.prefix.is_empty() {
        // How it can go on stands above.
        line.text("esc", theme.heading).text(" ends the sequence", theme.dim);
        return;
    }
    let hint =
        |command: &'static Command| Some((command, shown_keys(state, command)?, command.hint_now(state)?));
    let (last, first): (Vec<_>, Vec<_>) =
        available(state).filter_map(hint).partition(|(command, ..)| command.context == Context::Anywhere);
    // Help and the way out are always there.
    let size = |key: &str, hint: &str| key.len() + hint.len() + 3;
    let kept: usize = last.iter().map(|(_, key, hint)| size(key, hint)).sum();
    let all: usize = first.iter().map(|(_, key, hint)| size(key, hint)).sum();
    let first = if all + kept > line.room() { folded(first) } else { first };
    let fits = |line: &Line<'_>, key: &str, hint: &str| line.room() >= size(key, hint) + kept;
    for (command, key, hint) in &first {
        if fits(&line, key, hint) {
            let style = if command.is_refused(state) { theme.dim } else { theme.heading };
            line.text(key, style).skip(1).text(hint, theme.dim).skip(2);
        }
    }
    for (_, key, hint) in &last {
        line.text(key, theme.heading).skip(1).text(hint, theme.dim).skip(2);
    }
}

/// A command that has a place in the footer, its key, and its word.
type Hint = (&'static Command, String, &'static str);

/// The same with all that stages something under one word.
fn folded(hints: Vec<Hint>) -> Vec<Hint> {
    let mut folded: Vec<Hint> = Vec::new();
    let stages = |command: &Command| command.name.starts_with("stage-") || command.name == "unstage";
    for (command, key, hint) in hints {
        match folded.iter_mut().find(|(one, ..)| stages(one) && stages(command)) {
            Some((_, keys, _)) => keys.push_str(&key),
            None => folded.push((command, key, if stages(command) { "stage" } else { hint })),
        }
    }
    folded
}

/// The last line: the filter while it is typed, else what there is to say.
pub(super) fn message(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let filter = state.filter();
    if state.palette.is_none() && state.overlays.is_empty() && filter.editing {
        behind(canvas, area, 0, ("/", theme.heading), (filter.field(), theme.text), true);
        if let Some(problem) = state.filter_problem() {
            let after = u16::try_from(width(filter.text()) + 3).unwrap_or(area.width).min(area.width);
            let rest = Rect { x: area.x + after, width: area.width - after, ..area };
            canvas.line(rest, 0, theme.text).text(&problem, theme.warning);
        }
        return;
    }
    let mut line = canvas.line(area, 0, theme.text);
    line.skip(1);
    if let Some(notice) = state.notice() {
        let style = match notice.weight {
            Weight::Info => theme.good,
            Weight::Warning => theme.warning,
            Weight::Error => theme.bad,
        };
        // How many others wait matters more than the end of a long line.
        let others = match state.notices.others() {
            0 => String::new(),
            others => format!("  (+{others})"),
        };
        let text = fit(state, notice.text.as_str(), line.room().saturating_sub(others.len()));
        line.text(&text, style).text(&others, theme.dim);
    } else if let Some(trouble) = state.chosen.trouble() {
        line.text(&trouble, theme.warning);
    } else if let Live::Failing(fault, _) = &state.live {
        line.text(&fault.to_string(), theme.bad);
    }
}
