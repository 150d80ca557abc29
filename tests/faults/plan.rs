//! The plan itself: who may give one, what is refused, what it counts, and that it can be replayed.

#![allow(clippy::unwrap_used, reason = "tests")]

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::raw::get;
use crate::support::Fixture;

const PLAN: &str = "/sandbox/v1/faults";

#[tokio::test]
async fn only_an_administrator_gives_sees_and_ends_a_plan() {
    let fixture = Fixture::new().await;
    let (_, student) = fixture.person("ngozi").await;
    let plan = json!({ "seed": 1, "rules": [{ "fault": "gateway" }] });
    for (token, status) in [(fixture.service(), 403), (student, 403), ("nobody".to_owned(), 401)] {
        for (method, body) in
            [(Method::GET, Value::Null), (Method::PUT, plan.clone()), (Method::DELETE, Value::Null)]
        {
            let (answered, told) = fixture.call(method.clone(), PLAN, &token, body).await;
            assert_eq!(answered, status, "{method} {told}");
        }
    }
    assert_eq!(fixture.told().await["plan"], Value::Null);
    fixture.plan(1, plan["rules"].clone()).await;
    assert_eq!(fixture.told().await["plan"], plan);
    assert_eq!(get(&fixture, "/v1/vaults").await.status(), 502);
    let (status, _) = fixture.call(Method::DELETE, PLAN, &fixture.admin(), Value::Null).await;
    assert_eq!((status, get(&fixture, "/v1/vaults").await.status()), (204, 200));
    assert_eq!(
        fixture.told().await,
        json!({ "plan": null, "requests": 0, "injected": 0, "rules": [], "log": [] })
    );
}

#[tokio::test]
async fn a_mistake_is_named_and_leaves_the_plan_as_it_was() {
    let fixture = Fixture::new().await;
    fixture.plan(7, json!([{ "fault": "gateway", "times": 1 }])).await;
    for (bad, place) in [
        (
            json!({ "seed": 1, "rules": [{ "fault": "hang" }, { "fault": "hang", "share": 2 }] }),
            "rules[1].share",
        ),
        (json!({ "seed": 1, "rules": [{ "fault": "lag" }] }), "rules[0].fault"),
        (json!({ "seed": 1, "rules": [{ "fault": "hang", "every": 2 }] }), "rules[0].every"),
        (json!({ "seed": -1 }), "plan.seed"),
        (json!([]), "plan"),
    ] {
        let (status, told) = fixture.call(Method::PUT, PLAN, &fixture.admin(), bad).await;
        assert_eq!((status, &told["status"]), (400, &json!(400)));
        assert!(told["message"].as_str().unwrap().starts_with(place), "{told}");
    }
    assert_eq!(fixture.told().await["plan"]["seed"], 7);
}

/// A run of 120 requests one after another: their statuses, and the log.
async fn run(fixture: &Fixture, seed: u64, paths: &[String]) -> (Vec<u16>, Value) {
    let rules = json!([
        { "fault": "gateway", "share": 0.2, "method": "GET", "route": "/v1/**" },
        { "fault": "rate-limit", "share": 0.3, "route": "/sandbox/v1/vaults/{vault}/**" },
        { "fault": "server-error", "share": 0.5, "from": 20, "times": 5 },
    ]);
    fixture.plan(seed, rules).await;
    let mut statuses = Vec::new();
    for path in paths.iter().cycle().take(120) {
        statuses.push(fixture.get(path, &fixture.service()).await.0);
    }
    (statuses, fixture.told().await["log"].clone())
}

#[tokio::test]
async fn a_seed_replays_a_run_and_another_one_does_not() {
    let fixture = Fixture::new().await;
    let vault = fixture.make("one").await;
    let paths =
        ["/v1/vaults".to_owned(), format!("/v1/vaults/{vault}"), format!("/sandbox/v1/vaults/{vault}/items")];
    let first = run(&fixture, 42, &paths).await;
    assert_eq!(first, run(&fixture, 42, &paths).await);
    let other = run(&fixture, 43, &paths).await;
    assert_ne!(first.1, other.1);
    let log = first.1.as_array().unwrap();
    assert!(log.len() > 20 && log.len() < 80, "{}", log.len());
    for line in log {
        let at = usize::try_from(line["request"].as_u64().unwrap()).unwrap();
        let status = match line["fault"].as_str().unwrap() {
            "gateway" => 502,
            "rate-limit" => 429,
            _ => 500,
        };
        assert_eq!((first.0[at - 1], &line["path"]), (status, &json!(paths[(at - 1) % 3])), "{line}");
    }
    assert_eq!(first.0.iter().filter(|status| **status != 200).count(), log.len());
    assert_eq!(first.0.iter().filter(|status| **status == 500).count(), 5);
}

#[tokio::test]
async fn what_tells_the_truth_and_ends_a_plan_is_never_befallen() {
    let fixture = Fixture::new().await;
    fixture.plan(1, json!([{ "fault": "lost-reply" }])).await;
    for _ in 0..20 {
        for path in ["/sandbox/v1/ledger", "/sandbox/v1/requests", PLAN, "/sandbox/v1/ledger/"] {
            assert_eq!(fixture.get(path, &fixture.admin()).await.0, 200);
        }
    }
    let told = fixture.told().await;
    assert_eq!((&told["requests"], &told["rules"][0]["matched"]), (&json!(0), &json!(0)));
    assert!(get(&fixture, "/heartbeat").await.is_nothing());
    assert_eq!(fixture.call(Method::DELETE, PLAN, &fixture.admin(), Value::Null).await.0, 204);
}

#[tokio::test]
async fn a_rule_may_be_about_the_service_account_or_about_people_only() {
    let fixture = Fixture::new().await;
    let (_, student) = fixture.person("ngozi").await;
    for (principal, expected) in [("service-account", [502, 200, 200]), ("person", [200, 502, 502])] {
        fixture.plan(1, json!([{ "fault": "gateway", "principal": principal }])).await;
        for (token, status) in [fixture.service(), student.clone(), fixture.admin()].iter().zip(expected) {
            assert_eq!(fixture.get("/v1/vaults", token).await.0, status, "{principal}");
        }
        assert_eq!(fixture.get("/v1/vaults", "nobody").await.0, 401);
    }
}

#[tokio::test]
async fn requests_at_the_same_time_are_all_counted_and_the_share_is_kept() {
    let fixture = Fixture::new().await;
    fixture.plan(3, json!([{ "fault": "gateway", "share": 0.25 }])).await;
    let token = fixture.service();
    let mut bad = 0;
    for _ in 0..25 {
        let answers = join_all((0..40).map(|_| fixture.get("/v1/vaults", &token))).await;
        bad += answers.iter().filter(|(status, _)| *status == 502).count();
    }
    let told = fixture.told().await;
    let count = u64::try_from(bad).unwrap();
    assert_eq!(told["rules"], json!([{ "matched": 1_000, "injected": count }]));
    assert!((180..=320).contains(&count), "{count} of 1000");
    // Which of a sequence are befallen is decided; so is how many of them.
    fixture.plan(3, json!([{ "fault": "gateway", "share": 0.25 }])).await;
    for _ in 0..25 {
        join_all((0..40).map(|_| fixture.get("/v1/vaults", &token))).await;
    }
    assert_eq!(fixture.injected().await, count);
}

#[tokio::test]
async fn a_plan_may_change_while_requests_are_under_way() {
    let fixture = Fixture::new().await;
    let token = fixture.service();
    let asking = join_all((0..200).map(|_| fixture.get("/v1/vaults", &token)));
    let changing = async {
        for seed in 0..20 {
            fixture.plan(seed, json!([{ "fault": "gateway", "share": 0.5 }, { "fault": "stale" }])).await;
        }
    };
    let (answers, ()) = tokio::join!(asking, changing);
    assert!(answers.iter().all(|(status, _)| [200, 502].contains(status)));
    assert_eq!(fixture.told().await["plan"]["seed"], 19);
}
