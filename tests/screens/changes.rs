//! Plans, jobs, drift, history and what is staged: each empty, loading, failed, full and narrow.

#![allow(clippy::unwrap_used, reason = "tests")]

use strongroom::app::key::Key;
use strongroom::app::msg::{Effect, Event};
use strongroom::app::remote::Ticket;
use strongroom::domain::access::{Cell, Level, Principal};
use strongroom::domain::fault::Fault;
use strongroom::domain::history::{Entry, What};
use strongroom::domain::plan::{Outcome, Plan, Step};
use strongroom::domain::query::{Data, Excess, Query};
use strongroom::domain::ways::Via;

use crate::overlays::plan;
use crate::past::{drifts, history, holders, job, stranger, weighty, work};
use crate::screen::{
    Screen, asked, at, budget, class, down, person, proved, setting, student, teacher, ticket, vault,
};
use crate::{HUGE, SMALL, SMALLEST, WIDE, drawn, shot, styles, text};

fn asking(keys: &str) -> (Screen, Ticket) {
    let mut screen = Screen::of(16);
    let effects = screen.type_in(keys);
    let asked = ticket(&effects);
    (screen, asked)
}

fn answered(keys: &str, data: Data) -> Screen {
    let (mut screen, asked) = asking(keys);
    screen.loaded(asked, Ok(data));
    screen
}

fn loading_and_failed(name: &str, keys: &str) {
    let (mut screen, asked) = asking(keys);
    shot(&format!("{name}-loading"), &mut screen, SMALL);
    screen.loaded(asked, Err(down()));
    shot(&format!("{name}-failed"), &mut screen, SMALL);
}

#[test]
fn a_weighty_plan_and_its_field() {
    let mut screen = answered("3a", Data::Plan(weighty()));
    screen.send(Event::Ration(budget()));
    shot("plan-weighty", &mut screen, SMALL);
    screen.type_in("y1");
    for (name, size) in [("smallest", SMALLEST), ("small", SMALL), ("wide", WIDE), ("huge", HUGE)] {
        shot(&format!("plan-typing-{name}"), &mut screen, size);
    }
}

#[test]
fn a_plan_of_every_kind_of_row_with_hidden_students() {
    let (mut screen, asked) = asking("3a");
    screen.key(Key::Esc);
    screen.type_in("/abara");
    screen.key(Key::Enter);
    let again = ticket(&screen.type_in("a"));
    assert_ne!(asked, again);
    let mut all = plan();
    all.rows[1].steps.push(Step::DeleteVault { name: "CS101-F26-s000".into(), items: Some(4) });
    screen.loaded(again, Ok(Data::Plan(all)));
    shot("plan-kinds", &mut screen, WIDE);
    shot("plan-kinds-smallest", &mut screen, SMALLEST);
}

#[test]
fn a_stale_plan_says_what_is_different() {
    let mut screen = answered("3a", Data::Plan(plan()));
    let running = ticket(&screen.type_in("y"));
    let stale = Fault::refused("s000 has changed since the plan was made: somebody was added");
    let effects = screen.send(Event::Finished(running, at(6), Err(stale)));
    let mut new = plan();
    new.rows.remove(0);
    new.rows[0].steps = vec![Step::Revoke { who: stranger(), name: "Jo Doe".into(), from: None }];
    screen.loaded(ticket(&effects), Ok(Data::Plan(new)));
    shot("plan-stale", &mut screen, WIDE);
}

fn with_work(size: usize) -> Screen {
    let mut screen = Screen::starting(setting());
    let asked = asked(&screen.effects, &Query::Work);
    screen.effects.retain(|effect| !matches!(effect, Effect::Load(one, _) if *one == asked));
    screen.loaded(asked, Ok(Data::Work(work())));
    screen.answer(&class(size));
    screen
}

#[test]
fn plans_in_line_behind_one_that_waits_and_those_of_others() {
    let mut screen = with_work(16);
    let asked = ticket(&screen.type_in("3a"));
    screen.loaded(asked, Ok(Data::Plan(plan())));
    let first = ticket(&screen.type_in("y"));
    screen.send(Event::Named(first, job(1)));
    screen.send(Event::Ends(first, at(90)));
    screen.send(Event::Progress(first, 0, Outcome::Done));
    screen.key(Key::Esc);
    let asked = ticket(&screen.type_in("z"));
    screen.loaded(asked, Ok(Data::Plan(weighty())));
    shot("plan-behind-another", &mut screen, SMALL);
    screen.type_in("y12");
    let second = ticket(&screen.key(Key::Enter));
    screen.send(Event::InLine(second));
    shot("plan-in-line", &mut screen, SMALL);
    screen.key(Key::Esc);
    screen.type_in("6");
    for (name, size) in [("smallest", SMALLEST), ("small", SMALL), ("wide", WIDE), ("huge", HUGE)] {
        shot(&format!("plans-{name}"), &mut screen, size);
    }
    screen.key(Key::Enter);
    screen.type_in("p");
    shot("plan-held", &mut screen, SMALL);
    screen.send(Event::Finished(first, at(9), Ok("1 done, 2 left to do".into())));
    screen.key(Key::Esc);
    shot("plans-ended", &mut screen, SMALL);
}

#[test]
fn why_somebody_has_an_access() {
    loading_and_failed("why", "3jjjjllld");
    let mut screen = answered("3jjjjllld", Data::Why(vault(4), holders(4)));
    for (name, size) in [("smallest", SMALLEST), ("small", SMALL), ("wide", WIDE), ("huge", HUGE)] {
        shot(&format!("why-{name}"), &mut screen, size);
    }
    let mut screen = answered("3d", Data::Why(vault(0), Vec::new()));
    shot("why-empty", &mut screen, SMALL);
}

#[test]
fn drift_in_a_list_and_on_the_cells() {
    loading_and_failed("drift", "3!");
    let mut screen = answered("3!", Data::Drift(Box::new(drifts())));
    screen.type_in("j");
    for (name, size) in [("smallest", SMALLEST), ("small", SMALL), ("wide", WIDE)] {
        shot(&format!("drift-{name}"), &mut screen, size);
    }
    let mut screen = answered("3!", Data::Drift(Box::default()));
    shot("drift-empty", &mut screen, SMALL);
}

#[test]
fn history_in_a_list_and_one_job_of_it() {
    loading_and_failed("history", "H");
    let mut screen = answered("H", Data::History(history()));
    screen.type_in("j");
    for (name, size) in [("smallest", SMALLEST), ("small", SMALL), ("wide", WIDE)] {
        shot(&format!("history-{name}"), &mut screen, size);
    }
    screen.key(Key::Enter);
    shot("history-open", &mut screen, SMALL);
    let mut screen = answered("H", Data::History(Vec::new()));
    shot("history-empty", &mut screen, SMALL);
    let mut all = history();
    all.extend((0..2).map(|_| Entry { job: None, ..history().remove(0) }));
    let mut screen = answered("H", Data::History(all));
    let shown = text(&drawn(&mut screen, (200, 50)));
    assert!(shown.contains("History: 3 jobs, 2 changes of no job"), "{shown}");
    let who = "by t.ruiz on lab-3 as service account Strongroom";
    let whole = shown.lines().filter(|line| line.contains("26 Oct 07:3") && line.contains(who)).count();
    assert_eq!(whole, 5, "a line each where there is room, and nobody cut: {shown}");
    let many = (0..60).flat_map(|_| history()).collect();
    let mut screen = answered("H", Data::History(many));
    screen.type_in("G");
    let shown = text(&drawn(&mut screen, SMALL));
    assert!(shown.contains("> "), "the selected one stays on the screen:\n{shown}");
}

#[test]
fn a_plan_says_beside_its_rows_what_whoever_agrees_should_know() {
    let note = "the last job that can be taken back: strongroom undo job00001";
    let nothing = Plan { notes: vec![note.into()], ..Plan::default() };
    let mut screen = answered("z", Data::Plan(nothing));
    let shown = text(&drawn(&mut screen, SMALL));
    assert!(shown.contains("Nothing would change.") && shown.contains(note), "{shown}");
}

#[test]
fn a_change_of_a_students_own_access_names_them_once() {
    let (mut all, rows) = (history(), class(16).rows);
    for change in all.iter_mut().flat_map(|entry| &mut entry.changes) {
        let row = rows.iter().find(|row| change.student.as_ref() == Some(&row.key));
        if let (What::Access { name, .. }, Some(row)) = (&mut change.what, row) {
            name.clone_from(&row.name);
        }
    }
    let mut screen = answered("H", Data::History(all));
    screen.type_in("j");
    screen.key(Key::Enter);
    let shown = text(&drawn(&mut screen, WIDE));
    assert!(shown.contains("Abara, Ngozi: ? -> ?"), "{shown}");
    assert!(!shown.contains("Abara, Ngozi: Abara, Ngozi"), "{shown}");
}

#[test]
fn cells_carry_a_mark_for_each_thing_that_is_not_as_it_should_be() {
    let mut screen = answered("3!", Data::Drift(Box::new(drifts())));
    screen.key(Key::Esc);
    let mut world = class(16);
    world.rows[0].wider =
        vec![Excess { who: teacher(), name: "Dr. Ruiz".into(), asked: Level::Read, since: Some(at(0)) }];
    let mut all = world.rows[4].others.clone().unwrap();
    all.push(world.rows[8].others.as_ref().unwrap()[0].clone());
    world.rows[4].others = Some(all);
    world.rows[1].own = Cell::Proved { set: world.rows[1].own.set().unwrap(), at: at(-3_000) };
    world.rows[2].staff[0] = proved(Level::Read);
    screen.type_in("jjlrkk");
    world.rows[6].staff[0] = proved(Level::Read);
    screen.type_in("jjjjjjwkkkkkk");
    screen.send(Event::Key(strongroom::app::key::ctrl('r')));
    screen.state.class.value = Some(world);
    let mut failed = plan();
    failed.rows[0].vault = Some(vault(1));
    failed.rows[0].steps =
        vec![Step::Revoke { who: teacher(), name: "Dr. Ruiz".into(), from: Some(Level::Manage) }];
    failed.rows[0].seen = None;
    let asked = ticket(&screen.type_in("z"));
    screen.loaded(asked, Ok(Data::Plan(Plan { rows: vec![failed.rows[0].clone()], ..Plan::default() })));
    let running = ticket(&screen.type_in("y"));
    screen.send(Event::Progress(running, 0, Outcome::Failed("403".into())));
    screen.send(Event::Finished(running, at(9), Ok("0 done, 1 failed".into())));
    screen.key(Key::Esc);
    shot("marks", &mut screen, SMALL);
    shot("marks-wide", &mut screen, WIDE);
    let look = styles(&drawn(&mut screen, SMALL));
    assert!(look.contains('r') && look.contains('m'), "marks are coloured, too");
}

#[test]
fn what_is_staged_beside_what_is_so() {
    let mut screen = Screen::of(16);
    screen.type_in("3lrjrjxhjr/abara");
    screen.key(Key::Enter);
    screen.state.class.value.as_mut().unwrap().rows[0].staff[0] = proved(Level::Read);
    shot("staged-hidden", &mut screen, SMALL);
    screen.type_in("=");
    for (name, size) in [("smallest", SMALLEST), ("small", SMALL), ("wide", WIDE)] {
        shot(&format!("staged-{name}"), &mut screen, size);
    }
    screen.state.matrix.staged.clear();
    shot("staged-empty", &mut screen, SMALL);
    assert!(screen.state.row(&student(0)).is_some());
}

#[test]
fn many_ways_by_office_and_through_hidden_groups_are_a_line_each() {
    let mut all = holders(4);
    let ways = all[1].paths.clone();
    let group = |name: &str| {
        let mut path = ways[1].clone();
        if let Via::Group { name: called, .. } = &mut path.via {
            *called = name.into();
        }
        path
    };
    all[1].paths = vec![ways[0].clone(), group("Faculty"), group("Deans"), group("Guests")];
    for number in 0..4 {
        let mut admin = all[2].clone();
        admin.paths.retain(|path| path.via == Via::Administration);
        admin.who = Principal::Person(person(700 + number));
        admin.name = format!("Admin {number}").as_str().into();
        all.push(admin);
    }
    let mut screen = Screen::of(16);
    screen.type_in("3Gg");
    screen.type_in("jjjj");
    screen.type_in("llll");
    let asked = ticket(&screen.type_in("d"));
    screen.loaded(asked, Ok(Data::Why(vault(4), all)));
    let shown = text(&drawn(&mut screen, WIDE));
    assert!(shown.contains("perhaps through 3 groups, whose members are not shown: Faculty"), "{shown}");
    assert!(shown.contains("4 as administrators of the account, write, on every vault: Admin 0"), "{shown}");
    shot("why-folded", &mut screen, WIDE);
}
