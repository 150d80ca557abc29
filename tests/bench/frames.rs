//! What drawing costs: each pane with all its rows, on a large terminal.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use strongroom::app::msg::Event;
use strongroom::app::{State, update};
use strongroom::ui::theme::Theme;
use strongroom::ui::{Memo, draw};

use super::TERMINAL;
use super::class;
use super::clock::Table;
use super::screen::Screen;

/// The keys of the panes.
pub(crate) const PANES: [(char, &str); 6] =
    [('0', "attention"), ('1', "roster"), ('2', "items"), ('3', "access"), ('4', "activity"), ('6', "jobs")];

/// A terminal that keeps what was drawn, as the real one does.
pub(crate) struct Glass {
    terminal: Terminal<TestBackend>,
    memo: Memo,
    theme: Theme,
}

impl Glass {
    pub(crate) fn new((columns, rows): (u16, u16)) -> Self {
        let Ok(terminal) = Terminal::new(TestBackend::new(columns, rows));
        Self { terminal, memo: Memo::default(), theme: Theme::terminal() }
    }

    pub(crate) fn draw(&mut self, state: &State) {
        let Self { terminal, memo, theme } = self;
        let Ok(_) = terminal.draw(|frame| draw(state, memo, theme, frame));
    }

    /// Draws, and tells the state what was seen, as the loop does.
    pub(crate) fn show(&mut self, state: &mut State) {
        self.draw(state);
        update(state, Event::Viewport(self.memo.viewport.clone()));
    }
}

/// A class on the screen, with arrivals, where everything that was asked is answered.
pub(crate) fn shown(students: usize, pane: char) -> (Screen, Glass) {
    let (mut screen, mut glass) = (class::on_screen(students), Glass::new(TERMINAL));
    screen.type_in(&pane.to_string());
    glass.show(&mut screen.state);
    screen.effects.clear();
    (screen, glass)
}

pub(crate) fn measure(table: &mut Table, students: usize) {
    for (key, pane) in PANES {
        let name = format!("draw/{pane}/{students}");
        if table.wants(&name) {
            let (screen, mut glass) = shown(students, key);
            table.line(&name, || glass.draw(&screen.state));
        }
    }
}
