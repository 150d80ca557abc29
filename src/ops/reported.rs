//! Our log beside what 1Password reports: what of a class was changed elsewhere, and what of ours is not
//! reported. From what is stored; nothing is asked of the service.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use super::Ops;
use super::history::Past;
use crate::domain::access::Principal;
use crate::domain::class::StudentKey;
use crate::domain::drift::Presence;
use crate::domain::events::{Actor, Deed, Feed};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::history::{Changed, DONE, Entry, What};
use crate::domain::id::{GroupId, PersonId, VaultId};
use crate::domain::tally::{Act, Book, Elsewhere, Made, TOLERANCE, Tally};
use crate::domain::text::SafeText;
use crate::store::Sought;

/// What one actor did within so long is one entry of the history.
const TOGETHER: SignedDuration = TOLERANCE;

/// What the comparison has found, with names.
#[derive(Clone, Debug)]
pub struct Findings {
    /// What the two sides say of each other.
    pub tally: Tally,
    /// The changes of our log, to which [`Tally::unconfirmed`] points.
    pub made: Vec<Made>,
    /// From when on the feed was read.
    pub since: Timestamp,
    /// When it was read last.
    pub read_at: Timestamp,
    /// Up to when every record should have come.
    pub settled: Timestamp,
    /// Whose vault which is.
    pub owners: HashMap<VaultId, StudentKey>,
    /// What principals are called, as far as that is known.
    names: HashMap<Principal, SafeText>,
}

impl Findings {
    /// What somebody is called; the id where nobody knows.
    pub fn name(&self, who: &Principal) -> SafeText {
        self.names.get(who).cloned().unwrap_or_else(|| who.id().into())
    }

    /// What was done, without on whose vault.
    pub fn in_words(&self, one: &Elsewhere) -> SafeText {
        let name = || one.deed.who().map_or_else(SafeText::default, |who| self.named(&who, one));
        let group = || self.group(one);
        let changed = one.record.action.as_str() == "update";
        SafeText::new(&match &one.deed {
            Deed::Granted(..) if changed => format!("changed the access of {}", name()),
            Deed::Granted(..) => format!("gave {} access", name()),
            Deed::Revoked(..) => format!("took the access of {} away", name()),
            Deed::CreatedVault(_) => "made the vault".into(),
            Deed::DeletedVault(_) => "deleted the vault".into(),
            Deed::Joined(..) => format!("put {} into the group {}", name(), group().unwrap_or_default()),
            Deed::Left(..) => format!("took {} out of the group {}", name(), group().unwrap_or_default()),
            Deed::ChangedPerson(_) | Deed::ChangedItem(_) => one.record.action.to_string(),
        })
    }

    /// The name that is known here, else the one that the record tells.
    pub fn named(&self, who: &Principal, one: &Elsewhere) -> SafeText {
        let told = one.record.aux.as_ref().and_then(Actor::in_words);
        self.names.get(who).cloned().or(told).unwrap_or_else(|| who.id().into())
    }

    /// The name of the group that somebody came into or left.
    fn group(&self, one: &Elsewhere) -> Option<SafeText> {
        one.deed.group().map(|group| self.name(&Principal::Group(group.clone())))
    }

    /// Who did it: called as the record calls them, else as they are known here.
    fn actor(&self, one: &Elsewhere) -> Actor {
        let actor = one.record.actor.clone();
        let unnamed = actor.id.as_ref().filter(|_| actor.name.is_empty());
        let known = unnamed.and_then(|id| self.names.get(&Principal::Person(id.clone())));
        Actor { name: known.unwrap_or(&actor.name).clone(), ..actor }
    }

    /// The same in words.
    pub fn by(&self, one: &Elsewhere) -> SafeText {
        self.actor(one).in_words().unwrap_or_else(|| "somebody whom 1Password does not name".into())
    }

    /// Whose vault it was done to.
    pub fn student(&self, one: &Elsewhere) -> Option<&StudentKey> {
        one.deed.vault().and_then(|vault| self.owners.get(vault))
    }
}

impl Ops {
    /// Compares the log, as far as it is whole, with the audit events that were read; and what is wrong with
    /// the log, where something is.
    ///
    /// # Errors
    /// [`Kind::NotFound`] where no audit event was ever asked for, and where log or store cannot be read.
    pub async fn findings(&self) -> Result<(Findings, Option<Fault>)> {
        let mut past = self.past().await?;
        let damaged = past.damaged.take();
        let found = self.compare_with_events(past).await?.ok_or_else(|| {
            Fault::new(Kind::NotFound, "no audit events were read yet: there is nothing to compare with").hint(
                "name \"events\" in [provider] use and leave `strongroom watch` or the dashboard running; see \
                 `strongroom doctor`",
            )
        })?;
        Ok((found, damaged))
    }

    /// What was changed here and elsewhere, oldest first. Of a damaged log what is whole, with what is wrong,
    /// and nothing that was made elsewhere: changes of ours that stand behind the damage would be among it.
    ///
    /// # Errors
    /// As [`Ops::past`].
    pub async fn whole_history(&self) -> Result<(Vec<Entry>, Option<Fault>)> {
        let mut past = self.past().await?;
        let entries = std::mem::take(&mut past.entries);
        if let Some(fault) = past.damaged.take() {
            return Ok((entries, Some(fault)));
        }
        Ok(match self.compare_with_events(past).await? {
            Some(found) => (merged(entries, elsewhere(&found)), None),
            None => (entries, None),
        })
    }

    /// `None` where no audit event was ever asked for.
    async fn compare_with_events(&self, past: Past) -> Result<Option<Findings>> {
        // The log can be read before the service has answered once; events come after that only.
        let feed = self.queries.with_store(|store| store.followed(Feed::Audit)).await?;
        let Some(feed) = feed else { return Ok(None) };
        let (frame, seen) = self.queries.frame_and_presence().await?;
        self.queries
            .with_store(move |store| {
                let records = store.activity(&Sought { feed: Some(Feed::Audit), ..Sought::default() })?;
                let owners = store.bindings()?.into_iter().map(|binding| (binding.vault, binding.student));
                let mut owners: HashMap<VaultId, StudentKey> = owners.collect();
                for made in &past.made {
                    if let (Some(vault), Some(student)) = (made.act.vault(), &made.student) {
                        owners.entry(vault.clone()).or_insert_with(|| student.clone());
                    }
                }
                let vaults: HashSet<VaultId> = owners.keys().cloned().collect();
                let groups = groups(&frame, &seen);
                let of_office = frame.groups.iter().filter(|group| group.is_administration);
                let administration: HashSet<GroupId> = of_office.map(|group| group.id.clone()).collect();
                let ours: HashSet<PersonId> = past
                    .made
                    .iter()
                    .filter_map(|made| made.actor.clone())
                    .chain([frame.identity.id.clone()])
                    .collect();
                let book = Book {
                    made: &past.made,
                    log_begins: past.begins,
                    vaults: &vaults,
                    groups: &groups,
                    administration: &administration,
                    ours: &ours,
                    since: feed.since,
                    read_at: feed.read_at,
                };
                let (tally, settled) = (Tally::of(&book, records), book.settled());
                let names = names(&frame, &past.made, &tally);
                let (since, read_at, made) = (feed.since, feed.read_at, past.made);
                Ok(Some(Findings { tally, made, since, read_at, settled, owners, names }))
            })
            .await
    }
}

/// The groups of staff, and those that were ever seen on a vault of the class.
fn groups(frame: &Frame, seen: &Presence) -> HashSet<GroupId> {
    let staff = frame.staff().iter().map(|(who, ..)| who);
    let there = seen.keys().filter(|(vault, _)| frame.owner(vault).is_some()).map(|(_, who)| who);
    let group = |who: &Principal| match who {
        Principal::Group(group) => Some(group.clone()),
        Principal::Person(_) => None,
    };
    staff.chain(there).filter_map(group).collect()
}

fn names(frame: &Frame, made: &[Made], tally: &Tally) -> HashMap<Principal, SafeText> {
    let person = |id: &PersonId| Principal::Person(id.clone());
    let mut all: HashSet<Principal> = made.iter().filter_map(|made| made.act.who().cloned()).collect();
    for made in made {
        if let Act::Person(_, Some(id)) = &made.act {
            all.insert(person(id));
        }
    }
    for Elsewhere { record, deed, .. } in &tally.elsewhere {
        all.extend(deed.who());
        all.extend(deed.group().map(|group| Principal::Group(group.clone())));
        all.extend(record.actor.id.as_ref().map(person));
    }
    let name = |who: Principal| {
        let name = frame.name(&who);
        (name.as_str() != who.id()).then_some((who, name))
    };
    all.into_iter().filter_map(name).collect()
}

/// What was done elsewhere, as entries of the history: what one actor did at a time is one.
fn elsewhere(found: &Findings) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for one in &found.tally.elsewhere {
        let (at, actor) = (one.record.at, found.actor(one));
        let soon = |entry: &&mut Entry| {
            // Two records that name nobody need not mean the same one.
            let same = actor.id.is_some() && entry.elsewhere.as_ref().is_some_and(|by| by.is(&actor));
            same && at.duration_since(entry.at) < TOGETHER
        };
        let change = Changed {
            what: What::Reported {
                who: one.deed.who().map(|who| found.named(&who, one)),
                group: found.group(one),
                words: found.in_words(one),
            },
            student: found.student(one).cloned(),
            outcome: DONE,
            message: None,
        };
        if let Some(entry) = entries.last_mut().filter(soon) {
            entry.changes.push(change);
            continue;
        }
        let mut by = found.by(one).to_string();
        if one.token {
            let _ = write!(by, ", with our token, but not by this Strongroom"); // a String takes every write
        }
        entries.push(Entry {
            job: None,
            seq: 0,
            at,
            by: SafeText::new(&by),
            changes: vec![change],
            undone_by: None,
            undoes: None,
            elsewhere: Some(actor),
        });
    }
    entries
}

/// Puts what was done elsewhere where it belongs by time; what the log tells keeps its order.
fn merged(log: Vec<Entry>, elsewhere: Vec<Entry>) -> Vec<Entry> {
    let mut all = Vec::with_capacity(log.len() + elsewhere.len());
    let mut others = elsewhere.into_iter().peekable();
    for entry in log {
        while let Some(other) = others.next_if(|other| other.at < entry.at) {
            all.push(other);
        }
        all.push(entry);
    }
    all.extend(others);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::events::tests::{audit, person};

    /// Somebody's access to the vault `v`, changed by an actor at this second.
    fn one(action: &str, who: char, by: char, second: i64) -> Elsewhere {
        let at = Timestamp::from_second(1_800_000_000 + second).unwrap();
        let record = audit(1, at, by, (action, "uva"), (&"v".repeat(26), person(who).as_str()));
        let deed = record.deed().unwrap();
        Elsewhere { record, deed, token: false }
    }

    fn findings(elsewhere: Vec<Elsewhere>) -> Findings {
        let at = Timestamp::UNIX_EPOCH;
        Findings {
            tally: Tally { elsewhere, ..Tally::default() },
            made: Vec::new(),
            since: at,
            read_at: at,
            settled: at,
            owners: HashMap::new(),
            names: HashMap::from([(Principal::Person(person('a')), "Ada".into())]),
        }
    }

    #[test]
    fn what_one_actor_did_at_a_time_is_one_entry_and_what_nobody_is_named_for_is_not() {
        let nobody = |second| {
            let mut one = one("grant", 'a', 'm', second);
            one.record.actor = Actor { id: None, ..one.record.actor };
            one
        };
        let named = |by, second| one("grant", 'a', by, second);
        for (done, entries) in [
            ([named('m', 0), named('m', 9)], vec![2]),
            ([named('m', 0), named('n', 9)], vec![1, 1]),
            ([named('m', 0), named('m', 9_000)], vec![1, 1]),
            ([nobody(0), nobody(9)], vec![1, 1]),
        ] {
            let told = elsewhere(&findings(done.into()));
            assert_eq!(told.iter().map(|entry| entry.changes.len()).collect::<Vec<_>>(), entries);
        }
    }

    #[test]
    fn what_was_done_elsewhere_names_whom_it_knows_and_tells_giving_from_changing() {
        let found = findings(Vec::new());
        let told = |action, who| found.in_words(&one(action, who, 'm', 0)).to_string();
        let id = person('b');
        assert_eq!(told("grant", 'a'), "gave Ada access");
        assert_eq!(told("update", 'a'), "changed the access of Ada");
        assert_eq!(told("revoke", 'b'), format!("took the access of {id} away"));
        let names = ['a', 'b'].map(|who| found.name(&Principal::Person(person(who))).to_string());
        assert_eq!(names, ["Ada", id.as_str()]);
    }
}
