//! What is known of one access to one vault, and how. Knows levels, not who asks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AccountKind, Level, Permissions};

/// Why an access is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Nobody has asked yet.
    NotRead,
    /// The identity in use is shown who has access, but not at which level.
    LevelNotShown,
}

impl Why {
    /// The reason as words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotRead => "not read yet",
            Self::LevelNotShown => "1Password shows a service account who has access, not at which level",
        }
    }
}

/// What we know of one principal's direct access to one vault, and how we know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "known")]
pub enum Cell {
    /// An answer of the service showed exactly this.
    Proved {
        /// What it showed; empty is no access.
        set: Permissions,
        /// When.
        at: Timestamp,
    },
    /// We granted it and were told this result.
    Ledger {
        /// The result we were told.
        set: Permissions,
        /// When.
        at: Timestamp,
    },
    /// Not known. Never drawn as good and never as none.
    Unknown {
        /// Why not.
        why: Why,
    },
}

impl Cell {
    /// The permissions, where they are known.
    pub fn set(self) -> Option<Permissions> {
        match self {
            Self::Proved { set, .. } | Self::Ledger { set, .. } => Some(set),
            Self::Unknown { .. } => None,
        }
    }

    /// Whether there is an access, as far as anybody knows. What nobody has read is no access.
    pub fn is_held(self) -> bool {
        match self {
            Self::Unknown { why } => why == Why::LevelNotShown,
            Self::Proved { set, .. } | Self::Ledger { set, .. } => !set.is_empty(),
        }
    }

    /// The level, where it is known.
    pub fn level(self, kind: AccountKind) -> Option<Level> {
        self.set().map(|set| Level::of(set, kind))
    }

    /// The letter in the matrix: `?` where it is not known.
    pub fn letter(self, kind: AccountKind) -> char {
        self.level(kind).map_or('?', Level::letter)
    }

    /// What the last listing of a vault and our own ledger together tell of a principal.
    ///
    /// The ledger fills in the level that a listing left out, and what was done since the listing
    /// was read; an older entry never overrules a listing.
    pub fn from(listed: Option<(Listed, Timestamp)>, ledger: Option<(Permissions, Timestamp)>) -> Self {
        match (listed, ledger) {
            (None, None) => Self::Unknown { why: Why::NotRead },
            (None, Some((set, at))) => Self::Ledger { set, at },
            (Some((_, seen)), Some((set, at))) if at > seen => Self::Ledger { set, at },
            (Some((Listed::Absent, at)), _) => Self::Proved { set: Permissions::NONE, at },
            (Some((Listed::With(set), at)), _) => Self::Proved { set, at },
            (Some((Listed::Somehow, _)), Some((set, at))) if !set.is_empty() => Self::Ledger { set, at },
            (Some((Listed::Somehow, _)), _) => Self::Unknown { why: Why::LevelNotShown },
        }
    }
}

/// How a principal stands in the list of who has access to a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Not in it.
    Absent,
    /// In it, without permissions: as a service account sees it.
    Somehow,
    /// In it, with exactly these.
    With(Permissions),
}
