//! Tokens of Connect and of the Events API: made, told once, good for what they say, ended and taken back.

#![allow(clippy::unwrap_used, reason = "tests")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};
use strongroom::sandbox::{Config, serve};
use tokio_util::sync::CancellationToken;

use crate::support::{Bench, login, word};

const TOKENS: &str = "/sandbox/v1/tokens";
const CONNECT: &str = "/sandbox/v1/tokens/connect";
const EVENTS: &str = "/sandbox/v1/tokens/events";

fn claims(token: &str) -> (Value, Value) {
    let part = |at: usize| {
        let part = URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap();
        serde_json::from_slice(&part).unwrap()
    };
    assert_eq!(URL_SAFE_NO_PAD.decode(token.split('.').nth(2).unwrap()).unwrap().len(), 64, "ES256");
    (part(0), part(1))
}

#[tokio::test]
async fn a_connect_token_carries_the_recorded_claims() {
    let bench = Bench::new().await;
    let (one, two) = (bench.make("one").await, bench.make("two").await);
    let wanted = json!({ "name": "class", "vaults": [{ "id": one }, { "id": two, "rights": "r" }], "expires_in_s": 60 });
    let (status, made) = bench.post(CONNECT, &bench.admin(), wanted).await;
    assert_eq!(status, 201, "{made}");
    let (head, claims) = claims(&word(&made["token"]));
    assert_eq!((&head["alg"], &head["typ"]), (&json!("ES256"), &json!("JWT")));
    let (_, me) = bench.get("/sandbox/v1/whoami", &bench.admin()).await;
    assert_eq!(claims["1password.com/auuid"], me["account"]["id"]);
    assert_eq!(claims["1password.com/fts"], json!(["vaultaccess"]));
    assert_eq!(claims["1password.com/vts"], json!([{ "u": one, "a": 15_730_672 }, { "u": two, "a": 48 }]));
    assert_eq!(claims["aud"], json!(["com.1password.secretservice"]));
    assert_eq!(claims["iss"], "com.1password.b5");
    assert_eq!((&claims["sub"], &claims["jti"]), (&made["principal"], &made["id"]));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60);
    assert!(claims["1password.com/token"].is_string());
    let (_, again) =
        bench.post(CONNECT, &bench.admin(), json!({ "name": "b", "vaults": [{ "id": one }] })).await;
    assert_eq!(again["principal"], made["principal"], "one server");
    assert!(self::claims(&word(&again["token"])).1.get("exp").is_none(), "never ends");
}

#[tokio::test]
async fn an_events_token_names_features_and_its_host_if_it_is_given_one() {
    let bench = Bench::new().await;
    let wanted =
        json!({ "name": "siem", "features": ["auditevents", "itemusages"], "audience": "127.0.0.1:1" });
    let (status, made) = bench.post(EVENTS, &bench.admin(), wanted).await;
    assert_eq!(status, 201, "{made}");
    let (_, told) = claims(&word(&made["token"]));
    assert_eq!(told["1password.com/fts"], json!(["auditevents", "itemusages"]));
    assert_eq!((&told["aud"], &told["jti"]), (&json!(["127.0.0.1:1"]), &made["id"]));
    assert!(word(&made["id"]).bytes().all(|byte| !byte.is_ascii_lowercase()), "upper case");
    let wanted = json!({ "name": "siem", "features": ["signinattempts"] });
    let (_, made) = bench.post(EVENTS, &bench.admin(), wanted).await;
    assert_eq!(claims(&word(&made["token"])).1["aud"], json!(["com.1password.streamingservice"]));
}

#[tokio::test]
async fn only_an_administrator_makes_sees_and_takes_back_tokens() {
    let bench = Bench::new().await;
    let vault = bench.make("v").await;
    let (_, student) = bench.person("ngozi").await;
    let token = bench.connect(&[(&vault, "rw")]).await;
    let connect = json!({ "name": "x", "vaults": [{ "id": vault }] });
    let events = json!({ "name": "x", "features": ["auditevents"] });
    for (caller, status) in [(bench.service(), 403), (student, 403), (token, 401), ("nobody".to_owned(), 401)]
    {
        for (method, path, body) in [
            (Method::POST, CONNECT, connect.clone()),
            (Method::POST, EVENTS, events.clone()),
            (Method::GET, TOKENS, Value::Null),
            (Method::DELETE, "/sandbox/v1/tokens/x", Value::Null),
        ] {
            assert_eq!(bench.call(method, path, &caller, body).await.0, status, "{path}");
        }
    }
}

#[tokio::test]
async fn a_token_that_makes_no_sense_is_not_made() {
    let bench = Bench::new().await;
    let admin = bench.admin();
    let vault = bench.make("v").await;
    let (_, all) = bench.get("/sandbox/v1/vaults", &admin).await;
    let private =
        all.as_array().unwrap().iter().find(|vault| vault["type"] == "PERSONAL").unwrap()["id"].clone();
    let one = json!({ "id": vault });
    for (path, body, status) in [
        (CONNECT, json!({ "name": " ", "vaults": [one] }), 400),
        (CONNECT, json!({ "name": "x", "vaults": [] }), 400),
        (CONNECT, json!({ "name": "x", "vaults": [one, one] }), 400),
        (CONNECT, json!({ "name": "x", "vaults": [{ "id": vault, "rights": "x" }] }), 400),
        (CONNECT, json!({ "name": "x", "vaults": [{ "id": private }] }), 400),
        (CONNECT, json!({ "name": "x", "vaults": [{ "id": "no" }] }), 400),
        (CONNECT, json!({ "name": "x", "vaults": [{ "id": "sbxaaaaaaaaaaaaaaaaaaaaaaa" }] }), 404),
        (CONNECT, json!({ "name": "x", "vaults": [one], "expires": 5 }), 400),
        (EVENTS, json!({ "name": "x", "features": [] }), 400),
        (EVENTS, json!({ "name": "x", "features": ["everything"] }), 400),
    ] {
        assert_eq!(bench.post(path, &admin, body.clone()).await.0, status, "{body}");
    }
    assert_eq!(bench.get(TOKENS, &admin).await.1, json!([]));
}

#[tokio::test]
async fn an_integration_stands_in_no_list_and_cannot_be_treated_as_a_person() {
    let bench = Bench::new().await;
    let admin = bench.admin();
    let vault = bench.make("v").await;
    let (_, before) = bench.get("/sandbox/v1/people", &admin).await;
    let token = bench.connect(&[(&vault, "rw")]).await;
    let (_, item) = bench.post(&format!("/v1/vaults/{vault}/items"), &token, login("L")).await;
    assert_eq!(bench.get("/sandbox/v1/people", &admin).await.1, before);
    let server = word(&item["lastEditedBy"]);
    let (_, grants) = bench.get(&format!("/sandbox/v1/vaults/{vault}/grants"), &admin).await;
    assert!(!grants.to_string().contains(&server), "{grants}");
    let suspend = format!("/sandbox/v1/people/{server}/suspend");
    assert_eq!(bench.post(&suspend, &admin, Value::Null).await.0, 404);
    assert_eq!(bench.grant(&vault, &server, "view_items").await.0, 400);
}

#[tokio::test]
async fn a_token_opens_one_door_and_only_its_vaults() {
    let bench = Bench::new().await;
    let (mine, other) = (bench.make("mine").await, bench.make("other").await);
    let token = bench.connect(&[(&mine, "rw")]).await;
    let (_, list) = bench.get("/v1/vaults", &token).await;
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["id"], mine.as_str());
    let denied = "Authorization: token does not have access to vault";
    for path in [format!("/v1/vaults/{other}"), format!("/v1/vaults/{other}/items")] {
        let (status, body) = bench.get(&path, &token).await;
        assert_eq!((status, word(&body["message"])), (403, denied.into()));
    }
    for path in ["/sandbox/v1/whoami", "/sandbox/v1/vaults", "/sandbox/v1/people", "/sandbox/v1/faults"] {
        assert_eq!(bench.get(path, &token).await.0, 401, "{path}");
    }
    let (status, _) = bench.send_file(&mine, "?name=a", &token, b"a".to_vec()).await;
    assert_eq!(status, 401, "Connect takes no files");
    let wanted = json!({ "name": "siem", "features": ["auditevents"] });
    let (_, events) = bench.post(EVENTS, &bench.admin(), wanted).await;
    for path in ["/v1/vaults", "/sandbox/v1/whoami"] {
        assert_eq!(bench.get(path, &word(&events["token"])).await.0, 401, "{path}");
    }
    bench.delete(&format!("/sandbox/v1/vaults/{mine}"), &bench.service()).await;
    let (status, body) = bench.get(&format!("/v1/vaults/{mine}"), &token).await;
    assert_eq!(
        (status, word(&body["message"])),
        (404, format!("vault {mine} not found")),
        "in scope and gone"
    );
    assert_eq!(bench.get("/v1/vaults", &token).await.1, json!([]));
}

#[tokio::test]
async fn a_token_ends_is_taken_back_and_outlives_the_sandbox() {
    let mut bench = Bench::new().await;
    let vault = bench.make("v").await;
    let wanted = json!({ "name": "short", "vaults": [{ "id": vault }], "expires_in_s": 30 });
    let (_, short) = bench.post(CONNECT, &bench.admin(), wanted).await;
    bench.pass(1); // listed by age
    let (_, long) =
        bench.post(CONNECT, &bench.admin(), json!({ "name": "long", "vaults": [{ "id": vault }] })).await;
    let (short, id, long) = (word(&short["token"]), word(&long["id"]), word(&long["token"]));
    bench.pass(28);
    assert_eq!(bench.get("/v1/vaults", &short).await.0, 200);
    bench.pass(1);
    let (status, body) = bench.get("/v1/vaults", &short).await;
    assert_eq!((status, word(&body["message"])), (401, "Invalid bearer token".into()));
    let folder = bench.folder.path().join("world");
    bench.running.stop().await;
    bench.running = serve(Config::new(&folder), CancellationToken::new()).await.unwrap();
    assert_eq!(bench.get("/v1/vaults", &long).await.0, 200);
    let one = format!("{TOKENS}/{id}");
    assert_eq!(bench.delete(&one, &bench.admin()).await.0, 204);
    assert_eq!(bench.delete(&one, &bench.admin()).await.0, 404, "once");
    assert_eq!(bench.get("/v1/vaults", &long).await.0, 401);
    let (_, listed) = bench.get(TOKENS, &bench.admin()).await;
    let shown: Vec<_> =
        listed.as_array().unwrap().iter().map(|row| (word(&row["name"]), row["revoked"] == true)).collect();
    assert_eq!(shown, [("short".to_owned(), false), ("long".to_owned(), true)]);
    assert!(!listed.to_string().contains(&long), "told once");
    let (_, ledger) = bench.get("/sandbox/v1/ledger", &bench.admin()).await;
    assert!(!ledger.to_string().contains(&long), "no token in the ledger");
    let forged = format!("{}x", &long);
    let (status, body) = bench.get("/v1/vaults", &forged).await;
    assert_eq!((status, word(&body["message"])), (401, "Invalid token signature".into()));
}
