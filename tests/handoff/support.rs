//! A journal, a clock that leaps to whatever is waited for, programs in folders of their own, and an
//! address that checks signatures itself.

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde_json::Value;
use sha2::Sha256;
use strongroom::clock::Clock;
use strongroom::domain::arrival::ArrivalItem;
use strongroom::domain::class::{Class, StudentKey};
use strongroom::domain::directory::FileMeta;
use strongroom::domain::handoff::{Consumer, Means, Progress};
use strongroom::domain::id::{FileId, ItemId, VaultId};
use strongroom::domain::secret::Secret;
use strongroom::domain::text::Untrusted;
use strongroom::handoff::{Courier, Keep};
use strongroom::provider::sandbox::Sandbox;
use strongroom::queries::{Acting, Queries};
use strongroom::store::{Listing, Store};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::arrival::found;

/// No test waits longer than that for anything.
pub(crate) const BOUND: Duration = Duration::from_secs(120);
/// How long an offer may take where nothing goes wrong.
const PATIENT: Duration = Duration::from_secs(60);
const SECRET: &[u8] = b"a secret of the tests";

/// A class with a journal and a clock, in a folder of its own.
pub(crate) struct Desk {
    pub(crate) folder: TempDir,
    pub(crate) queries: Queries,
    now: Arc<AtomicI64>,
}

/// An id of 26 letters, with a number as its last ones.
fn id(letter: char, number: usize) -> String {
    let digits: String = number.to_string().bytes().map(|digit| char::from(b'a' + (digit - b'0'))).collect();
    format!("{}{digits}", letter.to_string().repeat(26 - digits.len()))
}

pub(crate) fn queries(store: Store, clock: Clock) -> Queries {
    Queries {
        provider: Arc::new(Sandbox::at("http://127.0.0.1:9", Secret::from("none")).unwrap()),
        store,
        class: Arc::new(Class::new("CS101")),
        clock,
        acting: Acting::default(),
    }
}

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicI64::new(1_790_000_000_000));
        let (read, leap) = (now.clone(), now.clone());
        let clock = Clock::of(
            move || Timestamp::from_millisecond(read.load(Ordering::SeqCst)).unwrap(),
            move |time| {
                let leap = leap.clone();
                Box::pin(async move {
                    leap.fetch_max(time.as_millisecond() + 1, Ordering::SeqCst);
                })
            },
        );
        let store = Store::open(&folder.path().join("store.db")).unwrap();
        Self { queries: queries(store, clock), folder, now }
    }

    /// Moves the clock, also back.
    pub(crate) fn step(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    /// The hand of the clock, in milliseconds.
    pub(crate) fn hand(&self) -> Arc<AtomicI64> {
        self.now.clone()
    }

    /// So many more arrivals, with these titles in turn.
    pub(crate) fn arrive(&self, count: usize, title: impl Fn(usize) -> String) {
        arrive(&self.queries.store, count, title);
    }

    pub(crate) async fn courier(&self, consumers: &[Consumer]) -> Courier {
        self.courier_with(consumers, None).await
    }

    pub(crate) async fn courier_with(&self, consumers: &[Consumer], keep: Option<Keep>) -> Courier {
        let ours = [
            ("PATH", "/usr/bin:/bin"),
            ("HOME", "/home/x"),
            ("OP_SERVICE_ACCOUNT_TOKEN", "ops_canary"),
            ("STRONGROOM_SANDBOX_TOKEN", "canary"),
            ("LD_PRELOAD", "canary"),
        ];
        let ours = ours.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Courier::open(self.queries.clone(), consumers, ours, keep).await.unwrap()
    }

    /// Hands over what waits, as long as that takes on a clock that leaps.
    pub(crate) async fn drain(&self, courier: &Courier, patience: u64) -> Vec<Progress> {
        let (patience, cancel) = (Duration::from_secs(patience), CancellationToken::new());
        tokio::time::timeout(BOUND, courier.drain(patience, &cancel)).await.unwrap().unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A program of that body: a shell script that finds its folder in `$DIR`. The shell is the program
    /// and the script a word, since a file that was just written may not be run while others fork.
    pub(crate) fn hook(&self, name: &str, body: &str) -> Consumer {
        let script = self.path(&format!("{name}.sh"));
        fs::write(&script, format!("DIR='{}'\n{body}\n", self.folder.path().display())).unwrap();
        let run = vec!["/bin/sh".to_owned(), script.display().to_string()];
        Consumer { name: name.to_owned(), by: Means::Hook { run }, timeout: PATIENT, retries: 5 }
    }

    /// A consumer at an address, with the secret that [`Receiver`] knows.
    pub(crate) fn webhook(&self, name: &str, url: &str) -> Consumer {
        use std::os::unix::fs::PermissionsExt as _;
        let secret_file = self.path("webhook.key");
        fs::write(&secret_file, format!("whsec_{}\n", STANDARD.encode(SECRET))).unwrap();
        fs::set_permissions(&secret_file, fs::Permissions::from_mode(0o600)).unwrap();
        let by = Means::Webhook { url: url.to_owned(), secret_file };
        Consumer { name: name.to_owned(), by, timeout: PATIENT, retries: 5 }
    }

    /// The lines of a file that programs write to.
    pub(crate) fn lines(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.path(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    pub(crate) fn numbers(&self, name: &str) -> Vec<u64> {
        self.lines(name).iter().map(|line| line.parse().unwrap()).collect()
    }
}

pub(crate) fn arrive(store: &Store, count: usize, title: impl Fn(usize) -> String) {
    let file = |number| FileMeta {
        id: FileId::parse(&id('f', 1)).unwrap(),
        name: Untrusted::new(title(number)),
        size: 3,
    };
    arrive_with(store, count, &title, |number| vec![file(number)]);
}

/// So many more arrivals that hold no file.
pub(crate) fn arrive_empty(store: &Store, count: usize) {
    arrive_with(store, count, |_| "a note".into(), |_| Vec::new());
}

fn arrive_with(
    store: &Store,
    count: usize,
    title: impl Fn(usize) -> String,
    files: impl Fn(usize) -> Vec<FileMeta>,
) {
    let vault = VaultId::parse(&id('v', 1)).unwrap();
    let seen: Timestamp = "2026-11-02T09:30:00Z".parse().unwrap();
    store.first_look(&[]).unwrap();
    let begun = usize::try_from(store.last_seq().unwrap()).unwrap();
    let arrivals = (begun..begun + count).map(|number| {
        let item = ArrivalItem::document(ItemId::parse(&id('i', number)).unwrap(), &title(number));
        found((StudentKey::parse("s1001").unwrap(), vault.clone()), item, files(number), seen)
    });
    let arrivals: Vec<_> = arrivals.collect();
    let looks = store.seen(&vault).unwrap().0;
    let listing =
        Listing { version: begun as u64 + 1, whole: true, at: seen, looks, span: None, fell: false };
    let made = store.settle(&vault, listing, |_, _| (Vec::new(), arrivals)).unwrap();
    assert_eq!(made.unwrap().len(), count);
}

/// An answer of the receiver: a status, headers, and whether it comes at all.
#[derive(Clone, Debug)]
pub(crate) struct Say {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) never: bool,
}

pub(crate) fn say(status: u16) -> Say {
    Say { status, headers: Vec::new(), never: false }
}

/// What decides an answer: the number of the arrival, and the how-manieth request it is.
type Judge = Box<dyn FnMut(u64) -> Say + Send>;

struct Ledger {
    judge: Judge,
    /// What came, with what was answered.
    got: VecDeque<(Value, u16)>,
    wrong: Vec<String>,
    elsewhere: usize,
}

/// An address on this machine. Signatures are checked here, by the words of the standard and not by
/// the code that makes them.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    ledger: Arc<Mutex<Ledger>>,
}

impl Receiver {
    pub(crate) async fn new(judge: impl FnMut(u64) -> Say + Send + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/uploads?key=canary", listener.local_addr().unwrap());
        let ledger = Ledger { judge: Box::new(judge), got: VecDeque::new(), wrong: Vec::new(), elsewhere: 0 };
        let ledger = Arc::new(Mutex::new(ledger));
        let router = Router::new()
            .route("/uploads", any(take))
            .fallback(|State(ledger): State<Arc<Mutex<Ledger>>>| async move {
                ledger.lock().unwrap().elsewhere += 1;
                StatusCode::OK
            })
            .with_state(ledger.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, ledger }
    }

    /// The numbers of what was taken, in order.
    pub(crate) fn taken(&self) -> Vec<u64> {
        let ledger = self.ledger.lock().unwrap();
        assert!(ledger.wrong.is_empty(), "{:?}", ledger.wrong);
        let taken = ledger.got.iter().filter(|(_, status)| (200..300).contains(status));
        taken.map(|(event, _)| event["data"]["seq"].as_u64().unwrap()).collect()
    }

    /// Everything that came.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.ledger.lock().unwrap().got.iter().map(|(event, _)| event.clone()).collect()
    }

    /// How many requests came to other paths.
    pub(crate) fn elsewhere(&self) -> usize {
        self.ledger.lock().unwrap().elsewhere
    }
}

async fn take(State(ledger): State<Arc<Mutex<Ledger>>>, headers: HeaderMap, body: Bytes) -> Response {
    let event: Value = serde_json::from_slice(&body).unwrap();
    let said = {
        let mut ledger = ledger.lock().unwrap();
        ledger.wrong.extend(wrong(&headers, &body, &event));
        let said = (ledger.judge)(event["data"]["seq"].as_u64().unwrap());
        ledger.got.push_back((event, said.status));
        said
    };
    if said.never {
        return std::future::pending().await;
    }
    let mut answer = (StatusCode::from_u16(said.status).unwrap(), "noted\nsecond line").into_response();
    for (name, value) in said.headers {
        answer.headers_mut().insert(name, value.parse().unwrap());
    }
    answer
}

/// What is wrong with a request: its signature, its type, or its id.
fn wrong(headers: &HeaderMap, body: &[u8], event: &Value) -> Option<String> {
    let text = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    let (id, at, signature) = (text("webhook-id"), text("webhook-timestamp"), text("webhook-signature"));
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).unwrap();
    mac.update(id.as_bytes());
    mac.update(b".");
    mac.update(at.as_bytes());
    mac.update(b".");
    mac.update(body);
    let code = STANDARD.decode(signature.strip_prefix("v1,").unwrap_or_default()).unwrap_or_default();
    let good = mac.verify_slice(&code).is_ok()
        && text("content-type") == "application/cloudevents+json"
        && event["id"] == id.as_str()
        && event["specversion"] == "1.0";
    (!good).then(|| format!("{headers:?} {event}"))
}
