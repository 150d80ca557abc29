//! What records of the Events API tell of what is known otherwise: who made what arrived, and since when and
//! by whom somebody has an access.
//!
//! Knows values of the domain. A record adds to what was found and never stands against it: what does not go
//! with it, or could be meant for something else, is left out. The order in which records came, and that some
//! came twice, makes no difference.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::access::Principal;
use super::arrival::{Arrival, ArrivalKind, NewArrival};
use super::directory::ItemRef;
use super::events::{Activity, Actor, Client, Deed};
use super::id::{GroupId, PersonId, VaultId};

/// How far the clock of this machine may be from that of the service where a record names the version.
const CLOCKS: SignedDuration = SignedDuration::from_hours(1);

/// Of which item records are looked for, and of which time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Which item.
    pub at: ItemRef,
    /// From this time on.
    pub from: Timestamp,
    /// Up to this time.
    pub until: Timestamp,
}

impl Wanted {
    /// Those that can tell who made an arrival: from the look before it to the one that showed it, as far as
    /// clocks can be trusted.
    pub fn of(arrival: &NewArrival) -> Self {
        let NewArrival { item, detected_at, .. } = arrival;
        let told = item.updated_at.or(item.created_at);
        let from = arrival.not_before.or(told).unwrap_or(*detected_at);
        // Where the service's clock is the one that is behind, its own time is the earlier one.
        let from = told.filter(|told| *told < from && arrival.kind != ArrivalKind::Removed).unwrap_or(from);
        Self {
            at: ItemRef { vault: arrival.vault.id.clone(), item: item.id.clone() },
            from: from.checked_sub(CLOCKS).unwrap_or(Timestamp::MIN),
            until: detected_at.checked_add(CLOCKS).unwrap_or(Timestamp::MAX),
        }
    }
}

/// Notes with an arrival who made it and by which program, as far as these records tell that without doubt:
/// of the same item, with the version that arrived, or without any version between the look that did not show
/// it and the one that did. Where two are named, or the item's last editor is another one, nobody is told.
pub fn credit(arrival: &mut Arrival, records: &[Activity]) {
    let wanted = Wanted::of(arrival);
    let fits = |record: &&Activity| is_of(record, arrival, &wanted);
    let fitting: Vec<&Activity> = records.iter().filter(fits).collect();
    let actor = the_one(fitting.iter().map(|record| &record.actor));
    let (actor, client) = match actor {
        Some(actor) if !is_denied(actor, arrival) => (Some(actor.clone()), program(&fitting)),
        _ => (None, None),
    };
    (arrival.actor, arrival.client) = (actor.filter(|actor| actor.in_words().is_some()), client);
}

fn is_of(record: &Activity, arrival: &Arrival, wanted: &Wanted) -> bool {
    let item = matches!(record.deed(), Some(Deed::ChangedItem(item)) if item == arrival.item.id);
    let vault = record.vault.as_ref().is_none_or(|vault| *vault == arrival.vault.id);
    let removed = arrival.kind == ArrivalKind::Removed;
    if !item || !vault || record.takes_away() != removed {
        return false;
    }
    match record.version {
        // Of what is gone the version before is known; whether the record counts the removal is not.
        Some(version) if !removed => {
            version == arrival.item.version && (wanted.from..=wanted.until).contains(&record.at)
        }
        _ => {
            let after = arrival.not_before.is_some_and(|before| before < record.at);
            after && record.at <= arrival.detected_at && arrival.changes <= 1
        }
    }
}

/// The one who is named, if all name the same one.
fn the_one<'a>(mut actors: impl Iterator<Item = &'a Actor>) -> Option<&'a Actor> {
    let mut one = actors.next()?;
    for other in actors {
        if !one.is(other) {
            return None;
        }
        // Of two records of one person the same is shown whichever came first: the one that tells more.
        let told = |actor: &Actor| (!actor.name.is_empty(), actor.email.is_some(), actor.name.clone());
        if told(other) > told(one) {
            one = other;
        }
    }
    Some(one)
}

/// Whether the item itself says that it was somebody else.
fn is_denied(actor: &Actor, arrival: &Arrival) -> bool {
    let editor = arrival.item.last_edited_by.as_ref().filter(|_| arrival.kind != ArrivalKind::Removed);
    matches!((editor, &actor.id), (Some(editor), Some(id)) if editor != id)
}

/// The program, if all that name one name the same.
fn program(records: &[&Activity]) -> Option<Client> {
    let named = |client: &&Client| client.in_words().is_some();
    let mut clients = records.iter().filter_map(|record| record.client.as_ref()).filter(named);
    let one = clients.next()?;
    clients.all(|other| other == one).then(|| one.clone())
}

/// When something was done, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When, by the service's clock.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
}

/// How it stands with one access, as the records tell it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// When it was given, since it was last taken away; `None` where that lies before the first record.
    pub begun: Option<Moment>,
    /// When it was changed last since then.
    pub changed: Option<Moment>,
    /// When it was taken away, where nothing tells that it was given since.
    pub ended: Option<Moment>,
}

/// What the records tell of accesses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reported {
    access: HashMap<(VaultId, Principal), Span>,
    members: HashMap<(GroupId, PersonId), Span>,
    made: HashMap<VaultId, Moment>,
}

impl Reported {
    /// What records tell, in whatever order they came.
    pub fn of(mut records: Vec<Activity>) -> Self {
        // Of what is reported of one moment, giving comes before changing.
        let changes = |record: &Activity| record.action.as_str() == "update";
        let place = |one: &Activity| (one.at, changes(one), one.uuid.clone());
        records.sort_by_cached_key(place);
        records.dedup_by(|one, other| one.uuid == other.uuid && one.feed == other.feed);
        let mut all = Self::default();
        for record in records {
            let (moment, first) = (Moment { at: record.at, actor: record.actor.clone() }, !changes(&record));
            match record.deed() {
                Some(Deed::Granted(vault, who)) => {
                    all.access.entry((vault, who)).or_default().give(moment, first);
                }
                Some(Deed::Revoked(vault, who)) => all.access.entry((vault, who)).or_default().take(moment),
                Some(Deed::Joined(group, who)) => {
                    all.members.entry((group, who)).or_default().give(moment, true);
                }
                Some(Deed::Left(group, who)) => all.members.entry((group, who)).or_default().take(moment),
                Some(Deed::CreatedVault(vault)) => drop(all.made.insert(vault, moment)),
                _ => {}
            }
        }
        all
    }

    /// What they tell of somebody's own access to a vault.
    pub fn access(&self, vault: &VaultId, who: &Principal) -> Option<&Span> {
        self.access.get(&(vault.clone(), who.clone()))
    }

    /// What they tell of somebody being in a group.
    pub fn member(&self, group: &GroupId, who: &PersonId) -> Option<&Span> {
        self.members.get(&(group.clone(), who.clone()))
    }

    /// When and by whom a vault was made.
    pub fn made(&self, vault: &VaultId) -> Option<&Moment> {
        self.made.get(vault)
    }
}

impl Span {
    /// Every time that they tell of.
    pub fn moments(&self) -> impl Iterator<Item = &Moment> {
        [&self.begun, &self.changed, &self.ended].into_iter().flatten()
    }

    /// `first` is whether the record says that it was given rather than changed.
    fn give(&mut self, moment: Moment, first: bool) {
        self.ended = None;
        match self.begun {
            None if first && self.changed.is_none() => self.begun = Some(moment),
            _ => self.changed = Some(moment),
        }
    }

    fn take(&mut self, moment: Moment) {
        *self = Self { ended: Some(moment), ..Self::default() };
    }
}

#[cfg(test)]
#[path = "reported_tests.rs"]
mod tests;
