//! A page: a title and lines of text below each other, each with one style. What lies over the panes, and the
//! inspector, are pages; each is written once and shown on the screen, in a pane or line by line.
//!
//! Whoever writes one says what there is to say. Breaking lines, hiding, and where the selection stands are
//! here. It knows no overlay and no buffer.

use ratatui::style::Style;

use super::theme::Theme;
use super::veil;
use crate::app::State;
use crate::domain::fault::Fault;
use crate::domain::text::{pad, width};

/// A line: text with one style.
pub(super) type Text = (String, Style);

/// Cells of the word in front of a field, the space behind it included.
const WORD: usize = 10;

/// A page as it is written.
pub(super) struct Page<'a> {
    /// What it is about.
    pub title: String,
    /// Its lines so far.
    pub lines: Vec<Text>,
    /// In a list, the last line about what is selected.
    pub selected: Option<usize>,
    /// Cells of a line.
    pub width: usize,
    /// What it tells of.
    pub state: &'a State,
    /// In which styles.
    pub theme: &'a Theme,
}

impl<'a> Page<'a> {
    /// An empty one with lines of so many cells.
    pub(super) fn new(state: &'a State, theme: &'a Theme, width: usize) -> Self {
        Self { title: String::new(), lines: Vec::new(), selected: None, width: width.max(20), state, theme }
    }

    /// A line as it is; what is too long for it is cut when it is drawn.
    pub(super) fn line(&mut self, text: impl Into<String>, style: Style) {
        self.lines.push((text.into(), style));
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.line("", self.theme.text);
    }

    /// A heading, with an empty line between it and what stands above.
    pub(super) fn heading(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.gap();
        }
        self.line(self.state.veiled(text).into_owned(), self.theme.heading);
    }

    /// Text in as many lines as it needs.
    pub(super) fn text(&mut self, text: &str, style: Style) {
        self.led("", text, style);
    }

    /// The same with spaces before each line.
    pub(super) fn indented(&mut self, spaces: usize, text: &str, style: Style) {
        self.led(&" ".repeat(spaces), text, style);
    }

    /// The same behind something that stands before the first line, with spaces before the others.
    pub(super) fn led(&mut self, lead: &str, text: &str, style: Style) {
        let cells = width(lead);
        let mut lead = lead.to_owned();
        for part in veil::wrap(self.state, text, self.width.saturating_sub(cells).max(8)) {
            self.line(format!("{lead}{part}"), style);
            lead = " ".repeat(cells);
        }
    }

    /// A word at the left, and what it stands for.
    pub(super) fn field(&mut self, word: &str, text: &str, style: Style) {
        self.led(&format!("{word:<WORD$}"), text, style);
    }

    /// The same where there is something to say.
    pub(super) fn maybe(&mut self, word: &str, text: Option<String>, style: Style) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.field(word, &text, style);
        }
    }

    /// An entry of a list, in one line or several: the selected one has a sign and is filled to the end.
    pub(super) fn entry(&mut self, parts: &[String], style: Style, is_selected: bool) {
        let style = if is_selected { self.theme.selected } else { style };
        for (at, part) in parts.iter().enumerate() {
            let mark = if is_selected && at == 0 { ">" } else { " " };
            let part = format!("{mark} {}", self.state.veiled(part));
            self.line(if is_selected { pad(&part, self.width) } else { part }, style);
        }
        if is_selected {
            self.selected = Some(self.lines.len().saturating_sub(1));
        }
    }

    /// Why there is nothing to show: the request failed, or has not been answered yet.
    pub(super) fn waiting(&mut self, fault: Option<&Fault>, what: &str) {
        match fault {
            Some(fault) => self.text(&fault.to_string(), self.theme.bad),
            None => self.text(what, self.theme.dim),
        }
    }
}
