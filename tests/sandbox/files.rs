//! Uploads and downloads: streamed, versioned, and nothing left behind.

#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use crate::support::{Bench, WRITE, login, word};

async fn content(bench: &Bench, item: &Value, token: &str) -> (reqwest::header::HeaderMap, Vec<u8>) {
    let file = item["files"].as_array().unwrap().last().unwrap();
    let url = format!("{}{}", bench.running.url, word(&file["content_path"]));
    let answer = bench.client.get(url).bearer_auth(token).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    (answer.headers().clone(), answer.bytes().await.unwrap().to_vec())
}

fn on_disk(bench: &Bench) -> usize {
    std::fs::read_dir(bench.folder.path().join("world/files")).unwrap().count()
}

#[tokio::test]
async fn forty_megabytes_come_back_as_they_went() {
    let bench = Bench::new().await;
    let vault = bench.make("v").await;
    let mut rng = fastrand::Rng::with_seed(7);
    let bytes: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(40 << 20).collect();
    let sent = Sha256::digest(&bytes);
    let (status, item) = bench.send_file(&vault, "?name=big.bin&title=Big", &bench.service(), bytes).await;
    assert_eq!(status, 200, "{item}");
    assert_eq!(
        (&item["category"], &item["title"], &item["version"]),
        (&json!("DOCUMENT"), &json!("Big"), &json!(1))
    );
    assert_eq!(item["files"][0]["size"], json!(40 << 20));
    let (headers, back) = content(&bench, &item, &bench.service()).await;
    assert_eq!(headers["content-length"], (40 << 20).to_string());
    assert_eq!(Sha256::digest(&back), sent);
}

#[tokio::test]
async fn a_form_may_have_its_fields_in_any_order() {
    let bench = Bench::new().await;
    let vault = bench.make("v").await;
    let url = format!("{}/sandbox/v1/vaults/{vault}/files", bench.running.url);
    let part =
        |head: &str, body: &str| format!("--xyz\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n");
    let file = part("name=\"file\"; filename=\"bài tập.txt\"\r\nContent-Type: text/plain", "hello");
    let title = part("name=\"title\"", "Homework");
    for body in [format!("{file}{title}--xyz--\r\n"), format!("{title}{file}--xyz--\r\n")] {
        let request = bench.client.post(&url).bearer_auth(bench.service()).body(body);
        let answer =
            request.header("Content-Type", "multipart/form-data; boundary=xyz").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let item: Value = answer.json().await.unwrap();
        assert_eq!((&item["title"], &item["files"][0]["name"]), (&json!("Homework"), &json!("bài tập.txt")));
        let (headers, bytes) = content(&bench, &item, &bench.service()).await;
        assert_eq!(bytes, b"hello");
        let disposition = headers["content-disposition"].to_str().unwrap();
        assert!(disposition.starts_with("attachment; filename=\"b_i t_p.txt\""), "{disposition}");
    }
    for body in [format!("{title}--xyz--\r\n"), file.clone(), format!("{file}{file}--xyz--\r\n")] {
        let request = bench.client.post(&url).bearer_auth(bench.service()).body(body);
        let answer =
            request.header("Content-Type", "multipart/form-data; boundary=xyz").send().await.unwrap();
        assert_eq!(answer.status(), 400);
    }
    assert_eq!(on_disk(&bench), 2);
}

#[tokio::test]
async fn a_document_has_one_file_and_other_items_have_many() {
    let bench = Bench::new().await;
    let vault = bench.make("v").await;
    let service = bench.service();
    let (_, document) = bench.send_file(&vault, "?name=a.txt", &service, b"one".to_vec()).await;
    let query = format!("?name=b.txt&item={}", word(&document["id"]));
    bench.pass(60);
    let (_, changed) = bench.send_file(&vault, &query, &service, b"two".to_vec()).await;
    assert_eq!((&changed["id"], &changed["version"]), (&document["id"], &json!(2)));
    assert_eq!((&changed["title"], &changed["createdAt"]), (&json!("a.txt"), &document["createdAt"]));
    assert_ne!(changed["updatedAt"], document["updatedAt"]);
    assert_eq!(changed["files"].as_array().unwrap().len(), 1);
    assert_eq!(content(&bench, &changed, &service).await.1, b"two");
    assert_eq!(on_disk(&bench), 1);
    let (_, login) = bench.post(&format!("/v1/vaults/{vault}/items"), &service, login("L")).await;
    for (name, version) in [("c", 2), ("d", 3)] {
        let query = format!("?name={name}&item={}", word(&login["id"]));
        let (_, item) = bench.send_file(&vault, &query, &service, name.into()).await;
        assert_eq!(item["version"], json!(version));
        assert_eq!(content(&bench, &item, &service).await.1, name.as_bytes());
    }
    let files = format!("/v1/vaults/{vault}/items/{}/files", word(&login["id"]));
    let (_, list) = bench.get(&files, &service).await;
    assert_eq!(list.as_array().unwrap().len(), 2);
    let (_, one) = bench.get(&format!("{files}/{}", word(&list[0]["id"])), &service).await;
    assert_eq!(one, list[0]);
    bench.delete(&format!("/v1/vaults/{vault}/items/{}", word(&login["id"])), &service).await;
    assert_eq!(on_disk(&bench), 1);
    bench.delete(&format!("/sandbox/v1/vaults/{vault}"), &service).await;
    assert_eq!(on_disk(&bench), 0);
}

#[tokio::test]
async fn every_change_of_content_raises_the_vaults_version_and_nothing_else_does() {
    let bench = Bench::new().await;
    let vault = bench.make("v").await;
    let (person, token) = bench.person("ngozi").await;
    let mut last = bench.content_version(&vault).await;
    bench.grant(&vault, &person, WRITE).await;
    assert_eq!(bench.content_version(&vault).await, last, "access is not content");
    let (_, note) = bench.post(&format!("/v1/vaults/{vault}/items"), &token, login("L")).await;
    let item = word(&note["id"]);
    let mut rises = vec![bench.content_version(&vault).await];
    let (_, document) = bench.send_file(&vault, "?name=a", &token, b"a".to_vec()).await;
    rises.push(bench.content_version(&vault).await);
    let query = format!("?name=b&item={}", word(&document["id"]));
    bench.send_file(&vault, &query, &token, b"b".to_vec()).await;
    rises.push(bench.content_version(&vault).await);
    bench.post(&format!("/sandbox/v1/vaults/{vault}/items/{item}/archive"), &token, Value::Null).await;
    rises.push(bench.content_version(&vault).await);
    bench.delete(&format!("/v1/vaults/{vault}/items/{item}"), &bench.service()).await;
    rises.push(bench.content_version(&vault).await);
    for version in rises {
        assert_eq!(version, last + 1);
        last = version;
    }
    assert_eq!(bench.delete(&format!("/v1/vaults/{vault}/items/{item}"), &token).await.0, 403);
    bench.get(&format!("/v1/vaults/{vault}/items"), &token).await;
    assert_eq!(bench.content_version(&vault).await, last, "looking and being refused change nothing");
}

#[tokio::test]
async fn archived_items_are_listed_only_when_asked_for() {
    let bench = Bench::new().await;
    let (vault, service) = (bench.make("v").await, bench.service());
    let (_, document) = bench.send_file(&vault, "?name=a", &service, b"a".to_vec()).await;
    let item = word(&document["id"]);
    let archive = format!("/sandbox/v1/vaults/{vault}/items/{item}/archive");
    let (status, archived) = bench.post(&archive, &service, Value::Null).await;
    assert_eq!((status, &archived["state"], &archived["version"]), (200, &json!("ARCHIVED"), &json!(2)));
    assert_eq!(bench.post(&archive, &service, Value::Null).await.0, 400);
    assert_eq!(bench.get(&format!("/v1/vaults/{vault}/items"), &service).await.1, json!([]));
    let own = format!("/sandbox/v1/vaults/{vault}/items");
    assert_eq!(bench.get(&own, &service).await.1, json!([]));
    let (_, all) = bench.get(&format!("{own}?archived=true"), &service).await;
    assert_eq!(all[0]["state"], "ARCHIVED");
    let (_, vault) = bench.get(&format!("/v1/vaults/{vault}"), &service).await;
    assert_eq!(vault["items"], 0);
}

#[tokio::test]
async fn too_much_is_refused_and_leaves_nothing() {
    let bench = Bench::with(|config| config.max_upload = 100_000).await;
    let vault = bench.make("v").await;
    assert_eq!(bench.send_file(&vault, "?name=a", &bench.service(), vec![0; 100_000]).await.0, 200);
    assert_eq!(bench.send_file(&vault, "?name=a", &bench.service(), vec![0; 100_001]).await.0, 413);
    assert_eq!(on_disk(&bench), 1);
}

#[tokio::test]
async fn a_refused_upload_is_told_so_even_if_it_is_long() {
    let bench = Bench::new().await;
    let vault = bench.make("v").await;
    let (person, token) = bench.person("reader").await;
    bench.grant(&vault, &person, "view_items").await;
    let (status, body) = bench.send_file(&vault, "?name=a", &token, vec![0; 12 << 20]).await;
    assert_eq!((status, &body["status"]), (403, &json!(403)));
    assert_eq!(on_disk(&bench), 0);
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_nothing() {
    let bench = Bench::new().await;
    let vault = bench.make("v").await;
    let address = bench.running.url.strip_prefix("http://").unwrap();
    let head = format!(
        "POST /sandbox/v1/vaults/{vault}/files?name=a HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
         Content-Length: 1000000\r\n\r\n",
        bench.service()
    );
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&vec![0; 100_000]).await.unwrap();
    let mut began = false;
    for _ in 0..10_000 {
        bench.get("/sandbox/v1/whoami", &bench.service()).await;
        began = on_disk(&bench) == 1;
        if began {
            break;
        }
    }
    assert!(began, "the upload is on its way");
    drop(socket);
    for _ in 0..10_000 {
        bench.get("/sandbox/v1/whoami", &bench.service()).await;
        if on_disk(&bench) == 0 {
            break;
        }
    }
    assert_eq!(on_disk(&bench), 0);
    assert_eq!(bench.get(&format!("/v1/vaults/{vault}/items"), &bench.service()).await.1, json!([]));
}

#[tokio::test]
async fn uploads_in_parallel_all_arrive() {
    let bench = Bench::new().await;
    let (vault, service) = (bench.make("v").await, bench.service());
    let uploads = (0..16).map(|at| {
        let (bench, vault, service) = (&bench, vault.clone(), service.clone());
        async move { bench.send_file(&vault, &format!("?name=f{at}"), &service, vec![at; 300_000]).await }
    });
    for (status, item) in futures_util::future::join_all(uploads).await {
        assert_eq!(status, 200, "{item}");
    }
    assert_eq!(on_disk(&bench), 16);
    assert_eq!(bench.content_version(&vault).await, 17);
}
