//! The ways by which everybody has access to a vault.

mod find;

use std::collections::HashMap;

use jiff::Timestamp;

use super::access::{Cell, Permissions, Principal};
use super::events::Actor;
use super::history::{Entry, What};
use super::id::VaultId;
use super::job::JobId;
use super::text::SafeText;
pub use find::holders;

/// The ways by which everybody has access to vaults.
pub type Ways = HashMap<VaultId, Vec<Holder>>;

/// Somebody with access to a vault, and by which ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub who: Principal,
    /// Their name.
    pub name: SafeText,
    /// Every way that can be seen or has to be supposed.
    pub paths: Vec<Path>,
}

/// One way by which somebody has an access to a vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// How.
    pub via: Via,
    /// What it gives; unknown where this identity is not shown it.
    pub cell: Cell,
    /// Since when, as far as it is known.
    pub since: Option<Timestamp>,
    /// Who gave it, as far as it is known: a job of ours with its user, somebody whom 1Password reports, or
    /// not by us.
    pub by: Option<SafeText>,
    /// Whom 1Password reports to have given it, or to have let them into the group, whichever came later;
    /// `None` where it reports nothing of it.
    pub actor: Option<Actor>,
    /// Whom else records of it name, and that one: everybody whom `by` names as reported is among them.
    pub named: Vec<Actor>,
    /// Who did it in our log, as it has them, where it tells of it.
    pub ours: Option<SafeText>,
    /// Why they may: student, staff, exception with its reason and end, or that nothing allows it.
    pub because: SafeText,
}

/// How an access comes to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// It was given to them.
    Direct,
    /// It was given to a group that they are in; whether they are is known only where members are shown.
    Group {
        /// Which group.
        group: Principal,
        /// Its name.
        name: SafeText,
        /// Whether they are in it; `None` where this identity is not shown that.
        member: Option<bool>,
    },
    /// The service account that made the vault: it stands in no list.
    Maker,
    /// The account's administrators, where the vault was made so that they can manage it.
    Administration,
}

/// A change of ours, as the log tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// When its job began.
    pub at: Timestamp,
    /// Who did it.
    pub by: SafeText,
    /// The job; older records know none.
    pub job: Option<JobId>,
    /// What was held afterwards.
    pub set: Permissions,
}

/// What our log tells of one vault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The last change of each access that was done.
    pub given: HashMap<Principal, Given>,
    /// How it was made, if we made it.
    pub made: Option<Given>,
}

/// What our log tells of every vault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// By vault; nothing of one that stands in no change.
    pub vaults: HashMap<VaultId, Told>,
    /// When the log began: the first change in it; later than everything where it has none yet, and `None`
    /// where it is not known.
    pub begun: Option<Timestamp>,
}

impl Log {
    /// What the history tells, oldest first; of a damaged log that is a part.
    pub fn of(history: &[Entry], is_whole: bool) -> Self {
        let first = history.iter().find(|entry| entry.elsewhere.is_none()).map(|entry| entry.at);
        let mut log = Self { begun: first.or(is_whole.then_some(Timestamp::MAX)), ..Self::default() };
        for entry in history {
            let given = |set| Given { at: entry.at, by: entry.by.clone(), job: entry.job.clone(), set };
            for change in entry.changes.iter().filter(|change| change.is_done()) {
                match &change.what {
                    What::Access { vault, who, after: Some(set), .. } => {
                        let of = log.vaults.entry(vault.clone()).or_default();
                        of.given.insert(who.clone(), given(*set));
                    }
                    What::Made(Some(vault)) => {
                        log.vaults.entry(vault.clone()).or_default().made = Some(given(Permissions::NONE));
                    }
                    _ => {}
                }
            }
        }
        log
    }
}
