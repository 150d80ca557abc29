//! The desired state: what is planned in each situation.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::access::{AccountKind, Cell, Level, Permissions, Principal};
use crate::domain::class::Exception;
use crate::domain::directory::{Grant, PersonState};
use crate::domain::drift::Stray;
use crate::domain::fault::{Fault, Kind};
use crate::domain::frame::tests::{facts, group, id, key, someone, vault};
use crate::domain::frame::{Facts, Frame, Standing};
use crate::domain::id::VaultId;
use crate::domain::operation::{Call, calls};
use crate::domain::plan::{Outcome, Plan, Seen, Step, Wish};
use crate::domain::term::{Closing, Detail, Noted, Stage};
use crate::domain::text::Untrusted;

#[path = "class_properties_tests.rs"]
mod properties;

fn tas() -> Principal {
    Principal::Group(group("tas"))
}

fn exception(who: &str, of: &str, until: &str) -> Exception {
    let (who, level) = (format!("{who}@example.edu"), Level::Read);
    Exception { who, vault: key(of), level, reason: "pair".into(), until: until.parse().unwrap() }
}

/// Who is on which vault, with what; that is all the service shows, to a person.
type World = BTreeMap<VaultId, BTreeMap<Principal, Permissions>>;

fn frame_of(facts: &Facts, world: &World) -> Frame {
    let (mut frame, at) = (Frame::new(facts.clone()), Timestamp::UNIX_EPOCH);
    for (vault, cells) in world {
        frame.listed.insert(vault.clone(), at);
        let grants = cells.iter().map(|(who, set)| Grant { who: who.clone(), permissions: Some(*set) });
        frame.lists.insert(vault.clone(), grants.collect());
        for (who, set) in cells {
            frame.know(vault, who, Cell::Proved { set: *set, at });
        }
    }
    frame
}

fn set(level: Level, kind: AccountKind) -> Permissions {
    level.permissions(kind).unwrap()
}

/// The class of the rules' tests as its file asks: staff and students on the vaults of a and b, staff on
/// that of e, who is gone.
fn in_order(facts: &Facts) -> World {
    let kind = facts.identity.kind;
    let staff = [(someone("t"), set(Level::Manage, kind)), (tas(), set(Level::Write, kind))];
    let mut world: World = ["a", "b", "e"].map(|of| (vault(of), staff.clone().into())).into();
    for of in ["a", "b"] {
        world.get_mut(&vault(of)).unwrap().insert(someone(of), set(facts.class.student, kind));
    }
    world
}

fn plan(facts: &Facts, world: &World) -> Plan {
    Plan::make(&frame_of(facts, world), &Wish::Class(Vec::new())).unwrap()
}

/// The rows that change something or are refused: student, steps, outcome.
fn told(plan: &Plan) -> Vec<String> {
    let rows =
        plan.rows.iter().filter(|row| !matches!(row.outcome, Outcome::Unchanged | Outcome::Waiting(_)));
    let step = |step: &Step| match step {
        Step::CreateVault => "make".to_owned(),
        Step::Grant { name, to, .. } => format!("{name}={to}"),
        Step::Revoke { name, .. } => format!("-{name}"),
        step => format!("{step:?}"),
    };
    rows.map(|row| {
        let steps: Vec<String> = row.steps.iter().map(step).collect();
        format!("{}: {} {}", row.student, steps.join(" "), row.outcome.name())
    })
    .collect()
}

#[test]
fn a_class_in_order_needs_only_its_missing_vault() {
    let facts = facts();
    let plan = plan(&facts, &in_order(&facts));
    assert_eq!(told(&plan), ["c: make c=write t=manage tas=write planned"]);
    assert!(
        plan.rows.iter().any(|row| row.student == key("d") && matches!(row.outcome, Outcome::Waiting(_)))
    );
    assert!(plan.rows.iter().all(|row| row.seen.is_some() == (row.outcome == Outcome::Planned)));
}

#[test]
fn staff_and_guests_who_are_suspended_are_given_nothing_and_keep_what_they_have() {
    let mut facts = facts();
    let mut world = in_order(&facts);
    facts.class.exceptions = vec![exception("x", "b", "2026-12-01")];
    world.get_mut(&vault("a")).unwrap().remove(&someone("t"));
    let suspended = ["t", "x"].map(id);
    facts.people.iter_mut().filter(|one| suspended.contains(&one.id)).for_each(|one| {
        one.state = PersonState::Suspended;
    });
    assert_eq!(told(&plan(&facts, &world)), ["c: make c=write tas=write planned"]);
}

#[test]
fn whom_staff_is_known_to_be_missing_is_what_the_plan_gives_staff() {
    let mut facts = facts();
    let mut world = in_order(&facts);
    let lacking = |facts: &Facts, world: &World| frame_of(facts, world).without_staff();
    assert_eq!(lacking(&facts, &world), [], "who has no vault yet is nobody it could be missing for");
    for (of, who) in [("a", someone("t")), ("e", tas())] {
        world.get_mut(&vault(of)).unwrap().remove(&who);
    }
    assert_eq!(told(&plan(&facts, &world)).len(), 3, "the vault of c, and staff for a and e");
    assert_eq!(lacking(&facts, &world), [key("a"), key("e")]);
    // Who cannot be given anything now is not waited for, and what was never read is not told.
    facts.people.iter_mut().filter(|one| one.id == id("t")).for_each(|one| {
        one.state = PersonState::Suspended;
    });
    assert_eq!(lacking(&facts, &world), [key("e")]);
    world.remove(&vault("e"));
    assert_eq!(lacking(&facts, &world), []);
    let mut foreign = frame_of(&facts, &in_order(&facts));
    foreign.know(&vault("a"), &tas(), Cell::Proved { set: Permissions::NONE, at: Timestamp::UNIX_EPOCH });
    assert_eq!(foreign.without_staff(), [key("a")]);
    foreign.foreign.insert(vault("a"));
    assert_eq!(foreign.without_staff(), [], "only who made it could give it");
}

#[test]
fn everything_that_should_not_be_is_taken_before_anything_is_given() {
    let mut facts = facts();
    facts.class.exceptions = vec![exception("c", "a", "2026-12-01"), exception("x", "b", "2026-11-21")];
    let (mut world, kind) = (in_order(&facts), facts.identity.kind);
    let on_a = world.get_mut(&vault("a")).unwrap();
    on_a.insert(someone("b"), set(Level::Read, kind));
    on_a.insert(someone("a"), set(Level::Manage, kind));
    on_a.remove(&tas());
    let friends = Principal::Group(group("friends"));
    let owners = Principal::Group(group("owners"));
    let on_b = world.get_mut(&vault("b")).unwrap();
    on_b.insert(someone("x"), set(Level::Read, kind));
    on_b.insert(friends, set(Level::Read, kind));
    on_b.insert(owners, set(Level::Manage, kind));
    world.get_mut(&vault("e")).unwrap().insert(someone("e"), set(Level::Write, kind));
    let told = told(&plan(&facts, &world));
    let expected = [
        "a: -b a=write tas=write c=read planned",
        "b: -x -friends planned",
        "c: make c=write t=manage tas=write planned",
        "e: -e planned",
    ];
    assert_eq!(told, expected);
}

/// The steps at the end of the term that are done for a student.
fn closing(stages: &[Stage]) -> Closing {
    let mut closing = Closing::default();
    for stage in stages {
        closing.note(*stage, Noted { at: Timestamp::UNIX_EPOCH, detail: Detail::Nothing });
    }
    closing
}

#[test]
fn at_the_end_of_the_term_nobody_is_given_back_what_was_taken() {
    let mut facts = facts();
    facts.class.exceptions = vec![exception("c", "a", "2026-12-01"), exception("c", "b", "2026-12-01")];
    let full = in_order(&facts);
    let mut taken = full.clone();
    taken.get_mut(&vault("a")).unwrap().remove(&someone("a"));
    let plan = |world: &World, ended: &[(&str, &[Stage])]| {
        let mut frame = frame_of(&facts, world);
        frame.closing = ended.iter().map(|(of, stages)| (key(of), closing(stages))).collect();
        told(&Plan::make(&frame, &Wish::Class(vec![key("a"), key("b"), key("c")])).unwrap())
    };
    let closed: &[Stage] = &[Stage::Freeze, Stage::Revoke];
    let all = [("a", closed), ("b", closed), ("c", closed)];
    // What is gone stays away, what is there again is taken, staff stays; no vault is made.
    assert_eq!(plan(&taken, &all), ["b: -b planned"]);
    let frozen: &[Stage] = &[Stage::Freeze];
    let frozen = [("a", frozen), ("b", frozen), ("c", frozen)];
    assert_eq!(plan(&full, &frozen), ["a: a=read c=read planned", "b: b=read c=read planned"]);
}

#[test]
fn what_is_on_a_closed_vault_is_drift_and_what_a_frozen_one_has_beyond_reading() {
    let facts = facts();
    let mut frame = frame_of(&facts, &in_order(&facts));
    let kind =
        |frame: &Frame| frame.stray(&vault("a"), &someone("a")).map(|judged| (judged.kind, judged.asked));
    assert_eq!(kind(&frame), None);
    frame.closing.insert(key("a"), closing(&[Stage::Freeze]));
    assert_eq!(kind(&frame), Some((Stray::Wider, Level::Read)));
    frame.closing.insert(key("a"), closing(&[Stage::Revoke]));
    assert_eq!(kind(&frame), Some((Stray::Closed, Level::None)));
    assert_eq!(frame.stray(&vault("a"), &someone("t")).map(|judged| judged.kind), None);
    let mend = Plan::make(&frame, &Wish::Mend(vec![key("a")])).unwrap();
    assert_eq!(told(&mend), ["a: -a planned"]);
}

#[test]
fn an_unknown_level_is_granted_again_and_a_vault_that_cannot_be_read_waits() {
    let facts = facts();
    let world = in_order(&facts);
    let mut frame = frame_of(&facts, &world);
    frame.know(&vault("a"), &someone("a"), Cell::Unknown { why: crate::domain::access::Why::LevelNotShown });
    frame.unread.insert(vault("b"), Fault::new(Kind::NotFound, "no such vault"));
    let plan = Plan::make(&frame, &Wish::Class(vec![key("a"), key("b")])).unwrap();
    assert_eq!(told(&plan), ["a: a=write planned"]);
    let Outcome::Waiting(why) = &plan.rows[1].outcome else { panic!("{:?}", plan.rows[1]) };
    assert!(why.as_str().contains("no such vault"), "{why}");
}

#[test]
fn what_may_be_given_only_because_of_an_earlier_step_of_the_row_is_given() {
    let facts = facts();
    let (mut world, kind) = (in_order(&facts), facts.identity.kind);
    let on_a = world.get_mut(&vault("a")).unwrap();
    on_a.remove(&someone("a"));
    on_a.insert(someone("b"), set(Level::Write, kind));
    let mut frame = frame_of(&facts, &world);
    let plan = Plan::make(&frame, &Wish::Class(vec![key("a")])).unwrap();
    assert_eq!(told(&plan), ["a: -b a=write planned"]);
    let operations: Vec<_> = plan.rows[0].steps.iter().filter_map(|s| s.access(&vault("a"))).collect();
    assert_eq!(frame.permits_in_turn(&operations), Ok(()));
    assert!(frame.permits_in_turn(&operations[1..]).is_err(), "alone it is a crossing");
    assert!(frame.permits(&operations[1]).is_err(), "what was assumed is forgotten");
}

#[test]
fn a_guest_is_put_on_one_vault_and_a_group_with_a_student_on_none() {
    let mut facts = facts();
    facts.class.exceptions = vec![exception("x", "a", "2026-12-01"), exception("x", "b", "2026-12-01")];
    facts.people.iter_mut().find(|p| p.id == id("x")).unwrap().kind =
        crate::domain::directory::PersonKind::Guest;
    let mut world = in_order(&facts);
    let told_guest = told(&plan(&facts, &world));
    assert_eq!(told_guest[..2], ["a: x=read planned", "b:  refused"]);
    facts.class.exceptions.clear();
    facts.groups[0].members = Some(vec![id("b")]);
    for cells in world.values_mut() {
        cells.retain(|who, _| *who != tas());
    }
    assert!(told(&plan(&facts, &world)).iter().filter(|row| row.ends_with(" refused")).count() >= 3);
}

type Adjust<'a> = &'a dyn Fn(&mut Facts);

#[test]
fn every_fact_that_a_row_rests_on_changes_what_it_has_seen() {
    let base = facts();
    let (mut world, kind) = (in_order(&base), base.identity.kind);
    world.get_mut(&vault("a")).unwrap().insert(someone("x"), set(Level::Read, kind));
    let row = plan(&base, &world).rows.into_iter().find(|row| row.student == key("a")).unwrap();
    let before = row.seen.clone().unwrap();
    let seen = |facts: &Facts, world: &World| {
        let frame = frame_of(facts, world);
        before.changes(&Seen::of(&frame, &row), &frame)
    };
    assert!(seen(&base, &world).is_empty());
    let with = |adjust: Adjust<'_>| {
        let mut facts = base.clone();
        adjust(&mut facts);
        seen(&facts, &world)
    };
    let person = |facts: &mut Facts, of: &str, adjust: &dyn Fn(&mut crate::domain::directory::Person)| {
        adjust(facts.people.iter_mut().find(|person| person.id == id(of)).unwrap());
    };
    let changed: [(&str, Adjust<'_>); 10] = [
        ("address", &|f| f.students[0].email = Untrusted::new("other@example.edu")),
        ("gone", &|f| f.gone.extend([key("a")])),
        ("suspended", &|f| person(f, "a", &|p| p.state = PersonState::Suspended)),
        ("moved away", &|f| person(f, "a", &|p| p.email = Untrusted::new("new@example.edu"))),
        ("a namesake", &|f| person(f, "e", &|p| p.email = Untrusted::new("a@example.edu"))),
        ("the stray's address", &|f| person(f, "x", &|p| p.email = Untrusted::new("y@example.edu"))),
        ("level", &|f| f.class.student = Level::Read),
        ("staff", &|f| drop(f.class.staff.pop())),
        ("exception", &|f| f.class.exceptions.push(exception("x", "a", "2026-12-01"))),
        ("members", &|f| f.groups[0].members = Some(vec![id("t")])),
    ];
    for (what, adjust) in changed {
        assert!(!with(adjust).is_empty(), "{what}");
    }
    for (what, adjust) in [
        ("a name", &(|f: &mut Facts| f.people[0].name = "Eve".into()) as Adjust<'_>),
        ("another's exception", &|f| f.class.exceptions.push(exception("x", "b", "2026-12-01"))),
        ("another's state", &|f| person(f, "c", &|p| p.state = PersonState::Suspended)),
        ("the day", &|f| f.today = f.today.tomorrow().unwrap()),
    ] {
        assert_eq!(with(adjust), Vec::<String>::new(), "{what}");
    }
    let mut come = world.clone();
    come.get_mut(&vault("a")).unwrap().insert(someone("c"), set(Level::Read, kind));
    assert_eq!(seen(&base, &come), ["c is on the vault now"]);
    let mut left = world.clone();
    left.get_mut(&vault("a")).unwrap().remove(&someone("t"));
    assert_eq!(seen(&base, &left), ["t is not on the vault any more"]);
    let text = serde_json::to_string(&before).unwrap();
    assert_eq!(serde_json::from_str::<Seen>(&text).unwrap(), before);
    assert!(!text.contains("example.edu"));
}

#[test]
fn what_no_step_mends_is_told_also_where_nothing_is_sent() {
    let mut facts = facts();
    let world = in_order(&facts);
    let refused = |facts: &Facts, of: &str| {
        let mut rows = plan(facts, &world).rows.into_iter().filter(|row| row.student == key(of));
        rows.find_map(|row| match row.outcome {
            Outcome::Refused(why) => Some(why.as_str().to_owned()),
            _ => None,
        })
    };
    assert_eq!((refused(&facts, "a"), refused(&facts, "b")), (None, None));
    let others = facts.clone();
    let tas = facts.groups.iter_mut().find(|group| Principal::Group(group.id.clone()) == tas()).unwrap();
    tas.members = Some(vec![id("b")]);
    assert!(refused(&facts, "a").unwrap().contains("b is in the group tas, who would read every vault"));
    let mut facts = others;
    let address = facts.students.iter().find(|student| student.key == key("b")).unwrap().email.clone();
    facts.students.iter_mut().find(|student| student.key == key("c")).unwrap().email = address;
    assert!(refused(&facts, "b").unwrap().contains("b shares an address with another student"));
    assert_eq!(refused(&facts, "a"), None);
}
