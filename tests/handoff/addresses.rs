//! Addresses that fail: what is the door's fault waits in its place, what is the arrival's is set aside.

use std::time::Duration;

use jiff::Timestamp;
use strongroom::domain::handoff::{Consumer, Ended, Means};

use super::support::{Desk, Receiver, Say, say};

#[tokio::test]
async fn an_event_is_in_the_form_of_the_standards_and_keeps_its_id() {
    let desk = Desk::new();
    let mut first = true;
    let receiver = Receiver::new(move |_| say(if std::mem::take(&mut first) { 500 } else { 200 })).await;
    let courier = desk.courier(&[desk.webhook("post", &receiver.url)]).await;
    desk.arrive(1, |_| "hw1.pdf".into());
    desk.drain(&courier, 60).await;
    assert_eq!(receiver.taken(), [1]);
    let events = receiver.events();
    let arrival = desk.queries.arrivals_after(0, 1).await.unwrap().remove(0);
    let id = format!("{}/{}/1/new", arrival.vault.id.as_str(), arrival.item.id.as_str());
    assert_eq!(events.len(), 2);
    for event in events {
        assert_eq!((event["id"].as_str(), event["subject"].as_str()), (Some(id.as_str()), Some("s1001")));
        assert_eq!(event["type"], "strongroom.arrival.new");
        assert_eq!(event["source"], "/strongroom/CS101");
        assert_eq!(event["time"], "2026-11-02T09:30:00Z");
        assert_eq!(event["data"], serde_json::to_value(&arrival).unwrap(), "exactly the contract");
    }
    let attempts = desk.queries.jobs().await.unwrap().attempts;
    assert_eq!((attempts[0].why.as_str(), attempts[0].tail.len()), ("HTTP 200", 1));
    let kept = format!("{attempts:?}");
    assert!(!kept.contains("canary") && !kept.contains("whsec") && !kept.contains("a secret of"), "{kept}");
}

#[tokio::test]
async fn an_outage_never_sets_anything_aside_and_is_told_as_stuck() {
    let desk = Desk::new();
    let mut bad = [500, 502, 503, 429, 404, 401, 302].into_iter().cycle().take(40);
    let receiver = Receiver::new(move |_| say(bad.next().unwrap_or(200))).await;
    let courier = desk.courier(&[Consumer { retries: 0, ..desk.webhook("post", &receiver.url) }]).await;
    desk.arrive(3, |_| "x".into());
    let stuck = desk.drain(&courier, 60).await.remove(0);
    let retrying = stuck.retrying.unwrap();
    assert!(retrying.stuck && retrying.seq == 1 && retrying.attempts >= 5, "{retrying:?}");
    assert_eq!((stuck.acked, stuck.waiting, stuck.dead.len()), (0, 3, 0));
    let through = desk.drain(&courier, 1_000_000).await.remove(0);
    assert_eq!((through.acked, through.dead.len(), through.retrying), (3, 0, None));
    assert_eq!(receiver.taken(), [1, 2, 3]);
}

#[tokio::test]
async fn what_is_refused_goes_aside_and_a_redirect_goes_nowhere() {
    let desk = Desk::new();
    let mut redirects = 1;
    let receiver = Receiver::new(move |seq| match seq {
        2 => say(422),
        3 if redirects > 0 => {
            redirects -= 1;
            Say { headers: vec![("location", "/elsewhere".to_owned())], ..say(307) }
        }
        _ => say(200),
    })
    .await;
    let courier = desk.courier(&[Consumer { retries: 2, ..desk.webhook("post", &receiver.url) }]).await;
    desk.arrive(3, |_| "x".into());
    let progress = desk.drain(&courier, 1_000).await.remove(0);
    assert_eq!((progress.acked, progress.dead.as_slice()), (3, [2].as_slice()));
    assert_eq!((receiver.taken(), receiver.elsewhere()), (vec![1, 3], 0));
    let offered = receiver.events().iter().filter(|event| event["data"]["seq"] == 2).count();
    assert_eq!(offered, 3, "once, and two repeats");
    let aside = desk.queries.jobs().await.unwrap().attempts;
    assert!(
        aside.iter().any(|attempt| attempt.ended == Ended::SetAside && attempt.why.as_str() == "HTTP 422")
    );
}

#[tokio::test]
async fn an_address_that_asks_to_be_left_alone_is_left_alone() {
    let desk = Desk::new();
    let clock = desk.queries.clock.clone();
    let (mut calls, mut first) = (0, None::<Timestamp>);
    let receiver = Receiver::new(move |_| {
        calls += 1;
        let now = clock.now();
        let since = now - *first.get_or_insert(now);
        match calls {
            1 => Say { headers: vec![("retry-after", "1200".to_owned())], ..say(429) },
            // Asked back too early, it would never answer well.
            _ if since.total(jiff::Unit::Second).unwrap() < 1_200.0 => say(400),
            _ => say(200),
        }
    })
    .await;
    let courier = desk.courier(&[Consumer { retries: 0, ..desk.webhook("post", &receiver.url) }]).await;
    desk.arrive(1, |_| "x".into());
    let progress = desk.drain(&courier, 3_000).await.remove(0);
    assert_eq!((progress.acked, progress.dead.len(), receiver.events().len()), (1, 0, 2));
}

#[tokio::test]
async fn an_address_that_never_answers_or_is_not_there_is_an_outage() {
    let desk = Desk::new();
    let receiver = Receiver::new(|_| Say { never: true, ..say(200) }).await;
    let slow = Consumer { timeout: Duration::from_millis(300), ..desk.webhook("slow", &receiver.url) };
    let away = desk.webhook("away", "http://127.0.0.1:9/uploads?key=canary");
    let open = desk.webhook("plain", "http://198.51.100.7/uploads");
    let courier = desk.courier(&[slow, away, open]).await;
    desk.arrive(1, |_| "x".into());
    for progress in desk.drain(&courier, 0).await {
        let retrying = progress.retrying.unwrap();
        assert!(retrying.stuck && !retrying.why.as_str().contains("canary"), "{retrying:?}");
        let why = retrying.why.as_str();
        let told = match progress.consumer.as_str() {
            "slow" => why.contains("no answer within 300ms"),
            _ => why.contains("cannot be reached"),
        };
        assert!(told, "{}: {why}", progress.consumer);
    }
}

#[tokio::test]
async fn a_secret_that_others_can_read_signs_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new();
    let receiver = Receiver::new(|_| say(200)).await;
    let courier = desk.courier(&[desk.webhook("post", &receiver.url)]).await;
    let mode =
        |mode| std::fs::set_permissions(desk.path("webhook.key"), std::fs::Permissions::from_mode(mode));
    mode(0o640).unwrap();
    desk.arrive(1, |_| "x".into());
    let progress = desk.drain(&courier, 0).await.remove(0);
    assert!(progress.retrying.unwrap().why.as_str().contains("others may read it"));
    assert!(receiver.events().is_empty());
    mode(0o600).unwrap();
    assert_eq!(desk.drain(&courier, 60).await[0].acked, 1, "mended without a restart");
}

#[test]
fn a_secret_that_is_a_pipe_is_refused_and_waited_for_by_nobody() {
    let desk = Desk::new();
    let pipe = desk.path("pipe.key");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
    let url = "http://127.0.0.1:9/u".to_owned();
    let by = Means::Webhook { url, secret_file: pipe.clone() };
    let consumer = Consumer { by, ..desk.hook("post", "") };
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || tell.send(strongroom::handoff::ready(&consumer)).unwrap());
    let refused = told.recv_timeout(Duration::from_secs(20)).unwrap().unwrap_err();
    assert!(refused.message.as_str().contains("not a file"), "{refused}");
}
