//! The rules of access by their numbers, as tables and as properties.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::PersonState as S;
use super::*;
use crate::domain::access::AccountKind;
use crate::domain::class::{Exception, Staff};
use crate::domain::directory::{NewVault, PersonKind};
use crate::domain::fault::Kind;
use crate::domain::id::{AccountId, GroupId};
use crate::domain::operation::{Call, Operation, calls};
use crate::domain::text::Untrusted;

pub(crate) fn key(text: &str) -> StudentKey {
    StudentKey::parse(text).unwrap()
}

pub(crate) fn vault(of: &str) -> VaultId {
    VaultId::parse(&format!("{of:v<26}")).unwrap()
}

pub(crate) fn id(name: &str) -> PersonId {
    PersonId::parse(&format!("{:P<26}", name.to_ascii_uppercase())).unwrap()
}

pub(crate) fn someone(name: &str) -> Principal {
    Principal::Person(id(name))
}

pub(crate) fn group(name: &str) -> GroupId {
    GroupId::parse(&format!("{name:g<26}")).unwrap()
}

/// What a level is on the account of these tests.
pub(crate) fn set(level: Level) -> Permissions {
    level.permissions(AccountKind::Business).unwrap()
}

pub(crate) fn proved(level: Level) -> Cell {
    Cell::Proved { set: set(level), at: Timestamp::UNIX_EPOCH }
}

pub(crate) fn person(name: &str, email: &str, state: PersonState) -> Person {
    let email = Untrusted::new(email);
    Person { id: id(name), name: SafeText::new(name), email, kind: PersonKind::Member, state }
}

fn student(name: &str, email: &str) -> Student {
    Student { key: key(name), name: SafeText::new(name), email: Untrusted::new(email) }
}

/// Students a, b (active, with vaults), c (active, without), d (invited), e (gone, with a vault);
/// staff t and the group tas; the administrators' group; a stranger x; the service account.
pub(crate) fn facts() -> Facts {
    let mail = |name: &str| format!("{name}@example.edu");
    let mut class = Class::new("CS101");
    class.staff = vec![
        Staff { who: StaffName::User(mail("t")), level: Level::Manage },
        Staff { who: StaffName::Group("tas".into()), level: Level::Write },
    ];
    let mut people: Vec<_> =
        ["a", "b", "c", "e", "t", "x"].map(|n| person(n, &mail(n), PersonState::Active)).into();
    people.push(person("d", &mail("d"), PersonState::Invited));
    let named = |name: &str, is_administration| Group {
        members: None,
        id: group(name),
        name: SafeText::new(name),
        is_administration,
    };
    Facts {
        class,
        identity: Identity {
            account: AccountId::parse(&"A".repeat(26)).unwrap(),
            account_name: "school".into(),
            kind: AccountKind::Business,
            id: id("sa"),
            name: "sa".into(),
            is_service_account: true,
            sees_levels: false,
        },
        students: ["a", "b", "c", "d", "e"].map(|name| student(name, &mail(name))).into(),
        gone: [key("e")].into(),
        people,
        groups: vec![named("tas", false), named("owners", true), named("friends", false)],
        bindings: ["a", "b", "e"].map(|name| (key(name), vault(name))).into(),
        today: "2026-11-22".parse().unwrap(),
    }
}

pub(crate) fn frame(adjust: impl FnOnce(&mut Facts)) -> Frame {
    let mut facts = facts();
    adjust(&mut facts);
    Frame::new(facts)
}

fn grant(of: &str, who: &Principal, level: Level) -> Operation {
    Operation::Grant { vault: vault(of), who: who.clone(), level }
}

fn create(of: &str) -> Operation {
    let vault =
        NewVault { name: of.into(), description: of.into(), icon: None, admins_can_manage: Some(true) };
    Operation::CreateVault { student: key(of), vault }
}

fn exception(who: &str, of: &str, level: Level, until: &str) -> Exception {
    Exception { who: who.into(), vault: key(of), level, reason: "r".into(), until: until.parse().unwrap() }
}

fn refused(frame: &Frame, operation: &Operation) -> bool {
    frame.permits(operation).is_err_and(|fault| fault.kind == Kind::Refused)
}

#[test]
fn nobody_gets_a_vault_that_was_given_to_somebody_else() {
    let at = Timestamp::UNIX_EPOCH;
    let write = set(Level::Write);
    // x had the address of student a before, and the vault with it; b is a classmate.
    for (holder, cell, stops) in [
        ("x", Cell::Ledger { set: write, at }, true),
        ("b", Cell::Unknown { why: Why::LevelNotShown }, true),
        ("x", Cell::Unknown { why: Why::LevelNotShown }, false), // drift: reported, and the student is served
        ("x", Cell::Ledger { set: Permissions::NONE, at }, false),
        ("t", Cell::Ledger { set: write, at }, false),
    ] {
        let mut frame = frame(|_| {});
        frame.know(&vault("a"), &someone(holder), cell);
        assert_eq!(refused(&frame, &grant("a", &someone("a"), Level::Write)), stops, "{holder} {cell:?}");
    }
}

#[test]
fn a_staff_group_that_holds_a_student_is_given_nothing() {
    let with = |members: &[&str]| {
        let members = members.iter().map(|name| id(name)).collect();
        let frame = frame(|facts| facts.groups[0].members = Some(members));
        refused(&frame, &grant("a", &Principal::Group(group("tas")), Level::Read))
    };
    assert!(with(&["t", "b"]));
    assert!(!with(&["t"]));
}

#[test]
fn who_may_be_granted_what() {
    let frame = frame(|_| {});
    let tas = Principal::Group(group("tas"));
    let allowed = [
        ("a", someone("a"), Level::Write),
        ("a", someone("a"), Level::Submit),
        ("a", someone("t"), Level::Manage),
        ("b", tas.clone(), Level::Manage),
        ("e", someone("t"), Level::Read),
    ];
    for (of, who, level) in allowed {
        assert_eq!(frame.permits(&grant(of, &who, level)), Ok(()), "{who} on {of} {level}");
    }
    let forbidden = [
        ("a", someone("a"), Level::Manage, "I3: the ceiling"),
        ("a", someone("a"), Level::Custom, "no level that can be given"),
        ("a", someone("b"), Level::Read, "I2: another student"),
        ("a", someone("c"), Level::Submit, "I2: another student without a vault"),
        ("a", someone("x"), Level::Read, "I1: a stranger"),
        ("a", someone("e"), Level::Read, "I1: a student who is gone"),
        ("e", someone("e"), Level::Read, "gone: never granted anything"),
        ("a", someone("sa"), Level::Read, "I4: the service account"),
        ("a", Principal::Group(group("friends")), Level::Read, "I9: another group"),
        ("a", Principal::Group(group("owners")), Level::Read, "I9: the administrators"),
        ("c", someone("c"), Level::Read, "I11: a vault that is not bound"),
        ("z", someone("a"), Level::Read, "I11: a vault of nobody"),
    ];
    for (of, who, level, why) in forbidden {
        assert!(refused(&frame, &grant(of, &who, level)), "{why}");
    }
}

#[test]
fn the_service_account_keeps_its_access() {
    let revoke = |of: &str, who: &str| Operation::Revoke { vault: vault(of), who: someone(who) };
    let frame = frame(|_| {});
    assert!(refused(&frame, &revoke("a", "sa")));
    assert!(refused(&frame, &revoke("z", "x")), "not our vault");
    assert_eq!(frame.permits(&revoke("a", "x")), Ok(()), "drift can always be taken away");
    assert_eq!(frame.permits(&revoke("e", "e")), Ok(()), "also that of somebody who is gone");
}

#[test]
fn one_vault_a_student() {
    let frame = frame(|_| {});
    assert_eq!(frame.permits(&create("c")), Ok(()));
    for (of, why) in [("a", "has one"), ("d", "is invited"), ("e", "is gone"), ("z", "is not enrolled")] {
        assert!(refused(&frame, &create(of)), "{why}");
    }
}

#[test]
fn identity_is_one_active_person_with_exactly_the_address() {
    let rename = |people: &[(&str, &str, PersonState)]| {
        frame(|facts| {
            facts.people.retain(|p| p.id != id("a"));
            facts.people.extend(people.iter().map(|(n, e, s)| person(n, e, s.clone())));
        })
    };
    let state = |people: &[(&str, &str, S)]| rename(people).sign_up(&student("a", "a@example.edu")).0;
    assert_eq!(state(&[("a", " A@Example.EDU ", S::Active)]), SignUp::Person(S::Active), "case and space");
    assert_eq!(state(&[("a", "а@example.edu", S::Active)]), SignUp::NotInvited, "a Cyrillic look-alike");
    assert_eq!(state(&[("a", "a@example.edu.evil.com", S::Active)]), SignUp::NotInvited);
    assert_eq!(state(&[("a", "a+x@example.edu", S::Active)]), SignUp::NotInvited);
    let both = [("a", "a@example.edu", S::Active), ("a2", "A@example.edu", S::Suspended)];
    assert_eq!(state(&both), SignUp::Ambiguous);
    let left = [("a", "a@example.edu", S::Deleted), ("a2", "a@example.edu", S::Active)];
    assert_eq!(state(&left), SignUp::Person(S::Active), "who left does not count");
    assert_eq!(state(&[("a", "a@example.edu", S::Deleted)]), SignUp::NotInvited);
    assert_eq!(state(&[("a", "a@example.edu", S::Suspended)]), SignUp::Person(S::Suspended));
    // The grant goes to the id of today, never to that of yesterday.
    let frame = rename(&left);
    assert_eq!(frame.permits(&grant("a", &someone("a2"), Level::Write)), Ok(()));
    for people in [&left[..], &both[..]] {
        assert!(refused(&rename(people), &grant("a", &someone("a"), Level::Write)));
    }
    assert!(refused(&rename(&both), &grant("a", &someone("a2"), Level::Write)));
}

#[test]
fn somebody_else_with_the_address_is_not_the_owner() {
    let frame = frame(|facts| {
        facts.people.push(person("old", "a@example.edu", PersonState::Deleted));
        facts.people.push(person("twin", "B@example.edu", PersonState::Active));
    });
    let standing = |of: &str, who: &str| frame.standing(frame.student(&key(of)).unwrap(), &someone(who));
    assert_eq!(standing("a", "a"), Standing::Owner);
    assert_ne!(standing("a", "old"), Standing::Owner, "an older person of that address");
    for who in ["b", "twin"] {
        assert_ne!(standing("b", who), Standing::Owner, "two people have the address: nobody is certain");
    }
}

#[test]
fn an_empty_address_is_nobodys() {
    let frame = frame(|facts| {
        facts.students.push(student("n", " "));
        facts.people.push(person("robot", "", PersonState::Active));
        facts.bindings.insert(key("n"), vault("n"));
        facts.class.exceptions.push(exception("", "a", Level::Read, "2030-01-01"));
    });
    let nobody = frame.student(&key("n")).unwrap();
    assert_eq!(frame.sign_up(nobody), (SignUp::NotInvited, None));
    for (of, who) in [("n", "robot"), ("n", "unknown"), ("a", "robot"), ("a", "unknown")] {
        let owner = frame.student(&key(of)).unwrap();
        assert_eq!(frame.standing(owner, &someone(who)), Standing::Stranger, "{who} on {of}");
        assert!(refused(&frame, &grant(of, &someone(who), Level::Read)));
    }
}

#[test]
fn two_students_with_one_address_get_nothing() {
    let twins = frame(|facts| {
        facts.students.push(student("c2", "C@example.edu"));
        facts.bindings.insert(key("c2"), vault("c2"));
    });
    assert!(refused(&twins, &create("c")), "one person would get two vaults");
    assert!(refused(&twins, &grant("c2", &someone("c"), Level::Write)));
    let frame = frame(|facts| {
        facts.students.push(student("e2", "e@example.edu"));
    });
    assert_eq!(frame.permits(&create("e2")), Ok(()), "the other one is gone");
}

#[test]
fn an_exception_is_the_only_way_to_cross() {
    let with = |list: Vec<Exception>| frame(|facts| facts.class.exceptions = list);
    let read = grant("a", &someone("b"), Level::Read);
    let live = with(vec![exception("B@example.edu", "a", Level::Read, "2026-11-22")]);
    assert_eq!(live.permits(&read), Ok(()), "the last day counts");
    assert!(refused(&live, &grant("a", &someone("b"), Level::Write)), "its level is the ceiling");
    assert!(refused(&live, &grant("a", &someone("b"), Level::Submit)), "who reads adds nothing");
    assert!(refused(&live, &grant("e", &someone("b"), Level::Read)), "only on that vault");
    assert!(refused(&live, &grant("b", &someone("a"), Level::Read)), "only in that direction");
    let expired = with(vec![exception("b@example.edu", "a", Level::Read, "2026-11-21")]);
    assert!(refused(&expired, &read));
    let by_key = with(vec![exception("b", "a", Level::Read, "2027-01-01")]);
    assert_eq!(by_key.permits(&read), Ok(()), "a student's key names one, too");
    let all = with(vec![exception("b", "a", Level::Manage, "2027-01-01")]);
    assert!(refused(&all, &grant("a", &someone("b"), Level::Manage)), "manage is for staff only");
    let later = with(vec![
        exception("b", "a", Level::Read, "2026-01-01"),
        exception("b", "a", Level::Write, "2027-01-01"),
    ]);
    assert_eq!(later.permits(&grant("a", &someone("b"), Level::Write)), Ok(()), "an expired one hides none");
    let own = with(vec![exception("a", "a", Level::Manage, "2027-01-01")]);
    assert!(refused(&own, &grant("a", &someone("a"), Level::Manage)), "none raises the student's ceiling");
    let twins = frame(|facts| {
        facts.class.exceptions = vec![exception("x@example.edu", "a", Level::Read, "2027-01-01")];
        facts.people.push(person("x2", "X@example.edu", PersonState::Active));
    });
    assert!(refused(&twins, &grant("a", &someone("x2"), Level::Read)), "an address of two names nobody");
}

#[test]
fn a_student_who_is_also_staff_stays_a_student() {
    let frame = frame(|facts| {
        facts.class.staff.push(Staff { who: StaffName::User("b@example.edu".into()), level: Level::Manage });
    });
    assert!(refused(&frame, &grant("a", &someone("b"), Level::Read)));
    assert!(refused(&frame, &grant("b", &someone("b"), Level::Manage)));
    assert_eq!(frame.permits(&grant("b", &someone("b"), Level::Write)), Ok(()));
}

#[test]
fn an_ambiguous_staff_name_is_nobody() {
    let frame = frame(|facts| {
        let twin = Group { id: group("tas2"), name: "tas".into(), is_administration: false, members: None };
        facts.groups.push(twin);
    });
    assert!(refused(&frame, &grant("a", &Principal::Group(group("tas")), Level::Read)));
    assert_eq!(frame.unresolved_staff().len(), 1);
}

#[test]
fn submit_is_refused_where_the_account_cannot_express_it() {
    for (kind, fits) in
        [(AccountKind::Business, true), (AccountKind::Teams, false), (AccountKind::Families, false)]
    {
        let frame = frame(|facts| facts.identity.kind = kind);
        assert_eq!(frame.permits(&grant("a", &someone("a"), Level::Submit)).is_ok(), fits);
    }
}

fn names() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c", "d", "e", "t", "x", "sa", "nobody"])
}

fn levels() -> impl Strategy<Value = Level> {
    prop::sample::select(Level::GRANTABLE.to_vec())
}

fn sets() -> impl Strategy<Value = Permissions> {
    use crate::domain::access::Permission as P;
    let fine = [P::ArchiveItems, P::DeleteItems, P::ImportItems, P::ExportItems, P::CopyAndShareItems];
    let rest = [P::PrintItems, P::ManageVault, P::AllowEditing, P::AllowManaging];
    let all: Vec<_> = (Permissions::of(&fine) | Permissions::of(&rest)).with_needed().iter().collect();
    prop::sample::subsequence(all, 0..=15).prop_map(|list| Permissions::of(&list).with_needed())
}

const KINDS: [AccountKind; 3] = [AccountKind::Business, AccountKind::Teams, AccountKind::Families];

/// What the service does with a call, fine permissions only.
fn carried_out(held: Permissions, call: &Call) -> Permissions {
    match call {
        Call::Grant { permissions, .. } => {
            assert!(permissions.missing().is_empty(), "every dependency is spelled out");
            held | *permissions
        }
        Call::Revoke { permissions: None, .. } => Permissions::NONE,
        Call::Revoke { permissions: Some(part), .. } => held - part.with_dependents(),
        _ => held,
    }
}

proptest! {
    #[test]
    fn no_student_is_ever_granted_anothers_vault(
        of in prop::sample::select(vec!["a", "b", "e"]), who in names(), level in levels(),
        exceptions in prop::collection::vec((names(), names(), levels(), prop::bool::ANY), 0..4),
    ) {
        let list: Vec<_> = exceptions.iter().map(|(who, of, level, live)| {
            let until = if *live { "2026-12-01" } else { "2026-11-01" };
            exception(&format!("{who}@example.edu"), of, *level, until)
        }).collect();
        let frame = frame(|facts| facts.class.exceptions.clone_from(&list));
        if frame.permits(&grant(of, &someone(who), level)).is_ok() {
            let own = who == of && of != "e" && level <= Level::STUDENT_CEILING;
            let excepted = exceptions.iter().any(|(by, on, most, live)| {
                *live && *by == who && *on == of && level <= *most && level <= Level::STUDENT_CEILING
            });
            prop_assert!(own || who == "t" || excepted, "{} {} {}", of, who, level);
        }
    }

    #[test]
    fn calls_end_at_the_target_and_are_never_wider_on_the_way(
        held in sets(), target in 0_usize..5, kind in prop::sample::select(KINDS.to_vec()),
        partly in prop::bool::ANY, known in prop::bool::ANY,
    ) {
        let levels = [Level::None, Level::Submit, Level::Read, Level::Write, Level::Manage];
        let Some(target) = levels[target].permissions(kind) else { return Ok(()); };
        let (a, b) = (vault("a"), someone("b"));
        let held = held.plain(kind);
        let cell = if known {
            Cell::Proved { set: held, at: Timestamp::UNIX_EPOCH }
        } else {
            Cell::Unknown { why: Why::LevelNotShown }
        };
        let calls = calls((&a, &b), cell, target, kind, partly);
        let mut now = held;
        for call in &calls {
            now = carried_out(now, call);
            if known {
                prop_assert!(held.contains(now) || target.contains(now), "wider in between: {:?}", now);
            }
        }
        if known {
            prop_assert_eq!(now, target);
            prop_assert_eq!(calls.is_empty(), held == target);
        } else {
            prop_assert_eq!(calls.len(), 1);
            prop_assert!(now.contains(target));
        }
        let wider = known && target.contains(held) && target != held;
        let one_grant = matches!(&calls[..], [Call::Grant { .. }]);
        prop_assert!(!wider || one_grant, "wider is one grant: {:?}", calls);
        let partial = calls.iter().any(|c| matches!(c, Call::Revoke { permissions: Some(_), .. }));
        prop_assert!(partly || !partial, "a service account cannot revoke partly");
    }
}
