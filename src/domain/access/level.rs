//! Levels: the few sets of permissions that somebody is given. Knows permissions, not who holds them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AccountKind, Permission, Permissions};

/// What a person or group may do on a vault, in our words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// No access.
    None,
    /// See titles and add items, but not read or change them: a drop box. Business only.
    Submit,
    /// Read items and files.
    Read,
    /// Read, add, change and archive items.
    Write,
    /// Write, delete, and manage the vault. Staff only.
    Manage,
    /// Any other set of permissions, shown as it is.
    Custom,
}

impl Level {
    /// The levels that somebody can be given.
    pub const GRANTABLE: [Self; 4] = [Self::Submit, Self::Read, Self::Write, Self::Manage];

    /// The highest level a student may hold on the own vault. No setting raises it.
    pub const STUDENT_CEILING: Self = Self::Write;

    /// How many calls of a service account bring somebody from this level to another one: two where anything
    /// has to be taken first, since it can take nothing but all. To read after submit is not more, but other.
    pub fn calls_to(self, to: Self) -> u32 {
        let all = |level: Self| level.permissions(AccountKind::Business);
        let keeps = all(self).zip(all(to)).is_some_and(|(from, to)| to.contains(from));
        if keeps || to == Self::None { 1 } else { 2 }
    }

    /// The permissions of the level on an account of that kind; `None` where the account cannot
    /// express it (`submit` outside Business) and for [`Level::Custom`].
    pub fn permissions(self, kind: AccountKind) -> Option<Permissions> {
        use Permission as P;
        const READ: [Permission; 3] = [P::ViewItems, P::ViewAndCopyPasswords, P::ViewItemHistory];
        const WRITE: [Permission; 3] = [P::CreateItems, P::EditItems, P::ArchiveItems];
        const MANAGE: [Permission; 2] = [P::DeleteItems, P::ManageVault];
        let business = kind == AccountKind::Business;
        let of = |broad: &[Permission], fine: &[&[Permission]]| {
            if business {
                fine.iter().fold(Permissions::NONE, |set, part| set | Permissions::of(part))
            } else {
                Permissions::of(broad)
            }
        };
        match self {
            Self::None => Some(Permissions::NONE),
            Self::Submit if business => Some(Permissions::of(&[P::ViewItems, P::CreateItems])),
            Self::Submit | Self::Custom => None,
            Self::Read => Some(of(&[P::AllowViewing], &[&READ])),
            Self::Write => Some(of(&[P::AllowViewing, P::AllowEditing], &[&READ, &WRITE])),
            Self::Manage => {
                Some(of(&[P::AllowViewing, P::AllowEditing, P::AllowManaging], &[&READ, &WRITE, &MANAGE]))
            }
        }
    }

    /// The level of a set; what matches none exactly is [`Level::Custom`].
    pub fn of(set: Permissions, kind: AccountKind) -> Self {
        let set = set.plain(kind);
        [Self::None, Self::Submit, Self::Read, Self::Write, Self::Manage]
            .into_iter()
            .find(|level| level.permissions(kind) == Some(set))
            .unwrap_or(Self::Custom)
    }

    /// The word used in commands and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Submit => "submit",
            Self::Read => "read",
            Self::Write => "write",
            Self::Manage => "manage",
            Self::Custom => "custom",
        }
    }

    /// The letter in the matrix.
    pub fn letter(self) -> char {
        match self {
            Self::None => '-',
            Self::Submit => 'S',
            Self::Read => 'R',
            Self::Write => 'W',
            Self::Manage => 'M',
            Self::Custom => 'C',
        }
    }

    /// Reads the word of a level that can be given.
    pub fn parse(word: &str) -> Option<Self> {
        Self::GRANTABLE.into_iter().find(|level| level.name() == word)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
