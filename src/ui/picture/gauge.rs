//! The ration: what is left of each window, whose share of the day is how large, and what will be left.

use ratatui::layout::Rect;

use crate::domain::budget::gauge::{Gauge, gauges};
use crate::domain::budget::{Action, Scope};
use crate::ui::Canvas;
use crate::ui::boxes::{boxed, wide};
use crate::ui::figures::{figure, plural, until};

/// Draws it.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let Some(budget) = &state.budget else { return };
    let gauges = gauges(budget);
    let zone = &state.setting.zone;
    let title = format!("Ration of requests, as of {}", until(budget.reported_at, state.now, zone));
    // Where lines are scarce, the empty ones between windows go.
    let needs = |gap: u16| {
        let windows: u16 = gauges.iter().map(|gauge| 1 + u16::from(gauge.at_end.is_some()) + gap).sum();
        windows + 3 + u16::try_from(budget.stopped.len()).unwrap_or(0)
    };
    let gap = u16::from(needs(1) + 2 <= area.height);
    let inside = boxed(canvas, area, (wide(area, 96), needs(gap) + 2), &title);
    let mut at = 0;
    for gauge in &gauges {
        at += one(canvas, inside, at, gauge) + gap;
    }
    let day = budget.allowances.iter().find(|window| window.scope == Scope::Account);
    let share = |requests: u64| {
        day.map_or_else(String::new, |day| format!(" ({}%)", requests.saturating_mul(100) / day.limit.max(1)))
    };
    let (ours, others) = (budget.ours, budget.others);
    let whose = format!(
        "since it started: {ours} by this program{}, {others} by others{}",
        share(ours),
        share(others)
    );
    let stops = budget.stopped.iter().map(|stop| {
        format!("{} are not sent until {}", plural(stop.action), until(stop.until, state.now, zone))
    });
    let live = format!("the live view may ask {} an hour", budget.live_per_hour);
    let texts = std::iter::once((whose, theme.text)).chain([(live, theme.text)]);
    for (y, (text, style)) in (at..inside.height).zip(texts.chain(stops.map(|stop| (stop, theme.bad)))) {
        canvas.line(inside, y, theme.text).text(&text, style);
    }
}

/// A window: its bar and figures, and below them what will be left. Returns how many lines that took.
fn one(canvas: &mut Canvas<'_, '_>, area: Rect, y: u16, gauge: &Gauge) -> u16 {
    if y >= area.height {
        return 0;
    }
    let (state, theme, [full, empty]) = (canvas.state, canvas.theme, canvas.glyphs.gauge);
    let window = &gauge.window;
    let ends = gauge.ends.map_or_else(
        || "not begun".to_owned(),
        |at| format!("ends {}", until(at, state.now, &state.setting.zone)),
    );
    let figures = if area.width < 70 {
        format!("{}/{} {ends}", figure(window.remaining), figure(window.limit))
    } else {
        format!("{} of {} left, {ends}", window.remaining, window.limit)
    };
    let word = match window.scope {
        Scope::Account => "of the day",
        Scope::Token if window.action == Action::Read => "reads an hour",
        Scope::Token if window.action == Action::Write => "writes an hour",
        Scope::Token => "an hour",
    };
    let cells = usize::from(area.width).saturating_sub(16 + figures.len() + 4).max(4);
    let left = usize::try_from(gauge.left_of(u64::try_from(cells).unwrap_or(4))).unwrap_or(0).min(cells);
    let style = match gauge.left_of(10) {
        0..=1 => theme.bad,
        2..=3 => theme.warning,
        _ => theme.good,
    };
    let mut line = canvas.line(area, y, theme.text);
    line.column(word, 15, theme.heading).text("[", theme.dim);
    line.text(&full.repeat(left), style).text(&empty.repeat(cells - left), theme.dim).text("]", theme.dim);
    line.skip(2).text(&figures, style);
    let Some(at_end) = gauge.at_end.filter(|_| y + 1 < area.height) else { return 1 };
    let whole = format!("about {at_end} left at its end, if only the live view asks");
    let short = format!("about {at_end} left at its end");
    let text = if usize::from(area.width) >= 16 + whole.len() { whole } else { short };
    canvas.line(area, y + 1, theme.text).skip(16).text(&text, theme.dim);
    2
}
