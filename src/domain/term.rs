//! The end of a term: its steps, in which order they may be taken, and what of a vault is kept elsewhere.
//!
//! Nothing here happens by itself. A step is taken when somebody says so, and says nothing about the next
//! one. Deleting is the only one that cannot be taken back, so it rests on a list of what was verified and
//! not on what a note says.

mod whom;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::class::StudentKey;
use super::digest::Digest;
use super::directory::{Item, ItemState};
use super::id::{ItemId, VaultId};
pub use whom::{Progress, Term, Whom};

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
}

/// That a step was done for a student.
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
    /// Every file was fetched.
    Pulled {
        /// To which folder.
        folder: String,
        /// The vault's version then; `None` for a student without a vault.
        version: Option<u64>,
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

/// What of a vault is kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Which vault; `None` for a student who has none.
    pub vault: Option<VaultId>,
    /// The version of its contents, read before they were listed.
    pub version: u64,
    /// Every item whose files are all kept, with its version.
    pub items: Vec<(ItemId, u64)>,
    /// How many items hold no file: of those nothing is kept.
    pub without_files: u64,
    /// How many files are kept.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The fingerprint of the manifest's lines about them.
    pub manifest: Digest,
}

/// What would be lost if a vault were deleted now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Items that came or changed after they were verified.
    pub since: u64,
    /// Items that hold no file, of which nothing is kept.
    pub without_files: u64,
    /// Items that were verified and are not listed any more: the list may not be whole.
    pub unlisted: u64,
}

impl Loss {
    /// What a list of a vault's items holds beyond what was verified.
    pub fn of(verified: &Verified, listed: &[Item]) -> Self {
        let kept: HashMap<&ItemId, u64> = verified.items.iter().map(|(id, version)| (id, *version)).collect();
        let active = listed.iter().filter(|item| item.state == ItemState::Active);
        let (mut other, mut met) = (0_u64, 0_u64);
        for item in active {
            match kept.get(&item.id) {
                Some(version) if *version == item.version => met += 1,
                _ => other += 1,
            }
        }
        // What was there without a file is among the others, unless somebody has removed it.
        let without_files = other.min(verified.without_files);
        let unlisted = (kept.len() as u64).saturating_sub(met);
        Self { since: other - without_files, without_files, unlisted }
    }

    /// Whether nothing would be lost.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }

    /// What is in the way, in words.
    pub fn in_words(self) -> String {
        let many = |count: u64, one: &str, more: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {more}")),
        };
        let parts = [
            many(self.since, "upload since the pull", "uploads since the pull"),
            many(
                self.without_files,
                "item without a file, which is kept nowhere",
                "items without a file, which are kept nowhere",
            ),
            many(self.unlisted, "verified item is not listed", "verified items are not listed"),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
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

    /// What is noted of a step.
    pub fn get(&self, stage: Stage) -> Option<&Noted> {
        self.notes.get(&stage)
    }

    /// Whether a step was done.
    pub fn is_done(&self, stage: Stage) -> bool {
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

    /// Whether the student is to have no access: it was taken away at the end of the term.
    pub fn is_closed(&self) -> bool {
        [Stage::Revoke, Stage::Archive, Stage::Delete].into_iter().any(|stage| self.is_done(stage))
    }

    /// Whether the student is to change nothing any more.
    pub fn is_frozen(&self) -> bool {
        self.is_done(Stage::Freeze)
    }

    /// The word for it beside a student's name; nothing while the term goes on.
    pub fn word(&self) -> Option<&'static str> {
        let deleted = self.is_done(Stage::Delete).then_some("deleted");
        let closed = || self.is_closed().then_some("closed");
        deleted.or_else(closed).or_else(|| self.is_frozen().then_some("frozen"))
    }

    /// When the student was closed; by the last of the steps that do.
    pub fn closed_at(&self) -> Option<Timestamp> {
        let ends = [Stage::Revoke, Stage::Archive, Stage::Delete];
        ends.into_iter().filter_map(|stage| self.get(stage)).map(|noted| noted.at).max()
    }
}

/// How far everybody is. Who is not in it was never touched.
pub type Closings = HashMap<StudentKey, Closing>;

#[cfg(test)]
mod tests {
    use super::*;

    fn item(letter: &str, version: u64, state: ItemState) -> Item {
        Item {
            id: ItemId::parse(&letter.repeat(26)).unwrap(),
            title: "t".into(),
            category: "DOCUMENT".into(),
            version,
            tags: Vec::new(),
            state,
            created_at: None,
            updated_at: None,
            last_edited_by: None,
        }
    }

    fn verified(items: &[(&str, u64)], without_files: u64) -> Verified {
        let items =
            items.iter().map(|(letter, version)| (ItemId::parse(&letter.repeat(26)).unwrap(), *version));
        Verified {
            vault: None,
            version: 1,
            items: items.collect(),
            without_files,
            files: 0,
            bytes: 0,
            manifest: Digest::of(&0),
        }
    }

    #[test]
    fn what_is_not_kept_stands_in_the_way_of_a_deletion() {
        let active = |letter, version| item(letter, version, ItemState::Active);
        let table = [
            (verified(&[("a", 1)], 0), vec![active("a", 1)], Loss::default()),
            (
                verified(&[("a", 1)], 0),
                vec![active("a", 2)],
                Loss { since: 1, unlisted: 1, ..Loss::default() },
            ),
            (
                verified(&[("a", 1)], 0),
                vec![active("a", 1), active("b", 1)],
                Loss { since: 1, ..Loss::default() },
            ),
            (verified(&[("a", 1)], 0), vec![], Loss { unlisted: 1, ..Loss::default() }),
            (verified(&[], 0), vec![], Loss::default()),
            (verified(&[], 0), vec![item("a", 1, ItemState::Archived)], Loss::default()),
            (verified(&[], 1), vec![active("n", 1)], Loss { without_files: 1, ..Loss::default() }),
            (
                verified(&[], 1),
                vec![active("n", 1), active("u", 1)],
                Loss { since: 1, without_files: 1, unlisted: 0 },
            ),
            (verified(&[("a", 1)], 1), vec![active("a", 1)], Loss::default()),
        ];
        for (kept, listed, loss) in table {
            assert_eq!(Loss::of(&kept, &listed), loss, "{listed:?}");
        }
        let words = Loss { since: 2, without_files: 1, unlisted: 0 }.in_words();
        assert_eq!(words, "2 uploads since the pull, 1 item without a file, which is kept nowhere");
    }

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
        closing.note(Stage::Revoke, noted());
        assert_eq!((closing.lacks(Stage::Delete), closing.word()), (None, Some("closed")));
        closing.note(Stage::Delete, noted());
        assert_eq!(closing.word(), Some("deleted"));
    }

    #[test]
    fn every_step_is_read_back_from_its_word() {
        for stage in Stage::ALL {
            assert_eq!(Stage::parse(stage.name()), Some(stage));
        }
    }
}
