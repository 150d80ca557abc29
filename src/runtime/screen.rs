//! The terminal as the loop needs it: whole frames, one write each.
//!
//! A frame is collected in memory and written at once between the marks of synchronized output
//! (mode 2026), so that no terminal shows half of it. What ratatui flushes on the way stays in
//! memory until [`Screen::show`].

use std::cell::RefCell;
use std::io::{self, Stdout, Write};
use std::rc::Rc;

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::backend::{Backend, CrosstermBackend, TestBackend};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::guard;
use crate::ui::is_put_together;

/// Presses of buttons and the wheel, in a form without limits of size; movements stay the terminal's.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";

/// A terminal that shows whole frames.
pub(super) trait Screen: Backend {
    /// Writes out what was drawn since the last time.
    fn show(&mut self) -> Result<(), Self::Error>;

    /// Notes that the terminal no longer shows what was drawn.
    fn forget(&mut self);

    /// Whether that was noted; asking takes the note away.
    fn forgotten(&mut self) -> bool;

    /// Writes something beside the frames, such as a request to the terminal.
    fn tell(&mut self, words: &str) -> Result<(), Self::Error>;

    /// Takes the mouse, or leaves it to the terminal.
    fn mouse(&mut self, on: bool) -> Result<(), Self::Error>;

    /// Gives the terminal back and stops; returns when we go on. Nothing is shown until [`Screen::reclaim`].
    fn suspend(&mut self);

    /// Takes the terminal again, with what was switched on.
    fn reclaim(&mut self) -> Result<(), Self::Error>;
}

/// The real terminal.
pub(super) struct Tty {
    backend: CrosstermBackend<Sheet>,
    sheet: Sheet,
    out: Stdout,
    forgotten: bool,
    /// The title of the window.
    title: String,
    mouse: bool,
    /// Where the terminal's cursor is, if it is shown.
    cursor: Option<Position>,
    /// Where the frame wants it.
    wanted: Option<Position>,
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
    /// The terminal on standard output, whose window has that title.
    pub(super) fn new(title: String) -> Self {
        let sheet = Sheet::default();
        let backend = CrosstermBackend::new(sheet.clone());
        let out = io::stdout();
        Self { backend, sheet, out, forgotten: false, title, mouse: false, cursor: None, wanted: None }
    }
}

impl Tty {
    /// Writes all of it at once.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut out = self.out.lock();
        out.write_all(bytes)?;
        out.flush()
    }
}

impl Screen for Tty {
    fn show(&mut self) -> io::Result<()> {
        let frame = std::mem::take(&mut *self.sheet.0.borrow_mut());
        // What is drawn while the shell has the terminal is drawn again afterwards.
        if !guard::is_ours() || (frame.is_empty() && self.wanted == self.cursor) {
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(frame.len() + 40);
        queue!(bytes, BeginSynchronizedUpdate)?;
        // Hidden only while something is written, and shown where the selection is.
        if self.cursor.is_some() && (self.wanted.is_none() || !frame.is_empty()) {
            queue!(bytes, Hide)?;
        }
        bytes.extend_from_slice(&frame);
        if let Some(at) = self.wanted {
            queue!(bytes, MoveTo(at.x, at.y))?;
            if self.cursor.is_none() || !frame.is_empty() {
                queue!(bytes, Show)?;
            }
        }
        queue!(bytes, EndSynchronizedUpdate)?;
        self.cursor = self.wanted;
        self.write(&bytes)
    }

    fn forget(&mut self) {
        self.forgotten = true;
    }

    fn forgotten(&mut self) -> bool {
        guard::resized() | std::mem::take(&mut self.forgotten)
    }

    fn tell(&mut self, words: &str) -> io::Result<()> {
        if guard::is_ours() { self.write(words.as_bytes()) } else { Ok(()) }
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        self.tell(if on { MOUSE_ON } else { MOUSE_OFF })
    }

    fn suspend(&mut self) {
        guard::stop();
    }

    fn reclaim(&mut self) -> io::Result<()> {
        if !guard::is_in_front() {
            // Gone on in the background, where there is no screen: whoever wants one says `fg`.
            guard::stop_soon();
            return Ok(());
        }
        guard::take(&self.title)?;
        self.cursor = None;
        if self.mouse { self.tell(MOUSE_ON) } else { Ok(()) }
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

    fn tell(&mut self, _: &str) -> Result<(), Self::Error> {
        Ok(())
    }

    fn mouse(&mut self, _: bool) -> Result<(), Self::Error> {
        Ok(())
    }

    fn suspend(&mut self) {}

    fn reclaim(&mut self) -> Result<(), Self::Error> {
        Ok(())
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
        self.wanted = None;
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        // It is shown with the frame, once the place is known.
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        // Asking a terminal can wait for an answer that never comes.
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.wanted = Some(position.into());
        Ok(())
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
