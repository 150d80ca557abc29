//! What of a vault is kept in copies, what is not, and what would be lost if it were deleted now.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::domain::digest::Digest;
use crate::domain::directory::{Item, ItemState};
use crate::domain::id::{ItemId, VaultId};

/// What of a vault is kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Which vault; `None` for a student who has none.
    pub vault: Option<VaultId>,
    /// The version of its contents, read before they were listed.
    pub version: u64,
    /// Every item whose files are all kept, with its version.
    pub items: Vec<(ItemId, u64)>,
    /// What was found of which something is kept nowhere.
    pub unkept: Vec<Unkept>,
    /// The folder that holds the copies.
    pub folder: String,
    /// How many files are kept.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The fingerprint of the manifest's lines about them.
    pub manifest: Digest,
}

impl Verified {
    /// Of what something is kept nowhere, in words; nothing where everything is kept.
    pub fn unkept_in_words(&self) -> Option<String> {
        let count = |why| self.unkept.iter().filter(|one| one.why == why).count() as u64;
        let parts = Why::ALL.into_iter().filter_map(|why| {
            let (one, more) = why.in_words();
            many(count(why), one, more)
        });
        let parts: Vec<String> = parts.collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

#[cfg(test)]
impl Verified {
    /// Of a vault in which nothing is.
    pub(in crate::domain) fn empty(vault: Option<VaultId>) -> Self {
        Self {
            version: 1,
            items: Vec::new(),
            unkept: Vec::new(),
            folder: String::new(),
            files: 0,
            bytes: 0,
            manifest: Digest::of(&vault),
            vault,
        }
    }
}

/// An item of which something is kept nowhere: it cannot be fetched here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unkept {
    /// Which.
    pub item: ItemId,
    /// Of which version that was found.
    pub version: u64,
    /// What of it is not kept.
    pub why: Why,
}

/// What of an item is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// It holds no file, and what it holds is not read.
    NoFile,
    /// It has files, and is no document: its fields and notes are not read.
    Fields,
    /// It is in the archive, from which nothing is fetched.
    Archived,
}

impl Why {
    const ALL: [Self; 3] = [Self::NoFile, Self::Fields, Self::Archived];

    /// One such item, and several.
    fn in_words(self) -> (&'static str, &'static str) {
        match self {
            Self::NoFile => ("item without a file", "items without a file"),
            Self::Fields => ("item with text beside its files", "items with text beside their files"),
            Self::Archived => ("item in the archive", "items in the archive"),
        }
    }
}

/// What somebody has agreed to lose together with a vault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Forgone {
    /// Nothing.
    #[default]
    Nothing,
    /// What was found when it was verified and is kept nowhere; what came later is not meant.
    Unkept,
    /// Whatever is in it: it was never verified.
    Everything,
}

/// What would be lost if a vault were deleted now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Items that came or changed after they were verified.
    pub since: u64,
    /// Items as they were verified, of which something is kept nowhere.
    pub unkept: u64,
    /// Items that were verified and are not listed any more: the list may not be whole.
    pub unlisted: u64,
}

fn many(count: u64, one: &str, more: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {more}")),
    }
}

impl Loss {
    /// What a list of a vault's items, those in the archive among them, holds beyond what was verified.
    pub fn of(verified: &Verified, listed: &[Item]) -> Self {
        let kept: HashMap<&ItemId, u64> = verified.items.iter().map(|(id, version)| (id, *version)).collect();
        let unkept: HashMap<&ItemId, u64> =
            verified.unkept.iter().map(|one| (&one.item, one.version)).collect();
        let (mut loss, mut met) = (Self::default(), 0_u64);
        for item in listed.iter().filter(|item| item.state != ItemState::Deleted) {
            let is_kept = kept.get(&item.id) == Some(&item.version);
            let is_unkept = unkept.get(&item.id) == Some(&item.version);
            met += u64::from(is_kept);
            loss.unkept += u64::from(is_unkept);
            loss.since += u64::from(!is_kept && !is_unkept);
        }
        loss.unlisted = (kept.len() as u64).saturating_sub(met);
        loss
    }

    /// The same without what somebody has agreed to lose.
    #[must_use]
    pub fn beyond(self, forgone: Forgone) -> Self {
        match forgone {
            Forgone::Nothing => self,
            Forgone::Unkept | Forgone::Everything => Self { unkept: 0, ..self },
        }
    }

    /// Whether nothing would be lost.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }

    /// What is in the way, in words.
    pub fn in_words(self) -> String {
        let parts = [
            many(self.since, "upload since the pull", "uploads since the pull"),
            many(
                self.unkept,
                "item of which something is kept nowhere",
                "items of which something is kept nowhere",
            ),
            many(self.unlisted, "verified item is not listed", "verified items are not listed"),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

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

    fn verified(items: &[(&str, u64)], unkept: &[(&str, Why)]) -> Verified {
        let id = |letter: &str| ItemId::parse(&letter.repeat(26)).unwrap();
        let unkept = unkept.iter().map(|(letter, why)| Unkept { item: id(letter), version: 1, why: *why });
        let items = items.iter().map(|(letter, version)| (id(letter), *version)).collect();
        Verified { items, unkept: unkept.collect(), ..Verified::empty(None) }
    }

    #[test]
    fn what_is_not_kept_stands_in_the_way_of_a_deletion() {
        let active = |letter, version| item(letter, version, ItemState::Active);
        let archived = |letter, version| item(letter, version, ItemState::Archived);
        let lost = |since, unkept, unlisted| Loss { since, unkept, unlisted };
        let table = [
            (verified(&[("a", 1)], &[]), vec![active("a", 1)], lost(0, 0, 0)),
            (verified(&[("a", 1)], &[]), vec![active("a", 2)], lost(1, 0, 1)),
            (verified(&[("a", 1)], &[]), vec![active("a", 1), active("b", 1)], lost(1, 0, 0)),
            (verified(&[("a", 1)], &[]), vec![], lost(0, 0, 1)),
            (verified(&[], &[]), vec![], lost(0, 0, 0)),
            (verified(&[], &[]), vec![item("a", 1, ItemState::Deleted)], lost(0, 0, 0)),
            (verified(&[], &[]), vec![archived("a", 1)], lost(1, 0, 0)),
            (verified(&[], &[("a", Why::Archived)]), vec![archived("a", 1)], lost(0, 1, 0)),
            (verified(&[], &[("n", Why::NoFile)]), vec![active("n", 1)], lost(0, 1, 0)),
            (verified(&[], &[("n", Why::NoFile)]), vec![active("n", 2)], lost(1, 0, 0)),
            (verified(&[], &[("n", Why::NoFile)]), vec![active("n", 1), active("u", 1)], lost(1, 1, 0)),
            (verified(&[("f", 1)], &[("f", Why::Fields)]), vec![active("f", 1)], lost(0, 1, 0)),
            // Somebody has copied it by hand and removed it.
            (verified(&[("a", 1)], &[("n", Why::NoFile)]), vec![active("a", 1)], lost(0, 0, 0)),
        ];
        for (kept, listed, loss) in table {
            assert_eq!(Loss::of(&kept, &listed), loss, "{listed:?}");
            let counted = loss.since + loss.unkept + loss.unlisted;
            assert_eq!(loss.is_nothing(), counted == 0, "{loss:?}");
        }
        let some = lost(2, 1, 0);
        let words = "2 uploads since the pull, 1 item of which something is kept nowhere";
        assert_eq!(some.in_words(), words);
        assert_eq!(some.beyond(Forgone::Nothing), some);
        assert_eq!(some.beyond(Forgone::Unkept), lost(2, 0, 0), "what came later is never meant");
    }

    #[test]
    fn what_is_kept_nowhere_is_told_by_its_kind() {
        assert_eq!(verified(&[("a", 1)], &[]).unkept_in_words(), None);
        let some = [("n", Why::NoFile), ("f", Why::Fields), ("o", Why::NoFile), ("x", Why::Archived)];
        let told = verified(&[], &some).unkept_in_words().unwrap();
        assert_eq!(told, "2 items without a file, 1 item with text beside its files, 1 item in the archive");
    }
}
