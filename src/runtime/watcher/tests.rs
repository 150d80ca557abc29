//! What the screen is told of beats, and that whoever leaves or pauses lets go in order.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use super::*;
use crate::clock::Clock;
use crate::domain::class::Class;
use crate::domain::directory::Identity;
use crate::domain::fault::Result;
use crate::domain::operation::Capabilities;
use crate::domain::vault_list::VaultList;
use crate::provider::Provider;
use crate::queries::{Acting, Queries};
use crate::store::Store;
use crate::watch::Watch;
use crate::watch::lease::Lease;

fn end(at: i64, fault: Option<Fault>) -> WatchReport {
    WatchReport { at: Timestamp::from_second(at).unwrap(), fault, ..broken() }
}

fn down(seconds: u64) -> Fault {
    Fault::new(Kind::Unreachable, "no answer").retry_after(Duration::from_secs(seconds))
}

async fn told(reports: impl IntoIterator<Item = WatchReport>) -> Vec<(i64, bool)> {
    let (outbox, mut inbox) = mpsc::channel(100);
    let mut teller = Teller { outbox, told: None, quiet: None };
    for report in reports {
        assert!(teller.tell(report).await);
    }
    drop(teller);
    let mut told = Vec::new();
    while let Some(Event::Watched(report)) = inbox.recv().await {
        told.push((report.at.as_second(), report.fault.is_none()));
    }
    told
}

#[tokio::test]
async fn a_fault_is_told_once_and_after_the_last_beat_that_went_well() {
    let beats = [
        end(1, None),
        end(2, None),
        end(3, None),
        end(4, Some(down(9))),
        end(5, Some(down(8))),
        end(6, None),
    ];
    assert_eq!(told(beats).await, [(1, true), (3, true), (4, false), (6, true)]);
}

#[tokio::test]
async fn another_fault_is_told_and_so_are_stale_rows() {
    let denied = Some(Fault::new(Kind::Denied, "not any more"));
    let stale = WatchReport { stale: true, ..end(3, denied.clone()) };
    assert_eq!(
        told([end(1, Some(down(9))), end(2, denied), stale]).await,
        [(1, false), (2, false), (3, false)]
    );
}

struct Away;

#[async_trait]
impl Provider for Away {
    fn capabilities(&self) -> Capabilities {
        Capabilities::of(&[])
    }
    async fn vaults(&self) -> Result<VaultList> {
        Err(Fault::new(Kind::Unreachable, "away"))
    }
}

struct Panics;

#[async_trait]
impl Provider for Panics {
    fn capabilities(&self) -> Capabilities {
        Capabilities::of(&[])
    }
    async fn identity(&self) -> Result<Identity> {
        panic!("as a mistake of ours would")
    }
}

#[test]
fn a_live_view_that_panics_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store.db")).unwrap();
    let class = Arc::new(Class::new("CS101"));
    let queries =
        Queries { provider: Arc::new(Panics), store, class, clock: Clock::real(), acting: Acting::default() };
    let (outbox, mut inbox) = mpsc::channel(10);
    let (_steering, wanted) = watch::channel(Wanted::default());
    let live = Live::new(Watch::new(queries, 0), "test");
    start(live, Beside::new(), wanted, outbox).unwrap();
    let Some(Event::Watched(report)) = inbox.blocking_recv() else { panic!("nothing was said") };
    assert!(report.fault.unwrap().to_string().contains("has ended"));
}

/// Notes when it goes whether another program could watch then.
struct Offer(std::path::PathBuf, std::sync::mpsc::Sender<bool>);

impl Drop for Offer {
    fn drop(&mut self) {
        let _sent = self.1.send(Lease::take(&self.0, "another").unwrap().is_some());
    }
}

fn away(folder: &std::path::Path) -> Live {
    let store = Store::open(&folder.join("store.db")).unwrap();
    let class = Arc::new(Class::new("CS101"));
    let (clock, acting) = (Clock::real(), Acting::default());
    Live::new(Watch::new(Queries { provider: Arc::new(Away), store, class, clock, acting }, 0), "test")
}

#[test]
fn whoever_leaves_ends_what_is_offered_before_another_program_may_watch() {
    let folder = tempfile::tempdir().unwrap();
    let (outbox, mut inbox) = mpsc::channel(10);
    let (_steering, wanted) = watch::channel(Wanted::default());
    let (gone, went) = std::sync::mpsc::channel();
    let (mut beside, offer) = (Beside::new(), Offer(folder.path().to_owned(), gone));
    beside.add(async move {
        let _offer = offer;
        std::future::pending::<()>().await;
    });
    let ended = start(away(folder.path()), beside, wanted, outbox).unwrap();
    assert!(inbox.blocking_recv().is_some());
    drop(inbox);
    assert!(!went.recv_timeout(Duration::from_secs(30)).unwrap(), "it was offered by two at once");
    ended.wait(Duration::from_secs(30));
    assert!(Lease::take(folder.path(), "another").unwrap().is_some());
}

#[test]
fn whoever_pauses_lets_nobody_watch_while_something_is_offered() {
    let folder = tempfile::tempdir().unwrap();
    let (outbox, mut inbox) = mpsc::channel(10);
    let (steering, wanted) = watch::channel(Wanted::default());
    let (live, mut beside) = (away(folder.path()), Beside::new());
    let (mut pulse, task) = (live.pulse(), beside.busy().begin());
    let (told, hears) = std::sync::mpsc::channel();
    beside.add(async move {
        drop(pulse.wait_for(|pulse| pulse.watching).await);
        let _sent = told.send(true);
        drop(pulse.wait_for(|pulse| !pulse.watching).await);
        let _sent = told.send(false);
        drop(pulse);
    });
    let _ended = start(live, beside, wanted, outbox).unwrap();
    let long = Duration::from_secs(30);
    assert!(hears.recv_timeout(long).unwrap());
    assert!(inbox.blocking_recv().is_some());
    steering.send_replace(Wanted { paused: true, looks: 0 });
    assert!(!hears.recv_timeout(long).unwrap(), "nothing more is begun");
    assert!(Lease::take(folder.path(), "another").unwrap().is_none());
    drop(task);
    let from = std::time::Instant::now();
    while Lease::take(folder.path(), "another").unwrap().is_none() {
        assert!(from.elapsed() < long);
        std::thread::yield_now();
    }
}
