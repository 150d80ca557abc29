//! What one program asks of a job that another carries out: to wait, to go on, to end; and plans of one
//! program that wait for each other.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use strongroom::domain::job::{JobId, State};
use strongroom::domain::plan::{Outcome, Wish};
use strongroom::ops::{Ended, OnProgress, Patience, Progress};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{Desk, Fixture, count, key};

/// Nothing of these tests takes longer.
const LONGEST: Duration = Duration::from_secs(60);

/// What a job tells, in order.
struct Told(UnboundedReceiver<Progress>);

impl Told {
    fn new() -> (Self, OnProgress) {
        let (sender, receiver) = unbounded_channel();
        let sender = Mutex::new(sender);
        (Self(receiver), Arc::new(move |told| drop(sender.lock().unwrap().send(told))))
    }

    async fn until<T>(&mut self, mut wanted: impl FnMut(Progress) -> Option<T>) -> T {
        let found = async {
            loop {
                if let Some(found) = wanted(self.0.recv().await.unwrap()) {
                    return found;
                }
            }
        };
        tokio::time::timeout(LONGEST, found).await.unwrap()
    }

    async fn job(&mut self) -> JobId {
        self.until(|told| if let Progress::Job(id) = told { Some(id) } else { None }).await
    }

    async fn is(&mut self, wanted: Progress) {
        self.until(|told| (told == wanted).then_some(())).await;
    }
}

/// Begins a job, and asks something of it from another program as soon as a first row is done.
async fn asked_when_begun(
    fixture: &Fixture,
    ask: impl AsyncFnOnce(&Desk, &JobId),
) -> (JoinHandle<Ended>, Told, JobId) {
    let desk = fixture.desk("one");
    let plan = desk.plan().await;
    let (mut told, tell) = Told::new();
    let ops = desk.ops.clone();
    let run =
        tokio::spawn(
            async move { ops.run(plan, Patience::Stop, CancellationToken::new(), tell).await.unwrap() },
        );
    let id = told.job().await;
    told.until(|told| matches!(told, Progress::Row(_, Outcome::Done)).then_some(())).await;
    ask(&fixture.desk("one"), &id).await;
    (run, told, id)
}

#[tokio::test]
async fn a_job_waits_when_another_program_says_so_and_goes_on_when_told() {
    let fixture = Fixture::new().await;
    fixture.students(120).await;
    let ask = async |desk: &Desk, id: &JobId| desk.ops.pause(id).await.unwrap();
    let (run, mut told, id) = asked_when_begun(&fixture, ask).await;
    told.is(Progress::Held).await;
    let other = fixture.desk("one");
    let head = other.ops.head(&id).await.unwrap();
    assert_eq!(head.state, State::Paused);
    assert!(head.ended < 120, "{head:?}");
    let before = fixture.requests().await.1;
    assert_eq!(other.ops.left().await.unwrap(), [], "a paused job is nobody else's to carry on");
    assert_eq!(fixture.requests().await.1, before);
    other.ops.go_on(&id).await.unwrap();
    told.is(Progress::Resumed).await;
    let ended = tokio::time::timeout(LONGEST, run).await.unwrap().unwrap();
    assert_eq!((count(&ended, "done"), fixture.vaults_made()), (120, 120));
    assert_eq!(other.ops.head(&id).await.unwrap().state, State::Ended);
    fixture.assert_invariants().await;
    other.assert_audited();
}

#[tokio::test]
async fn a_job_ends_when_another_program_says_so_and_its_rows_say_how_far_it_came() {
    let fixture = Fixture::new().await;
    fixture.students(120).await;
    let ask = async |desk: &Desk, id: &JobId| desk.ops.cancel(id).await.unwrap();
    let (run, _, id) = asked_when_begun(&fixture, ask).await;
    let ended = tokio::time::timeout(LONGEST, run).await.unwrap().unwrap();
    let done = count(&ended, "done");
    assert!((1..120).contains(&done), "{done} done");
    let other = fixture.desk("one");
    let kept = other.ops.job(&id).await.unwrap();
    assert_eq!((kept.head.state, kept.head.ended), (State::Cancelled, done as u64));
    assert_eq!(kept.plan.rows.iter().filter(|row| row.outcome == Outcome::Done).count(), done);
    assert_eq!(fixture.happened("grant.person").len(), done);
    other.assert_audited();
}

#[tokio::test]
async fn plans_of_one_program_are_carried_out_one_after_another_and_can_be_ended_while_they_wait() {
    let fixture = Fixture::new().await;
    fixture.students(40).await;
    let desk = fixture.desk("one");
    let in_turn = async |from: usize, tell: OnProgress| {
        let keys = (from..from + 13).map(|number| key(&format!("s{number:03}"))).collect();
        let plan = desk.queries.plan(&Wish::Provision(keys)).await.unwrap();
        let ops = desk.ops.clone();
        tokio::spawn(async move {
            ops.run_in_turn(plan, Patience::Stop, CancellationToken::new(), tell).await.unwrap()
        })
    };
    let (mut first, tell) = Told::new();
    let one = in_turn(0, tell).await;
    first.job().await;
    let (mut second, tell) = Told::new();
    let two = in_turn(13, tell).await;
    second.is(Progress::Queued).await;
    let (mut third, tell) = Told::new();
    let three = in_turn(26, tell).await;
    let id = third.job().await;
    third.is(Progress::Queued).await;
    let other = fixture.desk("one");
    let states = other.queries.plans(9).await.unwrap();
    let states: Vec<State> = states.into_iter().map(|head| head.state).collect();
    assert_eq!(states, [State::Queued, State::Queued, State::Running]);
    other.ops.cancel(&id).await.unwrap();
    for run in [one, two] {
        let ended = tokio::time::timeout(LONGEST, run).await.unwrap().unwrap();
        assert_eq!(count(&ended, "done"), 13);
    }
    let ended = tokio::time::timeout(LONGEST, three).await.unwrap().unwrap();
    assert_eq!(count(&ended, "planned"), 13);
    assert_eq!(other.ops.head(&id).await.unwrap().state, State::Cancelled);
    assert_eq!(fixture.vaults_made(), 26);
}
