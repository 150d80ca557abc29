//! What a queue does between two offers: dead letters, newcomers, clocks, files, and who is at work.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use strongroom::domain::directory::ItemRef;
use strongroom::domain::fault::{Fault, Kind};
use strongroom::domain::handoff::{Consumer, Ended};
use strongroom::domain::id::FileId;
use strongroom::domain::query::LocalCopy;
use strongroom::handoff::{Keep, trial};
use strongroom::watch::Pulse;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::support::{BOUND, Desk, Receiver, say};

/// Writes down what it takes; refuses what is even while there is a file.
const PICKY: &str = "echo \"$STRONGROOM_SEQ\" >> \"$DIR/offered\"
    [ -e \"$DIR/picky\" ] && [ $((STRONGROOM_SEQ % 2)) = 0 ] && exit 3
    echo \"$STRONGROOM_SEQ\" >> \"$DIR/taken\"";

#[tokio::test]
async fn what_is_refused_too_often_goes_aside_and_comes_back_in_order_when_asked_for() {
    let desk = Desk::new();
    std::fs::write(desk.path("picky"), "").unwrap();
    let courier = desk.courier(&[Consumer { retries: 2, ..desk.hook("grade", PICKY) }]).await;
    desk.arrive(6, |_| "x".into());
    let progress = desk.drain(&courier, 10_000).await.remove(0);
    assert_eq!((progress.acked, progress.waiting, progress.dead.as_slice()), (6, 0, [2, 4, 6].as_slice()));
    assert_eq!(desk.numbers("offered"), [1, 2, 2, 2, 3, 4, 4, 4, 5, 6, 6, 6]);
    let store = &desk.queries.store;
    assert_eq!(store.drop_letters("grade", &[4]).unwrap(), [4]);
    // Put back too early they go aside again, and others go on.
    assert_eq!(store.retry_letters("grade", &[]).unwrap(), [2, 6]);
    desk.arrive(1, |_| "y".into());
    let progress = desk.drain(&courier, 10_000).await.remove(0);
    assert_eq!((progress.acked, progress.dead.as_slice()), (7, [2, 6].as_slice()));
    let letter = store.dead_letters("grade").unwrap().remove(0);
    assert_eq!((letter.seq, letter.attempts, letter.why.as_str()), (2, 3, "exit code 3"));
    std::fs::remove_file(desk.path("picky")).unwrap();
    store.retry_letters("grade", &[2, 6]).unwrap();
    let progress = desk.drain(&courier, 10_000).await.remove(0);
    assert_eq!((progress.waiting, progress.dead.len(), progress.retrying), (0, 0, None));
    assert_eq!(desk.numbers("taken"), [1, 3, 5, 7, 2, 6], "each once, the old ones in their order");
}

#[tokio::test]
async fn a_letter_that_is_dropped_while_it_is_tried_again_is_not_shown_any_more() {
    let desk = Desk::new();
    let courier = desk.courier(&[Consumer { retries: 1, ..desk.hook("grade", "exit 3") }]).await;
    desk.arrive(2, |_| "x".into());
    desk.drain(&courier, 10_000).await;
    let store = &desk.queries.store;
    assert_eq!(store.retry_letters("grade", &[]).unwrap(), [1, 2]);
    desk.drain(&courier, 0).await;
    assert_eq!(store.drop_letters("grade", &[2]).unwrap(), [2]);
    let left = desk.queries.jobs().await.unwrap().consumers.remove(0);
    assert_eq!((left.waiting, left.retrying.unwrap().seq), (1, 1), "the other one is still tried");
    assert_eq!(store.drop_letters("grade", &[1]).unwrap(), [1]);
    let left = desk.queries.jobs().await.unwrap().consumers.remove(0);
    assert_eq!((left.waiting, left.retrying), (0, None));
}

#[tokio::test]
async fn a_newcomer_begins_at_the_end_a_replay_gives_it_the_rest_and_who_goes_keeps_the_place() {
    let desk = Desk::new();
    let body = "echo \"$STRONGROOM_SEQ\" >> \"$DIR/$STRONGROOM_CLASS\"";
    let old = desk.hook("old", body);
    desk.arrive(3, |_| "x".into());
    let courier = desk.courier(std::slice::from_ref(&old)).await;
    assert_eq!(desk.drain(&courier, 10).await[0].acked, 3, "nothing old is announced");
    desk.arrive(2, |_| "x".into());
    desk.drain(&courier, 10).await;
    assert_eq!(desk.numbers("CS101"), [4, 5]);
    let store = &desk.queries.store;
    assert_eq!(store.replay("old", "hook", 7).unwrap_err().kind, Kind::Input, "nothing is passed over");
    assert_eq!(store.replay("old", "hook", 1).unwrap(), Some(5));
    desk.drain(&courier, 10).await;
    assert_eq!(desk.numbers("CS101"), [4, 5, 2, 3, 4, 5]);
    // While it is away from the class file others are served; it goes on where it was.
    let other = desk.courier(&[desk.hook("other", ":")]).await;
    desk.arrive(2, |_| "x".into());
    let shown = desk.drain(&other, 10).await;
    assert_eq!((shown.len(), shown[0].consumer.as_str(), shown[0].acked), (1, "other", 7));
    let courier = desk.courier(&[old]).await;
    desk.drain(&courier, 10).await;
    assert_eq!(desk.numbers("CS101")[6..], [6, 7]);
}

#[tokio::test]
async fn a_replay_in_the_middle_of_an_offer_is_not_undone_by_its_end() {
    let desk = Desk::new();
    let store = desk.queries.store.clone();
    // The receiver moves the cursor back while the third arrival is under way.
    let mut once = true;
    let receiver = Receiver::new(move |seq| {
        if seq == 3 && std::mem::take(&mut once) {
            store.replay("post", "webhook", 0).unwrap();
        }
        say(200)
    })
    .await;
    let courier = desk.courier(&[desk.webhook("post", &receiver.url)]).await;
    desk.arrive(4, |_| "x".into());
    desk.drain(&courier, 10).await;
    assert_eq!(receiver.taken(), [1, 2, 3, 1, 2, 3, 4]);
}

#[tokio::test]
async fn a_clock_that_is_set_back_or_a_restart_freezes_nothing_and_forgets_nothing() {
    let desk = Desk::new();
    let hook = desk.hook("grade", "[ -e \"$DIR/good\" ]");
    let courier = desk.courier(std::slice::from_ref(&hook)).await;
    desk.arrive(1, |_| "x".into());
    let before = desk.drain(&courier, 2).await.remove(0).retrying.unwrap();
    assert!(before.attempts >= 2 && !before.stuck, "{before:?}");
    // Another program, and a clock of the day before.
    desk.step(-86_400);
    let courier = desk.courier(&[hook]).await;
    std::fs::write(desk.path("good"), "").unwrap();
    let begun = desk.queries.clock.now();
    let progress = desk.drain(&courier, 600).await.remove(0);
    assert_eq!((progress.acked, progress.retrying), (1, None));
    let waited = desk.queries.clock.now() - begun;
    assert!(waited.total(jiff::Unit::Second).unwrap() <= 300.0, "{waited}");
    let attempt = &desk.queries.jobs().await.unwrap().attempts[0];
    assert_eq!((attempt.ended, attempt.attempt), (Ended::Taken, before.attempts + 1), "counted on");
}

#[tokio::test]
async fn a_wait_ends_at_once_when_a_person_says_so() {
    let desk = Desk::new();
    let courier = desk.courier(&[desk.hook("grade", "[ -e \"$DIR/good\" ] || exit 75")]).await;
    desk.arrive(1, |_| "x".into());
    let left = desk.drain(&courier, 3_600).await.remove(0).retrying.unwrap();
    assert!(left.stuck && left.why.as_str().contains("75"), "{left:?}");
    std::fs::write(desk.path("good"), "").unwrap();
    let begun = desk.queries.clock.now();
    assert!(desk.queries.store.hurry("grade").unwrap());
    assert_eq!(desk.drain(&courier, 0).await[0].acked, 1);
    assert!((desk.queries.clock.now() - begun).total(jiff::Unit::Second).unwrap() < 1.0);
    assert!(!desk.queries.store.hurry("grade").unwrap(), "nothing waits any more");
}

#[tokio::test]
async fn files_are_fetched_once_before_anybody_is_handed_their_arrival() {
    let desk = Desk::new();
    let body = "echo \"$STRONGROOM_SEQ $(grep -c '\"saved\":{\"path\"')\" >> \"$DIR/$0.log\"";
    let consumers = ["a", "b"].map(|name| {
        let script = body.replace("$0", name);
        Consumer { retries: 0, ..desk.hook(name, &script) }
    });
    let store = desk.queries.store.clone();
    let calls = Arc::new(Mutex::new(Vec::new()));
    let asked = calls.clone();
    let keep: Keep = Arc::new(move |arrival| {
        let (store, asked) = (store.clone(), asked.clone());
        Box::pin(async move {
            asked.lock().unwrap().push(arrival.seq);
            let before = asked.lock().unwrap().iter().filter(|seq| **seq == arrival.seq).count();
            match arrival.seq {
                2 => return Err(Fault::new(Kind::NotFound, "a newer version is there")),
                3 if before < 10 => return Err(Fault::new(Kind::Unreachable, "no network")),
                _ => {}
            }
            store.put_copy(&LocalCopy {
                at: ItemRef { vault: arrival.vault.id.clone(), item: arrival.item.id.clone() },
                version: arrival.item.version,
                file: FileId::parse(arrival.files[0].id.as_str()).unwrap(),
                path: "/handed-in/x".into(),
                sha256: "0".repeat(64),
                size: 3,
                saved_at: "2026-11-02T09:30:00Z".parse().unwrap(),
            })
        })
    });
    let courier = desk.courier_with(&consumers, Some(keep)).await;
    desk.arrive(4, |_| "x".into());
    desk.drain(&courier, 100_000).await;
    for name in ["a.log", "b.log"] {
        assert_eq!(desk.lines(name), ["1 1", "2 0", "3 1", "4 1"], "{name}");
    }
    assert_eq!(desk.queries.jobs().await.unwrap().consumers.len(), 3, "the folder has a place of its own");
    assert_eq!(*calls.lock().unwrap(), [vec![1, 2, 2, 2], vec![3; 10], vec![4]].concat());
}

#[tokio::test]
async fn files_are_fetched_also_where_nobody_is_handed_anything() {
    let desk = Desk::new();
    let calls = Arc::new(Mutex::new(Vec::new()));
    let asked = calls.clone();
    let keep: Keep = Arc::new(move |arrival| {
        let asked = asked.clone();
        Box::pin(async move {
            asked.lock().unwrap().push(arrival.seq);
            if asked.lock().unwrap().len() < 3 { Err(Fault::new(Kind::RateLimit, "later")) } else { Ok(()) }
        })
    });
    let courier = desk.courier_with(&[], Some(keep)).await;
    desk.arrive(3, |_| "x".into());
    let left = desk.drain(&courier, 0).await.remove(0);
    let retrying = left.retrying.unwrap();
    assert!(retrying.stuck && retrying.attempts == 0, "{retrying:?}");
    assert!(retrying.why.as_str().contains("cannot be fetched: later"), "{}", retrying.why);
    let left = desk.drain(&courier, 600).await.remove(0);
    assert_eq!((left.consumer.as_str(), left.means.as_str(), left.acked), ("save_to", "folder", 3));
    assert_eq!(*calls.lock().unwrap(), [1, 1, 1, 2, 3]);
    assert!(desk.queries.jobs().await.unwrap().attempts.is_empty(), "nothing was offered to anybody");
}

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_courier_works_while_its_program_watches_and_lets_an_offer_end() {
    let desk = Desk::new();
    let body = "echo \"$STRONGROOM_SEQ\" >> \"$DIR/begun\"
        while [ ! -e \"$DIR/go\" ]; do read -t 0.01 x < /dev/null || :; done
        echo \"$STRONGROOM_SEQ\" >> \"$DIR/taken\"";
    let courier = desk.courier(&[desk.hook("grade", body)]).await;
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
    tokio::task::yield_now().await;
    assert!(desk.lines("begun").is_empty(), "another program watches");
    tell.send_modify(|pulse| pulse.watching = true);
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
async fn one_that_hangs_holds_up_nobody_else() {
    let desk = Desk::new();
    let hung =
        Consumer { timeout: Duration::from_secs(1), retries: 0, ..desk.hook("hung", "tail -f /dev/null") };
    let receiver = Receiver::new(|_| say(200)).await;
    let courier = desk.courier(&[hung, desk.webhook("post", &receiver.url)]).await;
    desk.arrive(50, |_| "x".into());
    let stop = CancellationToken::new();
    let other = receiver.clone();
    let watch = async {
        while other.taken().len() < 50 {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    let drained = async { courier.drain(Duration::from_secs(0), &stop, || {}).await.unwrap() };
    let (left, ()) = tokio::time::timeout(BOUND, async { tokio::join!(drained, watch) }).await.unwrap();
    let of = |name: &str| left.iter().find(|progress| progress.consumer.as_str() == name).unwrap().acked;
    assert_eq!(of("post"), 50);
    assert!(of("hung") < 50);
}

#[tokio::test]
async fn a_trial_is_marked_and_moves_nothing() {
    let desk = Desk::new();
    let hook = desk.hook("grade", "cat > \"$DIR/told\"; echo heard; exit \"$STRONGROOM_TEST\"");
    let ours = [("PATH".to_owned(), "/usr/bin:/bin".to_owned())];
    let attempt = trial(&desk.queries, &hook, &ours).await.unwrap();
    assert_eq!((attempt.ended, attempt.why.as_str(), attempt.seq), (Ended::Refused, "exit code 1", 0));
    assert_eq!(attempt.tail[0].as_str(), "heard");
    let told: serde_json::Value = serde_json::from_str(&desk.lines("told")[0]).unwrap();
    assert_eq!((&told["test"], &told["seq"]), (&true.into(), &0.into()));
    let receiver = Receiver::new(|_| say(200)).await;
    let attempt = trial(&desk.queries, &desk.webhook("post", &receiver.url), &ours).await.unwrap();
    assert_eq!((attempt.ended, receiver.taken()), (Ended::Taken, vec![0]));
    assert!(desk.queries.jobs().await.unwrap().attempts.is_empty());
}
