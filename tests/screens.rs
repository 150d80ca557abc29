//! What is drawn: every pane in every situation and size, as text, and the styles that matter.

#[path = "support/past.rs"]
mod past;
#[path = "support/screen.rs"]
mod screen;
#[path = "support/term.rs"]
mod term;

#[path = "screens/changes.rs"]
mod changes;
#[path = "screens/closing.rs"]
mod closing;
#[path = "screens/colours.rs"]
mod colours;
#[path = "screens/hostile.rs"]
mod hostile;
#[path = "screens/identities.rs"]
mod identities;
#[path = "screens/lists.rs"]
mod lists;
#[path = "screens/overlays.rs"]
mod overlays;
#[path = "screens/palette.rs"]
mod palette;
#[path = "screens/panes.rs"]
mod panes;
#[path = "screens/pictures.rs"]
mod pictures;
#[path = "screens/private.rs"]
mod private;
#[path = "screens/reported.rs"]
mod reported;
#[path = "screens/sizes.rs"]
mod sizes;
#[path = "screens/tables.rs"]
mod tables;
#[path = "screens/work.rs"]
mod work;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use strongroom::app::msg::Event;
use strongroom::app::overlay::{Detail, Overlay};
use strongroom::app::remote::{Remote, Ticket};
use strongroom::domain::directory::{ItemDetail, ItemRef};
use strongroom::ui::{Memo, draw, theme::Theme};

use screen::Screen;

/// The smallest terminal that is drawn on, a usual one, a wide one and a huge one.
const SMALLEST: (u16, u16) = (60, 15);
const SMALL: (u16, u16) = (80, 24);
const WIDE: (u16, u16) = (120, 40);
const HUGE: (u16, u16) = (200, 60);

/// Draws twice, as the shell does: what became visible is told to the state in between.
fn drawn(screen: &mut Screen, size: (u16, u16)) -> Buffer {
    drawn_in(&Theme::terminal(), screen, size)
}

/// The same in the colours of a theme.
fn drawn_in(theme: &Theme, screen: &mut Screen, size: (u16, u16)) -> Buffer {
    let mut memo = Memo::default();
    let Ok(mut terminal) = Terminal::new(TestBackend::new(size.0, size.1));
    for _ in 0..2 {
        let Ok(_) = terminal.draw(|frame| draw(&screen.state, &mut memo, theme, frame));
        screen.send(Event::Viewport(memo.viewport.clone()));
    }
    terminal.backend().buffer().clone()
}

/// Draws once: for what does not depend on what a frame before has told the state.
fn glimpsed(screen: &Screen, size: (u16, u16)) -> Buffer {
    glimpsed_in(&Theme::terminal(), screen, size)
}

/// The same in the colours of a theme.
fn glimpsed_in(theme: &Theme, screen: &Screen, size: (u16, u16)) -> Buffer {
    let mut memo = Memo::default();
    let Ok(mut terminal) = Terminal::new(TestBackend::new(size.0, size.1));
    let Ok(_) = terminal.draw(|frame| draw(&screen.state, &mut memo, theme, frame));
    terminal.backend().buffer().clone()
}

/// The text of a buffer; trailing spaces are kept out.
fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let line = |row: &[ratatui::buffer::Cell]| {
        let (mut line, mut skip) = (String::new(), 0);
        for cell in row {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            line.push_str(cell.symbol());
            skip = strongroom::domain::text::width(cell.symbol()).saturating_sub(1);
        }
        format!("{}\n", line.trim_end())
    };
    buffer.content.chunks(width).map(line).collect()
}

/// A letter for the style of each cell: R reversed, b bold, d dim, and a colour.
fn styles(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let letter = |cell: &ratatui::buffer::Cell| match (cell.modifier, cell.fg) {
        (m, _) if m.contains(Modifier::REVERSED) => 'R',
        (_, Color::Red) => 'r',
        (_, Color::Yellow) => 'y',
        (_, Color::Green) => 'g',
        (_, Color::Magenta) => 'm',
        (_, Color::Cyan) => 'c',
        (m, _) if m.contains(Modifier::BOLD) => 'b',
        (m, _) if m.contains(Modifier::DIM) => 'd',
        _ => '.',
    };
    let line = |row: &[ratatui::buffer::Cell]| format!("{}\n", row.iter().map(letter).collect::<String>());
    buffer.content.chunks(width).map(line).collect()
}

/// An item that was opened and read.
fn opened(at: ItemRef, item: ItemDetail) -> Overlay {
    let mut read = Remote::default();
    read.ask(Ticket(1));
    read.settle(Ticket(1), screen::at(0), Ok(item));
    Overlay::Detail(Detail { at, item: read, top: 0 })
}

/// Compares a screen with the one that was looked at.
fn shot(name: &str, screen: &mut Screen, size: (u16, u16)) {
    let text = text(&drawn(screen, size));
    settings().bind(|| insta::assert_snapshot!(name, text));
}

fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}
