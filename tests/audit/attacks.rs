//! What is found of everything that can be done to a log without its key, counted. Run with `--nocapture`.
//!
//! The logs are short: each record is checked by itself and by the one before it. `STRONGROOM_RECORDS=400` attacks
//! one of as many records, and every byte of them.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::too_many_lines,
    reason = "tests that show figures"
)]

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;

use strongroom::audit::{About, Actor, Audit, Checkpoint, Compared, verify_against};
use tempfile::TempDir;

use crate::support::Fixture;

/// A real log and a checkpoint of its end, and a place where copies of it are attacked.
struct Bench {
    dir: TempDir,
    key: PathBuf,
    whole: Vec<u8>,
    checkpoint: Checkpoint,
}

/// What a look at an attacked log shows.
struct Seen {
    /// Whether the chain alone shows it.
    by_chain: bool,
    /// Whether the chain or the checkpoint does.
    with_checkpoint: bool,
}

impl Bench {
    /// The log of making vaults for that many students: four records each.
    async fn new(students: usize) -> Self {
        let fixture = Fixture::new().await;
        fixture.students(students).await;
        let desk = fixture.desk("a");
        assert_eq!(crate::support::count(&desk.provision().await, "done"), students);
        let dir = TempDir::new().unwrap();
        fs::create_dir(dir.path().join("keys")).unwrap();
        let key = dir.path().join("keys/audit.key");
        fs::copy(&desk.key, &key).unwrap();
        let (verified, _) = desk.ops.audit.verify_against(&[]).unwrap();
        let (head, first) = (verified.head.unwrap(), verified.first.unwrap());
        let about = About { class: "CS101", account: "A", actor: &Actor::default(), first, head };
        let checkpoint = desk.ops.audit.checkpoint(&about, jiff::Timestamp::now()).unwrap();
        Self { whole: fs::read(&desk.log).unwrap(), dir, key, checkpoint }
    }

    fn log(&self) -> PathBuf {
        self.dir.path().join("audit.jsonl")
    }

    fn lines(&self) -> Vec<&[u8]> {
        self.whole.split_inclusive(|byte| *byte == b'\n').collect()
    }

    fn look(&self, bytes: &[u8]) -> Seen {
        // Written over: a file that is emptied and written anew is brought to the disk each time.
        let mut log = File::options().write(true).create(true).truncate(false).open(self.log()).unwrap();
        log.write_all(bytes).unwrap();
        log.set_len(bytes.len() as u64).unwrap();
        let (verified, compared) =
            verify_against(&self.log(), &self.key, std::slice::from_ref(&self.checkpoint)).unwrap();
        let by_chain = verified.first_bad.is_some();
        Seen { by_chain, with_checkpoint: by_chain || compared[0] != Compared::Proved }
    }

    /// Another log of as many records, written under another key.
    fn under_another_key(&self) -> Vec<u8> {
        let (dir, count) = (TempDir::new().unwrap(), self.lines().len());
        let audit = Audit::open(&dir.path().join("log/a"), &dir.path().join("key/k")).unwrap();
        let intent = |_| strongroom::audit::Intent {
            op: "grant",
            args: serde_json::json!({}),
            actor: Actor::default(),
            plan: None,
            before: None,
        };
        let intents: Vec<_> = (0..count).map(intent).collect();
        audit.intend(&intents, jiff::Timestamp::now()).unwrap();
        fs::read(dir.path().join("log/a")).unwrap()
    }
}

/// One kind of attack and what was found of it.
#[derive(Default)]
struct Tally {
    tried: usize,
    by_chain: usize,
    with_checkpoint: usize,
}

impl Tally {
    fn note(&mut self, seen: &Seen) {
        self.tried += 1;
        self.by_chain += usize::from(seen.by_chain);
        self.with_checkpoint += usize::from(seen.with_checkpoint);
    }

    fn show(&self, what: &str) {
        let Self { tried, by_chain, with_checkpoint } = self;
        println!("  {what}: {by_chain} of {tried} by the chain alone, {with_checkpoint} with a checkpoint");
    }

    /// Every one was found by the chain alone.
    fn all_by_chain(&self, what: &str) {
        self.show(what);
        assert!(self.tried > 0, "{what}: nothing was tried");
        assert_eq!((self.by_chain, self.with_checkpoint), (self.tried, self.tried), "{what}");
    }

    /// None was found by the chain, as it is told, and every one with the checkpoint.
    fn all_by_checkpoint(&self, what: &str) {
        self.show(what);
        assert!(self.tried > 0, "{what}: nothing was tried");
        assert_eq!((self.by_chain, self.with_checkpoint), (0, self.tried), "{what}");
    }
}

fn joined(lines: &[&[u8]]) -> Vec<u8> {
    lines.concat()
}

/// How many records the long runs attack; `None` in the ordinary one.
fn records() -> Option<usize> {
    std::env::var("STRONGROOM_RECORDS").ok().map(|number| number.parse().unwrap())
}

/// Four records a student.
async fn long_log() -> Bench {
    let wanted = records().unwrap_or(80);
    let bench = Bench::new(wanted.div_ceil(4)).await;
    let count = bench.lines().len();
    assert!(count >= wanted, "{count}");
    println!("a log of {count} records, {} bytes:", bench.whole.len());
    bench
}

#[tokio::test]
async fn every_flipped_bit_is_found() {
    // Each kind of record once: making a vault and giving access, what was meant and what came of it.
    let bench = Bench::new(1).await;
    assert_eq!(bench.lines().len(), 4);
    let (mut all, mut bytes) = (Tally::default(), bench.whole.clone());
    for at in 0..bytes.len() {
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            all.note(&bench.look(&bytes));
            bytes[at] ^= 1 << bit;
        }
    }
    println!("a log of {} records, {} bytes:", bench.lines().len(), bytes.len());
    all.all_by_chain("each of the 8 bits of every byte flipped");
}

#[tokio::test]
async fn a_flipped_bit_is_found_wherever_it_stands() {
    let bench = long_log().await;
    let mut bits = Tally::default();
    let (mut random, mut bytes) = (fastrand::Rng::with_seed(8), bench.whole.clone());
    for at in (0..bytes.len()).step_by(if records().is_some() { 1 } else { 61 }) {
        let flip = 1 << random.u8(0..8);
        bytes[at] ^= flip;
        bits.note(&bench.look(&bytes));
        bytes[at] ^= flip;
    }
    bits.all_by_chain("one random bit flipped, everywhere");
}

#[tokio::test]
async fn lines_that_are_taken_moved_repeated_or_put_in_are_found() {
    let bench = long_log().await;
    let lines = bench.lines();
    let (count, mut random) = (lines.len(), fastrand::Rng::with_seed(8));

    let (mut inner, mut twice, mut put_in) = (Tally::default(), Tally::default(), Tally::default());
    let forged = String::from_utf8(lines[count / 2].to_vec()).unwrap().replace("grant", "revoke");
    for at in 0..count {
        if at + 1 < count {
            let mut fewer = lines.clone();
            fewer.remove(at);
            inner.note(&bench.look(&joined(&fewer)));
        }
        let mut more = lines.clone();
        more.insert(at, lines[at]);
        twice.note(&bench.look(&joined(&more)));
        more[at] = forged.as_bytes();
        put_in.note(&bench.look(&joined(&more)));
    }
    inner.all_by_chain("every line but the last deleted, one at a time");
    twice.all_by_chain("every line repeated");
    put_in.all_by_chain("a well-formed forged line put in before every line");

    let mut swapped = Tally::default();
    let neighbours = (0..count - 1).map(|at| (at, at + 1));
    let pairs = (0..3 * count).map(|_| (random.usize(0..count), random.usize(0..count)));
    for (one, other) in neighbours.chain(pairs).filter(|(one, other)| one != other) {
        let mut lines = lines.clone();
        lines.swap(one, other);
        swapped.note(&bench.look(&joined(&lines)));
    }
    swapped.all_by_chain("two lines swapped: all neighbours and random pairs");

    let (small, mut all) = (Bench::new(4).await, Tally::default());
    for one in 0..small.lines().len() {
        for other in 0..one {
            let mut lines = small.lines();
            lines.swap(one, other);
            all.note(&small.look(&joined(&lines)));
        }
    }
    all.all_by_chain("two lines swapped: every pair of a log of 16");
}

#[tokio::test]
async fn what_is_cut_off_or_replaced_is_found_with_a_checkpoint_and_told_as_not_proved_without() {
    let bench = long_log().await;
    let lines = bench.lines();
    let count = lines.len();

    let mut cut = Tally::default();
    for kept in 0..count {
        cut.note(&bench.look(&joined(&lines[..kept])));
    }
    cut.all_by_checkpoint("cut off after every line, from nothing to the last but one");

    let mut half = Tally::default();
    for line in 0..count {
        let start: usize = lines[..line].iter().map(|line| line.len()).sum();
        half.note(&bench.look(&bench.whole[..start + lines[line].len() / 2]));
    }
    half.all_by_checkpoint("cut off in the middle of every line, as a crash does");

    // This program itself goes on after a cut, as after a crash: what it writes then is good by the chain.
    let mut cut_and_on = Tally::default();
    for kept in (1..count).step_by((count / 20).max(1)) {
        fs::write(bench.log(), joined(&lines[..kept])).unwrap();
        let audit = Audit::open(&bench.log(), &bench.key).unwrap();
        let intent = strongroom::audit::Intent {
            op: "grant",
            args: serde_json::json!({}),
            actor: Actor::default(),
            plan: None,
            before: None,
        };
        audit.intend(&vec![intent; count - kept + 3], jiff::Timestamp::now()).unwrap();
        let longer = fs::read(bench.log()).unwrap();
        cut_and_on.note(&bench.look(&longer));
    }
    cut_and_on.all_by_checkpoint("cut off and continued by the program to more records than before");

    let mut older = Tally::default();
    for kept in (10..count).step_by(10) {
        older.note(&bench.look(&joined(&lines[..kept])));
    }
    older.all_by_checkpoint("replaced by an older copy of itself");

    let mut foreign = Tally::default();
    let other = bench.under_another_key();
    let others: Vec<&[u8]> = other.split_inclusive(|byte| *byte == b'\n').collect();
    foreign.note(&bench.look(&other));
    for kept in (1..count).step_by(10) {
        foreign.note(&bench.look(&joined(&[&lines[..kept], &others[kept..]].concat())));
        foreign.note(&bench.look(&joined(&[&lines[..kept], &others[..1]].concat())));
    }
    foreign.all_by_chain("stamped anew under another key, from every tenth line on, or its lines added");

    let mut unstamped = Tally::default();
    for at in (0..count).step_by(10) {
        let changed = String::from_utf8(lines[at].to_vec()).unwrap().replacen("CS101", "CS102", 1);
        let changed = changed.replacen("\"user\":\"u\"", "\"user\":\"w\"", 1);
        let (body, _) = changed.split_once(",\"mac\":\"").unwrap();
        // Whoever has no key may try a hash without one, that of another record, or nothing.
        let hash = sha256(&format!("{body}}}"));
        let of_next: String = String::from_utf8(lines[(at + 1) % count].to_vec()).unwrap();
        let of_next = of_next.split_once(",\"mac\":\"").unwrap().1[..64].to_owned();
        for mac in [hash, of_next, "0".repeat(64)] {
            let stamped = format!("{body},\"mac\":\"{mac}\"}}\n");
            let mut lines = lines.clone();
            lines[at] = stamped.as_bytes();
            unstamped.note(&bench.look(&joined(&lines)));
        }
    }
    unstamped.all_by_chain("changed and stamped without the key");

    let mut swapped_key = Tally::default();
    fs::write(&bench.key, [7; 32]).unwrap();
    swapped_key.note(&bench.look(&bench.whole));
    swapped_key.all_by_chain("the key replaced by another");
}

fn sha256(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    let hex = |text: String, byte: &u8| text + &format!("{byte:02x}");
    Sha256::digest(text).iter().fold(String::new(), hex)
}

#[test]
#[ignore = "a measurement; run it with --release --nocapture"]
fn a_million_records_are_checked_in_seconds() {
    let dir = TempDir::new().unwrap();
    let (log, key) = (dir.path().join("log/audit.jsonl"), dir.path().join("key/audit.key"));
    let audit = Audit::open(&log, &key).unwrap();
    let intent = strongroom::audit::Intent {
        op: "grant",
        args: serde_json::json!({ "vault": "v".repeat(26), "who": "P".repeat(26), "level": "write" }),
        actor: Actor { machine: "lab-3".into(), user: "ines".into(), ..Actor::default() },
        plan: Some("abcdefgh:12345678".into()),
        before: Some(serde_json::json!(["view_items", "create_items"])),
    };
    let count = std::env::var("RECORDS").ok().and_then(|count| count.parse().ok()).unwrap_or(1_000_000);
    for _ in 0..count / 1000 {
        audit.intend(&vec![intent.clone(); 1000], jiff::Timestamp::now()).unwrap();
    }
    let began = std::time::Instant::now();
    let (verified, _) = verify_against(&log, &key, &[]).unwrap();
    let took = began.elapsed();
    assert_eq!((verified.records, verified.first_bad), (count / 1000 * 1000, None));
    let bytes = fs::metadata(&log).unwrap().len();
    println!("{count} records, {bytes} bytes, checked in {took:?}");
}
