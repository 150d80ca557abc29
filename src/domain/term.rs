//! The end of a term: its steps, in which order they may be taken, and what of a vault is kept elsewhere.
//!
//! Nothing here happens by itself. A step is taken when somebody says so, and says nothing about the next
//! one. Deleting is the only one that cannot be taken back, so it rests on a list of what was verified and
//! not on what a note says.

mod kept;
mod progress;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::budget::Cost;
use super::class::StudentKey;
use super::digest::Digest;
use super::id::VaultId;
pub use kept::{Forgone, Loss, Unkept, Verified, Why};
pub use progress::{Progress, Term};

/// A step of the end of a term, in the order in which they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Take away from students what lets them change their vaults.
    Freeze,
    /// Fetch every file.
    Pull,
    /// Compare every copy with its hash, and the vaults with the copies.
    Verify,
    /// Write the report.
    Report,
    /// Take the students' access away.
    Revoke,
    /// Keep the vaults, for staff only, and note that they are closed.
    Archive,
    /// Delete the vaults with everything in them.
    Delete,
}

impl Stage {
    /// All of them, in order.
    pub const ALL: [Self; 7] =
        [Self::Freeze, Self::Pull, Self::Verify, Self::Report, Self::Revoke, Self::Archive, Self::Delete];

    /// Those that take something away, and so stand in the way of giving it again.
    pub const TAKING: [Self; 4] = [Self::Freeze, Self::Revoke, Self::Archive, Self::Delete];

    /// The word of it on the command line, in the store and in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Freeze => "freeze",
            Self::Pull => "pull",
            Self::Verify => "verify",
            Self::Report => "report",
            Self::Revoke => "revoke",
            Self::Archive => "archive",
            Self::Delete => "delete",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == word)
    }

    /// What it does, in a few words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Freeze => "students keep read access and can change nothing",
            Self::Pull => "every file is fetched",
            Self::Verify => "copies are compared with their hashes, and vaults with the copies",
            Self::Report => "the report is written",
            Self::Revoke => "students and everybody but staff lose their access",
            Self::Archive => "the vaults stay with staff and are noted as closed",
            Self::Delete => "the vaults are deleted with everything in them",
        }
    }

    /// Which steps have to be done before it.
    pub fn needs(self) -> &'static [Self] {
        match self {
            Self::Freeze | Self::Pull => &[],
            Self::Verify => &[Self::Pull],
            Self::Report | Self::Revoke => &[Self::Verify],
            Self::Archive => &[Self::Revoke],
            Self::Delete => &[Self::Verify, Self::Report, Self::Revoke],
        }
    }

    /// Whether nobody's part of it is done before everybody's part of what comes first is.
    pub fn waits(self) -> bool {
        matches!(self, Self::Report | Self::Archive)
    }

    /// Whether it changes vaults, so that it is a plan; the others are about files and notes.
    pub fn is_plan(self) -> bool {
        matches!(self, Self::Freeze | Self::Revoke | Self::Delete)
    }

    /// What the rest of it asks of the ration: for so many students who have a vault, of whom so many are
    /// left, with so many items as far as their vaults were looked at. Who is on a vault is read when the
    /// plan is worked out and once more before anything is sent. What is verified is compared with every
    /// vault again, done or not.
    pub fn price(self, bound: u32, left: u32, items: u32) -> Cost {
        let of = |count: u32, each: Cost| Cost {
            reads: count.saturating_mul(each.reads),
            writes: count.saturating_mul(each.writes),
        };
        let looks = of(2, Cost::GRANTS);
        match self {
            Self::Report | Self::Archive => Cost::default(),
            _ if bound == 0 => Cost::default(),
            Self::Freeze => of(left, looks + Cost { reads: 0, writes: 2 }),
            Self::Pull => of(left, Cost::ITEMS) + of(items, Cost::FILE + Cost::ITEM) + Cost::VAULTS,
            Self::Verify => of(bound, Cost::ITEMS) + Cost::VAULTS,
            Self::Revoke => of(left, looks + Cost { reads: 0, writes: 1 }),
            Self::Delete => of(left, looks + Cost::DELETION),
        }
    }
}

/// The steps after which a student has no access.
const ENDS: [Stage; 3] = [Stage::Revoke, Stage::Archive, Stage::Delete];

/// That a step was begun or done for a student.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// When, by this machine's clock.
    pub at: Timestamp,
    /// What belongs to it.
    pub detail: Detail,
}

/// What belongs to a step that was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detail {
    /// Nothing.
    #[default]
    Nothing,
    /// Somebody has agreed to it and it was begun; whether it was done is not known yet.
    Begun,
    /// Every file was fetched.
    Pulled {
        /// To which folder.
        folder: String,
        /// The vault's version then; `None` for a student without a vault.
        version: Option<u64>,
        /// Which vault; `None` where that was not noted.
        #[serde(default)]
        vault: Option<VaultId>,
    },
    /// The copies are as they were fetched, and nothing is in the vault that they do not have.
    Verified(Verified),
    /// The vault is gone.
    Deleted {
        /// Which it was.
        vault: VaultId,
        /// The hash of the manifest that holds what was in it; `None` where it was deleted without.
        manifest: Option<Digest>,
    },
}

/// How far the end of the term is for one student.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closing {
    notes: BTreeMap<Stage, Noted>,
}

impl Closing {
    /// Notes a step.
    pub fn note(&mut self, stage: Stage, noted: Noted) {
        self.notes.insert(stage, noted);
    }

    /// Forgets what was fetched and verified of another vault than the one the student has now: it proves
    /// nothing about this one. What was taken from the student stays taken.
    pub fn keep_to(&mut self, bound: &VaultId) {
        let of = |noted: &Noted| match &noted.detail {
            Detail::Pulled { vault, .. } => vault.clone(),
            Detail::Verified(verified) => verified.vault.clone(),
            _ => None,
        };
        let is_other = self.notes.values().filter_map(of).any(|vault| vault != *bound);
        if is_other {
            self.notes.retain(|stage, _| Stage::TAKING.contains(stage));
        }
    }

    /// What is noted of a step.
    pub fn get(&self, stage: Stage) -> Option<&Noted> {
        self.notes.get(&stage)
    }

    /// Whether a step was done.
    pub fn is_done(&self, stage: Stage) -> bool {
        self.get(stage).is_some_and(|noted| noted.detail != Detail::Begun)
    }

    /// Whether somebody has agreed to a step, which was begun since and perhaps done.
    pub fn is_begun(&self, stage: Stage) -> bool {
        self.notes.contains_key(&stage)
    }

    /// The first step that has to be done before another and was not.
    pub fn lacks(&self, stage: Stage) -> Option<Stage> {
        stage.needs().iter().copied().find(|needed| !self.is_done(*needed))
    }

    /// What was verified last.
    pub fn verified(&self) -> Option<&Verified> {
        match &self.get(Stage::Verify)?.detail {
            Detail::Verified(verified) => Some(verified),
            _ => None,
        }
    }

    /// Whether the student has no access: it was taken away at the end of the term.
    pub fn is_closed(&self) -> bool {
        ENDS.into_iter().any(|stage| self.is_done(stage))
    }

    /// Whether the student is to have no access: somebody has agreed to take it away, and it was begun.
    pub(super) fn is_closing(&self) -> bool {
        ENDS.into_iter().any(|stage| self.is_begun(stage))
    }

    /// Whether the student is to change nothing any more.
    pub(super) fn is_frozen(&self) -> bool {
        self.is_begun(Stage::Freeze)
    }

    /// The word for it beside a student's name; nothing while the term goes on.
    pub fn word(&self) -> Option<&'static str> {
        let deleted = self.is_done(Stage::Delete).then_some("deleted");
        let closed = || self.is_closed().then_some("closed");
        let closing = || self.is_closing().then_some("closing");
        let frozen = || self.is_frozen().then_some("frozen");
        deleted.or_else(closed).or_else(closing).or_else(frozen)
    }

    /// When the student was closed; by the last of the steps that do.
    pub fn closed_at(&self) -> Option<Timestamp> {
        let done = ENDS.into_iter().filter(|stage| self.is_done(*stage));
        done.filter_map(|stage| self.get(stage)).map(|noted| noted.at).max()
    }
}

/// How far everybody is. Who is not in it was never touched.
pub type Closings = HashMap<StudentKey, Closing>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_revoked_or_deleted_before_it_was_verified() {
        let mut closing = Closing::default();
        let noted = || Noted { at: Timestamp::UNIX_EPOCH, detail: Detail::Nothing };
        assert_eq!(closing.lacks(Stage::Verify), Some(Stage::Pull));
        assert_eq!(closing.lacks(Stage::Delete), Some(Stage::Verify));
        assert_eq!((closing.lacks(Stage::Freeze), closing.word()), (None, None));
        closing.note(Stage::Freeze, noted());
        assert_eq!(closing.word(), Some("frozen"));
        for stage in [Stage::Pull, Stage::Verify, Stage::Report] {
            closing.note(stage, noted());
            assert!(!closing.is_closed());
        }
        assert_eq!(closing.lacks(Stage::Delete), Some(Stage::Revoke));
        closing.note(Stage::Revoke, Noted { at: Timestamp::UNIX_EPOCH, detail: Detail::Begun });
        assert_eq!((closing.lacks(Stage::Delete), closing.word()), (Some(Stage::Revoke), Some("closing")));
        assert_eq!((closing.is_closed(), closing.is_closing(), closing.closed_at()), (false, true, None));
        closing.note(Stage::Revoke, noted());
        assert_eq!((closing.lacks(Stage::Delete), closing.word()), (None, Some("closed")));
        closing.note(Stage::Delete, noted());
        assert_eq!(closing.word(), Some("deleted"));
    }

    #[test]
    fn what_was_fetched_of_another_vault_proves_nothing() {
        let vault = |id: &str| VaultId::parse(id).unwrap();
        let noted = |detail| Noted { at: Timestamp::UNIX_EPOCH, detail };
        let one = vault("aaaaaaaaaaaaaaaaaaaaaaaaaa");
        let pulled = Detail::Pulled { folder: String::new(), version: Some(1), vault: Some(one.clone()) };
        let verified = Detail::Verified(Verified::empty(Some(one.clone())));
        for (stage, detail) in [(Stage::Pull, pulled), (Stage::Verify, verified)] {
            let mut closing = Closing::default();
            closing.note(Stage::Freeze, noted(Detail::Nothing));
            closing.note(stage, noted(detail));
            closing.note(Stage::Report, noted(Detail::Nothing));
            closing.keep_to(&one);
            assert!(closing.is_done(stage) && closing.is_done(Stage::Report));
            closing.keep_to(&vault("bbbbbbbbbbbbbbbbbbbbbbbbbb"));
            assert!(!closing.is_done(stage) && !closing.is_done(Stage::Report));
            assert!(closing.is_frozen(), "what was taken stays taken");
        }
    }

    #[test]
    fn what_a_step_asks_for_counts_every_look_of_it() {
        let price = |stage: Stage, bound, left| {
            let cost = stage.price(bound, left, 4);
            (cost.reads, cost.writes)
        };
        assert_eq!(price(Stage::Freeze, 3, 2), (8, 4));
        assert_eq!(price(Stage::Pull, 3, 2), (13, 0), "lists, items, files");
        assert_eq!(price(Stage::Verify, 3, 0), (7, 0), "everybody is looked at again");
        assert_eq!(price(Stage::Revoke, 3, 1), (4, 1));
        assert_eq!(price(Stage::Delete, 3, 3), (30, 3));
        assert_eq!(price(Stage::Archive, 3, 3), (0, 0));
        assert_eq!(price(Stage::Pull, 0, 0), (0, 0), "nobody has a vault");
    }

    #[test]
    fn every_step_is_read_back_from_its_word() {
        for stage in Stage::ALL {
            assert_eq!(Stage::parse(stage.name()), Some(stage));
        }
    }
}
