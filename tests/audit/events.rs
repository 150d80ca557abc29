//! The log beside what 1Password reports: records as the Events API would send them, put into the store.

#![allow(clippy::unwrap_used, reason = "tests")]

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use strongroom::domain::events::{Activity, Actor, Client, Cursor, Feed};
use strongroom::domain::id::{ItemId, PersonId, VaultId};
use strongroom::domain::text::SafeText;
use strongroom::store::{Store, Taken};

use crate::class::{Class, word};
use crate::nameless::find;

const AGAINST: &str = "audit verify --against events";

/// A class of two with vaults: their ids, and those of the students.
struct Reported {
    class: Class,
    vaults: [String; 2],
    people: [String; 2],
    tokens: [String; 2],
    uuid: usize,
}

impl Reported {
    async fn new() -> Self {
        let class = Class::new().await;
        let (ada, bo) = (class.person("ada").await, class.person("bo").await);
        class.run_with("roster import -", "Name,Email\nAda,ada@example.edu\nBo,bo@example.edu\n").exits(0);
        let made = class.run("provision --json").exits(0).json("provision/1");
        let vault = |key: &str| {
            let rows = made["rows"].as_array().unwrap();
            word(&rows.iter().find(|row| row["student"] == key).unwrap()["vault"])
        };
        let (vaults, people, tokens) = ([vault("ada"), vault("bo")], [ada.0, bo.0], [ada.1, bo.1]);
        Self { class, vaults, people, tokens, uuid: 0 }
    }

    /// The records of the log.
    fn log(&self) -> Vec<Value> {
        word_lines(&self.class.run("audit export").exits(0).out)
    }

    /// Whoever the token belongs to.
    fn service_account(&self) -> String {
        word(&self.log()[0]["service_account"])
    }

    fn event(&mut self, at: Timestamp, by: &str, what: (&str, &str), on: (&str, &str)) -> Activity {
        self.uuid += 1;
        Activity {
            actor: Actor { id: PersonId::parse(by).ok(), name: "Dana Ruiz".into(), email: None },
            action: what.0.into(),
            object: what.1.into(),
            object_id: on.0.into(),
            aux_id: on.1.into(),
            ..Activity::bare(SafeText::new(&format!("EVENT{:021}", self.uuid)), Feed::Audit, at)
        }
    }

    /// What an honest service would report of everything in the log.
    fn honest(&mut self) -> Vec<Activity> {
        let log = self.log();
        let mut events = Vec::new();
        for result in log.iter().filter(|record| record["outcome"] == "done") {
            let intent = log.iter().find(|intent| intent["seq"] == result["of"]).unwrap();
            let at: Timestamp = word(&result["time"]).parse().unwrap();
            let by = word(&intent["service_account"]);
            let on = |of: &Value| of["vault"].as_str().unwrap_or_default().to_owned();
            let (what, vault) = match intent["op"].as_str().unwrap() {
                "create-vault" => (("create", "vault"), on(&result["after"])),
                "grant" => (("grant", "uva"), on(&intent["args"])),
                "revoke" => (("revoke", "uva"), on(&intent["args"])),
                _ => continue,
            };
            let who = intent["args"]["who"]["id"].as_str().unwrap_or_default().to_owned();
            events.push(self.event(at, &by, what, (&vault, &who)));
        }
        events
    }

    /// Puts a page of a feed into the store, as it would have been read in so many hours.
    fn take(&self, feed: Feed, list: &[Activity], hours: i64) {
        let store = Store::open(&find(&self.class.path("state"), "store.db")).unwrap();
        let (now, hour, cursor) = (Timestamp::now(), SignedDuration::from_hours(1), Cursor::new("next"));
        let page = Taken { kept: list, cursor: &cursor, since: Some(now - hour), is_last: true };
        store.take_page(feed, &page, now + hour * i32::try_from(hours).unwrap()).unwrap();
    }
}

fn word_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_feed_confirms_the_log_and_what_differs_is_told_with_exit_code_3() {
    let mut world = Reported::new().await;
    let none = world.class.run(AGAINST).exits(1);
    assert!(none.err.contains("no audit events were read yet"), "{}", none.err);

    let events = world.honest();
    assert_eq!(events.len(), 4, "two vaults and their access");
    world.take(Feed::Audit, &events, 1);
    world.take(Feed::Audit, &events, 1);
    let before = world.class.requests().await;
    let good = world.class.run(AGAINST).exits(0);
    assert_eq!(world.class.requests().await, before, "nothing is asked of the service");
    assert!(good.out.contains("say the same, as far as was read"), "{}", good.out);
    assert!(good.out.contains("not told: what happened before the events begin"), "{}", good.out);
    let good = world.class.run(&format!("{AGAINST} --json")).exits(0).json("audit-events/1");
    assert_eq!((&good["confirmed"], &good["events"]), (&json!(4), &json!(4)), "{good}");

    // A change that is not reported, one by somebody else, and one with our token.
    world.class.run("grant ada --vault ada --level read").exits(0);
    let (ours, now) = (world.service_account(), Timestamp::now());
    let (vault, people) = (world.vaults[0].clone(), world.people.clone());
    let others = ["D".repeat(26), ours];
    let found = [
        world.event(now, &others[0], ("grant", "uva"), (&vault, &people[1])),
        world.event(now, &others[1], ("revoke", "uva"), (&vault, &people[1])),
    ];
    world.take(Feed::Audit, &found, 2);
    let told = world.class.run(&format!("{AGAINST} --json")).exits(3).json("audit-events/1");
    let (elsewhere, missing) = (&told["elsewhere"], &told["not_confirmed"]);
    assert_eq!((elsewhere.as_array().unwrap().len(), missing.as_array().unwrap().len()), (2, 1), "{told}");
    assert_eq!((&elsewhere[0]["made"], &elsewhere[0]["student"]), (&json!("elsewhere"), &json!("ada")));
    assert_eq!(
        (&elsewhere[0]["actor"]["name"], &elsewhere[0]["what"]),
        (&json!("Dana Ruiz"), &json!("gave bo access"))
    );
    assert_eq!((&elsewhere[1]["made"], &elsewhere[1]["who"]), (&json!("token"), &json!(people[1])));
    assert_eq!((&missing[0]["op"], &missing[0]["vault"]), (&json!("grant"), &json!(vault)));
    let table = world.class.run(AGAINST).exits(3).out;
    for words in ["made elsewhere", "our token, not this Strongroom", "not confirmed", "gave bo access"] {
        assert!(table.contains(words), "{words}: {table}");
    }
    let markdown = world.class.run(&format!("{AGAINST} --markdown")).exits(3).out;
    assert!(markdown.starts_with("| finding | time |"), "{markdown}");
    assert_eq!(world.class.run(&format!("{AGAINST} --csv")).exits(3).out.lines().count(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_called_missing_that_may_still_be_reported() {
    let mut world = Reported::new().await;
    let events = world.honest();
    world.take(Feed::Audit, &events, 0);
    world.class.run("grant ada --vault ada --level read").exits(0);
    let told = world.class.run(&format!("{AGAINST} --json")).exits(0).json("audit-events/1");
    assert_eq!((&told["too_late"], &told["confirmed"]), (&json!(1), &json!(4)), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_log_is_compared_as_far_as_it_is_whole_and_fails() {
    let mut world = Reported::new().await;
    let events = world.honest();
    world.take(Feed::Audit, &events, 1);
    let path = world.class.log();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("\"outcome\":\"done\"", "\"outcome\":\"gone\"", 1)).unwrap();
    let told = world.class.run(AGAINST).exits(1);
    assert!(
        told.out.contains("the log is damaged") && told.err.contains("damaged"),
        "{}{}",
        told.out,
        told.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn why_somebody_has_an_access_is_told_with_since_when_and_by_whom() {
    let mut world = Reported::new().await;
    let (vault, bo) = (world.vaults[0].clone(), world.people[1].clone());
    let path = format!("/sandbox/v1/vaults/{vault}/people/{bo}");
    let body = json!({ "permissions": ["view_items"] });
    world.class.call(Method::PUT, &path, world.class.admin(), &body).await;
    let since: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    let mut events = world.honest();
    events.push(world.event(since, &"D".repeat(26), ("grant", "uva"), (&vault, &bo)));
    let of = |access: &Value, who: &str| {
        let mut ways = access["vaults"][0]["ways"].as_array().unwrap().iter();
        ways.find(|way| way["who"] == who && way["via"] == "direct").cloned().unwrap()
    };
    let before = world.class.run("access ada --why --json").exits(0).json("access/1");
    let way = of(&before, &bo);
    assert!(way["by"].as_str().unwrap().starts_with("not by us: first seen "), "{way}");
    assert_eq!(way["actor"], Value::Null);

    world.take(Feed::Audit, &events, 1);
    let after = world.class.run("access ada --why --json").exits(0).json("access/1");
    let way = of(&after, &bo);
    assert_eq!((&way["since"], &way["actor"]["name"]), (&json!("2026-01-02T03:04:05Z"), &json!("Dana Ruiz")));
    let by = format!("given by Dana Ruiz ({}), as 1Password reports", "D".repeat(26));
    assert_eq!(way["by"], json!(by));
    let own = of(&after, &world.people[0]);
    assert!(own["by"].as_str().unwrap().contains(" in job "), "the log knows more of our own: {own}");
    assert_eq!(own["actor"]["id"], json!(world.service_account()));
    assert!(world.class.run("access ada --why").exits(0).out.contains(&by));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_arrival_tells_who_made_it_once_that_is_reported() {
    let mut world = Reported::new().await;
    world.class.run("watch --once --jsonl").exits(0);
    let vault = world.vaults[0].clone();
    world.class.upload(&vault, &world.tokens[0], "hw1.pdf", b"%PDF").await;
    let first = word_lines(&world.class.run("watch --once --jsonl").exits(0).out).remove(0);
    assert_eq!((&first["actor"], &first["client"]), (&Value::Null, &Value::Null), "nothing is reported yet");

    let ada = world.people[0].clone();
    let record = world.event(Timestamp::now(), &ada, ("server-create", "item"), ("", ""));
    let client = Client { app: "1Password CLI".into(), address: "192.0.2.7".into(), ..Client::default() };
    let record = Activity {
        feed: Feed::Usage,
        vault: VaultId::parse(&vault).ok(),
        item: ItemId::parse(&word(&first["item"]["id"])).ok(),
        version: first["item"]["version"].as_u64(),
        client: Some(client),
        ..record
    };
    let other = Activity { uuid: "OTHER".into(), version: Some(99), ..record.clone() };
    world.take(Feed::Usage, &[record, other], 1);
    let told = word_lines(&world.class.run("watch --once --jsonl --from 0").exits(0).out).remove(0);
    assert_eq!((&told["actor"]["id"], &told["client"]["app"]), (&json!(ada), &json!("1Password CLI")));
    assert_eq!(told["client"]["address"], "192.0.2.7");
    let kept = world.class.run("watch --once --from 0").exits(0).out;
    assert!(kept.contains("(Dana Ruiz, 1Password CLI)") && !kept.contains("192.0.2.7"), "{kept}");
    let csv = world.class.run("watch --once --from 0 --csv").exits(0).out;
    assert!(csv.lines().next().unwrap().ends_with("by,actor,client") && !csv.contains("192.0.2.7"), "{csv}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_tells_what_was_made_elsewhere_and_takes_nobody_for_another() {
    let mut world = Reported::new().await;
    let mut events = world.honest();
    let own = world.class.run("history --json").exits(0).json("history/1")["jobs"].clone();
    let (now, vault, people) = (Timestamp::now(), world.vaults[0].clone(), world.people.clone());
    // Somebody of the class without details, and two records that name nobody at all.
    for by in [people[0].as_str(), "", ""] {
        let mut record = world.event(now, by, ("update", "uva"), (&vault, &people[1]));
        record.actor.name = SafeText::default();
        events.push(record);
    }
    world.take(Feed::Audit, &events, 1);
    let told = world.class.run("history --json").exits(0).json("history/1");
    let jobs = told["jobs"].as_array().unwrap();
    let (log, elsewhere): (Vec<&Value>, _) = jobs.iter().partition(|job| job["elsewhere"].is_null());
    assert_eq!(json!(log), own, "what the log tells is as it was");
    let by: Vec<&Value> = elsewhere.iter().map(|job| &job["by"]).collect();
    assert_eq!(by.len(), 3, "{told}");
    assert_eq!(by.iter().filter(|by| **by == "somebody whom 1Password does not name").count(), 2, "{told}");
    let ada = elsewhere.iter().find(|job| job["elsewhere"]["id"] == json!(people[0])).unwrap();
    assert_eq!((&ada["by"], &ada["elsewhere"]["name"]), (&json!("ada"), &json!("ada")), "{ada}");
    assert_eq!(ada["changes"][0]["student"], "ada");
    let table = world.class.run("history --student ada").exits(0).out;
    assert!(table.contains("elsewhere") && table.contains("changed the access of bo"), "{table}");
    assert!(
        !world.class.run("history --student bo").exits(0).out.contains("elsewhere"),
        "bo has another vault"
    );
}
