//! The signs that lines and pictures are drawn with: of Unicode, or of ASCII alone. Knows no text of ours and
//! no colours. No sign means anything by its shape alone that a word or a number does not say.

use ratatui::buffer::Buffer;
use ratatui::symbols::border;

/// The signs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glyphs {
    /// Around panes and overlays.
    pub border: border::Set<'static>,
    /// A line across.
    pub rule: &'static str,
    /// How full a cell is, from empty to full, in eighths.
    levels: [&'static str; 9],
    /// What is left in a gauge, and what is used.
    pub gauge: [&'static str; 2],
    ascii: bool,
}

impl Glyphs {
    /// Lines and blocks.
    const BLOCKS: Self = Self {
        border: border::PLAIN,
        rule: "─",
        levels: [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
        gauge: ["█", "."],
        ascii: false,
    };

    /// The same where a terminal, a font or a screen reader knows ASCII only.
    const ASCII: Self = Self {
        border: border::Set {
            top_left: "+",
            top_right: "+",
            bottom_left: "+",
            bottom_right: "+",
            vertical_left: "|",
            vertical_right: "|",
            horizontal_top: "-",
            horizontal_bottom: "-",
        },
        rule: "-",
        levels: [" ", ".", ":", "-", "=", "+", "*", "#", "#"],
        gauge: ["#", "."],
        ascii: true,
    };

    /// Those of a setting.
    pub(super) fn of(ascii: bool) -> Self {
        if ascii { Self::ASCII } else { Self::BLOCKS }
    }

    /// A cell that is filled so far, in eighths; more than eight is full.
    pub(super) fn level(&self, eighths: usize) -> &'static str {
        self.levels.get(eighths).copied().unwrap_or(self.levels[8])
    }

    /// Writes what stands for text that was cut as these signs have it. The text of names stays as it is.
    pub(super) fn rewrite(&self, buffer: &mut Buffer) {
        if self.ascii {
            for cell in buffer.content.iter_mut().filter(|cell| cell.symbol() == "…") {
                cell.set_symbol(".");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::width;

    #[test]
    fn every_sign_is_one_cell_wide_and_the_ascii_ones_are_ascii() {
        for glyphs in [Glyphs::of(false), Glyphs::of(true)] {
            let border = glyphs.border;
            let border = [border.top_left, border.vertical_right, border.horizontal_bottom];
            let all = glyphs.levels.iter().chain(&glyphs.gauge).chain(&border).chain([&glyphs.rule]);
            for sign in all {
                assert_eq!(width(sign), 1, "{sign:?}");
                assert!(!glyphs.ascii || sign.is_ascii(), "{sign:?}");
                let braille = sign.chars().any(|c| ('\u{2800}'..='\u{28ff}').contains(&c));
                assert!(!braille, "braille is read as letters");
            }
        }
    }

    #[test]
    fn a_fuller_cell_is_drawn_fuller() {
        let blocks: Vec<_> = (0..10).map(|eighths| Glyphs::of(false).level(eighths)).collect();
        assert!(blocks[1..9].is_sorted(), "{blocks:?}");
        assert_eq!((blocks[0], blocks[8], blocks[9]), (" ", "█", "█"));
    }
}
