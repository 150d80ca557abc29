//! What of all that an account reports concerns the class, and what of that is a reason to look at a vault.
//!
//! A school's account reports what hundreds of people do. Kept is what happened to vaults that are or were the
//! class's, to the groups that its file names, and to the accounts of those on its roster; everything else is
//! dropped unread, whoever it is about. Of vaults that are not known yet those are kept that we made: one whose
//! making was not confirmed to us is found by that.

use std::collections::HashSet;

use super::lead::{Lead, Sight};
use crate::domain::events::{Activity, Feed};
use crate::domain::frame::Frame;
use crate::domain::id::{GroupId, PersonId, VaultId};

/// Kinds of things of the audit events: a vault, groups and who is in them, people and their invitations.
const VAULT: &str = "vault";
const GROUPS: [&str; 2] = ["group", "gm"];
const PEOPLE: [&str; 2] = ["user", "invite"];
/// Access of a person and of a group to a vault, and what is in one.
const ACCESS: [&str; 2] = ["uva", "gva"];
const ITEMS: [&str; 4] = ["file", "item", "items", "itemhist"];
/// The item usages that change something; all others only read.
const CHANGES: [&str; 2] = ["server-create", "server-update"];

/// What the class consists of.
#[derive(Debug, Default)]
pub(super) struct Scope {
    vaults: HashSet<VaultId>,
    /// Those of them that are some student's now.
    bound: HashSet<VaultId>,
    groups: HashSet<GroupId>,
    people: HashSet<PersonId>,
    ours: Option<PersonId>,
}

impl Scope {
    /// By what the rules look at, and the vaults that are or were the class's.
    pub(super) fn of(frame: &Frame, vaults: HashSet<VaultId>) -> Self {
        let named = |id: &str, name: &str| frame.class.has_staff_group(id, name);
        let groups = frame.groups.iter().filter(|group| named(group.id.as_str(), group.name.as_str()));
        let people = frame.students.iter().flat_map(|student| frame.people_by_email(student.email.raw()));
        Self {
            vaults,
            bound: frame.bindings.values().cloned().collect(),
            groups: groups.map(|group| group.id.clone()).collect(),
            people: people.map(|person| person.id.clone()).collect(),
            ours: Some(frame.identity.id.clone()),
        }
    }

    /// A record as it is kept; `None` where it is not the class's.
    pub(super) fn kept(&self, record: &Activity) -> Option<Activity> {
        let ids = [record.object_id.as_str(), record.aux_id.as_str()];
        let is_ours = |vault: &VaultId| self.vaults.contains(vault);
        // Which of its ids is that of the vault is known of some kinds of records only: an id that is one of ours
        // can stand for nothing else.
        let named = || ids.iter().filter_map(|id| VaultId::parse(id).ok()).find(|vault| is_ours(vault));
        if let Some(vault) = record.vault.clone().filter(|vault| is_ours(vault)).or_else(named) {
            return Some(Activity { vault: Some(vault), ..record.clone() });
        }
        let object = record.object.as_str();
        let group = || GroupId::parse(record.object_id.as_str()).is_ok_and(|id| self.groups.contains(&id));
        let person = || {
            let mut people = ids.iter().filter_map(|id| PersonId::parse(id).ok());
            people.any(|id| self.people.contains(&id))
        };
        let kept = (GROUPS.contains(&object) && group())
            || (PEOPLE.contains(&object) && person())
            || (object == VAULT && self.is_own(record));
        kept.then(|| record.clone())
    }

    /// Where to look because of it. What we have done ourselves is known, and what only reads leaves nothing to
    /// see: our own looks are reported too, and must not lead to others.
    pub(super) fn lead(&self, record: &Activity) -> Option<Lead> {
        let vault = record.vault.clone().filter(|vault| self.bound.contains(vault))?;
        let sight = sight(record).filter(|_| !self.is_own(record))?;
        Some(Lead { vault, sight, at: record.at })
    }

    /// Whether we did it.
    fn is_own(&self, record: &Activity) -> bool {
        self.ours.is_some() && record.actor.id == self.ours
    }
}

/// Where something may be seen of what is reported. Of changes the kind of thing alone decides: which actions there
/// are is not known for certain, and their list grows.
fn sight(record: &Activity) -> Option<Sight> {
    match record.feed {
        Feed::Usage => CHANGES.contains(&record.action.as_str()).then_some(Sight::Items),
        Feed::Audit if ACCESS.contains(&record.object.as_str()) => Some(Sight::Access),
        Feed::Audit if ITEMS.contains(&record.object.as_str()) => Some(Sight::Items),
        Feed::Audit => Some(Sight::Vault),
    }
}
