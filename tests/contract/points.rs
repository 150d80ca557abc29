//! Open points of the real CLI, met by the provider with both answers.

#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};
use strongroom::domain::fault::Kind;
use strongroom::sandbox::Limits;
use strongroom::sandbox::op::{Profile, Setting};

use crate::fronts::{Front, new_vault, op_under, person};
use crate::support::Fixture;

#[tokio::test]
async fn content_versions_rise_at_once_one_list_late_or_never() {
    for front in Front::all() {
        let fixture = Fixture::new().await;
        let service = fixture.service();
        let provider = front.open(&fixture);
        let vault = fixture.make("n").await;
        let mut seen = vec![provider.vaults().await.unwrap()[0].content_version];
        fixture.upload(&vault, "?name=a&title=a", &service, b"x").await;
        for _ in 0..2 {
            seen.push(provider.vaults().await.unwrap()[0].content_version);
        }
        let expected = match () {
            () if front.has(Profile::LateVersions) => [1, 1, 2],
            () if front.has(Profile::StillVersions) => [1, 1, 1],
            () => [1, 2, 2],
        };
        assert_eq!(seen, expected, "{front:?}");
    }
}

#[tokio::test]
async fn an_identity_is_told_in_every_spelling() {
    let fixture = Fixture::new().await;
    let expected = Front::Sandbox.open(&fixture).identity().await.unwrap();
    for front in Front::all() {
        assert_eq!(front.open(&fixture).identity().await.as_ref(), Ok(&expected), "{front:?}");
    }
    let administrator = person(&fixture).identity().await.unwrap();
    assert_eq!(administrator.account, expected.account);
    assert!(!administrator.is_service_account && administrator.id != expected.id);
}

#[tokio::test]
async fn a_used_up_ration_says_how_long_it_lasts() {
    let exit_4 = Front::Op(vec![Profile::Exit4On429]);
    for front in Front::both().into_iter().chain([exit_4]) {
        let fixture = Fixture::with(|config| config.limits = Limits::Teams).await;
        for _ in 0..100 {
            fixture.make("v").await;
        }
        let provider = front.open(&fixture);
        let fault = provider.apply(&new_vault("n")).await.unwrap_err();
        assert_eq!((fault.kind, fault.is_outage()), (Kind::RateLimit, true), "{front:?}");
        assert!(fault.retry_after.is_some_and(|wait| (1..=3600).contains(&wait.as_secs())), "{fault:?}");
        assert_eq!(provider.vaults().await.map(|_| ()), Ok(()), "reads have a ration of their own");
        let windows = provider.allowances().await.unwrap();
        assert_eq!((windows[0].limit, windows[0].remaining), (100, 0));
    }
}

/// The tour of a class, through real child processes, with every call noted.
#[tokio::test]
async fn no_child_is_given_more_than_it_needs() {
    let fixture = Fixture::new().await;
    let people = fixture.students(2).await;
    let setting = Setting { log: true, ..Setting::default() };
    let (op, program) = op_under(&fixture, "bin-log", &setting);
    let desk = fixture.desk_with("one", std::sync::Arc::new(op));
    let ended = desk.provision().await;
    assert_eq!(crate::support::count(&ended, "done"), 2);
    desk.assert_audited();
    fixture.assert_invariants().await;
    let vault = desk.vault("s000");
    fixture.upload(vault.as_str(), "?name=a&title=a", &people[0].1, b"bytes").await;
    let item = desk.queries.provider.items(&vault).await.unwrap().remove(0);
    let at = strongroom::domain::directory::ItemRef { vault, item: item.id };
    let detail = desk.queries.provider.item(&at).await.unwrap();
    let file = strongroom::domain::directory::FileRef { at, file: detail.files[0].id.clone(), size: 5 };
    let mut bytes = Vec::new();
    desk.queries.provider.download(&file, &mut bytes).await.unwrap();
    assert_eq!(bytes, b"bytes");
    let log = std::fs::read_to_string(program.with_file_name("op.calls.jsonl")).unwrap();
    let calls: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(calls.len() >= 8, "{}", calls.len());
    for call in &calls {
        assert_eq!((&call["token_in_argv"], &call["stdin"]), (&json!(false), &json!("null")), "{call}");
        for variable in call["env"].as_array().unwrap() {
            let name = variable["name"].as_str().unwrap();
            let ours = ["OP_SERVICE_ACCOUNT_TOKEN", "OP_FORMAT", "OP_CACHE", "OP_BIOMETRIC_UNLOCK_ENABLED"];
            let known =
                ours.contains(&name) || name.starts_with("OP_INTEGRATION_") || !name.starts_with("OP_");
            assert!(known, "{name} was passed on");
            assert_eq!(variable["holds_token"] == true, name == "OP_SERVICE_ACCOUNT_TOKEN", "{name}");
        }
        let grants = call["argv"][2] == "grant" || call["argv"][2] == "revoke";
        let words = call["argv"].as_array().unwrap();
        assert_eq!(words.contains(&json!("--no-input")), grants, "{call}");
    }
}
