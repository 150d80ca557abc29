//! A filter over rows: what is typed after `/`, and how text is typed into a field.

use std::sync::Arc;

use tui_input::{Input, InputRequest};

use super::columns::Field;
use super::key::{Chord, Key};
use super::privacy::Veil;
use super::terms::{Sieve, Terms};

/// The longest text taken into a field, in bytes; more is ignored.
pub(super) const FIELD_LIMIT: usize = 1024;

/// A filter, and whether it is being typed.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    input: Input,
    terms: Terms,
    /// The last one that hid something: what `n` looks for after it was cleared.
    last: Terms,
    /// While privacy mode is on, the filter compares with what is shown.
    pub(super) veil: Option<Arc<Veil>>,
    /// Whether keys go into the filter.
    pub editing: bool,
    /// Whether the text stands from before: the first letter takes its place, and whoever moves in it keeps it.
    stands: bool,
}

impl Filter {
    /// What is typed.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// The field in which it is typed.
    pub fn field(&self) -> &Input {
        &self.input
    }

    /// Whether it hides anything.
    pub fn is_active(&self) -> bool {
        !self.terms.is_empty()
    }

    /// Forgets the text, and remembers what was looked for.
    pub fn clear(&mut self) {
        if self.is_active() {
            self.last = std::mem::take(&mut self.terms);
        }
        self.input.reset();
        self.read();
        self.editing = false;
    }

    /// Begins typing.
    pub(super) fn begin(&mut self) {
        (self.editing, self.stands) = (true, true);
    }

    /// Takes a key or ends typing; returns whether the text changed.
    pub fn key(&mut self, chord: Chord) -> bool {
        let stood = std::mem::take(&mut self.stands);
        match chord.key {
            Key::Char(_) if stood && !chord.ctrl => {
                self.input.reset();
                edit(&mut self.input, chord);
                self.read();
                return true;
            }
            Key::Enter => self.editing = false,
            Key::Esc => {
                self.clear();
                return true;
            }
            _ => {
                let changed = edit(&mut self.input, chord);
                if changed {
                    self.read();
                }
                return changed;
            }
        }
        false
    }

    /// Takes pasted text, line ends and controls left out.
    pub fn paste(&mut self, text: &str) {
        paste(&mut self.input, text);
        self.read();
    }

    /// The filter at work on rows with these fields.
    pub fn sieve(&self, fields: &[Field]) -> Sieve<'_> {
        Sieve::new(&self.terms, fields).behind(self.veil.clone())
    }

    /// The same for the last filter that hid something; `None` where there was none.
    pub fn last(&self, fields: &[Field]) -> Option<Sieve<'_>> {
        let terms = if self.is_active() { &self.terms } else { &self.last };
        (!terms.is_empty()).then(|| Sieve::new(terms, fields).behind(self.veil.clone()))
    }

    /// Whether it asks for this field.
    pub(super) fn asks(&self, field: Field) -> bool {
        self.terms.asks(field)
    }

    /// What it asks for and is not there, in words.
    pub fn unknown(&self, fields: &[Field]) -> Option<String> {
        self.terms.unknown(fields)
    }

    fn read(&mut self) {
        self.terms = Terms::of(self.input.value());
    }
}

/// Gives a key to a text field; returns whether the text changed.
pub(super) fn edit(input: &mut Input, chord: Chord) -> bool {
    use InputRequest as Do;
    let request = match (chord.ctrl, chord.key) {
        (false, Key::Char(c)) if hostile(c) || input.value().len() >= FIELD_LIMIT => return false,
        (false, Key::Char(c)) => Do::InsertChar(c),
        (_, Key::Backspace) => Do::DeletePrevChar,
        (_, Key::Delete) | (true, Key::Char('d')) => Do::DeleteNextChar,
        (false, Key::Left) | (true, Key::Char('b')) => Do::GoToPrevChar,
        (false, Key::Right) | (true, Key::Char('f')) => Do::GoToNextChar,
        (true, Key::Left) => Do::GoToPrevWord,
        (true, Key::Right) => Do::GoToNextWord,
        (_, Key::Home) | (true, Key::Char('a')) => Do::GoToStart,
        (_, Key::End) | (true, Key::Char('e')) => Do::GoToEnd,
        (true, Key::Char('w')) => Do::DeletePrevWord,
        (true, Key::Char('u')) => Do::DeleteLine,
        (true, Key::Char('k')) => Do::DeleteTillEnd,
        _ => return false,
    };
    input.handle(request).is_some_and(|change| change.value)
}

/// Text without bracketed paste comes as keys, too.
fn hostile(c: char) -> bool {
    crate::domain::text::is_hostile(c)
}

/// Gives pasted text to a field; a line end in it never confirms anything.
pub(super) fn paste(input: &mut Input, text: &str) {
    let room = FIELD_LIMIT.saturating_sub(input.value().len());
    for c in text.chars().filter(|c| !hostile(*c)).take(room) {
        input.handle(InputRequest::InsertChar(c));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::key::{ch, key};

    fn filter(text: &str) -> Filter {
        let mut filter = Filter { editing: true, ..Filter::default() };
        for c in text.chars() {
            filter.key(ch(c));
        }
        filter
    }

    #[test]
    fn what_was_cleared_can_be_looked_for_again() {
        let mut filter = filter("bai");
        assert!(filter.is_active() && filter.last(&[]).is_some());
        filter.clear();
        assert!(!filter.is_active());
        let mut last = filter.last(&[]).unwrap();
        assert!(last.accepts("bai, xiaoming", |_| "".into()) && !last.accepts("abara", |_| "".into()));
        assert!(Filter::default().last(&[]).is_none());
    }

    #[test]
    fn what_stands_is_written_over_unless_somebody_moves_in_it() {
        let mut over = filter("bai");
        over.key(key(Key::Enter));
        over.begin();
        for c in "zo".chars() {
            over.key(ch(c));
        }
        assert_eq!(over.text(), "zo");
        over.key(key(Key::Enter));
        over.begin();
        over.key(key(Key::End));
        over.key(ch('e'));
        assert_eq!(over.text(), "zoe");
    }

    #[test]
    fn escape_forgets_and_enter_keeps() {
        let mut kept = filter("bai");
        kept.key(key(Key::Enter));
        assert_eq!((kept.text(), kept.editing), ("bai", false));
        kept.key(key(Key::Esc));
        assert!(!kept.is_active());
    }

    #[test]
    fn pasted_line_ends_and_escapes_are_left_out() {
        let mut filter = Filter::default();
        filter.paste("bai\r\n\u{1b}[201~q");
        assert_eq!(filter.text(), "bai[201~q");
    }
}
