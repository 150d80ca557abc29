//! A program that dies before or after every single step: what it left is gone on with, and nothing is
//! done twice, left out or given to the wrong person.
//!
//! Every step of a plan either asks the service, and then there is a moment before the call and one after
//! it, or writes something down, and then the clock is read right before. So the program dies at its n-th
//! moment, for every n: at the clock it dies before what it was about to write and after what it had written
//! before. `STRONGROOM_MOMENTS=all` takes every moment, and more of them with 200 students.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests; the figures are what they are for")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use strongroom::audit::Outcome as Recorded;
use strongroom::clock::Clock;
use strongroom::domain::fault::Result;
use strongroom::domain::operation::{Call, Receipt};
use strongroom::ops::Patience;
use strongroom::provider::{Provider, sandbox::Sandbox};
use tokio_util::sync::CancellationToken;

use crate::support::{Desk, Fixture, count, word};

/// How many moments a program has still to live.
#[derive(Clone)]
struct Life(Arc<AtomicUsize>);

impl Life {
    fn of(moments: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(moments)))
    }

    /// One more moment; the last one unwinds whatever the program is at, telling nobody.
    fn moment(&self) {
        let left = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_ok_and(|left| left == 1) {
            std::panic::resume_unwind(Box::new("the program dies"));
        }
    }
}

/// A sandbox as a program sees it that may die before a call is sent and after it was carried out.
struct Mortal {
    inner: Sandbox,
    life: Life,
}

#[async_trait]
impl Provider for Mortal {
    fn inner(&self) -> Option<&dyn Provider> {
        Some(&self.inner)
    }
    async fn apply(&self, call: &Call) -> Result<Receipt> {
        self.life.moment();
        let answer = self.inner.apply(call).await;
        self.life.moment();
        answer
    }
}

fn mortal(fixture: &Fixture, moments: usize) -> (Desk, Life) {
    let life = Life::of(usize::MAX);
    let (seen, real) = (life.clone(), Clock::real());
    let now = move || {
        seen.moment();
        real.now()
    };
    let clock = Clock::of(now, |_| Box::pin(tokio::task::yield_now()));
    let service = Arc::new(Mortal { inner: fixture.provider(), life: life.clone() });
    let desk = fixture.desk_at("one", service, clock);
    life.0.store(moments, Ordering::SeqCst);
    (desk, life)
}

/// How far a class had come when its program died, by what is out there and what is written down.
fn state(fixture: &Fixture, desk: &Desk) -> &'static str {
    let done = |op: &str| {
        let filter = strongroom::audit::Filter { op: Some(op.into()), ..Default::default() };
        let records = desk.ops.audit.list(&filter).unwrap_or_default().0;
        let done = records.iter().filter(|record| record.outcome == Some(Recorded::Done)).count();
        (records.iter().filter(|record| record.of.is_none()).count(), done)
    };
    let store = &desk.queries.store;
    let (made, bound) = (fixture.vaults_made(), store.bindings().unwrap().len());
    let (given, ledger) = (fixture.happened("grant.person").len(), store.ledger().unwrap().len());
    let ((to_make, created), (to_give, granted)) = (done("create-vault"), done("grant"));
    let jobs = store.jobs(0).unwrap();
    match () {
        () if jobs.is_empty() => "no job written yet, or all of it over",
        () if given > ledger => "access given, not in the ledger",
        () if ledger > granted => "access in the ledger, its result not written",
        () if to_give > granted => "access intended, not given",
        () if made > bound => "vault made, not bound",
        () if bound > created => "vault bound, its result not written",
        () if to_make > created => "vault intended, not made",
        () if created > 0 && to_give == 0 => "vaults made, nothing intended on them yet",
        () if granted > 0 => "results written, rows or job not told yet",
        () => "job written, nothing intended yet",
    }
}

/// Goes on with what was left, then applies what differs: nothing is there twice, missing or wrong, and
/// another run changes nothing.
async fn goes_on(fixture: &Fixture, students: usize, at: &str) {
    let next = fixture.desk("one");
    for head in next.ops.left().await.unwrap() {
        let ended = next
            .ops
            .resume(&head.id, Patience::Stop, CancellationToken::new(), Arc::new(|_| {}))
            .await
            .unwrap();
        assert_eq!((count(&ended, "failed") + count(&ended, "refused"), &ended.fault), (0, &None), "{at}");
    }
    assert_eq!(next.ops.left().await.unwrap(), [], "{at}");
    let plan = next.ops.plan(&strongroom::domain::plan::Wish::Provision(Vec::new())).await.unwrap();
    let ended = next.run(plan).await;
    assert_eq!(count(&ended, "done") + count(&ended, "unchanged"), students, "{at}: {:?}", ended.plan.rows);
    assert_eq!(fixture.vaults_made(), students, "{at}: no vault twice");
    fixture.assert_invariants().await;
    let given: std::collections::HashSet<_> =
        fixture.happened("grant.person").iter().map(|line| word(&line["vault"])).collect();
    assert_eq!(given.len(), students, "{at}: nobody is left without access");
    next.assert_audited();
    let before = fixture.requests().await.1;
    assert_eq!(count(&next.provision().await, "unchanged"), students, "{at}");
    assert_eq!(fixture.requests().await.1, before, "{at}: another run writes nothing");
}

/// Runs a class whose program dies at that moment; `None` where it lived to the end.
async fn dies(students: usize, moment: usize) -> Option<&'static str> {
    let fixture = Fixture::new().await;
    fixture.students(students).await;
    let (desk, life) = mortal(&fixture, usize::MAX);
    let plan = desk.plan().await;
    life.0.store(moment, Ordering::SeqCst);
    let ops = desk.ops.clone();
    let run = tokio::spawn(async move {
        ops.run(plan, Patience::Stop, CancellationToken::new(), Arc::new(|_| {})).await
    });
    let died = run.await.is_err();
    life.0.store(usize::MAX, Ordering::SeqCst);
    let found = state(&fixture, &desk);
    drop(desk);
    goes_on(&fixture, students, &format!("died at moment {moment}, {found}")).await;
    died.then_some(found)
}

/// How many moments a class of that many has.
async fn moments(students: usize) -> usize {
    let fixture = Fixture::new().await;
    fixture.students(students).await;
    let (desk, life) = mortal(&fixture, usize::MAX);
    let plan = desk.plan().await;
    life.0.store(usize::MAX, Ordering::SeqCst);
    desk.run(plan).await;
    usize::MAX - life.0.load(Ordering::SeqCst)
}

fn whole() -> bool {
    std::env::var("STRONGROOM_MOMENTS").is_ok_and(|word| word == "all")
}

#[tokio::test]
async fn whoever_dies_at_any_step_is_gone_on_with() {
    let all = moments(6).await;
    let (mut found, mut died): (BTreeMap<&str, usize>, usize) = (BTreeMap::new(), 0);
    for moment in (1..=all).step_by(if whole() { 1 } else { 9 }) {
        if let Some(state) = Box::pin(dies(6, moment)).await {
            *found.entry(state).or_default() += 1;
            died += 1;
        }
    }
    println!("6 students, {died} of {all} moments: duplicates 0, missing 0, wrong grants 0, later writes 0");
    for (state, times) in &found {
        println!("  {times:4} x {state}");
    }
    assert!(died > 10 && found.len() > 3, "{died} died, in these states: {found:?}");
}

#[tokio::test]
async fn a_class_of_two_hundred_is_gone_on_with() {
    let (all, crashes) = (moments(200).await, if whole() { 60 } else { 2 });
    let (mut found, mut died): (BTreeMap<&str, usize>, usize) = (BTreeMap::new(), 0);
    for number in 0..crashes {
        // Spread over the whole way, with a part of a step more each time.
        let moment = 1 + (all * (2 * number + 1) / (2 * crashes) + 7 * number) % all;
        if let Some(state) = Box::pin(dies(200, moment)).await {
            *found.entry(state).or_default() += 1;
            died += 1;
        }
    }
    println!(
        "200 students, {died} of {all} moments: duplicates 0, missing 0, wrong grants 0, later writes 0"
    );
    for (state, times) in &found {
        println!("  {times:4} x {state}");
    }
    assert!(died > 0);
}
