//! Bars over a scale: heights in eighths of a cell, numbers at the left, words below.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::text::width;
use crate::ui::Canvas;

/// Cells of the scale at the left, the space after it included.
const SCALE: u16 = 6;

/// One bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    /// How high it is; `None` where there is nothing to be known yet.
    pub value: Option<u32>,
    /// Up to here it has the first style, above it the second one.
    pub good: u32,
}

/// A line from top to bottom, with a word.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// At which bar.
    pub at: usize,
    /// What it stands for.
    pub word: String,
}

/// What is drawn.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    /// From left to right.
    pub bars: Vec<Bar>,
    /// The value of a full bar; at least one.
    pub top: u32,
    /// Words below bars; one behind the last bar ends there.
    pub labels: Vec<(usize, String)>,
    /// What stands out.
    pub mark: Option<Mark>,
    /// Up to what is good.
    pub style: Style,
    /// Above it.
    pub over: Style,
}

/// How many cells bars have in an area.
pub(super) fn plot_width(area: Rect) -> usize {
    usize::from(area.width.saturating_sub(SCALE))
}

/// Draws it: bars, a line below them, and words below that.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect, chart: &Chart) {
    let rows = usize::from(area.height.saturating_sub(2));
    let each = plot_width(area) / chart.bars.len().max(1);
    if rows == 0 || each == 0 {
        return;
    }
    for row in 0..rows {
        bars(canvas, area, chart, (row, rows), each);
    }
    let (theme, rule) = (canvas.theme, canvas.glyphs.rule);
    let axis = u16::try_from(rows).unwrap_or(0);
    let mut line = canvas.line(area, axis, theme.border);
    line.text(&format!("{:>5} ", 0), theme.dim).text(&rule.repeat(each * chart.bars.len()), theme.border);
    words(canvas, area, axis + 1, chart, each);
}

/// One line of the bars, counted from the top, with its number of the scale.
fn bars(canvas: &mut Canvas<'_, '_>, area: Rect, chart: &Chart, (row, rows): (usize, usize), each: usize) {
    let (theme, glyphs) = (canvas.theme, canvas.glyphs);
    let up = rows - 1 - row;
    let number = number(chart.top, row, rows).map_or_else(|| " ".repeat(6), |number| format!("{number:>5} "));
    let mut line = canvas.line(area, u16::try_from(row).unwrap_or(u16::MAX), theme.text);
    line.text(&number, theme.dim);
    for (at, bar) in chart.bars.iter().enumerate() {
        let level = |value: u32| eighths(value, chart.top, rows).saturating_sub(8 * up).min(8);
        let full = bar.value.map_or(0, level);
        let style = if level(bar.good) >= full { chart.style } else { chart.over };
        let is_marked = chart.mark.as_ref().is_some_and(|mark| mark.at == at);
        // A bar of several cells has a gap behind it; the deadline is seen through an empty one.
        let wide = if each > 2 { each - 1 } else { each };
        if full == 0 && is_marked {
            line.text("|", theme.heading).text(&" ".repeat(each - 1), Style::new());
        } else {
            line.text(&glyphs.level(full).repeat(wide), style);
            line.text(&" ".repeat(each - wide), Style::new());
        }
    }
}

/// How many eighths of a cell a value is high, of so many rows; what is more than nothing is seen.
fn eighths(value: u32, top: u32, rows: usize) -> usize {
    let all = u64::from(value) * 8 * u64::try_from(rows).unwrap_or(0);
    usize::try_from(all.div_ceil(u64::from(top.max(1)))).unwrap_or(usize::MAX)
}

/// The number of the scale at a line: the top, and the half where it is a whole number.
fn number(top: u32, row: usize, rows: usize) -> Option<u32> {
    match row {
        0 => Some(top),
        row if rows >= 6 && rows.is_multiple_of(2) && row == rows / 2 && top.is_multiple_of(2) => {
            Some(top / 2)
        }
        _ => None,
    }
}

/// The words below the bars: that of the mark first, then as many of the others as do not meet one.
fn words(canvas: &mut Canvas<'_, '_>, area: Rect, y: u16, chart: &Chart, each: usize) {
    let (theme, room) = (canvas.theme, usize::from(area.width));
    let mut taken: Vec<(usize, String, Style)> = Vec::new();
    let mark = chart.mark.iter().map(|mark| (mark.at, &mark.word, theme.heading));
    let labels = chart.labels.iter().map(|(at, word)| (*at, word, theme.dim));
    for (at, word, style) in mark.chain(labels) {
        let (begin, cells) = (usize::from(SCALE) + at * each, width(word));
        // What would go over the edge ends there.
        let begin = begin.min(room.saturating_sub(cells));
        let meets = |(other, text, _): &(usize, String, Style)| {
            begin <= other + width(text) && *other <= begin + cells
        };
        if cells <= room && !taken.iter().any(meets) {
            taken.push((begin, word.clone(), style));
        }
    }
    taken.sort_by_key(|(begin, ..)| *begin);
    let (mut line, mut x) = (canvas.line(area, y, theme.text), 0);
    for (begin, word, style) in taken {
        line.skip(u16::try_from(begin.saturating_sub(x)).unwrap_or(0)).text(&word, style);
        x = begin + width(&word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_grow_with_values_and_end_at_the_top() {
        let heights: Vec<_> = (0..=20).map(|value| eighths(value, 20, 5)).collect();
        assert!(heights.is_sorted());
        assert_eq!((heights[0], heights[20]), (0, 40));
        assert!(eighths(1, 5_000, 5) == 1, "one of many is seen");
    }

    #[test]
    fn the_half_of_the_scale_is_named_where_it_is_a_whole_number() {
        assert_eq!((0..8).filter_map(|row| number(20, row, 8)).collect::<Vec<_>>(), [20, 10]);
        assert_eq!((0..8).filter_map(|row| number(5, row, 8)).collect::<Vec<_>>(), [5]);
        assert_eq!((0..3).filter_map(|row| number(20, row, 3)).collect::<Vec<_>>(), [20]);
    }
}
