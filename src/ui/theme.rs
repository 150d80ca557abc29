//! A dozen colours in, styles out.
//!
//! The default uses the terminal's own sixteen colours, so that it is readable on whatever the
//! user has chosen. Every colour is doubled by a letter, a sign or a word: without colours nothing
//! is lost.

use ratatui::style::{Color, Modifier, Style};

/// The styles of the screen.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    /// Ordinary text.
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
    /// The terminal's own colours.
    pub fn terminal() -> Self {
        let fg = |color| Style::new().fg(color);
        Self {
            text: Style::new(),
            dim: Style::new().add_modifier(Modifier::DIM),
            heading: Style::new().add_modifier(Modifier::BOLD),
            border: Style::new().add_modifier(Modifier::DIM),
            focus: fg(Color::Cyan).add_modifier(Modifier::BOLD),
            selected: Style::new().add_modifier(Modifier::REVERSED),
            shadow: Style::new().add_modifier(Modifier::BOLD),
            good: fg(Color::Green),
            warning: fg(Color::Yellow),
            bad: fg(Color::Red).add_modifier(Modifier::BOLD),
            staged: fg(Color::Magenta).add_modifier(Modifier::BOLD),
            badge: fg(Color::Yellow).add_modifier(Modifier::BOLD | Modifier::REVERSED),
        }
    }

    /// No colours at all: bold, dim, underline and reverse only. Under `NO_COLOR` a colour that is
    /// switched off resets the reverse video of the selection (crossterm 0.29), so none is used.
    pub fn mono() -> Self {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let mut theme = Self::terminal();
        theme.focus = bold;
        theme.good = Style::new();
        theme.warning = Style::new().add_modifier(Modifier::UNDERLINED);
        theme.bad = bold.add_modifier(Modifier::UNDERLINED);
        theme.staged = bold.add_modifier(Modifier::ITALIC);
        theme.badge = bold.add_modifier(Modifier::REVERSED);
        theme
    }
}
