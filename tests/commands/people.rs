//! Inviting, confirming, suspending and bringing back by keys; stopping a plan; the ration.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use strongroom::app::key::Key;
use strongroom::app::msg::{Effect, Event};
use strongroom::domain::admission::Admission::{Confirm, Invite, Reactivate, Suspend};
use strongroom::domain::plan::{Outcome, Plan, Row, Step, Wish};
use strongroom::domain::query::{Data, Query};

use crate::screen::{Screen, at, budget, class, loads, report, setting, student, ticket};

/// The roster with the selection on a student of this number, as a signed-in person sees it.
fn at_student(number: usize) -> Screen {
    let mut screen = Screen::as_person(16);
    screen.type_in(&"j".repeat(number));
    screen
}

#[test]
fn each_key_plans_what_the_selected_student_waits_for() {
    for (number, key, act) in [(10, "i", Invite), (3, "c", Confirm), (0, "S", Suspend), (7, "B", Reactivate)]
    {
        let effects = at_student(number).type_in(key);
        assert_eq!(loads(&effects), [Query::Plan(Wish::People(act, vec![student(number)]))]);
    }
}

#[test]
fn marked_students_are_meant_together() {
    let mut screen = Screen::as_person(16);
    screen.type_in("*");
    let effects = screen.type_in("c");
    let [Query::Plan(Wish::People(Confirm, keys))] = &loads(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(keys.len(), 16);
}

#[test]
fn what_is_not_due_says_how_the_student_stands() {
    for (number, key, why) in [
        (0, "i", "active"),
        (0, "c", "active"),
        (3, "S", "confirm!"),
        (0, "B", "active"),
        (12, "i", "ambiguous"),
        (5, "c", "invited"),
    ] {
        let mut screen = at_student(number);
        assert_eq!(screen.type_in(key), [], "{number} {key}");
        assert!(screen.notice().contains(why), "{number} {key}: {}", screen.notice());
    }
}

#[test]
fn a_service_account_and_read_only_are_told_why_not() {
    for key in ["i", "c", "S", "B"] {
        let mut screen = Screen::of(16);
        assert_eq!(screen.type_in(key), []);
        assert!(screen.notice().contains("--person"), "{}", screen.notice());
        let mut screen = Screen::starting(strongroom::app::Setting { read_only: true, ..setting() });
        screen.answer(&class(16));
        assert_eq!(screen.type_in(key), []);
        assert!(screen.notice().contains("read-only"), "{}", screen.notice());
    }
}

#[test]
fn who_acted_the_last_time_does_not_count() {
    let mut screen = Screen::starting(setting());
    let mut view = class(16);
    view.identity.as_mut().unwrap().is_service_account = false;
    let stored = ticket(&screen.effects);
    screen.loaded(stored, Ok(Data::Class(Box::new(view))));
    assert_eq!(screen.type_in("i"), []);
    assert!(screen.notice().contains("who acts"), "{}", screen.notice());
}

fn plan(students: &[usize]) -> Plan {
    let row = |number: &usize| Row {
        student: student(*number),
        name: "Abara, Ngozi".into(),
        vault: None,
        steps: vec![Step::Admission { act: Suspend, person: None, email: "s@example.edu".into() }],
        seen: None,
        outcome: Outcome::Planned,
    };
    Plan { rows: students.iter().map(row).collect(), ..Plan::default() }
}

/// A plan that is being carried out.
fn running() -> (Screen, strongroom::app::remote::Ticket) {
    let mut screen = at_student(0);
    let asked = ticket(&screen.type_in("S"));
    assert_eq!(screen.type_in("x"), [], "nothing is carried out yet");
    screen.loaded(asked, Ok(Data::Plan(plan(&[0, 1]))));
    let effects = screen.type_in("y");
    (screen, ticket(&effects))
}

#[test]
fn a_running_plan_is_stopped_once_and_by_itself() {
    let (mut screen, running) = running();
    assert_eq!(screen.type_in("x"), [Effect::Stop(running)]);
    assert_eq!(screen.type_in("x"), []);
    screen.key(Key::Esc);
    screen.send(Event::Progress(running, 0, Outcome::Done));
    screen.send(Event::Finished(running, at(6), Ok("1 done, 1 left to do".into())));
    assert!(screen.state.running().is_none());
}

#[test]
fn a_plan_that_waits_says_until_when_and_can_be_stopped() {
    let (mut screen, running) = running();
    screen.send(Event::Paused(running, Some((at(30), "the ration of writes is used up".into()))));
    let review = |screen: &Screen| screen.state.review().unwrap().paused.clone();
    assert_eq!(review(&screen).unwrap().0, at(30));
    assert_eq!(screen.type_in("x"), [Effect::Stop(running)]);
    screen.send(Event::Paused(running, None));
    assert_eq!(review(&screen), None);
}

#[test]
fn suspending_unstages_nothing() {
    let mut screen = Screen::as_person(16);
    screen.type_in("3lr1");
    assert_eq!(screen.state.matrix.staged.len(), 1);
    let asked = ticket(&screen.type_in("S"));
    let mut plan = plan(&[0]);
    plan.rows[0].vault = Some(crate::screen::vault(0));
    screen.loaded(asked, Ok(Data::Plan(plan)));
    let running = ticket(&screen.type_in("y"));
    screen.send(Event::Progress(running, 0, Outcome::Done));
    screen.send(Event::Finished(running, at(6), Ok("1 done".into())));
    assert_eq!(screen.state.matrix.staged.len(), 1);
}

#[test]
fn nothing_is_staged_on_a_vault_of_somebody_else() {
    let mut screen = Screen::starting(setting());
    let mut view = class(16);
    view.rows[0].foreign = true;
    screen.answer(&view);
    screen.type_in("3r");
    assert!(screen.notice().contains("--person may change it"), "{}", screen.notice());
    screen.type_in("x");
    assert!(screen.state.matrix.staged.is_empty());
}

#[test]
fn the_ration_is_shown_as_it_was_told_and_only_news_is_drawn() {
    let mut screen = Screen::of(3);
    screen.send(Event::Watched(Box::new(report(Vec::new()))));
    assert_eq!(screen.state.budget, None);
    let told = strongroom::domain::query::WatchReport { budget: Some(budget()), ..report(Vec::new()) };
    screen.send(Event::Watched(Box::new(told.clone())));
    assert_eq!(screen.state.budget, Some(budget()));
    screen.state.dirty = false;
    screen.send(Event::Watched(Box::new(told)));
    assert!(!screen.state.dirty);
}
