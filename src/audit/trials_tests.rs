//! The log on disks that fail: at any call, in any way, nothing is half done and nothing is forgotten.

use std::fs;

use rustix::io::Errno;

use super::disk::{Call, script};
use super::tests::{Bench, intent, now};
use super::*;

const WAYS: [Errno; 5] = [Errno::NOSPC, Errno::ROFS, Errno::ACCESS, Errno::IO, Errno::DQUOT];

#[test]
fn a_disk_that_fails_leaves_a_whole_log_and_the_next_record_follows() {
    let calls = [Call::Open, Call::Lock, Call::Read, Call::Write, Call::Sync];
    for call in calls {
        for how in WAYS {
            let bench = Bench::new();
            let audit = bench.audit();
            let done = audit.intend(&[intent("grant")], now()).unwrap();
            let whole = fs::read(bench.log()).unwrap();
            script::fail(call, 0, how);
            let fault = audit.intend(&[intent("revoke"), intent("grant")], now()).unwrap_err();
            assert_eq!(fault.kind, Kind::Local);
            assert!(fault.to_string().contains("audit.jsonl") && fault.hint.is_some(), "{fault}");
            assert!(script::mend() > 0, "{call:?} was never called");
            assert_eq!(fs::read(bench.log()).unwrap(), whole, "{call:?} {how:?}");
            audit.conclude(&done[0], Outcome::Done, None, None, now()).unwrap();
            audit.flush().unwrap();
            let found = bench.verify();
            assert_eq!(
                (found.records, found.first_bad, found.torn_tail),
                (2, None, false),
                "{call:?} {how:?}"
            );
        }
    }
}

#[test]
fn where_not_even_cutting_off_works_the_next_writer_does_it() {
    for call in [Call::Write, Call::Sync] {
        let bench = Bench::new();
        let audit = bench.audit();
        audit.intend(&[intent("grant")], now()).unwrap();
        script::fail(call, 0, Errno::IO);
        script::fail(Call::Cut, 0, Errno::IO);
        audit.intend(&[intent("revoke")], now()).unwrap_err();
        assert!(script::mend() >= 2);
        let left = bench.verify();
        assert_eq!((left.first_bad, left.torn_tail), (None, call == Call::Write), "{call:?}");
        audit.intend(&[intent("grant")], now()).unwrap();
        assert_eq!(bench.verify().first_bad, None);
        // What was whole but never known to be safe stays as an intent that nothing came of.
        assert_eq!(bench.verify().records, if call == Call::Write { 2 } else { 3 });
    }
}

#[test]
fn a_result_that_could_not_be_synced_is_synced_by_the_next_flush() {
    let bench = Bench::new();
    let audit = bench.audit();
    let done = audit.intend(&[intent("grant")], now()).unwrap();
    audit.conclude(&done[0], Outcome::Done, None, None, now()).unwrap();
    script::fail(Call::Sync, 0, Errno::IO);
    audit.flush().unwrap_err();
    assert_eq!(script::mend(), 1);
    script::fail(Call::Sync, 0, Errno::IO);
    audit.flush().unwrap_err();
    assert_eq!(script::mend(), 1, "it is not forgotten that there is something to sync");
    audit.flush().unwrap();
}

#[test]
fn a_log_that_lost_records_meanwhile_takes_no_more() {
    let bench = Bench::new();
    let audit = bench.audit();
    audit.intend(&[intent("grant"), intent("revoke")], now()).unwrap();
    let whole = fs::read(bench.log()).unwrap();
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for left in [first, 0] {
        fs::write(bench.log(), &whole[..left]).unwrap();
        let fault = audit.clone().intend(&[intent("grant")], now()).unwrap_err();
        assert!(fault.to_string().contains("has lost records"), "{fault}");
        assert_eq!(fs::read(bench.log()).unwrap(), &whole[..left]);
    }
    fs::remove_file(bench.log()).unwrap();
    audit.intend(&[intent("grant")], now()).unwrap_err();
    // Brought back, it goes on by itself; and a program that begins now knows no better.
    fs::write(bench.log(), &whole).unwrap();
    assert_eq!(audit.intend(&[intent("grant")], now()).unwrap()[0].seq(), Seq(3));
    fs::write(bench.log(), &whole[..first]).unwrap();
    assert_eq!(bench.audit().intend(&[intent("grant")], now()).unwrap()[0].seq(), Seq(2));
}

#[test]
fn a_checkpoint_tells_what_the_chain_cannot() {
    let bench = Bench::new();
    let audit = bench.audit();
    audit.intend(&[intent("grant"), intent("revoke")], now()).unwrap();
    let (verified, _) = audit.verify_against(&[]).unwrap();
    let (actor, head, first) = (Actor::default(), verified.head.unwrap(), verified.first.unwrap());
    let about = About { class: "CS101", account: "A", actor: &actor, first, head };
    let checkpoint = audit.checkpoint(&about, now()).unwrap();
    let json = checkpoint.to_json().unwrap();
    let again = Checkpoint::parse(json.as_bytes()).unwrap();
    assert_eq!(again, checkpoint);
    let compare = |one: &Checkpoint| {
        verify_against(&bench.log(), &bench.key(), std::slice::from_ref(one)).unwrap().1[0]
    };
    audit.intend(&[intent("grant")], now()).unwrap();
    assert_eq!(compare(&checkpoint), Compared::Proved);

    let whole = fs::read(bench.log()).unwrap();
    let ends: Vec<usize> =
        whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
    fs::write(bench.log(), &whole[..ends[0]]).unwrap();
    assert_eq!(compare(&checkpoint), Compared::Short);
    bench.audit().intend(&[intent("grant")], now()).unwrap();
    assert_eq!(compare(&checkpoint), Compared::Replaced, "by somebody with the key, or by this program");
    fs::write(bench.log(), "").unwrap();
    assert_eq!(compare(&checkpoint), Compared::Short);
    bench.audit().intend(&[intent("other")], now()).unwrap();
    assert_eq!(compare(&checkpoint), Compared::Anew);
    let mut broken = whole.clone();
    broken[ends[0] + 10] ^= 1;
    fs::write(bench.log(), &broken).unwrap();
    assert_eq!(compare(&checkpoint), Compared::Broken);
    fs::write(bench.log(), &whole).unwrap();

    // Nobody without the key writes one.
    let digits = serde_json::from_str::<Value>(&json).unwrap();
    for name in ["class", "account", "time", "machine", "mac", "first", "code"] {
        let mut forged = digits.clone();
        let text = forged[name].as_str().unwrap();
        let other =
            if name == "time" { "2026-11-02T09:30:01Z".to_owned() } else { text.replacen(|_| true, "0", 1) };
        let other = if other == text { text.replacen(|_| true, "1", 1) } else { other };
        forged[name] = if text.is_empty() { "x".into() } else { other.into() };
        let forged = Checkpoint::parse(forged.to_string().as_bytes()).unwrap();
        assert_eq!(compare(&forged), Compared::NotOurs, "{name}");
    }
    for bad in ["", "{}", "[1]", &json.replace("checkpoint/1", "checkpoint/2"), &json.replace(":2,", ":3,")] {
        let fault = Checkpoint::parse(bad.as_bytes());
        assert!(fault.is_err() || compare(&fault.unwrap()) == Compared::NotOurs, "{bad}");
    }
}

#[test]
fn a_walk_shows_what_a_list_shows_and_ends_when_it_is_told() {
    use std::ops::ControlFlow;
    let bench = Bench::new();
    let audit = bench.audit();
    for _ in 0..5 {
        audit.intend(&[intent("grant"), intent("revoke")], now()).unwrap();
    }
    let filter = Filter { op: Some("revoke".into()), ..Filter::default() };
    let mut seen = Vec::new();
    let read = audit.read(&filter, |record| {
        seen.push(record);
        Ok(if seen.len() == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    });
    assert_eq!(read.unwrap(), None);
    let (listed, bad) = audit.list(&filter).unwrap();
    assert_eq!((&seen[..], bad), (&listed[..3], None));
    let newest = audit.list(&Filter { limit: Some(2), ..filter.clone() }).unwrap().0;
    assert_eq!(newest, listed[3..]);
    fs::remove_file(bench.log()).unwrap();
    assert_eq!(audit.read(&filter, |_| Err(Fault::new(Kind::Broken, "called"))).unwrap(), None);
}

#[test]
fn reading_ends_at_the_first_bad_line_and_goes_on_behind_it_only_when_asked() {
    let bench = Bench::new();
    let audit = bench.audit();
    audit.intend(&vec![intent("grant"); 6], now()).unwrap();
    let whole = fs::read_to_string(bench.log()).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let numbers = |filter: &Filter| {
        let (records, bad) = audit.list(filter).unwrap();
        (records.iter().map(|record| record.seq.0).collect::<Vec<_>>(), bad.map(|bad| bad.line))
    };
    let after = |seq: u64| Filter { after: Some(Seq(seq)), ..Filter::default() };
    assert_eq!(numbers(&after(4)), (vec![5, 6], None));
    assert_eq!(numbers(&after(6)), (vec![], None));
    // Forged, no record at all, left out, moved.
    let forged = lines[2].replace("grant", "grand");
    let without = [lines[0], lines[1], lines[3], lines[4], lines[5]].concat();
    let moved = [lines[0], lines[1], lines[3], lines[2], lines[4], lines[5]].concat();
    for bad in [whole.replace(lines[2], &forged), whole.replace(lines[2], "x\n"), without, moved] {
        fs::write(bench.log(), &bad).unwrap();
        assert_eq!(numbers(&Filter::default()), (vec![1, 2], Some(3)), "{bad}");
        assert_eq!(numbers(&after(4)), (vec![5, 6], None), "{bad}");
        assert!(audit.has_changed("v", "s").is_err() && audit.vaults_begun().is_err());
    }
    // What stands behind it is checked all the same.
    let twice = whole.replace(lines[2], "x\n").replace(lines[4], &lines[4].replace("grant", "grand"));
    fs::write(bench.log(), twice).unwrap();
    assert_eq!(numbers(&after(3)), (vec![4], Some(5)));
}
