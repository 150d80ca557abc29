//! A value that is fetched from elsewhere: the last good one stays while a new one loads or fails. Knows
//! numbers and answers; not what is asked, and not on whose behalf.

use jiff::Timestamp;

use crate::domain::fault::{Fault, Kind};
use crate::domain::query::Data;

/// Numbers a request, so that its answer finds its place and a late one is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Gives every request a number of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Tickets(u64);

impl Tickets {
    /// The next number.
    pub(super) fn next(&mut self) -> Ticket {
        self.0 += 1;
        Ticket(self.0)
    }
}

/// What came back for a request.
pub(super) struct Answer {
    /// Which request.
    pub(super) ticket: Ticket,
    /// When it came.
    pub(super) at: Timestamp,
    /// What it says, or why it says nothing.
    pub(super) data: Result<Data, Fault>,
}

impl Answer {
    /// Puts it where it is waited for. One that is not what was asked for is a fault.
    pub(super) fn settle<T>(self, place: &mut Remote<T>, read: impl FnOnce(Data) -> Option<T>) {
        let (ticket, at) = (self.ticket, self.at);
        place.settle(ticket, at, self.read(read));
    }

    /// The same for a value that is kept up to date; whether to ask again.
    pub(super) fn keep<T>(self, place: &mut Kept<T>, read: impl FnOnce(Data) -> Option<T>) -> bool {
        let (ticket, at) = (self.ticket, self.at);
        place.settle(ticket, at, self.read(read))
    }

    /// What was asked for.
    pub(super) fn read<T>(self, read: impl FnOnce(Data) -> Option<T>) -> Result<T, Fault> {
        let other = || Fault::new(Kind::Broken, "an answer to another question came");
        self.data.and_then(|data| read(data).ok_or_else(other))
    }
}

/// How the newest request for a value stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// Nothing is under way.
    Idle,
    /// Under way.
    Loading(Ticket),
    /// The newest request failed; the value is an older one.
    Failed(Fault),
}

/// The last good value, how old it is, and how the newest request stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Remote<T> {
    /// The last good value.
    pub value: Option<T>,
    /// When it was good.
    pub as_of: Option<Timestamp>,
    /// How the newest request stands.
    pub phase: Phase,
}

impl<T> Default for Remote<T> {
    fn default() -> Self {
        Self { value: None, as_of: None, phase: Phase::Idle }
    }
}

impl<T> Remote<T> {
    /// One that was asked for and is not known yet.
    pub fn asked(ticket: Ticket) -> Self {
        Self { phase: Phase::Loading(ticket), ..Self::default() }
    }

    /// Remembers that a request was sent.
    pub fn ask(&mut self, ticket: Ticket) {
        self.phase = Phase::Loading(ticket);
    }

    /// Whether an answer is still wanted; a later request makes an earlier one stale.
    pub fn awaits(&self, ticket: Ticket) -> bool {
        self.phase == Phase::Loading(ticket)
    }

    /// Takes an answer, unless a later request was sent meanwhile. Returns whether it was taken.
    pub fn settle(&mut self, ticket: Ticket, at: Timestamp, answer: Result<T, Fault>) -> bool {
        if !self.awaits(ticket) {
            return false;
        }
        match answer {
            Ok(value) => {
                self.value = Some(value);
                self.as_of = Some(at);
                self.phase = Phase::Idle;
            }
            Err(fault) => self.phase = Phase::Failed(fault),
        }
        true
    }

    /// Why the newest request failed, if it did.
    pub fn fault(&self) -> Option<&Fault> {
        if let Phase::Failed(fault) = &self.phase { Some(fault) } else { None }
    }

    /// Whether a request is under way.
    pub fn is_loading(&self) -> bool {
        matches!(self.phase, Phase::Loading(_))
    }
}

/// A value that is read again whenever something has happened: one question at a time, and one more
/// where something happened while it was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept<T> {
    remote: Remote<T>,
    again: bool,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { remote: Remote::default(), again: false }
    }
}

impl<T> Kept<T> {
    /// The last good value.
    pub fn value(&self) -> Option<&T> {
        self.remote.value.as_ref()
    }

    /// Why the newest question failed, if it did.
    pub fn fault(&self) -> Option<&Fault> {
        self.remote.fault()
    }

    /// Notes that a newer value is wanted; whether to ask for it now.
    pub fn wants(&mut self, ticket: Ticket) -> bool {
        self.again = self.remote.is_loading();
        if !self.again {
            self.remote.ask(ticket);
        }
        !self.again
    }

    /// Whether an answer is still wanted.
    pub fn awaits(&self, ticket: Ticket) -> bool {
        self.remote.awaits(ticket)
    }

    /// Takes an answer; whether to ask again.
    pub fn settle(&mut self, ticket: Ticket, at: Timestamp, answer: Result<T, Fault>) -> bool {
        self.remote.settle(ticket, at, answer) && std::mem::take(&mut self.again)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_answer_loses() {
        let mut remote = Remote::asked(Ticket(1));
        remote.ask(Ticket(2));
        assert!(!remote.settle(Ticket(1), Timestamp::UNIX_EPOCH, Ok("old")));
        assert!(remote.settle(Ticket(2), Timestamp::UNIX_EPOCH, Ok("new")));
        assert_eq!(remote.value, Some("new"));
    }

    #[test]
    fn what_happened_while_it_was_read_is_read_once_more() {
        let mut kept = Kept::default();
        assert!(kept.wants(Ticket(1)));
        assert!(!kept.wants(Ticket(2)) && !kept.wants(Ticket(3)));
        assert!(kept.settle(Ticket(1), Timestamp::UNIX_EPOCH, Ok("one")));
        assert!(kept.wants(Ticket(4)));
        assert!(!kept.settle(Ticket(4), Timestamp::UNIX_EPOCH, Ok("two")));
        assert_eq!(kept.value(), Some(&"two"));
    }

    #[test]
    fn failed_refresh_keeps_the_old_value() {
        let mut remote = Remote::asked(Ticket(1));
        remote.settle(Ticket(1), Timestamp::UNIX_EPOCH, Ok("rows"));
        remote.ask(Ticket(2));
        remote.settle(Ticket(2), Timestamp::UNIX_EPOCH, Err(Fault::new(Kind::Unreachable, "down")));
        assert_eq!(remote.value, Some("rows"));
        assert!(remote.fault().is_some());
    }
}
