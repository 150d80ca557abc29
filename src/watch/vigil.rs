//! What was observed until when: spans of watching, and for each vault the last list that showed it as
//! it was read. An arrival is bounded by that: the list of then did not show it.
//!
//! That is what was observed, not what was so: a list may lag behind what is there, and whoever judges
//! by it allows for that (see `domain::deadline`). Beyond that nothing is claimed too much: a vault that
//! waits to be read is known no longer than when it last showed itself unchanged, a list that shows it
//! older than it was seen, or a listing that was not taken over, says nothing of it, and where the clock
//! was set back nothing is known of before.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::fault::Result;
use crate::domain::id::VaultId;
use crate::store::{SeenVault, Span, Store};

/// How often it is written down how long a span lasts.
const WRITTEN: Duration = Duration::from_secs(10);
/// So many beats may be missed before it counts as not watched.
const BEATS: u32 = 3;
/// And a beat may take so much longer.
const SLOW: Duration = Duration::from_secs(60);

/// When it is watched, and what is known since when.
#[derive(Debug, Default)]
pub(super) struct Vigil {
    span: Option<Span>,
    /// The end of the span that is written down.
    written: Option<Timestamp>,
    /// The last list that showed each vault as it was read; `None` where that cannot be told.
    known: HashMap<VaultId, Option<Timestamp>>,
    /// What is written down of those that wait.
    waiting: HashMap<VaultId, Option<Timestamp>>,
    /// The longest time between two good looks of one span.
    patience: Duration,
}

impl Vigil {
    /// Takes up what was known when somebody last watched.
    pub(super) fn take_up(seen: &HashMap<VaultId, SeenVault>, last: Option<Span>, now: Timestamp) -> Self {
        let until = last.map(|span| span.until);
        let known = |seen: &SeenVault| {
            // Read whole after the last list that was written down, or before it and not changed since.
            let known = seen.known_until.unwrap_or_else(|| until.max(seen.full_at));
            known.filter(|known| *known <= now)
        };
        let read = seen.iter().filter(|(_, seen)| seen.content_version.is_some());
        Self { known: read.map(|(vault, seen)| (vault.clone(), known(seen))).collect(), ..Self::default() }
    }

    /// The clock was set back: what was known until when cannot be told by it any more.
    pub(super) fn set_back(&mut self) {
        self.known.values_mut().for_each(|known| *known = None);
        self.span = None;
    }

    /// Nobody watches from now on.
    pub(super) fn end(&mut self) {
        self.span = None;
    }

    /// A list showed these vaults as they were read. `as_of` says as of when it did.
    pub(super) fn unchanged<'a>(
        &mut self,
        vaults: impl Iterator<Item = &'a VaultId>,
        as_of: &HashMap<VaultId, Timestamp>,
    ) {
        for vault in vaults {
            self.raise(vault, as_of.get(vault).copied());
        }
    }

    /// A vault was read whole after a list that showed it as of then; `None` where that cannot be told.
    pub(super) fn read(&mut self, vault: &VaultId, as_of: Option<Timestamp>) {
        self.raise(vault, as_of);
        // The store takes what was read now to be known as of now, until this is written down.
        self.written = None;
    }

    /// A copy may tell of a vault as of before the account itself has shown it.
    fn raise(&mut self, vault: &VaultId, as_of: Option<Timestamp>) {
        match self.known.get_mut(vault) {
            Some(known) => *known = as_of.max(*known),
            None => drop(self.known.insert(vault.clone(), as_of)),
        }
    }

    /// Before which time nothing of what is new in a vault can have happened.
    pub(super) fn known(&self, vault: &VaultId) -> Option<Timestamp> {
        self.known.get(vault).copied().flatten()
    }

    /// The span as far as all of it is accounted for: what arrives in this beat is written down with it.
    pub(super) fn span(&self) -> Option<Span> {
        self.span
    }

    /// A good look is over, and all that it found is written down. `wait` is the time to the next.
    pub(super) fn looked(&mut self, store: &Store, now: Timestamp, wait: Duration) -> Result<()> {
        let goes_on = |span: &Span| {
            Duration::try_from(now.duration_since(span.until)).is_ok_and(|since| since <= self.patience)
        };
        let span = self.span.filter(goes_on).map(|span| Span { until: now, ..span });
        self.patience = wait.saturating_mul(BEATS).saturating_add(SLOW);
        let old = |written: Timestamp| {
            Duration::try_from(now.duration_since(written)).map_or(true, |age| age >= WRITTEN)
        };
        let waiting: HashMap<_, _> = self
            .known
            .iter()
            .filter(|(_, known)| **known != Some(now))
            .map(|(vault, known)| (vault.clone(), *known))
            .collect();
        let due = waiting != self.waiting || self.written.is_none_or(old);
        let writes = span.is_none() || due;
        self.span = Some(match span {
            None => store.begin_span(now, &waiting)?,
            Some(span) if due => store.keep_span(span, &waiting).map(|()| span)?,
            Some(span) => span,
        });
        if writes {
            (self.written, self.waiting) = (Some(now), waiting);
        }
        Ok(())
    }

    /// Writes down how long the span lasted.
    pub(super) fn write(&mut self, store: &Store) -> Result<()> {
        match self.span {
            Some(span) if self.written != Some(span.until) => store.keep_span(span, &self.waiting)?,
            _ => return Ok(()),
        }
        self.written = self.span.map(|span| span.until);
        Ok(())
    }
}
