//! What lies over the panes.

use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line as Title;
use ratatui::widgets::{Block, Clear};

use super::Canvas;
use super::field::behind;
use super::veil::{fit, wrap};
use super::{closing, columns, detail, forms, grid, help, past, review, staged, why};
use crate::app::State;
use crate::app::command::{available, in_words, key_of};
use crate::app::msg::Effect;
use crate::app::overlay::{Chooser, Help, Overlay, Past, Question, Review};
use crate::domain::text::width;

/// A line of an overlay: text with one style.
pub(super) type Text = (String, Style);

/// Draws the topmost overlay.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let width = area.width.saturating_sub(4).min(110);
    let text = usize::from(width.saturating_sub(4));
    match state.overlays.last() {
        None => {}
        Some(Overlay::Help(help)) => keys(canvas, area, width, help),
        Some(Overlay::Notices { top }) => {
            let (title, lines) = help::notices(state, theme, text);
            scrolling(canvas, area, width, &title, &lines, *top);
        }
        Some(Overlay::Plan(_) | Overlay::Job(_)) => {
            if let Some(review) = state.review() {
                plan(canvas, area, width, review);
            }
        }
        Some(Overlay::Why(why)) => {
            let (title, lines) = why::ways(why, state, theme, text, true);
            scrolling(canvas, area, width, &title, &lines, why.top);
        }
        Some(Overlay::Drift(strays)) => {
            let (title, lines, selected) = why::drift(strays, state, theme, text);
            listed(canvas, area, width, &title, &lines, selected);
        }
        Some(Overlay::Staged { top }) => {
            let (title, lines) = staged::compared(state, theme, text);
            scrolling(canvas, area, width, &title, &lines, *top);
        }
        Some(Overlay::History(past)) => history(canvas, area, width, past),
        Some(Overlay::Closing(closing)) => {
            let (title, lines, selected) = closing::steps(closing, state, theme, text);
            listed(canvas, area, width, &title, &lines, selected);
        }
        Some(Overlay::SignOff(form)) => closing::sign_off(canvas, area, form),
        Some(Overlay::Detail(detail)) => {
            let (title, lines) = detail::item(detail, state, theme, text);
            scrolling(canvas, area, width, &title, &lines, detail.top);
        }
        Some(Overlay::Inspector) => inspected(canvas, area, width),
        Some(Overlay::Picture(picture)) => super::picture::draw(canvas, area, picture),
        Some(Overlay::Confirm(question)) => ask(canvas, area, question),
        Some(Overlay::Export(saving)) => super::export::form(canvas, area, saving),
        Some(Overlay::Import(one)) => super::import::draw(canvas, area, one),
        Some(Overlay::Download(form)) => forms::folder(canvas, area, form),
        Some(Overlay::Extend(form)) => forms::extension(canvas, area, form),
        Some(Overlay::Assign(choice)) => forms::choice(canvas, area, choice),
        Some(Overlay::Columns(chosen)) => choosing(canvas, area, width.min(64), *chosen),
        Some(Overlay::Grid(shown)) => grid::draw(canvas, area, *shown),
        Some(Overlay::Fetched { ticket, top }) => {
            let (title, lines) = detail::fetched(*ticket, state, theme, text);
            scrolling(canvas, area, width, &title, &lines, *top);
        }
        Some(Overlay::Output { attempt, top }) => {
            let (title, lines) = detail::output(attempt, state, theme, text);
            scrolling(canvas, area, width, &title, &lines, *top);
        }
    }
}

/// The jobs, or what one of them has changed.
fn history(canvas: &mut Canvas<'_, '_>, area: Rect, width: u16, past: &Past) {
    let (state, theme) = (canvas.state, canvas.theme);
    let text = usize::from(width.saturating_sub(4));
    if let Some((top, entry)) = past.open.zip(past.selected()) {
        let (title, lines) = past::changes(entry, state, theme, text);
        scrolling(canvas, area, width, &title, &lines, top);
    } else {
        let (title, lines, selected) = past::list(past, state, theme, text);
        listed(canvas, area, width, &title, &lines, selected);
    }
}

/// The columns of a table, to be chosen.
fn choosing(canvas: &mut Canvas<'_, '_>, area: Rect, width: u16, chosen: Chooser) {
    let room = usize::from(width.saturating_sub(4));
    let (title, lines, selected) =
        columns::chooser(chosen, (canvas.state, &canvas.memo.placed), canvas.theme, room);
    listed(canvas, area, width, &title, &lines, selected);
}

/// What is known of what is selected.
fn inspected(canvas: &mut Canvas<'_, '_>, area: Rect, width: u16) {
    let text = usize::from(width.saturating_sub(4));
    let (title, lines) = super::inspector::about(canvas.state, canvas.theme, text);
    let top = canvas.state.inspector.top;
    scrolling(canvas, area, width, &title, &lines, top);
}

/// A plan, and below it the field of its word.
fn plan(canvas: &mut Canvas<'_, '_>, area: Rect, width: u16, review: &Review) {
    let text = usize::from(width.saturating_sub(4));
    let (title, lines) = review::plan(review, canvas.state, canvas.theme, text);
    let height = review::field_height(review);
    let above = Rect { height: area.height - height, ..area };
    scrolling(canvas, above, width, &title, &lines, review.top);
    review::field(canvas, Rect { y: above.bottom(), height, ..area }, review);
}

/// Takes away the wide letters of which a box would cover one half: a terminal has no halves, and the border
/// would not be drawn there.
fn whole_letters(canvas: &mut Canvas<'_, '_>, place: Rect) {
    let Some(before) = place.x.checked_sub(1).filter(|_| place.width > 0) else { return };
    let buffer = canvas.frame.buffer_mut();
    for y in place.y..place.bottom() {
        if width(buffer[(before, y)].symbol()) > 1 {
            buffer[(before, y)].set_symbol(" ");
        }
    }
}

/// A box in the middle with a title; returns what is inside.
pub(super) fn boxed(
    canvas: &mut Canvas<'_, '_>,
    area: Rect,
    (width, height): (u16, u16),
    title: &str,
) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    let (x, y) = (area.x + (area.width - width) / 2, area.y + (area.height - height) / 2);
    let place = Rect { x, y, width, height };
    let title = fit(canvas.state, title, usize::from(width.saturating_sub(4))).into_owned();
    let block = Block::bordered().style(canvas.theme.text).border_set(canvas.glyphs.border);
    let block = block.border_style(canvas.theme.focus);
    let block = block.title(Title::styled(format!(" {title} "), canvas.theme.focus));
    let inside = block.inner(place);
    whole_letters(canvas, place);
    canvas.frame.render_widget(Clear, place);
    canvas.frame.render_widget(block, place);
    // A field, or the selected line of a list, takes it from here.
    canvas.frame.set_cursor_position(Position { x: inside.x, y: inside.y });
    Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }
}

/// Lines in a box from that one on; returns what is inside.
pub(super) fn scrolling(
    canvas: &mut Canvas<'_, '_>,
    area: Rect,
    width: u16,
    title: &str,
    lines: &[Text],
    top: usize,
) -> Rect {
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).clamp(5, area.height);
    let room = usize::from(height - 2);
    let furthest = lines.len().saturating_sub(room);
    let top = top.min(furthest);
    // What is below matters more than the end of a long title.
    let below = if furthest > top { format!("  ({} more below)", furthest - top) } else { String::new() };
    let room = usize::from(width.saturating_sub(4)).saturating_sub(below.len());
    let more = format!("{}{below}", fit(canvas.state, title, room));
    let inside = boxed(canvas, area, (width, height), &more);
    canvas.memo.viewport.overlay = furthest;
    for (y, (text, style)) in (0..inside.height).zip(lines.iter().skip(top)) {
        canvas.line(inside, y, canvas.theme.text).text(text, *style);
    }
    inside
}

/// The same for a list with a selection, which stays on the screen: the line of that number.
fn listed(canvas: &mut Canvas<'_, '_>, area: Rect, width: u16, title: &str, lines: &[Text], selected: usize) {
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).clamp(5, area.height);
    let top = (selected + 2).saturating_sub(usize::from(height - 2));
    let place = scrolling(canvas, area, width, title, lines, top);
    let line = u16::try_from(selected.saturating_sub(top)).unwrap_or(0);
    let y = place.y + line.min(place.height.saturating_sub(1));
    canvas.frame.set_cursor_position(Position { x: place.x, y });
}

/// The keys, and below them the field of what is looked for.
fn keys(canvas: &mut Canvas<'_, '_>, area: Rect, width: u16, help: &Help) {
    let (title, lines) = help::keys(help, canvas.state, canvas.theme, usize::from(width.saturating_sub(4)));
    let looks = help.typing || !help.search.value().is_empty();
    let height = if looks { 3 } else { 0 };
    let above = Rect { height: area.height - height, ..area };
    scrolling(canvas, above, width, &title, &lines, help.top);
    if looks {
        let place = Rect { y: above.bottom(), height, ..area };
        let inside = boxed(canvas, place, (width, height), "looks for these words; esc shows all again");
        let theme = canvas.theme;
        behind(canvas, inside, 0, ("/", theme.heading), (&help.search, theme.text), help.typing);
    }
}

fn ask(canvas: &mut Canvas<'_, '_>, area: Rect, question: &Question) {
    let state = canvas.state;
    let lines = wrap(state, &question.text, 56);
    let warning = if question.warning.is_empty() { vec![] } else { wrap(state, &question.warning, 56) };
    let height = u16::try_from(lines.len() + warning.len() + 4).unwrap_or(u16::MAX);
    let title = sure(question, canvas.state);
    let inside = boxed(canvas, area, (62, height), &title);
    let lines = lines.iter().map(|line| (line, Style::new()));
    let warning = warning.iter().map(|line| (line, canvas.theme.warning));
    for (y, (line, style)) in (0..inside.height).zip(lines.chain(warning)) {
        canvas.line(inside, y, canvas.theme.text).text(line, style);
    }
    let last = inside.height.saturating_sub(1);
    let theme = canvas.theme;
    let no = available(canvas.state).find(|command| command.name == "close");
    let no = no.and_then(|command| canvas.state.keymap.of(command).last().map(in_words));
    let keys = format!("{} yes   {} no", key_of(canvas.state, "yes"), no.as_deref().unwrap_or("esc"));
    canvas.line(inside, last, theme.text).text(&keys, theme.heading);
}

/// What is decided for a class says for which, and in which account it is.
fn sure(question: &Question, state: &State) -> String {
    if !matches!(question.yes, Effect::Decide(..)) {
        return "Sure?".into();
    }
    let account = state.view().and_then(|view| view.identity.as_ref());
    let account = account.map_or_else(String::new, |identity| format!(", {}", identity.account_name));
    format!("Sure? {}{account}", state.setting.class)
}
