//! What the log is read as: changes by job, and what they left behind.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::audit::Intent;
use crate::domain::access::Level;
use crate::domain::frame::tests::{id as person, key, set as of, someone, vault};
use crate::domain::history::DONE;
use crate::domain::roster::Student;
use crate::domain::text::Untrusted;

const JOB: &str = "jobaaaaa";

/// A log of its own for a class of a and b, of whom a has a vault.
struct Bench {
    _folder: TempDir,
    store: Store,
    audit: Audit,
    actor: Actor,
}

/// How a change ended, and what is written of it.
type End = (Outcome, Value);

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
}

fn job(id: &str) -> String {
    format!("{id}:0123456789ab")
}

fn done(after: &Value) -> End {
    (Outcome::Done, after.clone())
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store.db")).unwrap();
        let student =
            |of: &str| Student { key: key(of), name: of.into(), email: Untrusted::new(of.to_owned()) };
        store.enroll(&["a", "b"].map(student)).unwrap();
        let audit = Audit::open(&folder.path().join("log/audit.jsonl"), &folder.path().join("key/audit.key"));
        let actor = Actor {
            machine: "m".into(),
            user: "u".into(),
            service_account: SafeText::from(person("sa").as_str()),
            ..Actor::default()
        };
        Self { _folder: folder, store, audit: audit.unwrap(), actor }
    }

    fn write(
        &self,
        op: &'static str,
        args: Value,
        plan: Option<String>,
        before: Option<Value>,
        end: Option<End>,
    ) {
        let intent = Intent { op, args, actor: self.actor.clone(), plan, before };
        let intended = self.audit.intend(&[intent], at(0)).unwrap().remove(0);
        if let Some((outcome, after)) = end {
            self.audit.conclude(&intended, outcome, None, Some(after), at(1)).unwrap();
        }
    }

    /// A grant to x on the vault of a, by a job.
    fn grant(&self, before: Option<Permissions>, end: Option<End>) {
        let args = json!({ "vault": vault("a"), "who": someone("x"), "level": Level::Read });
        self.write("grant", args, Some(job(JOB)), before.map(|set| json!(set.names())), end);
    }

    fn past(&self) -> Past {
        let mut reader = Reader::new(&self.audit, &self.store, None).unwrap();
        let (records, bad) = self.audit.list(&Filter::default()).unwrap();
        assert!(bad.is_none());
        for record in records {
            reader.take(record);
        }
        reader.end().unwrap()
    }

    fn only(&self) -> (Changed, Option<Made>) {
        let Past { mut entries, mut made, .. } = self.past();
        (entries.remove(0).changes.remove(0), made.pop())
    }
}

#[test]
fn what_is_held_after_a_change_is_what_came_of_it() {
    let (read, write) = (of(Level::Read), of(Level::Write));
    let after = |outcome| (outcome, json!(write.names()));
    for (end, outcome, held) in [
        (Some(after(Outcome::Done)), DONE, Some(write)),
        (Some(after(Outcome::Refused)), Outcome::Refused.word(), Some(read)),
        (Some(after(Outcome::Unchanged)), Outcome::Unchanged.word(), Some(read)),
        (Some(after(Outcome::Failed)), Outcome::Failed.word(), None),
        (Some(after(Outcome::Unknown)), Outcome::Unknown.word(), None),
        (None, OPEN, None),
    ] {
        let bench = Bench::new();
        bench.grant(Some(read), end);
        let (change, made) = bench.only();
        assert_eq!(change.outcome, outcome);
        let What::Access { before, after, .. } = change.what else { panic!("{:?}", change.what) };
        assert_eq!((before, after), (Some(read), held), "{outcome}");
        let made = made.unwrap();
        assert_eq!((made.outcome, made.before), (outcome, Some(read)));
        assert_eq!(made.ended, (outcome != OPEN).then(|| at(1)), "{outcome}");
    }
}

#[test]
fn what_has_to_be_sent_of_a_grant_is_told_by_what_was_so_before() {
    let (read, write) = (of(Level::Read), of(Level::Write));
    let one = |before, after: Permissions| {
        let bench = Bench::new();
        bench.grant(before, Some(done(&json!(after.names()))));
        bench.only().1.unwrap()
    };
    assert!(one(Some(read), read).idle, "it was so before");
    assert!(!one(Some(read), write).idle);
    assert!(!one(None, read).idle, "nobody knew");
    let open = Bench::new();
    open.grant(Some(read), None);
    assert!(!open.only().1.unwrap().idle);
}

#[test]
fn only_a_person_takes_a_part_away_and_only_where_something_is_taken() {
    let (read, write) = (of(Level::Read), of(Level::Write));
    let one = |is_person: bool, before, after: Permissions| {
        let mut bench = Bench::new();
        if is_person {
            bench.actor.person = Some(SafeText::from(person("t").as_str()));
            bench.actor.service_account = SafeText::default();
        }
        bench.grant(before, Some(done(&json!(after.names()))));
        bench.only().1.unwrap()
    };
    assert!(one(true, Some(write), read).partly);
    assert!(!one(true, Some(read), write).partly);
    assert!(one(true, None, write).partly, "what was held before is not known");
    assert!(!one(false, Some(write), read).partly);
    assert_eq!(one(true, None, read).actor, Some(person("t")));
    assert_eq!(one(false, None, read).actor, Some(person("sa")));
}

#[test]
fn each_kind_of_change_is_told_apart_from_the_others() {
    let bench = Bench::new();
    let student = bench.audit.pseudonym("b");
    let on_a = json!({ "vault": vault("a"), "who": someone("x") });
    bench.write("grant", on_a.clone(), None, None, None);
    bench.write("revoke", on_a, None, None, None);
    let vault_of_b = json!({ "vault": vault("b") });
    bench.write("create-vault", json!({ "student": student }), None, None, Some(done(&vault_of_b)));
    bench.write("delete-vault", json!({ "student": student, "vault": vault("b") }), None, None, None);
    let user = json!({ "user": person("b") });
    bench.write("invite", json!({ "student": student }), None, None, Some(done(&user)));
    bench.write(
        "suspend",
        json!({ "student": student, "user": person("b") }),
        None,
        None,
        Some(done(&json!({}))),
    );
    bench.write("sign-off", json!({ "step": "freeze" }), None, None, Some(done(&json!({}))));
    let past = bench.past();
    let acts: Vec<Act> = past.made.iter().map(|made| made.act.clone()).collect();
    let (a, b, x) = (vault("a"), vault("b"), someone("x"));
    assert_eq!(
        acts,
        [
            Act::Granted(a.clone(), x.clone()),
            Act::Revoked(a, x),
            Act::Created(Some(b.clone())),
            Act::Deleted(b),
            Act::Person(Admission::Invite, Some(person("b"))),
            Act::Person(Admission::Suspend, Some(person("b"))),
        ],
        "what is sent to nobody is not among them"
    );
    assert_eq!(past.entries.len(), 7);
    let of_b = past.made.iter().filter(|made| made.student == Some(key("b"))).count();
    assert_eq!(of_b, 4);
    assert_eq!(past.begins, Some(at(0)));
}

#[test]
fn a_vault_that_was_made_is_its_students_in_what_was_changed_later() {
    let bench = Bench::new();
    let student = bench.audit.pseudonym("b");
    let made = json!({ "vault": vault("b") });
    bench.write("create-vault", json!({ "student": student }), Some(job(JOB)), None, Some(done(&made)));
    let grant = json!({ "vault": vault("b"), "who": someone("x"), "level": Level::Read });
    bench.write("grant", grant, Some(job(JOB)), None, None);
    let entries = bench.past().entries;
    assert_eq!(entries.len(), 1, "one job");
    assert_eq!(entries[0].job, JobId::parse(JOB));
    let students: Vec<_> = entries[0].changes.iter().map(|change| change.student.clone()).collect();
    assert_eq!(students, [Some(key("b")), Some(key("b"))]);
    assert_eq!(entries[0].changes[0].what, What::Made(Some(vault("b"))));
}

#[test]
fn a_job_that_takes_another_back_names_it() {
    let bench = Bench::new();
    let read = json!(of(Level::Read).names());
    bench.grant(None, Some(done(&read)));
    let args = json!({ "vault": vault("a"), "who": someone("x"), "undoes": JOB });
    bench.write("revoke", args, Some(job("jobbbbbb")), Some(read), Some(done(&json!([]))));
    let entries = bench.past().entries;
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[1].undoes, JobId::parse(JOB));
    assert_eq!(entries[0].undone_by, JobId::parse("jobbbbbb"));
}

#[test]
fn who_acted_is_told_with_whom_1password_saw_where_the_log_knows() {
    let actor = Actor { machine: "m".into(), user: "u".into(), ..Actor::default() };
    assert_eq!(whoever(&actor, false).as_str(), "u on m");
    let service = Actor { service_account: "sa".into(), ..actor.clone() };
    assert_eq!(whoever(&service, false).as_str(), "u on m, as service account sa");
    let by_person = Actor { person: Some("p".into()), ..actor };
    assert_eq!(whoever(&by_person, true).as_str(), "u on m, as p, by itself");
}
