//! What is on the vaults and should not be, as far as it can be seen.

mod find;

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::access::{Cell, Level, Principal};
use super::class::StudentKey;
use super::frame::FOREIGN_MEND;
use super::id::VaultId;
use super::text::{SafeText, counted};
pub use find::{Judged, drift};

/// Why an access is not what the class file asks for.
///
/// The order is that of lists, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stray {
    /// A student of the class is on somebody else's vault.
    Crossing,
    /// Students of the class are in a group of staff that is there, and so get to somebody else's vault.
    ByGroup,
    /// Somebody is there who is neither the student nor staff, nor an exception.
    Stranger,
    /// An exception of the class file that has ended.
    Expired,
    /// A group is there that is not staff.
    Group,
    /// Whoever belongs there has more than the class file asks for.
    Wider,
    /// The student has left the roster and still has access.
    Gone,
    /// The term of the vault's student is closed, and somebody who belonged there still has access.
    Closed,
}

impl Stray {
    /// The word in tables and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Crossing => "crossing",
            Self::ByGroup => "crossing by group",
            Self::Stranger => "stranger",
            Self::Expired => "expired exception",
            Self::Group => "group",
            Self::Wider => "wider",
            Self::Gone => "gone",
            Self::Closed => "closed",
        }
    }

    /// What is so, in words; without a full stop.
    pub fn in_words(self, name: &SafeText, whose: &SafeText) -> String {
        match self {
            Self::Crossing => {
                format!(
                    "{name}, a student of the class, is on the vault of {whose} and does not belong there"
                )
            }
            Self::ByGroup => {
                format!("students of the class are in the group {name}, which is on the vault of {whose}")
            }
            Self::Stranger => format!("{name} is on the vault of {whose} and does not belong there"),
            Self::Expired => {
                format!("{name} is on the vault of {whose} and the exception for it has ended")
            }
            Self::Group => format!("the group {name} is on the vault of {whose} and is not staff"),
            Self::Wider => format!("{name} has more on the vault of {whose} than the class file asks for"),
            Self::Gone => format!("{name} has left the class list and still has access to the own vault"),
            Self::Closed => format!("{name} has access to the vault of {whose} after the end of the term"),
        }
    }

    /// The same of somebody who is so on many vaults.
    pub(super) fn on_many_in_words(self, name: &SafeText, count: usize) -> String {
        let vaults = counted(count, "vault");
        match self {
            Self::Crossing => {
                format!("{name}, a student of the class, is on {vaults} of others and does not belong there")
            }
            Self::ByGroup => format!("students of the class are in the group {name}, which is on {vaults}"),
            Self::Stranger => format!("{name}, whom the class file does not name, is on {vaults}"),
            Self::Expired => format!("{name} is on {vaults} and the exceptions for it have ended"),
            Self::Group => format!("{name}, a group the class file does not name, is on {vaults}"),
            Self::Wider => format!("{name} has more on {vaults} than the class file asks for"),
            Self::Gone => format!("{name} has left the class list and still has access to {vaults}"),
            Self::Closed => format!("{name} has access to {vaults} after the end of the term"),
        }
    }

    /// What mends it on many vaults: nothing that shuts out whoever belongs there.
    pub(super) fn mend_many(self, who: &Principal) -> String {
        match self {
            Self::ByGroup => Self::by_group_mend(who),
            Self::Stranger | Self::Group => {
                "name it under [access] staff if it belongs there, else `strongroom drift` and mend"
                    .to_owned()
            }
            Self::Expired => "renew the exceptions, or `strongroom drift` and mend".to_owned(),
            _ => "`strongroom drift` and mend".to_owned(),
        }
    }

    /// Who mends that students are in a group: who is in one is never changed from here.
    fn by_group_mend(group: &Principal) -> String {
        format!("needs a person: take the students out of the group {group} in 1Password")
    }

    /// The command that mends it, or, where the vault is `foreign`, who can.
    pub fn mend(self, who: &Principal, student: &StudentKey, asked: Level, foreign: bool) -> String {
        match self {
            Self::ByGroup => Self::by_group_mend(who),
            _ if foreign => format!("needs a person: {FOREIGN_MEND}"),
            Self::Wider if asked != Level::None => {
                format!("strongroom grant {who} --vault {student} --level {asked}")
            }
            _ => format!("strongroom revoke {who} --vault {student}"),
        }
    }
}

/// Since when somebody stands in the lists of a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Present {
    /// The first list that showed them.
    pub since: Timestamp,
    /// The list before that one, which did not; `None` where there was none.
    pub absent: Option<Timestamp>,
}

/// Since when who stands in the list of which vault.
pub type Presence = HashMap<(VaultId, Principal), Present>;

/// One access that the class file does not ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// Whose vault.
    pub student: StudentKey,
    /// Which.
    pub vault: VaultId,
    /// Who has the access.
    pub who: Principal,
    /// Their name.
    pub name: SafeText,
    /// Why it should not be so.
    pub kind: Stray,
    /// What is known of it.
    pub cell: Cell,
    /// What the class file asks for; none for whoever does not belong there.
    pub asked: Level,
    /// The first list that showed them; `None` where no list has.
    pub since: Option<Timestamp>,
    /// The list before that one, which did not show them; `None` where there was none.
    pub absent: Option<Timestamp>,
    /// Whether the service account in use did not make the vault: a person has to mend it.
    pub foreign: bool,
}

impl Drift {
    /// What is so, in words; without a full stop. `whose` is the student's name.
    pub fn in_words(&self, whose: &SafeText) -> SafeText {
        SafeText::new(&self.kind.in_words(&self.name, whose))
    }

    /// The command that mends it, or who can.
    pub fn mend(&self) -> SafeText {
        SafeText::new(&self.kind.mend(&self.who, &self.student, self.asked, self.foreign))
    }
}

/// Every difference that can be seen, and what could not be looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drifts {
    /// The gravest first.
    pub list: Vec<Drift>,
    /// How many vaults' lists were compared.
    pub compared: u64,
    /// When the oldest of those lists was read; `None` where none was.
    pub oldest: Option<Timestamp>,
    /// Vaults whose list could not be read, with the reason.
    pub unread: Vec<(VaultId, SafeText)>,
    /// What could not be verified under this identity.
    pub unverified: Vec<SafeText>,
}

#[cfg(test)]
#[path = "drift_tests.rs"]
mod tests;
