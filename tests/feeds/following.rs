//! Reading along: nothing is lost and nothing doubled, whatever the service does and wherever it is cut.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use fastrand::Rng;
use strongroom::clock::Clock;
use strongroom::domain::events::{Cursor, Feed};
use strongroom::store::{Sought, Taken};
use strongroom::watch::Pulse;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::script::Trick;
use crate::support::key;
use crate::{Course, at, audit, ids, unique};

const DAY: i64 = 86_400;

#[tokio::test]
async fn only_what_is_of_the_class_is_kept() {
    let course = Course::new(2).await;
    course.script.page(50);
    let vault = course.desk.vault("s000").to_string();
    let other = "sbxother00other00other00ot";
    let student = course.people[1].0.as_str();
    course.script.happened(Feed::Usage, course.usage("mine", "s000", "reveal", 0));
    let mut foreign = course.usage("foreign", "s000", "reveal", 0);
    foreign["vault_uuid"] = other.into();
    course.script.happened(Feed::Usage, foreign);
    for (uuid, what, about) in [
        ("grant", ("grant", "uva"), (vault.as_str(), student)),
        ("elsewhere", ("grant", "uva"), (other, student)),
        ("vault-second", ("frobnicate", "thing"), (other, vault.as_str())),
        ("person", ("confirm", "user"), (student, "")),
        ("stranger", ("confirm", "user"), ("SBXSTRANGERSTRANGERSTRANGE", "")),
        ("club", ("join", "gm"), ("sbxclub000club000club000cl", student)),
        ("made", ("create", "vault"), (other, "")),
    ] {
        course.script.happened(Feed::Audit, audit(uuid, what, about, 0));
    }
    // One that we made, and was not confirmed to us.
    let ours = course.desk.queries.identify().await.unwrap().id;
    let mut made = audit("made-by-us", ("create", "vault"), (other, ""), 0);
    made["actor_uuid"] = ours.as_str().into();
    course.script.happened(Feed::Audit, made);
    let mut follower = course.follower();
    course.follow(&mut follower, 0).await;
    assert_eq!(course.kept(Feed::Usage), ["mine"]);
    assert_eq!(course.kept(Feed::Audit), ["grant", "made-by-us", "person", "vault-second"]);
    let named = Sought { vault: Some(&course.desk.vault("s000")), ..Sought::default() };
    assert_eq!(course.desk.queries.store.activity(&named).unwrap().len(), 3, "found by the vault");
    assert_eq!(course.told(), Vec::<String>::new());
}

#[tokio::test]
async fn the_first_question_is_for_the_past_of_the_class_and_for_one_day_of_usages() {
    let course = Course::new(1).await;
    let mut follower = course.follower();
    course.follow(&mut follower, 0).await;
    let since = |feed| {
        let body = course.script.asked(feed)[0].body.clone();
        body["start_time"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap()
    };
    let bound = course.desk.queries.store.bindings().unwrap()[0].bound_at;
    assert_eq!(bound.duration_since(since(Feed::Audit)).as_secs(), 3_600);
    assert_eq!(at(0).duration_since(since(Feed::Usage)).as_secs(), DAY);
    assert!(!course.follow(&mut follower, 20).await.to_string().is_empty());
    assert!(course.script.asked(Feed::Audit).iter().all(|asked| asked.body["start_time"].is_null()));
}

#[tokio::test]
async fn a_program_that_is_cut_between_two_pages_loses_and_doubles_nothing() {
    let course = Course::new(1).await;
    for (number, uuid) in ids(9).iter().enumerate() {
        let second = i64::try_from(number).unwrap();
        course.script.happened(Feed::Usage, course.usage(uuid, "s000", "reveal", second));
    }
    // The fewest answers first: nothing at all, then one more each time.
    for through in 0..8 {
        course.let_through(through);
        let mut follower = course.follower();
        let working = async { course.follow(&mut follower, i64::try_from(through).unwrap() * 100).await };
        tokio::select! {
            _end = working => {}
            () = course.both.held.notified() => {}
        }
        // Whatever was read is whole, and where it goes on is where it ends.
        let kept = course.kept(Feed::Usage);
        assert_eq!(kept[..], ids(9)[..kept.len()]);
        let place = course.desk.queries.store.followed(Feed::Usage).unwrap();
        let place = place.map_or("at:0".to_owned(), |followed| followed.cursor.as_str().to_owned());
        assert_eq!(place, format!("at:{}", kept.len()));
    }
    course.let_through(usize::MAX);
    let mut follower = course.follower();
    course.follow(&mut follower, 10_000).await;
    assert_eq!(course.kept(Feed::Usage), ids(9));
}

#[tokio::test]
async fn whatever_a_service_does_every_record_is_kept_once() {
    const RECORDS: usize = 24;
    let course = Course::new(1).await;
    for (number, uuid) in ids(RECORDS).iter().enumerate() {
        let second = i64::try_from(number).unwrap();
        course.script.happened(
            Feed::Audit,
            audit(uuid, ("update", "vault"), (course.desk.vault("s000").as_str(), ""), second),
        );
    }
    for seed in 0..12 {
        course.desk.queries.store.forget_activity(at(DAY)).unwrap();
        let begin = Cursor::new("at:0");
        let taken = Taken { kept: &[], cursor: &begin, since: Some(at(0)), is_last: false };
        course.desk.queries.store.take_page(Feed::Audit, &taken, at(0)).unwrap();
        let mut random = Rng::with_seed(seed);
        course.script.play(Feed::Audit, (0..20).map(|_| trick(&mut random)));
        let (mut follower, mut second) = (course.follower(), 0);
        let mut steps = 0;
        while unique(&course.kept(Feed::Audit)) < RECORDS {
            let wait = follower.step(at(second)).await;
            assert!(wait >= Duration::from_secs(1), "seed {seed}: it asks too often");
            second += i64::try_from(wait.as_secs()).unwrap() + 1;
            steps += 1;
            assert!(steps < 2_000, "seed {seed}: {} records", course.kept(Feed::Audit).len());
        }
        course.follow(&mut follower, second).await;
        assert_eq!(course.kept(Feed::Audit), ids(RECORDS), "seed {seed}");
        // What is left of the tricks does not belong to the next one.
        while !course.script.is_played(Feed::Audit) {
            second += 1_000;
            follower.step(at(second)).await;
        }
        course.script.paths();
    }
}

fn trick(random: &mut Rng) -> Trick {
    let all = [
        Trick::Again,
        Trick::SameCursor,
        Trick::Reversed,
        Trick::EmptyPage,
        Trick::Truncated,
        Trick::Status(429, None),
        Trick::Status(429, Some(40)),
        Trick::Status(500, None),
        Trick::Body("<html>".into()),
    ];
    all[random.usize(..all.len())].clone()
}

#[tokio::test]
async fn a_long_feed_is_read_in_portions_and_no_faster_than_a_second_each() {
    let course = Course::new(1).await;
    for (number, uuid) in ids(40).iter().enumerate() {
        let second = i64::try_from(number).unwrap();
        course.script.happened(Feed::Usage, course.usage(uuid, "s000", "reveal", second));
    }
    let (now, first) = (Arc::new(AtomicI64::new(0)), at(0).as_second());
    let (hand, wait) = (now.clone(), now.clone());
    let clock = Clock::of(
        move || at(hand.load(Ordering::SeqCst)),
        move |time| {
            wait.fetch_max(time.as_second() - first, Ordering::SeqCst);
            Box::pin(tokio::task::yield_now())
        },
    );
    let mut follower = course.follower_by(clock);
    for step in 1..=3 {
        assert_eq!(follower.step(at(step)).await, Duration::from_secs(1));
        assert_eq!(course.script.asked(Feed::Usage).len(), 2, "pages in one step");
        let so_far = course.desk.queries.store.followed(Feed::Usage).unwrap().unwrap();
        assert_eq!(so_far.read_at, so_far.since, "it was not read to its end yet");
    }
    assert_eq!(follower.step(at(3)).await, Duration::from_secs(1));
    assert_eq!(course.script.asked(Feed::Usage).len(), 0, "it was asked in this second already");
    now.store(4, Ordering::SeqCst);
    follower.once(&CancellationToken::new()).await;
    assert_eq!(course.kept(Feed::Usage), ids(40));
    assert_eq!(course.script.asked(Feed::Usage).len(), 14);
    assert_eq!(now.load(Ordering::SeqCst), 4 + 6, "two pages in each second");
    let so_far = course.desk.queries.store.followed(Feed::Usage).unwrap().unwrap();
    assert!(so_far.read_at > so_far.since);
}

#[tokio::test]
async fn cursors_that_lead_round_and_round_are_not_followed_for_ever() {
    let course = Course::new(1).await;
    for uuid in ids(6) {
        course.script.happened(Feed::Usage, course.usage(&uuid, "s000", "reveal", 0));
    }
    course.script.go_round(true);
    let (mut follower, mut second) = (course.follower(), 0);
    while second < 3_600 {
        second += i64::try_from(follower.step(at(second)).await.as_secs()).unwrap();
    }
    let asked = course.script.asked(Feed::Usage).len();
    // Three pages a round, and a round every five minutes in the end.
    assert!(asked < 60, "{asked} questions in an hour");
    assert_eq!(course.kept(Feed::Usage), ids(6));
    course.script.go_round(false);
    course.script.happened(Feed::Usage, course.usage("R006", "s000", "reveal", 1));
    course.follow(&mut follower, second + 600).await;
    assert_eq!(course.kept(Feed::Usage), ids(7));
}

#[tokio::test]
async fn only_the_program_that_watches_follows() {
    let course = Course::new(1).await;
    course.script.happened(Feed::Usage, course.usage("one", "s000", "reveal", 0));
    let (pulse, follow) = (watch::Sender::new(Pulse::default()), course.follower());
    let cancel = CancellationToken::new();
    let running = tokio::spawn(follow.run(pulse.subscribe(), cancel.clone()));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(course.script.paths(), Vec::<String>::new());
    pulse.send_modify(|pulse| pulse.watching = true);
    tokio::time::timeout(Duration::from_secs(30), course.both.asked.notified()).await.unwrap();
    cancel.cancel();
    tokio::time::timeout(Duration::from_secs(30), running).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_is_told_of_people_goes_with_them_and_with_time() {
    let course = Course::new(2).await;
    course.script.page(50);
    course.script.happened(Feed::Usage, course.usage("ada", "s000", "reveal", 0));
    let mut old = course.usage("old", "s001", "reveal", -119 * DAY);
    old["user"] = serde_json::json!({ "name": "Bo" });
    course.script.happened(Feed::Usage, old);
    let mut other = course.usage("ada-elsewhere", "s001", "reveal", 1);
    other["user"]["name"] = "unnamed".into();
    course.script.happened(Feed::Usage, other);
    let mut bo = course.usage("bo", "s001", "reveal", 2);
    bo["user"] = serde_json::json!({ "name": "Bo" });
    course.script.happened(Feed::Usage, bo);
    let mut follower = course.follower();
    let next = course.follow(&mut follower, 0).await;
    assert_eq!(course.kept(Feed::Usage), ["old", "ada", "ada-elsewhere", "bo"]);
    course.follow(&mut follower, next + 2 * DAY).await;
    assert_eq!(course.kept(Feed::Usage), ["ada", "ada-elsewhere", "bo"], "120 days are over");
    // By the vault, and by the address in what is told of others.
    course.desk.ops.purge(Some(&key("s000")), true).await.unwrap();
    assert_eq!(course.kept(Feed::Usage), ["bo"]);
    let folder = course.desk.queries.store.path().parent().unwrap().to_owned();
    for entry in std::fs::read_dir(folder).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        let bytes = std::fs::read(entry.path()).unwrap();
        assert!(!bytes.windows(16).any(|part| part == b"Ada Unmistakable"), "{:?}", entry.path());
    }
    course.desk.ops.purge(None, true).await.unwrap();
    assert_eq!(course.kept(Feed::Usage), Vec::<String>::new());
    assert_eq!(course.desk.queries.store.followed(Feed::Usage).unwrap(), None);
}

#[tokio::test]
async fn what_the_class_file_lets_be_kept_holds_for_reports_too() {
    let course = Course::new(1).await;
    course.script.page(50);
    course.script.happened(Feed::Usage, course.usage("old", "s000", "reveal", -3 * DAY));
    course.script.happened(Feed::Usage, course.usage("new", "s000", "reveal", 0));
    course.follow(&mut course.follower(), 0).await;
    course.desk.ops.retain(2).await.unwrap();
    assert_eq!(course.kept(Feed::Usage), ["new"]);
}
