//! The Connect door, operation by operation, as a Connect token meets it: answers, refusals and their words.

#![allow(clippy::unwrap_used, reason = "tests")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, login, word};

/// A vault with an item and a file, and a token for it.
pub(crate) struct Scene {
    pub(crate) bench: Bench,
    pub(crate) vault: String,
    pub(crate) item: String,
    pub(crate) document: String,
    pub(crate) file: String,
    pub(crate) token: String,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let bench = Bench::new().await;
        let vault = bench.make("Ada Lovelace").await;
        let token = bench.connect(&[(&vault, "rw")]).await;
        let (_, item) = bench.post(&format!("/v1/vaults/{vault}/items"), &token, login("First login")).await;
        let (_, document) =
            bench.send_file(&vault, "?name=essay.txt", &bench.service(), b"an essay".to_vec()).await;
        let (item, file) = (word(&item["id"]), word(&document["files"][0]["id"]));
        Self { vault, item, document: word(&document["id"]), file, token, bench }
    }

    fn items(&self) -> String {
        format!("/v1/vaults/{}/items", self.vault)
    }

    fn one(&self) -> String {
        format!("{}/{}", self.items(), self.item)
    }

    fn files(&self) -> String {
        format!("{}/{}/files", self.items(), self.document)
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.bench.get(path, &self.token).await
    }

    async fn patch(&self, body: Value) -> (u16, Value) {
        self.bench.call(Method::PATCH, &self.one(), &self.token, body).await
    }

    /// The status and the message of a refusal.
    async fn refused(&self, method: Method, path: &str, token: &str, body: Value) -> (u16, String) {
        let (status, answer) = self.bench.call(method, path, token, body).await;
        assert_eq!(answer["status"], json!(status), "{path}: {answer}");
        (status, word(&answer["message"]))
    }
}

#[tokio::test]
async fn vaults_are_listed_filtered_and_described() {
    let scene = Scene::new().await;
    let (status, list) = scene.get("/v1/vaults").await;
    assert_eq!(status, 200);
    assert_eq!(scene.get(&format!("/v1/vaults/{}", scene.vault)).await, (200, list[0].clone()));
    assert_eq!((&list[0]["items"], &list[0]["type"]), (&json!(2), &json!("USER_CREATED")));
    for (filter, found) in [
        ("name%20eq%20%22Ada%20Lovelace%22", 1),
        ("title+eq+%22Ada+Lovelace%22", 1),
        ("title%20eq%20%22Ada%22", 0),
        ("name%20co%20%22Ada%22", 1),
        ("", 1),
    ] {
        let (status, list) = scene.get(&format!("/v1/vaults/?filter={filter}")).await;
        assert_eq!((status, list.as_array().unwrap().len()), (200, found), "{filter}");
    }
    for filter in ["name%20eq%20%22a%22b%22", "name%20eq%20%22", "id%20eq%20%22a%22", "nonsense"] {
        let path = format!("/v1/vaults?filter={filter}");
        assert_eq!(scene.refused(Method::GET, &path, &scene.token, Value::Null).await.0, 400, "{filter}");
    }
}

#[tokio::test]
async fn items_are_listed_without_fields_and_filtered() {
    let scene = Scene::new().await;
    let (_, list) = scene.get(&format!("{}/", scene.items())).await;
    assert_eq!(list.as_array().unwrap().len(), 2);
    for item in list.as_array().unwrap() {
        assert!(["fields", "sections", "files"].iter().all(|part| item.get(part).is_none()), "{item}");
        assert_eq!(item["vault"]["id"], scene.vault.as_str());
    }
    for (filter, found) in [
        ("title%20eq%20%22First%20login%22", 1),
        ("title+co+%22login%22", 1),
        ("tag+eq+%22hw1%22", 1),
        ("tag+eq+%22hw2%22", 0),
    ] {
        let (_, list) = scene.get(&format!("{}?filter={filter}", scene.items())).await;
        assert_eq!(list.as_array().unwrap().len(), found, "{filter}");
    }
    let path = format!("{}?filter=title%20eq%20%22a%22b%22", scene.items());
    assert_eq!(scene.refused(Method::GET, &path, &scene.token, Value::Null).await.0, 400);
}

#[tokio::test]
async fn an_item_is_made_read_replaced_and_deleted_for_good() {
    let scene = Scene::new().await;
    let (status, item) = scene.get(&scene.one()).await;
    assert_eq!(
        (status, &item["version"], &item["fields"][1]["value"]),
        (200, &json!(1), &json!("canary-value"))
    );
    let mut body = login("Second");
    body["id"] = json!(scene.item);
    body["urls"] = Value::Null;
    let (status, answer) = scene.bench.put(&scene.one(), &scene.token, body).await;
    assert_eq!(
        (status, &answer["title"], &answer["version"]),
        (200, &json!("Second"), &json!(1)),
        "as before"
    );
    let (_, item) = scene.get(&scene.one()).await;
    assert_eq!(item["version"], 2, "but it was raised");
    let (_, ledger) = scene.bench.get("/sandbox/v1/ledger", &scene.bench.admin()).await;
    assert_eq!(ledger.as_array().unwrap().last().unwrap()["actor"], item["lastEditedBy"], "the server");
    assert_eq!(scene.bench.delete(&scene.one(), &scene.token).await, (204, json!("")));
    let gone = (404, format!("item {} not found", scene.item));
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(scene.refused(method, &scene.one(), &scene.token, Value::Null).await, gone);
    }
    assert_eq!(scene.refused(Method::PUT, &scene.one(), &scene.token, login("x")).await, gone);
    assert_eq!(scene.refused(Method::PATCH, &scene.one(), &scene.token, json!([])).await, gone);
}

#[tokio::test]
async fn an_item_is_changed_in_part() {
    let scene = Scene::new().await;
    let (status, same) = scene.patch(json!([])).await;
    assert_eq!((status, &same["version"]), (200, &json!(1)), "no operation is no change");
    let (status, item) = scene
        .patch(json!([
            { "op": "replace", "path": "/title", "value": "Changed" },
            { "op": "replace", "path": "/fields/password/value", "value": "new-value" },
            { "op": "add", "path": "/fields", "value": { "label": "pin", "type": "string", "value": "1234" } },
            { "op": "remove", "path": "/tags/0" },
        ]))
        .await;
    assert_eq!((status, &item["version"], &item["title"]), (200, &json!(2), &json!("Changed")), "{item}");
    assert_eq!(scene.get(&scene.one()).await.1, item);
    assert!(item.get("tags").is_none() && item["fields"][1]["value"] == "new-value");
    assert!(item["fields"][2]["id"].is_string() && item["fields"][2]["type"] == "STRING");
    let field = word(&item["fields"][2]["id"]);
    let (_, item) = scene.patch(json!([{ "op": "remove", "path": format!("/fields/{field}") }])).await;
    assert_eq!(item["fields"].as_array().unwrap().len(), 2);
    for (body, said) in [
        (json!({ "op": "add", "path": "/title", "value": "x" }), "Invalid request body at line 1 column 0"),
        (json!([{ "op": "remove", "path": "/fields/none" }]), "The item doesn't have a none field."),
        (json!([{ "op": "replace", "path": "/category", "value": "SERVER" }]), "Invalid item category"),
    ] {
        assert_eq!(
            scene.refused(Method::PATCH, &scene.one(), &scene.token, body).await,
            (400, said.to_owned())
        );
    }
    let (_, after) = scene.get(&scene.one()).await;
    assert_eq!(after["version"], 3, "what is refused changes nothing");
}

#[tokio::test]
async fn documents_and_custom_items_cannot_be_made_but_documents_can_be_updated() {
    let scene = Scene::new().await;
    for category in ["DOCUMENT", "CUSTOM"] {
        let body = json!({ "title": "x", "category": category, "vault": { "id": scene.vault } });
        let refusal = scene.refused(Method::POST, &scene.items(), &scene.token, body).await;
        assert_eq!(refusal, (400, "Invalid item category".to_owned()));
    }
    let path = format!("{}/{}", scene.items(), scene.document);
    let body = json!({ "title": "renamed", "category": "DOCUMENT", "vault": { "id": scene.vault } });
    let (status, item) = scene.bench.put(&path, &scene.token, body).await;
    assert_eq!(
        (status, &item["title"], &item["files"][0]["id"]),
        (200, &json!("renamed"), &json!(scene.file))
    );
}

#[tokio::test]
async fn files_are_listed_described_inlined_and_streamed() {
    let scene = Scene::new().await;
    let (_, list) = scene.get(&format!("{}/", scene.files())).await;
    let one = format!("{}/{}", scene.files(), scene.file);
    let path = format!("{one}/content");
    let plain = json!({ "id": scene.file, "name": "essay.txt", "size": 8, "content_path": path });
    assert_eq!((list, scene.get(&one).await), (json!([plain]), (200, plain.clone())));
    for word in ["inline_files", "inline_content"] {
        let mut inlined = plain.clone();
        inlined["content"] = json!(STANDARD.encode("an essay"));
        assert_eq!(scene.get(&format!("{}?{word}=true", scene.files())).await, (200, json!([inlined])));
        assert_eq!(scene.get(&format!("{one}/?{word}=true")).await, (200, inlined));
        assert_eq!(scene.get(&format!("{one}?{word}=false")).await, (200, plain.clone()));
    }
    let url = format!("{}{path}", scene.bench.running.url);
    let answer = scene.bench.client.get(url).bearer_auth(&scene.token).send().await.unwrap();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(
        (header("content-type"), header("content-length")),
        ("application/octet-stream".into(), "8".into())
    );
    assert!(header("content-disposition").starts_with("attachment; filename=\"essay.txt\""));
    assert_eq!(answer.text().await.unwrap(), "an essay");
    let unknown = "sbxaaaaaaaaaaaaaaaaaaaaaaa";
    for rest in ["", "/content"] {
        let path = format!("{}/{unknown}{rest}", scene.files());
        let refusal = scene.refused(Method::GET, &path, &scene.token, Value::Null).await;
        assert_eq!(refusal, (404, format!("file {unknown} not found")));
    }
}

#[tokio::test]
async fn a_file_of_more_than_100_kb_is_not_inlined() {
    let scene = Scene::new().await;
    for (size, status) in [(102_400, 200), (102_401, 413)] {
        let query = format!("?name=big&item={}", scene.document);
        let (_, item) =
            scene.bench.send_file(&scene.vault, &query, &scene.bench.service(), vec![b'x'; size]).await;
        let one = format!("{}/{}?inline_files=true", scene.files(), word(&item["files"][0]["id"]));
        for path in [format!("{}?inline_files=true", scene.files()), one] {
            let (found, answer) = scene.get(&path).await;
            assert_eq!(found, status, "{path}");
            if status == 413 {
                assert_eq!(
                    answer["message"],
                    "File is too large to inline in request. Use the \
                     /v1/vaults/{vaultUUID}/items/{itemUUID}/files/{fileUUID}/content endpoint instead."
                );
            }
        }
    }
}

#[tokio::test]
async fn rights_of_a_token_are_for_reading_for_writing_or_for_both() {
    let scene = Scene::new().await;
    let reader = scene.bench.connect(&[(&scene.vault, "r")]).await;
    let writer = scene.bench.connect(&[(&scene.vault, "w")]).await;
    let no_write = "Unauthorized Request, token does not have write access to the Vault";
    let no_read = "Unauthorized Request, token does not have read access to the Vault";
    for (method, path, body) in [
        (Method::POST, scene.items(), login("x")),
        (Method::PUT, scene.one(), login("x")),
        (Method::PATCH, scene.one(), json!([])),
        (Method::DELETE, scene.one(), Value::Null),
    ] {
        assert_eq!(scene.refused(method, &path, &reader, body).await, (401, no_write.to_owned()));
    }
    let content = format!("{}/{}/content", scene.files(), scene.file);
    for path in [scene.items(), scene.one(), scene.files(), content] {
        assert_eq!(scene.refused(Method::GET, &path, &writer, Value::Null).await, (401, no_read.to_owned()));
        assert!(scene.bench.get(&path, &reader).await.0 == 200);
    }
    let (status, item) = scene.bench.post(&scene.items(), &writer, login("blind")).await;
    assert_eq!((status, item["fields"][1].get("value")), (200, None), "made, and told without values");
    let path = format!("{}/{}", scene.items(), word(&item["id"]));
    assert_eq!(scene.bench.get(&path, &reader).await.1["fields"][1]["value"], "canary-value");
    assert_eq!(scene.bench.delete(&path, &writer).await.0, 204);
    assert_eq!(scene.bench.get("/v1/vaults", &writer).await.1[0]["id"], scene.vault.as_str());
}

#[tokio::test]
async fn ids_without_their_form_are_refused_before_anything_else() {
    let scene = Scene::new().await;
    let good = &scene.vault;
    for (path, said) in [
        ("/v1/vaults/short".to_owned(), "Invalid Vault UUID"),
        ("/v1/vaults/6f9619ff-8b86-d011-b42d-00cf4fc964ff/items".to_owned(), "Invalid Vault UUID"),
        (format!("/v1/vaults/{}", good.to_uppercase()), "Invalid Vault UUID"),
        (format!("/v1/vaults/{good}/items/x"), "Invalid Item UUID"),
        (format!("/v1/vaults/{good}/items/x/files"), "Invalid Item UUID"),
        (format!("{}/x", scene.files()), "Invalid File UUID"),
        (format!("{}/x/content", scene.files()), "Invalid File UUID"),
    ] {
        let refusal = scene.refused(Method::GET, &path, &scene.token, Value::Null).await;
        assert_eq!(refusal, (400, said.to_owned()), "{path}");
    }
    let other = format!("/v1/vaults/{good}/items/sbxaaaaaaaaaaaaaaaaaaaaaaa/files");
    assert_eq!(scene.refused(Method::GET, &other, &scene.token, Value::Null).await.0, 404);
}

#[tokio::test]
async fn a_request_without_a_good_token_is_refused() {
    let scene = Scene::new().await;
    for path in ["/v1/vaults".to_owned(), "/v1/activity".to_owned(), scene.one(), scene.files()] {
        for (token, said) in [("nobody", "Invalid bearer token"), ("a.b.c", "Invalid token signature")] {
            let refusal = scene.refused(Method::GET, &path, token, Value::Null).await;
            assert_eq!(refusal, (401, said.to_owned()), "{path}");
        }
        let answer =
            scene.bench.client.get(format!("{}{path}", scene.bench.running.url)).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 401);
        assert_eq!(answer.headers()["1Password-Connect-Version"], "1.8.1", "{path}");
    }
}
