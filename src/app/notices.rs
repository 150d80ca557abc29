//! What was said at the bottom of the screen: what is still to be seen, and the last of it.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::State;
use crate::domain::text::SafeText;

/// So many are kept to be looked at again.
const KEPT: usize = 50;

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Something was done.
    Info,
    /// Something is not as expected.
    Warning,
    /// Something failed.
    Error,
}

/// One line at the bottom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it says.
    pub text: SafeText,
    /// How much it matters.
    pub weight: Weight,
    /// When it was said.
    pub at: Timestamp,
}

/// What was said.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    /// The last ones, the newest first.
    kept: VecDeque<Notice>,
    /// Those that are still to be seen, the newest last.
    pending: Vec<Notice>,
    /// Whether the newest of those was drawn.
    drawn: bool,
}

impl Notices {
    /// The one that is shown, the newest.
    pub fn shown(&self) -> Option<&Notice> {
        self.pending.last()
    }

    /// How many others are still to be seen.
    pub fn others(&self) -> usize {
        self.pending.len().saturating_sub(1)
    }

    /// The last ones, the newest first.
    pub fn kept(&self) -> impl Iterator<Item = &Notice> {
        self.kept.iter()
    }

    fn add(&mut self, notice: Notice) {
        self.kept.push_front(notice.clone());
        self.kept.truncate(KEPT);
        // The same again is nothing more to be seen.
        self.pending.retain(|one| one.text != notice.text);
        self.pending.push(notice);
        let over = self.pending.len().saturating_sub(KEPT);
        self.pending.drain(..over);
        self.drawn = false;
    }

    /// After a draw: the one that is shown can be seen.
    pub(super) fn seen(&mut self) {
        self.drawn = !self.pending.is_empty();
    }

    /// A key was pressed: what could be seen goes, and with it everything that is no error. An error that
    /// was not drawn yet stays until it was.
    pub(super) fn pressed(&mut self) {
        if self.drawn {
            self.pending.pop();
        }
        self.pending.retain(|one| one.weight == Weight::Error);
        self.drawn = false;
    }

    /// What was done gives way to what is said for as long as it lasts; warnings and errors stay.
    pub(super) fn overtaken(&mut self) {
        self.pending.retain(|one| one.weight != Weight::Info);
    }
}

impl State {
    /// The line at the bottom, where there is something to say.
    pub fn notice(&self) -> Option<&Notice> {
        self.notices.shown()
    }

    /// Says something in the line at the bottom.
    pub(crate) fn say(&mut self, weight: Weight, text: impl AsRef<str>) {
        self.notices.add(Notice { text: SafeText::new(text.as_ref()), weight, at: self.now });
        self.dirty = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(texts: &[(&str, Weight)]) -> Notices {
        let mut notices = Notices::default();
        for (text, weight) in texts {
            notices.add(Notice { text: SafeText::new(text), weight: *weight, at: Timestamp::UNIX_EPOCH });
        }
        notices
    }

    fn shown(notices: &Notices) -> (&str, usize) {
        (notices.shown().map_or("", |one| one.text.as_str()), notices.others())
    }

    #[test]
    fn an_error_stays_until_it_was_drawn_and_a_key_pressed() {
        let mut notices = said(&[("broken", Weight::Error)]);
        notices.pressed();
        assert_eq!(shown(&notices), ("broken", 0));
        notices.seen();
        notices.pressed();
        assert_eq!(shown(&notices), ("", 0));
    }

    #[test]
    fn errors_below_come_up_one_by_one_and_the_rest_goes() {
        let mut notices = said(&[
            ("one", Weight::Error),
            ("careful", Weight::Warning),
            ("two", Weight::Error),
            ("done", Weight::Info),
        ]);
        notices.seen();
        assert_eq!(shown(&notices), ("done", 3));
        notices.pressed();
        assert_eq!(shown(&notices), ("two", 1));
        notices.seen();
        notices.pressed();
        assert_eq!(shown(&notices), ("one", 0));
    }

    #[test]
    fn the_last_fifty_are_kept_and_the_same_again_waits_once() {
        let mut notices = Notices::default();
        for at in 0..60 {
            let text = SafeText::new(if at % 2 == 0 { "even" } else { "odd" });
            notices.add(Notice { text, weight: Weight::Warning, at: Timestamp::UNIX_EPOCH });
        }
        assert_eq!((notices.kept().count(), notices.others()), (KEPT, 1));
    }
}
