//! The log under attack, under load and on bad disks.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;
use tempfile::TempDir;

use super::*;

pub(super) struct Bench {
    dir: TempDir,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }
    pub(super) fn log(&self) -> PathBuf {
        self.dir.path().join("state/audit.jsonl")
    }
    pub(super) fn key(&self) -> PathBuf {
        self.dir.path().join("config/audit.key")
    }
    pub(super) fn audit(&self) -> Audit {
        Audit::open(&self.log(), &self.key()).unwrap()
    }
    pub(super) fn verify(&self) -> Verified {
        verify(&self.log(), &self.key()).unwrap()
    }
    pub(super) fn lines(&self) -> Vec<String> {
        fs::read_to_string(self.log()).unwrap().lines().map(str::to_owned).collect()
    }
    /// Puts other bytes in the log's place and says where the chain breaks.
    pub(super) fn broken_at(&self, bytes: &[u8]) -> Option<u64> {
        fs::write(self.log(), bytes).unwrap();
        self.verify().first_bad.map(|bad| bad.line)
    }
}

pub(super) fn now() -> Timestamp {
    "2026-11-02T09:30:00.5Z".parse().unwrap()
}

pub(super) fn intent(op: &'static str) -> Intent {
    let actor = Actor {
        machine: "lab-3".into(),
        user: "ines".into(),
        service_account: "SA".into(),
        ..Actor::default()
    };
    Intent { op, args: json!({"vault": "v1"}), actor, plan: None, before: None }
}

/// Three operations, the last one open: five records.
fn filled() -> Bench {
    let bench = Bench::new();
    let audit = bench.audit();
    let done = audit.intend(&[intent("grant"), intent("revoke")], now()).unwrap();
    audit.conclude(&done[0], Outcome::Done, None, Some(json!({"level": "read"})), now()).unwrap();
    audit.conclude(&done[1], Outcome::Failed, Some("no such vault"), None, now()).unwrap();
    audit.intend(&[intent("create-vault")], now()).unwrap();
    audit.flush().unwrap();
    bench
}

fn text(lines: &[String]) -> Vec<u8> {
    lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect()
}

#[test]
fn a_whole_log_verifies_and_lists() {
    let bench = filled();
    let found = bench.verify();
    assert_eq!((found.records, found.first_bad, found.torn_tail), (5, None, false));
    assert_eq!(found.open_intents, [Seq(5)]);
    let records = bench.audit().list(&Filter::default()).unwrap().0;
    assert_eq!(records.iter().map(|r| r.seq.0).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(records[3].of, Some(Seq(2)));
    assert_eq!(records[3].outcome, Some(Outcome::Failed));
    assert_eq!(found.head.unwrap().mac, records[4].mac);
    let open = bench.audit().open_intents().unwrap();
    assert_eq!(open, records[4..]);
    let newest = bench.audit().list(&Filter { limit: Some(2), ..Filter::default() }).unwrap().0;
    assert_eq!(newest, records[3..]);
    let grants = bench.audit().list(&Filter { op: Some("grant".into()), ..Filter::default() }).unwrap().0;
    assert_eq!(grants.len(), 2);
}

#[test]
fn every_changed_byte_is_found() {
    let bench = filled();
    let whole = fs::read(bench.log()).unwrap();
    for at in 0..whole.len() {
        for flip in [0x01, 0x20, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            assert!(bench.broken_at(&bytes).is_some(), "byte {at} flipped by {flip:#x}");
        }
    }
}

#[test]
fn deleted_moved_repeated_and_foreign_lines_are_found() {
    let bench = filled();
    let lines = bench.lines();
    for at in 0..lines.len() {
        let mut fewer = lines.clone();
        fewer.remove(at);
        let last = at + 1 == lines.len(); // a cut tail is beyond what a chain can prove
        let expected = (!last).then_some(at as u64 + 1);
        assert_eq!(bench.broken_at(&text(&fewer)), expected, "without line {at}");
        let mut twice = lines.clone();
        twice.insert(at, lines[at].clone());
        assert_eq!(bench.broken_at(&text(&twice)), Some(at as u64 + 2), "line {at} twice");
        for other in 0..at {
            let mut swapped = lines.clone();
            swapped.swap(at, other);
            assert_eq!(bench.broken_at(&text(&swapped)), Some(other as u64 + 1), "{at} and {other}");
        }
        let mut more = lines.clone();
        more.insert(at, r#"{"seq":1}"#.into());
        assert_eq!(bench.broken_at(&text(&more)), Some(at as u64 + 1), "a line before {at}");
    }
}

#[test]
fn a_log_stamped_under_another_key_is_found() {
    let (bench, other) = (filled(), filled());
    fs::copy(other.log(), bench.log()).unwrap();
    assert_eq!(bench.verify().first_bad.unwrap().line, 1);
    let fault = bench.audit().intend(&[intent("grant")], now()).unwrap_err();
    assert_eq!(fault.kind, Kind::Local);
    assert!(bench.audit().open_intents().is_err());
}

#[test]
fn a_record_of_an_older_chain_does_not_fit_into_a_new_one() {
    let bench = Bench::new();
    let log = || {
        bench.audit().intend(&[intent("grant"), intent("revoke")], now()).unwrap();
        let lines = bench.lines();
        fs::remove_file(bench.log()).unwrap();
        lines
    };
    let first = log();
    bench.audit().intend(&[intent("other")], now()).unwrap();
    let mut mixed = bench.lines();
    mixed.push(first[1].clone());
    assert_eq!(bench.broken_at(&text(&mixed)), Some(2));
}

#[test]
fn a_torn_last_line_is_cut_off_before_the_next_record() {
    let bench = filled();
    let lines = bench.lines();
    let whole = text(&lines);
    let last = lines.last().unwrap().len() + 1;
    for kept in [whole.len() - 1, whole.len() - 2, whole.len() - last / 2, whole.len() - last + 1] {
        fs::write(bench.log(), &whole[..kept]).unwrap();
        let found = bench.verify();
        assert_eq!((found.records, found.torn_tail, found.first_bad), (4, true, None), "{kept} bytes");
        let seqs = bench.audit().intend(&[intent("grant")], now()).unwrap();
        assert_eq!(seqs[0].seq(), Seq(5));
        let found = bench.verify();
        assert_eq!((found.records, found.torn_tail, found.first_bad), (5, false, None));
    }
    fs::write(bench.log(), b"{\"seq\":1,").unwrap();
    bench.audit().intend(&[intent("grant")], now()).unwrap();
    assert_eq!(bench.verify().records, 1);
}

#[test]
fn a_record_whose_line_feed_was_changed_is_not_cut_off() {
    let bench = filled();
    let mut bytes = fs::read(bench.log()).unwrap();
    *bytes.last_mut().unwrap() = b' ';
    fs::write(bench.log(), &bytes).unwrap();
    assert!(bench.audit().intend(&[intent("grant")], now()).is_err());
    assert_eq!(fs::read(bench.log()).unwrap(), bytes);
}

#[test]
fn many_writers_keep_one_chain() {
    let bench = Bench::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let audit = bench.audit(); // the first ones also race for making the key
                for _ in 0..25 {
                    let intended = audit.intend(&[intent("grant"), intent("revoke")], now()).unwrap();
                    for of in &intended {
                        audit.conclude(of, Outcome::Done, None, None, now()).unwrap();
                    }
                }
                audit.flush().unwrap();
            });
        }
    });
    let found = bench.verify();
    assert_eq!((found.records, found.first_bad), (400, None));
    assert!(found.open_intents.is_empty());
}

#[test]
fn hostile_text_stays_inside_its_line() {
    let bench = Bench::new();
    let audit = bench.audit();
    let mut hostile = intent("grant");
    hostile.args = json!({"a\u{202e}b": "x\u{1b}]52;\u{9b}2J\n\u{7f}é🙂"});
    hostile.plan = Some("p\u{1b}[2J".into());
    let of = audit.intend(&[hostile.clone()], now()).unwrap();
    audit.conclude(&of[0], Outcome::Unknown, Some("bad\r\n\u{1b}answer"), None, now()).unwrap();
    let bytes = fs::read(bench.log()).unwrap();
    assert!(bytes.iter().all(|b| *b == b'\n' || (b' '..=b'~').contains(b)));
    assert_eq!(bench.lines().len(), 2);
    assert_eq!(bench.verify().records, 2);
    let records = bench.audit().list(&Filter::default()).unwrap().0;
    assert_eq!(records[0].args, hostile.args);
    assert_eq!(records[1].message.as_ref().unwrap().as_str(), "bad⏎<ESC>answer");
}

#[test]
fn what_cannot_be_written_is_a_fault() {
    let bench = Bench::new();
    let audit = bench.audit();
    fs::create_dir_all(bench.log()).unwrap();
    let fault = audit.intend(&[intent("grant")], now()).unwrap_err();
    assert_eq!(fault.kind, Kind::Local);
    assert!(fault.to_string().contains("audit.jsonl"), "{fault}");
    assert!(verify(&bench.log(), &bench.key()).is_err());

    let mut long = intent("grant");
    long.args = json!("x".repeat(record::LINE_LIMIT));
    fs::remove_dir(bench.log()).unwrap();
    assert!(audit.intend(&[intent("grant"), long], now()).is_err());
    assert_eq!(bench.verify().records, 0, "all or nothing");
    fs::remove_dir_all(bench.dir.path().join("state")).unwrap();
    fs::write(bench.dir.path().join("state"), "a file in the way").unwrap();
    assert!(audit.intend(&[intent("grant")], now()).is_err());
}

#[test]
#[cfg(target_os = "linux")]
fn whatever_is_no_plain_file_is_refused_and_nobody_waits_for_it() {
    let bench = Bench::new();
    let audit = bench.audit();
    fs::create_dir_all(bench.dir.path().join("state")).unwrap();
    let odd: [fn(&Path); 3] = [
        |log| std::os::unix::fs::symlink("/dev/full", log).unwrap(),
        |log| std::os::unix::fs::symlink(log.with_extension("elsewhere"), log).unwrap(),
        |log| {
            rustix::fs::mkfifoat(rustix::fs::CWD, log, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR)
                .unwrap();
        },
    ];
    for put in odd {
        put(&bench.log());
        let fault = audit.intend(&[intent("grant")], now()).unwrap_err();
        assert!(fault.to_string().contains("audit.jsonl"), "{fault}");
        assert!(audit.list(&Filter::default()).is_err());
        assert!(verify(&bench.log(), &bench.key()).is_err());
        fs::remove_file(bench.log()).unwrap();
    }
    assert!(!bench.log().with_extension("elsewhere").exists(), "nothing is written through a link");
    audit.intend(&[intent("grant")], now()).unwrap();
    fs::remove_file(bench.key()).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, bench.key(), rustix::fs::Mode::RUSR).unwrap();
    assert!(Audit::open(&bench.log(), &bench.key()).unwrap_err().to_string().contains("no plain file"));
}

#[test]
fn a_failed_append_leaves_the_log_as_it_was() {
    let bench = filled();
    let before = fs::read(bench.log()).unwrap();
    let read_only = File::open(bench.log()).unwrap(); // every write fails
    assert!(file::append(&read_only, before.len() as u64, b"half a rec", true).is_err());
    assert_eq!(fs::read(bench.log()).unwrap(), before);
}

#[test]
fn log_and_key_are_for_their_owner_only() {
    rustix::process::umask(rustix::fs::Mode::empty()); // nothing may depend on it
    let bench = filled();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&bench.log()), mode(&bench.key())), (0o600, 0o600));
    let folder = |path: PathBuf| mode(path.parent().unwrap());
    assert_eq!((folder(bench.log()), folder(bench.key())), (0o700, 0o700));
    assert_eq!(fs::read(bench.key()).unwrap().len(), 32);

    fs::set_permissions(bench.key(), fs::Permissions::from_mode(0o640)).unwrap();
    let fault = Audit::open(&bench.log(), &bench.key()).unwrap_err();
    assert!(fault.to_string().contains("chmod 600"), "{fault}");
}

#[test]
fn keys_that_cannot_protect_the_log_are_refused() {
    let bench = filled();
    let beside = bench.dir.path().join("state/audit.key");
    assert!(Audit::open(&bench.log(), &beside).is_err());
    assert!(Audit::open(&bench.log(), &bench.dir.path().join("config/../state/audit.key")).is_err());
    assert!(!beside.exists());

    fs::write(bench.key(), "short").unwrap();
    assert!(Audit::open(&bench.log(), &bench.key()).is_err());
    fs::remove_file(bench.key()).unwrap();
    let fault = Audit::open(&bench.log(), &bench.key()).unwrap_err();
    assert!(fault.to_string().contains("backup"), "{fault}");
    assert!(!bench.key().exists(), "a new key would make the whole log look forged");
}

#[test]
fn pseudonyms_depend_on_the_key_and_the_text() {
    let (one, other) = (Bench::new(), Bench::new());
    let name = one.audit().pseudonym("ines@example.edu");
    assert_eq!(name, one.audit().pseudonym("ines@example.edu"));
    assert_eq!(name.len(), 16);
    assert_ne!(name, one.audit().pseudonym("ines@example.ed"));
    assert_ne!(name, other.audit().pseudonym("ines@example.edu"));
}

#[test]
fn whether_an_account_changed_a_vault_is_told_by_its_ids_and_by_what_was_done() {
    let bench = Bench::new();
    let audit = bench.audit();
    let changed = |vault: &str, account: &str| audit.has_changed(vault, account).unwrap();
    let [open, refused, made, granted] = ["grant", "grant", "create-vault", "grant"].map(|op| {
        let vault = if op == "create-vault" { json!({}) } else { json!({"vault": "v1"}) };
        audit.intend(&[Intent { args: vault, ..intent(op) }], now()).unwrap().remove(0)
    });
    drop(open);
    audit.conclude(&refused, Outcome::Refused, None, None, now()).unwrap();
    assert!(!changed("v1", "SA"), "nothing of it was done");
    audit.conclude(&made, Outcome::Done, None, Some(json!({"vault": "v2"})), now()).unwrap();
    assert!(changed("v2", "SA") && !changed("v1", "SA"));
    audit.conclude(&granted, Outcome::Done, None, Some(json!({"level": "read"})), now()).unwrap();
    assert!(changed("v1", "SA") && !changed("v1", "SB") && !changed("v2", "SB") && !changed("v3", "SA"));
}

#[test]
fn a_line_without_an_end_is_torn_up_to_the_limit_and_too_long_beyond_it() {
    for (length, is_torn) in
        [(record::LINE_LIMIT - 1, true), (record::LINE_LIMIT, true), (record::LINE_LIMIT + 1, false)]
    {
        let bench = filled();
        let whole = text(&bench.lines());
        let bad = bench.broken_at(&[whole.as_slice(), vec![b'x'; length].as_slice()].concat());
        assert_eq!((bad.is_none(), bench.verify().torn_tail), (is_torn, is_torn), "{length}");
    }
}

#[test]
fn what_a_checkpoint_says_of_the_log_may_forbid_going_on() {
    use checkpoint::Compared as C;
    for (compared, contradicts, denies) in [
        (C::Proved, false, false),
        (C::Short, true, true),
        (C::Replaced, true, true),
        (C::Anew, true, true),
        (C::Broken, false, false),
        (C::NotOurs, false, true),
    ] {
        assert_eq!((compared.contradicts(), compared.denies()), (contradicts, denies), "{compared:?}");
    }
}
