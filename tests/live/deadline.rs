//! When a deadline passes, whoever shows standings is told to read them again: once a look after it is
//! written down, and no sooner.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use strongroom::domain::assignment::{Assignment, AssignmentId, Relief, Rule};
use strongroom::domain::class::StudentKey;
use strongroom::domain::decision::Decision;
use strongroom::queries::Queries;
use strongroom::watch::{Live, Watch};

use crate::class;
use crate::line::Line;

/// The second at which it is due.
const DUE: i64 = 100;

/// Milliseconds after some moment.
fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(1_790_000_000_000 + ms).unwrap()
}

fn shown(second: i64) -> jiff::civil::DateTime {
    at(second * 1_000).to_zoned(jiff::tz::TimeZone::UTC).datetime()
}

/// The same class with something that is due.
fn due(mut queries: Queries) -> Queries {
    let mut class = (*queries.class).clone();
    class.time_zone = jiff::tz::TimeZone::UTC;
    class.assignments.push(Assignment {
        id: AssignmentId::parse("hw1").unwrap(),
        title: "hw1".into(),
        rule: Rule { any: true, ..Rule::default() },
        due: shown(DUE),
        accept_until: None,
        extensions: Vec::new(),
    });
    queries.class = Arc::new(class);
    queries
}

/// Whether the beat says that rows are stale.
async fn stale(live: &mut Live, second: f64) -> bool {
    #[allow(clippy::cast_possible_truncation, reason = "a few seconds")]
    let now = at((second * 1_000.0) as i64);
    let mut stale = false;
    live.step(now, |report| stale |= report.stale).await;
    stale
}

async fn looked(queries: &Queries) -> i64 {
    queries.last_look().await.unwrap().unwrap().as_second() - at(0).as_second()
}

#[tokio::test]
async fn the_watcher_says_so_with_the_first_look_after_it_and_writes_that_down() {
    let (_fixture, desk, _) = class(2).await;
    let queries = due(desk.queries);
    let mut live = Live::new(Watch::new(queries.clone(), 0), "dashboard");
    stale(&mut live, 95.0).await;
    let mut told = Vec::new();
    for second in 96..=104_i32 {
        if stale(&mut live, f64::from(second)).await {
            told.push((second, looked(&queries).await));
        }
    }
    assert_eq!(told, [(101, 101)]);
}

#[tokio::test]
async fn a_beat_that_fails_after_it_is_no_look_and_the_next_one_says_so() {
    let (fixture, desk, _) = class(2).await;
    let wire = Arc::new(Line::new(&fixture));
    let queries = due(fixture.desk_with("one", wire.clone()).queries);
    let mut live = Live::new(Watch::new(queries.clone(), 0), "dashboard");
    stale(&mut live, 98.0).await;
    assert!(!stale(&mut live, 99.0).await);
    wire.down.store(true, Ordering::SeqCst);
    assert!(!stale(&mut live, 101.0).await, "nobody looked");
    wire.mend();
    assert!(stale(&mut live, 102.0).await);
    assert_eq!((looked(&queries).await, stale(&mut live, 103.0).await), (102, false));
    drop(desk);
}

#[tokio::test]
async fn a_follower_waits_for_the_look_of_the_watcher() {
    let (fixture, desk, _) = class(2).await;
    let watching = due(desk.queries);
    let following = due(fixture.desk("one").queries);
    let mut watcher = Live::new(Watch::new(watching, 0), "watch");
    let mut follower = Live::new(Watch::new(following.clone(), 0), "dashboard");
    stale(&mut watcher, 99.0).await;
    stale(&mut follower, 99.5).await;
    assert!(!stale(&mut follower, 100.5).await, "nobody has looked since");
    assert!(!stale(&mut follower, 101.5).await);
    assert!(stale(&mut watcher, 129.0).await);
    assert!(stale(&mut follower, 129.5).await);
    assert_eq!((looked(&following).await, stale(&mut follower, 130.5).await), (129, false));
}

#[tokio::test]
async fn more_time_that_somebody_was_given_is_a_deadline_of_its_own() {
    let (_fixture, desk, _) = class(2).await;
    let queries = due(desk.queries);
    let mut live = Live::new(Watch::new(queries.clone(), 0), "dashboard");
    stale(&mut live, 198.0).await;
    let decision = Decision::Extend {
        student: StudentKey::parse("s001").unwrap(),
        assignment: AssignmentId::parse("hw1").unwrap(),
        relief: Relief::Until(shown(200)),
        reason: "ill".into(),
    };
    assert!(queries.store.decide(&decision, at(0)).unwrap());
    assert!(!stale(&mut live, 200.0).await, "its second is not over");
    assert!(stale(&mut live, 201.0).await);
    assert!(!stale(&mut live, 202.0).await);
}
