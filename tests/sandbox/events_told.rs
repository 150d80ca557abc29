//! What is told of which change and of which use, by whom and by which program; and what is not told, as the
//! real service is not told of it either.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use strongroom::sandbox::Scenario;
use strongroom::sandbox::traffic::{Event, Stage, Traffic};

use crate::feeds::{AUDIT, EARLY, USAGES};
use crate::support::{Bench, READ, WRITE, login, permissions, word};

/// The words of a record: what was done to what.
fn words(item: &Value) -> (String, String) {
    (word(&item["object_type"]), word(&item["action"]))
}

/// Follows both feeds.
struct Follower {
    token: String,
    audit: String,
    usages: String,
}

impl Follower {
    async fn new(bench: &Bench) -> Self {
        let token = bench.events().await;
        let asked = json!({ "start_time": EARLY, "limit": 1_000 });
        let audit = bench.walk(AUDIT, &token, asked.clone()).await.cursor;
        let usages = bench.walk(USAGES, &token, asked).await.cursor;
        Self { token, audit, usages }
    }

    async fn audit(&mut self, bench: &Bench) -> Vec<Value> {
        let page = bench.walk(AUDIT, &self.token, json!({ "cursor": self.audit })).await;
        self.audit = page.cursor;
        page.items
    }

    /// The words of the item usages, and the program's name.
    async fn usages(&mut self, bench: &Bench) -> Vec<Value> {
        let page = bench.walk(USAGES, &self.token, json!({ "cursor": self.usages })).await;
        self.usages = page.cursor;
        page.items
    }
}

/// A change over HTTP, and what is told of it: object, action, ids of object and second thing.
type Told<'t> = (&'t str, &'t str, &'t str, Option<&'t str>);

async fn check(bench: &Bench, follower: &mut Follower, what: (Method, &str, &str, Value), told: &[Told<'_>]) {
    let (method, path, token, body) = what;
    let (status, answer) = bench.call(method, path, token, body).await;
    assert!((200..300).contains(&status), "{path}: {answer}");
    let found = follower.audit(bench).await;
    let found: Vec<_> = found
        .iter()
        .map(|item| (words(item), word(&item["object_uuid"]), item["aux_uuid"].as_str().map(str::to_owned)))
        .collect();
    let wanted: Vec<_> = told
        .iter()
        .map(|(object, action, id, aux)| {
            (((*object).to_owned(), (*action).to_owned()), (*id).to_owned(), aux.map(str::to_owned))
        })
        .collect();
    assert_eq!(found, wanted, "{path}");
}

#[tokio::test]
async fn every_change_of_access_groups_and_vaults_is_told_once() {
    let bench = Bench::new().await;
    let (admin, service) = (bench.admin(), bench.service());
    let (vault, (person, _)) = (bench.make("v").await, bench.person("ngozi").await);
    let (_, group) = bench.post("/sandbox/v1/groups", &admin, json!({ "name": "g" })).await;
    let group = word(&group["id"]);
    let mut follower = Follower::new(&bench).await;
    let at = format!("/sandbox/v1/vaults/{vault}");
    let (p, g) = (format!("{at}/people/{person}"), format!("{at}/groups/{group}"));
    let member = format!("/sandbox/v1/groups/{group}/members/{person}");
    let (v, who, of) = (vault.as_str(), Some(person.as_str()), Some(group.as_str()));
    for (method, path, token, body, told) in [
        (Method::PUT, &p, &service, permissions("view_items"), ("uva", "grant", v, who)),
        (Method::PUT, &p, &admin, permissions(READ), ("uva", "update", v, who)),
        (Method::PUT, &p, &service, permissions(READ), ("uva", "update", v, who)),
        (
            Method::DELETE,
            &format!("{p}?permissions=view_item_history"),
            &admin,
            Value::Null,
            ("uva", "update", v, who),
        ),
        (Method::DELETE, &p, &service, Value::Null, ("uva", "revoke", v, who)),
        (Method::PUT, &g, &service, permissions(READ), ("gva", "grant", v, of)),
        (Method::PUT, &g, &service, permissions(WRITE), ("gva", "update", v, of)),
        (Method::DELETE, &g, &service, Value::Null, ("gva", "revoke", v, of)),
        (Method::PUT, &member, &admin, Value::Null, ("gm", "join", &group, who)),
        (Method::DELETE, &member, &admin, Value::Null, ("gm", "leave", &group, who)),
        (Method::PATCH, &at, &admin, json!({ "name": "w" }), ("vault", "updatea", v, None)),
        (Method::DELETE, &at, &service, Value::Null, ("vault", "delete", v, None)),
    ] {
        check(&bench, &mut follower, (method, path, token, body), &[told]).await;
    }
    // Being in a group already is no change.
    bench.put(&member, &admin, Value::Null).await;
    check(&bench, &mut follower, (Method::PUT, &member, &admin, Value::Null), &[("gm", "join", &group, who)])
        .await;
    let made = bench.post("/sandbox/v1/vaults", &service, json!({ "name": "n" })).await.1;
    let told = follower.audit(&bench).await;
    assert_eq!((told.len(), words(&told[0])), (1, ("vault".to_owned(), "create".to_owned())));
    assert_eq!(told[0]["object_uuid"], made["id"]);
    assert!(follower.usages(&bench).await.is_empty());
}

#[tokio::test]
async fn a_person_is_told_of_on_the_whole_way_and_by_name_even_when_gone() {
    let bench = Bench::new().await;
    let mut follower = Follower::new(&bench).await;
    let (person, _) = bench.person_as("ngozi", json!({ "state": "TRANSFER_STARTED" })).await;
    for step in ["accept", "confirm", "suspend", "reactivate"] {
        bench.post(&format!("/sandbox/v1/people/{person}/{step}"), &bench.admin(), Value::Null).await;
    }
    bench.delete(&format!("/sandbox/v1/people/{person}"), &bench.admin()).await;
    let told = follower.audit(&bench).await;
    let actions: Vec<_> = told.iter().map(words).collect();
    let wanted = ["provsn", "join", "activate", "suspend", "reactive", "delete"];
    assert_eq!(actions, wanted.map(|action| ("user".to_owned(), action.to_owned())));
    for record in &told {
        let details = json!({ "uuid": person, "name": "ngozi", "email": "ngozi@example.edu" });
        assert_eq!(record["object_details"], details);
        assert!(record.get("aux_details").is_none());
    }
}

#[tokio::test]
async fn a_service_account_is_known_by_its_id_alone() {
    let bench = Bench::new().await;
    let mut follower = Follower::new(&bench).await;
    let vault = bench.make("v").await;
    bench.post(&format!("/v1/vaults/{vault}/items"), &bench.service(), login("L")).await;
    let service = bench.get("/sandbox/v1/whoami", &bench.service()).await.1["principal"]["id"].clone();
    for record in follower.audit(&bench).await {
        assert_eq!((&record["actor_uuid"], record.get("actor_details")), (&service, None));
        assert!(record.get("location").is_none(), "it is nowhere");
    }
    let told = follower.usages(&bench).await;
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["user"]["uuid"], told[0]["user"].get("email")), (&service, None));
}

/// What somebody does with an item, and what is told of it.
async fn item_story(
    bench: &Bench,
    follower: &mut Follower,
    client: &str,
    vault: &str,
    token: &str,
) -> (Vec<(String, String)>, Vec<String>) {
    let items = format!("/v1/vaults/{vault}/items");
    let (status, item) = bench.by(client, Method::POST, &items, token, login("L")).await;
    assert_eq!(status, 200, "{item}");
    let one = format!("{items}/{}", word(&item["id"]));
    assert_eq!(bench.by(client, Method::GET, &items, token, Value::Null).await.0, 200);
    assert_eq!(bench.by(client, Method::GET, &one, token, Value::Null).await.0, 200);
    assert_eq!(bench.by(client, Method::PUT, &one, token, login("M")).await.0, 200);
    assert_eq!(bench.by(client, Method::DELETE, &one, token, Value::Null).await.0, 204);
    let audit = follower.audit(bench).await;
    for record in &audit {
        assert_eq!(record["object_uuid"], item["id"]);
    }
    let usages = follower.usages(bench).await;
    for usage in &usages {
        assert_eq!((&usage["item_uuid"], &usage["vault_uuid"]), (&item["id"], &json!(vault)));
    }
    (audit.iter().map(words).collect(), usages.iter().map(|usage| word(&usage["action"])).collect())
}

#[tokio::test]
async fn each_program_is_told_of_as_it_is_documented() {
    let bench = Bench::new().await;
    let (vault, (person, student)) = (bench.make("v").await, bench.person("ngozi").await);
    bench.grant(&vault, &person, &format!("{WRITE},delete_items")).await;
    let connect = bench.connect(&[(&vault, "rw")]).await;
    let mut follower = Follower::new(&bench).await;
    let seen = ["create", "update", "delete"].map(|action| ("item".to_owned(), action.to_owned()));
    let server = ["server-create", "server-fetch", "server-update"];
    for (client, token) in
        [("web", &student), ("cli", &student), ("cli", &bench.service()), ("app", &connect)]
    {
        let (audit, usages) = item_story(&bench, &mut follower, client, &vault, token).await;
        assert_eq!((audit, usages), (seen.to_vec(), server.map(str::to_owned).to_vec()), "{client}");
    }
    let (audit, usages) = item_story(&bench, &mut follower, "app", &vault, &student).await;
    assert_eq!((audit, usages), (Vec::new(), vec!["enter-item-edit-mode".to_owned()]));
    let (status, _) = bench.by("fax", Method::GET, "/v1/vaults", &student, Value::Null).await;
    assert_eq!(status, 400, "there is no such program");
    let apps: BTreeSet<_> = bench
        .told(USAGES, &follower.token)
        .await
        .iter()
        .map(|usage| word(&usage["client"]["app_name"]))
        .collect();
    let wanted = ["1Password CLI", "1Password Connect", "1Password for Mac", "1Password for Web"];
    assert_eq!(apps, wanted.map(str::to_owned).into());
}

#[tokio::test]
async fn an_upload_from_an_app_is_told_by_no_feed_and_one_from_elsewhere_by_both() {
    let bench = Bench::new().await;
    let (vault, (person, student)) = (bench.make("v").await, bench.person("ngozi").await);
    bench.grant(&vault, &person, WRITE).await;
    let mut follower = Follower::new(&bench).await;
    let (_, document) = bench.send_file(&vault, "?name=hw1.txt", &student, b"a".to_vec()).await;
    let (_, ledger) = bench.get("/sandbox/v1/ledger", &bench.admin()).await;
    let last = ledger.as_array().unwrap().last().unwrap();
    assert_eq!((&last["action"], &last["client"]), (&json!("item.create"), &json!("app")), "it did happen");
    assert!(follower.audit(&bench).await.is_empty() && follower.usages(&bench).await.is_empty());
    // The bytes, taken out in an app.
    let path = word(&document["files"][0]["content_path"]);
    bench.by("app", Method::GET, &path, &student, Value::Null).await;
    let told = follower.usages(&bench).await;
    assert_eq!((told.len(), &told[0]["action"]), (1, &json!("export")));
    let (_, other) = bench.send_file(&vault, "?name=hw2.txt", &bench.service(), b"b".to_vec()).await;
    let told = follower.audit(&bench).await;
    let objects: Vec<_> = told.iter().map(|item| (words(item), item["object_uuid"].clone())).collect();
    let create = |object: &str| (object.to_owned(), "create".to_owned());
    assert_eq!(
        objects,
        [(create("item"), other["id"].clone()), (create("file"), other["files"][0]["id"].clone())]
    );
    let told = follower.usages(&bench).await;
    assert_eq!((told.len(), &told[0]["action"]), (1, &json!("server-create")));
}

#[tokio::test]
async fn a_connect_server_tells_of_every_item_that_it_reads_and_of_no_list() {
    let bench = Bench::new().await;
    let vault = bench.make("v").await;
    let (_, document) = bench.send_file(&vault, "?name=a.txt", &bench.service(), b"a".to_vec()).await;
    let token = bench.connect(&[(&vault, "rw")]).await;
    let mut follower = Follower::new(&bench).await;
    let one = format!("/v1/vaults/{vault}/items/{}", word(&document["id"]));
    let file = format!("{one}/files/{}", word(&document["files"][0]["id"]));
    for path in ["/v1/vaults".to_owned(), format!("/v1/vaults/{vault}"), format!("/v1/vaults/{vault}/items")]
    {
        assert_eq!(bench.get(&path, &token).await.0, 200);
    }
    let (_, bare) = bench.post(&format!("/v1/vaults/{vault}/items"), &bench.service(), login("L")).await;
    let bare = format!("/v1/vaults/{vault}/items/{}/files?inline_files=true", word(&bare["id"]));
    assert_eq!(follower.usages(&bench).await.len(), 1, "it was made");
    for path in [format!("{one}/files"), file.clone(), bare] {
        assert_eq!(bench.get(&path, &token).await.0, 200);
    }
    assert!(follower.usages(&bench).await.is_empty());
    let patch = json!([{ "op": "replace", "path": "/title", "value": "b" }]);
    let reads = [one.clone(), format!("{file}/content"), format!("{file}?inline_files=true")];
    for path in &reads {
        assert_eq!(bench.get(path, &token).await.0, 200);
    }
    assert_eq!(bench.call(Method::PATCH, &one, &token, patch).await.0, 200);
    assert_eq!(bench.call(Method::PATCH, &one, &token, json!([])).await.0, 200, "no change");
    let told = follower.usages(&bench).await;
    let found: Vec<_> =
        told.iter().map(|usage| (word(&usage["action"]), usage["used_version"].as_u64().unwrap())).collect();
    let fetch = ("server-fetch".to_owned(), 1);
    assert_eq!(found, [fetch.clone(), fetch.clone(), fetch, ("server-update".to_owned(), 2)]);
    let server = bench.get("/v1/activity", &token).await.1[0]["actor"]["id"].clone();
    for usage in &told {
        assert_eq!(
            (&usage["client"]["app_name"], &usage["user"]["uuid"]),
            (&json!("1Password Connect"), &server)
        );
        assert!(usage["user"].get("email").is_none() && usage.get("location").is_none());
    }
    let missing = format!("/v1/vaults/{vault}/items/{}", "sbx".to_owned() + &"a".repeat(23));
    assert_eq!(bench.get(&missing, &token).await.0, 404);
    assert!(follower.usages(&bench).await.is_empty(), "what was refused was not read");
}

#[tokio::test]
async fn a_run_of_the_cli_is_the_cli_whatever_it_says() {
    let bench = Bench::new().await;
    let vault = bench.make("v").await;
    let (_, item) = bench.post(&format!("/v1/vaults/{vault}/items"), &bench.service(), login("L")).await;
    let mut follower = Follower::new(&bench).await;
    let asked = json!({ "command": "item get", "reads": 1, "writes": 0, "each_vault": false, "favours": {} });
    let (status, visit) = bench.post("/sandbox/v1/visits", &bench.admin(), asked).await;
    assert_eq!(status, 200, "{visit}");
    let path = format!("{}/v1/vaults/{vault}/items/{}", bench.running.url, word(&item["id"]));
    let admin = bench.get("/sandbox/v1/whoami", &bench.admin()).await.1["principal"]["id"].clone();
    bench
        .put(
            &format!("/sandbox/v1/vaults/{vault}/people/{}", word(&admin)),
            &bench.service(),
            permissions(READ),
        )
        .await;
    let request = bench.client.get(path).bearer_auth(bench.admin()).header("Sandbox-Client", "app");
    let answer = request.header("Sandbox-Visit", word(&visit["visit"])).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let told = follower.usages(&bench).await;
    assert_eq!(
        (&told[0]["action"], &told[0]["client"]["app_name"]),
        (&json!("server-fetch"), &json!("1Password CLI"))
    );
}

#[tokio::test]
async fn an_app_tells_of_what_it_shows_and_copies() {
    let bench = Bench::new().await;
    let (vault, (person, student)) = (bench.make("v").await, bench.person("ngozi").await);
    let (other, stranger) = bench.person("kofi").await;
    bench.grant(&vault, &person, WRITE).await;
    bench.grant(&vault, &other, "view_items").await;
    let (_, item) = bench.post(&format!("/v1/vaults/{vault}/items"), &bench.service(), login("L")).await;
    let mut follower = Follower::new(&bench).await;
    let done = |action: &str| json!({ "vault": vault, "item": item["id"], "action": action });
    for action in ["reveal", "secure-copy", "fill", "other"] {
        assert_eq!(bench.post("/sandbox/v1/usages", &student, done(action)).await.0, 204, "{action}");
    }
    assert_eq!(bench.post("/sandbox/v1/usages", &student, done("server-create")).await.0, 400);
    assert_eq!(
        bench.post("/sandbox/v1/usages", &stranger, done("reveal")).await.0,
        403,
        "may not read values"
    );
    assert_eq!(bench.post("/sandbox/v1/usages", &bench.service(), done("reveal")).await.0, 400, "has no app");
    let told = follower.usages(&bench).await;
    let actions: Vec<_> = told.iter().map(|usage| word(&usage["action"])).collect();
    assert_eq!(actions, ["reveal", "secure-copy", "fill", "other"]);
    assert!(follower.audit(&bench).await.is_empty());
}

#[tokio::test]
async fn vaults_of_ones_own_stand_in_no_item_usage() {
    let bench = Bench::new().await;
    let (_, vaults) = bench.get("/sandbox/v1/vaults", &bench.admin()).await;
    let kind =
        |kind: &str| vaults.as_array().unwrap().iter().find(|vault| vault["type"] == kind).unwrap().clone();
    let mut follower = Follower::new(&bench).await;
    for (vault, told) in [(kind("PERSONAL"), 0), (kind("EVERYONE"), 1)] {
        let path = format!("/v1/vaults/{}/items", word(&vault["id"]));
        assert_eq!(bench.post(&path, &bench.admin(), login("L")).await.0, 200);
        assert_eq!(follower.usages(&bench).await.len(), told, "{vault}");
    }
}

#[tokio::test]
async fn hostile_text_goes_out_as_it_is_and_breaks_nothing() {
    let bench = Bench::new().await;
    let mut follower = Follower::new(&bench).await;
    let name = "\u{1b}]0;x\u{7}\u{202e}\"},{\"items\":[ \u{0} 👩‍👩‍👧 a\u{301}";
    let (person, _) = bench.person_as("mallory", json!({ "name": name })).await;
    let vault = bench.make("\u{1b}[2J\"").await;
    bench.grant(&vault, &person, READ).await;
    let mut hostile = login("\u{1b}[31m");
    hostile["tags"] = json!(["\u{202e}"]);
    bench.post(&format!("/v1/vaults/{vault}/items"), &bench.service(), hostile).await;
    let told = follower.audit(&bench).await;
    let of_grant = told.iter().find(|record| record["object_type"] == "uva").unwrap();
    assert_eq!(of_grant["aux_details"]["name"], name);
    let usages = follower.usages(&bench).await;
    let whole = format!("{}{}", json!(told), json!(usages));
    assert!(!whole.contains("[31m") && !whole.contains("[2J"), "feeds name no vault and no item");
    assert!(!whole.contains("canary-value"), "and tell no value");
}

#[tokio::test]
async fn of_simulated_students_only_those_on_the_web_are_told_of() {
    let bench = Bench::with(|config| config.scenario = Some(Scenario::demo().unwrap())).await;
    let built = bench.running.built.as_ref().unwrap();
    let emails: Vec<_> = built.students.iter().map(|student| student.email.as_str()).collect();
    let mut traffic = Traffic::new(Stage::of(&bench.running, emails.iter().copied(), 11)).unwrap();
    let mut follower = Follower::new(&bench).await;
    let (_, ledger) = bench.get("/sandbox/v1/ledger", &bench.admin()).await;
    let before = ledger.as_array().unwrap().len();
    let mut made = 0;
    for _ in 0..120 {
        made += usize::from(matches!(
            traffic.step().await.unwrap(),
            Some(Event::Uploaded(..) | Event::Noted(..))
        ));
    }
    let (_, ledger) = bench.get("/sandbox/v1/ledger", &bench.admin()).await;
    let lines = &ledger.as_array().unwrap()[before..];
    let by = |client: &str| {
        let of_client = |line: &&Value| line["client"] == client && line["action"] == "item.create";
        lines.iter().filter(of_client).map(|line| word(&line["item"])).collect::<Vec<_>>()
    };
    let (apps, web) = (by("app"), by("web"));
    assert_eq!(apps.len() + web.len(), made);
    assert!(apps.len() > web.len() && !web.is_empty(), "{} {}", apps.len(), web.len());
    let usages = follower.usages(&bench).await;
    let created: Vec<_> = usages
        .iter()
        .filter(|usage| usage["action"] == "server-create")
        .map(|usage| word(&usage["item_uuid"]))
        .collect();
    assert_eq!(created, web, "in the order in which they came");
    let audit = follower.audit(&bench).await;
    let told: Vec<_> = audit
        .iter()
        .filter(|record| words(record) == ("item".to_owned(), "create".to_owned()))
        .map(|record| word(&record["object_uuid"]))
        .collect();
    assert_eq!(told, web);
}
