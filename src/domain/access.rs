//! Who may do what on a vault: permissions and what each needs. `level` puts them in our words, `cell` says how
//! sure we are of them.
//!
//! The permissions and what each needs are those of 1Password's page "Vault permissions"
//! (developer.1password.com/docs/cli/vault-permissions). A Business account splits them finely; on
//! Teams and Families only the three broad ones exist.

mod cell;
mod level;

use std::fmt;
use std::ops::{BitAnd, BitOr, Sub};

use serde::{Deserialize, Serialize};

use super::id::{GroupId, PersonId};
pub use cell::{Cell, Listed, Why};
pub use level::Level;

/// One permission on a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Permission {
    /// See items, without the values of their fields.
    ViewItems,
    /// Add items and files.
    CreateItems,
    /// Read field values and files.
    ViewAndCopyPasswords,
    /// Change items.
    EditItems,
    /// Move items to the archive.
    ArchiveItems,
    /// Delete items for good.
    DeleteItems,
    /// Read older versions of items.
    ViewItemHistory,
    /// Import data into the vault.
    ImportItems,
    /// Export the vault.
    ExportItems,
    /// Share items with others by link.
    CopyAndShareItems,
    /// Print items.
    PrintItems,
    /// Change the vault and who has access to it.
    ManageVault,
    /// Move items out of the vault; follows from others and cannot be granted.
    MoveItems,
    /// Broad: view.
    AllowViewing,
    /// Broad: edit.
    AllowEditing,
    /// Broad: manage.
    AllowManaging,
}

impl Permission {
    /// Every permission, with the name that the CLI uses and what it directly needs.
    const TABLE: [(Self, &'static str, &'static [Self]); 16] = {
        use Permission as P;
        [
            (P::ViewItems, "view_items", &[]),
            (P::CreateItems, "create_items", &[P::ViewItems]),
            (P::ViewAndCopyPasswords, "view_and_copy_passwords", &[P::ViewItems]),
            (P::EditItems, "edit_items", &[P::ViewAndCopyPasswords]),
            (P::ArchiveItems, "archive_items", &[P::EditItems]),
            (P::DeleteItems, "delete_items", &[P::EditItems]),
            (P::ViewItemHistory, "view_item_history", &[P::ViewAndCopyPasswords]),
            (P::ImportItems, "import_items", &[P::CreateItems]),
            (P::ExportItems, "export_items", &[P::ViewItemHistory]),
            (P::CopyAndShareItems, "copy_and_share_items", &[P::ViewItemHistory]),
            (P::PrintItems, "print_items", &[P::ViewItemHistory]),
            (P::ManageVault, "manage_vault", &[]),
            (
                P::MoveItems,
                "move_items",
                &[P::EditItems, P::ArchiveItems, P::ViewItemHistory, P::CopyAndShareItems],
            ),
            (P::AllowViewing, "allow_viewing", &[]),
            (P::AllowEditing, "allow_editing", &[P::AllowViewing]),
            (P::AllowManaging, "allow_managing", &[]),
        ]
    };

    /// The name that the CLI and the sandbox use, for example `view_items`.
    pub fn name(self) -> &'static str {
        Self::TABLE[self as usize].1
    }

    /// The permission of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::TABLE.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// Whether it is one of the three broad ones, the only ones on Teams and Families.
    pub fn is_broad(self) -> bool {
        matches!(self, Self::AllowViewing | Self::AllowEditing | Self::AllowManaging)
    }
}

/// A set of permissions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Permissions(u16);

/// A permission name that is not in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPermission(pub String);

impl Permissions {
    /// No permission at all.
    pub const NONE: Self = Self(0);

    /// The set of the given permissions.
    pub const fn of(permissions: &[Permission]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < permissions.len() {
            bits |= 1 << permissions[at] as u16;
            at += 1;
        }
        Self(bits)
    }

    /// Reads names; one that is not known is an error, since guessing would hide an access.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownPermission> {
        let mut set = Self::NONE;
        for name in names.into_iter().map(str::trim).filter(|name| !name.is_empty()) {
            match Permission::parse(name) {
                Some(permission) => set = set | Self::of(&[permission]),
                None => return Err(UnknownPermission(name.to_owned())),
            }
        }
        Ok(set)
    }

    /// Its permissions, in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::TABLE.iter().map(|row| row.0).filter(move |p| self.has(*p))
    }

    /// Their names, in the order of the table.
    pub fn names(self) -> Vec<&'static str> {
        self.iter().map(Permission::name).collect()
    }

    /// Whether the permission is in the set.
    pub fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u16) != 0
    }

    /// Whether every permission of `other` is in the set.
    pub fn contains(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// Whether it has no permission.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The set with everything its permissions need: what a grant must spell out.
    #[must_use]
    pub fn with_needed(self) -> Self {
        let mut set = self;
        loop {
            let grown = set.iter().fold(set, |set, p| set | Self::of(Permission::TABLE[p as usize].2));
            if grown == set {
                return set;
            }
            set = grown;
        }
    }

    /// The set with everything that needs one of its permissions: what a revoke takes away.
    #[must_use]
    pub fn with_dependents(self) -> Self {
        let mut set = self;
        loop {
            let grown = Permission::TABLE.iter().fold(set, |set, row| {
                if (Self::of(row.2) & set).is_empty() { set } else { set | Self::of(&[row.0]) }
            });
            if grown == set {
                return set;
            }
            set = grown;
        }
    }

    /// What is missing for its permissions to be granted.
    #[must_use]
    pub fn missing(self) -> Self {
        self.with_needed() - self
    }

    /// The set as levels are compared: broad permissions in detail on Business, without what follows from
    /// others.
    #[must_use]
    pub fn plain(self, kind: AccountKind) -> Self {
        let set = if kind == AccountKind::Business { self.in_detail() } else { self };
        set - Self::of(&[Permission::MoveItems])
    }

    /// The set with broad permissions replaced by the fine ones they contain, as they count on a
    /// Business account.
    #[must_use]
    pub fn in_detail(self) -> Self {
        use Permission as P;
        let mut set = self - Self::of(&[P::AllowViewing, P::AllowEditing, P::AllowManaging]);
        if self.has(P::AllowViewing) {
            set = set | Self::of(&[P::ViewItems, P::ViewAndCopyPasswords, P::ViewItemHistory]);
        }
        if self.has(P::AllowEditing) {
            set = set
                | Self::of(&[
                    P::CreateItems,
                    P::EditItems,
                    P::ArchiveItems,
                    P::DeleteItems,
                    P::ImportItems,
                    P::ExportItems,
                    P::CopyAndShareItems,
                    P::PrintItems,
                ]);
        }
        if self.has(P::AllowManaging) {
            set = set | Self::of(&[P::ManageVault]);
        }
        set
    }
}

impl BitOr for Permissions {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Permissions {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Sub for Permissions {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

impl Serialize for Permissions {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.names().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        Self::parse(names.iter().map(String::as_str))
            .map_err(|_| serde::de::Error::custom("unknown permission"))
    }
}

/// The kind of an account decides which permissions exist and what the service may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountKind {
    /// Fine permissions, groups.
    Business,
    /// Broad permissions only, groups.
    Teams,
    /// Broad permissions only, no groups.
    Families,
}

impl AccountKind {
    /// The word shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Business => "Business",
            Self::Teams => "Teams",
            Self::Families => "Families",
        }
    }
}

/// Who can hold access to a vault.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind", content = "id")]
pub enum Principal {
    /// A person, the service account included.
    Person(PersonId),
    /// A group.
    Group(GroupId),
}

impl Principal {
    /// Reads the id of a person or a group; their alphabets tell them apart.
    pub fn parse(text: &str) -> Option<Self> {
        PersonId::parse(text).map(Self::Person).or_else(|_| GroupId::parse(text).map(Self::Group)).ok()
    }

    /// The id.
    pub fn id(&self) -> &str {
        match self {
            Self::Person(id) => id.as_str(),
            Self::Group(id) => id.as_str(),
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
