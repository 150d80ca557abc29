//! What keeps the hand-off from working at all is told, once, and stays to be seen until it is over.

use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use strongroom::domain::text::SafeText;
use strongroom::handoff::{Keep, alarm};
use strongroom::watch::{OnTold, Pulse};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::support::{BOUND, Desk};

const BODY: &str = "echo \"$STRONGROOM_SEQ\" >> \"$DIR/taken\"";

/// Who is told, and what was.
fn listener() -> (OnTold, Arc<Mutex<Vec<SafeText>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let lines = told.clone();
    (Arc::new(move |line| lines.lock().unwrap().push(line)), told)
}

fn subjects(desk: &Desk) -> Vec<String> {
    desk.queries.store.alarms().unwrap().into_iter().map(|alarm| alarm.subject).collect()
}

/// Waits for something to be so, and tells the courier of changes meanwhile.
async fn until(tell: &watch::Sender<Pulse>, so: impl Fn() -> bool) {
    let wait = async {
        while !so() {
            tell.send_modify(|pulse| pulse.seq += 1);
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(BOUND, wait).await.unwrap();
}

#[tokio::test]
async fn a_store_that_fails_is_told_once_and_is_an_alarm_until_it_is_mended() {
    let desk = Desk::new();
    let (told, lines) = listener();
    let consumers = [desk.hook("grade", BODY), desk.hook("other", "exit 0")];
    let courier = desk.courier(&consumers).await.telling(told);
    desk.arrive(3, |_| "x".into());
    let beside = Connection::open(desk.path("store.db")).unwrap();
    let spoil = "UPDATE consumer SET tried = 1, attempts = 1, refusals = 1, since = 'once', next_at = 'soon',
        wait_ms = 1, why = '', stuck = 0 WHERE name = 'grade'";
    beside.execute(spoil, []).unwrap();
    let (tell, pulse) = watch::channel(Pulse { watching: true, ..Pulse::default() });
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let running = tokio::spawn(async move { courier.run(pulse, stop, || {}).await });
    until(&tell, || !subjects(&desk).is_empty()).await;
    assert_eq!(subjects(&desk), [alarm("grade")]);
    let acked = |name| {
        beside.query_row("SELECT acked FROM consumer WHERE name = ?1", [name], |row| row.get::<_, i64>(0))
    };
    until(&tell, || acked("other").unwrap() == 3).await;
    assert_eq!(lines.lock().unwrap().len(), 1, "{lines:?}");
    let line = lines.lock().unwrap()[0].to_string();
    assert!(line.starts_with("nothing can be handed to grade: "), "{line}");
    beside.execute("UPDATE consumer SET tried = NULL WHERE name = 'grade'", []).unwrap();
    until(&tell, || acked("grade").unwrap() == 3).await;
    assert_eq!(desk.numbers("taken"), [1, 2, 3]);
    assert!(subjects(&desk).is_empty(), "it is over");
    cancel.cancel();
    running.await.unwrap();
    assert_eq!(lines.lock().unwrap().len(), 1, "{lines:?}");
}

#[tokio::test]
async fn a_queue_that_a_defect_has_ended_is_noticed_and_the_others_go_on() {
    let desk = Desk::new();
    let (told, lines) = listener();
    let keep: Keep = Arc::new(|arrival| {
        assert!(arrival.seq > 1, "a defect, made by the test");
        Box::pin(async { Ok(Some("it was deleted".into())) })
    });
    let courier = desk.courier_with(&[desk.hook("grade", BODY)], Some(keep)).await.telling(told);
    desk.arrive(2, |_| "x".into());
    // The consumer has had the first one, which the folder has not.
    let turn = desk.queries.store.turn("grade").unwrap().unwrap();
    desk.queries.store.skip_turn(&turn).unwrap();
    let (tell, pulse) = watch::channel(Pulse { watching: true, ..Pulse::default() });
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let running = tokio::spawn(async move { courier.run(pulse, stop, || {}).await });
    until(&tell, || !subjects(&desk).is_empty() && desk.lines("taken").len() == 1).await;
    assert_eq!(subjects(&desk), [alarm("save_to")]);
    assert!(lines.lock().unwrap()[0].as_str().contains("save_to: it has ended by a defect"), "{lines:?}");
    assert_eq!(desk.numbers("taken"), [2]);
    cancel.cancel();
    running.await.unwrap();
}
