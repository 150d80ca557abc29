//! What whole sequences mean: keys by their letters and numbers, the mouse, and how answers begin.
//!
//! It knows no state: whoever reads has told the sequence from what stands around it.

use super::Input;
use crate::app::key::{Chord, Key, ctrl};
use crate::app::mouse::{Mouse, Press};
use crate::app::msg::Step;

/// Whether what stands behind ESC and this byte may be how an answer begins: `]` with the number of a command
/// and `;`, `P` with numbers and two of the letters that reports have (DECRPSS `$r`, XTGETTCAP `+r`, DA3 `!|`,
/// XTVERSION `>|`, kitty `@k`), `_` with the `G` of kitty's graphics. Keys that are typed behind Escape are not.
pub(super) fn may_answer(introducer: u8, held: &[u8]) -> bool {
    let numbers =
        held.iter().take_while(|byte| byte.is_ascii_digit() || (introducer == b'P' && **byte == b';'));
    let (_, behind) = held.split_at(numbers.count());
    match introducer {
        b']' => {
            held.first().is_none_or(u8::is_ascii_digit) && behind.first().is_none_or(|byte| *byte == b';')
        }
        b'P' => {
            let first = behind.first().is_none_or(|byte| b"$+!>@".contains(byte));
            first && behind.get(1).is_none_or(|byte| b"rstu|~k".contains(byte))
        }
        _ => held.first().is_none_or(|byte| *byte == b'G'),
    }
}

/// What shells have on Alt for words, as the chord that does the same in a text field.
pub(super) fn by_word(byte: u8) -> Option<Chord> {
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

/// A key by the last byte of its sequence.
pub(super) fn named(last: u8, modifiers: u16) -> Option<Input> {
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

/// A key by the number of its sequence.
pub(super) fn numbered(number: u16, modifiers: u16) -> Option<Input> {
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
pub(super) fn mouse(text: &str) -> Option<Input> {
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
