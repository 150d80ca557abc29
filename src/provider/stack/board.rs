//! Who reads which vault, and the one list of vaults that is made of two.
//!
//! There is one rule: *a vault's version comes from the service that reads its items*. A version of one service
//! beside the items of another that lags behind would have an upload missed, or told as removed and as new. So a
//! Connect server reads a vault only while its own list shows it at a version that is no lower than what was told
//! of it last, and than what the acting service showed after it was last read there.
//!
//! Which vaults there are is told by the acting service alone, since Connect's list is cut to its token without
//! a word. Knows nothing of calls; the time comes in as ticks.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::directory::{Item, ItemRef, Vault};
use crate::domain::fault::Fault;
use crate::domain::id::{ItemId, VaultId};
use crate::domain::parts::Gap;

/// How old the acting service's list may grow where Connect lists all that is in it: vaults that somebody makes
/// or deletes outside of this program are noticed within this time.
const WHOLE: Duration = Duration::from_secs(600);
/// So long Connect may be behind a version that the acting service has shown. Nobody tells how long its copy
/// takes; one that takes longer does not follow, and the vault is read by the acting service until it does.
const LAG: Duration = Duration::from_secs(60);
/// What may lie between the time of a beat and the lists that are asked for in it.
const STEP: SignedDuration = SignedDuration::from_secs(60);

/// What Connect lists, by vault.
pub(super) type Rows = HashMap<VaultId, Vault>;

/// A moment, by the clock of the day and in ticks, which no setting of the clock moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) at: Timestamp,
    pub(super) ticks: Duration,
}

/// A list of the acting service that is under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked(u64, Moment);

/// What a list has told, and what that is worth.
#[derive(Debug)]
pub(super) struct Telling {
    pub(super) vaults: Vec<Vault>,
    pub(super) worth: Worth,
}

/// What the last list of a handle is worth.
#[derive(Clone, Debug, Default)]
pub(super) struct Worth {
    /// Whether it was whole.
    pub(super) gap: Gap,
    /// When the acting service was asked for the list that all of it was held against.
    shown: Option<Moment>,
    /// The vaults of which that has shown something newer than was told.
    behind: HashSet<VaultId>,
}

impl Worth {
    /// As of when a vault was told, where it is `now`.
    pub(super) fn as_of(&self, vault: &VaultId, now: Moment) -> Option<Timestamp> {
        let shown = self.shown.filter(|_| !self.behind.contains(vault))?;
        // Where the clock was set back since, the time of then is not one of this clock.
        let age = SignedDuration::try_from(now.ticks.saturating_sub(shown.ticks)).ok()?;
        let latest = now.at.checked_sub(age).ok()?.checked_add(STEP).ok()?;
        (shown.at <= latest).then(|| shown.at.min(now.at))
    }
}

/// What is known of the vaults, for all handles of one program.
#[derive(Debug, Default)]
pub(super) struct Board {
    /// The acting service's last list.
    known: Vec<Vault>,
    /// When that came, in ticks; `None` before the first.
    listed: Option<Duration>,
    /// When that was asked for.
    shown_at: Option<Moment>,
    /// When it was asked last, with or without an answer.
    tried: Option<Duration>,
    /// Whether it did not answer then, and why.
    failing: Option<Fault>,
    /// The vaults that matter; `None` where nobody has said, and all do.
    minded: Option<HashSet<VaultId>>,
    /// The time between two lists of the acting service for the sake of what Connect does not tell.
    pace: Duration,
    /// After how many lists vaults were, or may have been, made or deleted; `None` where all is listed since.
    anew: Option<u64>,
    /// The version told last of each vault.
    told: HashMap<VaultId, u64>,
    /// Lists of the acting service so far, those under way among them.
    lists: u64,
    /// The newest of them that came.
    taken: u64,
    /// Vaults whose items were read at the acting service, and how many lists had been asked for by then: what
    /// was read may be newer than any of those shows.
    newer: HashMap<VaultId, u64>,
    /// Higher versions than Connect's that the acting service showed, and since when.
    ahead: HashMap<VaultId, (u64, Duration)>,
    /// The vaults that Connect reads.
    fit: HashSet<VaultId>,
    /// How many items Connect said that there are in the vaults that it reads, where it did.
    counts: HashMap<VaultId, u64>,
    /// The versions of items that a list of the acting service showed of vaults that Connect reads.
    shown: HashMap<VaultId, HashMap<ItemId, u64>>,
}

impl Board {
    /// Whether anything was listed yet.
    pub(super) fn is_new(&self) -> bool {
        self.listed.is_none()
    }

    /// The vaults that there are, as the acting service listed them last.
    pub(super) fn known(&self) -> &[Vault] {
        &self.known
    }

    /// Whether Connect has caught up with what is known of a vault. Before the first list nothing is known.
    pub(super) fn is_fit(&self, vault: &VaultId) -> bool {
        self.is_new() || self.fit.contains(vault)
    }

    /// Vaults were made or deleted, or may have been: the next list asks the acting service too.
    pub(super) fn anew(&mut self) {
        self.anew = Some(self.lists);
    }

    /// Another program may have read since: what was told here before is no measure of what may be told now. The
    /// next list asks the acting service too.
    pub(super) fn doubt(&mut self) {
        self.told.clear();
        self.fit.clear();
        self.ahead.clear();
        self.anew();
    }

    /// These vaults matter from now on; others may be told as they were. A new one that the acting service has
    /// not listed yet was just made.
    pub(super) fn mind(&mut self, vaults: HashSet<VaultId>) {
        let before = self.minded.take().unwrap_or_default();
        let known: HashSet<&VaultId> = self.known.iter().map(|vault| &vault.id).collect();
        let unknown = vaults.iter().any(|id| !known.contains(id) && !before.contains(id));
        if unknown && !self.is_new() {
            self.anew();
        }
        self.minded = Some(vaults);
    }

    fn matters(&self, vault: &VaultId) -> bool {
        self.minded.as_ref().is_none_or(|minded| minded.contains(vault))
    }

    /// So long nobody asks the acting service again for what Connect does not tell.
    pub(super) fn pace(&mut self, every: Duration) {
        self.pace = every;
    }

    fn gap(&self, partial: bool) -> Gap {
        match &self.failing {
            _ if !partial => Gap::None,
            Some(fault) => Gap::Failed(fault.clone()),
            None => Gap::Due,
        }
    }

    /// Whether the acting service is to be asked for its list now, beside these rows of Connect.
    pub(super) fn needs_list(&self, rows: &Rows, ticks: Duration) -> bool {
        let since = |then: Option<Duration>| then.map_or(Duration::MAX, |then| ticks.saturating_sub(then));
        let due = since(self.tried) >= self.pace;
        let unserved = |vault: &Vault| self.matters(&vault.id) && !self.serves(rows, vault, ticks);
        let anew = self.anew.is_some() && (due || self.failing.is_none());
        anew || due && (since(self.listed) >= WHOLE || self.known.iter().any(unserved))
    }

    /// The acting service did not list its vaults.
    pub(super) fn fail(&mut self, fault: &Fault, ticks: Duration) {
        (self.tried, self.failing) = (Some(ticks), Some(fault.clone()));
    }

    /// Whether a vault may be told and read as Connect has it.
    fn serves(&self, rows: &Rows, known: &Vault, ticks: Duration) -> bool {
        let id = &known.id;
        // Connect need not tell the version in its list; by 0 nothing could be noticed.
        let Some(version) = rows.get(id).map(|row| row.content_version).filter(|version| *version > 0) else {
            return false;
        };
        let floor = self.told.get(id).copied().unwrap_or(known.content_version);
        let left_behind = self
            .ahead
            .get(id)
            .is_some_and(|(ahead, since)| *ahead > version && ticks.saturating_sub(*since) >= LAG);
        version >= floor && !left_behind && !self.newer.contains_key(id)
    }

    /// A list of the acting service is asked for.
    pub(super) fn ask(&mut self, now: Moment) -> Asked {
        self.lists += 1;
        Asked(self.lists, now)
    }

    /// It came.
    pub(super) fn take(&mut self, asked: Asked, vaults: Vec<Vault>, rows: &Rows, ticks: Duration) {
        // One that was asked for before another that has come is older than that.
        if asked.0 < self.taken {
            return;
        }
        (self.taken, self.listed, self.tried, self.failing) = (asked.0, Some(ticks), Some(ticks), None);
        self.shown_at = Some(asked.1);
        self.anew = self.anew.filter(|lists| *lists >= asked.0);
        let there: HashSet<&VaultId> = vaults.iter().map(|vault| &vault.id).collect();
        self.told.retain(|id, _| there.contains(id));
        self.ahead.retain(|id, _| there.contains(id));
        self.fit.retain(|id| there.contains(id));
        self.shown.retain(|id, _| there.contains(id));
        self.counts.retain(|id, _| there.contains(id));
        for vault in &vaults {
            let (id, version) = (&vault.id, vault.content_version);
            // This list was asked for after that reading, and so shows at least what that saw.
            if self.newer.get(id).is_some_and(|lists| *lists < asked.0) {
                self.newer.remove(id);
                self.told.entry(id.clone()).and_modify(|told| *told = version.max(*told));
            }
            if rows.get(id).is_some_and(|row| row.content_version < version) {
                self.ahead.entry(id.clone()).or_insert((version, ticks));
            }
        }
        self.newer.retain(|id, _| there.contains(id));
        self.known = vaults;
    }

    /// Tells the list: of each vault what the service shows that reads it from now on. `fresh` says whether the
    /// acting service was asked just now, and how it failed; without an answer nothing is told of the vaults that
    /// only it reads, since nobody has looked at them.
    pub(super) fn tell(&mut self, rows: &Rows, fresh: Fresh, ticks: Duration) -> Telling {
        self.ahead.retain(|id, (version, _)| rows.get(id).is_none_or(|row| row.content_version < *version));
        let (mut told, mut partial, mut behind) = (Vec::new(), false, HashSet::new());
        for vault in std::mem::take(&mut self.known) {
            let served = self.serves(rows, &vault, ticks);
            // Of what does not matter nobody learns anything by its version.
            let own = (fresh.is_good() || !self.matters(&vault.id)).then_some(&vault);
            // Where the acting service reads first, Connect only stands in for it.
            let found = match rows.get(&vault.id).filter(|_| served) {
                Some(row) if fresh.connect_first() || own.is_none() => Some((row, true)),
                _ => own.map(|own| (own, false)),
            };
            if let Some((row, by_connect)) = found {
                self.told.insert(row.id.clone(), row.content_version);
                if row.content_version < vault.content_version {
                    behind.insert(row.id.clone());
                }
                if by_connect {
                    self.fit.insert(row.id.clone());
                    self.shown.remove(&row.id);
                    self.counts.remove(&row.id);
                    self.counts.extend(row.items.map(|items| (row.id.clone(), items)));
                } else {
                    self.fit.remove(&row.id);
                }
                told.push(row.clone());
            } else {
                partial = true;
                self.fit.remove(&vault.id);
            }
            self.known.push(vault);
        }
        let worth = Worth { gap: self.gap(partial), shown: self.shown_at, behind };
        Telling { vaults: told, worth }
    }

    /// How many items there are in a vault, as Connect has told it.
    pub(super) fn counted(&self, vault: &VaultId) -> Option<u64> {
        self.counts.get(vault).copied()
    }

    /// The acting service has listed a vault's items, for whoever takes them over.
    pub(super) fn read_elsewhere(&mut self, vault: &VaultId) {
        self.newer.insert(vault.clone(), self.lists);
        self.fit.remove(vault);
    }

    /// The acting service has listed a vault, archive and all, that Connect reads.
    pub(super) fn showed(&mut self, vault: &VaultId, items: &[Item]) {
        let versions = items.iter().map(|item| (item.id.clone(), item.version));
        self.shown.insert(vault.clone(), versions.collect());
    }

    /// Whether an item of Connect is older than a list of the acting service has shown it.
    pub(super) fn is_old(&self, at: &ItemRef, version: u64) -> bool {
        let shown = self.shown.get(&at.vault).and_then(|items| items.get(&at.item));
        shown.is_some_and(|shown| version < *shown)
    }
}

/// Whether the acting service was asked for its list just now, and who is the first to read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fresh {
    /// It was not needed, or its time has not come: Connect tells what it can.
    Spared,
    /// It answered; whether Connect comes first.
    Listed {
        /// Whether Connect reads what it can.
        connect_first: bool,
    },
    /// It did not.
    Failed,
}

impl Fresh {
    fn is_good(self) -> bool {
        matches!(self, Self::Listed { .. })
    }

    fn connect_first(self) -> bool {
        !matches!(self, Self::Listed { connect_first: false })
    }
}
