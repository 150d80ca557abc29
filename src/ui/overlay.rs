//! What lies over the panes: which page, form or picture stands for which overlay.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::boxes::{box_width, boxed, page_width, paged, rows_width};
use super::field::behind;
use super::page::Page;
use super::theme::Theme;
use super::veil::wrap;
use super::{
    Canvas, closing, columns, detail, forms, grid, help, import, inspector, past, picture, review, staged,
    why,
};
use crate::app::State;
use crate::app::command::{available, in_words, key_of};
use crate::app::msg::Effect;
use crate::app::overlay::{Chooser, Help, Overlay, Question};

/// Draws the topmost overlay.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let state = canvas.state;
    let Some(overlay) = state.overlays.last() else { return };
    match overlay {
        Overlay::SignOff(form) => closing::sign_off(canvas, area, form),
        Overlay::Picture(picture) => picture::draw(canvas, area, picture),
        Overlay::Confirm(question) => ask(canvas, area, question),
        Overlay::Export(saving) => forms::export(canvas, area, saving),
        Overlay::Import(one) => import::draw(canvas, area, one),
        Overlay::Download(form) => forms::folder(canvas, area, form),
        Overlay::Extend(form) => forms::extension(canvas, area, form),
        Overlay::Assign(choice) => forms::choice(canvas, area, choice),
        Overlay::Columns(chosen) => choosing(canvas, area, *chosen),
        Overlay::Grid(shown) => grid::draw(canvas, area, *shown),
        _ => {
            let width = match overlay {
                Overlay::History(past) if past.open.is_none() => rows_width(area),
                _ => page_width(area),
            };
            let Some(page) = page(overlay, state, canvas.theme, width) else { return };
            let height = field_height(overlay);
            let above = Rect { height: area.height - height, ..area };
            let below = Rect { y: above.bottom(), height, ..area };
            paged(canvas, above, &page, top(overlay, state));
            match overlay {
                Overlay::Help(help) if height > 0 => search(canvas, below, help),
                Overlay::Plan(review) if height > 0 => review::field(canvas, below, review),
                _ => {}
            }
        }
    }
}

/// What an overlay says line by line; nothing where it is a form or a picture.
pub(super) fn page<'a>(
    overlay: &Overlay,
    state: &'a State,
    theme: &'a Theme,
    width: usize,
) -> Option<Page<'a>> {
    let mut page = Page::new(state, theme, width);
    match overlay {
        Overlay::Help(one) => help::keys(&mut page, one),
        Overlay::Notices { .. } => help::notices(&mut page),
        Overlay::Plan(_) | Overlay::Job(_) => review::plan(&mut page, state.review()?),
        Overlay::Why(one) => {
            // What can be done stands first: the ways may be many.
            why::mend(&mut page, one);
            why::ways(&mut page, one);
        }
        Overlay::Drift(strays) => why::drift(&mut page, strays),
        Overlay::Staged { .. } => staged::compared(&mut page),
        Overlay::History(past) => match past.open.and(past.selected()) {
            Some(entry) => past::changes(&mut page, entry),
            None => past::list(&mut page, past),
        },
        Overlay::Closing(closing) => closing::steps(&mut page, closing),
        Overlay::Detail(detail) => detail::item(&mut page, detail),
        Overlay::Inspector => inspector::about(&mut page),
        Overlay::Fetched { ticket, .. } => detail::fetched(&mut page, *ticket),
        Overlay::Output { attempt, .. } => detail::output(&mut page, attempt),
        Overlay::Import(import) if import.is_shown() => import::preview(&mut page, import),
        _ => return None,
    }
    Some(page)
}

/// The first line of a page that is shown.
fn top(overlay: &Overlay, state: &State) -> usize {
    match overlay {
        Overlay::Notices { top }
        | Overlay::Staged { top }
        | Overlay::Fetched { top, .. }
        | Overlay::Output { top, .. } => *top,
        Overlay::Help(help) => help.top,
        Overlay::Plan(_) | Overlay::Job(_) => state.review().map_or(0, |review| review.top),
        Overlay::Why(why) => why.top,
        Overlay::History(past) => past.open.unwrap_or(0),
        Overlay::Detail(detail) => detail.top,
        Overlay::Inspector => state.inspector.top,
        _ => 0,
    }
}

/// How many lines the field below a page takes: of what is looked for among the keys, or of the word of a
/// weighty plan.
fn field_height(overlay: &Overlay) -> u16 {
    match overlay {
        Overlay::Help(help) if help.typing || !help.search.value().is_empty() => 3,
        Overlay::Plan(review) if review.typing => 5,
        _ => 0,
    }
}

/// The field of what is looked for among the keys.
fn search(canvas: &mut Canvas<'_, '_>, area: Rect, help: &Help) {
    let inside =
        boxed(canvas, area, (box_width(area), area.height), "looks for these words; esc shows all again");
    let theme = canvas.theme;
    behind(canvas, inside, 0, ("/", theme.heading), (&help.search, theme.text), help.typing);
}

/// The columns of a table, to be chosen.
fn choosing(canvas: &mut Canvas<'_, '_>, area: Rect, chosen: Chooser) {
    let mut page = Page::new(canvas.state, canvas.theme, page_width(area).min(60));
    columns::chooser(&mut page, chosen, &canvas.memo.placed);
    paged(canvas, area, &page, 0);
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
