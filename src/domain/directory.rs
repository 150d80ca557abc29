//! People, groups, vaults, items and files as the service lists them: metadata, never values.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::access::{AccountKind, Permissions, Principal};
use super::id::{AccountId, FileId, GroupId, ItemId, PersonId, VaultId};
use super::text::{SafeText, Untrusted};

/// Whose token is in use, and in which account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub account_name: SafeText,
    /// Its kind.
    pub kind: AccountKind,
    /// The person or service account behind the token.
    pub id: PersonId,
    /// Its name.
    pub name: SafeText,
    /// Whether it is a service account rather than a person.
    pub is_service_account: bool,
    /// Whether it is shown at which level others have access.
    pub sees_levels: bool,
}

/// How somebody belongs to the account (`type` of `op user list`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PersonKind {
    /// A full member.
    Member,
    /// A guest, who can be in a single vault.
    Guest,
    /// A service account.
    ServiceAccount,
    /// A kind that this version does not know.
    Other(SafeText),
}

impl PersonKind {
    /// Reads the service's word; one that is not known is kept.
    pub fn parse(word: &str) -> Self {
        match word {
            "MEMBER" => Self::Member,
            "GUEST" => Self::Guest,
            "SERVICE_ACCOUNT" => Self::ServiceAccount,
            other => Self::Other(SafeText::new(other)),
        }
    }
}

/// Where somebody is on the way from invitation to membership (`state` of `op user list`; the
/// list of states is open, so a new one is kept as it is).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PersonState {
    /// Can be given access.
    Active,
    /// Accepted, waits for an administrator's confirmation.
    AwaitingConfirmation,
    /// Invited, has not finished signing up.
    Invited,
    /// The invitation has lapsed.
    InvitationLapsed,
    /// An administrator suspended the account.
    Suspended,
    /// Is recovering access.
    Recovering,
    /// No longer in the account.
    Deleted,
    /// A state that this version does not know.
    Other(SafeText),
}

impl PersonState {
    /// Reads the service's word. `TRANSFER_*` is the sign-up of somebody who was provisioned
    /// (1Password CLI, "User states").
    pub fn parse(word: &str) -> Self {
        match word {
            "ACTIVE" => Self::Active,
            "PENDING" | "TRANSFER_ACCEPTED" => Self::AwaitingConfirmation,
            "TRANSFER_STARTED"
            | "TRANSFER_PENDING"
            | "INVITED"
            | "TEAM_REGISTRATION_INITIATED"
            | "EMAIL_VERIFIED_BUT_REGISTRATION_INCOMPLETE" => Self::Invited,
            "TRANSFER_SUSPENDED" => Self::InvitationLapsed,
            "SUSPENDED" => Self::Suspended,
            "RECOVERY_STARTED" | "RECOVERY_ACCEPTED" => Self::Recovering,
            "DELETED" => Self::Deleted,
            other => Self::Other(SafeText::new(other)),
        }
    }
}

/// A person of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Decides.
    pub id: PersonId,
    /// Decorates.
    pub name: SafeText,
    /// The address the person signed up with; compared after [`fold_email`].
    pub email: Untrusted,
    /// Member or guest.
    pub kind: PersonKind,
    /// Where the sign-up stands.
    pub state: PersonState,
}

/// An e-mail address as it is compared: trimmed, ASCII letters in lower case, nothing else.
pub fn fold_email(address: &str) -> String {
    address.trim().to_ascii_lowercase()
}

/// A group of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Decides.
    pub id: GroupId,
    /// Decorates.
    pub name: SafeText,
    /// Whether it is one of the account's own groups of owners and administrators, which account
    /// policy puts on vaults.
    #[serde(default)]
    pub is_administration: bool,
    /// Who is in it, where the identity in use is shown that.
    #[serde(default)]
    pub members: Option<Vec<PersonId>>,
}

/// A vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vault {
    /// Decides.
    pub id: VaultId,
    /// Decorates.
    pub name: SafeText,
    /// Free text; ours ends in a marker with the student's key and a nonce. Lists leave it out.
    pub description: Option<Untrusted>,
    /// Raised whenever the vault's contents change.
    pub content_version: u64,
    /// The number of active items, where the service tells it.
    pub items: Option<u64>,
    /// When it was made, where the service tells it.
    pub created_at: Option<Timestamp>,
}

/// The icons that a vault can have (1Password CLI, reference page of `op vault create`, `--icon`).
pub const ICONS: [&str; 44] = [
    "airplane",
    "application",
    "art-supplies",
    "bankers-box",
    "brown-briefcase",
    "brown-gate",
    "buildings",
    "cabin",
    "castle",
    "circle-of-dots",
    "coffee",
    "color-wheel",
    "curtained-window",
    "document",
    "doughnut",
    "fence",
    "galaxy",
    "gears",
    "globe",
    "green-backpack",
    "green-gem",
    "handshake",
    "heart-with-monitor",
    "house",
    "id-card",
    "jet",
    "large-ship",
    "luggage",
    "plant",
    "porthole",
    "puzzle",
    "rainbow",
    "record",
    "round-door",
    "sandals",
    "scales",
    "screwdriver",
    "shop",
    "tall-window",
    "treasure-chest",
    "vault-door",
    "vehicle",
    "wallet",
    "wrench",
];

/// A vault to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewVault {
    /// Plain ASCII.
    pub name: String,
    /// Ends in the marker by which the vault is recognised again.
    pub description: String,
    /// One of [`ICONS`].
    pub icon: Option<String>,
    /// Whether administrators may manage the vault; `None` leaves it to the account's policy.
    pub admins_can_manage: Option<bool>,
}

/// An item to be made that holds one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDocument {
    /// In which vault.
    pub vault: VaultId,
    /// The item's title.
    pub title: String,
    /// The file's name.
    pub file_name: String,
}

/// One line of a vault's list of who has direct access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Who.
    pub who: Principal,
    /// With which permissions; `None` where the identity in use is not shown them.
    pub permissions: Option<Permissions>,
}

/// Whether an item is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemState {
    /// In use.
    Active,
    /// In the archive.
    Archived,
    /// Deleted, but still listed.
    Deleted,
}

impl ItemState {
    /// Reads the service's word; without one, or with one that is not known, the item is in use.
    pub fn parse(word: Option<&str>) -> Self {
        match word {
            Some("ARCHIVED") => Self::Archived,
            Some("DELETED") => Self::Deleted,
            _ => Self::Active,
        }
    }
}

/// An item as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
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
    /// In use or archived.
    pub state: ItemState,
    /// When it was made, by the service's clock.
    pub created_at: Option<Timestamp>,
    /// When it last changed, by the service's clock.
    pub updated_at: Option<Timestamp>,
    /// Who changed it last, where the service tells.
    pub last_edited_by: Option<PersonId>,
}

/// Where an item is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemRef {
    /// Its vault.
    pub vault: VaultId,
    /// The item.
    pub item: ItemId,
}

/// Where a file is, and what is known of it before it is fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// Its item.
    pub at: ItemRef,
    /// The file.
    pub file: FileId,
    /// Its size in bytes as the service says it; a download that differs is refused.
    pub size: u64,
}

/// A file of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMeta {
    /// Decides.
    pub id: FileId,
    /// As the student named it. It never becomes a path.
    pub name: Untrusted,
    /// In bytes.
    pub size: u64,
}

/// One field of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Identifies the field within its item.
    pub id: SafeText,
    /// Decorates.
    pub label: SafeText,
    /// The section it stands in.
    pub section: Option<SafeText>,
    /// For example `STRING` or `CONCEALED`; the list of types is open.
    pub kind: SafeText,
    /// What may be shown of its value.
    pub value: FieldValue,
}

/// What is kept of a field's value. Concealed values are dropped while an answer is parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// No value, or one that this identity may not read.
    Empty,
    /// A value that may be shown.
    Shown(SafeText),
    /// There is one; it has to be asked for again to be revealed.
    Concealed,
}

impl FieldValue {
    /// What may be kept of a field's value, by the service's words for the field's type and purpose: a
    /// value that is, or may be, a secret is dropped. Types that are not known count as secrets.
    pub fn keep(kind: &str, purpose: &str, value: &Untrusted) -> Self {
        const OPEN: [&str; 9] =
            ["STRING", "EMAIL", "URL", "DATE", "MONTH_YEAR", "MENU", "PHONE", "ADDRESS", "GENDER"];
        match () {
            () if value.raw().is_empty() => Self::Empty,
            () if OPEN.contains(&kind) && purpose != "PASSWORD" => Self::Shown(value.safe()),
            () => Self::Concealed,
        }
    }
}

/// An item with its fields and files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemDetail {
    /// What a list shows of it.
    pub item: Item,
    /// Its fields, in order.
    pub fields: Vec<Field>,
    /// Its files, in order.
    pub files: Vec<FileMeta>,
}

impl fmt::Display for ItemRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.vault, self.item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_state_stays_visible() {
        assert_eq!(PersonState::parse("FROZEN"), PersonState::Other(SafeText::new("FROZEN")));
        assert_eq!(PersonState::parse("TRANSFER_ACCEPTED"), PersonState::AwaitingConfirmation);
    }

    #[test]
    fn addresses_are_compared_in_ascii_lower_case_only() {
        assert_eq!(fold_email(" Ngozi.Abara@Example.EDU "), "ngozi.abara@example.edu");
        assert_ne!(fold_email("ınes@example.edu"), fold_email("ines@example.edu"));
    }
}
