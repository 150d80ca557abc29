//! What the class file lets be kept for so many days, with a clock of its own: what is older goes, by the
//! program that watches and no other.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use strongroom::clock::Clock;
use strongroom::domain::text::SafeText;
use strongroom::watch::Pulse;
use strongroom::watch::retention::Retention;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use crate::deletion::closed;
use crate::support::{Desk, Fixture, key};

/// A program that starts so many days later.
fn later(fixture: &Fixture, days: i64) -> Desk {
    let then = Timestamp::now().checked_add(jiff::SignedDuration::from_hours(24 * days)).unwrap();
    let clock = Clock::of(move || then, |_| Box::pin(std::future::ready(())));
    fixture.desk_at("one", Arc::new(fixture.provider()), clock)
}

fn left(desk: &Desk) -> Vec<String> {
    desk.queries.store.students().unwrap().iter().map(|row| row.student.key.to_string()).collect()
}

fn records(desk: &Desk) -> usize {
    let log = std::fs::read_to_string(&desk.log).unwrap();
    log.lines().filter(|line| line.contains("\"op\":\"retention\"") && line.contains("\"intent\"")).count()
}

#[tokio::test]
async fn what_is_too_old_is_erased_at_once_and_open_vaults_stay() {
    let (fixture, desk) = closed(3).await;
    desk.ops.reopen(&[key("s001")]).await.unwrap();
    let then = later(&fixture, 40);
    assert_eq!(then.ops.retain(60).await.unwrap().students, 0);
    assert_eq!(records(&then), 0, "nothing is written where nothing is erased");
    let retained = then.ops.retain(30).await.unwrap();
    assert_eq!(retained.students, 2, "who is closed for so long; the other one's term goes on");
    assert_eq!((left(&then), records(&then)), (vec!["s001".to_owned()], 1), "two in one");
    then.assert_audited();
}

#[tokio::test]
async fn whoever_comes_back_after_being_erased_is_still_closed() {
    let (fixture, _desk) = closed(2).await;
    assert_eq!(later(&fixture, 40).ops.retain(30).await.unwrap().students, 2);
    // The next program enrols everybody of the list again.
    let then = later(&fixture, 41);
    assert_eq!(left(&then), ["s000", "s001"]);
    let writes = fixture.requests().await.1;
    let ended = then.provision().await;
    assert_eq!(fixture.requests().await.1, writes, "{:?}", ended.plan.rows);
    assert!(then.queries.store.closings().unwrap()[&key("s000")].is_closed());
    then.assert_audited();
}

#[tokio::test]
async fn what_stands_in_the_way_of_one_is_told_and_keeps_nobody_else() {
    let (fixture, _desk) = closed(2).await;
    let then = later(&fixture, 40);
    let lock = std::fs::File::create(then.ops.locks.join("s000")).unwrap();
    lock.lock().unwrap();
    let retained = then.ops.retain(30).await.unwrap();
    assert_eq!((retained.students, left(&then)), (1, vec!["s000".to_owned()]));
    let [(who, why)] = retained.kept.as_slice() else { panic!("{retained:?}") };
    assert_eq!(who.as_str(), "s000");
    assert!(why.as_str().contains("another program is changing the vault"), "{why}");
    drop(lock);
    assert_eq!(then.ops.retain(30).await.unwrap().students, 1);
}

#[tokio::test]
async fn only_the_program_that_watches_erases_and_it_looks_every_day() {
    let (fixture, _desk) = closed(1).await;
    // The clock goes on by what is waited for, one day for each permit.
    let (hand, days) = (Arc::new(AtomicI64::new(Timestamp::now().as_second())), Arc::new(Semaphore::new(0)));
    let (now, moved, gate) = (hand.clone(), hand.clone(), days.clone());
    let asked = Arc::new(watch::Sender::new(0_usize));
    let count = asked.clone();
    let clock = Clock::of(
        move || Timestamp::from_second(now.load(Ordering::SeqCst)).unwrap(),
        move |until| {
            let (moved, gate) = (moved.clone(), gate.clone());
            count.send_modify(|count| *count += 1);
            Box::pin(async move {
                gate.acquire().await.unwrap().forget();
                moved.fetch_max(until.as_second() + 1, Ordering::SeqCst);
            })
        },
    );
    let desk = fixture.desk_at("one", Arc::new(fixture.provider()), clock);
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let into = lines.clone();
    let told = Arc::new(move |line: SafeText| into.lock().unwrap().push(line.to_string()));
    let retention = Retention::new(desk.ops.clone(), 2, told);
    let (pulse, cancel) = (watch::Sender::new(Pulse::default()), CancellationToken::new());
    hand.fetch_add(3 * 24 * 60 * 60, Ordering::SeqCst);
    let running = tokio::spawn(retention.run(pulse.subscribe(), cancel.clone()));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!((*asked.borrow(), left(&desk)), (0, vec!["s000".to_owned()]), "another program watches");
    pulse.send_modify(|pulse| pulse.watching = true);
    asked.subscribe().wait_for(|count| *count == 1).await.unwrap();
    assert_eq!(left(&desk), Vec::<String>::new());
    assert_eq!(*lines.lock().unwrap(), ["kept for 2 days: erased 1 student"]);
    // They come back, and a day passes: not yet; after three it is too long again.
    let students = fixture.students.lock().unwrap().clone();
    fixture.desk("one").ops.enrol(students, Vec::new()).await.unwrap();
    let noted = desk.queries.store.closings().unwrap()[&key("s000")].closed_at().unwrap();
    hand.store(noted.as_second(), Ordering::SeqCst);
    for day in 2..=4 {
        days.add_permits(1);
        asked.subscribe().wait_for(|count| *count == day).await.unwrap();
    }
    days.add_permits(1);
    asked.subscribe().wait_for(|count| *count == 5).await.unwrap();
    assert_eq!((left(&desk), records(&desk)), (Vec::<String>::new(), 2));
    cancel.cancel();
    running.await.unwrap();
}
