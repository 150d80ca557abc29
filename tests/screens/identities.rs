//! Who acts, in which account, with what left of the ration; and vaults that are not to be changed.

#![allow(clippy::unwrap_used, reason = "tests")]

use strongroom::app::Setting;
use strongroom::app::msg::Event;
use strongroom::domain::admission::Admission;
use strongroom::domain::budget::{Action, Stop};
use strongroom::domain::id::AccountId;
use strongroom::domain::parts::{Down, Part};
use strongroom::domain::plan::{Outcome, Plan, Row, Step};
use strongroom::domain::query::{Data, WatchReport};

use crate::screen::{Screen, at, budget, class, report, row, setting, student, ticket};
use crate::{drawn, shot, text};

fn head(screen: &mut Screen, width: u16) -> String {
    text(&drawn(screen, (width, 24))).lines().next().unwrap().to_owned()
}

/// A class on the real service through `op`, with a ration where it is given one.
fn through_op(stopped: Vec<Stop>) -> Screen {
    let mut screen = Screen::starting(Setting {
        via: Some("op"),
        beat: Some(std::time::Duration::from_secs(30)),
        ..setting()
    });
    let mut view = class(16);
    view.identity.as_mut().unwrap().account = AccountId::parse(&"A".repeat(26)).unwrap();
    screen.answer(&view);
    let budget = Some(strongroom::domain::budget::Budget { stopped, ..budget() });
    screen.send(Event::Watched(Box::new(WatchReport { budget, ..report(Vec::new()) })));
    screen
}

#[test]
fn the_head_folds_in_its_stated_order() {
    let mut screen = through_op(Vec::new());
    let heads: Vec<_> = [220, 200, 160, 140, 120, 100, 90, 80, 70, 60]
        .map(|width| format!("{width:>3}|{}|", head(&mut screen, width)))
        .into();
    super::settings().bind(|| insta::assert_snapshot!("heads", heads.join("\n")));
    let mut screen = through_op(vec![Stop { action: Action::Write, until: at(125) }]);
    let heads: Vec<_> =
        [200, 120, 80, 60].map(|width| format!("{width:>3}|{}|", head(&mut screen, width))).into();
    super::settings().bind(|| insta::assert_snapshot!("heads-stopped", heads.join("\n")));
    assert!(heads.iter().all(|head| head.contains("writes stop until")), "{heads:?}");
}

fn parts(calls: [u64; 2], down: Option<usize>) -> Vec<Part> {
    let part = |at: usize, name| {
        let down = (down == Some(at)).then(|| Down { since: at_noon(), why: "no answer".into() });
        Part { name, calls: calls[at], down, failing: None, covers: (at == 1).then_some(16) }
    };
    vec![part(0, "op"), part(1, "connect")]
}

fn at_noon() -> jiff::Timestamp {
    "2026-09-21T12:00:00Z".parse().unwrap()
}

#[test]
fn several_services_are_told_with_their_shares_and_one_that_is_left_out_stays_in_sight() {
    let tell = |screen: &mut Screen, parts| {
        let parts = Some(parts);
        screen.send(Event::Watched(Box::new(WatchReport { parts, ..report(Vec::new()) })));
    };
    let mut screen = through_op(Vec::new());
    tell(&mut screen, parts([3, 97], None));
    assert!(head(&mut screen, 220).contains("op 3% connect 97%"), "{}", head(&mut screen, 220));
    assert!(!head(&mut screen, 80).contains('%'), "{}", head(&mut screen, 80));
    tell(&mut screen, parts([3, 97], Some(1)));
    let wide = head(&mut screen, 220);
    assert!(wide.contains("connect out since ") && wide.contains(", op reads instead"), "{wide}");
    for width in [120, 80, 60] {
        let head = head(&mut screen, width);
        assert!(head.contains("connect out"), "{head}");
    }
    tell(&mut screen, parts([3, 97], Some(0)));
    let wide = head(&mut screen, 220);
    assert!(wide.contains("connect reads 16 vaults, nothing can be changed"), "{wide}");
    tell(&mut screen, parts([3, 97], None));
    assert!(!head(&mut screen, 220).contains("out since"));
    let mut stopped = through_op(vec![Stop { action: Action::Write, until: at(125) }]);
    tell(&mut stopped, parts([3, 97], Some(1)));
    let wide = head(&mut stopped, 220);
    assert!(wide.contains("writes stop until ") && wide.contains("connect out since"), "{wide}");
}

#[test]
fn a_sandbox_says_simulated_whatever_it_is_reached_through() {
    for via in [None, Some("op")] {
        let mut screen = Screen::starting(Setting { via, ..setting() });
        screen.answer(&class(16));
        screen.send(Event::Watched(Box::new(report(Vec::new()))));
        for width in [60, 80, 120, 200] {
            assert!(head(&mut screen, width).contains("(simulated)"), "{width} {via:?}");
        }
    }
    let mut screen = through_op(Vec::new());
    for width in [80, 120, 200] {
        let head = head(&mut screen, width);
        assert!(!head.contains("simulated"), "{head}");
    }
}

#[test]
fn who_acts_is_said_at_every_width_once_the_service_has_said_it() {
    let mut service = Screen::of(16);
    let mut person = Screen::as_person(16);
    for width in [80, 100, 120, 200] {
        assert!(head(&mut service, width).contains("service account"), "{}", head(&mut service, width));
        assert!(head(&mut person, width).contains("as Ruiz, Dolores"), "{}", head(&mut person, width));
    }
    let mut stored = Screen::starting(setting());
    let asked = ticket(&stored.effects);
    stored.loaded(asked, Ok(Data::Class(Box::new(class(16)))));
    assert!(!head(&mut stored, 200).contains(" as "), "{}", head(&mut stored, 200));
}

#[test]
fn a_person_sees_levels_and_what_can_be_done_next() {
    let mut screen = Screen::as_person(16);
    screen.type_in("jjj");
    shot("person-roster", &mut screen, (80, 24));
    shot("person-wide", &mut screen, (120, 40));
    screen.type_in("3");
    shot("person-access", &mut screen, (80, 24));
}

#[test]
fn people_are_planned_with_what_could_not_be_checked() {
    let mut screen = Screen::as_person(16);
    let asked = ticket(&screen.type_in("*S"));
    let line = |number: usize, outcome| Row {
        student: student(number),
        name: row(number).name,
        vault: row(number).vault,
        steps: vec![Step::Admission { act: Admission::Suspend, person: None, email: row(number).email }],
        seen: None,
        outcome,
    };
    let refused = Row { steps: Vec::new(), ..line(4, Outcome::Refused("s004 is staff of CS101-F26".into())) };
    let rows = vec![line(0, Outcome::Planned), line(1, Outcome::Planned), refused];
    let unverified = vec!["whether one of them is an owner or administrator of the account".into()];
    screen.loaded(asked, Ok(Data::Plan(Plan { rows, unverified, ..Plan::default() })));
    shot("plan-people", &mut screen, (80, 24));
}

#[test]
fn a_plan_says_what_it_leaves_and_until_when_it_waits() {
    let mut screen = through_op(Vec::new());
    let asked = ticket(&screen.type_in("A"));
    screen.loaded(asked, Ok(Data::Plan(crate::overlays::plan())));
    shot("plan-ration", &mut screen, (80, 24));
    let running = ticket(&screen.type_in("y"));
    screen.send(Event::Ends(running, at(170)));
    assert!(text(&drawn(&mut screen, (80, 24))).contains("Done about"));
    screen.send(Event::Paused(running, Some((at(125), "the ration of writes is used up".into()))));
    shot("plan-waits", &mut screen, (80, 24));
    screen.type_in("x");
    assert!(text(&drawn(&mut screen, (80, 24))).contains("Stops after the call in flight"));
    screen.type_in("q");
    assert!(text(&drawn(&mut screen, (80, 24))).contains("waits until"));
}

#[test]
fn a_vault_of_another_maker_says_why_nothing_can_be_staged() {
    let mut screen = Screen::starting(setting());
    let mut view = class(16);
    view.rows[0].foreign = true;
    screen.answer(&view);
    screen.type_in("3");
    shot("access-foreign", &mut screen, (80, 24));
}
