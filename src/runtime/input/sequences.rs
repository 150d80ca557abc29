//! The bytes that a terminal sends, told apart: keys, pastes, focus, the mouse, and answers.
//!
//! It knows the sequences of xterm ("XTerm Control Sequences", sections PC-Style Function Keys,
//! Bracketed Paste, Mouse Tracking, FocusIn/FocusOut). It knows no screen and never waits. Whatever
//! arrives ends in a key of ours or in nothing: what a terminal answers, and a sequence that nobody
//! knows, is swallowed whole, since its letters would be keys. A malformed mouse report is nothing.

use crate::app::key::{Chord, Key, ctrl, key};
use crate::app::mouse::{Mouse, Press};
use crate::app::msg::Step;
use crate::runtime::background;

/// How much of a paste is taken, in bytes; the rest is thrown away as it comes.
pub(crate) const PASTE: usize = crate::app::import::PASTED;
/// The longest sequence that means something, in bytes; what is longer is swallowed up to its end.
const SEQUENCE: usize = 64;
/// What ends a paste.
const PASTE_END: &[u8] = b"\x1b[201~";

/// What arrived.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Input {
    /// A key.
    Key(Chord),
    /// A paste, its first [`PASTE`] bytes.
    Paste(String),
    /// The terminal has the keys again.
    Focus,
    /// The mouse.
    Mouse(Mouse),
    /// An answer about the terminal's background: whether it is dark.
    Dark(bool),
}

/// Where in a sequence the last byte was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    Ground,
    /// Behind ESC.
    Escape,
    /// Behind ESC [.
    Control,
    /// Behind ESC O.
    Single,
    /// Within OSC, DCS, APC, PM or SOS.
    Text,
    /// The same, behind ESC.
    TextEscape,
    /// Within a paste.
    Paste,
    /// So many bytes of an old mouse report are left.
    Skip(u8),
}

/// How long what was begun may wait for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// Nothing was begun, or what was begun has an end that comes.
    Endless,
    /// A lone Escape is a key once nothing follows.
    Key,
    /// A sequence was begun.
    Sequence,
}

/// Tells bytes apart, however they are cut into pieces.
#[derive(Debug, Default)]
pub(super) struct Reader {
    at: At,
    /// The sequence, the letter of several bytes or the paste so far.
    held: Vec<u8>,
    /// How many bytes of a paste's end were seen last.
    ending: usize,
}

impl Reader {
    /// Takes bytes, and gives what they complete.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) -> Vec<Input> {
        let mut found = Vec::new();
        while let Some((&byte, rest)) = bytes.split_first() {
            if self.at == At::Paste && self.ending == 0 {
                let plain = bytes.iter().position(|byte| *byte == 0x1b).unwrap_or(bytes.len());
                let (taken, rest) = bytes.split_at(plain);
                self.keep(taken);
                bytes = rest;
                if taken.is_empty() {
                    (self.ending, bytes) = (1, bytes.get(1..).unwrap_or_default());
                }
                continue;
            }
            bytes = rest;
            found.extend(self.byte(byte));
        }
        found
    }

    /// How long what was begun may wait.
    pub(super) fn wait(&self) -> Wait {
        match self.at {
            At::Escape => Wait::Key,
            At::Control | At::Single | At::Text | At::TextEscape | At::Skip(_) => Wait::Sequence,
            At::Ground | At::Paste => Wait::Endless,
        }
    }

    /// Nothing more came: a lone Escape is a key, a sequence that was begun is nothing.
    pub(super) fn quiet(&mut self) -> Option<Input> {
        let lone = self.at == At::Escape;
        if self.wait() != Wait::Endless {
            self.begin(At::Ground);
        }
        lone.then_some(Input::Key(key(Key::Esc)))
    }

    fn begin(&mut self, at: At) {
        self.held.clear();
        self.at = at;
    }

    /// Keeps a piece of a paste, as far as there is room.
    fn keep(&mut self, piece: &[u8]) {
        let room = PASTE.saturating_sub(self.held.len());
        self.held.extend_from_slice(piece.get(..room).unwrap_or(piece));
    }

    fn byte(&mut self, byte: u8) -> Option<Input> {
        match self.at {
            At::Ground => self.ground(byte),
            At::Escape => self.escape(byte),
            At::Control => self.control(byte),
            At::Single => {
                self.begin(At::Ground);
                named(byte, 1)
            }
            At::Text => {
                match byte {
                    0x07 => return self.answer(),
                    0x18 | 0x1a => self.begin(At::Ground),
                    0x1b => self.at = At::TextEscape,
                    _ if self.held.len() <= SEQUENCE => self.held.push(byte),
                    _ => {}
                }
                None
            }
            At::TextEscape if byte == b'\\' => self.answer(),
            // Only ST ends it with an Escape; anything else begins a sequence of its own.
            At::TextEscape => {
                self.begin(At::Escape);
                self.escape(byte)
            }
            At::Paste => self.paste(byte),
            At::Skip(left) => {
                self.begin(if left > 1 { At::Skip(left - 1) } else { At::Ground });
                None
            }
        }
    }

    /// The end of a text of the terminal's: the answer to what it was asked, or nothing.
    fn answer(&mut self) -> Option<Input> {
        let text = std::mem::take(&mut self.held);
        self.begin(At::Ground);
        background::answer(std::str::from_utf8(&text).ok()?).map(Input::Dark)
    }

    fn ground(&mut self, byte: u8) -> Option<Input> {
        if byte >= 0x80 {
            return self.letter(byte);
        }
        self.held.clear();
        let chord = match byte {
            0x1b => {
                self.begin(At::Escape);
                return None;
            }
            b'\r' => key(Key::Enter),
            b'\t' => key(Key::Tab),
            // The one or the other, by terminal.
            0x7f | 0x08 => key(Key::Backspace),
            0x00 => ctrl(' '),
            0x01..=0x1a => ctrl(char::from(byte - 1 + b'a')),
            0x1c..=0x1f => ctrl(char::from(byte - 0x1c + b'4')),
            _ => crate::app::key::ch(char::from(byte)),
        };
        Some(Input::Key(chord))
    }

    /// A byte of a letter of several. What is no letter is nothing.
    fn letter(&mut self, byte: u8) -> Option<Input> {
        if byte >= 0xc0 {
            self.held.clear();
        }
        self.held.push(byte);
        match std::str::from_utf8(&self.held) {
            Ok(text) => {
                let c = text.chars().next();
                self.held.clear();
                c.map(|c| Input::Key(crate::app::key::ch(c)))
            }
            Err(error) => {
                if error.error_len().is_some() {
                    self.held.clear();
                }
                None
            }
        }
    }

    fn escape(&mut self, byte: u8) -> Option<Input> {
        match byte {
            b'[' => self.begin(At::Control),
            b'O' => self.begin(At::Single),
            b']' | b'P' | b'_' | b'^' | b'X' => self.begin(At::Text),
            // Two in a row are two keys.
            0x1b => return Some(Input::Key(key(Key::Esc))),
            // With Alt: no key of ours, but what moves by words.
            _ => {
                self.begin(At::Ground);
                return by_word(byte).map(Input::Key);
            }
        }
        None
    }

    fn control(&mut self, byte: u8) -> Option<Input> {
        match byte {
            0x1b => {
                self.begin(At::Escape);
                return None;
            }
            0x40..=0x7e => {}
            _ => {
                if self.held.len() <= SEQUENCE {
                    self.held.push(byte);
                }
                return None;
            }
        }
        let held = std::mem::take(&mut self.held);
        self.begin(At::Ground);
        let text = std::str::from_utf8(&held).ok().filter(|held| held.len() <= SEQUENCE)?;
        match (byte, text) {
            (b'~', "200") => {
                self.begin(At::Paste);
                None
            }
            (b'M', "") => {
                self.begin(At::Skip(3));
                None
            }
            (b'I', "") => Some(Input::Focus),
            (b'M', _) => mouse(text.strip_prefix('<')?),
            _ => {
                let mut numbers = text.split(';').map(|number| number.parse::<u16>().ok());
                let first = if text.is_empty() { 1 } else { numbers.next().flatten()? };
                let modifiers = numbers.next().flatten().unwrap_or(1);
                match byte {
                    b'~' => numbered(first, modifiers),
                    _ => named(byte, modifiers),
                }
            }
        }
    }

    /// A byte of a paste whose end may have begun.
    fn paste(&mut self, byte: u8) -> Option<Input> {
        if PASTE_END.get(self.ending) == Some(&byte) {
            self.ending += 1;
            if self.ending < PASTE_END.len() {
                return None;
            }
            self.ending = 0;
            let text = String::from_utf8_lossy(&self.held).into_owned();
            self.begin(At::Ground);
            self.held.shrink_to_fit();
            return Some(Input::Paste(text));
        }
        let part = PASTE_END.get(..self.ending).unwrap_or_default();
        self.ending = 0;
        self.keep(part);
        if byte == 0x1b {
            self.ending = 1;
        } else {
            self.keep(&[byte]);
        }
        None
    }
}

/// What shells have on Alt for words, as the chord that does the same in a text field.
fn by_word(byte: u8) -> Option<Chord> {
    match byte {
        b'b' => Some(Chord { key: Key::Left, ctrl: true }),
        b'f' => Some(Chord { key: Key::Right, ctrl: true }),
        0x7f => Some(ctrl('w')),
        _ => None,
    }
}

/// A chord with the modifiers that xterm sends: one more than Shift 1, Alt 2, Ctrl 4.
fn chord(key: Key, modifiers: u16) -> Option<Input> {
    let held = modifiers.saturating_sub(1);
    let key = match key {
        Key::Up if held == 1 => Key::ShiftUp,
        Key::Down if held == 1 => Key::ShiftDown,
        key => key,
    };
    if held & 2 != 0 && matches!(key, Key::Left | Key::Right) {
        return Some(Input::Key(Chord { key, ctrl: true }));
    }
    (held & 2 == 0).then_some(Input::Key(Chord { key, ctrl: held & 4 != 0 }))
}

fn named(last: u8, modifiers: u16) -> Option<Input> {
    let key = match last {
        b'A' => Key::Up,
        b'B' => Key::Down,
        b'C' => Key::Right,
        b'D' => Key::Left,
        b'H' => Key::Home,
        b'F' => Key::End,
        b'Z' => Key::BackTab,
        _ => return None,
    };
    chord(key, modifiers)
}

fn numbered(number: u16, modifiers: u16) -> Option<Input> {
    let key = match number {
        1 | 7 => Key::Home,
        3 => Key::Delete,
        4 | 8 => Key::End,
        5 => Key::PageUp,
        6 => Key::PageDown,
        _ => return None,
    };
    chord(key, modifiers)
}

/// A press in the SGR form (mode 1006): button, column and line from 1.
fn mouse(text: &str) -> Option<Input> {
    let mut numbers = text.split(';').map(|number| number.parse::<u16>().ok());
    let mut next = || numbers.next().flatten();
    let (button, column, row) = (next()?, next()?.checked_sub(1)?, next()?.checked_sub(1)?);
    let press = match button {
        0 => Press::Click,
        64 => Press::Wheel(Step::Up),
        65 => Press::Wheel(Step::Down),
        _ => return None,
    };
    Some(Input::Mouse(Mouse { column, row, press, again: false, spot: None }))
}

#[cfg(test)]
mod tests;
