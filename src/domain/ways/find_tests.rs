//! Since when and by whom, as 1Password reports it, beside what the log and the lists tell.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::domain::access::{Level, Permissions};
use crate::domain::class::Exception;
use crate::domain::events::Activity;
use crate::domain::events::tests::audit;
use crate::domain::frame::Facts;
use crate::domain::frame::tests::{frame, group, id, key, set, someone, vault};
use crate::domain::job::JobId;

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
}

/// An event on the vault of a.
fn event(minutes: i64, by: &str, what: (&str, &str), on: (&str, &str)) -> Activity {
    let mut one = audit(usize::try_from(minutes).unwrap(), at(minutes), 'x', what, on);
    one.actor = Actor { id: Some(id(by)), name: by.into(), email: None };
    one
}

fn on_a(minutes: i64, by: &str, action: &str, who: &Principal) -> Activity {
    let object = if matches!(who, Principal::Group(_)) { "gva" } else { "uva" };
    event(minutes, by, (action, object), (vault("a").as_str(), who.id()))
}

/// The vault of a with x and a group on it, since 100 minutes by the lists.
fn paths(who: &Principal, log: &Log, records: Vec<Activity>, adjust: impl FnOnce(&mut Facts)) -> Vec<Path> {
    let mut frame = frame(adjust);
    let set = set(Level::Read);
    let mut seen = Presence::new();
    for who in [someone("x"), Principal::Group(group("tas"))] {
        frame.know(&vault("a"), &who, Cell::Proved { set, at: at(100) });
        seen.insert((vault("a"), who), Present { since: at(100), absent: Some(at(90)) });
    }
    frame.listed.insert(vault("a"), at(100));
    let holders = holders(&frame, &vault("a"), log, &seen, &Reported::of(records));
    holders.into_iter().find(|holder| holder.who == *who).map_or_else(Vec::new, |holder| holder.paths)
}

fn own(log: &Log, records: Vec<Activity>) -> (Option<Timestamp>, String, Option<PersonId>) {
    let path = paths(&someone("x"), log, records, |_| {}).remove(0);
    (path.since, path.by.unwrap().to_string(), path.actor.and_then(|actor| actor.id))
}

fn given(set: Permissions, minutes: i64) -> Log {
    let job = JobId::parse("jobaaaaa");
    let given = Given { at: at(minutes), by: "u on m".into(), job, set };
    let told = Told { given: [(someone("x"), given)].into(), made: None };
    Log { vaults: [(vault("a"), told)].into(), begun: None }
}

#[test]
fn what_is_reported_tells_since_when_and_who() {
    let nothing = Log::default();
    let (since, by, actor) = own(&nothing, vec![]);
    assert_eq!((since, actor), (Some(at(100)), None));
    assert!(by.starts_with("not by us: first seen "), "{by}");
    let x = someone("x");
    let (since, by, actor) = own(&nothing, vec![on_a(95, "t", "grant", &x)]);
    assert_eq!((since, actor), (Some(at(95)), Some(id("t"))));
    assert_eq!(by, format!("given by t ({}), as 1Password reports", id("t")));
    let (since, by, _) = own(&nothing, vec![on_a(95, "t", "grant", &x), on_a(97, "b", "update", &x)]);
    assert_eq!(since, Some(at(95)));
    assert!(by.contains("; changed 2027-01-15 ") && by.contains(&format!(" by b ({})", id("b"))), "{by}");
}

#[test]
fn of_what_was_done_with_our_token_the_log_knows_more() {
    let (x, set) = (someone("x"), set(Level::Read));
    let (since, by, actor) = own(&given(set, 95), vec![on_a(95, "sa", "grant", &x)]);
    assert_eq!(
        (since, by.as_str(), actor),
        (Some(at(95)), "given by u on m in job jobaaaaa", Some(id("sa")))
    );
    // The first record is a change of what was there before: our own job's.
    let (_, by, _) = own(&given(set, 95), vec![on_a(99, "sa", "update", &x)]);
    assert_eq!(by, "given by u on m in job jobaaaaa");
    let (_, by, _) = own(&given(set, 95), vec![on_a(95 + 61, "sa", "update", &x)]);
    assert!(by.ends_with("with the token in use here, by no record of this log"), "{by}");
    // The log took it away, and somebody with the same token gave it again.
    let (_, by, _) = own(&given(Permissions::NONE, 94), vec![on_a(95, "sa", "grant", &x)]);
    assert_eq!(by, "given with the token in use here, by no record of this log");
}

#[test]
fn a_grant_of_ours_without_a_record_may_be_older_than_the_log() {
    let mut frame = frame(|_| {});
    let x = someone("x");
    frame.know(&vault("a"), &x, Cell::Ledger { set: set(Level::Read), at: at(50) });
    let of = |begun| {
        let log = Log { begun, ..Log::default() };
        let mut holders =
            holders(&frame, &vault("a"), &log, &Presence::new(), &Reported::of(vec![])).into_iter();
        holders.find(|holder| holder.who == x).unwrap().paths.remove(0).by.unwrap().to_string()
    };
    let ends = |begun, with| assert!(of(begun).ends_with(with), "{begun:?}: {}", of(begun));
    ends(Some(at(51)), ": from before the log began");
    ends(Some(Timestamp::MAX), ": from before the log began");
    ends(Some(at(50)), ": the log has no record of it");
    ends(None, ": the log has no record of it");
}

#[test]
fn what_does_not_tell_when_it_began_or_says_it_is_gone_only_adds_to_what_is_known() {
    let (nothing, x) = (Log::default(), someone("x"));
    for (action, words) in [("update", "; changed 2027-"), ("revoke", "; reported as taken away 2027-")] {
        let (since, by, actor) = own(&nothing, vec![on_a(95, "t", action, &x)]);
        assert_eq!((since, actor), (Some(at(100)), Some(id("t"))), "{action}");
        assert!(by.starts_with("not by us: first seen ") && by.contains(words), "{by}");
    }
}

#[test]
fn through_a_group_it_began_when_both_were_so() {
    let tas = Principal::Group(group("tas"));
    let join =
        |minutes, action| event(minutes, "b", (action, "gm"), (group("tas").as_str(), id("x").as_str()));
    let through = |records, members: bool| {
        let adjust = |facts: &mut Facts| {
            if members {
                facts.groups.iter_mut().for_each(|group| group.members = Some(vec![id("x")]));
            }
        };
        let mut all = paths(&someone("x"), &Log::default(), records, adjust);
        all.retain(|path| matches!(&path.via, Via::Group { group, .. } if *group == tas));
        all.remove(0)
    };
    for (joined, since, actor) in [(80, 85, "t"), (95, 95, "b")] {
        let path = through(vec![on_a(85, "t", "grant", &tas), join(joined, "join")], true);
        assert_eq!((path.since, path.actor.unwrap().id), (Some(at(since)), Some(id(actor))));
        let by = path.by.unwrap().to_string();
        assert!(by.contains("the group: given by t") && by.contains("in the group since 2027-"), "{by}");
    }
    // Whether somebody is in it is told as reported where this identity is not shown it, and no more.
    let path = through(vec![join(95, "join")], false);
    assert!(matches!(path.via, Via::Group { member: None, .. }));
    assert!(path.by.unwrap().as_str().contains("in the group since "), "reported");
    let path = through(vec![join(95, "join"), join(96, "leave")], false);
    assert!(path.by.unwrap().as_str().contains("reported as out of the group 2027-"));
}

#[test]
fn who_made_a_vault_is_told_where_the_log_does_not_know() {
    let made = event(50, "sa", ("create", "vault"), (vault("a").as_str(), ""));
    let maker = |log: &Log| {
        let path = paths(&someone("sa"), log, vec![made.clone()], |_| {}).remove(0);
        (path.since, path.by.unwrap().to_string())
    };
    assert_eq!(maker(&Log::default()).0, Some(at(50)));
    let ours = Given { at: at(51), by: "u on m".into(), job: None, set: Permissions::NONE };
    let told = Told { made: Some(ours), ..Told::default() };
    let log = Log { vaults: [(vault("a"), told)].into(), begun: None };
    assert_eq!(maker(&log), (Some(at(50)), "made the vault by u on m".into()));
}

#[test]
fn everybody_whom_the_words_name_is_carried_with_the_name_that_stands_there() {
    let (x, tas) = (someone("x"), Principal::Group(group("tas")));
    let gm =
        |minutes, by, action| event(minutes, by, (action, "gm"), (group("tas").as_str(), id("x").as_str()));
    let mut nameless = on_a(95, "t", "grant", &x);
    nameless.actor.name = SafeText::default();
    let known = frame(|_| {}).name(&someone("t"));
    assert_ne!(known.as_str(), id("t").as_str());
    for (records, expected) in [
        (vec![on_a(95, "t", "grant", &x), on_a(97, "b", "update", &x)], vec!["t", "b"]),
        (vec![on_a(95, "t", "grant", &tas), gm(96, "b", "join")], vec!["t", "b"]),
        (vec![on_a(95, "t", "grant", &tas), gm(96, "b", "leave")], vec!["t", "b"]),
        (vec![nameless], vec![known.as_str()]),
    ] {
        let all = paths(&x, &Log::default(), records, |_| {});
        let by = |path: &Path| path.by.as_ref().unwrap().to_string();
        let path = all.iter().find(|path| by(path).contains("as 1Password reports")).unwrap();
        let named: Vec<&str> = path.named.iter().map(|actor| actor.name.as_str()).collect();
        assert_eq!(named, expected, "{}", by(path));
        for name in expected {
            assert!(by(path).contains(&format!(" by {name} (")), "{name}: {}", by(path));
        }
    }
    let path = paths(&x, &given(Permissions::NONE, 94), vec![], |_| {}).remove(0);
    assert_eq!((path.ours, path.named), (Some("u on m".into()), vec![]));
}

/// Why somebody may be on the vault of a, or that nothing allows it, on each of their ways.
fn why(who: &Principal, cells: &[(&str, Level)], adjust: impl FnOnce(&mut Facts)) -> Vec<String> {
    let mut frame = frame(adjust);
    for (name, level) in cells {
        let who = if *name == "tas" { Principal::Group(group(name)) } else { someone(name) };
        frame.know(&vault("a"), &who, Cell::Proved { set: set(*level), at: at(100) });
    }
    let all = holders(&frame, &vault("a"), &Log::default(), &Presence::new(), &Reported::of(vec![]));
    let mut held = all.into_iter().filter(|holder| holder.who == *who);
    held.next().unwrap().paths.into_iter().map(|path| path.because.to_string()).collect()
}

#[test]
fn each_way_says_what_allows_it_or_that_nothing_does() {
    let until = |date: &str| Exception {
        who: "x@example.edu".into(),
        vault: key("a"),
        level: Level::Read,
        reason: "reads along".into(),
        until: date.parse().unwrap(),
    };
    let nothing = |_: &mut Facts| {};
    for (who, level, expected) in [
        ("a", Level::Write, "the vault's student: write"),
        ("a", Level::Manage, "the vault's student: write; it is more than that"),
        ("t", Level::Manage, "staff of the class file: manage"),
        ("t", Level::Read, "staff of the class file: manage"),
        ("b", Level::Read, "nothing allows it: b is a student with another vault"),
        ("x", Level::Manage, "nothing in the class file allows it"),
    ] {
        assert_eq!(why(&someone(who), &[(who, level)], nothing), [expected], "{who} {level}");
    }
    let x = |date: &'static str| {
        why(&someone("x"), &[("x", Level::Read)], |facts| facts.class.exceptions.push(until(date)))
    };
    assert_eq!(x("2026-11-22"), ["exception of the class file until 2026-11-22: at most read, reads along"]);
    assert_eq!(x("2026-11-21"), ["the exception has ended on 2026-11-21: nothing allows it"]);
    let left = |facts: &mut Facts| facts.gone.extend([key("a")]);
    let gone = why(&someone("a"), &[("a", Level::Read)], left);
    assert_eq!(gone, ["nothing allows it: the student has left the class list"]);
    assert_eq!(why(&someone("x"), &[("x", Level::Read)], left), ["nothing in the class file allows it"]);
}

#[test]
fn a_way_by_a_group_says_what_is_not_shown_of_it_and_whom_it_lets_in() {
    let tas = |who: &Principal, members: Option<&[&str]>| {
        let members = members.map(|members| members.iter().map(|name| id(name)).collect());
        why(who, &[("tas", Level::Write)], |facts| facts.groups[0].members = members).pop().unwrap()
    };
    let group = Principal::Group(group("tas"));
    let staff = "staff of the class file: write";
    assert_eq!(tas(&group, Some(&[])), staff);
    assert_eq!(tas(&group, None), format!("{staff}; who is in it is not shown to this identity"));
    assert_eq!(tas(&someone("x"), Some(&["x"])), staff);
    let classmate = "a student of the class gets to somebody else's vault by it";
    assert_eq!(tas(&someone("b"), Some(&["b"])), format!("{staff}; {classmate}"));
    assert_eq!(tas(&someone("a"), Some(&["a", "b"])), staff, "their own vault");
}
