//! What the Events API of 1Password Business reports: who did what, and by which client.
//!
//! Two feeds matter here: audit events (changes of the account: access, vaults, people) and item usages.
//! A record is kept as it came; [`Activity::deed`] says what it means as far as this version knows, and what it
//! does not know stays raw, so that a later version can read it. An event says where to look and never what is
//! so: records come late, twice and out of order, and what people make in the apps is not reported as an item
//! usage at all (1Password developer pages "Audit events", "Item usages" and "Item usage actions").

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{GroupId, ItemId, PersonId, VaultId};
use super::text::{SafeText, Untrusted};

/// A list of the Events API, with a cursor of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feed {
    /// Changes of the account: access, vaults, groups, people.
    Audit,
    /// Items that were read, copied, filled or changed.
    Usage,
}

impl Feed {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Audit, Self::Usage];

    /// The word for it: in tokens and addresses, as 1Password writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Audit => "auditevents",
            Self::Usage => "itemusages",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feed| feed.name() == word)
    }
}

impl fmt::Display for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Audit => "audit events",
            Self::Usage => "item usages",
        })
    }
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Actor {
    /// Decides; `None` where the record names nobody by an id of the known form.
    pub id: Option<PersonId>,
    /// Decorates; empty where the record does not tell.
    #[serde(default)]
    pub name: SafeText,
    /// The address; `None` where the record does not tell.
    #[serde(default)]
    pub email: Option<Untrusted>,
}

/// By which program somebody did it. Every part may be empty.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Client {
    /// For example `1Password Browser Extension`.
    #[serde(default)]
    pub app: SafeText,
    /// Its version.
    #[serde(default)]
    pub version: SafeText,
    /// For example `Chrome`.
    #[serde(default)]
    pub platform: SafeText,
    /// For example `MacOSX`.
    #[serde(default)]
    pub os: SafeText,
    /// The address it came from.
    #[serde(default)]
    pub address: SafeText,
}

/// One record of a feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// Decides: the same record may come again. 26 characters in 1Password's samples; kept as it came.
    pub uuid: SafeText,
    /// From which feed.
    pub feed: Feed,
    /// When it happened, by the service's clock.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// The word for what was done, as it came: the list grows.
    pub action: SafeText,
    /// The word for the kind of thing it was done to, as it came; `item` for an item usage.
    #[serde(default)]
    pub object: SafeText,
    /// The id of that thing, as it came.
    #[serde(default)]
    pub object_id: SafeText,
    /// The id of the second thing, such as the person who was given access; empty where there is none.
    #[serde(default)]
    pub aux_id: SafeText,
    /// What is told of it, where it is a person.
    #[serde(default)]
    pub aux: Option<Actor>,
    /// What else is told, as it came.
    #[serde(default)]
    pub aux_info: SafeText,
    /// The vault, where the record names one.
    #[serde(default)]
    pub vault: Option<VaultId>,
    /// The item, where the record names one.
    #[serde(default)]
    pub item: Option<ItemId>,
    /// The version of the item that was used.
    #[serde(default)]
    pub version: Option<u64>,
    /// By which program; audit events tell its address at most.
    #[serde(default)]
    pub client: Option<Client>,
}

/// What a record means, as far as this version knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A person was given access to a vault, or other access than before.
    GrantedPerson(VaultId, PersonId),
    /// A person's access to a vault was taken away.
    RevokedPerson(VaultId, PersonId),
    /// A group was given access to a vault, or other access than before.
    GrantedGroup(VaultId, GroupId),
    /// A group's access to a vault was taken away.
    RevokedGroup(VaultId, GroupId),
    /// A vault was made.
    CreatedVault(VaultId),
    /// A vault was deleted.
    DeletedVault(VaultId),
    /// A person came into a group.
    Joined(GroupId, PersonId),
    /// A person left a group.
    Left(GroupId, PersonId),
    /// Somebody was invited, confirmed, suspended or reactivated; the action says which.
    ChangedPerson(PersonId),
    /// An item or its file was made, changed, archived or deleted.
    ChangedItem(ItemId),
    /// An item was read or its content taken out.
    UsedItem(ItemId),
}

/// Where a feed goes on, as the service gave it: opaque, and kept so that the next run goes on there.
///
/// Not shown, since nobody knows what stands in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// The cursor that a service gave.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text to send back.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cursor")
    }
}

/// From where on a feed is asked.
#[derive(Clone, Debug)]
pub enum From {
    /// From this time on: the first question of all.
    Time(Timestamp),
    /// From where the last answer ended.
    Cursor(Cursor),
}

/// One answer of a feed.
#[derive(Clone, Debug)]
pub struct Page {
    /// In the order they came, which need not be that of time.
    pub list: Vec<Activity>,
    /// Where it goes on; comes with an empty answer too.
    pub cursor: Cursor,
    /// Whether more can be asked for at once.
    pub has_more: bool,
    /// How many records could not be understood at all and were left out.
    pub left_out: usize,
}
