//! What our log tells of changes beside what 1Password reports of them: what was done elsewhere, and what of
//! ours is not reported.
//!
//! Knows values of the domain and compares them; must not know where either side comes from. The answer is the
//! same in whatever order the records came, how often each came, and how late, as long as they came within
//! [`LAG`]. Nothing is claimed of a time that was not read.

mod made;

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::access::Principal;
use super::admission::Admission;
use super::events::{Activity, Deed, Feed};
use super::history::DONE;
use super::id::{GroupId, PersonId, VaultId};
pub use made::{Act, Made};

/// How far a record's time may be from that of the change in our log: two clocks, and the way of an answer.
pub const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// How long after a change its record may come. 1Password names no figure; audit events are made by the
/// service itself, so this is meant to be far too long.
pub const LAG: SignedDuration = SignedDuration::from_mins(15);

fn earlier(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// The two sides, and what they are about.
#[derive(Clone, Copy, Debug)]
pub struct Book<'a> {
    /// The changes of our log.
    pub made: &'a [Made],
    /// When the log begins; `None` where it has no record.
    pub log_begins: Option<Timestamp>,
    /// Our vaults.
    pub vaults: &'a HashSet<VaultId>,
    /// The groups that have to do with them.
    pub groups: &'a HashSet<GroupId>,
    /// The groups of those who administer the account, which a new vault may be given to by itself.
    pub administration: &'a HashSet<GroupId>,
    /// As whom we act: the service account, or the person who is signed in.
    pub ours: &'a HashSet<PersonId>,
    /// From when on the feed was read.
    pub since: Timestamp,
    /// When it was read last.
    pub read_at: Timestamp,
}

impl Book<'_> {
    /// Up to when every record should have come.
    pub fn settled(&self) -> Timestamp {
        earlier(self.read_at, LAG)
    }
}

/// A change of our vaults or groups that our log does not tell of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// As it was reported.
    pub record: Activity,
    /// What it says.
    pub deed: Deed,
    /// Whether it was made as whom we act: with our token, but not by this log's program.
    pub token: bool,
}

/// What the two sides say of each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// What was changed elsewhere, by time.
    pub elsewhere: Vec<Elsewhere>,
    /// The places in [`Book::made`] of what is not reported.
    pub unconfirmed: Vec<usize>,
    /// How many changes of ours are reported.
    pub confirmed: usize,
    /// How many changes of ours lie before the feed.
    pub early: usize,
    /// How many are so new that their record may be still to come.
    pub late: usize,
    /// How many records are about our vaults and groups.
    pub records: usize,
    /// How many of those this version cannot read.
    pub unread: usize,
    /// How many were made as whom we act before our log begins.
    pub before_log: usize,
}

impl Tally {
    /// Compares the two sides.
    pub fn of(book: &Book<'_>, records: Vec<Activity>) -> Self {
        let records = in_order(records);
        let reports = Reports::of(book, &records);
        let mut tally = Self { records: reports.relevant, unread: reports.unread, ..Self::default() };
        for (record, deed) in reports.about() {
            let token = record.actor.id.as_ref().is_some_and(|actor| book.ours.contains(actor));
            if token && reports.is_explained(record, deed) {
                continue;
            }
            let begins = book.log_begins.map(|at| earlier(at, TOLERANCE));
            if token && begins.is_none_or(|begins| record.at < begins) {
                tally.before_log += 1;
                continue;
            }
            let (record, deed) = (record.clone(), deed.clone());
            tally.elsewhere.push(Elsewhere { record, deed, token });
        }
        let confirmed = reports.confirmed();
        for (at, made) in book.made.iter().enumerate() {
            let (from, until) = made.window();
            if !made.was_done() {
                continue;
            }
            if confirmed.contains(&at) || reports.needs_none(made) {
                tally.confirmed += 1;
            } else if from < book.since {
                tally.early += 1;
            } else if until > book.settled() {
                tally.late += 1;
            } else {
                tally.unconfirmed.push(at);
            }
        }
        tally
    }

    /// Whether there is anything to tell.
    pub fn has_findings(&self) -> bool {
        !self.elsewhere.is_empty() || !self.unconfirmed.is_empty()
    }
}

/// By time, each once.
fn in_order(mut records: Vec<Activity>) -> Vec<Activity> {
    records.retain(|record| record.feed == Feed::Audit);
    records.sort_by(|one, other| (one.at, one.uuid.as_str()).cmp(&(other.at, other.uuid.as_str())));
    let mut seen = HashSet::new();
    records.retain(|record| seen.insert(record.uuid.clone()));
    records
}

/// The records, found by what they are about.
struct Reports<'a> {
    book: &'a Book<'a>,
    /// Those about our vaults and groups, by time.
    ours: Vec<(&'a Activity, Deed)>,
    /// Their places, by vault.
    of_vault: HashMap<VaultId, Vec<usize>>,
    /// Those about people, by time, and about whom; `None` for an invitation that names nobody by an id.
    people: Vec<(&'a Activity, Option<PersonId>)>,
    /// The places of the changes of our log that were sent, by vault; those of which the vault is not known
    /// stand under `None`.
    made: HashMap<Option<VaultId>, Vec<usize>>,
    relevant: usize,
    unread: usize,
}

impl<'a> Reports<'a> {
    fn of(book: &'a Book<'a>, records: &'a [Activity]) -> Self {
        let mut made: HashMap<Option<VaultId>, Vec<usize>> = HashMap::new();
        for (at, one) in book.made.iter().enumerate().filter(|(_, one)| one.was_sent()) {
            made.entry(one.act.vault().cloned()).or_default().push(at);
        }
        let (ours, of_vault, people) = (Vec::new(), HashMap::new(), Vec::new());
        let mut all = Self { book, ours, of_vault, people, made, relevant: 0, unread: 0 };
        for record in records {
            all.take(record);
        }
        all
    }

    fn take(&mut self, record: &'a Activity) {
        let Some(deed) = record.deed() else {
            // What is done to items is no change of access, whatever it is called.
            let items = ["item", "items", "itemhist", "file"].contains(&record.object.as_str());
            let about = record.about_vault().is_some_and(|vault| self.book.vaults.contains(&vault));
            if about && !items {
                (self.relevant, self.unread) = (self.relevant + 1, self.unread + 1);
            }
            if record.object.as_str() == "invite" {
                self.people.push((record, None));
            }
            return;
        };
        if let Deed::ChangedPerson(person) = deed {
            return self.people.push((record, Some(person)));
        }
        let vault = deed.vault().filter(|vault| self.book.vaults.contains(*vault)).cloned();
        let group = deed.group().is_some_and(|group| self.book.groups.contains(group));
        if let Some(vault) = &vault {
            self.of_vault.entry(vault.clone()).or_default().push(self.ours.len());
        }
        if vault.is_some() || group {
            self.relevant += 1;
            self.ours.push((record, deed));
        }
    }

    fn about(&self) -> impl Iterator<Item = (&'a Activity, &Deed)> {
        self.ours.iter().map(|(record, deed)| (*record, deed))
    }

    fn on(&self, vault: &VaultId) -> impl Iterator<Item = (&'a Activity, &Deed)> {
        let places = self.of_vault.get(vault).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|at| self.ours.get(*at)).map(|(record, deed)| (*record, deed))
    }

    /// Whether a record that was made as whom we act is one of a change of our log.
    fn is_explained(&self, record: &Activity, deed: &Deed) -> bool {
        let Some(vault) = deed.vault() else { return false };
        // Of a vault whose making was never answered only the time is known.
        let nameless = self.sent(None).filter(|(_, made)| matches!(made.act, Act::Created(None)));
        let mut all = self.sent(Some(vault)).chain(nameless);
        all.any(|(_, made)| {
            made.is_by(record.actor.id.as_ref())
                && made.spans(record.at)
                && self.goes_with(made, record, deed)
        })
    }

    fn goes_with(&self, made: &Made, record: &Activity, deed: &Deed) -> bool {
        match &made.act {
            Act::Granted(vault, who) if deed.gives(who) => deed.vault() == Some(vault),
            // A narrowing takes everything first and then gives less: what was taken only is none.
            Act::Granted(vault, who) if deed.takes(who) => {
                let given = |(other, deed): (&Activity, &Deed)| {
                    deed.gives(who)
                        && other.at >= record.at
                        && made.is_by(other.actor.id.as_ref())
                        && made.spans(other.at)
                };
                made.partly || made.outcome != DONE || self.on(vault).any(given)
            }
            Act::Revoked(_, who) => deed.takes(who),
            // Whoever makes a vault is put on it, and so may be those who administer the account.
            Act::Created(_) => match deed {
                Deed::CreatedVault(_) => true,
                Deed::Granted(_, Principal::Person(who)) => Some(who) == record.actor.id.as_ref(),
                Deed::Granted(_, Principal::Group(who)) => self.book.administration.contains(who),
                _ => false,
            },
            // Whoever is on a vault that is deleted loses it.
            Act::Deleted(_) => matches!(deed, Deed::DeletedVault(_) | Deed::Revoked(..)),
            Act::Granted(..) | Act::Person(..) => false,
        }
    }

    /// The changes of our log that were sent, with their places: those to a vault, or to none that is known.
    fn sent(&self, vault: Option<&VaultId>) -> impl Iterator<Item = (usize, &'a Made)> {
        let places = self.made.get(&vault.cloned()).map_or(&[][..], Vec::as_slice);
        places.iter().map(|at| (*at, &self.book.made[*at]))
    }

    /// The places of the changes that are reported. A record stands for one change: by time each goes to the one
    /// that can wait the least, so that as many as possible have theirs.
    fn confirmed(&self) -> HashSet<usize> {
        let mut found = HashSet::new();
        for (record, deed) in self.about() {
            let fitting = self.sent(deed.vault()).filter(|(_, made)| confirms(made, deed));
            found.extend(most_urgent(fitting, record, &found));
        }
        for (record, whom) in &self.people {
            let fitting = self.sent(None).filter(|(_, made)| match &made.act {
                Act::Person(_, Some(who)) if whom.is_some() => Some(who) == whom.as_ref(),
                Act::Person(act, who) => *act == Admission::Invite || who.is_none(),
                _ => false,
            });
            found.extend(most_urgent(fitting, record, &found));
        }
        found
    }

    /// Whether nothing has to be reported of a change that was done.
    fn needs_none(&self, made: &Made) -> bool {
        match &made.act {
            Act::Revoked(vault, who) => self.was_gone(vault, who, made),
            // Nothing is known that could be looked for.
            Act::Created(None) => true,
            _ => false,
        }
    }

    /// Whether somebody else had taken an access away before: then there was nothing left to take.
    fn was_gone(&self, vault: &VaultId, who: &Principal, made: &Made) -> bool {
        let until = made.window().1;
        let about =
            |(record, deed): &(&Activity, &Deed)| record.at <= until && (deed.gives(who) || deed.takes(who));
        self.on(vault).filter(about).last().is_some_and(|(_, deed)| deed.takes(who))
    }
}

/// Of the changes that a record could stand for the one that can wait the least.
fn most_urgent<'a>(
    fitting: impl Iterator<Item = (usize, &'a Made)>,
    record: &Activity,
    taken: &HashSet<usize>,
) -> Option<usize> {
    let open = fitting.filter(|(at, made)| {
        let ours = made.is_by(record.actor.id.as_ref()) && made.spans(record.at);
        made.was_done() && ours && !taken.contains(at)
    });
    open.min_by_key(|(at, made)| (made.window().1, *at)).map(|(at, _)| at)
}

/// Whether that is what 1Password says of such a change.
fn confirms(made: &Made, deed: &Deed) -> bool {
    match &made.act {
        Act::Granted(_, who) => deed.gives(who) || (made.partly && deed.takes(who)),
        Act::Revoked(_, who) => deed.takes(who),
        Act::Created(_) => matches!(deed, Deed::CreatedVault(_)),
        Act::Deleted(_) => matches!(deed, Deed::DeletedVault(_)),
        Act::Person(..) => false,
    }
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
