//! Keys as the program speaks of them: one chord, printed and read in one spelling.
//!
//! No Alt, and none of the chords that terminals cannot tell apart (Ctrl-I is Tab, Ctrl-M is Enter,
//! Ctrl-[ is Escape).

use std::fmt;

/// A key without its modifiers. Shift is part of the character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A character; capital letters are their own.
    Char(char),
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Delete to the left.
    Backspace,
    /// Delete to the right.
    Delete,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow up, with Shift.
    ShiftUp,
    /// Arrow down, with Shift.
    ShiftDown,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// To the first.
    Home,
    /// To the last.
    End,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
}

/// A key, perhaps with Ctrl.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    /// The key.
    pub key: Key,
    /// Whether Ctrl is held.
    pub ctrl: bool,
}

/// A plain character.
pub const fn ch(c: char) -> Chord {
    Chord { key: Key::Char(c), ctrl: false }
}

/// A character with Ctrl.
pub const fn ctrl(c: char) -> Chord {
    Chord { key: Key::Char(c), ctrl: true }
}

/// A named key.
pub const fn key(key: Key) -> Chord {
    Chord { key, ctrl: false }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        match self.key {
            Key::Char(' ') => f.write_str("space"),
            Key::Char(c) => write!(f, "{c}"),
            Key::Enter => f.write_str("enter"),
            Key::Esc => f.write_str("esc"),
            Key::Tab => f.write_str("tab"),
            Key::BackTab => f.write_str("shift-tab"),
            Key::Backspace => f.write_str("backspace"),
            Key::Delete => f.write_str("delete"),
            Key::Up => f.write_str("up"),
            Key::Down => f.write_str("down"),
            Key::ShiftUp => f.write_str("shift-up"),
            Key::ShiftDown => f.write_str("shift-down"),
            Key::Left => f.write_str("left"),
            Key::Right => f.write_str("right"),
            Key::Home => f.write_str("home"),
            Key::End => f.write_str("end"),
            Key::PageUp => f.write_str("page-up"),
            Key::PageDown => f.write_str("page-down"),
        }
    }
}
