//! A dozen colours in, styles out.
//!
//! The default uses the terminal's own sixteen colours, so that it is readable on whatever the
//! user has chosen. Every colour is doubled by a letter, a sign or a word: without colours nothing
//! is lost. The selected row is reversed and bold whatever the theme says.

use ratatui::style::{Color, Modifier, Style};

use crate::domain::palette::{Mark, Paint, Palette, Slot};

/// The styles of the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Theme {
    /// Ordinary text, and what lies behind everything.
    pub text: Style,
    /// Less important text, and what is old.
    pub dim: Style,
    /// Column headings.
    pub heading: Style,
    /// Borders of panes.
    pub border: Style,
    /// Border and title of the pane that has the keys.
    pub focus: Style,
    /// The selected row of the pane that has the keys.
    pub selected: Style,
    /// The selected row of other panes.
    pub shadow: Style,
    /// As it should be.
    pub good: Style,
    /// Needs somebody's attention.
    pub warning: Style,
    /// Failed, or not as it should be.
    pub bad: Style,
    /// Staged, not applied.
    pub staged: Style,
    /// A badge in the header.
    pub badge: Style,
}

impl Theme {
    /// The styles of a palette.
    pub fn of(palette: &Palette) -> Self {
        let style = |slot| style(palette, slot);
        let behind = color(palette.paint(Slot::Background));
        let text = style(Slot::Text);
        Self {
            text: behind.map_or(text, |behind| text.bg(behind)),
            dim: style(Slot::Dim),
            heading: style(Slot::Heading),
            border: style(Slot::Border),
            focus: style(Slot::Focus),
            selected: style(Slot::Selected).add_modifier(Modifier::REVERSED | Modifier::BOLD),
            shadow: Style::new().add_modifier(Modifier::BOLD),
            good: style(Slot::Good),
            warning: style(Slot::Warning),
            bad: style(Slot::Bad),
            staged: style(Slot::Staged),
            badge: style(Slot::Badge),
        }
    }

    /// The terminal's own colours: the default.
    pub fn terminal() -> Self {
        Self::of(&Palette::default())
    }
}

fn style(palette: &Palette, slot: Slot) -> Style {
    let style = color(palette.paint(slot)).map_or(Style::new(), |color| Style::new().fg(color));
    palette.marks(slot).iter().fold(style, |style, mark| style.add_modifier(modifier(*mark)))
}

/// A colour as ratatui names it. What is the terminal's own is left alone: under `NO_COLOR` a colour that is
/// switched off would reset the reverse video of the selection (crossterm 0.29), so none is named.
fn color(paint: Paint) -> Option<Color> {
    const SIXTEEN: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    match paint {
        Paint::Default => None,
        Paint::Indexed(number) => {
            Some(SIXTEEN.get(usize::from(number)).copied().unwrap_or(Color::Indexed(number)))
        }
        Paint::Rgb(r, g, b) => Some(Color::Rgb(r, g, b)),
    }
}

fn modifier(mark: Mark) -> Modifier {
    match mark {
        Mark::Bold => Modifier::BOLD,
        Mark::Dim => Modifier::DIM,
        Mark::Italic => Modifier::ITALIC,
        Mark::Underline => Modifier::UNDERLINED,
        Mark::Reverse => Modifier::REVERSED,
    }
}
