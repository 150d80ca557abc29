//! What our log tells of changes beside what 1Password reports of them: what was done elsewhere, and what of
//! ours is not reported.
//!
//! Knows values of the domain and compares them; must not know where either side comes from. The answer is the
//! same in whatever order the records came, how often each came, and how late, as long as they came within
//! [`LAG`]. Nothing is claimed of a time that was not read.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::access::{Permissions, Principal};
use super::admission::Admission;
use super::class::StudentKey;
use super::events::{Activity, Deed, Feed};
use super::history::DONE;
use super::id::{GroupId, PersonId, VaultId};
use super::job::JobId;

/// How far a record's time may be from that of the change in our log: two clocks, and the way of an answer.
pub const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// How long after a change its record may come. 1Password names no figure; audit events are made by the
/// service itself, so this is meant to be far too long.
pub const LAG: SignedDuration = SignedDuration::from_mins(15);

/// The outcomes of a change of which nothing was sent.
const NOT_SENT: [&str; 2] = ["refused", "unchanged"];

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Somebody was brought to a level.
    Granted(VaultId, Principal),
    /// Somebody's access was taken away.
    Revoked(VaultId, Principal),
    /// A vault was made; which, where that is known.
    Created(Option<VaultId>),
    /// A vault was deleted.
    Deleted(VaultId),
    /// A person was changed; who, where that is known.
    Person(Admission, Option<PersonId>),
}

impl Act {
    /// The vault that it was done to.
    pub fn vault(&self) -> Option<&VaultId> {
        match self {
            Self::Granted(vault, _) | Self::Revoked(vault, _) | Self::Deleted(vault) => Some(vault),
            Self::Created(vault) => vault.as_ref(),
            Self::Person(..) => None,
        }
    }

    /// Whose access was changed.
    pub fn who(&self) -> Option<&Principal> {
        match self {
            Self::Granted(_, who) | Self::Revoked(_, who) => Some(who),
            _ => None,
        }
    }
}

/// A change that our log tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The number of its intent in the log.
    pub seq: u64,
    /// When it was written down, before anything was sent.
    pub begun: Timestamp,
    /// When what came of it was written down; `None` where that was not.
    pub ended: Option<Timestamp>,
    /// As whom it was sent; `None` where the log does not tell.
    pub actor: Option<PersonId>,
    /// Its job; older records know none.
    pub job: Option<JobId>,
    /// Whose vault or person, as far as it is still known here.
    pub student: Option<StudentKey>,
    /// What was changed.
    pub act: Act,
    /// What came of it, in a word of the log.
    pub outcome: &'static str,
    /// What was held before, of an access where that was known.
    pub before: Option<Permissions>,
    /// Whether it is known that nothing had to be sent: it was so before.
    pub idle: bool,
    /// Whether a part of an access was taken away in one call, as a signed-in person can.
    pub partly: bool,
}

impl Made {
    /// Whether it was known what was so before. Where it was not, it may have been so already, and 1Password
    /// may have had nothing to report.
    pub fn knew(&self) -> bool {
        self.before.is_some() || !matches!(self.act, Act::Granted(..) | Act::Revoked(..))
    }

    fn was_sent(&self) -> bool {
        !self.idle && !NOT_SENT.contains(&self.outcome)
    }

    /// From when to when its records may be dated. What has no end yet goes on.
    fn window(&self) -> (Timestamp, Timestamp) {
        let end = self.ended.unwrap_or(Timestamp::MAX);
        (earlier(self.begun, TOLERANCE), end.checked_add(TOLERANCE).unwrap_or(Timestamp::MAX))
    }

    fn spans(&self, at: Timestamp) -> bool {
        let (from, until) = self.window();
        (from..=until).contains(&at)
    }

    fn is_by(&self, actor: Option<&PersonId>) -> bool {
        actor.is_some() && (self.actor.is_none() || self.actor.as_ref() == actor)
    }
}

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
        for (at, made) in book.made.iter().enumerate() {
            let (from, until) = made.window();
            if made.outcome != DONE || made.idle {
                continue;
            } else if reports.is_confirmed(made) {
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
    /// Who changed whom, when.
    people: HashMap<PersonId, Vec<&'a Activity>>,
    /// The changes of our log, by vault; those of which the vault is not known stand under `None`.
    made: HashMap<Option<VaultId>, Vec<&'a Made>>,
    relevant: usize,
    unread: usize,
}

impl<'a> Reports<'a> {
    fn of(book: &'a Book<'a>, records: &'a [Activity]) -> Self {
        let mut made: HashMap<Option<VaultId>, Vec<&Made>> = HashMap::new();
        for one in book.made.iter().filter(|one| one.was_sent()) {
            made.entry(one.act.vault().cloned()).or_default().push(one);
        }
        let (ours, of_vault, people) = (Vec::new(), HashMap::new(), HashMap::new());
        let mut all = Self { book, ours, of_vault, people, made, relevant: 0, unread: 0 };
        records.iter().for_each(|record| all.take(record));
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
            return;
        };
        if let Deed::ChangedPerson(person) = deed {
            return self.people.entry(person).or_default().push(record);
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
        let of = |vault: Option<&VaultId>| self.made.get(&vault.cloned()).into_iter().flatten().copied();
        // Of a vault whose making was never answered only the time is known.
        let nameless = of(None).filter(|made| matches!(made.act, Act::Created(None)));
        let mut all = of(Some(vault)).chain(nameless);
        all.any(|made| {
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
                Deed::GrantedPerson(_, who) => Some(who) == record.actor.id.as_ref(),
                Deed::GrantedGroup(_, who) => self.book.administration.contains(who),
                _ => false,
            },
            // Whoever is on a vault that is deleted loses it.
            Act::Deleted(_) => {
                matches!(deed, Deed::DeletedVault(_) | Deed::RevokedPerson(..) | Deed::RevokedGroup(..))
            }
            Act::Granted(..) | Act::Person(..) => false,
        }
    }

    /// Whether a change of our log is reported.
    fn is_confirmed(&self, made: &Made) -> bool {
        let ours = |record: &Activity| made.is_by(record.actor.id.as_ref()) && made.spans(record.at);
        let any = |vault: &VaultId, says: &dyn Fn(&Deed) -> bool| {
            self.on(vault).any(|(record, deed)| ours(record) && says(deed))
        };
        match &made.act {
            Act::Granted(vault, who) => {
                any(vault, &|deed| deed.gives(who) || (made.partly && deed.takes(who)))
            }
            Act::Revoked(vault, who) => {
                any(vault, &|deed| deed.takes(who)) || self.was_gone(vault, who, made)
            }
            Act::Created(Some(vault)) => any(vault, &|deed| matches!(deed, Deed::CreatedVault(_))),
            Act::Deleted(vault) => any(vault, &|deed| matches!(deed, Deed::DeletedVault(_))),
            // Nothing is known that could be looked for.
            Act::Created(None) => true,
            Act::Person(_, Some(person)) => {
                self.people.get(person).is_some_and(|all| all.iter().any(|record| ours(record)))
            }
            Act::Person(_, None) => self.people.values().flatten().any(|record| ours(record)),
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

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
