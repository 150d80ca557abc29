//! Simulated students: they sign up, hand in, change and archive while somebody watches.
//!
//! Each of them uses the sandbox over HTTP with the token of that student, so whatever they may
//! not do is refused to them. Seeded: the same seed, world and answers give the same sequence.
//! Knows the sandbox's routes; must not touch its world directly.

use std::ops::RangeInclusive;
use std::time::Duration;

use fastrand::Rng;
use reqwest::{Client, Method, RequestBuilder, StatusCode, redirect};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::front::CLIENT_NAME;
use super::world::{Client as Used, PersonToken};
use crate::domain::directory::fold_email;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::{ItemId, PersonId, VaultId};
use crate::domain::secret::{Expose as _, Secret};

/// How long one request may take. The sandbox is on this machine.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How many students are tried before a beat passes without an event.
const TRIES: usize = 12;
/// After so many failures in a row the sandbox is taken to be gone.
const FAILURES: usize = 5;

/// Who acts, and where.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The sandbox's address, as in [`super::Running::url`].
    pub url: String,
    /// The administrator's token: confirms who signed up.
    pub admin: Secret,
    /// The students with their tokens; nobody else acts.
    pub students: Vec<PersonToken>,
    /// Decides the sequence.
    pub seed: u64,
}

impl Stage {
    /// The stage of a running sandbox, with the students of these addresses.
    pub fn of<'e>(running: &super::Running, emails: impl IntoIterator<Item = &'e str>, seed: u64) -> Self {
        let emails: Vec<String> = emails.into_iter().map(fold_email).collect();
        let students = running.people.iter().filter(|person| emails.contains(&fold_email(&person.email)));
        Self {
            url: running.url.clone(),
            admin: running.admin.clone(),
            students: students.cloned().collect(),
            seed,
        }
    }
}

/// How long between events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Before the first one.
    pub first: Duration,
    /// Before each other one, chosen at random.
    pub between: RangeInclusive<Duration>,
}

impl Default for Pace {
    /// The demo's: the first after two seconds, then one every three to eight.
    fn default() -> Self {
        Self { first: Duration::from_secs(2), between: Duration::from_secs(3)..=Duration::from_secs(8) }
    }
}

/// What a simulated student did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An invited person signed up.
    Accepted(PersonId),
    /// Who signed up was confirmed.
    Confirmed(PersonId),
    /// A new document.
    Uploaded(VaultId, ItemId),
    /// A new version of a document.
    Changed(VaultId, ItemId),
    /// An item went to the archive.
    Archived(VaultId, ItemId),
    /// A new secure note.
    Noted(VaultId, ItemId),
}

/// Simulated students with a memory of what comes next.
#[derive(Debug)]
pub struct Traffic {
    client: Client,
    stage: Stage,
    rng: Rng,
}

#[derive(Deserialize)]
struct PersonSeen {
    id: PersonId,
    email: String,
    state: String,
}

#[derive(Deserialize)]
struct VaultSeen {
    id: VaultId,
}

#[derive(Deserialize)]
struct ItemSeen {
    id: ItemId,
    category: String,
}

impl Traffic {
    /// Sets the students up. Sends nothing yet.
    pub fn new(stage: Stage) -> Result<Self> {
        let client = Client::builder()
            .tls_certs_only([]) // plain HTTP on this machine: no certificate store is needed
            .no_proxy()
            .redirect(redirect::Policy::none())
            .timeout(TIMEOUT)
            .build()
            .map_err(|_| Fault::new(Kind::Local, "no HTTP client for the simulated students"))?;
        let rng = Rng::with_seed(stage.seed);
        Ok(Self { client, stage, rng })
    }

    /// Does one thing, if anybody can do anything.
    pub async fn step(&mut self) -> Result<Option<Event>> {
        if self.rng.u8(..100) < 15
            && let Some(event) = self.sign_up().await?
        {
            return Ok(Some(event));
        }
        for _ in 0..TRIES {
            let Some(student) = self.rng.choice(&self.stage.students).cloned() else { return Ok(None) };
            let Some(vault) = self.vault_of(&student).await? else { continue };
            let event = match self.rng.u8(..100) {
                0..55 => self.upload(&student, vault).await?,
                55..75 => self.change(&student, vault).await?,
                75..83 => self.archive(&student, vault).await?,
                _ => self.note(&student, vault).await?,
            };
            if event.is_some() {
                return Ok(event);
            }
        }
        Ok(None)
    }

    /// Moves somebody one step into the account.
    async fn sign_up(&mut self) -> Result<Option<Event>> {
        let people = self.request(Method::GET, "/sandbox/v1/people", &self.stage.admin);
        let Some(mut people) = answer::<Vec<PersonSeen>>(people).await? else { return Ok(None) };
        let ours: Vec<String> = self.stage.students.iter().map(|one| fold_email(&one.email)).collect();
        people.retain(|person| {
            matches!(person.state.as_str(), "TRANSFER_STARTED" | "TRANSFER_ACCEPTED")
                && ours.contains(&fold_email(&person.email))
        });
        let Some(person) = self.rng.choice(people) else { return Ok(None) };
        let accepts = person.state == "TRANSFER_STARTED";
        let path = format!("/sandbox/v1/people/{}/{}", person.id, if accepts { "accept" } else { "confirm" });
        let moved = answer::<PersonSeen>(self.request(Method::POST, &path, &self.stage.admin)).await?;
        Ok(moved.map(|person| if accepts { Event::Accepted(person.id) } else { Event::Confirmed(person.id) }))
    }

    /// A vault that the student can see now; a new one appears here when the instructor makes it.
    async fn vault_of(&mut self, student: &PersonToken) -> Result<Option<VaultId>> {
        let vaults = answer::<Vec<VaultSeen>>(self.sent_by(student, Method::GET, "/v1/vaults")).await?;
        Ok(vaults.and_then(|vaults| self.rng.choice(vaults)).map(|vault| vault.id))
    }

    async fn upload(&mut self, student: &PersonToken, vault: VaultId) -> Result<Option<Event>> {
        let assignment = self.rng.u8(1..=4);
        let title = format!("hw{assignment} {}", TITLES[usize::from(assignment - 1)]);
        let suffix = self.rng.choice(["txt", "md", "pdf"]).unwrap_or("txt");
        let name = format!("hw{assignment}-{:04}.{suffix}", self.rng.u16(..10_000));
        let bytes = self.text();
        let path = format!("/sandbox/v1/vaults/{vault}/files");
        let query = [("name", name.as_str()), ("title", title.as_str())];
        let sent = self.sent_by(student, Method::POST, &path).query(&query).body(bytes);
        Ok(answer::<ItemSeen>(sent).await?.map(|item| Event::Uploaded(vault, item.id)))
    }

    async fn change(&mut self, student: &PersonToken, vault: VaultId) -> Result<Option<Event>> {
        let Some(item) = self.item_of(student, &vault, Some("DOCUMENT")).await? else { return Ok(None) };
        let name = format!("revised-{:04}.txt", self.rng.u16(..10_000));
        let bytes = self.text();
        let path = format!("/sandbox/v1/vaults/{vault}/files");
        let query = [("name", name.as_str()), ("item", item.as_str())];
        let sent = self.sent_by(student, Method::POST, &path).query(&query).body(bytes);
        Ok(answer::<ItemSeen>(sent).await?.map(|item| Event::Changed(vault, item.id)))
    }

    async fn archive(&mut self, student: &PersonToken, vault: VaultId) -> Result<Option<Event>> {
        let Some(item) = self.item_of(student, &vault, None).await? else { return Ok(None) };
        let path = format!("/sandbox/v1/vaults/{vault}/items/{item}/archive");
        let sent = self.sent_by(student, Method::POST, &path);
        Ok(answer::<ItemSeen>(sent).await?.map(|item| Event::Archived(vault, item.id)))
    }

    async fn note(&mut self, student: &PersonToken, vault: VaultId) -> Result<Option<Event>> {
        let text = String::from_utf8_lossy(&self.text()).chars().take(400).collect::<String>();
        let body = json!({
            "title": self.rng.choice(NOTES), "category": "SECURE_NOTE", "vault": { "id": vault },
            "fields": [{ "id": "notesPlain", "type": "STRING", "purpose": "NOTES", "label": "notesPlain", "value": text }],
        });
        let sent = self.sent_by(student, Method::POST, &format!("/v1/vaults/{vault}/items")).json(&body);
        Ok(answer::<ItemSeen>(sent).await?.map(|item| Event::Noted(vault, item.id)))
    }

    async fn item_of(
        &mut self,
        student: &PersonToken,
        vault: &VaultId,
        category: Option<&str>,
    ) -> Result<Option<ItemId>> {
        let items = self.sent_by(student, Method::GET, &format!("/v1/vaults/{vault}/items"));
        let Some(mut items) = answer::<Vec<ItemSeen>>(items).await? else { return Ok(None) };
        items.retain(|item| category.is_none_or(|category| item.category == category));
        Ok(self.rng.choice(items).map(|item| item.id))
    }

    /// A request of a student, by what that one uses.
    fn sent_by(&self, student: &PersonToken, method: Method, path: &str) -> RequestBuilder {
        self.request(method, path, &student.token).header(CLIENT_NAME, used_by(student).name())
    }

    fn request(&self, method: Method, path: &str, token: &Secret) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.stage.url)).bearer_auth(token.expose_secret())
    }

    /// A few kilobytes of made-up writing.
    fn text(&mut self) -> Vec<u8> {
        let mut text = String::new();
        for _ in 0..self.rng.usize(20..600) {
            text.push_str(self.rng.choice(WORDS).unwrap_or_default());
            text.push(if self.rng.u8(..12) == 0 { '\n' } else { ' ' });
        }
        text.into_bytes()
    }
}

/// What a student uses, always the same: three of four have an app, the others the web page.
fn used_by(student: &PersonToken) -> Used {
    let sum = student.email.bytes().fold(0_u8, u8::wrapping_add);
    if sum.is_multiple_of(4) { Used::Web } else { Used::App }
}

const TITLES: [&str; 4] = ["Password file", "Threat model", "Protocol trace", "Reading report"];
const NOTES: [&str; 4] = ["Question for office hours", "Draft", "Sources", "Notes on the lecture"];
const WORDS: [&str; 16] = [
    "salt",
    "hash",
    "key",
    "attacker",
    "threat",
    "model",
    "proof",
    "random",
    "secret",
    "trust",
    "vault",
    "signature",
    "channel",
    "oracle",
    "nonce",
    "replay",
];

/// The answer, `None` if it was refused. Refusals are part of the game: a student who is not
/// confirmed yet, or whose vault is a drop box.
async fn answer<T: DeserializeOwned>(request: RequestBuilder) -> Result<Option<T>> {
    let gone = |_| Fault::new(Kind::Unreachable, "the sandbox does not answer its simulated students");
    let response = request.send().await.map_err(gone)?;
    match response.status() {
        status if status.is_success() => response.json().await.map(Some).map_err(gone),
        status if status.is_client_error() => Ok(None),
        status => Err(broken(status)),
    }
}

fn broken(status: StatusCode) -> Fault {
    Fault::new(Kind::Broken, format!("the sandbox answered {status} to a simulated student"))
}

/// Lets students act until `cancel`, and tells how many events there were. Ends by itself, with
/// the last fault, when the sandbox fails five times in a row.
pub async fn run(stage: Stage, pace: Pace, cancel: CancellationToken) -> Result<u64> {
    let mut pauses = Rng::with_seed(stage.seed ^ 0x5eed);
    let mut traffic = Traffic::new(stage)?;
    let (mut events, mut failures, mut pause) = (0, 0, pace.first);
    loop {
        if cancel.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return Ok(events);
        }
        let Some(step) = cancel.run_until_cancelled(traffic.step()).await else { return Ok(events) };
        match step {
            Ok(event) => {
                events += u64::from(event.is_some());
                failures = 0;
            }
            Err(fault) if failures + 1 >= FAILURES => return Err(fault),
            Err(_) => failures += 1,
        }
        let (least, most) = (pace.between.start(), pace.between.end());
        pause = *least + most.saturating_sub(*least).mul_f64(pauses.f64());
    }
}
