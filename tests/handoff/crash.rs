//! A courier that is killed in the middle: nothing is lost, and only what was under way comes twice.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use strongroom::clock::Clock;
use strongroom::domain::handoff::{Consumer, Means};
use strongroom::handoff::{Courier, Tempo};
use strongroom::store::Store;
use tokio_util::sync::CancellationToken;

use super::support::{BOUND, Desk, arrive, queries};

/// Names the folder in which this program is the courier of the test below.
const FOLDER: &str = "STRONGROOM_TEST_COURIER";
const ARRIVALS: usize = 400;
const KILLS: usize = 12;

fn hook(folder: &Path) -> Consumer {
    let run = vec!["/bin/sh".to_owned(), folder.join("grade.sh").display().to_string()];
    Consumer { name: "grade".into(), by: Means::Hook { run }, timeout: BOUND, retries: 20 }
}

/// Does nothing, but in the process that the test below starts: hands on what waits.
#[tokio::test]
async fn the_courier_that_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let store = Store::open(&folder.join("store.db")).unwrap();
    let short = Tempo { first: Duration::from_millis(1), longest: Duration::from_millis(5) };
    let courier = Courier::open(queries(store, Clock::real()), &[hook(&folder)], Vec::new(), None).await;
    let courier = courier.unwrap().paced(short);
    courier.drain(BOUND, &CancellationToken::new()).await.unwrap();
    std::io::stdout().flush().unwrap();
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::the_courier_that_is_killed"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_courier_that_is_killed_loses_nothing_and_repeats_only_what_was_under_way() {
    let desk = Desk::new();
    let folder = desk.folder.path();
    // One offer in three fails, by its number and attempt.
    let body = "echo \"$STRONGROOM_SEQ\" >> \"$DIR/offered\"
        [ $(((STRONGROOM_SEQ + STRONGROOM_ATTEMPT) % 3)) = 0 ] && exit 1
        echo \"$STRONGROOM_SEQ\" >> \"$DIR/taken\"";
    desk.hook("grade", body);
    desk.queries.store.enrol_consumers(&[("grade".into(), "hook")]).unwrap();
    arrive(&desk.queries.store, ARRIVALS, |number| format!("hw1-{number}"));
    let mut random = fastrand::Rng::with_seed(0x5eed_0002);
    for kill in 1..=KILLS {
        let mut courier = start(folder);
        let enough = desk.lines("offered").len() + random.usize(1..ARRIVALS / KILLS);
        while desk.lines("offered").len() < enough && courier.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        assert!(courier.try_wait().unwrap().is_none(), "killed in the middle, {kill}");
        courier.kill().unwrap();
        courier.wait().unwrap();
    }
    assert!(start(folder).wait().unwrap().success());
    let taken = desk.numbers("taken");
    let (mut first, mut twice) = (Vec::new(), 0);
    for seq in taken {
        if first.contains(&seq) { twice += 1 } else { first.push(seq) }
    }
    assert_eq!(first, (1..=ARRIVALS as u64).collect::<Vec<_>>(), "in order, none left out");
    assert!(twice <= KILLS, "{twice} came twice");
    let progress = desk.queries.store.progress().unwrap().remove(0);
    assert_eq!((progress.acked, progress.dead.len(), progress.retrying), (ARRIVALS as u64, 0, None));
    eprintln!("{ARRIVALS} arrivals, {KILLS} kills: none left out, {twice} came twice");
}
