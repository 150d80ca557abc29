//! The palette, and how a sequence of keys that was begun goes on.

use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation as _;

use super::Canvas;
use super::boxes::{box_width, boxed};
use super::field::behind;
use super::table::Line;
use super::theme::Theme;
use super::veil::fit;
use crate::app::State;
use crate::app::command::{continuations, in_words, twin};
use crate::app::palette::{Entry, Palette, entries, unknown};
use crate::domain::text::{pad, width};

/// So many lines of the palette at most.
const TALLEST: u16 = 22;
/// The cells of a command's name.
const NAME: usize = 19;

/// Draws the palette over everything else, and what was begun above the footer.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    if let Some(palette) = &canvas.state.palette {
        open(canvas, area, palette);
    } else if !canvas.state.prefix.is_empty() {
        begun(canvas, area);
    }
}

fn open(canvas: &mut Canvas<'_, '_>, area: Rect, palette: &Palette) {
    let state = canvas.state;
    let found = entries(state, palette);
    let place = Rect { height: area.height.min(TALLEST), ..area };
    let size = (box_width(area), place.height);
    let title = match found.behind {
        Some((command, argument)) => format!("{} {}", command.name, argument.word),
        None => "Commands".to_owned(),
    };
    let inside = boxed(canvas, place, size, &title);
    let theme = canvas.theme;
    behind(canvas, inside, 0, (":", theme.heading), (&palette.field, theme.text), true);
    let lines = inside.height.saturating_sub(2);
    let first = (palette.cursor + 1).saturating_sub(usize::from(lines));
    for (y, (at, entry)) in (1..=lines).zip(found.list.iter().enumerate().skip(first)) {
        let is_selected = at == palette.cursor;
        let base = if is_selected { theme.selected } else { theme.text };
        let mut line = canvas.line(inside, y, base);
        line.text(if is_selected { "> " } else { "  " }, Style::new());
        about(&mut line, entry, (state, theme));
    }
    let last = inside.height.saturating_sub(1);
    let mut line = canvas.line(inside, last, theme.text);
    match found.list.get(palette.cursor) {
        Some(entry) => drop(line.text(&below(entry, (palette.cursor + 1, found.list.len())), theme.dim)),
        None if found.behind.is_some() => drop(line.text("nothing fits what is typed", theme.dim)),
        None => drop(line.text(&unknown(palette.field.value()), theme.warning)),
    }
}

/// What there is to say about the selected line: what does the same without the dashboard.
fn below(entry: &Entry, (at, count): (usize, usize)) -> String {
    let twin = twin(entry.command).map(|words| format!("the same in a shell: strongroom {words}"));
    let argument = entry.command.argument.filter(|_| entry.choice.is_none());
    let usage = argument.map(|argument| format!(":{} {}", entry.command.name, argument.word));
    let count = format!("{at} of {count}");
    usage.into_iter().chain(twin).chain([count]).collect::<Vec<_>>().join("   ")
}

fn about(line: &mut Line<'_>, entry: &Entry, (state, theme): (&State, &Theme)) {
    let dim = entry.why_not.is_some();
    let style = if dim { theme.dim } else { Style::new() };
    let cells = if entry.choice.is_some() { line.room() / 3 } else { NAME };
    let name = state.veiled(entry.name());
    let name = pad(&name, cells);
    marked(line, &name, &entry.letters, style, theme);
    line.skip(1);
    let place = entry.place.map_or_else(String::new, |place| format!("  {place}"));
    let right = format!("{place}  {}", entry.keys);
    let room = line.room().saturating_sub(width(&right));
    let why = entry.why_not.as_ref().map_or_else(String::new, |why| format!("not now: {why}  "));
    let why = fit(state, &why, room);
    line.text(&why, theme.warning);
    let note = fit(state, entry.note(), room.saturating_sub(width(&why)));
    marked(line, &note, &entry.note_letters, theme.dim, theme);
    line.right(&right, theme.heading);
}

/// Writes a text with the letters emphasised that were found in it.
fn marked(line: &mut Line<'_>, text: &str, letters: &[usize], style: Style, theme: &Theme) {
    let mut run = (String::new(), false);
    for (at, grapheme) in text.graphemes(true).enumerate() {
        let is_found = letters.binary_search(&at).is_ok();
        if is_found != run.1 && !run.0.is_empty() {
            line.text(&run.0, if run.1 { theme.focus } else { style });
            run.0.clear();
        }
        run.1 = is_found;
        run.0.push_str(grapheme);
    }
    line.text(&run.0, if run.1 { theme.focus } else { style });
}

/// The keys that can follow those that were pressed, and what they give.
fn begun(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let found = continuations(canvas.state);
    let room = usize::from(area.height.saturating_sub(2)).max(1);
    let columns = found.len().div_ceil(room).max(1);
    let lines = found.len().div_ceil(columns);
    let keys = found.iter().map(|(keys, _)| width(keys)).max().unwrap_or(0);
    let widest = found.iter().map(|(_, command)| width(command.doc)).max().unwrap_or(0);
    let cell = keys + widest + 5;
    let wide = u16::try_from(cell * columns + 2).unwrap_or(u16::MAX).min(area.width);
    let high = u16::try_from(lines + 2).unwrap_or(u16::MAX).min(area.height);
    let place = Rect { y: area.bottom() - high, height: high, ..area };
    let title = format!("{} and then", in_words(&canvas.state.prefix));
    let inside = boxed(canvas, place, (wide.max(24), high), &title);
    let (state, theme) = (canvas.state, canvas.theme);
    let each = (usize::from(inside.width) / columns).saturating_sub(1);
    for y in 0..inside.height {
        let mut line = canvas.line(inside, y, theme.text);
        for (key, command) in found.iter().skip(usize::from(y)).step_by(lines.max(1)) {
            let why_not = (command.plan)(state).err();
            let style = if why_not.is_some() { theme.dim } else { Style::new() };
            let doc = match why_not {
                Some(why) => format!("{} (not now: {why})", command.doc),
                None => command.doc.to_owned(),
            };
            line.text(&pad(key, keys), theme.heading).skip(2);
            line.column(&doc, each.saturating_sub(keys + 2), style);
        }
    }
}
