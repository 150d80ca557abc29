//! Keys as the program speaks of them: one chord, printed and read in one spelling.
//!
//! No Alt, and none of the chords that terminals cannot tell apart (Ctrl-I is Tab, Ctrl-M is Enter,
//! Ctrl-[ is Escape).

use std::fmt;
use std::str::FromStr;

use crate::domain::nearest::nearest;
use crate::domain::text::is_hostile;

/// A key without its modifiers. Shift is part of the character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

/// The names of the keys that are no characters, and of the space bar.
const NAMES: [(&str, Key); 17] = [
    ("space", Key::Char(' ')),
    ("enter", Key::Enter),
    ("esc", Key::Esc),
    ("tab", Key::Tab),
    ("shift-tab", Key::BackTab),
    ("backspace", Key::Backspace),
    ("delete", Key::Delete),
    ("up", Key::Up),
    ("down", Key::Down),
    ("shift-up", Key::ShiftUp),
    ("shift-down", Key::ShiftDown),
    ("left", Key::Left),
    ("right", Key::Right),
    ("home", Key::Home),
    ("end", Key::End),
    ("page-up", Key::PageUp),
    ("page-down", Key::PageDown),
];

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        match (NAMES.iter().find(|(_, key)| *key == self.key), self.key) {
            (Some((name, _)), _) => f.write_str(name),
            (None, Key::Char(c)) => write!(f, "{c}"),
            (None, _) => Ok(()),
        }
    }
}

impl FromStr for Chord {
    type Err = String;

    /// Reads what [`fmt::Display`] writes, and nothing else.
    ///
    /// # Errors
    /// What to write instead, without the word itself.
    fn from_str(word: &str) -> Result<Self, String> {
        let (ctrl, name) = match word.strip_prefix("ctrl-") {
            Some(rest) => (true, rest),
            None => (false, word),
        };
        if let Some((_, key)) = NAMES.iter().find(|(known, _)| *known == name) {
            return Ok(Self { key: *key, ctrl });
        }
        let mut letters = name.chars();
        match (letters.next(), letters.next()) {
            (Some(c), None) if !c.is_whitespace() && !is_hostile(c) => Ok(Self { key: Key::Char(c), ctrl }),
            _ => Err(unreadable(word)),
        }
    }
}

/// What to write in place of a word that is no key.
fn unreadable(word: &str) -> String {
    let lower = word.to_lowercase();
    if lower.starts_with("alt-") || lower.starts_with("meta-") || lower.starts_with("m-") {
        return "Alt is not used: some terminals send Escape for it".into();
    }
    if let Some(letter) = lower.strip_prefix("shift-").filter(|rest| rest.chars().count() == 1) {
        return format!("Shift is part of the letter: write {}", letter.to_uppercase());
    }
    if let Some(rest) = lower.strip_prefix("c-").or_else(|| lower.strip_prefix("control-")) {
        return format!("write ctrl-{rest}");
    }
    let names = NAMES.map(|(name, _)| name);
    match nearest(&lower, &names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("a key is a character, ctrl- and a letter, or one of {}", names.join(", ")),
    }
}

impl Chord {
    /// Why a key cannot be given to a command, if it cannot: terminals do not tell it apart from another
    /// one, or do not send it.
    pub fn why_not(self) -> Option<&'static str> {
        if !self.ctrl {
            return None;
        }
        match self.key {
            Key::Char('i') => Some("terminals send Tab for it"),
            Key::Char('m' | 'j') | Key::Enter => Some("terminals send Enter for it"),
            Key::Char('[') | Key::Esc => Some("terminals send Escape for it"),
            Key::Char('h') | Key::Backspace => Some("terminals send Backspace for it"),
            Key::Char('c') => Some("it leaves, wherever it is pressed"),
            Key::Char('A'..='Z') => Some("terminals do not tell it apart from the small letter"),
            Key::Tab | Key::BackTab | Key::ShiftUp | Key::ShiftDown => Some("terminals send no Ctrl with it"),
            Key::Char(c) if !c.is_ascii_lowercase() => Some("terminals send no Ctrl with it, or another one"),
            Key::Char(_)
            | Key::Delete
            | Key::Up
            | Key::Down
            | Key::Left
            | Key::Right
            | Key::Home
            | Key::End
            | Key::PageUp
            | Key::PageDown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chords() -> impl Strategy<Value = Chord> {
        let named = proptest::sample::select(NAMES.map(|(_, key)| key).to_vec());
        let letters = any::<char>().prop_filter("no key", |c| !c.is_whitespace() && !is_hostile(*c));
        (prop_oneof![named, letters.prop_map(Key::Char)], any::<bool>())
            .prop_map(|(key, ctrl)| Chord { key, ctrl })
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(chord in chords()) {
            prop_assert_eq!(chord.to_string().parse::<Chord>(), Ok(chord));
        }

        #[test]
        fn what_is_read_is_printed_so(word in "(ctrl-)?.{0,9}") {
            if let Ok(chord) = word.parse::<Chord>() {
                prop_assert_eq!(chord.to_string(), word);
            }
        }
    }

    #[test]
    fn what_is_no_key_says_what_is() {
        let why = |word: &str| word.parse::<Chord>().unwrap_err();
        assert_eq!(why("shift-a"), "Shift is part of the letter: write A");
        assert_eq!(why("pageup"), "did you mean `page-up`?");
        assert_eq!(why("C-r"), "write ctrl-r");
        assert!(why("alt-x").contains("Alt is not used"));
        assert!(why("").starts_with("a key is a character"));
    }

    #[test]
    fn what_terminals_cannot_tell_apart_is_refused() {
        for word in ["ctrl-i", "ctrl-m", "ctrl-[", "ctrl-j", "ctrl-h", "ctrl-R", "ctrl-space", "ctrl-enter"] {
            assert!(word.parse::<Chord>().unwrap().why_not().is_some(), "{word}");
        }
        for word in ["ctrl-r", "ctrl-left", "i", "space", "-", "["] {
            assert_eq!(word.parse::<Chord>().unwrap().why_not(), None, "{word}");
        }
    }
}
