//! One look at one vault that changed: its list, the details of what is new, and what is taken over.
//!
//! A look that cannot read everything takes over what it has read, so that nothing is read twice: the
//! rest counts as not seen yet, and the vault as seen at the version before. Knows nothing of whose
//! turn it is.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::delta::{self, Place};
use super::purse::Fare;
use crate::domain::budget::Cost;
use crate::domain::directory::{FileMeta, Item, ItemRef, ItemState, Vault};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::id::ItemId;
use crate::queries::{Queries, blocking};
use crate::store::{Listing, Span};

/// So many looks may not find an item, or not be let in, before it is taken over without its files: a
/// list and what it names may come from two places that are not equally new.
const LOOKS: u32 = 2;
/// The same where the service failed, which may pass.
const LOOKS_AT_BROKEN: u32 = 5;
/// So many failures of the service in one look end it.
const BROKEN_AT_ONCE: u32 = 3;

/// How often the detail of an item could not be read for reasons of its own, and at which version.
pub(super) type Missed = HashMap<ItemId, (u64, u32)>;

/// Why a vault has its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// It was never looked at: what is in it was there before us, and is no news.
    First,
    /// Its version moved.
    Moved,
    /// Its version has not moved, and something was reported of it: what is found then is no wonder, since lists
    /// may lag behind.
    Told,
    /// Its version has not moved, and the daily check is due.
    Due,
}

impl Why {
    /// Whether the list of vaults told nothing of it.
    pub(super) fn is_check(self) -> bool {
        matches!(self, Self::Told | Self::Due)
    }
}

/// A vault whose turn it is.
pub(super) struct Turn {
    pub(super) vault: Vault,
    pub(super) why: Why,
    /// Whether its items are asked of the account itself, and of no copy.
    pub(super) own: bool,
    /// What it may send.
    pub(super) fare: Fare,
}

/// What is known around a look.
#[derive(Clone, Copy)]
pub(super) struct Known {
    /// The time of this beat.
    pub(super) now: Timestamp,
    /// Before which time nothing of what is new can have happened.
    pub(super) not_before: Option<Timestamp>,
    /// How long it is watched, as far as that is accounted for.
    pub(super) span: Option<Span>,
    /// Whether its version went back for good, so that the lower one counts.
    pub(super) fell: bool,
}

/// A vault that was looked at.
pub(super) struct Looked {
    /// At which version.
    pub(super) version: u64,
    /// New items that are still to be read in detail; at 0 the vault is known.
    pub(super) left: usize,
    /// What could not be read in detail and may be tried again.
    pub(super) missed: Missed,
    /// What stopped the look before it was over.
    pub(super) fault: Option<Fault>,
    /// Whether the store took the listing over; where it did not, nothing is known by it.
    pub(super) taken: bool,
    /// Whether its version had not moved, and something was new all the same.
    pub(super) surprising: bool,
    pub(super) why: Why,
}

/// Looks at one vault and takes over what it looks like now.
///
/// # Errors
///
/// Where its items cannot be listed, or the store fails.
pub(super) async fn look(
    queries: &Queries,
    frame: &Arc<Frame>,
    mut turn: Turn,
    missed: Missed,
    known: Known,
) -> Result<Looked> {
    let (store, id) = (queries.store.clone(), turn.vault.id.clone());
    // Before it is listed: whoever takes it over in between has not listed it later than we have.
    let (looks, before) = blocking(move || store.seen(&id)).await?;
    let items = turn.list(queries).await?;
    // The first look announces nothing, so nobody needs its details.
    let read = if turn.why == Why::First {
        Read::default()
    } else {
        details(queries, &turn.vault, delta::news(&before, &items), &mut turn.fare, &missed).await
    };
    let Turn { vault, why, fare, .. } = turn;
    drop(fare);
    let Read { files, later, missed, fault } = read;
    let (store, frame) = (queries.store.clone(), Arc::clone(frame));
    blocking(move || {
        let (version, left) = (vault.content_version, later.len());
        let Known { now, not_before, span, fell } = known;
        let listing = Listing { version, whole: left == 0, at: now, looks, span, fell };
        let mut arrivals = None;
        if let Some(student) = frame.owner(&vault.id) {
            let place = Place { frame: &frame, student, vault: &vault.id, now, not_before };
            arrivals = store
                .settle(&vault.id, listing, |before, _| place.compare(before, &items, &files, &later))?;
        }
        let new = arrivals.as_ref().is_some_and(|arrivals| left > 0 || !arrivals.is_empty());
        let (surprising, taken) = (why.is_check() && new, arrivals.is_some());
        Ok(Looked { version, left, missed, fault, taken, surprising, why })
    })
    .await
}

impl Turn {
    /// The items of the vault. Where there are not as many as the list of vaults has said, somebody has just
    /// changed something, or one of the two answers lags behind: then they are listed once more, since an
    /// item that an old list leaves out would be taken for removed, and for new later on.
    async fn list(&mut self, queries: &Queries) -> Result<Vec<Item>> {
        // It was paid for when its turn came.
        self.fare.take(Cost::ITEMS);
        let items = self.ask(queries).await?;
        let active = items.iter().filter(|item| item.state == ItemState::Active).count() as u64;
        if self.vault.items.is_none_or(|said| said == active) || !self.fare.take(Cost::ITEMS) {
            return Ok(items);
        }
        self.ask(queries).await
    }

    async fn ask(&mut self, queries: &Queries) -> Result<Vec<Item>> {
        let (provider, id) = (&queries.provider, &self.vault.id);
        let items = if self.own { provider.account_items(id).await } else { provider.items(id).await };
        if items.as_ref().is_err_and(|fault| fault.kind == Kind::RateLimit) {
            self.fare.give_back(Cost::ITEMS);
        }
        items
    }
}

/// What the details of new items say.
#[derive(Default)]
struct Read {
    files: HashMap<ItemId, Vec<FileMeta>>,
    /// Items that are still to be read.
    later: HashSet<ItemId>,
    missed: Missed,
    fault: Option<Fault>,
}

/// The files of what is new, which only the detail of an item tells; as many as the look may ask for.
async fn details(
    queries: &Queries,
    vault: &Vault,
    news: Vec<&Item>,
    fare: &mut Fare,
    missed: &Missed,
) -> Read {
    let (mut read, mut broken, mut stopped) = (Read::default(), 0, false);
    for item in news {
        let times = missed.get(&item.id).filter(|(version, _)| *version == item.version);
        let times = times.map_or(0, |(_, times)| *times);
        if stopped || !fare.take(Cost::ITEM) {
            read.postpone(item, times);
            continue;
        }
        let at = ItemRef { vault: vault.id.clone(), item: item.id.clone() };
        let fault = match queries.provider.item(&at).await {
            // The list was newer: it may be another's files that are named. By 0 no version is told.
            Ok(detail) if (1..item.version).contains(&detail.item.version) => {
                Fault::new(Kind::NotFound, "the item is not there as it was listed")
            }
            Ok(detail) => {
                read.files.insert(at.item, detail.files);
                continue;
            }
            Err(fault) => fault,
        };
        if fault.kind == Kind::RateLimit {
            fare.give_back(Cost::ITEM);
        }
        let Some(most) = looks(fault.kind) else {
            read.postpone(item, times);
            (read.fault, stopped) = (Some(fault), true);
            continue;
        };
        // In the end it is taken over with what is known of its files.
        if times + 1 < most {
            read.postpone(item, times + 1);
            if fault.kind == Kind::Broken {
                broken += 1;
                stopped = broken >= BROKEN_AT_ONCE;
                read.fault.get_or_insert(fault);
            }
        }
    }
    read
}

impl Read {
    /// Leaves an item for the next look; it was missed so many times.
    fn postpone(&mut self, item: &Item, times: u32) {
        self.later.insert(item.id.clone());
        if times > 0 {
            self.missed.insert(item.id.clone(), (item.version, times));
        }
    }
}

/// How many looks an item is worth that fails like this; `None` if that says nothing of the item.
fn looks(kind: Kind) -> Option<u32> {
    match kind {
        Kind::NotFound | Kind::Denied | Kind::Unsupported | Kind::Input | Kind::Refused => Some(LOOKS),
        Kind::Broken => Some(LOOKS_AT_BROKEN),
        Kind::SignIn | Kind::Conflict | Kind::RateLimit | Kind::Unreachable | Kind::Unknown | Kind::Local => {
            None
        }
    }
}
