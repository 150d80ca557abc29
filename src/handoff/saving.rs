//! The files of an arrival, fetched before anybody is handed it: once for all consumers.
//!
//! Knows what the fetching said of which arrival. It must not know how files are fetched.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use futures_util::future::BoxFuture;
use tokio::sync::OnceCell;

use super::Courier;
use crate::domain::arrival::{Arrival, ArrivalKind};
use crate::domain::fault::{Kind, Result};
use crate::domain::text::SafeText;

/// How often files are asked for about which the service answers nonsense, before their arrival goes
/// on without.
const ASKED: u32 = 3;
/// Of how many arrivals it is remembered that there was nonsense.
const REMEMBERED: usize = 10_000;

/// Fetches the files of an arrival to this machine and notes the copies in the store. It is not called
/// for what has a copy. The answer is why there are none and will not be (the item has moved on, it is
/// gone, a quota forbids it), `None` where the copies are there: either way it is not called again for
/// that arrival. A fault is what may be otherwise at another time: the arrival waits in its place, but
/// for an answer that makes no sense (`Broken`), after three of which it goes on without.
pub type Keep = Arc<dyn Fn(Arrival) -> BoxFuture<'static, Result<Option<SafeText>>> + Send + Sync>;

/// How a fetch ended; the inner fault is that of the fetch, the outer one that of the store.
type Fetched = Result<Result<()>>;

/// What is fetched just now, and about what there was nonsense.
#[derive(Default)]
pub(super) struct Saving {
    under_way: Mutex<BTreeMap<u64, Weak<OnceCell<Fetched>>>>,
    nonsense: Mutex<BTreeMap<u64, u32>>,
}

impl Saving {
    /// The fetch of an arrival, which all share who wait for it.
    fn of(&self, seq: u64) -> Arc<OnceCell<Fetched>> {
        let mut under_way = hold(&self.under_way);
        under_way.retain(|_, fetch| fetch.strong_count() > 0);
        if let Some(fetch) = under_way.get(&seq).and_then(Weak::upgrade) {
            return fetch;
        }
        let fetch = Arc::new(OnceCell::new());
        under_way.insert(seq, Arc::downgrade(&fetch));
        fetch
    }

    /// Counts an answer that made no sense; whether it was one too many.
    fn is_enough(&self, seq: u64) -> bool {
        let mut nonsense = hold(&self.nonsense);
        let times = nonsense.entry(seq).or_default();
        *times += 1;
        let enough = *times >= ASKED;
        if enough {
            nonsense.remove(&seq);
        }
        while nonsense.len() > REMEMBERED {
            nonsense.pop_first();
        }
        enough
    }
}

fn hold<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Courier {
    /// Fetches the files of an arrival, unless that was done: the arrival with its copy, or without
    /// where there will be none. The inner fault is one that may pass.
    pub(super) async fn save(&self, keep: &Keep, arrival: Arrival) -> Result<Result<Arrival>> {
        let seq = arrival.seq;
        let fetch = self.saving.of(seq);
        let fetched = fetch.get_or_init(|| self.fetch(keep, seq)).await.clone()?;
        match fetched {
            Ok(()) => Ok(Ok(self.arrival(seq).await?.unwrap_or(arrival))),
            Err(fault) => Ok(Err(fault)),
        }
    }

    async fn fetch(&self, keep: &Keep, seq: u64) -> Fetched {
        // Another consumer's turn may have brought it, or the journal may have let it go.
        let Some(arrival) = self.arrival(seq).await?.filter(has_files) else { return Ok(Ok(())) };
        if self.stored(move |store| store.without_files(seq)).await?.is_some() {
            return Ok(Ok(()));
        }
        let why = match keep(arrival).await {
            Ok(None) => return Ok(Ok(())),
            Ok(Some(why)) => why,
            Err(fault) if fault.kind == Kind::Broken && self.saving.is_enough(seq) => fault.message,
            Err(fault) => return Ok(Err(fault)),
        };
        self.stored(move |store| store.put_without_files(seq, &why)).await?;
        Ok(Ok(()))
    }
}

/// Whether there is anything to fetch.
pub(super) fn has_files(arrival: &Arrival) -> bool {
    arrival.saved.is_none() && arrival.kind != ArrivalKind::Removed && !arrival.files.is_empty()
}
