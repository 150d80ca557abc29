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

use jiff::Timestamp;

use crate::domain::directory::{Item, ItemRef, Vault};
use crate::domain::fault::Fault;
use crate::domain::id::{ItemId, VaultId};
use crate::domain::vault_list::{Gap, Held, VaultList};

/// How old the acting service's list may grow where Connect lists all that is in it: vaults that somebody makes
/// or deletes outside of this program are noticed within this time.
const WHOLE: Duration = Duration::from_secs(600);
/// So long Connect may be behind a version that the acting service has shown. Nobody tells how long its copy
/// takes; one that takes longer does not follow, and the vault is read by the acting service until it does.
const LAG: Duration = Duration::from_secs(60);

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
    /// What is known of each of them.
    notes: HashMap<VaultId, Note>,
    /// Lists of the acting service so far, those under way among them.
    lists: u64,
    /// The newest of them that came.
    taken: u64,
}

/// What is known of a vault.
#[derive(Debug, Default)]
struct Note {
    /// The version told last.
    told: Option<u64>,
    /// How many lists had been asked for when its items were read at the acting service: what was read may be
    /// newer than any of those shows.
    newer: Option<u64>,
    /// A higher version than Connect's that the acting service showed, and since when.
    ahead: Option<(u64, Duration)>,
    /// Whether Connect reads it.
    fit: bool,
    /// How many items Connect said that there are, where it reads them and did.
    count: Option<u64>,
    /// The versions of its items that a list of the acting service showed while Connect reads them.
    shown: HashMap<ItemId, u64>,
}

impl Note {
    /// Whether a vault may be told and read as Connect has it, beside the acting service's row.
    fn serves(&self, row: &Vault, known: &Vault, ticks: Duration) -> bool {
        let version = row.content_version;
        let floor = self.told.unwrap_or(known.content_version);
        let is_late = |since: Duration| ticks.saturating_sub(since) >= LAG;
        let left_behind = self.ahead.is_some_and(|(ahead, since)| ahead > version && is_late(since));
        // Connect need not tell the version in its list; by 0 nothing could be noticed.
        version > 0 && version >= floor && !left_behind && self.newer.is_none()
    }
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
        self.is_new() || self.notes.get(vault).is_some_and(|note| note.fit)
    }

    /// Vaults were made or deleted, or may have been: the next list asks the acting service too.
    pub(super) fn anew(&mut self) {
        self.anew = Some(self.lists);
    }

    /// Another program may have read since: what was told here before is no measure of what may be told now. The
    /// next list asks the acting service too.
    pub(super) fn doubt(&mut self) {
        for note in self.notes.values_mut() {
            (note.told, note.fit, note.ahead) = (None, false, None);
        }
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
        let unserved = |vault: &Vault| {
            let (row, note) = (rows.get(&vault.id), self.notes.get(&vault.id));
            let served = row.zip(note).is_some_and(|(row, note)| note.serves(row, vault, ticks));
            self.matters(&vault.id) && !served
        };
        let anew = self.anew.is_some() && (due || self.failing.is_none());
        anew || due && (since(self.listed) >= WHOLE || self.known.iter().any(unserved))
    }

    /// The acting service did not list its vaults.
    pub(super) fn fail(&mut self, fault: &Fault, ticks: Duration) {
        (self.tried, self.failing) = (Some(ticks), Some(fault.clone()));
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
        self.notes.retain(|id, _| there.contains(id));
        for vault in &vaults {
            let (version, note) = (vault.content_version, self.notes.entry(vault.id.clone()).or_default());
            // This list was asked for after that reading, and so shows at least what that saw.
            if note.newer.is_some_and(|lists| lists < asked.0) {
                note.newer = None;
                note.told = note.told.map(|told| version.max(told));
            }
            if rows.get(&vault.id).is_some_and(|row| row.content_version < version) {
                note.ahead.get_or_insert((version, ticks));
            }
        }
        self.known = vaults;
    }

    /// Tells the list: of each vault what the service shows that reads it from now on. Where the acting service was
    /// not heard, nothing is told of the vaults that only it reads, since nobody has looked at them.
    pub(super) fn tell(&mut self, rows: &Rows, fresh: Fresh, ticks: Duration) -> VaultList {
        let (mut told, mut partial, mut behind) = (Vec::new(), false, HashSet::new());
        for vault in std::mem::take(&mut self.known) {
            // Of what does not matter nobody learns anything by its version.
            let own = (fresh != Fresh::Unheard || !self.matters(&vault.id)).then_some(&vault);
            let (row, note) = (rows.get(&vault.id), self.notes.entry(vault.id.clone()).or_default());
            note.ahead = note.ahead.filter(|(ahead, _)| row.is_none_or(|row| row.content_version < *ahead));
            // Where the acting service reads first, Connect only stands in for it.
            let found = match row.filter(|row| note.serves(row, &vault, ticks)) {
                Some(row) if fresh != Fresh::ActingFirst || own.is_none() => Some((row, true)),
                _ => own.map(|own| (own, false)),
            };
            note.fit = found.is_some_and(|(_, by_connect)| by_connect);
            if let Some((row, by_connect)) = found {
                note.told = Some(row.content_version);
                if row.content_version < vault.content_version {
                    behind.insert(row.id.clone());
                }
                if by_connect {
                    note.count = row.items;
                    note.shown.clear();
                }
                told.push(row.clone());
            }
            partial |= found.is_none();
            self.known.push(vault);
        }
        let against = self.shown_at.map(|shown| (shown.at, ticks.saturating_sub(shown.ticks)));
        VaultList { rows: told, gap: self.gap(partial), held: Some(Held { against, behind }) }
    }

    /// How many items there are in a vault, as Connect has told it.
    pub(super) fn counted(&self, vault: &VaultId) -> Option<u64> {
        self.notes.get(vault)?.count
    }

    /// The acting service has listed a vault's items, for whoever takes them over.
    pub(super) fn read_elsewhere(&mut self, vault: &VaultId) {
        let note = self.notes.entry(vault.clone()).or_default();
        (note.newer, note.fit) = (Some(self.lists), false);
    }

    /// The acting service has listed a vault, archive and all, that Connect reads.
    pub(super) fn showed(&mut self, vault: &VaultId, items: &[Item]) {
        let versions = items.iter().map(|item| (item.id.clone(), item.version));
        self.notes.entry(vault.clone()).or_default().shown = versions.collect();
    }

    /// Whether an item of Connect is older than a list of the acting service has shown it.
    pub(super) fn is_old(&self, at: &ItemRef, version: u64) -> bool {
        let shown = self.notes.get(&at.vault).and_then(|note| note.shown.get(&at.item));
        shown.is_some_and(|shown| version < *shown)
    }
}

/// Whether the acting service was heard just now, and who is the first to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fresh {
    /// It was not asked, or did not answer: Connect tells what it can.
    Unheard,
    /// It answered, and Connect reads what it can.
    ConnectFirst,
    /// It answered, and reads itself.
    ActingFirst,
}
