//! The live view: notices what changes in the students' vaults, for the screen and for commands.
//!
//! A beat costs one request: the list of vaults, whose content versions tell which ones changed.
//! Only those are listed item by item, and only what is new in them is read in detail. Every
//! fifteenth beat asks for the people instead, so that sign-ups show without a second request.
//! What is found is compared with what the store remembers, never with a clock: what happened while
//! nothing ran is found by the next look, and the first look ever announces nothing.
//!
//! Where requests are rationed it keeps within its share: the beat is as long as the share asks, and
//! what changed is read as requests are saved up for it, vaults on the screen first. A vault with more
//! that is new than it may take at once is announced bit by bit.
//!
//! Time comes in as an argument of [`Watch::step`], which answers when the next beat is due; the loop
//! that calls it is a thin shell. Only the order of listings by several programs is told by the clock
//! of the queries.

mod delta;
pub mod download;
mod look;
mod pulse;
mod purse;
mod share;
pub mod steward;

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use crate::domain::activity::Arrival;
use crate::domain::budget::Budget;
use crate::domain::directory::Vault;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::query::WatchReport;
use crate::queries::{Queries, READS_AT_ONCE, blocking};
use look::{Looked, Missed, Turn};
pub use pulse::Pulse;
use share::Share;
pub use share::Shown;

/// Every so many beats the people are asked for, in place of the vaults.
const PEOPLE_EVERY: u64 = 15;
/// And every so many times, the groups in place of the people.
const GROUPS_EVERY: u64 = 8;
/// How many arrivals are read from the journal at once.
const PAGE: usize = 1_000;

/// The live view of one class.
pub struct Watch {
    queries: Queries,
    beat: u64,
    frame: Option<Arc<Frame>>,
    /// Whether the service has said that it is the class's account.
    met: bool,
    bindings: u64,
    versions: HashMap<VaultId, Option<u64>>,
    /// The versions that were reported as changed and could not be looked at since.
    reported: HashMap<VaultId, u64>,
    /// Items whose details could not be read, of vaults that have to be looked at again.
    missed: HashMap<VaultId, Missed>,
    /// Why some vault of the last list could not be looked at.
    unread: Option<Fault>,
    /// What the vaults were called at the last look, in short.
    names: Option<u64>,
    /// Whether the store knows of a first look.
    begun: bool,
    /// The store's count of what other programs wrote, at the last beat.
    written: Option<i64>,
    /// The last arrival that was reported.
    cursor: u64,
    /// The time between two beats where nothing is rationed, and the shortest where it is.
    every: Duration,
    /// Its part of the ration, where there is one.
    share: Share,
    /// The budget that was told last.
    told: Option<Budget>,
}

impl Watch {
    /// A live view that reports what arrives after `cursor`, with a beat of a second where nothing is
    /// rationed. The ration, if there is one, is that of the provider.
    pub fn new(queries: Queries, cursor: u64) -> Self {
        Self {
            every: Duration::from_secs(1),
            share: Share::default(),
            told: None,
            queries,
            beat: 0,
            frame: None,
            met: false,
            bindings: 0,
            versions: HashMap::new(),
            reported: HashMap::new(),
            missed: HashMap::new(),
            unread: None,
            names: None,
            begun: false,
            written: None,
            cursor,
        }
    }

    /// The same with another beat where nothing is rationed.
    #[must_use]
    pub fn every(mut self, every: Duration) -> Self {
        self.every = every;
        self
    }

    /// The same with another shortest beat where requests are rationed.
    #[must_use]
    pub fn at_most_every(mut self, shortest: Duration) -> Self {
        self.share.shortest = Some(shortest);
        self
    }

    /// The same, reading all that changed in every beat: for whoever waits for a complete look.
    #[must_use]
    pub fn whole(mut self) -> Self {
        self.share.whole = true;
        self
    }

    /// Where to say which vaults are on the screen: those are read first.
    pub fn shown(&self) -> Shown {
        self.share.shown.clone()
    }

    /// One beat; how long to wait before the next. Reports go out as soon as there is something to
    /// tell: that a vault changed before its items are known, and the last one when everything is.
    pub async fn step(&mut self, now: Timestamp, mut report: impl FnMut(WatchReport) + Send) -> Duration {
        self.beat += 1;
        if self.beat == 1 {
            // What is left has to be known before the first look; whoever cannot tell is asked again
            // by whatever is sent.
            drop(self.queries.provider.allowances().await);
        }
        let budget = self.queries.provider.budget();
        self.share.begin(budget.as_ref(), self.versions.len(), now);
        let result = match (self.beat.is_multiple_of(PEOPLE_EVERY), self.share.is_rationed()) {
            (true, false) => self.people().await,
            // Asking for people costs nothing of the ration, so that no look is left out for it.
            (true, true) => match self.people().await {
                Ok(stale) => self.look(now, &mut report).await.map(|rows| rows | stale),
                fault => fault,
            },
            (false, _) => self.look(now, &mut report).await,
        };
        let mut last = WatchReport { at: now, ..WatchReport::nothing(now) };
        match result {
            // A vault that could not be looked at still is not, whatever else went well.
            Ok(stale) => (last.stale, last.fault) = (stale, self.unread.clone()),
            Err(fault) => last.fault = Some(fault),
        }
        let budget = self.queries.provider.budget();
        let wait = self.share.wait(budget.as_ref(), last.fault.as_ref(), self.versions.len(), self.every);
        if let Some(budget) = budget
            && self.told.as_ref().is_none_or(|told| budget.differs(told))
        {
            self.told = Some(budget.clone());
            last.budget = Some(budget);
        }
        report(last);
        wait
    }

    /// Asks for the people, or now and then for the groups, which change less often; whether
    /// anything changed.
    async fn people(&mut self) -> Result<bool> {
        let groups = self.beat.is_multiple_of(PEOPLE_EVERY * GROUPS_EVERY);
        let changed =
            if groups { self.queries.refresh_groups().await? } else { self.queries.refresh_people().await? };
        if changed {
            self.frame = None;
        }
        Ok(changed)
    }

    /// Lists the vaults, and the items of those that changed; whether rows are stale.
    async fn look(&mut self, now: Timestamp, report: &mut (impl FnMut(WatchReport) + Send)) -> Result<bool> {
        if !self.met {
            // Another account's vaults are no news of this class, and its ration is not ours.
            match self.queries.identify().await {
                // Who cannot tell whose token it is lists what that one may see.
                Err(fault) if fault.kind == Kind::Unsupported => {}
                who => drop(who?),
            }
            self.met = true;
        }
        let vaults = self.queries.provider.vaults().await?;
        let rebound = self.know_bindings().await? | self.others_wrote().await?;
        let Some(frame) = self.frame.clone() else {
            return Ok(false);
        };
        let ours: Vec<&Vault> = vaults.iter().filter(|vault| frame.owner(&vault.id).is_some()).collect();
        let renamed = self.know_names(&frame, &ours, rebound).await?;
        let first = self.first_look(&vaults, &ours).await?;
        let moved = |vault: &&&Vault| self.versions.get(&vault.id) != Some(&Some(vault.content_version));
        let baseline = |vault: &Vault| self.versions.get(&vault.id) == Some(&None);
        let moved: Vec<(Vault, bool)> =
            ours.iter().filter(moved).map(|vault| ((**vault).clone(), baseline(vault))).collect();
        self.share.noticed(&moved, now);
        if !first {
            let changed = self.changed(&moved);
            if !changed.is_empty() {
                report(WatchReport { changed, ..WatchReport::nothing(now) });
            }
        }
        let (failed, settled) = self.read(&frame, moved, now, report).await?;
        // Another program may have found something too.
        let arrivals = journal(&self.queries, &mut self.cursor).await?;
        if !arrivals.is_empty() {
            report(WatchReport { arrivals, ..WatchReport::nothing(now) });
        }
        // Always the same one of several, so that it does not look like another fault.
        self.unread = share::worst(failed);
        Ok(rebound || renamed || (first && settled > 0))
    }

    /// Reads the vaults that moved, as far as the share goes: those that could not be read, and the
    /// number of the others.
    async fn read(
        &mut self,
        frame: &Arc<Frame>,
        moved: Vec<(Vault, bool)>,
        now: Timestamp,
        report: &mut (impl FnMut(WatchReport) + Send),
    ) -> Result<(BTreeMap<VaultId, Fault>, usize)> {
        let mut failed = BTreeMap::new();
        let queries = self.queries.clone();
        let turns = self.share.take_turns(moved, now).into_iter().map(|turn| {
            let missed = self.missed.remove(&turn.vault.id).unwrap_or_default();
            (turn, missed)
        });
        let turns: Vec<(Turn, Missed)> = turns.collect();
        let look = |(turn, missed): (Turn, Missed)| {
            let id = turn.vault.id.clone();
            let look = look::look(&queries, frame, turn, missed, now);
            async move { (id, look.await) }
        };
        let mut looks = stream::iter(turns.into_iter().map(look)).buffer_unordered(READS_AT_ONCE);
        let mut settled = 0_usize;
        while let Some((vault, look)) = looks.next().await {
            let fault = match look {
                Ok(looked) => {
                    let (known, fault) = self.looked(&vault, looked, now);
                    settled += known.len();
                    let arrivals = journal(&self.queries, &mut self.cursor).await?;
                    if !known.is_empty() || !arrivals.is_empty() {
                        report(WatchReport { settled: known, arrivals, ..WatchReport::nothing(now) });
                    }
                    fault
                }
                // One vault that cannot be read does not stop the others: the next beat tries again.
                Err(fault) => {
                    self.share.failed(&vault, now);
                    Some(fault)
                }
            };
            failed.extend(fault.map(|fault| (vault, fault)));
        }
        Ok((failed, settled))
    }

    /// Takes over how a look went: the vault, if everything in it is known now, and what stopped the
    /// look otherwise.
    fn looked(&mut self, vault: &VaultId, looked: Looked, now: Timestamp) -> (Vec<VaultId>, Option<Fault>) {
        let Looked { version, left, missed, fault } = looked;
        if left > 0 {
            self.missed.insert(vault.clone(), missed);
            self.share.left(vault, left, now);
            return (Vec::new(), fault);
        }
        self.share.read(vault);
        self.versions.insert(vault.clone(), Some(version));
        self.reported.remove(vault);
        (vec![vault.clone()], fault)
    }

    /// Which vaults of those that moved nobody was told of yet; now they count as told.
    fn changed(&mut self, moved: &[(Vault, bool)]) -> Vec<VaultId> {
        let mut changed = Vec::new();
        for (vault, _) in moved {
            if self.reported.insert(vault.id.clone(), vault.content_version) != Some(vault.content_version) {
                changed.push(vault.id.clone());
            }
        }
        changed
    }

    /// Keeps under which names the vaults are listed, where those, or what others wrote, are not what
    /// they were at the last look; whether that is news.
    async fn know_names(&mut self, frame: &Frame, ours: &[&Vault], rebound: bool) -> Result<bool> {
        let mut digest = DefaultHasher::new();
        for vault in ours {
            (&vault.id, &vault.name).hash(&mut digest);
        }
        let names = Some(digest.finish());
        if !rebound && self.names == names {
            return Ok(false);
        }
        let owned = ours.iter().filter_map(|vault| Some((&frame.owner(&vault.id)?.key, *vault)));
        let renamed = self.queries.keep_names(owned).await?;
        self.names = names;
        Ok(renamed)
    }

    /// Reads bindings and frame again where they are missing or new; whether they changed.
    async fn know_bindings(&mut self) -> Result<bool> {
        let store = self.queries.store.clone();
        let bindings = blocking(move || store.bound()).await?;
        let rebound = bindings != self.bindings;
        if self.frame.is_none() || rebound {
            self.frame = Some(Arc::new(match self.queries.frame(false).await {
                Ok(frame) => frame,
                Err(_) => self.queries.frame(true).await?,
            }));
            self.bindings = bindings;
        }
        Ok(rebound)
    }

    /// Whether another program has written to the store since the last beat: it may have granted or
    /// revoked something, or read who has access.
    async fn others_wrote(&mut self) -> Result<bool> {
        let store = self.queries.store.clone();
        let written = blocking(move || store.others_wrote()).await?;
        Ok(self.written.replace(written).is_some_and(|before| before != written))
    }

    /// Begins the first look ever; whether some vault of ours still waits for it.
    ///
    /// It takes in every vault that is there, also those that are nobody's yet: when one of them is
    /// found to be a student's later on, what it held today is no news; a vault made from now on
    /// announces everything, also where the class has none today.
    async fn first_look(&mut self, vaults: &[Vault], ours: &[&Vault]) -> Result<bool> {
        if !self.begun {
            let ids: Vec<VaultId> = vaults.iter().map(|vault| vault.id.clone()).collect();
            let store = self.queries.store.clone();
            self.versions = blocking(move || {
                store.first_look(&ids)?;
                store.seen_versions()
            })
            .await?;
            self.begun = true;
        }
        Ok(ours.iter().any(|vault| self.versions.get(&vault.id) == Some(&None)))
    }
}

/// What the journal holds after the cursor, which moves on.
async fn journal(queries: &Queries, cursor: &mut u64) -> Result<Vec<Arrival>> {
    let arrivals = queries.arrivals_after(*cursor, PAGE).await?;
    if let Some(last) = arrivals.last() {
        *cursor = last.seq;
    }
    Ok(arrivals)
}
