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

use super::access::Principal;
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

impl Actor {
    /// The name, else the address, else the id; `None` where the record tells none of them.
    pub fn in_words(&self) -> Option<SafeText> {
        let name = Some(&self.name).filter(|name| !name.is_empty()).cloned();
        let email = || self.email.as_ref().map(Untrusted::safe).filter(|email| !email.is_empty());
        name.or_else(email).or_else(|| self.id.as_ref().map(|id| id.as_str().into()))
    }

    /// Whether it is the same one, by the id where both have one.
    pub fn is(&self, other: &Self) -> bool {
        match (&self.id, &other.id) {
            (Some(one), Some(other)) => one == other,
            _ => self == other,
        }
    }
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

impl Client {
    /// The program, and what it ran on: never the address that it came from. `None` where neither is told.
    pub fn in_words(&self) -> Option<SafeText> {
        let joined = |between: &str, one: &SafeText, other: &SafeText| {
            let parts = [one, other].into_iter().map(SafeText::as_str).filter(|part| !part.is_empty());
            parts.collect::<Vec<_>>().join(between)
        };
        let (app, on) = (joined(" ", &self.app, &self.version), joined(" on ", &self.platform, &self.os));
        let words = [app, on].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        (!words.is_empty()).then(|| SafeText::new(&words))
    }
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

impl Activity {
    /// A record of which nothing is told but its id, its feed and its time.
    pub fn bare(uuid: SafeText, feed: Feed, at: Timestamp) -> Self {
        Self {
            uuid,
            feed,
            at,
            actor: Actor::default(),
            action: SafeText::default(),
            object: SafeText::default(),
            object_id: SafeText::default(),
            aux_id: SafeText::default(),
            aux: None,
            aux_info: SafeText::default(),
            vault: None,
            item: None,
            version: None,
            client: None,
        }
    }

    /// What it means; `None` where it changes nothing, where this version does not know the action, or where the
    /// record does not name what it was done to.
    ///
    /// Vault access is told as `uva` and `gva` with the vault first and whoever got or lost it second, a group's
    /// members as `gm` with the group first (1Password developer pages, "Audit events", and the published rules
    /// of those who read them). `update` counts as a grant: it says that somebody has access. That a group's id
    /// stands second in `gva`, what people's actions are called, and which actions items have is not confirmed.
    pub fn deed(&self) -> Option<Deed> {
        match self.feed {
            Feed::Audit => self.audited(),
            Feed::Usage => self.used(),
        }
    }

    fn audited(&self) -> Option<Deed> {
        let vault = || VaultId::parse(self.object_id.as_str()).ok().or_else(|| self.vault.clone());
        let group = |id: &SafeText| GroupId::parse(id.as_str()).ok();
        let person = || {
            let named = || self.aux.as_ref().and_then(|aux| aux.id.clone());
            PersonId::parse(self.aux_id.as_str()).ok().or_else(named)
        };
        let item = || self.item.clone().or_else(|| ItemId::parse(self.object_id.as_str()).ok());
        Some(match (self.object.as_str(), self.action.as_str()) {
            ("uva", "grant" | "update") => Deed::Granted(vault()?, Principal::Person(person()?)),
            ("uva", "revoke") => Deed::Revoked(vault()?, Principal::Person(person()?)),
            ("gva", "grant" | "update") => Deed::Granted(vault()?, Principal::Group(group(&self.aux_id)?)),
            ("gva", "revoke") => Deed::Revoked(vault()?, Principal::Group(group(&self.aux_id)?)),
            ("vault", "create") => Deed::CreatedVault(vault()?),
            ("vault", "delete" | "purge") => Deed::DeletedVault(vault()?),
            ("gm", "join") => Deed::Joined(group(&self.object_id)?, person()?),
            ("gm", "leave") => Deed::Left(group(&self.object_id)?, person()?),
            ("user" | "invite", _) => {
                let first = PersonId::parse(self.object_id.as_str()).ok();
                Deed::ChangedPerson(first.or_else(person)?)
            }
            ("item" | "itemhist", "create" | "update" | "patch" | "delete" | "purge") => {
                Deed::ChangedItem(item()?)
            }
            // The object is the file: which item it belongs to has to be told beside it.
            ("file", "create" | "update" | "delete") => Deed::ChangedItem(self.item.clone()?),
            _ => return None,
        })
    }

    /// Of the usages only these two change anything. Opening the form for editing (`enter-item-edit-mode`) is
    /// told also where nothing is saved.
    fn used(&self) -> Option<Deed> {
        let changes = matches!(self.action.as_str(), "server-create" | "server-update");
        self.item.clone().filter(|_| changes).map(Deed::ChangedItem)
    }

    /// Whether it takes an item away rather than making or changing it.
    pub(super) fn takes_away(&self) -> bool {
        self.object.as_str() != "file" && matches!(self.action.as_str(), "delete" | "purge")
    }

    /// The vault that it is about: the one that is named, or the one that it was done to.
    pub fn about_vault(&self) -> Option<VaultId> {
        let object = || match self.object.as_str() {
            "uva" | "gva" | "vault" => VaultId::parse(self.object_id.as_str()).ok(),
            _ => None,
        };
        self.vault.clone().or_else(object)
    }
}

/// What a record means, as far as this version knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Somebody was given access to a vault, or other access than before.
    Granted(VaultId, Principal),
    /// Somebody's access to a vault was taken away.
    Revoked(VaultId, Principal),
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
}

impl Deed {
    /// The vault that was made or deleted, or to which access was changed.
    pub fn vault(&self) -> Option<&VaultId> {
        match self {
            Self::Granted(vault, _)
            | Self::Revoked(vault, _)
            | Self::CreatedVault(vault)
            | Self::DeletedVault(vault) => Some(vault),
            Self::Joined(..) | Self::Left(..) | Self::ChangedPerson(_) | Self::ChangedItem(_) => None,
        }
    }

    /// The group whose members were changed.
    pub fn group(&self) -> Option<&GroupId> {
        match self {
            Self::Joined(group, _) | Self::Left(group, _) => Some(group),
            _ => None,
        }
    }

    /// Whose access was changed, or who came or left.
    pub fn who(&self) -> Option<Principal> {
        match self {
            Self::Granted(_, who) | Self::Revoked(_, who) => Some(who.clone()),
            Self::Joined(_, who) | Self::Left(_, who) | Self::ChangedPerson(who) => {
                Some(Principal::Person(who.clone()))
            }
            Self::CreatedVault(_) | Self::DeletedVault(_) | Self::ChangedItem(_) => None,
        }
    }

    /// Whether it gives somebody access to its vault.
    pub fn gives(&self, who: &Principal) -> bool {
        matches!(self, Self::Granted(_, one) if one == who)
    }

    /// Whether it takes somebody's access to its vault away.
    pub fn takes(&self, who: &Principal) -> bool {
        matches!(self, Self::Revoked(_, one) if one == who)
    }
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

#[cfg(test)]
#[path = "events_tests.rs"]
pub(crate) mod tests;
