//! Keys, pastes and resizes from the terminal, on a thread of their own.
//!
//! crossterm is only asked when there is something to read: its own waiting never ends once the
//! terminal is gone and a handler for SIGHUP is installed (crossterm 0.29). Waiting here is a plain
//! `poll` on the terminal, which says when it hung up.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crossterm::event::{self, Event as Input, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::mpsc;

use crate::app::key::{Chord, Key};
use crate::app::msg::Event;

/// How long a lone Escape may be the beginning of a sequence that is still on its way.
const SEQUENCE: std::time::Duration = std::time::Duration::from_millis(0);

/// Reads the terminal until it is gone or nobody listens; returns at once.
pub(super) fn start(outbox: mpsc::Sender<Event>) -> io::Result<()> {
    let thread = std::thread::Builder::new().name("input".into());
    thread.spawn(move || {
        let ended = catch_unwind(AssertUnwindSafe(|| read(&outbox)));
        // Nobody is there any more, nobody listens, or the reading itself went wrong: each ends the
        // dashboard, which without keys could not be left.
        drop(ended);
        drop(outbox.blocking_send(Event::Interrupt));
    })?;
    Ok(())
}

fn read(outbox: &mpsc::Sender<Event>) {
    let stdin = io::stdin();
    loop {
        let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
        match poll(&mut fds, None::<&Timespec>) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
        if fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            return;
        }
        while event::poll(SEQUENCE).unwrap_or(false) {
            let Ok(input) = event::read() else { return };
            if let Some(event) = translate(input)
                && outbox.blocking_send(event).is_err()
            {
                return;
            }
        }
    }
}

fn translate(input: Input) -> Option<Event> {
    match input {
        Input::Key(key) => chord(key).map(Event::Key),
        Input::Paste(text) => Some(Event::Paste(text)),
        Input::Resize(..) => Some(Event::Resize),
        _ => None,
    }
}

/// The chord of a key press. Shift is part of the character; Alt is not used, so that a key with
/// it is no key of ours.
fn chord(event: KeyEvent) -> Option<Chord> {
    if event.kind == KeyEventKind::Release || event.modifiers.contains(KeyModifiers::ALT) {
        return None;
    }
    let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    let key = match event.code {
        KeyCode::Char(c) if ctrl => Key::Char(c.to_ascii_lowercase()),
        KeyCode::Char(c) if event.modifiers.contains(KeyModifiers::SHIFT) => {
            Key::Char(c.to_uppercase().next().unwrap_or(c))
        }
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => Key::BackTab,
        KeyCode::Tab => Key::Tab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Up if event.modifiers.contains(KeyModifiers::SHIFT) => Key::ShiftUp,
        KeyCode::Down if event.modifiers.contains(KeyModifiers::SHIFT) => Key::ShiftDown,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        _ => return None,
    };
    Some(Chord { key, ctrl })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::key::{ch, ctrl, key};

    #[test]
    fn keys_arrive_as_the_program_names_them() {
        let press = |code, modifiers| chord(KeyEvent::new(code, modifiers));
        assert_eq!(press(KeyCode::Char('G'), KeyModifiers::SHIFT), Some(ch('G')));
        assert_eq!(press(KeyCode::Char('D'), KeyModifiers::CONTROL), Some(ctrl('d')));
        assert_eq!(press(KeyCode::Tab, KeyModifiers::SHIFT), Some(key(Key::BackTab)));
        assert_eq!(press(KeyCode::Down, KeyModifiers::SHIFT), Some(key(Key::ShiftDown)));
        assert_eq!(press(KeyCode::Char('x'), KeyModifiers::ALT), None);
        let release = KeyEvent::new_with_kind(KeyCode::Char('x'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(chord(release), None);
    }
}
