//! The terminal as the loop needs it: whole frames, one write each.
//!
//! A frame is collected in memory and written at once between the marks of synchronized output
//! (mode 2026), so that no terminal shows half of it. What ratatui flushes on the way stays in
//! memory until [`Screen::show`].

use std::cell::RefCell;
use std::io::{self, Stdout, Write};
use std::rc::Rc;

use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::backend::{Backend, CrosstermBackend, TestBackend};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use crate::ui::is_put_together;

/// A terminal that shows whole frames.
pub trait Screen: Backend {
    /// Writes out what was drawn since the last time.
    fn show(&mut self) -> Result<(), Self::Error>;

    /// Notes that the terminal no longer shows what was drawn.
    fn forget(&mut self);

    /// Whether that was noted; asking takes the note away.
    fn forgotten(&mut self) -> bool;
}

/// The real terminal.
pub(super) struct Tty {
    backend: CrosstermBackend<Sheet>,
    sheet: Sheet,
    out: Stdout,
    forgotten: bool,
    /// Where the terminal's cursor is, if it is shown.
    cursor: Option<Position>,
}

/// What a frame is collected in.
#[derive(Clone, Default)]
struct Sheet(Rc<RefCell<Vec<u8>>>);

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Tty {
    /// The terminal on standard output.
    pub(super) fn new() -> Self {
        let sheet = Sheet::default();
        let backend = CrosstermBackend::new(sheet.clone());
        Self { backend, sheet, out: io::stdout(), forgotten: false, cursor: None }
    }
}

impl Screen for Tty {
    fn show(&mut self) -> io::Result<()> {
        let frame = std::mem::take(&mut *self.sheet.0.borrow_mut());
        if frame.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(frame.len() + 16);
        queue!(bytes, BeginSynchronizedUpdate)?;
        bytes.extend_from_slice(&frame);
        queue!(bytes, EndSynchronizedUpdate)?;
        let mut out = self.out.lock();
        out.write_all(&bytes)?;
        out.flush()
    }

    fn forget(&mut self) {
        self.forgotten = true;
    }

    fn forgotten(&mut self) -> bool {
        std::mem::take(&mut self.forgotten)
    }
}

impl Screen for TestBackend {
    fn show(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }

    fn forget(&mut self) {}

    fn forgotten(&mut self) -> bool {
        false
    }
}

impl Backend for Tty {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        // Each run ends after a letter whose width terminals count differently: the next run begins
        // by saying where it stands. A frame without changes writes nothing, not even colours.
        let mut content = content.peekable();
        while content.peek().is_some() {
            let mut ended = false;
            let run = std::iter::from_fn(|| {
                let cell = if ended { None } else { content.next() };
                ended = cell.is_some_and(|(.., cell)| is_put_together(cell.symbol()));
                cell
            });
            self.backend.draw(run)?;
        }
        Ok(())
    }

    fn append_lines(&mut self, lines: u16) -> io::Result<()> {
        self.backend.append_lines(lines)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        // It is hidden from the moment the screen is entered.
        if self.cursor.take().is_some() { self.backend.hide_cursor() } else { Ok(()) }
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.cursor.is_some() { Ok(()) } else { self.backend.show_cursor() }
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        // Asking a terminal can wait for an answer that never comes.
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        self.cursor = Some(position);
        self.backend.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.backend.clear()
    }

    fn clear_region(&mut self, region: ratatui::backend::ClearType) -> io::Result<()> {
        self.backend.clear_region(region)
    }

    fn size(&self) -> io::Result<Size> {
        self.backend.size()
    }

    fn window_size(&mut self) -> io::Result<ratatui::backend::WindowSize> {
        self.backend.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
