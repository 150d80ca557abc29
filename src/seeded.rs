//! Bugs that a test can switch on, to show that the tests of the rules would find them.
//!
//! Each stands at the very place where it would be made, as one short line. Outside of this crate's own
//! tests [`is`] is `false` when the program is compiled, and nothing of it is left. Knows nothing of what
//! the bugs do, but where a line would otherwise be long.

/// A mistake that somebody could make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    /// A student is whoever has the student's name.
    NameMatch,
    /// What was worked out for one row is carried out on the vault of the next one.
    #[cfg(test)]
    OffByOneRow,
    /// A vault whose making got no clear answer is made again.
    RetryCreate,
    /// The access of whoever has that name is taken away.
    #[cfg(test)]
    RevokeByName,
    /// A plan is carried out whatever has changed since.
    SkipDigest,
    /// An access is given before it is noted whose vault it is.
    GrantBeforeBind,
    /// Another level is given before the old one is taken away.
    WidenThenNarrow,
    /// "Not found" counts as taken away.
    Trust404,
    /// A group is given a vault whoever is in it.
    IgnoreGroupPath,
    /// Intents are written, not synced.
    DropJournalFsync,
    /// The answer to another request is believed.
    SwapReply,
    /// Whoever goes on with a job does again what was done of it.
    ResumeTwice,
}

/// Whether the bug is switched on.
#[cfg(not(test))]
pub(crate) const fn is(_bug: Bug) -> bool {
    false
}

#[cfg(test)]
pub(crate) use switched::{durable, is, of_that_name, on_the_next_row, synced, with};

#[cfg(test)]
mod switched {
    //! The switch, for the thread of one test, and what a power cut leaves of the log.

    use std::cell::Cell;

    use super::Bug;
    use crate::domain::access::Principal;
    use crate::domain::frame::Frame;
    use crate::domain::id::VaultId;
    use crate::domain::operation::Operation;

    thread_local! {
        static ON: Cell<Option<Bug>> = const { Cell::new(None) };
        static DURABLE: Cell<u64> = const { Cell::new(0) };
    }

    /// Whether the bug is switched on in this thread.
    pub(crate) fn is(bug: Bug) -> bool {
        ON.get() == Some(bug)
    }

    /// Does something with a bug in the code, or with none.
    pub(crate) fn with<T>(bug: Option<Bug>, work: impl FnOnce() -> T) -> T {
        struct Off;
        impl Drop for Off {
            fn drop(&mut self) {
                ON.set(None);
            }
        }
        let _off = Off;
        ON.set(bug);
        work()
    }

    /// Notes how much of the log the disk holds, whatever happens.
    pub(crate) fn synced(bytes: u64) {
        DURABLE.set(bytes);
    }

    /// How much of the log a power cut leaves.
    pub(crate) fn durable() -> u64 {
        DURABLE.get()
    }

    /// [`Bug::RevokeByName`]: the first one of the name of `who`.
    pub(crate) fn of_that_name(frame: &Frame, who: &Principal) -> Principal {
        let name = frame.name(who);
        let first = frame.people.iter().find(|person| person.name == name);
        first.filter(|_| is(Bug::RevokeByName)).map_or(who.clone(), |p| Principal::Person(p.id.clone()))
    }

    /// [`Bug::OffByOneRow`]: the changes of each row on the vault of the row after it.
    pub(crate) fn on_the_next_row(list: &mut [(usize, Vec<Operation>)]) {
        let vaults: Vec<Option<VaultId>> = list
            .iter()
            .map(|(_, operations)| operations.iter().find_map(Operation::vault).cloned())
            .collect();
        if !is(Bug::OffByOneRow) {
            return;
        }
        for ((_, operations), next) in list.iter_mut().zip(vaults.iter().cycle().skip(1)) {
            for operation in operations {
                if let (Operation::Grant { vault, .. } | Operation::Revoke { vault, .. }, Some(next)) =
                    (operation, next)
                {
                    vault.clone_from(next);
                }
            }
        }
    }
}
