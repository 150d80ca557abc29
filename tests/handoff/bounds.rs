//! How long, how much at once: no consumer, no clock and no long queue holds up anybody else.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use strongroom::clock::Clock;
use strongroom::domain::fault::{Fault, Kind};
use strongroom::domain::handoff::Consumer;
use strongroom::handoff::{Courier, Keep};
use strongroom::store::Store;
use strongroom::watch::{Busy, Pulse};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::support::{BOUND, Desk, Receiver, arrive, arrive_empty, queries, say};

#[tokio::test]
async fn four_offers_at_most_are_under_way_at_once() {
    let desk = Desk::new();
    let body = "echo + >> \"$DIR/log\"
        while [ ! -e \"$DIR/go\" ]; do read -t 0.01 x < /dev/null || :; done
        echo - >> \"$DIR/log\"";
    let consumers: Vec<_> = (0..7).map(|number| desk.hook(&format!("c{number}"), body)).collect();
    let courier = desk.courier(&consumers).await;
    desk.arrive(3, |_| "x".into());
    let full = async {
        while desk.lines("log").len() < 4 {
            tokio::task::yield_now().await;
        }
        std::fs::write(desk.path("go"), "").unwrap();
    };
    let both = async { tokio::join!(desk.drain(&courier, 10), full) };
    let (left, ()) = tokio::time::timeout(BOUND, both).await.unwrap();
    assert!(left.iter().all(|progress| progress.acked == 3), "{left:?}");
    let (mut now, mut most) = (0_usize, 0);
    for line in desk.lines("log") {
        now = if line == "+" { now + 1 } else { now - 1 };
        most = most.max(now);
    }
    assert_eq!((most, desk.lines("log").len()), (4, 42));
}

#[tokio::test]
async fn a_courier_works_while_its_program_watches_and_lets_an_offer_end() {
    let desk = Desk::new();
    let body = "echo \"$STRONGROOM_SEQ\" >> \"$DIR/begun\"
        while [ ! -e \"$DIR/go\" ]; do read -t 0.01 x < /dev/null || :; done
        echo \"$STRONGROOM_SEQ\" >> \"$DIR/taken\"";
    let busy = Busy::default();
    let courier = desk.courier(&[desk.hook("grade", body)]).await.busying(busy.clone());
    desk.arrive(3, |_| "x".into());
    let (tell, pulse) = watch::channel(Pulse::default());
    let (cancel, changes) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
    let (counted, stop) = (changes.clone(), cancel.clone());
    let running = tokio::spawn(async move {
        courier
            .run(pulse, stop, move || {
                counted.fetch_add(1, Ordering::SeqCst);
            })
            .await;
    });
    tell.send_modify(|pulse| pulse.seq = 3);
    // On a single thread, two rounds are enough to begin an offer: see below.
    for _ in 0..2 {
        tokio::task::yield_now().await;
    }
    assert!(busy.is_idle(), "another program watches");
    tell.send_modify(|pulse| pulse.watching = true);
    for _ in 0..2 {
        tokio::task::yield_now().await;
    }
    assert!(!busy.is_idle());
    let wait = async {
        while desk.lines("begun").is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(BOUND, wait).await.unwrap();
    cancel.cancel();
    std::fs::write(desk.path("go"), "").unwrap();
    tokio::time::timeout(BOUND, running).await.unwrap().unwrap();
    assert_eq!(
        (desk.numbers("begun"), desk.numbers("taken")),
        (vec![1], vec![1]),
        "it ended, and no other began"
    );
    assert_eq!(changes.load(Ordering::SeqCst), 1);
    assert_eq!(desk.queries.jobs().await.unwrap().consumers[0].acked, 1, "and it counts");
}

#[tokio::test]
async fn consumers_that_hang_hold_up_nobody_else_however_many_they_are() {
    let desk = Desk::new();
    // The first offers end when they are told to, with a refusal; the second ones hang.
    let body = "echo \"$STRONGROOM_SEQ\" >> \"$DIR/begun\"
        while [ ! -e \"$DIR/go$STRONGROOM_SEQ\" ]; do read -t 0.01 x < /dev/null || :; done
        exit 1";
    let mut consumers: Vec<_> =
        (0..4).map(|number| Consumer { retries: 0, ..desk.hook(&format!("h{number}"), body) }).collect();
    let receiver = Receiver::new(|_| say(200)).await;
    consumers.push(desk.webhook("post", &receiver.url));
    let busy = Busy::default();
    let courier = desk.courier(&consumers).await.busying(busy.clone());
    desk.arrive(50, |_| "x".into());
    let stop = CancellationToken::new();
    let watch = async {
        while desk.lines("begun").len() < 4 {
            tokio::task::yield_now().await;
        }
        std::fs::write(desk.path("go1"), "").unwrap();
        while receiver.taken().len() < 50 || desk.lines("begun").len() < 7 {
            tokio::task::yield_now().await;
        }
        assert!(!busy.is_idle(), "three offers are under way");
        stop.cancel();
        std::fs::write(desk.path("go2"), "").unwrap();
    };
    assert!(busy.is_idle());
    let drained = async { courier.drain(BOUND, &stop).await.unwrap() };
    let (left, ()) = tokio::time::timeout(BOUND, async { tokio::join!(drained, watch) }).await.unwrap();
    let of = |name: &str| left.iter().find(|progress| progress.consumer.as_str() == name).unwrap().acked;
    assert_eq!(of("post"), 50);
    assert_eq!(desk.numbers("begun"), [1, 1, 1, 1, 2, 2, 2], "one place was kept from them");
    assert!(busy.is_idle());
}

#[tokio::test]
async fn a_long_queue_without_files_lets_others_work() {
    let desk = Desk::new();
    let keep: Keep = Arc::new(move |_| Box::pin(async { Err(Fault::new(Kind::Local, "x")) }));
    let courier = desk.courier_with(&[], Some(keep)).await;
    arrive_empty(&desk.queries.store, 2_000);
    let waiting = || desk.queries.store.progress().unwrap()[0].waiting;
    let (tell, pulse) = watch::channel(Pulse { watching: true, ..Pulse::default() });
    let (cancel, store) = (CancellationToken::new(), desk.queries.store.clone());
    let stop = cancel.clone();
    let task = tokio::spawn(async move { courier.run(pulse, stop, || {}).await });
    let all = async {
        let mut turns = 0;
        while store.progress().unwrap()[0].waiting > 0 {
            tokio::task::yield_now().await;
            turns += 1;
        }
        turns
    };
    let turns = tokio::time::timeout(BOUND, all).await.unwrap();
    assert!(turns >= 2_000, "others had their turn {turns} times");
    assert_eq!(waiting(), 0);
    cancel.cancel();
    task.await.unwrap();
    drop(tell);
}

#[tokio::test]
async fn a_job_gives_up_at_the_first_refusal_after_its_patience_and_ends_also_where_all_is_taken() {
    let desk = Desk::new();
    // Every offer takes half a minute; the first consumer does not want any.
    let (clock, other) = (desk.hand(), desk.hand());
    let refuses = Receiver::new(move |_| {
        clock.fetch_add(30_000, Ordering::SeqCst);
        say(422)
    })
    .await;
    let courier = desk.courier(&[Consumer { retries: 0, ..desk.webhook("post", &refuses.url) }]).await;
    desk.arrive(100, |_| "x".into());
    let left = desk.drain(&courier, 60).await.remove(0);
    assert_eq!((left.dead.as_slice(), left.waiting), ([1, 2, 3].as_slice(), 97));
    let takes = Receiver::new(move |_| {
        other.fetch_add(30_000, Ordering::SeqCst);
        say(200)
    })
    .await;
    let courier = desk.courier(&[desk.webhook("post", &takes.url)]).await;
    let left = desk.drain(&courier, 60).await.remove(0);
    assert_eq!((takes.taken().len(), left.waiting), (21, 76), "ten times its patience, and one offer");
}

/// A courier that only fetches, with a clock of the test; what it fetches is never there.
async fn fetching(desk: &Desk, clock: Clock, keep: Keep) -> Courier {
    let store = Store::open(&desk.path("store.db")).unwrap();
    let courier = Courier::open(queries(store, clock), &[], Vec::new(), Some(keep)).await.unwrap();
    arrive(&desk.queries.store, 1, |_| "x".into());
    courier
}

#[tokio::test]
async fn a_job_ends_also_where_the_clock_is_set_back_all_the_time() {
    let desk = Desk::new();
    let (now, ticks) = (Arc::new(AtomicI64::new(1_790_000_000_000)), Arc::new(AtomicU64::new(0)));
    let (read, back, ticked) = (now.clone(), now.clone(), ticks.clone());
    let clock = Clock::of(
        move || Timestamp::from_millisecond(read.load(Ordering::SeqCst)).unwrap(),
        move |_| {
            back.fetch_sub(3_600_000, Ordering::SeqCst);
            ticked.fetch_add(20, Ordering::SeqCst);
            Box::pin(async {})
        },
    );
    let count = ticks.clone();
    let clock = clock.ticking(move || Duration::from_secs(count.load(Ordering::SeqCst)));
    let keep: Keep = Arc::new(|_| Box::pin(async { Err(Fault::new(Kind::Unreachable, "no network")) }));
    let courier = fetching(&desk, clock, keep).await;
    let cancel = CancellationToken::new();
    let drained = courier.drain(Duration::from_secs(60), &cancel);
    let left = tokio::time::timeout(BOUND, drained).await.unwrap().unwrap().remove(0);
    assert!(left.retrying.unwrap().stuck);
    assert!((60..=100).contains(&ticks.load(Ordering::SeqCst)), "{ticks:?}");
}

#[tokio::test]
async fn a_job_notices_a_clock_that_was_set_back_while_it_waits() {
    let desk = Desk::new();
    let now = Arc::new(AtomicI64::new(1_790_000_000_000));
    let (read, set, waits) = (now.clone(), now.clone(), AtomicUsize::new(0));
    let clock = Clock::of(
        move || Timestamp::from_millisecond(read.load(Ordering::SeqCst)).unwrap(),
        move |time| {
            if waits.fetch_add(1, Ordering::SeqCst) == 0 {
                // The day before: what is waited for does not come today.
                set.fetch_sub(86_400_000, Ordering::SeqCst);
                return Box::pin(std::future::pending());
            }
            set.fetch_max(time.as_millisecond() + 1, Ordering::SeqCst);
            Box::pin(async {})
        },
    );
    let clock = clock.ticking(|| Duration::ZERO);
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let keep: Keep = Arc::new(move |_| {
        let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        Box::pin(
            async move { if first { Err(Fault::new(Kind::Unreachable, "no network")) } else { Ok(None) } },
        )
    });
    let courier = fetching(&desk, clock, keep).await;
    let cancel = CancellationToken::new();
    let drained = courier.drain(Duration::from_secs(60), &cancel);
    let left = tokio::time::timeout(BOUND, drained).await.unwrap().unwrap().remove(0);
    assert_eq!((left.waiting, asked.load(Ordering::SeqCst)), (0, 2));
}
