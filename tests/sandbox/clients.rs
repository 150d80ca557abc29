//! The requests of 1Password's own Connect clients, as they were recorded: line, headers and body to the byte,
//! and what those clients look at in the answers. Python's 2.1.0, JavaScript's 1.4.2, Go's 1.5.3 (its source).

#![allow(clippy::unwrap_used, reason = "tests")]

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Bench, word};

/// Title of a vault with all that has to be encoded in it.
const TITLE: &str = "Ada & Bob's +1";
const PYTHON_TITLE: &str = "Ada%20%26%20Bob%27s%20%2B1";
const GO_TITLE: &str = "Ada+%26+Bob%27s+%2B1";

/// A client on one connection, with the headers that it sends.
struct Client {
    line: TcpStream,
    headers: String,
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Client {
    async fn new(bench: &Bench, token: &str, more: &str) -> Self {
        let address = bench.running.url.trim_start_matches("http://");
        let headers = format!(
            "Host: {address}\r\n{more}Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        );
        Self { line: TcpStream::connect(address).await.unwrap(), headers }
    }

    /// Sends a request and reads one answer; the connection stays, as those of the clients do.
    async fn send(&mut self, line: &str, body: &str) -> Answer {
        let length =
            if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        let request = format!("{line} HTTP/1.1\r\n{}{length}\r\n{body}", self.headers);
        self.line.write_all(request.as_bytes()).await.unwrap();
        let mut seen = Vec::new();
        let head = loop {
            if let Some(at) = seen.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            seen.push(self.line.read_u8().await.unwrap());
        };
        let head = String::from_utf8(seen[..head].to_vec()).unwrap();
        let mut answer =
            Answer { status: head.split(' ').nth(1).unwrap().parse().unwrap(), head, body: Vec::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        answer.body = vec![0; length];
        self.line.read_exact(&mut answer.body).await.unwrap();
        answer
    }
}

struct Scene {
    bench: Bench,
    vault: String,
    document: String,
    token: String,
}

impl Scene {
    async fn new() -> Self {
        let bench = Bench::new().await;
        let vault = bench.make(TITLE).await;
        let other = bench.make("other").await;
        let (_, document) =
            bench.send_file(&vault, "?name=key.pem", &bench.service(), b"not a key".to_vec()).await;
        let token = bench.connect(&[(&vault, "rw"), (&other, "rw")]).await;
        Self { vault, document: word(&document["id"]), token, bench }
    }
}

/// What Python's models refuse: a type of vault or a purpose beyond the documented ones, a date it cannot read.
fn python_takes(answer: &Answer) -> Value {
    let value = answer.json();
    let one = |object: &Value| {
        for date in ["createdAt", "updatedAt"] {
            object[date].as_str().unwrap().parse::<Timestamp>().unwrap();
        }
        if let Some(kind) = object["type"].as_str() {
            assert!(["USER_CREATED", "PERSONAL", "EVERYONE", "TRANSFER"].contains(&kind), "{kind}");
        }
        for field in object["fields"].as_array().into_iter().flatten() {
            let purpose = field["purpose"].as_str().unwrap_or_default();
            assert!(["", "USERNAME", "PASSWORD", "NOTES"].contains(&purpose), "{purpose}");
            assert!(field["id"].is_string() && field["type"].is_string());
        }
    };
    match &value {
        Value::Array(list) => list.iter().for_each(one),
        object => one(object),
    }
    value
}

#[tokio::test]
async fn pythons_client_finds_what_it_looks_at() {
    let scene = Scene::new().await;
    let vault = &scene.vault;
    let more = "Accept: */*\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n\
                User-Agent: python-httpx/0.28.1\r\n";
    let mut client = Client::new(&scene.bench, &scene.token, more).await;
    assert_eq!(python_takes(&client.send("GET /v1/vaults", "").await).as_array().unwrap().len(), 2);
    assert_eq!(python_takes(&client.send(&format!("GET /v1/vaults/{vault}"), "").await)["name"], TITLE);
    let line = format!("GET /v1/vaults?filter=name%20eq%20%22{PYTHON_TITLE}%22");
    let found = python_takes(&client.send(&line, "").await);
    assert_eq!((found.as_array().unwrap().len(), &found[0]["id"]), (1, &json!(vault)));
    let items = format!("/v1/vaults/{vault}/items");
    let field = r#"{"id":"password","type":"CONCEALED","purpose":"PASSWORD","label":"password","value":"s3","generate":false}"#;
    let body = |start: &str, title: &str| {
        format!(
            r#"{{{start}"title":"{title}","vault":{{"id":"{vault}"}},"category":"LOGIN","favorite":false,"trashed":false,"fields":[{field}]}}"#
        )
    };
    let made = client.send(&format!("POST {items}"), &body("", "My login")).await;
    assert!((200..300).contains(&made.status));
    let item = word(&python_takes(&made)["id"]);
    let listed = python_takes(&client.send(&format!("GET {items}"), "").await);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let line = format!("GET {items}?filter=title%20eq%20%22My%20login%22");
    let found = python_takes(&client.send(&line, "").await);
    assert_eq!((found.as_array().unwrap().len(), &found[0]["id"]), (1, &json!(item)));
    let one = format!("{items}/{item}");
    assert_eq!(python_takes(&client.send(&format!("GET {one}"), "").await)["fields"][0]["value"], "s3");
    let body = body(&format!(r#""id":"{item}","#), "Renamed");
    assert_eq!(python_takes(&client.send(&format!("PUT {one}"), &body).await)["title"], "Renamed");
    let files = format!("{items}/{}/files", scene.document);
    let listed = client.send(&format!("GET {files}"), "").await.json();
    let file = client.send(&format!("GET {files}/{}", word(&listed[0]["id"])), "").await.json();
    assert_eq!(file, listed[0]);
    let path = word(&file["content_path"]);
    assert_eq!(client.send(&format!("GET {path}"), "").await.body, b"not a key");
    assert_eq!(client.send(&format!("DELETE {one}"), "").await.status, 204);
    let gone = client.send(&format!("GET {one}"), "").await;
    assert_eq!((gone.status, &gone.json()["message"]), (404, &json!(format!("item {item} not found"))));
    let line = format!("GET {items}?filter=title%20eq%20%22{item}%22"); // an id that is not found is tried as a title
    assert_eq!(client.send(&line, "").await.json(), json!([]));
}

#[tokio::test]
async fn javascripts_client_finds_what_it_looks_at() {
    let scene = Scene::new().await;
    let vault = &scene.vault;
    let more = "Accept: application/json, text/plain, */*\r\nUser-Agent: connect-sdk-js/1.4.2\r\n";
    let mut client = Client::new(&scene.bench, &scene.token, more).await;
    assert_eq!(client.send("GET /v1/vaults/", "").await.json().as_array().unwrap().len(), 2);
    let line = format!("GET /v1/vaults/?filter=title%20eq%20%22{PYTHON_TITLE}%22");
    assert_eq!(client.send(&line, "").await.json()[0]["id"], vault.as_str());
    let items = format!("/v1/vaults/{vault}/items");
    let body = |start: &str, title: &str| {
        format!(
            r#"{{{start}"title":"{title}","vault":{{"id":"{vault}"}},"category":"LOGIN","urls":[],"tags":[],"sections":[],"fields":[{{"type":"STRING","purpose":"USERNAME","label":"username","value":"ada"}}]}}"#
        )
    };
    let made = client.send(&format!("POST {items}/"), &body("", "My login")).await;
    let item = word(&made.json()["id"]);
    assert!(made.json()["fields"][0]["id"].is_string(), "the server makes the id of a field");
    assert_eq!(client.send(&format!("GET {items}"), "").await.json().as_array().unwrap().len(), 2);
    for word in ["eq%20%22My%20login%22", "co%20%22login%22"] {
        let found = client.send(&format!("GET {items}/?filter=title%20{word}"), "").await.json();
        // It goes on with the vault that the summary names.
        let line = format!(
            "GET /v1/vaults/{}/items/{}",
            found[0]["vault"]["id"].as_str().unwrap(),
            found[0]["id"].as_str().unwrap()
        );
        assert_eq!(client.send(&line, "").await.json()["fields"][0]["value"], "ada");
    }
    let one = format!("{items}/{item}");
    let body = body(&format!(r#""id":"{item}","#), "Renamed");
    assert_eq!(client.send(&format!("PUT {one}"), &body).await.json()["title"], "Renamed");
    let files = format!("{items}/{}/files", scene.document);
    let file = word(&client.send(&format!("GET {files}/"), "").await.json()[0]["id"]);
    assert_eq!(client.send(&format!("GET {files}/{file}"), "").await.json()["name"], "key.pem");
    assert_eq!(client.send(&format!("GET {files}/{file}/content"), "").await.body, b"not a key");
    assert_eq!(client.send(&format!("DELETE {one}"), "").await.status, 204);
    let gone = client.send(&format!("GET {one}"), "").await.json();
    assert_eq!(
        gone,
        json!({ "status": 404, "message": format!("item {item} not found") }),
        "thrown as it is"
    );
}

/// What Go's client demands: exactly this status, and a version of three numbers from 1.3.0 on for files.
fn go_takes(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status);
    let version = answer.header("1Password-Connect-Version").unwrap();
    let numbers: Vec<u32> = version.split('.').map(|number| number.parse().unwrap()).collect();
    assert!(numbers.len() == 3 && numbers >= vec![1, 3, 0], "{version}");
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

#[tokio::test]
async fn gos_client_finds_what_it_looks_at() {
    let scene = Scene::new().await;
    let vault = &scene.vault;
    let more = "User-Agent: connect-sdk-go/1.5.3\r\nAccept-Encoding: gzip\r\n\
                X-B3-Traceid: 463ac35c9f6413ad48485a3953bb6124\r\nX-B3-Spanid: a2fb4a1d1a96d312\r\n\
                X-B3-Sampled: 0\r\n";
    let mut client = Client::new(&scene.bench, &scene.token, more).await;
    assert_eq!(go_takes(&client.send("GET /v1/vaults", "").await, 200).as_array().unwrap().len(), 2);
    let line = format!("GET /v1/vaults?filter=title+eq+%22{GO_TITLE}%22");
    assert_eq!(go_takes(&client.send(&line, "").await, 200)[0]["id"], vault.as_str());
    let items = format!("/v1/vaults/{vault}/items");
    let body = format!(
        r#"{{"id":"","title":"My login","vault":{{"id":"{vault}"}},"category":"LOGIN","fields":[{{"id":"","type":"STRING","label":"note","value":"x"}}],"lastEditedBy":"","createdAt":"0001-01-01T00:00:00Z","updatedAt":"0001-01-01T00:00:00Z"}}"#
    );
    let made = go_takes(&client.send(&format!("POST {items}"), &body).await, 200);
    let item = word(&made["id"]);
    let line = format!("GET {items}?filter=title+eq+%22My+login%22");
    assert_eq!(go_takes(&client.send(&line, "").await, 200)[0]["id"], item.as_str());
    let one = format!("{items}/{item}");
    let before = go_takes(&client.send(&format!("GET {one}"), "").await, 200);
    let changed = go_takes(&client.send(&format!("PUT {one}"), &before.to_string()).await, 200);
    assert_eq!(changed, before, "what it read it can write");
    let files = format!("{items}/{}/files", scene.document);
    let file = go_takes(&client.send(&format!("GET {files}"), "").await, 200)[0].clone();
    let path = word(&file["content_path"]);
    assert!(path.starts_with('/'), "it is put behind the address as it is");
    let content = client.send(&format!("GET {path}"), "").await;
    go_takes(&content, 200);
    assert_eq!(content.body, b"not a key");
    go_takes(&client.send(&format!("DELETE {one}"), "").await, 204);
    let gone = go_takes(&client.send(&format!("GET {one}"), "").await, 404);
    assert_eq!((&gone["status"], gone["message"].is_string()), (&json!(404), true));
}
