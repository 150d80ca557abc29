//! What a queue does between two offers: dead letters, newcomers, clocks.

use strongroom::domain::fault::Kind;
use strongroom::domain::handoff::{Consumer, Ended};
use strongroom::handoff::trial;

use super::support::{Desk, Receiver, say};

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
