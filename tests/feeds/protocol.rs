//! The provider against a scripted service: what it asks, and what it makes of every answer.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use serde_json::json;
use strongroom::domain::events::{Cursor, Feed, From};
use strongroom::domain::fault::Kind;
use strongroom::domain::operation::Capability;
use strongroom::provider::Provider as _;
use strongroom::provider::events::Events;

use crate::at;
use crate::script::{Script, TOKEN, Trick, path};

fn record(uuid: &str) -> serde_json::Value {
    json!({ "uuid": uuid, "timestamp": "2026-01-02T03:04:05Z", "action": "reveal" })
}

#[tokio::test]
async fn the_first_question_names_a_time_and_every_other_one_only_the_cursor() {
    let script = Script::new().await;
    for uuid in ["a", "b", "c"] {
        script.happened(Feed::Usage, record(uuid));
    }
    let events = script.events();
    assert!(events.capabilities().has(Capability::ReadActivity));
    assert!(!events.capabilities().has(Capability::ReadItems), "it reads nothing else");
    let first = events.activity(Feed::Usage, &From::Time(at(0))).await.unwrap();
    assert_eq!((first.list.len(), first.has_more), (2, true));
    let second = events.activity(Feed::Usage, &From::Cursor(first.cursor)).await.unwrap();
    assert_eq!((second.list.len(), second.has_more), (1, false));
    let third = events.activity(Feed::Usage, &From::Cursor(second.cursor.clone())).await.unwrap();
    assert_eq!((third.list.len(), third.cursor), (0, second.cursor), "a cursor comes with nothing too");
    let bodies: Vec<_> = script.asked(Feed::Usage).into_iter().map(|asked| asked.body).collect();
    assert_eq!(bodies[0], json!({ "limit": 1_000, "start_time": at(0).to_string() }));
    assert_eq!(bodies[1..], [json!({ "cursor": "at:2" }), json!({ "cursor": "at:3" })]);
}

#[tokio::test]
async fn what_a_token_may_read_and_whose_it_is_comes_from_introspection() {
    let script = Script::new().await;
    let events = script.events();
    assert_eq!(events.account(), None);
    assert_eq!(events.feeds().await.unwrap(), Feed::ALL);
    assert!(events.account().unwrap().is_sandbox());
    script.features(&["signinattempts", "itemusages", "newfeature"]);
    let told = events.introspect().await.unwrap();
    assert_eq!(told.feeds, [Feed::Usage]);
    assert_eq!(told.issued_at.unwrap().to_string(), "2026-01-02T03:04:05Z");
    for odd in ["{}", "[]", "null", "{\"features\":7,\"account_uuid\":[],\"issued_at\":1}"] {
        script.greet([Trick::Body(odd.into())]);
        assert_eq!(events.introspect().await.unwrap().feeds, [], "{odd}");
    }
}

#[tokio::test]
async fn every_failure_says_what_helps_and_none_tells_the_token_or_the_cursor() {
    let script = Script::new().await;
    script.happened(Feed::Audit, record("a"));
    let events = script.events();
    let html = "<html>\u{1b}[2J proxy</html>".to_owned();
    let cases = [
        (Trick::Status(400, None), Kind::Broken, None),
        (Trick::Status(401, None), Kind::SignIn, None),
        (Trick::Status(403, None), Kind::Denied, None),
        (Trick::Status(429, None), Kind::RateLimit, None),
        (Trick::Status(429, Some(7)), Kind::RateLimit, Some(Duration::from_secs(7))),
        (Trick::Status(500, None), Kind::Broken, None),
        (Trick::Truncated, Kind::Broken, None),
        (Trick::Redirect, Kind::Broken, None),
        (Trick::Body(html), Kind::Broken, None),
        (Trick::Body("{}".into()), Kind::Broken, None),
        (Trick::Body("{\"cursor\":7}".into()), Kind::Broken, None),
        (Trick::Body("{\"cursor\":\"c\",\"items\":7}".into()), Kind::Broken, None),
    ];
    for (trick, kind, wait) in cases {
        script.play(Feed::Audit, [trick.clone()]);
        let from = From::Cursor(Cursor::new("at:0"));
        let fault = events.activity(Feed::Audit, &from).await.unwrap_err();
        assert_eq!((fault.kind, fault.retry_after), (kind, wait), "{trick:?}");
        let text = format!("{fault} {fault:?} {from:?}");
        assert!(!text.contains(TOKEN) && !text.contains("at:0") && !text.contains('\u{1b}'), "{text}");
        assert!(fault.message.as_str().starts_with("audit events: "), "{fault}");
    }
    let asked = script.paths();
    assert!(asked.iter().all(|asked| *asked == path(Feed::Audit)), "no redirect is followed: {asked:?}");
}

#[tokio::test]
async fn a_token_that_may_not_read_a_feed_is_refused_there_alone() {
    let script = Script::new().await;
    script.features(&["itemusages"]);
    let events = script.events();
    let refused = events.activity(Feed::Audit, &From::Time(at(0))).await.unwrap_err();
    assert_eq!((refused.kind, refused.hint.is_some()), (Kind::SignIn, true));
    assert!(events.activity(Feed::Usage, &From::Time(at(0))).await.is_ok());
    let other = Events::at(Some(&script.url), "another".into(), None).unwrap();
    assert_eq!(other.feeds().await.unwrap_err().kind, Kind::SignIn);
}

#[tokio::test]
async fn a_record_that_cannot_be_understood_keeps_no_other_from_being_read() {
    let script = Script::new().await;
    script.page(10);
    for odd in [record("a"), json!(7), json!({ "uuid": "no time" }), record(""), record("b"), json!(null)] {
        script.happened(Feed::Usage, odd);
    }
    let page = script.events().activity(Feed::Usage, &From::Time(at(0))).await.unwrap();
    let found: Vec<_> = page.list.iter().map(|record| record.uuid.as_str()).collect();
    assert_eq!((found, page.left_out), (vec!["a", "b"], 4));
}

#[tokio::test]
async fn a_page_of_more_records_or_bytes_than_one_may_have_is_refused() {
    let script = Script::new().await;
    let records = |count: usize| {
        let items = vec!["{}"; count].join(",");
        format!("{{\"cursor\":\"c\",\"items\":[{items}]}}")
    };
    let (most, more) = (records(1_000), records(1_001));
    let long = format!("{{\"cursor\":\"c\",\"items\":[\"{}\"]}}", "x".repeat(8 << 20));
    script.play(Feed::Audit, [most, more, long].map(Trick::Body));
    let events = script.events();
    let from = From::Cursor(Cursor::new("at:0"));
    assert_eq!(events.activity(Feed::Audit, &from).await.unwrap().left_out, 1_000);
    for words in ["more records than a page", "too long"] {
        let fault = events.activity(Feed::Audit, &from).await.unwrap_err();
        assert!(fault.kind == Kind::Broken && fault.message.as_str().contains(words), "{fault}");
    }
}
