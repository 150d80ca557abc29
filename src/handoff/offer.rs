//! One offer of one arrival to one consumer, and what follows from how it ended.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::letter::{Answer, Letter, Verdict};
use super::saving::has_files;
use super::{Courier, Line, hook, tempo, webhook};
use crate::domain::arrival::{Arrival, ArrivalItem, ArrivalStudent, ArrivalVault, NewArrival};
use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::handoff::{Attempt, Consumer, Ended, Means, Retrying};
use crate::domain::id::{ItemId, VaultId};
use crate::domain::text::{SafeText, Untrusted};
use crate::process::Binary;
use crate::queries::{Queries, blocking};
use crate::store::{Offer, Store, Turn};

/// A consumer, and what is kept of the way to it between two offers.
pub(super) struct Door {
    pub(super) consumer: Consumer,
    /// Of an address; made by the first offer.
    client: OnceCell<reqwest::Client>,
    /// Whether it did not take what it was offered last.
    failing: AtomicBool,
}

/// What happened to a consumer's queue.
pub(super) enum Step {
    /// Nothing waits.
    Idle,
    /// Nothing is due before that.
    Wait(Timestamp),
    /// Something was not taken, and is due then.
    Held(Timestamp),
    /// It went on.
    Went,
    /// It went on, and what it does not want was set aside.
    Aside,
}

/// Offers a consumer an arrival that is made up, and tells how that went. No cursor is moved, nothing
/// is kept, and nothing is asked of the service.
pub async fn trial(
    queries: &Queries,
    consumer: &Consumer,
    environment: &[(String, String)],
) -> Result<Attempt> {
    let at = queries.clock.now();
    let arrival = made_up(at)?;
    let letter = Letter { arrival: &arrival, test: true, attempt: 1 };
    let begun = Instant::now();
    let answer = Door::to(consumer.clone()).offer(queries, environment, &letter).await;
    let ended = if answer.verdict == Verdict::Taken { Ended::Taken } else { Ended::Refused };
    Ok(told(consumer, &letter, (at, begun.elapsed()), ended, answer))
}

/// Whether a consumer could be reached at all, in words: its program is there and is to be trusted, its
/// secret can be read. Nothing is run and nobody is called.
///
/// # Errors
/// What is missing, with its mend.
pub fn ready(consumer: &Consumer) -> Result<SafeText> {
    match &consumer.by {
        Means::Hook { run } => {
            let program = run.first().ok_or_else(|| Fault::new(Kind::Input, "it names no program"))?;
            let binary = Binary::named(Path::new(program))?;
            Ok(SafeText::new(&binary.path().display().to_string()))
        }
        Means::Webhook { url, secret_file } => webhook::ready(url, secret_file),
    }
}

impl Door {
    /// The way to a consumer, which was not gone yet.
    pub(super) fn to(consumer: Consumer) -> Self {
        Self { consumer, client: OnceCell::new(), failing: AtomicBool::default() }
    }

    async fn offer(
        &self,
        queries: &Queries,
        environment: &[(String, String)],
        letter: &Letter<'_>,
    ) -> Answer {
        let (consumer, class) = (&self.consumer, queries.class.id.as_str());
        match &consumer.by {
            Means::Hook { run } => hook::offer(consumer, run, class, environment, letter).await,
            Means::Webhook { url, secret_file } => {
                let now = queries.clock.now();
                webhook::offer(consumer, (url, secret_file), &self.client, class, letter, now).await
            }
        }
    }
}

fn told(
    consumer: &Consumer,
    letter: &Letter<'_>,
    (at, took): (Timestamp, Duration),
    ended: Ended,
    answer: Answer,
) -> Attempt {
    Attempt {
        consumer: SafeText::new(&consumer.name),
        seq: letter.arrival.seq,
        attempt: letter.attempt,
        at,
        took,
        ended,
        why: answer.why,
        tail: answer.tail,
    }
}

fn made_up(at: Timestamp) -> Result<Arrival> {
    let wrong = |_| Fault::new(Kind::Local, "a made-up arrival has no ids");
    let key = StudentKey::parse("test-student");
    let key = key.ok_or_else(|| Fault::new(Kind::Local, "a made-up arrival has no student"))?;
    let (id, name) = (VaultId::parse(&"a".repeat(26)).map_err(wrong)?, SafeText::new("test"));
    let student = ArrivalStudent { key, email: Untrusted::new("test-student@example.edu"), user_id: None };
    let item = ItemId::parse(&"a".repeat(26)).map_err(wrong)?;
    let item = ArrivalItem::document(item, "A made-up arrival of `strongroom handoff test`");
    Ok(NewArrival::new(at, student, ArrivalVault { id, name }, item).numbered(0))
}

impl Courier {
    /// Does what is next for a consumer: one offer at most.
    pub(super) async fn step(&self, line: &Line, cancel: &CancellationToken) -> Result<Step> {
        let name = line.name().to_owned();
        let Some(turn) = self.stored(move |store| store.turn(&name)).await? else { return Ok(Step::Idle) };
        let now = self.queries.clock.now();
        if let Some(offer) = &turn.tried
            && let Some(at) = tempo::due(offer, now)
        {
            return self.wait(turn.clone(), offer.clone(), at).await;
        }
        let Some(mut arrival) = self.arrival(turn.seq).await? else {
            self.stored(move |store| store.skip_turn(&turn)).await?;
            return Ok(Step::Went);
        };
        if let Some(keep) = self.keep.as_ref().filter(|_| has_files(&arrival)) {
            let saved = tokio::select! {
                biased;
                () = cancel.cancelled() => return Ok(Step::Idle),
                saved = self.save(keep, arrival) => saved?,
            };
            match saved {
                Ok(saved) => arrival = saved,
                Err(fault) => return self.hold(turn, &fault).await,
            }
        }
        let Line::To(door) = line else {
            self.stored(move |store| store.skip_turn(&turn)).await?;
            return Ok(Step::Went);
        };
        let permit = tokio::select! {
            // No offer begins after it, also where a place is free at the same moment.
            biased;
            () = cancel.cancelled() => return Ok(Step::Idle),
            permit = self.slots.one(door.failing.load(Ordering::Relaxed)) => permit,
        };
        let step = self.hand(door, turn, &arrival).await;
        drop(permit);
        step
    }

    /// Waits on; a wait that the clock has made longer is noted anew.
    async fn wait(&self, turn: Turn, mut offer: Offer, at: Timestamp) -> Result<Step> {
        if at != offer.retrying.at {
            offer.retrying.at = at;
            self.stored(move |store| store.hold_turn(&turn, &offer)).await?;
            return Ok(Step::Held(at));
        }
        Ok(Step::Wait(at))
    }

    /// Offers an arrival, and notes how that ended.
    async fn hand(&self, door: &Door, turn: Turn, arrival: &Arrival) -> Result<Step> {
        let tried = turn.tried.as_ref();
        let attempt = tried.map_or(0, |offer| offer.retrying.attempts).saturating_add(1);
        let letter = Letter { arrival, test: false, attempt };
        let (at, begun) = (self.queries.clock.now(), Instant::now());
        let answer = door.offer(&self.queries, &self.environment, &letter).await;
        door.failing.store(answer.verdict != Verdict::Taken, Ordering::Relaxed);
        let refused = answer.verdict == Verdict::Refused;
        let refusals = tried.map_or(0, |offer| offer.refusals).saturating_add(u32::from(refused));
        let ended = match answer.verdict {
            Verdict::Taken => Ended::Taken,
            Verdict::Refused if refusals > door.consumer.retries => Ended::SetAside,
            Verdict::Refused | Verdict::Away => Ended::Refused,
        };
        let now = self.queries.clock.now();
        let later = (ended == Ended::Refused).then(|| {
            let wait_ms = self.tempo.next(tried.map(|offer| offer.wait_ms), answer.retry_after);
            let retrying = Retrying {
                seq: turn.seq,
                attempts: attempt,
                since: tried.map_or(at, |offer| offer.retrying.since),
                at: tempo::end(now, wait_ms, answer.retry_after.is_some()),
                why: answer.why.clone(),
                stuck: !refused,
            };
            Offer { retrying, refusals, wait_ms }
        });
        let step = match &later {
            Some(later) => Step::Held(later.retrying.at),
            None if ended == Ended::SetAside => Step::Aside,
            None => Step::Went,
        };
        let attempt = told(&door.consumer, &letter, (at, begun.elapsed()), ended, answer);
        self.stored(move |store| store.settle_turn(&turn, &attempt, later.as_ref())).await?;
        Ok(step)
    }

    /// Lets a turn wait whose files cannot be fetched now.
    async fn hold(&self, turn: Turn, fault: &Fault) -> Result<Step> {
        let now = self.queries.clock.now();
        let tried = turn.tried.as_ref();
        let wait_ms = self.tempo.next(tried.map(|offer| offer.wait_ms), fault.retry_after);
        let at = tempo::end(now, wait_ms, fault.retry_after.is_some());
        let retrying = Retrying {
            seq: turn.seq,
            attempts: tried.map_or(0, |offer| offer.retrying.attempts),
            since: tried.map_or(now, |offer| offer.retrying.since),
            at,
            why: SafeText::new(&format!("its files cannot be fetched: {}", fault.message)),
            stuck: true,
        };
        let later = Offer { retrying, refusals: tried.map_or(0, |offer| offer.refusals), wait_ms };
        self.stored(move |store| store.hold_turn(&turn, &later)).await?;
        Ok(Step::Held(at))
    }

    /// One arrival, with what is known beside it; `None` where the journal does not hold it any more.
    pub(super) async fn arrival(&self, seq: u64) -> Result<Option<Arrival>> {
        let found = self.queries.arrivals_after(seq.saturating_sub(1), 1).await?;
        Ok(found.into_iter().find(|arrival| arrival.seq == seq))
    }

    pub(super) async fn stored<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = self.queries.store.clone();
        blocking(move || work(&store)).await
    }
}
