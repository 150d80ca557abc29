//! The bytes that a terminal sends, told apart: keys, pastes, focus, the mouse, and answers.
//!
//! It knows the sequences of xterm ("XTerm Control Sequences", sections PC-Style Function Keys,
//! Bracketed Paste, Mouse Tracking, FocusIn/FocusOut). It knows no screen and never waits. Whatever
//! arrives ends in a key of ours or in nothing: what a terminal answers, and a sequence that nobody
//! knows, is swallowed whole, since its letters would be keys. A malformed mouse report is nothing.
//! Escape and a key behind it, which arrive as one where somebody types fast or a line is slow, are both.

mod meaning;

use crate::app::key::{Chord, Key, ch, ctrl, key};
use crate::app::mouse::Mouse;
use crate::runtime::background;
use meaning::{by_word, may_answer, mouse, named, numbered};

/// How much of a paste is taken, in bytes; the rest is thrown away as it comes.
pub(crate) const PASTE: usize = crate::app::import::PASTED;
/// The longest sequence that means something, in bytes; what is longer is swallowed up to its end.
const SEQUENCE: usize = 64;
/// What begins a paste.
const PASTE_BEGIN: &[u8] = b"\x1b[200~";
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
    /// Within what this byte behind ESC began: OSC, DCS or APC. No terminal answers with PM or SOS.
    Text(u8),
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
    /// Nothing was begun.
    Endless,
    /// A lone Escape is a key once nothing follows.
    Key,
    /// A sequence was begun.
    Sequence,
    /// A paste was begun, and its end may never come.
    Paste,
}

/// Tells bytes apart, however they are cut into pieces.
#[derive(Debug, Default)]
pub(super) struct Reader {
    at: At,
    /// The sequence, the letter of several bytes or the paste so far.
    held: Vec<u8>,
    /// How many bytes of a paste's end were seen last.
    ending: usize,
    /// A paste was ended by silence: its rest may still come.
    is_cut: bool,
}

impl Reader {
    /// Takes bytes, and gives what they complete.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) -> Vec<Input> {
        let mut found = Vec::new();
        if self.is_cut && self.at == At::Ground && is_rest(bytes) {
            self.begin(At::Paste);
        }
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
            self.byte(byte, &mut found);
        }
        found
    }

    /// How long what was begun may wait.
    pub(super) fn wait(&self) -> Wait {
        match self.at {
            At::Ground => Wait::Endless,
            At::Escape => Wait::Key,
            At::Control | At::Single | At::Text(_) | At::TextEscape | At::Skip(_) => Wait::Sequence,
            At::Paste => Wait::Paste,
        }
    }

    /// Nothing more came: a lone Escape is a key, also with what begins a sequence behind it; a paste is what
    /// there is of it; and a sequence that was begun is nothing.
    pub(super) fn quiet(&mut self) -> Vec<Input> {
        let mut found = Vec::new();
        match self.at {
            At::Ground => return found,
            At::Escape => found.push(Input::Key(key(Key::Esc))),
            At::Control if self.held.is_empty() => self.typed(b'[', &mut found),
            At::Single => self.typed(b'O', &mut found),
            At::Text(introducer) if self.held.iter().all(u8::is_ascii_digit) => {
                self.typed(introducer, &mut found);
            }
            At::Paste => {
                let part = PASTE_END.get(..std::mem::take(&mut self.ending)).unwrap_or_default();
                self.keep(part);
                found.push(self.pasted());
                self.is_cut = true;
            }
            At::Control | At::Text(_) | At::TextEscape | At::Skip(_) => {}
        }
        self.begin(At::Ground);
        found
    }

    fn begin(&mut self, at: At) {
        self.held.clear();
        self.at = at;
    }

    /// What looked like a sequence was typed: Escape, this byte, and what was held behind it.
    fn typed(&mut self, byte: u8, found: &mut Vec<Input>) {
        let held = std::mem::take(&mut self.held);
        self.begin(At::Ground);
        found.extend([key(Key::Esc), ch(char::from(byte))].map(Input::Key));
        for byte in held {
            self.byte(byte, found);
        }
    }

    /// Keeps a piece of a paste, as far as there is room.
    fn keep(&mut self, piece: &[u8]) {
        let room = PASTE.saturating_sub(self.held.len());
        self.held.extend_from_slice(piece.get(..room).unwrap_or(piece));
    }

    fn byte(&mut self, byte: u8, found: &mut Vec<Input>) {
        match self.at {
            At::Ground => found.extend(self.ground(byte)),
            At::Escape => self.escape(byte, found),
            At::Control if self.held.is_empty() && !matches!(byte, b' '..=b'~') => {
                self.typed(b'[', found);
                self.byte(byte, found);
            }
            At::Control => found.extend(self.control(byte)),
            At::Single if matches!(byte, b' ' | b'@'..=b'~') => {
                self.begin(At::Ground);
                found.extend(named(byte, 1));
            }
            At::Single => {
                self.typed(b'O', found);
                self.byte(byte, found);
            }
            At::Text(introducer) => self.text(introducer, byte, found),
            At::TextEscape if byte == b'\\' => found.extend(self.answer()),
            // Only ST ends it with an Escape; anything else begins a sequence of its own.
            At::TextEscape => {
                self.begin(At::Escape);
                self.escape(byte, found);
            }
            At::Paste => found.extend(self.paste(byte)),
            At::Skip(left) => self.begin(if left > 1 { At::Skip(left - 1) } else { At::Ground }),
        }
    }

    /// A byte of a text of the terminal's, or of what was typed and is none.
    fn text(&mut self, introducer: u8, byte: u8, found: &mut Vec<Input>) {
        match byte {
            0x07 if !self.held.is_empty() => found.extend(self.answer()),
            0x18 | 0x1a if !self.held.is_empty() => self.begin(At::Ground),
            0x1b if !self.held.is_empty() => self.at = At::TextEscape,
            _ if self.held.len() <= SEQUENCE => {
                self.held.push(byte);
                if !may_answer(introducer, &self.held) {
                    self.typed(introducer, found);
                }
            }
            _ => {}
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
            _ => ch(char::from(byte)),
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
                c.map(|c| Input::Key(ch(c)))
            }
            Err(error) => {
                if error.error_len().is_some() {
                    self.held.clear();
                }
                None
            }
        }
    }

    fn escape(&mut self, byte: u8, found: &mut Vec<Input>) {
        match byte {
            b'[' => self.begin(At::Control),
            b'O' => self.begin(At::Single),
            b']' | b'P' | b'_' => self.begin(At::Text(byte)),
            _ => {
                self.begin(At::Ground);
                // With Alt only what moves by words is a key of ours: anything else is Escape, and another key.
                if let Some(chord) = by_word(byte) {
                    found.push(Input::Key(chord));
                } else {
                    found.push(Input::Key(key(Key::Esc)));
                    self.byte(byte, found);
                }
            }
        }
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
                self.is_cut = false;
                self.begin(At::Paste);
                None
            }
            (b'~', "201") => {
                self.is_cut = false;
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
            (self.ending, self.is_cut) = (0, false);
            return Some(self.pasted());
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

    /// The paste so far, as a whole one.
    fn pasted(&mut self) -> Input {
        let text = String::from_utf8_lossy(&self.held).into_owned();
        self.begin(At::Ground);
        self.held.shrink_to_fit();
        Input::Paste(text)
    }
}

/// Whether these bytes are the rest of a paste that silence has ended: its end stands there, and no beginning.
/// As keys they would do what nobody has typed.
fn is_rest(bytes: &[u8]) -> bool {
    let at = |mark: &[u8]| bytes.windows(mark.len()).position(|piece| piece == mark);
    at(PASTE_END).is_some_and(|end| at(PASTE_BEGIN).is_none_or(|begin| end < begin))
}

#[cfg(test)]
mod tests;
