//! What may be done with whom.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::domain::access::Level;
use crate::domain::class::Staff;
use crate::domain::directory::PersonState as S;
use crate::domain::frame::Facts;
use crate::domain::frame::tests::{frame, id, key, person};
use crate::domain::plan::{Outcome, Plan, Row, Wish};
use crate::domain::text::Untrusted;

type Adjust = fn(&mut Facts);

const ALL: [Admission; 4] =
    [Admission::Invite, Admission::Confirm, Admission::Suspend, Admission::Reactivate];

/// A signed-in person acts; student c is in this state, or in nobody's account.
fn with(state: Option<PersonState>, adjust: impl FnOnce(&mut Facts)) -> Frame {
    frame(|facts| {
        facts.identity.is_service_account = false;
        facts.people.retain(|person| person.id != id("c"));
        facts.people.extend(state.map(|state| person("c", " C@Example.edu", state)));
        adjust(facts);
    })
}

fn plan(frame: &Frame, act: Admission, keys: &[&str]) -> Result<Vec<Row>, Fault> {
    let keys = keys.iter().map(|name| key(name)).collect();
    Plan::make(frame, &Wish::People(act, keys)).map(|plan| plan.rows)
}

fn outcome(frame: &Frame, act: Admission, of: &str) -> &'static str {
    plan(frame, act, &[of]).unwrap().remove(0).outcome.name()
}

#[test]
fn each_state_allows_what_it_allows_and_nothing_else() {
    let states = [
        (None, ["planned", "waiting", "refused", "refused"]),
        (Some(S::Invited), ["unchanged", "waiting", "refused", "refused"]),
        (Some(S::AwaitingConfirmation), ["unchanged", "planned", "refused", "refused"]),
        (Some(S::Active), ["unchanged", "unchanged", "planned", "unchanged"]),
        (Some(S::Suspended), ["refused", "refused", "unchanged", "planned"]),
        (Some(S::InvitationLapsed), ["refused"; 4]),
        (Some(S::Recovering), ["refused"; 4]),
        (Some(S::Deleted), ["planned", "waiting", "refused", "refused"]),
        (Some(S::Other("FROZEN".into())), ["refused"; 4]),
    ];
    for (state, expected) in states {
        let frame = with(state.clone(), |_| {});
        assert_eq!(ALL.map(|act| outcome(&frame, act, "c")), expected, "{state:?}");
    }
}

#[test]
fn nobody_but_a_student_of_the_roster_is_touched() {
    let cases: [(&str, Adjust); 6] = [
        ("you", |facts| facts.identity.id = id("c")),
        ("administrator", |facts| facts.groups[1].members = Some(vec![id("c")])),
        ("staff", |facts| facts.groups[0].members = Some(vec![id("c")])),
        ("staff", |facts| {
            let who = StaffName::User("c@EXAMPLE.edu".into());
            facts.class.staff[0].who = who;
        }),
        ("service account", |facts| facts.people.last_mut().unwrap().kind = PersonKind::ServiceAccount),
        ("shares an address", |facts| facts.students[0].email = Untrusted::new("c@example.edu")),
    ];
    for (why, adjust) in cases {
        for (state, act) in [
            (S::AwaitingConfirmation, Admission::Confirm),
            (S::Active, Admission::Suspend),
            (S::Suspended, Admission::Reactivate),
        ] {
            let frame = with(Some(state), adjust);
            let row = plan(&frame, act, &["c"]).unwrap().remove(0);
            let Outcome::Refused(message) = &row.outcome else { panic!("{why}: {row:?}") };
            assert!(message.as_str().contains(why), "{why}: {message}");
            let forged = match act {
                Admission::Confirm => Operation::Confirm { student: key("c"), person: id("c") },
                Admission::Suspend => Operation::Suspend { student: key("c"), person: id("c") },
                _ => Operation::Reactivate { student: key("c"), person: id("c") },
            };
            assert_eq!(frame.permits(&forged).unwrap_err().kind, Kind::Refused, "{why}");
        }
    }
}

#[test]
fn an_invitation_goes_to_the_address_of_the_roster_alone() {
    let frame = with(None, |_| {});
    let invite = |email: &str| Operation::Invite { student: key("c"), email: Untrusted::new(email) };
    assert_eq!(frame.permits(&invite("c@example.edu")), Ok(()));
    assert!(frame.permits(&invite("x@example.edu")).is_err());
    for address in
        ["", "c", "c@", "@example.edu", "-c@example.edu", "c c@example.edu", "c\u{202e}@example.edu"]
    {
        let frame = with(None, |facts| facts.students[2].email = Untrusted::new(address));
        assert_eq!(outcome(&frame, Admission::Invite, "c"), "refused", "{address:?}");
    }
}

#[test]
fn an_operation_on_somebody_else_is_refused() {
    let frame = with(Some(S::Active), |_| {});
    for person in ["t", "x", "a", "d"] {
        let operation = Operation::Suspend { student: key("c"), person: id(person) };
        assert!(frame.permits(&operation).is_err(), "{person}");
    }
    assert_eq!(frame.permits(&Operation::Suspend { student: key("c"), person: id("c") }), Ok(()));
}

#[test]
fn who_left_the_class_may_be_suspended_and_is_let_in_nowhere() {
    let frame = with(None, |_| {});
    assert_eq!(outcome(&frame, Admission::Suspend, "e"), "planned");
    assert_eq!(outcome(&frame, Admission::Reactivate, "e"), "refused");
}

#[test]
fn to_confirm_nobody_in_particular_is_everybody_who_waits() {
    let frame = with(Some(S::AwaitingConfirmation), |_| {});
    let rows = plan(&frame, Admission::Confirm, &[]).unwrap();
    assert_eq!(rows.iter().map(|row| row.student.as_str()).collect::<Vec<_>>(), ["c"]);
    for act in [Admission::Invite, Admission::Suspend, Admission::Reactivate] {
        assert_eq!(plan(&frame, act, &[]).unwrap_err().kind, Kind::Input);
    }
}

#[test]
fn a_service_account_is_told_who_could() {
    let frame = frame(|_| {});
    for act in ALL {
        let fault = plan(&frame, act, &["c"]).unwrap_err();
        assert_eq!((fault.kind, fault.exit_code()), (Kind::Denied, 4));
        assert!(fault.to_string().contains("--person"), "{fault}");
    }
}

#[test]
fn what_cannot_be_known_is_said() {
    assert_eq!(with(None, |_| {}).unverified_people().len(), 2);
    let seen = |facts: &mut Facts| facts.groups.iter_mut().for_each(|group| group.members = Some(Vec::new()));
    assert_eq!(with(None, seen).unverified_people(), [] as [SafeText; 0]);
}

#[test]
fn who_acts_is_nobodys_intruder_and_is_given_nothing() {
    let frame = with(None, |facts| facts.identity.id = id("x"));
    let owner = frame.student(&key("a")).unwrap();
    let who = crate::domain::frame::tests::someone("x");
    assert_eq!(frame.standing(owner, &who), crate::domain::frame::Standing::ServiceAccount);
    let vault = crate::domain::frame::tests::vault("a");
    let level = Level::Read;
    assert!(frame.permits(&Operation::Grant { vault, who, level }).is_err());
}

/// What is said to whoever wants to do that with c, who is suspended.
fn told(act: Admission, adjust: Adjust) -> String {
    let frame = with(Some(S::Suspended), adjust);
    let due = frame.admission(act, frame.student(&key("c")).unwrap());
    due.map_or_else(|fault| fault.to_string(), |due| format!("{due:?}"))
}

#[test]
fn an_address_that_was_left_to_somebody_else_lets_in_and_is_not_shut_out() {
    let shared: Adjust = |facts| facts.students[4].email = Untrusted::new("c@example.edu");
    assert!(told(Admission::Reactivate, |_| {}).starts_with("Now(Reactivate"));
    assert!(told(Admission::Reactivate, shared).starts_with("Now(Reactivate"), "e is gone");
    assert!(told(Admission::Suspend, shared).starts_with("c shares an address with e"));
    let present: Adjust = |facts| {
        facts.students[4].email = Untrusted::new("c@example.edu");
        facts.gone.clear();
    };
    assert!(told(Admission::Reactivate, present).starts_with("c shares an address with e"));
}

#[test]
fn whoever_is_staff_by_name_or_by_a_group_is_left_alone() {
    let by_name: Adjust = |facts| {
        facts.class.staff.push(Staff { who: StaffName::User("C@example.edu".into()), level: Level::Read });
    };
    let by_group: Adjust = |facts| facts.groups[0].members = Some(vec![id("c")]);
    let elsewhere: Adjust = |facts| facts.groups[2].members = Some(vec![id("c")]);
    assert!(told(Admission::Reactivate, by_name).starts_with("c is staff of CS101"));
    assert!(told(Admission::Reactivate, by_group).starts_with("c is staff of CS101"));
    assert!(told(Admission::Reactivate, elsewhere).starts_with("Now(Reactivate"), "no group of staff");
}
