//! What each part of the class adds to the list, and the order of it.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::domain::access::{Cell, Level, Permissions, Principal, Why};
use crate::domain::admission::SignUp;
use crate::domain::assignment::AssignmentId;
use crate::domain::directory::PersonState;
use crate::domain::drift::Stray;
use crate::domain::frame::tests::{group, id, key, set, someone, vault};
use crate::domain::handoff::Retrying;
use crate::domain::id::ItemId;
use crate::domain::look_alike::{COMPARE, Likeness, LookAlike};
use crate::domain::query::{AssignmentHead, Other, StatusRow};
use crate::domain::submission::Verdict;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn needs(names: &[&str]) -> Needs {
    let names = names.iter().map(|name| (key(name), SafeText::new(&name.to_uppercase()))).collect();
    Needs::new(names, TimeZone::UTC)
}

fn lines(needs: Needs) -> Vec<(Reason, String, String)> {
    needs.list().into_iter().map(|need| (need.reason, need.text.to_string(), need.next.to_string())).collect()
}

/// An active student with vault and access.
fn row(name: &str) -> StatusRow {
    StatusRow {
        key: key(name),
        name: SafeText::new(&name.to_uppercase()),
        email: SafeText::new(&format!("{name}@example.edu")),
        state: SignUp::Person(PersonState::Active),
        user: Some(id(name)),
        vault: Some(vault(name)),
        vault_name: "".into(),
        own: Cell::Ledger { set: set(Level::Write), at: at(0) },
        staff: Vec::new(),
        others: Some(Vec::new()),
        wider: Vec::new(),
        items: 0,
        last_upload: None,
        gone: false,
        closing: None,
        foreign: false,
        look_alikes: Vec::new(),
        standings: Vec::new(),
        extensions: Vec::new(),
    }
}

fn with(rows: &[StatusRow], taken: &[&str]) -> Vec<(Reason, String, String)> {
    let names: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    let mut needs = needs(&names);
    needs.rows(rows, true, &taken.iter().map(|name| key(name)).collect());
    lines(needs)
}

fn in_state(name: &str, state: PersonState) -> StatusRow {
    StatusRow {
        state: SignUp::Person(state),
        vault: None,
        own: Cell::Unknown { why: Why::NotRead },
        ..row(name)
    }
}

#[test]
fn a_student_with_everything_needs_nothing() {
    assert_eq!(with(&[row("a"), StatusRow { gone: true, vault: None, ..row("b") }], &[]), []);
}

#[test]
fn each_step_of_a_sign_up_names_what_is_next() {
    let none = Cell::Proved { set: Permissions::NONE, at: at(0) };
    let (who, name) = (someone("x"), "Mal".into());
    let other = Other { who, name, cell: none, excepted: false, kind: None, since: None };
    let (person, name, address) = (id("z"), "A".into(), "a+1@example.edu".into());
    let alike = LookAlike { person, name, address, by: Likeness::Address };
    for (row, reason, text, next) in [
        (
            in_state("a", PersonState::AwaitingConfirmation),
            Reason::Confirm,
            "A has accepted the invitation",
            "strongroom confirm a --person",
        ),
        (
            StatusRow { state: SignUp::NotInvited, ..in_state("a", PersonState::Active) },
            Reason::Invite,
            "1 student not invited: A",
            "strongroom invite a --person",
        ),
        (
            in_state("a", PersonState::InvitationLapsed),
            Reason::Invite,
            "1 student whose invitation has lapsed: A",
            "invite them again in 1Password",
        ),
        (
            in_state("a", PersonState::Active),
            Reason::NoVault,
            "A is active and has no vault",
            "strongroom provision a",
        ),
        (
            StatusRow { own: none, ..row("a") },
            Reason::NoVault,
            "A is active and has no access to the own vault",
            "strongroom provision a",
        ),
        (
            StatusRow { others: Some(vec![other]), ..row("a") },
            Reason::UnexpectedAccess,
            "Mal is on the vault of A and does not belong there",
            "strongroom revoke XPPPPPPPPPPPPPPPPPPPPPPPPP --vault a",
        ),
        (
            StatusRow { state: SignUp::Ambiguous, ..in_state("a", PersonState::Active) },
            Reason::LookAlike,
            "A: several people have the address a@example.edu",
            "remove all but one in 1Password; until then nothing is given",
        ),
        (
            StatusRow { look_alikes: vec![alike], ..row("a") },
            Reason::LookAlike,
            "A (a@example.edu): a+1@example.edu looks like this address and is another one",
            COMPARE,
        ),
    ] {
        assert_eq!(with(&[row], &[]), [(reason, text.to_owned(), next.to_owned())]);
    }
}

#[test]
fn nobody_is_told_of_who_waits_for_somebody_else() {
    let none = Cell::Proved { set: Permissions::NONE, at: at(0) };
    let suspended = in_state("a", PersonState::Suspended);
    assert_eq!(with(&[suspended, in_state("b", PersonState::Invited)], &[]), [], "nobody waits for us");
    assert_eq!(with(&[StatusRow { own: none, ..row("a") }], &["a"]), [], "it was taken away on purpose");
}

#[test]
fn many_of_one_kind_are_one_line() {
    let names = ["a", "b", "c", "d", "e"];
    let confirm: Vec<_> =
        names.iter().map(|name| in_state(name, PersonState::AwaitingConfirmation)).collect();
    let text = "5 students accepted the invitation: A, B, C and 2 more".to_owned();
    assert_eq!(
        with(&confirm, &[]),
        [(Reason::Confirm, text, "strongroom confirm --all --person".to_owned())]
    );
    let active: Vec<_> = names.iter().map(|name| in_state(name, PersonState::Active)).collect();
    let told = with(&active, &[]);
    assert_eq!((told.len(), told[0].2.as_str()), (1, "strongroom provision a b c d e"));
    let none = Cell::Proved { set: Permissions::NONE, at: at(0) };
    let lack: Vec<_> = names.iter().map(|name| StatusRow { own: none, ..row(name) }).collect();
    let told = with(&lack, &["b"]);
    assert_eq!(told[0].2, "strongroom provision a c d e", "nobody who lost it on purpose");
}

#[test]
fn two_students_with_one_address_are_told() {
    let told = with(&[row("a"), StatusRow { email: "A@Example.EDU".into(), ..row("b") }, row("c")], &[]);
    assert_eq!((told.len(), told[0].0), (1, Reason::LookAlike));
    assert!(told[0].1.starts_with("A, B have one address"), "{told:?}");
}

#[test]
fn what_failed_stays_until_it_is_so() {
    let failed = |op: &str| FailedRow {
        student: key("a"),
        op: op.into(),
        message: "the line is cut".into(),
        at: at(3),
    };
    let rows = [failed(PROVISION), failed(ACCESS), failed("invite")];
    let mut list = needs(&["a"]);
    list.failed(&rows, |row| row.op == "invite");
    let told = lines(list);
    assert_eq!(told.len(), 2);
    assert!(told[0].1.starts_with("A, change of access: the line is cut"), "{told:?}");
    assert!(told[0].2.ends_with("strongroom attention dismiss failed/a/access"), "{told:?}");
    assert_eq!(told[1].2, "strongroom provision a");
}

fn upload(of: &str, seq: u64, title: &str) -> Unmatched {
    Unmatched {
        student: key(of),
        vault: vault(of),
        item: ItemId::parse(&format!("{seq:0>26}")).unwrap(),
        title: SafeText::new(title),
        seq,
        seen: at(i64::try_from(seq).unwrap()),
    }
}

#[test]
fn uploads_without_an_assignment_are_one_line_a_student() {
    let mut list = needs(&["a", "b"]);
    list.unmatched(&[upload("a", 2, "later"), upload("b", 3, "x"), upload("a", 1, "first")]);
    let list = list.list();
    assert_eq!(list[0].text.as_str(), "A: \"first\" and 1 other upload belong to no assignment");
    assert_eq!((list[0].count, list[0].since, list[0].student.clone()), (2, Some(at(1)), Some(key("a"))));
    assert_eq!(list[1].text.as_str(), "B: \"x\" belongs to no assignment");
}

#[test]
fn many_uploads_without_an_assignment_are_one_line() {
    let mut list = needs(&["a", "b", "c", "d"]);
    list.unmatched(&["a", "a", "b", "c", "d"].map(|of| upload(of, 1, "notes")));
    let list = list.list();
    let expected = "5 uploads of 4 students belong to no assignment: A, B, C and 1 more";
    assert_eq!((list.len(), list[0].text.as_str(), list[0].count), (1, expected, 5));
    assert_eq!((&list[0].student, list[0].next.as_str()), (&None, "strongroom missing --unmatched"));
}

#[test]
fn missing_and_late_are_told_by_assignment_with_few_names() {
    let verdict = |name: &str, standing| Verdict {
        student: key(name),
        assignment: AssignmentId::parse("hw1").unwrap(),
        standing,
        due: at(0),
        extended: None,
        handed_in: None,
        doubt: None,
    };
    let mut verdicts: Vec<_> = ["a", "b", "c", "d"].map(|name| verdict(name, Standing::Missing)).into();
    verdicts.extend([
        verdict("e", Standing::Late(90)),
        verdict("f", Standing::OnTime),
        verdict("g", Standing::Unknown),
    ]);
    let id = AssignmentId::parse("hw1").unwrap();
    let assignment = AssignmentHead { id: id.clone(), title: "Homework".into(), due: at(0) };
    let mut list = needs(&["a", "b", "c", "d", "e"]);
    let submissions = Submissions { assignment, verdicts, unmatched: Vec::new() };
    for long_ago in [at(-1), at(15 * 86_400)] {
        let mut list = needs(&[]);
        list.standings(&submissions, long_ago);
        assert_eq!(lines(list), []);
    }
    list.standings(&submissions, at(60));
    let list = list.list();
    assert_eq!(list[0].text.as_str(), "4 missing hw1, due 2027-01-15 08:00: A, B, C and 1 more (Homework)");
    assert_eq!(
        (list[0].count, &list[0].student, list[0].next.as_str()),
        (4, &None, "strongroom missing hw1")
    );
    assert_eq!((list[1].reason, list[1].student.clone()), (Reason::Late, Some(key("e"))));
    assert_eq!(list[1].next.as_str(), "strongroom missing hw1 --late");
    assert!(list.iter().all(|need| need.assignment == Some(id.clone())));
}

#[test]
fn consumers_that_do_not_take_arrivals_are_told() {
    let consumer = |name: &str, dead: Vec<u64>, attempts| Progress {
        consumer: SafeText::new(name),
        means: "hook".into(),
        acked: 6,
        waiting: 4,
        retrying: Some(Retrying {
            seq: 7,
            attempts,
            since: at(0),
            at: at(60),
            why: "exit code 1".into(),
            stuck: false,
        }),
        dead,
    };
    let mut list = needs(&[]);
    list.jobs(&Jobs {
        consumers: vec![consumer("new", vec![], 1), consumer("grader", vec![3, 5], 4)],
        attempts: vec![],
    });
    let told = lines(list);
    assert_eq!(told.len(), 2, "one refusal is none: {told:?}");
    assert_eq!(told[0].1, "grader did not take 2 arrivals, from number 3 on");
    assert_eq!(told[1].1, "grader does not take arrival 7: exit code 1; 3 behind it");
}

#[test]
fn times_without_a_watcher_are_told_and_whether_there_is_none_now() {
    let told = |last, gaps: &[(Timestamp, Timestamp)]| {
        let mut list = needs(&[]);
        list.gaps(gaps);
        list.unwatched(at(3_600), last);
        lines(list).into_iter().map(|(_, text, _)| text).collect::<Vec<_>>()
    };
    assert_eq!(told(Some(at(3_590)), &[]), Vec::<String>::new());
    assert_eq!(told(Some(at(3_700)), &[]), Vec::<String>::new(), "a clock that was set back is no gap");
    assert_eq!(told(None, &[]), ["nobody has watched the class yet"]);
    assert_eq!(told(Some(at(0)), &[]), ["nobody watches: the last look was at 2027-01-15 08:00"]);
    let gap = (at(60), at(180));
    let restart = (at(300), at(330));
    let once = ["nobody watched from 2027-01-15 08:01 to 2027-01-15 08:03"];
    assert_eq!(told(Some(at(3_590)), &[gap, restart]), once);
    let often = ["nobody watched 2 times, last from 2027-01-15 08:10 to 2027-01-15 08:20"];
    assert_eq!(told(Some(at(3_590)), &[gap, (at(600), at(1_200))]), often);
}

#[test]
fn the_gravest_comes_first_and_of_one_kind_the_oldest() {
    let alarm = |subject: &str, second| Alarm {
        subject: subject.into(),
        student: None,
        message: SafeText::new(subject),
        at: at(second),
    };
    let mut list = needs(&["a"]);
    list.seats(Some(Seats { used: 5, included: Some(5) }));
    list.seats(Some(Seats { used: 4, included: Some(5) }));
    list.alarms(&[alarm("vault/new", 9), alarm(TOKEN, 1), alarm("vault/old", 2)]);
    let names: Vec<_> = lines(list).into_iter().map(|(reason, text, _)| (reason, text)).collect();
    let expected = [
        (Reason::Alarm, "vault/old"),
        (Reason::Alarm, "vault/new"),
        (Reason::TokenExpiry, "token"),
        (Reason::Seats, "5 of 5 included seats for guests are used"),
    ];
    assert_eq!(names, expected.map(|(reason, text)| (reason, text.to_owned())));
}

#[test]
fn nothing_that_hides_reaches_the_list() {
    let stranger = Other {
        who: Principal::Person(id("x")),
        name: SafeText::new("\u{202e}evil\u{1b}[2J"),
        cell: Cell::Unknown { why: Why::LevelNotShown },
        excepted: false,
        kind: None,
        since: None,
    };
    let told = with(&[StatusRow { others: Some(vec![stranger]), ..row("a") }], &[]);
    assert!(!told[0].1.chars().any(crate::domain::text::is_hostile), "{told:?}");
}

#[test]
fn whose_term_has_come_to_its_end_needs_nothing_but_that_strays_go() {
    let closed = |row: StatusRow| StatusRow { closing: Some("closed".into()), ..row };
    let none = Cell::Proved { set: Permissions::NONE, at: at(0) };
    let rows = [
        closed(StatusRow { own: none, ..row("a") }),
        closed(in_state("b", PersonState::AwaitingConfirmation)),
        closed(StatusRow { state: SignUp::NotInvited, ..in_state("c", PersonState::Active) }),
        closed(StatusRow { state: SignUp::Ambiguous, ..row("d") }),
    ];
    assert_eq!(with(&rows, &[]), []);
    let (who, name, cell) = (someone("a"), "A".into(), Cell::Unknown { why: Why::LevelNotShown });
    let back = Other { who, name, cell, excepted: false, kind: Some(Stray::Closed), since: None };
    let told = with(&[closed(StatusRow { others: Some(vec![back]), ..row("a") })], &[]);
    let expected = "A has access to the vault of A after the end of the term";
    assert_eq!(told.iter().map(|(_, text, _)| text.as_str()).collect::<Vec<_>>(), [expected]);
}

#[test]
fn a_group_of_staff_that_holds_students_is_one_line_on_however_many_vaults() {
    let (who, name) = (Principal::Group(group("tas")), SafeText::from("tas"));
    let cell = Cell::Unknown { why: Why::LevelNotShown };
    let on_it = Other { who, name, cell, excepted: false, kind: Some(Stray::ByGroup), since: None };
    let rows = ["a", "b", "c"].map(|name| StatusRow { others: Some(vec![on_it.clone()]), ..row(name) });
    let told = with(&rows, &[]);
    let expected = "students of the class are in the group tas, which is on 3 vaults";
    assert_eq!(told.iter().map(|(_, text, _)| text.as_str()).collect::<Vec<_>>(), [expected]);
}

#[test]
fn whoever_is_on_many_vaults_is_one_line_that_shuts_nobody_out() {
    let cell = Cell::Unknown { why: Why::LevelNotShown };
    let on = |who: Principal, name: &str, kind| {
        let other = Other { who, name: name.into(), cell, excepted: false, kind: Some(kind), since: None };
        move |student: &&str| StatusRow { others: Some(vec![other.clone()]), ..row(student) }
    };
    for (row, text) in [
        (
            on(Principal::Group(group("staff")), "CS101 staff", Stray::Group),
            "CS101 staff, a group the class file does not name, is on 3 vaults",
        ),
        (on(someone("x"), "Mal", Stray::Stranger), "Mal, whom the class file does not name, is on 3 vaults"),
    ] {
        let told = with(&["a", "b", "c"].iter().map(&row).collect::<Vec<_>>(), &[]);
        let next = "name it under [access] staff if it belongs there, else `strongroom drift` and mend";
        assert_eq!(told, [(Reason::UnexpectedAccess, text.to_owned(), next.to_owned())]);
        let told = with(&["a", "b"].iter().map(&row).collect::<Vec<_>>(), &[]);
        assert_eq!(told.len(), 2, "a few have a line each: {told:?}");
        assert!(told.iter().all(|(.., next)| next.starts_with("strongroom revoke ")), "{told:?}");
    }
}
