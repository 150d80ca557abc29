//! What lies over the panes.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line as Title;
use ratatui::widgets::{Block, Clear};

use super::Canvas;
use super::{closing, detail, forms, past, review, staged, why};
use crate::app::State;
use crate::app::command::{COMMANDS, Context, in_words, pane_contexts};
use crate::app::overlay::{Overlay, Question, Review};
use crate::domain::text::{fit, width as cells, wrap};

/// A line of an overlay: text with one style.
pub(super) type Text = (String, Style);

/// Draws the topmost overlay.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let width = area.width.saturating_sub(4).min(110);
    let text = usize::from(width.saturating_sub(4));
    match state.overlays.last() {
        None => {}
        Some(Overlay::Help { top }) => {
            scrolling(canvas, area, width, "Keys", &help(state, theme, text), *top);
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
        Some(Overlay::History(past)) => {
            if let Some((top, entry)) = past.open.zip(past.selected()) {
                let (title, lines) = past::changes(entry, state, theme, text);
                scrolling(canvas, area, width, &title, &lines, top);
            } else {
                let (title, lines, selected) = past::list(past, state, theme, text);
                listed(canvas, area, width, &title, &lines, selected);
            }
        }
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
        Some(Overlay::Download(form)) => forms::folder(canvas, area, form),
        Some(Overlay::Extend(form)) => forms::extension(canvas, area, form),
        Some(Overlay::Assign(choice)) => forms::choice(canvas, area, choice),
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
        if cells(buffer[(before, y)].symbol()) > 1 {
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
    let title = fit(title, usize::from(width.saturating_sub(4))).into_owned();
    let block = Block::bordered().border_set(canvas.glyphs.border).border_style(canvas.theme.focus);
    let block = block.title(Title::styled(format!(" {title} "), canvas.theme.focus));
    let inside = block.inner(place);
    whole_letters(canvas, place);
    canvas.frame.render_widget(Clear, place);
    canvas.frame.render_widget(block, place);
    Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }
}

fn scrolling(canvas: &mut Canvas<'_, '_>, area: Rect, width: u16, title: &str, lines: &[Text], top: usize) {
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).clamp(5, area.height);
    let room = usize::from(height - 2);
    let furthest = lines.len().saturating_sub(room);
    let top = top.min(furthest);
    // What is below matters more than the end of a long title.
    let below = if furthest > top { format!("  ({} more below)", furthest - top) } else { String::new() };
    let room = usize::from(width.saturating_sub(4)).saturating_sub(below.len());
    let more = format!("{}{below}", fit(title, room));
    let inside = boxed(canvas, area, (width, height), &more);
    canvas.memo.viewport.overlay = furthest;
    for (y, (text, style)) in (0..inside.height).zip(lines.iter().skip(top)) {
        canvas.line(inside, y, canvas.theme.text).text(text, *style);
    }
}

/// The same for a list with a selection, which stays on the screen: the line of that number.
fn listed(canvas: &mut Canvas<'_, '_>, area: Rect, width: u16, title: &str, lines: &[Text], selected: usize) {
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).clamp(5, area.height);
    let top = (selected + 2).saturating_sub(usize::from(height - 2));
    scrolling(canvas, area, width, title, lines, top);
}

/// The commands of where we were, by context.
fn help(state: &State, theme: &super::Theme, width: usize) -> Vec<Text> {
    use Context as C;
    let mut lines = Vec::new();
    let here = pane_contexts(state.focus).iter().copied();
    let others = [
        C::Plan,
        C::Why,
        C::Drift,
        C::Staged,
        C::History,
        C::Closing,
        C::Detail,
        C::Picture,
        C::Choice,
        C::Question,
        C::Overlay,
    ];
    for context in here.chain(others) {
        lines.push((context.name().to_owned(), theme.heading));
        for command in COMMANDS.iter().filter(|command| command.context == context) {
            let keys: Vec<_> = command.keys.iter().map(|keys| in_words(keys)).collect();
            let keys = keys.join(" ");
            let mut keys = match width {
                100.. => format!("  {keys:<18} {:<16}", command.name),
                _ => format!("  {keys:<18}"),
            };
            for part in wrap(command.doc, width.saturating_sub(keys.len() + 1)) {
                lines.push((format!("{keys} {part}"), theme.text));
                keys = " ".repeat(keys.len());
            }
        }
        lines.push((String::new(), theme.text));
    }
    lines.push(("Unofficial, not affiliated with 1Password.".into(), theme.dim));
    lines
}

fn ask(canvas: &mut Canvas<'_, '_>, area: Rect, question: &Question) {
    let lines = wrap(&question.text, 56);
    let warning = if question.warning.is_empty() { vec![] } else { wrap(&question.warning, 56) };
    let height = u16::try_from(lines.len() + warning.len() + 4).unwrap_or(u16::MAX);
    let inside = boxed(canvas, area, (62, height), "Sure?");
    let lines = lines.iter().map(|line| (line, Style::new()));
    let warning = warning.iter().map(|line| (line, canvas.theme.warning));
    for (y, (line, style)) in (0..inside.height).zip(lines.chain(warning)) {
        canvas.line(inside, y, canvas.theme.text).text(line, style);
    }
    let last = inside.height.saturating_sub(1);
    let theme = canvas.theme;
    canvas.line(inside, last, theme.text).text("y yes   n no", theme.heading);
}
