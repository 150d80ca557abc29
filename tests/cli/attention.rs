//! `strongroom attention` from outside: what it lists in which format, its exit codes, and what is put
//! away.

#![allow(clippy::unwrap_used, reason = "tests")]

use reqwest::Method;
use serde_json::{Value, json};
use strongroom::domain::attention::Alarm;
use strongroom::domain::text::SafeText;
use strongroom::store::Store;

use crate::support::{Class, files_below, word};

const LIST: &str = "Name,Email\nNgozi Abara,ngozi@example.edu\nBai Li,bai@example.edu\nZoe,zoe@example.edu\n";

/// The file of the store: one class of one account has been used.
fn store(class: &Class) -> Store {
    let files = files_below(&class.path("state"));
    Store::open(&files.into_iter().find(|path| path.ends_with("store.db")).unwrap()).unwrap()
}

fn words(list: &Value) -> Vec<String> {
    let needs = list["needs"].as_array().unwrap();
    needs.iter().map(|need| format!("{}: {}", word(&need["reason"]), word(&need["text"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_lists_what_is_stored_and_asks_nobody() {
    let class = Class::new().await;
    class.person("ngozi").await;
    let alike = json!({ "name": "Bai", "email": "b.ai@example.edu" });
    class.call(Method::POST, "/sandbox/v1/people", class.admin(), &alike).await;
    let waits = json!({ "name": "Zoe", "email": "zoe@example.edu", "state": "TRANSFER_ACCEPTED" });
    class.call(Method::POST, "/sandbox/v1/people", class.admin(), &waits).await;
    class.run_with("roster import -", LIST).exits(0);
    class.run("status").exits(0);
    let before = class.requests().await;
    let list = class.run("attention --json").exits(0).json("attention/1");
    assert_eq!(class.requests().await, before);
    let told = words(&list);
    for expected in [
        "confirm: Zoe has accepted the invitation",
        "look-alike: Bai Li (bai@example.edu): b.ai@example.edu looks like this address and is another one",
        "no-vault: Ngozi Abara is active and has no vault",
        "invite: 1 student not invited: Bai Li",
    ] {
        assert!(told.iter().any(|line| line == expected), "{expected}: {told:#?}");
    }
    let confirm = list["needs"].as_array().unwrap().iter().find(|need| need["reason"] == "confirm").unwrap();
    assert_eq!(
        (&confirm["next"], &confirm["student"]),
        (&"strongroom confirm zoe --person".into(), &"zoe".into())
    );
    assert_eq!(list["since"]["new"], 0);
    let status = class.run("status").exits(0).out;
    assert!(status.contains("b.ai@example.edu looks like this address"), "{status}");
    class.run("attention --check").exits(3);
    assert!(class.run("attention --csv").exits(0).out.starts_with("what,since,about,next"));
    assert!(class.run("attention --markdown").exits(0).out.starts_with("| what"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_is_put_away_by_its_subject() {
    let class = Class::new().await;
    class.run_with("roster import -", "Name,Email\n").exits(2);
    class.run("status").exits(0);
    let alarm = Alarm {
        subject: "version/vvv".into(),
        student: None,
        message: SafeText::new("it changed \u{1b}[2J and its version did not move"),
        at: "2026-11-02T09:30:00Z".parse().unwrap(),
    };
    store(&class).raise_alarm(&alarm).unwrap();
    let list = class.run("attention --json").exits(0).json("attention/1");
    let need =
        list["needs"].as_array().unwrap().iter().find(|need| need["reason"] == "alarm").unwrap().clone();
    assert!(word(&need["text"]).contains("<ESC>") && need["since"] == "2026-11-02T09:30:00Z", "{need}");
    let next = word(&need["next"]);
    let dismiss = next.split("strongroom ").nth(1).unwrap();
    class.run(&format!("{dismiss} --read-only")).exits(6);
    class.run(dismiss).exits(0);
    class.run(dismiss).exits(2);
    assert!(
        !words(&class.run("attention --json").json("attention/1"))
            .iter()
            .any(|line| line.starts_with("alarm"))
    );
    class.run("attention --check dismiss x").exits(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_row_is_listed_until_it_is_made_good() {
    let class = Class::new().await;
    class.person("ngozi").await;
    class.run_with("roster import -", LIST).exits(0);
    let foreign = json!({ "name": "CS101-ngozi", "description": "by hand" });
    let vault = class.call(Method::POST, "/sandbox/v1/vaults", class.service(), &foreign).await;
    class.run("provision").exits(3);
    let failed = |list: &Value| words(list).into_iter().find(|line| line.starts_with("failed-row"));
    let list = class.run("attention --json").exits(0).json("attention/1");
    assert!(failed(&list).unwrap().contains("that Strongroom did not make"), "{list}");
    let path = format!("/sandbox/v1/vaults/{}", word(&vault["id"]));
    class.call(Method::DELETE, &path, class.service(), &Value::Null).await;
    class.run("provision").exits(0);
    let list = class.run("attention --json").exits(0).json("attention/1");
    assert_eq!(failed(&list), None, "{list}");
}
