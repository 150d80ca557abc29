//! Grants, revokes, groups, and what the service account is shown of them.

#![allow(clippy::unwrap_used, reason = "tests")]

use reqwest::Method;
use serde_json::{Value, json};
use strongroom::sandbox::{Limits, View};

use crate::support::{Bench, READ, SUBMIT, WRITE, permissions, word};

#[tokio::test]
async fn a_grant_adds_and_answers_with_the_whole_set() {
    let bench = Bench::new().await;
    let vault = bench.make("v").await;
    let (person, _) = bench.person("ngozi").await;
    let (status, answer) = bench.grant(&vault, &person, SUBMIT).await;
    assert_eq!(status, 200);
    assert_eq!(
        answer,
        json!({ "vault_id": vault, "user_id": person, "permissions": ["view_items", "create_items"] })
    );
    let (_, answer) = bench.grant(&vault, &person, READ).await;
    assert_eq!(
        answer["permissions"],
        json!(["view_items", "create_items", "view_and_copy_passwords", "view_item_history"])
    );
    let (_, broad) = bench.grant(&vault, &person, "allow_viewing,allow_editing").await;
    assert!(broad["permissions"].as_array().unwrap().contains(&json!("move_items")), "{broad}");
}

#[tokio::test]
async fn a_grant_is_refused_with_the_reason() {
    let bench = Bench::new().await;
    let vault = bench.make("v").await;
    let (person, _) = bench.person("ngozi").await;
    let (invited, _) = bench.person_as("late", json!({ "state": "TRANSFER_STARTED" })).await;
    let (_, me) = bench.get("/sandbox/v1/whoami", &bench.service()).await;
    let service = word(&me["principal"]["id"]);
    let nobody = "SBXAAAAAAAAAAAAAAAAAAAAAAA";
    for (who, set, status, says) in [
        (person.as_str(), "create_items", 400, "[view_items]"),
        (&person, "allow_editing", 400, "[allow_viewing]"),
        (&person, "", 400, "name the permissions"),
        (&person, "move_items", 400, "cannot be granted"),
        (&person, "fly", 400, "not known"),
        (&invited, "view_items", 400, "TRANSFER_STARTED"),
        (&service, "view_items", 400, "service account"),
        (nobody, "view_items", 404, "not found"),
        ("nope", "view_items", 400, "Invalid User UUID"),
    ] {
        let (found, answer) = bench.grant(&vault, who, set).await;
        assert_eq!(found, status, "{who} {set}: {answer}");
        assert!(word(&answer["message"]).contains(says), "{answer}");
    }
}

#[tokio::test]
async fn a_service_account_cannot_revoke_a_part() {
    let bench = Bench::new().await;
    let vault = bench.make("v").await;
    let (person, _) = bench.person("ngozi").await;
    let path = format!("/sandbox/v1/vaults/{vault}/people/{person}");
    let (status, answer) = bench.delete(&path, &bench.service()).await;
    assert_eq!((status, word(&answer["message"])), (404, "the accessor doesn't have any permissions".into()));
    bench.grant(&vault, &person, WRITE).await;
    let part = format!("{path}?permissions=edit_items,archive_items");
    let (status, answer) = bench.delete(&part, &bench.service()).await;
    assert_eq!((status, word(&answer["message"])), (403, "the accessor doesn't have any permissions".into()));
    // An administrator manages the vault and can; what depends on it has to be named.
    let (status, answer) = bench.delete(&format!("{path}?permissions=edit_items"), &bench.admin()).await;
    assert_eq!(status, 400);
    assert!(word(&answer["message"]).contains("archive_items"));
    let (status, answer) = bench.delete(&part, &bench.admin()).await;
    assert_eq!(status, 200);
    assert!(!answer["permissions"].as_array().unwrap().contains(&json!("edit_items")));
    let (status, answer) = bench.delete(&path, &bench.service()).await;
    assert_eq!((status, &answer["permissions"]), (200, &json!([])));
}

#[tokio::test]
async fn the_default_view_is_blind_and_the_other_is_not() {
    for (view, sees) in [(View::ServiceAccount, false), (View::Person, true)] {
        let bench = Bench::with(|config| config.view = view).await;
        let vault = bench.make("v").await;
        let (person, _) = bench.person("ngozi").await;
        bench.grant(&vault, &person, READ).await;
        let path = format!("/sandbox/v1/vaults/{vault}/grants");
        let (_, seen) = bench.get(&path, &bench.service()).await;
        assert_eq!(seen["people"].as_array().unwrap().len(), 1, "the service account stands in no list");
        assert_eq!(seen["people"][0]["id"], json!(person));
        assert_eq!(seen["people"][0].get("permissions").is_some(), sees);
        assert_eq!(seen["groups"].as_array().unwrap().len(), 2);
        assert_eq!(seen["groups"][0].get("permissions").is_some(), sees);
        let (_, groups) = bench.get("/sandbox/v1/groups", &bench.service()).await;
        assert_eq!(groups[0].get("members").is_some(), sees);
        let (_, me) = bench.get("/sandbox/v1/whoami", &bench.service()).await;
        assert_eq!(me["view"], if sees { "person" } else { "service-account" });
        assert_eq!(me["principal"]["type"], "SERVICE_ACCOUNT");
        let (_, full) = bench.get(&path, &bench.admin()).await;
        assert_eq!(full["groups"][0]["permissions"], json!(["manage_vault"]));
    }
}

#[tokio::test]
async fn groups_give_access_and_take_it() {
    let bench = Bench::new().await;
    let (admin, service) = (bench.admin(), bench.service());
    let vault = bench.make("v").await;
    let (person, token) = bench.person("ta").await;
    let (_, group) = bench.post("/sandbox/v1/groups", &admin, json!({ "name": "staff" })).await;
    let group = word(&group["id"]);
    let member = format!("/sandbox/v1/groups/{group}/members/{person}");
    assert_eq!(bench.put(&member, &service, Value::Null).await.0, 403);
    assert_eq!(bench.put(&member, &admin, Value::Null).await.0, 204);
    let grant = format!("/sandbox/v1/vaults/{vault}/groups/{group}");
    let (status, answer) = bench.put(&grant, &service, permissions(READ)).await;
    assert_eq!((status, word(&answer["group_id"])), (200, group));
    assert_eq!(bench.get(&format!("/v1/vaults/{vault}/items"), &token).await.0, 200);
    let (_, seen) = bench.get(&format!("/sandbox/v1/vaults/{vault}/grants"), &admin).await;
    assert_eq!(seen["people"], json!([]), "only direct access is listed");
    assert_eq!(bench.delete(&member, &admin).await.0, 204);
    assert_eq!(bench.get(&format!("/v1/vaults/{vault}/items"), &token).await.0, 403);
}

#[tokio::test]
async fn a_guest_is_in_one_vault_at_most() {
    let bench = Bench::new().await;
    let (one, two) = (bench.make("one").await, bench.make("two").await);
    let (guest, _) = bench.person_as("guest", json!({ "type": "GUEST" })).await;
    assert_eq!(bench.grant(&one, &guest, "view_items").await.0, 200);
    assert_eq!(bench.grant(&one, &guest, SUBMIT).await.0, 200);
    assert_eq!(bench.grant(&two, &guest, "view_items").await.0, 400);
}

#[tokio::test]
async fn the_kind_of_account_decides_what_can_be_granted() {
    for (limits, kind, groups) in [(Limits::Teams, "teams", 200), (Limits::Families, "families", 400)] {
        let bench = Bench::with(|config| config.limits = limits).await;
        let vault = bench.make("v").await;
        let (person, token) = bench.person("ngozi").await;
        let (_, me) = bench.get("/sandbox/v1/whoami", &bench.service()).await;
        assert_eq!(me["account"]["kind"], kind);
        assert_eq!(bench.grant(&vault, &person, SUBMIT).await.0, 400);
        assert_eq!(bench.grant(&vault, &person, "allow_editing").await.0, 400);
        let (_, answer) = bench.grant(&vault, &person, "allow_viewing,allow_editing").await;
        assert_eq!(answer["permissions"], json!(["allow_viewing", "allow_editing"]));
        assert_eq!(bench.send_file(&vault, "?name=a", &token, b"a".to_vec()).await.0, 200);
        let (_, group) = bench.post("/sandbox/v1/groups", &bench.admin(), json!({ "name": "s" })).await;
        let grant = format!("/sandbox/v1/vaults/{vault}/groups/{}", word(&group["id"]));
        assert_eq!(bench.put(&grant, &bench.service(), permissions("allow_viewing")).await.0, groups);
    }
}

#[tokio::test]
async fn administrators_manage_what_the_service_account_makes_unless_it_says_no() {
    let bench = Bench::new().await;
    let open = bench.make("open").await;
    let closed = json!({ "name": "closed", "admins_can_manage": false, "icon": "green-backpack" });
    let (_, closed) = bench.post("/sandbox/v1/vaults", &bench.service(), closed).await;
    assert_eq!(closed["icon"], "green-backpack");
    let closed = word(&closed["id"]);
    let (admin, (person, _)) = (bench.admin(), bench.person("ngozi").await);
    for (vault, status) in [(open, 200), (closed, 403)] {
        let path = format!("/sandbox/v1/vaults/{vault}");
        assert_eq!(bench.get(&path, &admin).await.0, status);
        let grant = format!("{path}/people/{person}");
        assert_eq!(bench.put(&grant, &admin, permissions("view_items")).await.0, status);
        assert_eq!(
            bench.get(&format!("/v1/vaults/{vault}/items"), &admin).await.0,
            403,
            "managing is not reading"
        );
    }
    let (status, _) = bench.post("/sandbox/v1/vaults", &admin, json!({ "name": "x", "icon": "nope" })).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn only_people_who_manage_a_vault_rename_it() {
    let bench = Bench::new().await;
    let vault = bench.make("v").await;
    let path = format!("/sandbox/v1/vaults/{vault}");
    let (ngozi, token) = bench.person("ngozi").await;
    bench.grant(&vault, &ngozi, WRITE).await;
    let before = bench.get(&path, &bench.admin()).await.1;
    for (who, status) in [(bench.service(), 403), (token, 403), (bench.admin(), 200)] {
        let renamed = bench.call(Method::PATCH, &path, &who, json!({ "name": "other" })).await;
        assert_eq!(renamed.0, status, "{}", renamed.1);
    }
    let after = bench.get(&path, &bench.admin()).await.1;
    assert_eq!((word(&before["name"]), word(&after["name"])), ("v".into(), "other".into()));
    let version = |vault: &Value| vault["attributeVersion"].as_u64().unwrap();
    assert_eq!(version(&after), version(&before) + 1);
    assert_eq!(after["contentVersion"], before["contentVersion"]);
    assert_eq!(bench.call(Method::PATCH, &path, &bench.admin(), json!({ "name": " " })).await.0, 400);
}
