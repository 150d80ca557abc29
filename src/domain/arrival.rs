//! What arrives in the students' vaults: one value for each thing that was found to have changed.
//!
//! The JSON form is a contract (`watch --jsonl`, hooks, webhooks): fields may be added, none is
//! renamed. What is not known is `null`, never a guess.

use std::ops::Deref;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::assignment::AssignmentId;
use super::class::StudentKey;
use super::directory::{FileMeta, Item};
use super::events::{Actor, Client};
use super::id::{ItemId, PersonId, VaultId};
use super::text::{SafeText, Untrusted};

/// What happened to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArrivalKind {
    /// It was not there at the last look.
    New,
    /// Its version is another than at the last look.
    Updated,
    /// It is gone: archived, deleted or moved away.
    Removed,
}

impl ArrivalKind {
    /// The word for it, wherever it is told.
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Updated => "updated",
            Self::Removed => "removed",
        }
    }
}

/// Who is believed to have done it, judged by the item's last editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// The student whose vault it is.
    Student,
    /// Somebody of the staff.
    Instructor,
    /// The service account.
    ServiceAccount,
    /// Somebody else.
    Other,
    /// The service does not tell.
    Unknown,
}

/// The student whose vault it happened in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivalStudent {
    /// Decides.
    pub key: StudentKey,
    /// The address in the roster.
    pub email: Untrusted,
    /// The 1Password person, where the address matches one.
    pub user_id: Option<PersonId>,
}

/// The vault it happened in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivalVault {
    /// Decides.
    pub id: VaultId,
    /// Decorates.
    pub name: SafeText,
}

/// The item as it is now; for a removed one, as it was last seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivalItem {
    /// Decides.
    pub id: ItemId,
    /// Decorates; a student wrote it.
    pub title: SafeText,
    /// For example `DOCUMENT`; the list of categories is open.
    pub category: SafeText,
    /// Raised by every change of the item.
    pub version: u64,
    /// Labels.
    #[serde(default)]
    pub tags: Vec<SafeText>,
    /// When it was made, by the service's clock.
    pub created_at: Option<Timestamp>,
    /// When it last changed, by the service's clock.
    pub updated_at: Option<Timestamp>,
    /// Who changed it last, where the service tells.
    pub last_edited_by: Option<PersonId>,
}

impl ArrivalItem {
    /// The category of items that are a file.
    pub(super) const DOCUMENT: &'static str = "DOCUMENT";

    /// The first version of a document of which nothing more is known.
    pub fn document(id: ItemId, title: &str) -> Self {
        Self {
            id,
            title: SafeText::new(title),
            category: SafeText::new(Self::DOCUMENT),
            version: 1,
            tags: Vec::new(),
            created_at: None,
            updated_at: None,
            last_edited_by: None,
        }
    }
}

impl From<&Item> for ArrivalItem {
    fn from(item: &Item) -> Self {
        Self {
            id: item.id.clone(),
            title: item.title.clone(),
            category: item.category.clone(),
            version: item.version,
            tags: item.tags.clone(),
            created_at: item.created_at,
            updated_at: item.updated_at,
            last_edited_by: item.last_edited_by.clone(),
        }
    }
}

/// A change of one item that has been numbered, and so is kept and announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// Its number within the class: from 1 on, without gaps.
    pub seq: u64,
    /// What was found.
    #[serde(flatten)]
    pub found: NewArrival,
    /// The assignment it is handed in for, by the rules and decisions of now.
    #[serde(default)]
    pub assignment: Option<AssignmentId>,
    /// How many seconds after the deadline this version came; 0 in time, `None` where there is no
    /// assignment or it cannot be told.
    #[serde(default)]
    pub lateness_s: Option<i64>,
    /// Whether it is an upload that no assignment claims and nobody has decided about.
    #[serde(default)]
    pub unmatched: bool,
    /// The copy of its first file on this machine.
    #[serde(default)]
    pub saved: Option<SavedCopy>,
    /// Who made this version, where 1Password reports that (Business, the Events API); [`By`] is worked out
    /// without it. The account's own words for somebody: a name and an address may be among them.
    #[serde(default)]
    pub actor: Option<Actor>,
    /// By which program, where that is reported; the address that it came from is a part of it.
    #[serde(default)]
    pub client: Option<Client>,
}

impl Deref for Arrival {
    type Target = NewArrival;
    fn deref(&self) -> &NewArrival {
        &self.found
    }
}

/// A file that was fetched, with the content that was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedCopy {
    /// Where it is: an absolute path, made of plain characters below the folder of downloads.
    pub path: String,
    /// SHA-256 of the content, in hexadecimal digits.
    pub sha256: String,
}

/// A change of one item before it has its number, which only the store gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewArrival {
    /// What happened.
    pub kind: ArrivalKind,
    /// When it was noticed, by this machine's clock.
    pub detected_at: Timestamp,
    /// The last look at the vault before that, which did not show it; `None` where there was none.
    #[serde(default)]
    pub not_before: Option<Timestamp>,
    /// How many versions it stands for: above 1 some were never seen.
    #[serde(default = "one")]
    pub changes: u64,
    /// Whose vault.
    pub student: ArrivalStudent,
    /// Which vault.
    pub vault: ArrivalVault,
    /// Which item.
    pub item: ArrivalItem,
    /// The item's files; empty where there are none or they cannot be read.
    pub files: Vec<FileMeta>,
    /// Who did it.
    pub by: By,
}

/// What was written before changes were counted stood for one each.
fn one() -> u64 {
    1
}

impl NewArrival {
    /// A new item without files, by nobody knows whom, in a vault at which nobody had looked before.
    pub fn new(
        detected_at: Timestamp,
        student: ArrivalStudent,
        vault: ArrivalVault,
        item: ArrivalItem,
    ) -> Self {
        Self {
            kind: ArrivalKind::New,
            detected_at,
            not_before: None,
            changes: 1,
            student,
            vault,
            item,
            files: Vec::new(),
            by: By::Unknown,
        }
    }

    /// How many changes it stands for, where that is more than the one that was seen.
    pub fn changes_in_words(&self) -> Option<String> {
        (self.changes > 1).then(|| format!("{} changes, latest seen", self.changes))
    }

    /// The arrival with its number, and nothing said of it yet.
    pub fn numbered(self, seq: u64) -> Arrival {
        Arrival {
            seq,
            found: self,
            assignment: None,
            lateness_s: None,
            unmatched: false,
            saved: None,
            actor: None,
            client: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_form_is_the_contract() {
        let (key, email) = (StudentKey::parse("s1").unwrap(), Untrusted::new("s1@example.edu"));
        let student = ArrivalStudent { key, email, user_id: None };
        let vault = ArrivalVault { id: VaultId::parse(&"v".repeat(26)).unwrap(), name: "CS101-s1".into() };
        let item = ArrivalItem::document(ItemId::parse(&"i".repeat(26)).unwrap(), "hw1");
        let found = NewArrival::new("2026-11-02T09:30:00Z".parse().unwrap(), student, vault, item);
        let arrival = NewArrival { by: By::ServiceAccount, ..found };
        assert_eq!(arrival.changes_in_words(), None);
        let jumped = NewArrival { changes: 3, ..arrival.clone() };
        assert_eq!(jumped.changes_in_words().unwrap(), "3 changes, latest seen");
        let arrival = arrival.numbered(7);
        let json = serde_json::to_string(&arrival).unwrap();
        let (v, i) = ("v".repeat(26), "i".repeat(26));
        let expected = format!(
            r#"{{"seq":7,"kind":"new","detected_at":"2026-11-02T09:30:00Z","not_before":null,"changes":1,"student":{{"key":"s1","email":"s1@example.edu","user_id":null}},"vault":{{"id":"{v}","name":"CS101-s1"}},"item":{{"id":"{i}","title":"hw1","category":"DOCUMENT","version":1,"tags":[],"created_at":null,"updated_at":null,"last_edited_by":null}},"files":[],"by":"service-account","assignment":null,"lateness_s":null,"unmatched":false,"saved":null,"actor":null,"client":null}}"#
        );
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<Arrival>(&json).unwrap(), arrival);
        let reported = r#""actor":{"id":"PPPPPPPPPPPPPPPPPPPPPPPPPP","name":"Dana","email":"dana@example.edu"},"client":{"app":"1Password CLI","version":"2.31.0","platform":"","os":"Linux","address":"192.0.2.7"}}"#;
        let told = json.replace(r#""actor":null,"client":null}"#, reported);
        let arrival: Arrival = serde_json::from_str(&told).unwrap();
        assert_eq!(arrival.client.as_ref().unwrap().address.as_str(), "192.0.2.7");
        assert_eq!(serde_json::to_string(&arrival).unwrap(), told);
        // What was written before anything was reported is read as nothing reported.
        let before = json.replace(r#","actor":null,"client":null}"#, "}");
        assert_eq!(serde_json::from_str::<Arrival>(&before).unwrap().actor, None);
    }
}
