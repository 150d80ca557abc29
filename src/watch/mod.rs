//! The live view: notices what changes in the students' vaults, for the screen and for commands.
//!
//! Knows reads, the store and, for the steward, changes. It must not know the class file, or who
//! shows what was found.
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
//! One program of the class is the watcher, by a [`lease`]; the others read what it writes down. A
//! [`Live`] is the one or the other. Whatever a content version says, every vault is listed once a day.
//!
//! Time comes in as an argument of [`Watch::step`] and [`Live::step`], which answer when the next beat
//! is due; the loop that calls them is a thin shell.
//!
//! | about | modules |
//! |---|---|
//! | who watches | `live` is the watcher, by a [`lease`], or a follower who reads the `tail`; `beside` runs along |
//! | a beat | `share` says how long it is, `turns` whose it is, `purse` what may be spent; `reading` takes a `look` at each, the `delta` is what is new |
//! | what a look has to know | `class`, `people`; `vigil` when it was watched, and `burden` how the services stand |
//! | once a day | `check` of every vault, who is `present`, [`retention`] |
//! | beside the vaults | [`follow`] what the Events API reports; `deadlines`; the [`steward`] makes vaults |

mod beside;
mod burden;
mod check;
mod class;
mod deadlines;
mod delta;
pub mod follow;
pub mod lease;
mod live;
mod look;
mod people;
mod present;
mod purse;
mod reading;
pub mod retention;
mod share;
pub mod steward;
mod tail;
mod turns;
mod vigil;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::arrival::Arrival;
use crate::domain::budget::Budget;
use crate::domain::directory::Vault;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::parts::Part;
use crate::domain::query::WatchReport;
use crate::domain::vault_list::Gap;
use crate::queries::{Queries, blocking};
pub use beside::{Beside, Busy, OnTold, Pulse, Running, Task};
use check::Checks;
pub use follow::Leads;
pub use live::Live;
use look::{Missed, Why};
use share::Share;
pub use share::Shown;
use tail::Others;
use vigil::Vigil;

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
    /// What other programs wrote, as of the last beat.
    others: Others,
    /// The last arrival that was reported.
    cursor: u64,
    /// The time between two beats where nothing is rationed, and the shortest where it is.
    every: Duration,
    /// Its part of the ration, where there is one.
    share: Share,
    /// Vaults that are to be looked at because of what was reported.
    leads: Leads,
    /// The budget that was told last.
    told_budget: Option<Budget>,
    /// How the services stood that were told last.
    told_parts: Vec<Part>,
    /// What was observed until when.
    vigil: Vigil,
    /// As of when the last list told of each vault; where that cannot be told, the vault is missing.
    as_of: HashMap<VaultId, Timestamp>,
    /// Which vaults were listed whole, and when.
    checks: Checks,
    /// When the list of who is on each vault was read; `None` before the first look.
    lists: Option<Checks>,
    /// The time of the last beat.
    last: Option<Timestamp>,
    /// When people were asked for last.
    asked_at: Option<Timestamp>,
    /// How long to wait after a beat that goes well, by the last one that did.
    beat_takes: Duration,
    /// Whether people and groups are asked for before anything else.
    meet: bool,
    /// Raised whenever people, groups or bindings have changed.
    people: u64,
    /// How often people or groups were asked for beside the ration.
    rounds: u64,
    /// Whether a look before its time was paid for.
    early: AtomicBool,
}

impl Watch {
    /// A live view that reports what arrives after `cursor`, with a beat of a second where nothing is
    /// rationed. The ration, if there is one, is that of the provider.
    pub fn new(queries: Queries, cursor: u64) -> Self {
        Self {
            every: Duration::from_secs(1),
            share: Share::default(),
            leads: Leads::default(),
            told_budget: None,
            told_parts: Vec::new(),
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
            others: Others::default(),
            cursor,
            vigil: Vigil::default(),
            as_of: HashMap::new(),
            checks: Checks::default(),
            lists: None,
            last: None,
            asked_at: None,
            beat_takes: Duration::ZERO,
            meet: false,
            people: 0,
            rounds: 0,
            early: AtomicBool::new(false),
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
        if self.last.replace(now).is_some_and(|last| now < last) {
            self.vigil.set_back();
        }
        if self.beat == 1 {
            // What is left has to be known before the first look; whoever cannot tell is asked again
            // by whatever is sent.
            drop(self.queries.provider.allowances().await);
        }
        let budget = self.queries.provider.budget();
        self.weigh();
        self.share.begin(budget.as_ref(), now);
        self.keep_pace(self.share.pace(budget.as_ref()));
        let people = self.asks_people(now);
        if people {
            self.asked_at = Some(now);
        }
        let went = self.ask_and_look(people, now, &mut report).await;
        let mut last = WatchReport::nothing(now);
        let mut looked = false;
        match went {
            // A vault that could not be looked at still is not, whatever else went well.
            Ok((stale, unmet)) => {
                last.unread = unmet.is_none() && self.unread.is_some();
                looked = !last.unread;
                (last.stale, last.fault) = (stale, unmet.or_else(|| self.unread.clone()));
                self.people += u64::from(stale);
            }
            Err(fault) => last.fault = Some(fault),
        }
        let budget = self.queries.provider.budget();
        self.weigh();
        let wait = self.share.wait(budget.as_ref(), last.fault.as_ref(), self.every);
        last.parts = self.stand_otherwise();
        if let Some(budget) = budget
            && self.told_budget.as_ref().is_none_or(|told| budget.differs(told))
        {
            self.told_budget = Some(budget.clone());
            last.budget = Some(budget);
        }
        if looked {
            self.beat_takes = wait;
        }
        report(last);
        wait
    }

    /// Asks for people where it is their turn, and looks: whether rows are stale, and why people could not be asked
    /// for where that is told and no reason not to look. Where nothing is rationed it is one or the other, so
    /// that a beat is one request; where it is, asking for people costs nothing, and no look is left out for it.
    async fn ask_and_look(
        &mut self,
        people: bool,
        now: Timestamp,
        report: &mut (impl FnMut(WatchReport) + Send),
    ) -> Result<(bool, Option<Fault>)> {
        let alone = !self.share.is_rationed() && !self.meet;
        let (mut stale, mut unmet) = (false, None);
        if people {
            match self.people().await {
                Ok(changed) if alone => return Ok((changed, None)),
                Ok(changed) => stale = changed,
                Err(fault) if alone => return Err(fault),
                // What is stored of the class will do for a look; that it may be old is told.
                Err(fault) if fault.kind == Kind::Broken => unmet = Some(fault),
                // Somebody else reads, and how the service stands that does not answer is told by its part.
                Err(fault) if self.share.is_beside() && fault.is_outage() => self.asks_again(&fault),
                Err(fault) => return Err(fault),
            }
        }
        stale |= self.look(now, report).await?;
        Ok((stale, unmet))
    }

    /// Somebody else has watched since, or may have: what the store says counts, not what is
    /// remembered. People and groups are asked for first.
    fn take_over(&mut self) {
        self.meet = true;
        self.begun = false;
        (self.frame, self.names, self.others, self.lists) = (None, None, Others::default(), None);
        self.reported.clear();
        self.missed.clear();
        self.queries.provider.doubt();
    }

    /// Nobody watches from now on; what was observed is written down.
    fn rest(&mut self) -> Result<()> {
        self.vigil.write(&self.queries.store)?;
        self.vigil.end();
        Ok(())
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
        // Before the first list it is said whose vaults matter.
        let bound = self.frame.is_none() && self.know_bindings().await?;
        let vaults = self.queries.provider.vaults().await?;
        self.note_worth(&vaults, now);
        let rebound = bound | self.know_bindings().await? | self.others_wrote().await?;
        let left_behind = self.queries.quarantine(&vaults).await?;
        let Some(frame) = self.frame.clone() else {
            return Ok(false);
        };
        let ours: Vec<&Vault> = vaults.iter().filter(|vault| frame.owner(&vault.id).is_some()).collect();
        // Of what a list leaves out nobody knows whether it was renamed.
        let renamed = vaults.gap == Gap::None && self.know_names(&frame, &ours, rebound).await?;
        let first = self.first_look(&vaults, &ours, now).await?;
        let remembered: Vec<(&Vault, Option<u64>)> =
            ours.iter().map(|vault| (*vault, self.versions.get(&vault.id).copied().flatten())).collect();
        self.checks.went_back(&remembered, |vault| self.as_of.get(vault).copied());
        let alarmed = self.judge(&ours, &frame, now).await?;
        // A list that may only lag behind tells nothing of a vault, and so nobody looks at it for that.
        let listed = ours.iter().map(|vault| vault.id.clone()).collect();
        let ours: Vec<&Vault> = ours.into_iter().filter(|vault| !self.checks.lags(&vault.id)).collect();
        let same = |vault: &&Vault| self.versions.get(&vault.id) == Some(&Some(vault.content_version));
        let never = |vault: &Vault| self.versions.get(&vault.id) == Some(&None);
        let why = |vault: &Vault| if never(vault) { Why::First } else { Why::Moved };
        let (quiet, moved): (Vec<&Vault>, Vec<&Vault>) = ours.iter().partition(|vault| same(vault));
        let moved: Vec<(Vault, Why)> = moved.into_iter().map(|vault| (vault.clone(), why(vault))).collect();
        let told = self.reported_of(&quiet, first);
        let unread = quiet.iter().filter(|vault| !told.items.contains_key(&vault.id));
        self.vigil.unchanged(unread.map(|vault| &vault.id), &self.as_of);
        self.share.noticed(&moved, &listed, now);
        if !first {
            let changed = self.changed(&moved);
            if !changed.is_empty() {
                report(WatchReport { changed, ..WatchReport::nothing(now) });
            }
        }
        let turns = self.turns(moved, &quiet, (first, &told), now);
        let (failed, settled) = self.read(&frame, turns, now, report).await?;
        self.accounted(now).await?;
        // Another program may have found something too.
        let arrivals = journal(&self.queries, &mut self.cursor).await?;
        if !arrivals.is_empty() {
            report(WatchReport { arrivals, ..WatchReport::nothing(now) });
        }
        // Always the same one of several, so that it does not look like another fault.
        self.unread = share::worst(failed);
        if let Gap::Failed(fault) = &vaults.gap {
            self.unread.get_or_insert_with(|| fault.clone());
        }
        let compared = !first && self.compare(&frame, &ours, &told.access, now).await?;
        Ok(rebound || renamed || alarmed || left_behind || compared || (first && settled > 0))
    }

    /// Raises an alarm for each vault whose version stood still while it changed, or went back; whether
    /// there is one.
    async fn judge(&mut self, ours: &[&Vault], frame: &Frame, now: Timestamp) -> Result<bool> {
        let alarms = self.checks.judge(ours, frame, now);
        let (store, any) = (self.queries.store.clone(), !alarms.is_empty());
        if any {
            blocking(move || alarms.iter().try_for_each(|alarm| store.raise_alarm(alarm))).await?;
        }
        Ok(any)
    }

    /// A good look is over: what was observed is remembered, and now and then written down.
    async fn accounted(&mut self, now: Timestamp) -> Result<()> {
        let (store, wait) = (self.queries.store.clone(), self.beat_takes.max(self.every));
        let mut vigil = std::mem::take(&mut self.vigil);
        // Where it cannot be written, what is written counts.
        self.begun = false;
        self.vigil = blocking(move || vigil.looked(&store, now, wait).map(|()| vigil)).await?;
        self.begun = true;
        Ok(())
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
