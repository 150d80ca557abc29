//! Plans on the screen, and leaving.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use strongroom::app::key::{Key, ctrl};
use strongroom::app::msg::{Effect, Event};
use strongroom::app::overlay::{Overlay, Stage};
use strongroom::domain::access::Level;
use strongroom::domain::plan::{Change, Outcome, Plan, Row, Step, Wish};
use strongroom::domain::query::{Data, Query};

use crate::screen::{Screen, at, loads, student, teacher, ticket, vault};

pub(crate) fn plan() -> Plan {
    let step =
        Step::Grant { who: teacher(), name: "Dr. Ruiz".into(), from: Some(Level::Manage), to: Level::Read };
    let row = Row {
        student: student(0),
        name: "Abara, Ngozi".into(),
        vault: Some(vault(0)),
        steps: vec![step],
        seen: None,
        outcome: Outcome::Planned,
    };
    Plan { rows: vec![row], ..Plan::default() }
}

/// A change is staged and its plan is on the screen.
fn reviewing() -> Screen {
    let mut screen = Screen::of(16);
    let effects = screen.type_in("3lrA");
    let change = Change { vault: vault(0), who: teacher(), to: Level::Read };
    assert_eq!(loads(&effects), [Query::Plan(Wish::Access(vec![change]))]);
    let asked = ticket(&effects);
    assert_eq!(screen.type_in("y"), [], "the plan is not worked out yet");
    screen.loaded(asked, Ok(Data::Plan(plan())));
    screen
}

fn running() -> (Screen, strongroom::app::remote::Ticket) {
    let mut screen = reviewing();
    let effects = screen.type_in("y");
    assert!(matches!(&effects[..], [Effect::Apply(_, sent)] if *sent == plan()), "{effects:?}");
    (screen, ticket(&effects))
}

#[test]
fn yes_applies_a_plan_exactly_once() {
    let (mut screen, _) = running();
    assert_eq!(screen.type_in("y"), []);
    assert_eq!(screen.type_in("yyy"), []);
    assert!(screen.notice().contains("being carried out"), "{}", screen.notice());
}

#[test]
fn escape_leaves_a_plan_and_sends_nothing() {
    let mut screen = reviewing();
    screen.key(Key::Esc);
    assert_eq!(screen.type_in("y"), []);
    assert_eq!(screen.state.matrix.staged.len(), 1, "what was staged stays");
}

#[test]
fn what_was_done_is_not_staged_any_more() {
    let (mut screen, running) = running();
    screen.send(Event::Progress(running, 0, Outcome::Done));
    let effects = screen.send(Event::Finished(running, at(6), Ok("1 done".into())));
    assert!(screen.state.matrix.staged.is_empty());
    assert_eq!(loads(&effects), [Query::Class { fresh: false }]);
    let review = screen.state.review().unwrap();
    assert_eq!(review.stage, Stage::Ended("1 done".into()));
}

#[test]
fn what_failed_stays_staged() {
    let (mut screen, running) = running();
    screen.send(Event::Progress(running, 0, Outcome::Failed("no".into())));
    screen.send(Event::Finished(running, at(6), Ok("0 done, 1 failed".into())));
    assert_eq!(screen.state.matrix.staged.len(), 1);
}

#[test]
fn a_plan_goes_on_behind_the_panes_and_comes_back() {
    let (mut screen, running) = running();
    screen.key(Key::Esc);
    assert!(screen.state.overlays.is_empty() && screen.state.running().is_some());
    screen.type_in("u");
    assert_eq!(screen.type_in("A"), [], "nothing is staged: the plan that runs is shown");
    assert_eq!(screen.state.overlays.len(), 1);
    screen.key(Key::Esc);
    screen.send(Event::Progress(running, 0, Outcome::Done));
    screen.send(Event::Finished(running, at(6), Ok("1 done".into())));
    assert!(screen.state.running().is_none());
}

#[test]
fn a_plan_without_changes_is_not_applied() {
    let mut screen = Screen::of(16);
    let effects = screen.type_in("A");
    let mut nothing = plan();
    nothing.rows[0].outcome = Outcome::Unchanged;
    screen.loaded(ticket(&effects), Ok(Data::Plan(nothing)));
    assert_eq!(screen.type_in("y"), []);
    assert!(screen.notice().contains("nothing would change"));
}

#[test]
fn marked_students_are_the_ones_planned_for() {
    let mut screen = Screen::of(16);
    let effects = screen.type_in("A");
    assert_eq!(loads(&effects), [Query::Plan(Wish::Provision(Vec::new()))]);
    screen.key(Key::Esc);
    let effects = screen.type_in("j A");
    assert_eq!(loads(&effects), [Query::Plan(Wish::Provision(vec![student(1)]))]);
}

#[test]
fn leaving_asks_where_something_would_be_lost() {
    let mut screen = Screen::of(16);
    assert_eq!(screen.type_in("q"), [Effect::Quit]);
    assert!(screen.state.leaving);
    assert_eq!(screen.type_in("q"), [Effect::QuitNow], "the second one leaves at once");

    let mut screen = Screen::of(16);
    screen.type_in("3lrq");
    assert!(matches!(screen.state.overlays.last(), Some(Overlay::Confirm(_))));
    assert_eq!(screen.type_in("n"), []);
    assert_eq!(screen.state.matrix.staged.len(), 1);
    screen.type_in("q");
    assert_eq!(screen.type_in("y"), [Effect::Quit]);
}

#[test]
fn leaving_asks_while_a_plan_runs_shown_or_not() {
    for escape in [true, false] {
        let (mut screen, _) = running();
        if escape {
            screen.key(Key::Esc);
        }
        assert_eq!(screen.type_in("Q"), [], "shown: {}", !escape);
        let Some(Overlay::Confirm(question)) = screen.state.overlays.last() else { panic!("{escape}") };
        assert!(question.text.contains("plan is being carried out"), "{}", question.text);
        assert_eq!(screen.type_in("y"), [Effect::Quit]);
        assert_eq!(screen.type_in("q"), [Effect::QuitNow], "the header promises that q leaves now");
    }
}

#[test]
fn a_question_is_answered_by_nothing_but_its_keys() {
    let mut screen = Screen::of(16);
    screen.type_in("3lrq");
    for typed in ["j", "A", "1", " "] {
        assert_eq!(screen.type_in(typed), []);
        assert!(matches!(screen.state.overlays.last(), Some(Overlay::Confirm(_))), "{typed}");
    }
    assert_eq!(screen.send(Event::Paste("y".into())), []);
    assert_eq!(screen.chord(ctrl('c')), [Effect::QuitNow]);
}

#[test]
fn a_signal_leaves_at_once() {
    assert_eq!(Screen::of(1).send(Event::Interrupt), [Effect::QuitNow]);
}

#[test]
fn a_running_download_is_not_forgotten() {
    let mut screen = Screen::of(4);
    screen.type_in("D");
    let effects = screen.key(Key::Enter);
    assert_eq!(screen.type_in("q"), []);
    let Some(Overlay::Confirm(question)) = screen.state.overlays.last() else { panic!() };
    assert!(question.text.contains("download"), "{}", question.text);
    screen.type_in("n");
    screen.send(Event::Finished(ticket(&effects), at(7), Ok("3 files".into())));
    assert_eq!(screen.type_in("q"), [Effect::Quit]);
}

#[test]
fn an_empty_folder_fetches_nothing() {
    let mut screen = Screen::of(4);
    screen.type_in("D");
    screen.chord(ctrl('u'));
    assert_eq!(screen.key(Key::Enter), []);
    assert!(screen.notice().contains("no folder"));
}
