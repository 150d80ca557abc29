//! The students of the storm: what they do by chance, always the same for one seed, and what is there
//! afterwards.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::sha256;
use crate::support::{Fixture, word};

/// An item that is there.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) version: u64,
    /// Of its file.
    pub(crate) sha256: String,
    student: usize,
}

/// What students do, and what came of it.
pub(crate) struct Storm {
    chance: fastrand::Rng,
    /// Vault and token of each student.
    students: Vec<(String, String)>,
    /// Every item that is there, by id.
    pub(crate) alive: BTreeMap<String, Known>,
    done: BTreeMap<&'static str, u64>,
}

impl Storm {
    pub(crate) fn new(seed: u64, students: Vec<(String, String)>) -> Self {
        let chance = fastrand::Rng::with_seed(seed);
        Self { chance, students, alive: BTreeMap::new(), done: BTreeMap::new() }
    }

    /// One of them does something.
    pub(crate) async fn act(&mut self, fixture: &Fixture) {
        let count = self.alive.len();
        let item = (count > 0).then(|| self.alive.keys().nth(self.chance.usize(..count)).unwrap().clone());
        match (self.chance.u8(..100), item) {
            (0..50, _) | (_, None) => self.upload(fixture).await,
            (50..75, Some(item)) => self.replace(fixture, item).await,
            (75..85, Some(item)) => self.rename(fixture, item).await,
            (85..93, Some(item)) => self.end(fixture, item, "archived").await,
            (_, Some(item)) => self.end(fixture, item, "deleted").await,
        }
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = self.chance.usize(..2_000);
        (0..length).map(|_| self.chance.u8(..)).collect()
    }

    fn count(&mut self, what: &'static str) {
        *self.done.entry(what).or_default() += 1;
    }

    async fn upload(&mut self, fixture: &Fixture) {
        let (student, bytes) = (self.chance.usize(..self.students.len()), self.bytes());
        let name = format!("hw{}-{}.bin", self.chance.u8(1..=3), self.chance.u32(..));
        let (vault, token) = &self.students[student];
        let made = fixture.upload(vault, &format!("?name={name}&title={name}"), token, &bytes).await;
        self.know(&made, student, sha256(&bytes));
        self.count("uploads");
    }

    async fn replace(&mut self, fixture: &Fixture, item: String) {
        let (bytes, student) = (self.bytes(), self.alive[&item].student);
        let (vault, token) = &self.students[student];
        let changed = fixture.upload(vault, &format!("?name=new.bin&item={item}"), token, &bytes).await;
        self.know(&changed, student, sha256(&bytes));
        self.count("edits");
    }

    async fn rename(&mut self, fixture: &Fixture, item: String) {
        let Known { student, sha256, .. } = self.alive[&item].clone();
        let (vault, token) = &self.students[student];
        let path = format!("/v1/vaults/{vault}/items/{item}");
        let (_, mut body) = fixture.get(&path, token).await;
        body["title"] = json!(format!("renamed {}", self.chance.u32(..)));
        let (status, changed) = fixture.call(Method::PUT, &path, token, body).await;
        assert_eq!(status, 200, "{changed}");
        self.know(&changed, student, sha256);
        self.count("renames");
    }

    async fn end(&mut self, fixture: &Fixture, item: String, how: &'static str) {
        let (vault, token) = &self.students[self.alive[&item].student];
        let (method, path, token) = match how {
            "archived" => {
                (Method::POST, format!("/sandbox/v1/vaults/{vault}/items/{item}/archive"), token.clone())
            }
            _ => (Method::DELETE, format!("/v1/vaults/{vault}/items/{item}"), fixture.service()),
        };
        let (status, answer) = fixture.call(method, &path, &token, Value::Null).await;
        assert!((200..300).contains(&status), "{answer}");
        self.alive.remove(&item);
        self.count(how);
    }

    fn know(&mut self, item: &Value, student: usize, sha256: String) {
        let version = item["version"].as_u64().unwrap();
        self.alive.insert(word(&item["id"]), Known { version, sha256, student });
    }

    pub(crate) fn in_words(&self) -> String {
        let words: Vec<String> = self.done.iter().map(|(what, count)| format!("{count} {what}")).collect();
        words.join(", ")
    }
}
