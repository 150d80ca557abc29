//! One judge of who belongs where: what is told as drift, what the class's plan takes away and what the
//! mend does say the same.

#![allow(clippy::unwrap_used, reason = "tests")]

use jiff::Timestamp;

use super::{Stray, drift};
use crate::domain::access::{Level, Principal};
use crate::domain::directory::Grant;
use crate::domain::drift::Presence;
use crate::domain::frame::Frame;
use crate::domain::frame::tests::{facts, frame, group, id, key, proved, set, someone, vault};
use crate::domain::plan::{Outcome, Plan, Step, Wish};
use crate::domain::term::{Detail, Noted, Stage};

fn on(frame: &mut Frame, of: &str, who: Principal, level: Level) {
    frame.listed.insert(vault(of), Timestamp::UNIX_EPOCH);
    frame.know(&vault(of), &who, proved(level));
    let grant = Grant { who, permissions: Some(set(level)) };
    frame.lists.entry(vault(of)).or_default().push(grant);
}

fn steps(plan: &Plan) -> Vec<&Step> {
    plan.rows.iter().filter(|row| row.outcome == Outcome::Planned).flat_map(|row| &row.steps).collect()
}

#[test]
fn groups_that_were_not_answered_are_taken_off_no_vault() {
    let mut frame = frame(|facts| facts.groups.clear());
    frame.unanswered.groups = true;
    for of in ["a", "b", "e"] {
        on(&mut frame, of, Principal::Group(group("tas")), Level::Write);
        on(&mut frame, of, Principal::Group(group("owners")), Level::Manage);
    }
    let plan = Plan::make(&frame, &Wish::Class(vec![key("a")])).unwrap();
    let revoked: Vec<_> = steps(&plan).into_iter().filter(|s| matches!(s, Step::Revoke { .. })).collect();
    let mend = Plan::make(&frame, &Wish::Mend(vec![])).unwrap();
    assert!(revoked.is_empty(), "staff and administrators are taken off: {revoked:?}");
    assert!(steps(&mend).is_empty(), "{:?}", steps(&mend));
    assert!(drift(&frame, &Presence::new(), &[]).list.is_empty(), "nobody can tell which they are");
}

#[test]
fn administrators_who_are_known_are_no_drift_and_are_not_mended_away() {
    let mut frame = frame(|facts| {
        facts.identity.is_service_account = false;
        facts.identity.sees_levels = true;
        for group in &mut facts.groups {
            group.members = Some(if group.is_administration { vec![id("x")] } else { Vec::new() });
        }
    });
    on(&mut frame, "a", someone("a"), Level::Write);
    on(&mut frame, "a", someone("t"), Level::Manage);
    on(&mut frame, "a", Principal::Group(group("tas")), Level::Write);
    on(&mut frame, "a", someone("x"), Level::Manage);
    let class = Plan::make(&frame, &Wish::Class(vec![key("a")])).unwrap();
    assert_eq!(steps(&class).len(), 0, "{:?}", steps(&class));
    let found = drift(&frame, &Presence::new(), &[]);
    let mend = Plan::make(&frame, &Wish::Mend(vec![])).unwrap();
    assert!(
        found.list.is_empty() && steps(&mend).is_empty(),
        "drift {:?}\nmend {:?}",
        found.list,
        steps(&mend)
    );
}

#[test]
fn whoever_acts_does_not_take_the_own_right_to_manage() {
    let mut facts = facts();
    facts.identity.is_service_account = false;
    facts.identity.sees_levels = true;
    facts.identity.id = id("t");
    facts.class.staff[0].level = Level::Write;
    let mut frame = Frame::new(facts);
    on(&mut frame, "a", someone("t"), Level::Manage);
    let plan = Plan::make(&frame, &Wish::Class(vec![key("a")])).unwrap();
    let found = drift(&frame, &Presence::new(), &[]);
    let mend = Plan::make(&frame, &Wish::Mend(vec![])).unwrap();
    for plan in [plan, mend] {
        assert!(steps(&plan).iter().all(|step| step.who() != Some(&someone("t"))), "{:?}", steps(&plan));
    }
    assert!(found.list.is_empty(), "{:?}", found.list);
}

#[test]
fn a_closed_student_who_is_back_on_the_vault_is_told() {
    let mut frame = frame(|_| {});
    let noted = Noted { at: Timestamp::UNIX_EPOCH, detail: Detail::Nothing };
    frame.closing.entry(key("a")).or_default().note(Stage::Revoke, noted);
    on(&mut frame, "a", someone("a"), Level::Write);
    on(&mut frame, "a", someone("t"), Level::Manage);
    on(&mut frame, "a", Principal::Group(group("tas")), Level::Write);
    let plan = Plan::make(&frame, &Wish::Class(vec![key("a")])).unwrap();
    let [Step::Revoke { who, .. }] = steps(&plan)[..] else { unreachable!("{:?}", plan.rows) };
    assert_eq!(*who, someone("a"));
    let found = drift(&frame, &Presence::new(), &[key("a")]);
    assert_eq!(found.list.iter().map(|drift| drift.kind).collect::<Vec<_>>(), [Stray::Closed]);
}

#[test]
fn a_closed_class_is_in_order() {
    let mut frame = frame(|_| {});
    let noted = Noted { at: Timestamp::UNIX_EPOCH, detail: Detail::Nothing };
    frame.closing.entry(key("a")).or_default().note(Stage::Revoke, noted);
    on(&mut frame, "a", someone("t"), Level::Manage);
    on(&mut frame, "a", Principal::Group(group("tas")), Level::Write);
    let plan = Plan::make(&frame, &Wish::Class(vec![key("a")])).unwrap();
    assert!(plan.rows.iter().all(|row| row.outcome == Outcome::Unchanged), "{:?}", plan.rows);
}

#[test]
fn a_student_in_the_group_of_staff_is_told_where_members_are_shown() {
    let mut frame = frame(|facts| {
        facts.identity.is_service_account = false;
        facts.identity.sees_levels = true;
        for group in &mut facts.groups {
            group.members = Some(if group.name.as_str() == "tas" { vec![id("b")] } else { Vec::new() });
        }
    });
    on(&mut frame, "a", someone("a"), Level::Write);
    on(&mut frame, "a", someone("t"), Level::Manage);
    on(&mut frame, "a", Principal::Group(group("tas")), Level::Write);
    let found = drift(&frame, &Presence::new(), &[key("a")]);
    let plan = Plan::make(&frame, &Wish::Class(vec![key("a")])).unwrap();
    let [one] = &found.list[..] else { unreachable!("{:?}", found.list) };
    assert_eq!((one.kind, &one.who), (Stray::ByGroup, &Principal::Group(group("tas"))));
    assert!(one.mend().as_str().starts_with("needs a person: take the students out"), "{}", one.mend());
    // Staff is not taken off for it: who is in a group is never changed from here.
    let mend = Plan::make(&frame, &Wish::Mend(vec![])).unwrap();
    for plan in [&plan, &mend] {
        assert!(steps(plan).is_empty());
        let told = plan.rows.iter().filter_map(|row| row.outcome.message());
        assert!(
            told.into_iter().any(|told| told.as_str().contains("b is in the group tas")),
            "{:?}",
            plan.rows
        );
    }
}

#[test]
fn a_name_of_staff_that_cannot_be_resolved_takes_nobody_off() {
    // Somebody makes a second group of that name.
    let mut frame = frame(|facts| {
        let mut twin = facts.groups[0].clone();
        twin.id = group("twin");
        facts.groups.push(twin);
    });
    on(&mut frame, "a", someone("a"), Level::Write);
    on(&mut frame, "a", someone("t"), Level::Manage);
    on(&mut frame, "a", Principal::Group(group("tas")), Level::Write);
    let mend = Plan::make(&frame, &Wish::Mend(vec![])).unwrap();
    for plan in [Plan::make(&frame, &Wish::Class(vec![key("a")])).unwrap(), mend] {
        assert!(steps(&plan).is_empty(), "{:?}; guard {:?}", steps(&plan), plan.guard);
        let told = plan.rows.iter().filter_map(|row| row.outcome.message());
        let told: Vec<_> = told.collect();
        let may_be = "tas is on the vault and may be staff";
        assert!(told.iter().any(|told| told.as_str().contains(may_be)), "{told:?}");
    }
    // It is told all the same, and so is whoever cannot be that staff.
    on(&mut frame, "a", someone("x"), Level::Read);
    on(&mut frame, "a", someone("b"), Level::Read);
    let kinds: Vec<_> = drift(&frame, &Presence::new(), &[]).list.iter().map(|drift| drift.kind).collect();
    assert_eq!(kinds, [Stray::Crossing, Stray::Stranger, Stray::Group]);
    let mend = Plan::make(&frame, &Wish::Mend(vec![])).unwrap();
    assert_eq!(
        steps(&mend).iter().filter_map(|step| step.who()).collect::<Vec<_>>(),
        [&someone("b"), &someone("x")]
    );
}

#[test]
fn the_mend_of_a_stray_is_a_command_or_a_person() {
    let (x, a) = (someone("x"), key("a"));
    let tas = Principal::Group(group("tas"));
    let mend = |kind: Stray, asked, is_foreign| kind.mend(&x, &a, asked, is_foreign);
    let revoke = format!("strongroom revoke {x} --vault a");
    for kind in [Stray::Crossing, Stray::Stranger, Stray::Expired, Stray::Group, Stray::Gone, Stray::Closed] {
        assert_eq!(mend(kind, Level::None, false), revoke, "{kind:?}");
        assert_eq!(mend(kind, Level::Read, false), revoke, "{kind:?}: belongs there no more");
        assert!(mend(kind, Level::None, true).starts_with("needs a person: "), "{kind:?}");
    }
    assert_eq!(
        mend(Stray::Wider, Level::Read, false),
        format!("strongroom grant {x} --vault a --level read")
    );
    assert_eq!(mend(Stray::Wider, Level::None, false), revoke);
    for is_foreign in [false, true] {
        let mend = Stray::ByGroup.mend(&tas, &a, Level::Write, is_foreign);
        assert!(mend.contains("take the students out of the group"), "{mend}");
    }
}
