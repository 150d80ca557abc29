//! A storm: students who hand in, change, rename, archive and delete, many at a time, and what really
//! came of it.
//!
//! Everything follows from the seed: each student has a source of chance of their own, so that a
//! student's doings are the same again in another run, whoever is faster. A file's content follows from
//! its name ([`content`]), so nothing has to be kept to know what a downloaded file must be. What really
//! happened is read from the sandbox's ledger ([`happened`]), which no fault befalls.
//!
//! ```text
//! let mut storm = Storm::new(&running.url, 42, tokens);       // one token a student
//! let blown = storm.blow(10_000).await;                        // .only_uploads(), .cleaned_by(token)
//! for event in happened(&running.url, &admin).await { … }      // in order, from the first
//! ```

#![allow(clippy::unwrap_used, dead_code, missing_docs, reason = "tests; each uses a part")]

use std::collections::HashMap;
use std::ops::AddAssign;
use std::time::Duration;

use fastrand::Rng;
use futures_util::{StreamExt as _, stream};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

/// How many students act at the same time.
const AT_ONCE: usize = 8;
/// How long an answer may take; after that it counts as none.
const PATIENCE: Duration = Duration::from_secs(20);
/// The longest file, in bytes.
const LONGEST: usize = 2_048;

/// What came of the students' doings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Blown {
    /// Answered with a success.
    pub(crate) done: usize,
    /// Answered with a refusal, or nothing could be asked for: no vault yet.
    pub(crate) refused: usize,
    /// Not answered, or not so that it made sense: it may have happened.
    pub(crate) unanswered: usize,
}

impl AddAssign for Blown {
    fn add_assign(&mut self, other: Self) {
        self.done += other.done;
        self.refused += other.refused;
        self.unanswered += other.unanswered;
    }
}

/// Students with their tokens, and what they will do next.
pub(crate) struct Storm {
    client: Client,
    url: String,
    hands: Vec<Hand>,
    uploads: u8,
    cleaner: Option<String>,
}

struct Hand {
    token: String,
    rng: Rng,
    vault: Option<String>,
}

/// How a request ended.
enum End {
    Done(Value),
    Refused,
    Unanswered,
}

impl Storm {
    /// Students of the sandbox at that address, by their tokens. Sends nothing yet.
    pub(crate) fn new(url: &str, seed: u64, tokens: impl IntoIterator<Item = String>) -> Self {
        let client = Client::builder().tls_certs_only([]).no_proxy().timeout(PATIENCE).build().unwrap();
        let mut seeds = Rng::with_seed(seed);
        let hand = |token| Hand { token, rng: Rng::with_seed(seeds.u64(..)), vault: None };
        let hands = tokens.into_iter().map(hand).collect();
        Self { client, url: url.to_owned(), hands, uploads: 60, cleaner: None }
    }

    /// Nothing but new documents.
    #[must_use]
    pub(crate) fn only_uploads(mut self) -> Self {
        self.uploads = 100;
        self
    }

    /// Items are deleted with this token instead of the student's: the level of students does not include
    /// it everywhere.
    #[must_use]
    pub(crate) fn cleaned_by(mut self, token: String) -> Self {
        self.cleaner = Some(token);
        self
    }

    /// So many doings, spread evenly over the students; each student does one after another.
    pub(crate) async fn blow(&mut self, count: usize) -> Blown {
        let (students, uploads) = (self.hands.len(), self.uploads);
        let (client, url, cleaner) = (&self.client, self.url.as_str(), self.cleaner.as_deref());
        let own = |number: usize| count / students + usize::from(number < count % students);
        let work = self.hands.iter_mut().enumerate().map(|(number, hand)| async move {
            let mut blown = Blown::default();
            for _ in 0..own(number) {
                match hand.act(client, url, uploads, cleaner).await {
                    End::Done(_) => blown.done += 1,
                    End::Refused => blown.refused += 1,
                    End::Unanswered => blown.unanswered += 1,
                }
            }
            blown
        });
        let mut work = stream::iter(work).buffer_unordered(AT_ONCE);
        let mut all = Blown::default();
        while let Some(blown) = work.next().await {
            all += blown;
        }
        all
    }
}

impl Hand {
    /// One thing. What is drawn does not depend on answers, so that the rest of a run stays the same.
    async fn act(&mut self, client: &Client, url: &str, uploads: u8, cleaner: Option<&str>) -> End {
        let (what, which, number) = (self.rng.u8(..100), self.rng.usize(..), self.rng.u64(..));
        let rest = self.rng.u8(..100);
        let Some(vault) = self.vault(client, url).await else { return End::Refused };
        let item = if what < uploads { None } else { self.item(client, url, &vault, which).await };
        let name = format!("hw{}-{number:016x}.txt", number % 4 + 1);
        let title = format!("hw{} {number:016x}", number % 4 + 1);
        let ask = |method, path: String, token: &str| {
            client.request(method, format!("{url}{path}")).bearer_auth(token.to_owned())
        };
        let own = self.token.as_str();
        let files = format!("/sandbox/v1/vaults/{vault}/files");
        let request = match (item, rest) {
            (None, _) => {
                let request = ask(Method::POST, files, own).query(&[("name", &name), ("title", &title)]);
                request.body(content(&name))
            }
            (Some(item), 0..40) => {
                let request = ask(Method::POST, files, own).query(&[("name", &name), ("item", &item)]);
                request.body(content(&name))
            }
            (Some(item), 40..65) => {
                let new = json!({ "title": title, "category": "DOCUMENT" });
                ask(Method::PUT, format!("/v1/vaults/{vault}/items/{item}"), own).json(&new)
            }
            (Some(item), 65..90) => {
                ask(Method::POST, format!("/sandbox/v1/vaults/{vault}/items/{item}/archive"), own)
            }
            (Some(item), _) => {
                let path = format!("/v1/vaults/{vault}/items/{item}");
                ask(Method::DELETE, path, cleaner.unwrap_or(own))
            }
        };
        ended(request).await
    }

    /// The student's vault, once there is one.
    async fn vault(&mut self, client: &Client, url: &str) -> Option<String> {
        if self.vault.is_none() {
            let request = client.get(format!("{url}/v1/vaults")).bearer_auth(&self.token);
            let End::Done(Value::Array(vaults)) = ended(request).await else { return None };
            let made = vaults.iter().find(|vault| vault["type"] == "USER_CREATED")?;
            self.vault = made["id"].as_str().map(str::to_owned);
        }
        self.vault.clone()
    }

    /// One of the documents that are there, by title: ids are not the same in another run.
    async fn item(&self, client: &Client, url: &str, vault: &str, which: usize) -> Option<String> {
        let request = client.get(format!("{url}/v1/vaults/{vault}/items")).bearer_auth(&self.token);
        let End::Done(Value::Array(mut items)) = ended(request).await else { return None };
        items.retain(|item| item["category"] == "DOCUMENT");
        items.sort_by_key(|item| item["title"].as_str().map(str::to_owned));
        let item = items.get(which.checked_rem(items.len())?)?;
        item["id"].as_str().map(str::to_owned)
    }
}

async fn ended(request: reqwest::RequestBuilder) -> End {
    let Ok(answer) = request.send().await else { return End::Unanswered };
    match answer.status() {
        StatusCode::NO_CONTENT => End::Done(Value::Null),
        status if status.is_success() => answer.json().await.map_or(End::Unanswered, End::Done),
        status if status.is_client_error() => End::Refused,
        _ => End::Unanswered,
    }
}

/// The content of a file of a storm, by its name: 1 to 2,048 random bytes.
pub(crate) fn content(name: &str) -> Vec<u8> {
    let number = name.rsplit('-').next().and_then(|end| u64::from_str_radix(end.get(..16)?, 16).ok());
    let mut rng = Rng::with_seed(number.unwrap());
    let size = rng.usize(1..=LONGEST);
    std::iter::repeat_with(|| rng.u8(..)).take(size).collect()
}

/// What happened to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Deed {
    New,
    /// Another file.
    Changed,
    /// Another title, or other fields.
    Edited,
    Archived,
    Deleted,
}

/// One thing that really happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Happened {
    /// Its place in the ledger.
    pub(crate) seq: u64,
    /// Who did it.
    pub(crate) actor: String,
    pub(crate) vault: String,
    pub(crate) item: String,
    /// The item's version afterwards; of a deleted one the last that it had.
    pub(crate) version: u64,
    pub(crate) deed: Deed,
    /// The item's title afterwards, as far as the ledger has told it.
    pub(crate) title: String,
    /// Name and size in bytes of the file that came with it.
    pub(crate) file: Option<(String, u64)>,
}

/// All that happened to items, in order, from the sandbox's ledger; `admin` is the administrator's token.
pub(crate) async fn happened(url: &str, admin: &str) -> Vec<Happened> {
    let client = Client::builder().tls_certs_only([]).no_proxy().build().unwrap();
    let answer = client.get(format!("{url}/sandbox/v1/ledger")).bearer_auth(admin).send().await.unwrap();
    let ledger: Vec<Value> = answer.json().await.unwrap();
    let mut known: HashMap<String, (u64, String)> = HashMap::new();
    ledger.iter().filter_map(|line| read(line, &mut known)).collect()
}

fn read(line: &Value, known: &mut HashMap<String, (u64, String)>) -> Option<Happened> {
    let text = |key: &str| line[key].as_str().map(str::to_owned);
    let file = &line["file"];
    let deed = match line["action"].as_str()? {
        "item.create" => Deed::New,
        "item.update" if file.is_object() => Deed::Changed,
        "item.update" => Deed::Edited,
        "item.archive" => Deed::Archived,
        "item.delete" => Deed::Deleted,
        _ => return None,
    };
    let item = text("item")?;
    let last = known.entry(item.clone()).or_default();
    last.0 = line["version"].as_u64().unwrap_or(last.0);
    last.1 = text("title").unwrap_or_else(|| last.1.clone());
    Some(Happened {
        seq: line["seq"].as_u64()?,
        actor: text("actor")?,
        vault: text("vault")?,
        version: last.0,
        title: last.1.clone(),
        item,
        deed,
        file: file["name"].as_str().map(str::to_owned).zip(file["size"].as_u64()),
    })
}
