//! A Connect server that answers by a script: what it may do wrong, and what it is asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::token::tests::READS;
use super::*;
use crate::domain::id::{FileId, ItemId};
use crate::domain::vault_list::VaultList;
use crate::provider::jwt::tests::token;

const ITEM: &str = "itemitemitemitemitemitem00";
const FILE: &str = "filefilefilefilefilefile00";
const OTHER: &str = "vaultvaultvaultvaultvault9";

/// A server on this machine: to each path its answers in order, the last one again and again.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn of<const N: usize>(script: [(&str, Vec<String>); N]) -> Self {
        let mut script = BTreeMap::from(script.map(|(path, answers)| (path.to_owned(), answers)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heads = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = vec![0; 16 * 1024];
                let length = stream.read(&mut head).await.unwrap_or(0);
                let head = String::from_utf8_lossy(&head[..length]).into_owned();
                let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                heads.lock().unwrap().push(head);
                let answer = match script.get_mut(&path) {
                    Some(answers) if answers.len() > 1 => answers.remove(0),
                    Some(answers) => answers[0].clone(),
                    None => refused(404, "not found"),
                };
                drop(stream.write_all(answer.as_bytes()).await);
                drop(stream.shutdown().await);
            }
        });
        Self { url, asked }
    }

    /// The server with a token that reads [`READS`], and no pauses.
    fn connect(&self) -> Connect {
        let claims = json!({ "1password.com/vts": [{ "u": READS, "a": 32 }], "jti": "canary" });
        Connect::at(&self.url, token(&claims), None).unwrap().with_pause(Duration::ZERO)
    }

    fn asked(&self) -> Vec<String> {
        let heads = self.asked.lock().unwrap();
        heads.iter().map(|head| head.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect()
    }
}

fn answer(status: u16, head: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\n{head}connection: close\r\n\r\n{body}")
}

fn refused(status: u16, message: &str) -> String {
    answer(status, "", &json!({ "status": status, "message": message }).to_string())
}

fn ok(body: &Value) -> Vec<String> {
    vec![answer(200, "", &body.to_string())]
}

fn vault() -> VaultId {
    VaultId::parse(READS).unwrap()
}

fn item() -> ItemRef {
    ItemRef { vault: vault(), item: ItemId::parse(ITEM).unwrap() }
}

fn file() -> FileRef {
    FileRef { at: item(), file: FileId::parse(FILE).unwrap(), size: 5 }
}

const LIST: &str = "/v1/vaults";
const ONE: &str = "/v1/vaults/vaultvaultvaultvaultvault0";
const ITEMS: &str = "/v1/vaults/vaultvaultvaultvaultvault0/items";
const KNOWN: &str =
    "/v1/vaults/vaultvaultvaultvaultvault0/items/itemitemitemitemitemitem00/files/filefilefilefilefilefile00";
const CONTENT: &str = "/v1/vaults/vaultvaultvaultvaultvault0/items/itemitemitemitemitemitem00/files/filefilefilefilefilefile00/content";

#[tokio::test]
async fn a_moment_of_refusal_is_waited_out_and_a_lasting_one_is_told() {
    let denied = || refused(403, "Authorization: token does not have access to vault");
    let passing = vec![denied(), denied(), denied(), answer(200, "", "[]")];
    let server = Server::of([(ITEMS, passing)]).await;
    assert_eq!(server.connect().items(&vault()).await, Ok(Vec::new()));
    assert_eq!(server.asked().len(), 4);
    let server = Server::of([(ITEMS, vec![denied()])]).await;
    let fault = server.connect().items(&vault()).await.unwrap_err();
    assert_eq!((fault.kind, server.asked().len()), (Kind::Denied, 4));
    assert!(fault.to_string().contains("token does not have access to vault"), "{fault}");
}

#[tokio::test]
async fn a_vault_that_the_token_does_not_cover_is_never_asked_for() {
    let server = Server::of([(LIST, ok(&json!([{ "id": OTHER, "name": "n", "contentVersion": 1 }])))]).await;
    let connect = server.connect();
    assert_eq!(connect.vaults().await, Ok(VaultList::default()));
    for (id, kind) in [(OTHER, Kind::Denied), ("sbxvaultvaultvaultvault000", Kind::Refused)] {
        let vault = VaultId::parse(id).unwrap();
        let at = ItemRef { vault: vault.clone(), ..item() };
        assert!(!connect.covers(&vault));
        assert_eq!(connect.vault(&vault).await.unwrap_err().kind, kind);
        assert_eq!(connect.items(&vault).await.unwrap_err().kind, kind);
        assert_eq!(connect.item(&at).await.unwrap_err().kind, kind);
        let file = FileRef { at, ..file() };
        assert_eq!(connect.download(&file, &mut Vec::new()).await.unwrap_err().kind, kind);
    }
    assert_eq!(server.asked(), ["GET /v1/vaults"]);
}

#[tokio::test]
async fn a_list_without_versions_is_completed_vault_by_vault() {
    let bare = json!([{ "id": READS, "name": "n" }]);
    let whole = answer(200, "", &json!({ "id": READS, "name": "n", "contentVersion": 7 }).to_string());
    let none = answer(200, "", &bare[0].to_string());
    let gone = refused(404, "vault not found");
    let server = Server::of([(LIST, ok(&bare)), (ONE, vec![none, gone, whole])]).await;
    let connect = server.connect();
    for _ in ["told nowhere", "not to be had"] {
        assert_eq!(connect.vaults().await, Ok(VaultList::default()));
        assert_eq!((connect.unversioned(), connect.covers(&vault())), (vec![vault()], false));
    }
    let versions: Vec<_> =
        connect.vaults().await.unwrap().iter().map(|vault| vault.content_version).collect();
    assert_eq!((versions, connect.unversioned(), connect.covers(&vault())), (vec![7], Vec::new(), true));
    let server = Server::of([(LIST, ok(&bare)), (ONE, vec![refused(500, "no")])]).await;
    assert_eq!(server.connect().vaults().await.unwrap_err().kind, Kind::Broken, "what failed is no answer");
}

#[tokio::test]
async fn a_server_that_still_fetches_its_copy_is_told_from_one_that_fails() {
    let server = Server::of([
        (LIST, vec![refused(500, "failed to initiate, review service logs for details")]),
        (ITEMS, vec![refused(500, "Something went wrong")]),
    ])
    .await;
    let connect = server.connect();
    let fault = connect.vaults().await.unwrap_err();
    assert_eq!((fault.kind, fault.retry_after), (Kind::Unreachable, Some(SETTLING)));
    assert!(fault.hint.is_some() && fault.is_outage());
    assert_eq!(connect.items(&vault()).await.unwrap_err().kind, Kind::Broken);
}

#[tokio::test]
async fn content_that_is_not_there_yet_is_told_from_a_file_that_is_not_there() {
    let known = ok(&json!({ "id": FILE, "name": "a", "size": 5, "content_path": "/v1/elsewhere" }));
    for late in [refused(404, "file not found"), refused(500, "it is not synced"), answer(503, "", "<html>")]
    {
        let server = Server::of([(CONTENT, vec![late]), (KNOWN, known.clone())]).await;
        let mut bytes = Vec::new();
        let fault = server.connect().download(&file(), &mut bytes).await.unwrap_err();
        assert_eq!((fault.kind, fault.retry_after), (Kind::Unreachable, Some(SETTLING)), "{fault}");
        assert!(bytes.is_empty());
        assert_eq!(server.asked(), [format!("GET {CONTENT}"), format!("GET {KNOWN}")]);
    }
    let server = Server::of([(LIST, ok(&json!([])))]).await;
    let fault = server.connect().download(&file(), &mut Vec::new()).await.unwrap_err();
    assert_eq!(fault.kind, Kind::NotFound);
    let server = Server::of([(CONTENT, vec![answer(200, "", "12345")])]).await;
    let mut bytes = Vec::new();
    assert_eq!(server.connect().download(&file(), &mut bytes).await, Ok(5));
    assert_eq!(bytes, b"12345");
}

#[tokio::test]
async fn nobody_is_sent_elsewhere() {
    let elsewhere = Server::of([(LIST, ok(&json!([])))]).await;
    let sent = format!("location: {}{LIST}\r\n", elsewhere.url);
    let there = vec![answer(302, &sent, ""), answer(307, &sent, ""), answer(301, &sent, "")];
    let server = Server::of([(LIST, there)]).await;
    let connect = server.connect();
    for _ in 0..3 {
        let fault = connect.vaults().await.unwrap_err();
        assert_eq!(fault.kind, Kind::Broken);
        assert!(fault.to_string().contains("never followed"), "{fault}");
    }
    // The path of a file's content is built from ids, whatever the item says it is.
    let path = format!("{}/canary", elsewhere.url);
    let files = json!([{ "id": FILE, "name": "a", "size": 5, "content_path": path }]);
    let whole = json!({ "id": ITEM, "vault": { "id": READS }, "category": "DOCUMENT", "files": files });
    let at = format!("{ITEMS}/{ITEM}");
    let server = Server::of([(at.as_str(), ok(&whole)), (CONTENT, vec![answer(200, "", "12345")])]).await;
    let connect = server.connect();
    let detail = connect.item(&item()).await.unwrap();
    let file = FileRef { at: item(), file: detail.files[0].id.clone(), size: detail.files[0].size };
    assert_eq!(connect.download(&file, &mut Vec::new()).await, Ok(5));
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_told_briefly_and_without_what_it_held() {
    let long = "content-length: 10737418240\r\n";
    let endless = answer(500, "", &"canary ".repeat(100_000));
    for (odd, kind) in [
        (answer(502, "", "<html>canary</html>"), Kind::Broken),
        (answer(200, "", "<html>canary</html>"), Kind::Broken),
        (answer(200, "", ""), Kind::Broken),
        (answer(200, "", r#"[{"id":"canary"#), Kind::Broken),
        (answer(200, "", r#"{"id":"canary"}"#), Kind::Broken),
        (answer(200, long, "[canary"), Kind::Broken),
        (answer(500, long, "canary"), Kind::Broken),
        (endless, Kind::Broken),
        (answer(401, "", "canary"), Kind::SignIn),
        (refused(401, "Invalid token signature"), Kind::SignIn),
        (answer(429, "retry-after: 7\r\n", "canary"), Kind::RateLimit),
        (String::new(), Kind::Unreachable),
    ] {
        let first = odd.get(..12).unwrap_or_default().to_owned();
        let server = Server::of([(LIST, vec![odd])]).await;
        let fault = server.connect().vaults().await.unwrap_err();
        assert_eq!(fault.kind, kind, "{first}: {fault}");
        let said = format!("{fault} {fault:?}");
        assert!(!said.contains("canary") && !said.contains("eyJ") && said.len() < 500, "{said}");
    }
    for empty in ["null", "[]"] {
        let server = Server::of([(LIST, vec![answer(200, "", empty)])]).await;
        assert_eq!(server.connect().vaults().await, Ok(VaultList::default()), "{empty}");
    }
}

#[tokio::test]
async fn a_server_tells_its_version_and_how_it_is() {
    let version = "1Password-Connect-Version: 1.8.1\r\n";
    let health = json!({ "name": "1Password Connect API", "version": "1.8.1",
        "dependencies": [{ "service": "sync", "status": "TOKEN_NEEDED" }] });
    let server = Server::of([
        ("/heartbeat", vec![answer(200, "", ".")]),
        ("/health", ok(&health)),
        (LIST, vec![answer(200, version, "[]")]),
    ])
    .await;
    let connect = server.connect();
    connect.heartbeat().await.unwrap();
    assert!(!server.asked.lock().unwrap()[0].to_lowercase().contains("authorization"));
    let health = connect.health().await.unwrap();
    assert_eq!(health.lacking().map(|one| one.service.as_str()).collect::<Vec<_>>(), ["sync"]);
    assert_eq!(connect.version(), None, "it was not told yet");
    connect.vaults().await.unwrap();
    assert_eq!(connect.version().as_ref().map(SafeText::as_str), Some("1.8.1"));
    assert!(server.asked.lock().unwrap()[2].contains("authorization: Bearer eyJ"));
}

#[tokio::test]
async fn a_proxy_is_used_where_one_is_named_and_is_not_told_the_token() {
    let proxy = Server::of([("connect.example.edu:443", vec![answer(403, "", "")])]).await;
    let claims = json!({ "1password.com/vts": [] });
    let through = |host: &str| Connect::at(host, token(&claims), Some(&proxy.url)).unwrap();
    assert_eq!(through("https://connect.example.edu").vaults().await.unwrap_err().kind, Kind::Unreachable);
    assert_eq!(proxy.asked(), ["CONNECT connect.example.edu:443"]);
    assert!(!proxy.asked.lock().unwrap()[0].contains("eyJ"));
    let server = Server::of([(LIST, ok(&json!([])))]).await;
    through(&server.url).vaults().await.unwrap();
    assert_eq!((proxy.asked().len(), server.asked().len()), (1, 1), "none on this machine");
}

#[test]
fn a_token_leaves_this_machine_over_tls_alone_and_that_of_a_sandbox_never() {
    let real = json!({ "1password.com/auuid": "ACCOUNTACCOUNTACCOUNTACCOU", "1password.com/vts": [] });
    let sandbox = json!({ "1password.com/auuid": "SBXAAAAAAAAAAAAAAAAAAAAAAA", "1password.com/vts": [] });
    let told =
        |host: &str, claims: &Value| Connect::at(host, token(claims), None).err().map(|fault| fault.kind);
    for host in
        ["http://127.0.0.1:8080", "http://localhost:8080/", "http://[::1]:8080", "http://localhost/connect"]
    {
        assert_eq!((told(host, &real), told(host, &sandbox)), (None, None), "{host}");
    }
    for host in ["https://connect.example.edu", "https://example.edu:8443/connect", "https://127.0.0.1:8443"]
    {
        assert_eq!((told(host, &real), told(host, &sandbox)), (None, Some(Kind::Refused)), "{host}");
    }
    for host in [
        "http://connect.example.edu",
        "http://127.0.0.1.example.edu",
        "http://127.0.0.1@example.edu",
        "http://10.0.0.1:8080",
        "https://user:canary@example.edu",
        "https://example.edu/?canary",
        "https://example.edu/#canary",
        "ftp://example.edu",
        "unix:/connect",
        "connect.example.edu",
        "",
    ] {
        let fault = Connect::at(host, token(&real), None).err().unwrap();
        assert_eq!(fault.kind, Kind::Input, "{host}");
        assert!(!fault.to_string().contains("canary"), "{fault}");
    }
    let none = Connect::at("https://connect.example.edu", Secret::from("ops_canary"), None).err().unwrap();
    assert_eq!(none.kind, Kind::SignIn);
}
