//! What lies over the panes.

#![allow(clippy::unwrap_used, reason = "tests")]

use strongroom::app::key::Key;
use strongroom::app::msg::Event;
use strongroom::domain::access::Level;
use strongroom::domain::directory::{Field, FieldValue, FileMeta, ItemDetail, ItemRef};
use strongroom::domain::id::FileId;
use strongroom::domain::plan::{Outcome, Plan, Row, Step};
use strongroom::domain::query::Data;
use strongroom::domain::text::Untrusted;

use crate::screen::{Screen, at, down, item_id, items, person, row, student, teacher, ticket, vault};
use crate::{SMALL, drawn, opened, shot, text};

pub(crate) fn plan() -> Plan {
    let line = |number: usize, steps, outcome| Row {
        student: student(number),
        name: row(number).name,
        vault: row(number).vault,
        steps,
        seen: None,
        outcome,
    };
    let grant = |number: usize, from, to| Step::Grant {
        who: strongroom::domain::access::Principal::Person(person(number)),
        name: row(number).name,
        from,
        to,
    };
    let rows = vec![
        line(9, vec![Step::CreateVault, grant(9, Some(Level::None), Level::Write)], Outcome::Planned),
        line(0, vec![grant(0, Some(Level::Manage), Level::Write)], Outcome::Planned),
        line(1, vec![Step::Revoke { who: teacher(), name: "Dr. Ruiz".into(), from: None }], Outcome::Planned),
        line(2, Vec::new(), Outcome::Unchanged),
        line(3, Vec::new(), Outcome::Waiting("confirm this person in 1Password".into())),
        line(
            4,
            vec![grant(5, None, Level::Read)],
            Outcome::Refused(
                "s005 would get access to the vault of s004 (an [[access.exception]] of the class file is the only way to cross)"
                    .into(),
            ),
        ),
    ];
    let unverified = vec![
        "levels are those that we granted: a service account is not shown them".into(),
        "access through groups: a service account is not shown who is in them".into(),
    ];
    Plan { rows, unverified, ..Plan::default() }
}

fn reviewing() -> Screen {
    let mut screen = Screen::of(16);
    let asked = ticket(&screen.type_in("A"));
    screen.loaded(asked, Ok(Data::Plan(plan())));
    screen
}

#[test]
fn a_plan_from_question_to_end() {
    let mut screen = Screen::of(16);
    screen.type_in("A");
    shot("plan-loading", &mut screen, SMALL);
    let mut screen = reviewing();
    shot("plan-review", &mut screen, SMALL);
    shot("plan-review-wide", &mut screen, (120, 40));
    let running = ticket(&screen.type_in("y"));
    screen.send(Event::Progress(running, 0, Outcome::Done));
    screen.send(Event::Progress(running, 1, Outcome::Running));
    shot("plan-running", &mut screen, SMALL);
    screen.key(Key::Esc);
    shot("plan-behind", &mut screen, SMALL);
    screen.type_in("A");
    screen.send(Event::Progress(running, 1, Outcome::Done));
    let fault = "You do not have permission to perform this action (403)";
    screen.send(Event::Progress(running, 2, Outcome::Failed(fault.into())));
    let end = "2 done, 1 unchanged, 1 waiting, 1 refused, 1 failed";
    screen.send(Event::Finished(running, at(9), Ok(end.into())));
    shot("plan-ended", &mut screen, SMALL);
}

#[test]
fn a_plan_that_could_not_be_made() {
    let mut screen = Screen::of(16);
    let asked = ticket(&screen.type_in("A"));
    screen.loaded(asked, Err(down()));
    shot("plan-failed", &mut screen, SMALL);
}

fn detail() -> ItemDetail {
    let field = |id: &str, section: Option<&str>, kind: &str, value| Field {
        id: id.into(),
        label: id.into(),
        section: section.map(Into::into),
        kind: kind.into(),
        value,
    };
    let file = |number: u8, name: &str, size| FileMeta {
        id: FileId::parse(&format!("sbxfile{number:019}")).unwrap(),
        name: Untrusted::new(name),
        size,
    };
    ItemDetail {
        item: items(0).remove(0),
        fields: vec![
            field("username", None, "STRING", FieldValue::Shown("ngozi".into())),
            field("password", None, "CONCEALED", FieldValue::Concealed),
            field(
                "notes",
                Some("Extra"),
                "STRING",
                FieldValue::Shown("a long note ".repeat(14).as_str().into()),
            ),
            field("pin", Some("Extra"), "CONCEALED", FieldValue::Empty),
        ],
        files: vec![file(1, "hw3-report.pdf", 1_250_000), file(2, "a\u{202e}fdp.exe", 12)],
    }
}

#[test]
fn an_item_with_concealed_fields_and_files() {
    let mut screen = Screen::of(16);
    let place = ItemRef { vault: vault(0), item: item_id(0) };
    screen.state.overlays.push(opened(place, detail()));
    shot("item", &mut screen, SMALL);
    assert!(!text(&drawn(&mut screen, SMALL)).contains('\u{202e}'));
}

#[test]
fn help_question_and_form() {
    for (name, number) in [("roster", "1"), ("access", "3"), ("items", "2"), ("activity", "4")] {
        let mut screen = Screen::of(16);
        screen.type_in(&format!("{number}?"));
        shot(&format!("help-{name}"), &mut screen, (80, 60));
    }
    let mut screen = Screen::of(16);
    screen.type_in("?");
    shot("help-small", &mut screen, SMALL);
    let mut screen = Screen::of(16);
    screen.type_in("3lrq");
    shot("question", &mut screen, SMALL);
    let mut screen = Screen::of(16);
    screen.type_in("D");
    shot("download", &mut screen, SMALL);
    screen.type_in(&"/very-long-folder".repeat(8));
    shot("download-long", &mut screen, (60, 15));
}
