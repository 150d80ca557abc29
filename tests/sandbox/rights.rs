//! Who may do what with vaults, items and files.

#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use crate::support::{Bench, READ, SUBMIT, WRITE, login, permissions, word};

/// Statuses of: items, item, content, new item, change, upload, upload into an item, archive, delete.
const TABLE: [(&str, &str, [u16; 9]); 6] = [
    ("nobody", "", [403; 9]),
    ("manager", "manage_vault", [403; 9]),
    ("submit", SUBMIT, [200, 200, 403, 200, 403, 200, 403, 403, 403]),
    ("read", READ, [200, 200, 200, 403, 403, 403, 403, 403, 403]),
    ("write", WRITE, [200, 200, 200, 200, 200, 200, 200, 200, 403]),
    ("all", "allow_viewing,allow_editing,allow_managing", [200, 200, 200, 200, 200, 200, 200, 200, 204]),
];

#[tokio::test]
async fn every_route_asks_for_its_own_permission() {
    let bench = Bench::new().await;
    for (name, set, wanted) in TABLE {
        let vault = bench.make(name).await;
        let (person, token) = bench.person(name).await;
        let service = bench.service();
        let (_, item) = bench.post(&format!("/v1/vaults/{vault}/items"), &service, login("A")).await;
        let (_, document) = bench.send_file(&vault, "?name=a.txt", &service, b"abc".to_vec()).await;
        if !set.is_empty() {
            assert_eq!(bench.grant(&vault, &person, set).await.0, 200);
        }
        let (items, content) = (format!("/v1/vaults/{vault}/items"), content_path(&document));
        let one = format!("{items}/{}", word(&item["id"]));
        let other = word(&document["id"]);
        let archive = format!("/sandbox/v1/vaults/{vault}/items/{}/archive", word(&item["id"]));
        let found = [
            bench.get(&items, &token).await.0,
            bench.get(&one, &token).await.0,
            bench.get(&content, &token).await.0,
            bench.post(&items, &token, login("B")).await.0,
            bench.put(&one, &token, login("C")).await.0,
            bench.send_file(&vault, "?name=b.txt", &token, b"x".to_vec()).await.0,
            bench.send_file(&vault, &format!("?name=c.txt&item={other}"), &token, b"y".to_vec()).await.0,
            bench.post(&archive, &token, Value::Null).await.0,
            bench.delete(&one, &token).await.0,
        ];
        assert_eq!(found, wanted, "{name}");
    }
}

fn content_path(document: &Value) -> String {
    word(&document["files"][0]["content_path"])
}

#[tokio::test]
async fn a_student_sees_exactly_the_own_vault() {
    let bench = Bench::new().await;
    let (own, neighbour) = (bench.make("own").await, bench.make("neighbour").await);
    let (person, token) = bench.person("ngozi").await;
    bench.grant(&own, &person, WRITE).await;
    for path in ["/v1/vaults", "/sandbox/v1/vaults"] {
        let (_, vaults) = bench.get(path, &token).await;
        let seen: Vec<_> = vaults.as_array().unwrap().iter().map(|vault| word(&vault["id"])).collect();
        assert_eq!(seen, std::slice::from_ref(&own), "{path}");
    }
    for path in [
        format!("/v1/vaults/{neighbour}"),
        format!("/v1/vaults/{neighbour}/items"),
        format!("/sandbox/v1/vaults/{neighbour}"),
        format!("/sandbox/v1/vaults/{neighbour}/items?archived=true"),
        format!("/sandbox/v1/vaults/{neighbour}/grants"),
    ] {
        let (status, body) = bench.get(&path, &token).await;
        assert_eq!(status, 403, "{path}");
        assert_eq!(
            body,
            json!({ "status": 403, "message": "Authorization: token does not have access to vault" })
        );
    }
    let (_, item) = bench.post(&format!("/v1/vaults/{neighbour}/items"), &bench.service(), login("A")).await;
    let crossed = format!("/v1/vaults/{own}/items/{}", word(&item["id"]));
    assert_eq!(bench.get(&crossed, &token).await.0, 404, "a neighbour's item through the own vault");
}

#[tokio::test]
async fn values_are_shown_only_to_who_may_read_them() {
    let bench = Bench::new().await;
    let vault = bench.make("v").await;
    let (_, item) = bench.post(&format!("/v1/vaults/{vault}/items"), &bench.service(), login("A")).await;
    let path = format!("/v1/vaults/{vault}/items/{}", word(&item["id"]));
    for (name, set, sees) in [("drop", SUBMIT, false), ("reader", READ, true)] {
        let (person, token) = bench.person(name).await;
        bench.grant(&vault, &person, set).await;
        let (_, seen) = bench.get(&path, &token).await;
        assert_eq!(seen["fields"].as_array().unwrap().len(), 2);
        assert_eq!(seen.to_string().contains("canary-value"), sees, "{name}");
    }
    let (_, list) = bench.get(&format!("/v1/vaults/{vault}/items"), &bench.service()).await;
    assert!(list[0].get("fields").is_none() && list[0].get("files").is_none());
    assert_eq!(list[0]["tags"], json!(["hw1"]));
}

#[tokio::test]
async fn a_change_replaces_all_but_category_and_files() {
    let bench = Bench::new().await;
    let (vault, service) = (bench.make("v").await, bench.service());
    let items = format!("/v1/vaults/{vault}/items");
    let (_, item) = bench.post(&items, &service, login("A")).await;
    let (path, before) = (format!("{items}/{}", word(&item["id"])), bench.content_version(&vault).await);
    let wanted = json!({
        "id": item["id"], "vault": { "id": vault }, "category": "LOGIN", "title": "B", "tags": ["late"],
        "fields": [{ "type": "CONCEALED", "label": "pin", "generate": true,
                     "recipe": { "length": 6, "characterSets": ["DIGITS"] } }],
    });
    let (status, changed) = bench.put(&path, &service, wanted).await;
    assert_eq!((status, &changed["title"], &changed["version"]), (200, &json!("B"), &json!(2)));
    assert_eq!((&changed["tags"], &changed["createdAt"]), (&json!(["late"]), &item["createdAt"]));
    let pin = word(&changed["fields"][0]["value"]);
    assert!(pin.len() == 6 && pin.bytes().all(|byte| byte.is_ascii_digit()), "made up by its recipe");
    assert_eq!(word(&changed["fields"][0]["id"]).len(), 26);
    assert_eq!(bench.content_version(&vault).await, before + 1);
    let (status, _) = bench.put(&path, &service, json!({ "category": "PASSWORD", "title": "C" })).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn ids_are_refused_by_shape_then_scope_then_existence() {
    let bench = Bench::new().await;
    let vault = bench.make("v").await;
    let (service, none) = (bench.service(), "sbxaaaaaaaaaaaaaaaaaaaaaaa");
    for (path, status, message) in [
        ("/v1/vaults/nope".to_owned(), 400, "Invalid Vault UUID".to_owned()),
        (format!("/v1/vaults/{vault}/items/nope"), 400, "Invalid Item UUID".to_owned()),
        (format!("/v1/vaults/{none}"), 403, "Authorization: token does not have access to vault".to_owned()),
        (format!("/v1/vaults/{vault}/items/{none}"), 404, format!("item {none} not found")),
    ] {
        let (found, body) = bench.get(&path, &service).await;
        assert_eq!((found, word(&body["message"])), (status, message), "{path}");
    }
    bench.delete(&format!("/sandbox/v1/vaults/{vault}"), &service).await;
    let (status, body) = bench.get(&format!("/v1/vaults/{vault}"), &service).await;
    assert_eq!((status, word(&body["message"])), (404, format!("vault {vault} not found")));
}

#[tokio::test]
async fn only_active_people_get_in() {
    let bench = Bench::new().await;
    let (person, token) = bench.person_as("late", json!({ "state": "TRANSFER_STARTED" })).await;
    let me = "/sandbox/v1/whoami";
    assert_eq!(bench.get(me, &token).await.0, 401);
    let admin = bench.admin();
    for (step, status, then) in [
        ("confirm", 400, 401),
        ("accept", 200, 401),
        ("accept", 400, 401),
        ("confirm", 200, 200),
        ("reactivate", 400, 200),
        ("suspend", 200, 401),
        ("reactivate", 200, 200),
    ] {
        let path = format!("/sandbox/v1/people/{person}/{step}");
        assert_eq!(bench.post(&path, &admin, Value::Null).await.0, status, "{step}");
        assert_eq!(bench.get(me, &token).await.0, then, "after {step}");
    }
    assert_eq!(bench.delete(&format!("/sandbox/v1/people/{person}"), &admin).await.0, 204);
    assert_eq!(bench.get(me, &token).await.0, 401);
    let (_, account) = bench.get(me, &admin).await;
    let last = word(&account["principal"]["id"]);
    assert_eq!(bench.post(&format!("/sandbox/v1/people/{last}/suspend"), &admin, Value::Null).await.0, 400);
    assert_eq!(bench.delete(&format!("/sandbox/v1/people/{last}"), &admin).await.0, 400);
}

#[tokio::test]
async fn the_service_account_is_refused_what_1password_refuses() {
    let bench = Bench::new().await;
    let (service, admin) = (bench.service(), bench.admin());
    let (person, _) = bench.person("ngozi").await;
    let (_, foreign) = bench.post("/sandbox/v1/vaults", &admin, json!({ "name": "foreign" })).await;
    let foreign = word(&foreign["id"]);
    let (_, all) = bench.get("/v1/vaults", &admin).await;
    let builtin = all.as_array().unwrap().iter().find(|vault| vault["type"] == "PERSONAL").unwrap();
    let builtin = word(&builtin["id"]);
    assert_eq!(bench.get("/v1/vaults", &service).await.1, json!([]));
    for vault in [&foreign, &builtin] {
        let path = format!("/sandbox/v1/vaults/{vault}");
        let grant = format!("{path}/people/{person}");
        assert_eq!(bench.get(&format!("/v1/vaults/{vault}/items"), &service).await.0, 403);
        assert_eq!(bench.put(&grant, &service, permissions("view_items")).await.0, 403);
        assert_eq!(bench.delete(&grant, &service).await.0, 403);
        assert_eq!(bench.delete(&path, &service).await.0, 403);
    }
    assert_eq!(bench.delete(&format!("/sandbox/v1/vaults/{builtin}"), &admin).await.0, 403);
    for (path, body) in [
        ("/sandbox/v1/people".to_owned(), json!({ "name": "x", "email": "x@example.edu" })),
        (format!("/sandbox/v1/people/{person}/suspend"), Value::Null),
        (format!("/sandbox/v1/people/{person}/confirm"), Value::Null),
        ("/sandbox/v1/groups".to_owned(), json!({ "name": "x" })),
    ] {
        assert_eq!(bench.post(&path, &service, body).await.0, 403, "{path}");
    }
    assert_eq!(bench.delete(&format!("/sandbox/v1/people/{person}"), &service).await.0, 403);
    assert_eq!(bench.get("/sandbox/v1/ledger", &service).await.0, 403);
}

#[tokio::test]
async fn students_cannot_manage_anything() {
    let bench = Bench::new().await;
    let vault = bench.make("v").await;
    let (person, token) = bench.person("ngozi").await;
    let (other, _) = bench.person("other").await;
    bench.grant(&vault, &person, WRITE).await;
    let grant = format!("/sandbox/v1/vaults/{vault}/people/{other}");
    assert_eq!(bench.put(&grant, &token, permissions("view_items")).await.0, 403);
    assert_eq!(bench.delete(&format!("/sandbox/v1/vaults/{vault}"), &token).await.0, 403);
    assert_eq!(bench.post("/sandbox/v1/vaults", &token, json!({ "name": "x" })).await.0, 403);
    for path in ["people", "groups", "ledger", "requests", "ratelimit"] {
        assert_eq!(bench.get(&format!("/sandbox/v1/{path}"), &token).await.0, 403, "{path}");
    }
}
