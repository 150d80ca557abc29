//! The other end is gone, cuts off, lies, or is something else entirely.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use strongroom::domain::access::{Permissions, Principal};
use strongroom::domain::directory::{FileRef, ItemRef};
use strongroom::domain::fault::{Fault, Kind};
use strongroom::domain::id::{FileId, ItemId, PersonId, VaultId};
use strongroom::domain::operation::Call;
use strongroom::domain::secret::Secret;
use strongroom::provider::{Provider, sandbox::Sandbox};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::fronts::new_vault;

/// Answers every request with the same bytes and closes; counts the requests.
async fn stub(answer: &'static str) -> (Sandbox, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = vec![0; 16 * 1024];
            // Head and body come in one piece, or the rest does not matter.
            if stream.read(&mut asked).await.is_ok_and(|size| size > 0) {
                counted.fetch_add(1, Ordering::SeqCst);
                drop(stream.write_all(answer.as_bytes()).await);
                drop(stream.shutdown().await);
            }
        }
    });
    (Sandbox::at(&url, Secret::from("token-canary")).unwrap(), count)
}

const VAULT: &str = "sbxvaultvaultvaultvault000";
const ITEM: &str = "sbxitemitemitemitemitem000";

fn vault() -> VaultId {
    VaultId::parse(VAULT).unwrap()
}

fn item() -> ItemRef {
    ItemRef { vault: vault(), item: ItemId::parse(ITEM).unwrap() }
}

fn who() -> Principal {
    Principal::Person(PersonId::parse("SBXPERSONPERSONPERSON00000").unwrap())
}

fn changes() -> [Call; 4] {
    let permissions = Permissions::parse(["view_items"]).unwrap();
    [
        new_vault("n"),
        Call::DeleteVault(vault()),
        Call::Grant { vault: vault(), who: who(), permissions },
        Call::Revoke { vault: vault(), who: who(), permissions: None },
    ]
}

async fn read_faults(provider: &Sandbox) -> Vec<Fault> {
    vec![
        provider.identity().await.map(drop).unwrap_err(),
        provider.people().await.map(drop).unwrap_err(),
        provider.vaults().await.map(drop).unwrap_err(),
        provider.vault(&vault()).await.map(drop).unwrap_err(),
        provider.items(&vault()).await.map(drop).unwrap_err(),
        provider.item(&item()).await.map(drop).unwrap_err(),
        provider.grants(&vault()).await.map(drop).unwrap_err(),
    ]
}

#[tokio::test]
async fn nobody_listening_is_unreachable_and_nothing_was_sent() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let provider = Sandbox::at(&format!("http://{port}"), Secret::from("t")).unwrap();
    assert_eq!(provider.vaults().await.unwrap_err().kind, Kind::Unreachable);
    for call in changes() {
        let fault = provider.apply(&call).await.unwrap_err();
        assert_eq!(fault.kind, Kind::Unreachable, "{call:?}");
        assert!(!fault.to_string().contains("127.0.0.1"), "{fault}");
    }
}

#[tokio::test]
async fn a_connection_that_closes_is_unreachable_for_reads_and_unknown_for_changes() {
    let (provider, count) = stub("").await;
    for fault in read_faults(&provider).await {
        assert_eq!(fault.kind, Kind::Unreachable, "{fault}");
    }
    let before = count.load(Ordering::SeqCst);
    for call in changes() {
        assert_eq!(provider.apply(&call).await.unwrap_err().kind, Kind::Unknown, "{call:?}");
    }
    assert_eq!(count.load(Ordering::SeqCst) - before, 4, "a change is sent once, whatever happens");
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_broken_for_reads_and_unknown_for_changes() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{\"id\":\"sbx";
    let (provider, _) = stub(cut).await;
    for fault in read_faults(&provider).await {
        assert_eq!(fault.kind, Kind::Broken, "{fault}");
    }
    for call in [&changes()[0], &changes()[2]] {
        assert_eq!(provider.apply(call).await.unwrap_err().kind, Kind::Unknown, "{call:?}");
    }
}

#[tokio::test]
async fn a_page_of_a_proxy_is_broken_and_not_shown() {
    let page = "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 31\r\n\r\n<html>proxy\u{1b}[2J canary</html>";
    let (provider, count) = stub(page).await;
    for fault in read_faults(&provider).await {
        assert_eq!((fault.kind, fault.is_outage()), (Kind::Broken, true));
        assert!(fault.to_string().contains("502") && !fault.to_string().contains("canary"), "{fault}");
    }
    let before = count.load(Ordering::SeqCst);
    for call in changes() {
        assert_eq!(provider.apply(&call).await.unwrap_err().kind, Kind::Unknown, "{call:?}");
    }
    assert_eq!(count.load(Ordering::SeqCst) - before, 4);
}

#[tokio::test]
async fn a_page_that_says_all_is_well_is_not_believed() {
    let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n<html>sign in, secret-canary</html>";
    let (provider, _) = stub(page).await;
    for fault in read_faults(&provider).await {
        assert_eq!(fault.kind, Kind::Broken);
        assert!(!fault.to_string().contains("canary"), "{fault}");
    }
    for call in [&changes()[0], &changes()[2]] {
        assert_eq!(provider.apply(call).await.unwrap_err().kind, Kind::Unknown, "{call:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (provider, count) =
        stub("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(provider.vaults().await.unwrap_err().kind, Kind::Broken);
    assert_eq!(provider.apply(&changes()[0]).await.unwrap_err().kind, Kind::Unknown);
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

const OTHER_ITEM: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"id\":\"sbxother0000000000000other\",\"vault\":{\"id\":\"sbxvaultvaultvaultvault000\"},\"category\":\"LOGIN\"}";
const OTHER_VAULT: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n[{\"id\":\"sbxitemitemitemitemitem000\",\"vault\":{\"id\":\"sbxother0000000000000other\"},\"category\":\"LOGIN\"}]";
const OTHER_GRANT: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"vault_id\":\"sbxvaultvaultvaultvault000\",\"user_id\":\"SBXOTHER0000000000000OTHER\",\"permissions\":[\"view_items\"]}";
const FOREIGN: &str =
    "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n[{\"id\":\"realvaultrealvaultreal0000\",\"name\":\"n\"}]";
const LONG_FILE: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n0123456789";

#[tokio::test]
async fn an_answer_about_something_else_is_not_used() {
    let (provider, _) = stub(OTHER_ITEM).await;
    assert_eq!(provider.item(&item()).await.unwrap_err().kind, Kind::Broken);
    assert_eq!(provider.vault(&vault()).await.map(drop).unwrap_err().kind, Kind::Broken);
    let (provider, _) = stub(OTHER_VAULT).await;
    assert_eq!(provider.items(&vault()).await.unwrap_err().kind, Kind::Broken);
    let (provider, _) = stub(OTHER_GRANT).await;
    assert_eq!(provider.apply(&changes()[2]).await.unwrap_err().kind, Kind::Unknown);
}

#[tokio::test]
async fn what_is_not_a_sandbox_is_refused() {
    let (provider, _) = stub(FOREIGN).await;
    assert_eq!(provider.vaults().await.unwrap_err().kind, Kind::Refused);
}

#[tokio::test]
async fn a_file_that_is_longer_or_shorter_than_announced_is_refused() {
    let (provider, _) = stub(LONG_FILE).await;
    for (size, fits) in [(10, true), (9, false), (11, false)] {
        let file = FileRef { at: item(), file: FileId::parse(ITEM).unwrap(), size };
        assert_eq!(provider.download(&file, &mut Vec::new()).await.is_ok(), fits, "{size}");
    }
}
