//! What every command costs the service account.

#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::Value;
use strongroom::sandbox::Limits;
use strongroom::sandbox::op::{Profile, Setting};

use crate::door::{Door, answering, id};

/// Requests used so far: those that read, those that write.
async fn used(door: &Door) -> (u64, u64) {
    let ration = door.run("service-account ratelimit").await.json();
    let of = |action: &str| {
        let windows = ration.as_array().unwrap().iter();
        windows
            .filter(|window| window["action"] == action)
            .map(|window| window["used"].as_u64().unwrap())
            .sum()
    };
    (of("read"), of("write"))
}

async fn cost(door: &Door, command: &str, input: Option<&[u8]>) -> (u64, u64) {
    let before = used(door).await;
    let ran = match input {
        Some(input) => door.run_with(command, input).await,
        None => door.run(command).await,
    };
    assert_eq!(ran.code, Some(0), "{command}: {ran:?}");
    let after = used(door).await;
    (after.0 - before.0, after.1 - before.1)
}

async fn limited(setting: &Setting) -> Door {
    Door::with(setting, |config| config.limits = Limits::Business).await
}

#[tokio::test]
async fn commands_cost_what_the_request_table_says() {
    let door = limited(&Setting::default()).await;
    let (person, _) = door.fixture.person("ngozi").await;
    let vault = door.vault("v1").await;
    door.vault("v2").await;
    let item = id(&door
        .run(&format!("item create --vault {vault} --category login --title t password=p"))
        .await
        .json());
    for (command, reads, writes) in [
        ("whoami".to_owned(), 0, 0),
        ("account get".to_owned(), 0, 0),
        ("user list".to_owned(), 0, 0),
        ("group list".to_owned(), 0, 0),
        ("service-account ratelimit".to_owned(), 0, 0),
        ("user get --me".to_owned(), 1, 0),
        ("vault list".to_owned(), 1, 0),
        (format!("vault get {vault}"), 1, 0),
        ("vault get v1".to_owned(), 2, 0),
        ("vault create v3".to_owned(), 0, 1),
        ("vault delete v3".to_owned(), 2, 1),
        (format!("vault user list {vault}"), 1, 0),
        (format!("vault group list {vault}"), 1, 0),
        (
            format!("vault user grant --vault {vault} --user {person} --permissions view_items --no-input"),
            0,
            1,
        ),
        (format!("vault user revoke --vault {vault} --user {person} --no-input"), 0, 1),
        (format!("item list --vault {vault}"), 2, 0),
        ("item list --vault v1".to_owned(), 3, 0),
        ("item list".to_owned(), 3, 0),
        (format!("item get {item} --vault {vault}"), 1, 0),
        ("item get t --vault v1".to_owned(), 3, 0),
        (format!("read op://{vault}/{item}/password"), 1, 0),
        ("read op://v1/t/password".to_owned(), 3, 0),
        (format!("item create --vault {vault} --category login --title u"), 0, 1),
        ("item create --vault v1 --category login --title w".to_owned(), 1, 1),
        (format!("item delete u --vault {vault} --archive"), 4, 1),
        ("item delete w --vault v1".to_owned(), 5, 1),
    ] {
        assert_eq!(cost(&door, &command, None).await, (reads, writes), "{command}");
    }
    let create = format!("document create - --vault {vault} --file-name a --title a");
    assert_eq!(cost(&door, &create, Some(b"x")).await, (0, 1));
}

#[tokio::test]
async fn commands_are_counted_once_under_their_own_names() {
    let door = limited(&answering(&[Profile::UserListCosts])).await;
    assert_eq!(cost(&door, "user list", None).await, (1, 0));
    door.run("vault create v1").await.json();
    let (_, counts) = door.fixture.get("/sandbox/v1/requests", &door.fixture.admin()).await;
    let count = |route: &str| {
        let rows = counts["requests"].as_array().unwrap().iter();
        rows.filter(|row| row["route"] == route).filter_map(|row| row["count"].as_u64()).sum::<u64>()
    };
    assert_eq!(
        (count("op user list"), count("op vault create"), count("op service-account ratelimit")),
        (1, 1, 2)
    );
    let others: Vec<&Value> = counts["requests"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| !row["route"].as_str().unwrap().starts_with("op "))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

#[tokio::test]
async fn a_visit_pays_for_its_own_principal_only() {
    let door = limited(&Setting::default()).await;
    let admin = door.fixture.admin();
    let body = serde_json::json!({
        "command": "vault list", "reads": 1, "writes": 0, "each_vault": false, "favours": { "levels": true },
    });
    let opened = door.fixture.posted("/sandbox/v1/visits", &admin, body.clone()).await;
    let client = reqwest::Client::builder().tls_certs_only([]).no_proxy().build().unwrap();
    let before = used(&door).await;
    let url = format!("{}/sandbox/v1/vaults", door.fixture.running.url);
    let stolen = client.get(url).bearer_auth(door.fixture.service());
    stolen.header("sandbox-visit", opened["visit"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(used(&door).await, (before.0 + 1, before.1));
    let mut unknown = body;
    unknown["command"] = "vault frob".into();
    assert_eq!(door.fixture.call(reqwest::Method::POST, "/sandbox/v1/visits", &admin, unknown).await.0, 400);
}
