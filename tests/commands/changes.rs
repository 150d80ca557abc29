//! Plans that wait, are weighty or stale; drift and its mend; history, undo and redo; by key.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use strongroom::app::key::Key;
use strongroom::app::msg::{Effect, Event, Pane};
use strongroom::app::overlay::{Overlay, Source, Stage};
use strongroom::app::remote::Ticket;
use strongroom::domain::access::{Level, Principal};
use strongroom::domain::fault::Fault;
use strongroom::domain::history::{Entry, What};
use strongroom::domain::job::Wanted;
use strongroom::domain::plan::{Outcome, Plan, Wish};
use strongroom::domain::query::{Data, Query};

use crate::past::{drifts, history, holders, job, weighty, work};
use crate::plans::plan;
use crate::screen::{Screen, asked, at, class, down, loads, person, proved, setting, student, ticket, vault};

/// Screens in which the commands of this page can be given.
pub(crate) fn situations() -> Vec<Screen> {
    let mut staged = Screen::of(16);
    staged.type_in("3lr");
    let mut compared = Screen::of(16);
    compared.type_in("3lr=");
    vec![staged, compared, drifting(), past(), with_work()]
}

fn reviewing(plan: Plan) -> Screen {
    let mut screen = Screen::of(16);
    let asked = ticket(&screen.type_in("3a"));
    screen.loaded(asked, Ok(Data::Plan(plan)));
    screen
}

fn running() -> (Screen, Ticket) {
    let mut screen = reviewing(plan());
    let running = ticket(&screen.type_in("y"));
    (screen, running)
}

fn drifting() -> Screen {
    let mut screen = Screen::of(16);
    let effects = screen.type_in("3!");
    screen.loaded(asked(&effects, &Query::Drift { fresh: true }), Ok(Data::Drift(Box::new(drifts()))));
    screen
}

fn past() -> Screen {
    let mut screen = Screen::of(16);
    let effects = screen.type_in("H");
    screen.loaded(asked(&effects, &Query::History), Ok(Data::History(history())));
    screen
}

fn with_work() -> Screen {
    let mut screen = Screen::starting(setting());
    let asked = asked(&screen.effects, &Query::Work);
    screen.effects.retain(|effect| !matches!(effect, Effect::Load(one, _) if *one == asked));
    screen.loaded(asked, Ok(Data::Work(work())));
    screen.answer(&class(16));
    screen.type_in("6");
    screen
}

#[test]
fn a_plans_the_marked_students_or_the_whole_class() {
    let mut screen = Screen::of(16);
    assert_eq!(loads(&screen.type_in("3a")), [Query::Plan(Wish::Class(Vec::new()))]);
    screen.key(Key::Esc);
    assert_eq!(loads(&screen.type_in("j a")), [Query::Plan(Wish::Class(vec![student(1)]))]);
}

#[test]
fn a_weighty_plan_is_applied_only_with_its_word_typed() {
    let mut screen = reviewing(weighty());
    assert_eq!(screen.type_in("y"), [], "y alone never applies it");
    assert!(screen.state.review().unwrap().typing);
    assert_eq!(screen.key(Key::Enter), [], "nothing typed is not the word");
    screen.type_in("2");
    assert_eq!(screen.key(Key::Enter), []);
    assert!(screen.notice().contains("that is not 12"), "{}", screen.notice());
    screen.key(Key::Backspace);
    screen.send(Event::Paste("1\r2\n".into()));
    assert!(screen.state.review().unwrap().typing, "a line end that is pasted agrees to nothing");
    let effects = screen.key(Key::Enter);
    let [Effect::Apply(_, sent)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(sent.typed.as_deref(), Some("12"));
}

#[test]
fn escape_leaves_the_field_first_and_keys_in_it_are_text() {
    let mut screen = reviewing(weighty());
    screen.type_in("yq");
    assert_eq!(screen.state.review().unwrap().word.value(), "q", "q is text here");
    screen.key(Key::Esc);
    assert!(matches!(screen.state.overlays.last(), Some(Overlay::Plan(review)) if !review.typing));
    screen.key(Key::Esc);
    assert!(screen.state.overlays.is_empty());
}

#[test]
fn a_second_plan_waits_in_line_and_begins_when_its_turn_is_told() {
    let (mut screen, first) = running();
    screen.key(Key::Esc);
    let asked = ticket(&screen.type_in(" a"));
    screen.loaded(asked, Ok(Data::Plan(plan())));
    let effects = screen.type_in("y");
    assert!(
        matches!(&effects[..], [Effect::Apply(..)]),
        "whoever carries plans out keeps the line: {effects:?}"
    );
    let second = ticket(&effects);
    screen.send(Event::InLine(second));
    assert_eq!((screen.state.in_line(), screen.state.running().unwrap().ticket), (1, first));
    screen.send(Event::Progress(first, 0, Outcome::Done));
    screen.send(Event::Finished(first, at(6), Ok("1 done".into())));
    screen.send(Event::Paused(second, None));
    assert_eq!((screen.state.in_line(), screen.state.running().unwrap().ticket), (0, second));
    let shown: Vec<_> = screen.state.plans.iter().map(|review| review.stage.clone()).collect();
    assert_eq!(shown, [Stage::Ended("1 done".into()), Stage::Running], "what has ended can be looked at");
}

#[test]
fn a_plan_whose_ground_has_moved_is_shown_anew_with_what_is_different() {
    let (mut screen, running) = running();
    let stale = Fault::refused("s000 has changed since the plan was made");
    let effects = screen.send(Event::Finished(running, at(6), Err(stale)));
    let asked = asked(&effects, &Query::Plan(Wish::Class(Vec::new())));
    assert_eq!(screen.type_in("y"), [], "what is not worked out yet cannot be agreed to");
    screen.loaded(asked, Ok(Data::Plan(weighty())));
    let review = screen.state.review().unwrap();
    assert_eq!(review.stage, Stage::Review);
    assert_eq!(review.before, Some(plan()));
    assert!(review.refused.as_ref().unwrap().as_str().contains("has changed"));
}

#[test]
fn a_refusal_behind_the_panes_takes_no_keys() {
    let (mut screen, running) = running();
    screen.key(Key::Esc);
    let stale = Fault::refused("s000 has changed since the plan was made");
    screen.send(Event::Finished(running, at(6), Err(stale)));
    assert!(screen.state.overlays.is_empty(), "nothing pops up under the fingers");
    screen.type_in("6");
    screen.key(Key::Enter);
    assert_eq!(loads(&screen.type_in("r")), [Query::Plan(Wish::Class(Vec::new()))], "r works it out anew");
}

#[test]
fn a_plan_waits_goes_on_and_stops_by_key() {
    let (mut screen, running) = running();
    screen.type_in("p");
    assert!(screen.notice().contains("not begun"), "{}", screen.notice());
    screen.send(Event::Named(running, job(1)));
    assert!(matches!(&screen.type_in("p")[..], [Effect::Want(_, one, Wanted::Pause)] if *one == job(1)));
    assert!(screen.state.review().unwrap().held);
    assert!(matches!(&screen.type_in("p")[..], [Effect::Want(_, one, Wanted::Go)] if *one == job(1)));
    assert_eq!(screen.type_in("x"), [Effect::Stop(running)]);
    screen.type_in("p");
    assert!(screen.notice().contains("stops after"), "{}", screen.notice());
}

#[test]
fn what_a_program_left_is_shown_and_carried_on() {
    let mut screen = with_work();
    assert_eq!(screen.state.focus, Pane::Jobs);
    let effects = screen.key(Key::Enter);
    assert_eq!(loads(&effects), [Query::Left(job(7))]);
    let left = Plan { job: Some(job(7)), ..plan() };
    screen.loaded(ticket(&effects), Ok(Data::Plan(left)));
    let effects = screen.type_in("y");
    assert!(matches!(&effects[..], [Effect::Resume(_, one)] if *one == job(7)), "{effects:?}");
    assert_eq!(screen.state.others().len(), 1, "it is listed once");
}

#[test]
fn the_job_of_another_program_is_asked_to_wait_or_to_end() {
    let mut screen = with_work();
    screen.type_in("w");
    assert!(screen.notice().contains("its program is gone"), "{}", screen.notice());
    screen.type_in("j");
    assert!(matches!(&screen.type_in("w")[..], [Effect::Want(_, one, Wanted::Pause)] if *one == job(8)));
    let effects = screen.type_in("x");
    assert!(matches!(&effects[..], [Effect::Want(_, one, Wanted::Cancel)] if *one == job(8)));
    let effects = screen.send(Event::Finished(ticket(&effects), at(6), Ok("it is told".into())));
    assert!(
        matches!(&effects[..], [Effect::Load(_, Query::Jobs), Effect::Load(_, Query::Work)]),
        "{effects:?}"
    );
}

#[test]
fn d_asks_why_of_the_selected_cell_and_m_plans_the_mend() {
    let mut screen = Screen::of(16);
    screen.type_in("3jjjjhhh");
    let effects = screen.type_in("d");
    assert_eq!(loads(&effects), [Query::Why(vault(4))]);
    let Some(Overlay::Why(why)) = screen.state.overlays.last() else { panic!() };
    assert_eq!(why.who, Some(Principal::Person(person(4))));
    screen.loaded(ticket(&effects), Ok(Data::Why(vault(4), holders(4))));
    assert_eq!(loads(&screen.type_in("m")), [Query::Plan(Wish::Mend(vec![student(4)]))]);

    let mut screen = Screen::of(16);
    screen.type_in("3jjjjlll");
    let effects = screen.type_in("d");
    let Some(Overlay::Why(why)) = screen.state.overlays.last() else { panic!() };
    assert_eq!(why.who, None, "of the others everybody is meant");
    screen.loaded(ticket(&effects), Ok(Data::Why(vault(5), holders(5))));
    let Some(Overlay::Why(why)) = screen.state.overlays.last() else { panic!() };
    assert!(why.holders.fault().is_some(), "what was told of another vault is not shown");
}

#[test]
fn drift_is_read_listed_and_mended_one_by_one_or_all_at_once() {
    let mut screen = drifting();
    assert_eq!(loads(&screen.type_in("M")), [Query::Plan(Wish::Mend(Vec::new()))]);
    screen.key(Key::Esc);
    assert_eq!(loads(&screen.type_in("jm")), [Query::Plan(Wish::Mend(vec![student(0)]))]);
    screen.key(Key::Esc);
    screen.type_in("k");
    screen.key(Key::Enter);
    assert_eq!(
        (screen.state.focus, screen.state.selected().unwrap().key.clone()),
        (Pane::Access, student(4))
    );
    assert_eq!(screen.state.matrix.column, 3);
}

#[test]
fn z_takes_the_last_change_back_and_capital_z_does_it_again() {
    let mut screen = Screen::of(16);
    assert_eq!(loads(&screen.type_in("z")), [Query::Undo(None)]);
    screen.key(Key::Esc);
    let effects = screen.type_in("Z");
    assert_eq!(loads(&effects), [Query::History]);
    let effects = screen.loaded(ticket(&effects), Ok(Data::History(history())));
    assert_eq!(loads(&effects), [Query::Undo(Some(job(3)))]);
    screen.loaded(ticket(&effects), Ok(Data::Plan(plan())));
    assert!(matches!(&screen.type_in("y")[..], [Effect::Apply(..)]));

    let mut screen = Screen::of(16);
    let effects = screen.type_in("Z");
    let mut other = history();
    other.pop();
    screen.loaded(ticket(&effects), Ok(Data::History(other)));
    let fault = screen.state.review().unwrap().plan.fault().unwrap().to_string();
    assert!(fault.contains("took nothing back"), "{fault}");
}

#[test]
fn of_the_history_one_job_is_looked_at_and_taken_back() {
    let mut screen = past();
    screen.key(Key::Enter);
    assert!(matches!(screen.state.overlays.last(), Some(Overlay::History(past)) if past.open == Some(0)));
    screen.key(Key::Esc);
    assert!(matches!(screen.state.overlays.last(), Some(Overlay::History(past)) if past.open.is_none()));
    screen.type_in("jjz");
    assert!(screen.notice().contains("job00003 has taken it back"), "{}", screen.notice());
    assert_eq!(loads(&screen.type_in("kz")), [Query::Undo(Some(job(2)))]);
}

#[test]
fn what_no_job_did_is_not_taken_back_and_the_reason_says_what_does_it_instead() {
    let other = |op: &str| What::Decided { op: op.into(), words: op.into() };
    let closing = What::Class { op: "close".into(), words: "closed".into() };
    for (what, reason) in [
        (other("extend"), "strongroom extend STUDENT ASSIGNMENT --restore"),
        (other("assign"), "strongroom assign ITEM --by-rule"),
        (other("accept"), "decide again about the submission"),
        (closing, "and this was none"),
        (history().remove(0).changes.remove(0).what, "before jobs had names"),
    ] {
        let mut entry = Entry { job: None, undone_by: None, ..history().remove(0) };
        entry.changes.truncate(1);
        entry.changes[0].what = what;
        let mut screen = Screen::of(16);
        let effects = screen.type_in("H");
        screen.loaded(asked(&effects, &Query::History), Ok(Data::History(vec![entry])));
        assert_eq!(loads(&screen.type_in("z")), []);
        assert!(screen.notice().contains(reason), "{reason}: {}", screen.notice());
    }
}

#[test]
fn what_is_staged_survives_filter_refresh_and_a_changed_world() {
    let mut screen = Screen::of(16);
    screen.type_in("3lr/bai");
    screen.key(Key::Enter);
    assert_eq!((screen.state.matrix.staged.len(), screen.state.staged_hidden()), (1, 1));
    screen.key(Key::Esc);
    let mut world = class(16);
    world.rows[0].staff[0] = proved(Level::Read);
    screen.type_in("1");
    screen.send(Event::Key(strongroom::app::key::ctrl('r')));
    screen.answer(&world);
    let staged = screen.state.staged();
    assert_eq!((staged.len(), staged[0].note), (1, Some("it is so already")));
    world.rows.remove(0);
    screen.send(Event::Key(strongroom::app::key::ctrl('r')));
    screen.answer(&world);
    assert!(
        screen.state.staged()[0].note.unwrap().contains("nobody of the class"),
        "it is not lost in silence"
    );
}

#[test]
fn a_cell_that_could_not_be_changed_stays_marked_until_it_is() {
    let (mut screen, running) = running();
    screen.send(Event::Progress(running, 0, Outcome::Failed("403".into())));
    screen.send(Event::Finished(running, at(6), Ok("1 failed".into())));
    assert_eq!(screen.state.matrix.failed.len(), 1);
    screen.key(Key::Esc);
    let asked = ticket(&screen.type_in("3a"));
    screen.loaded(asked, Ok(Data::Plan(plan())));
    let again = ticket(&screen.type_in("y"));
    screen.send(Event::Progress(again, 0, Outcome::Done));
    screen.send(Event::Finished(again, at(7), Ok("1 done".into())));
    assert!(screen.state.matrix.failed.is_empty());
}

#[test]
fn read_only_refuses_every_change_and_shows_everything() {
    let mut setting = setting();
    setting.read_only = true;
    let mut screen = Screen::starting(setting);
    screen.answer(&class(16));
    for keys in ["3a", "z", "Z", "A"] {
        assert_eq!(loads(&screen.type_in(keys)), []);
        assert!(
            screen.notice().contains("read-only") || screen.notice().contains("nothing is staged"),
            "{keys}"
        );
    }
    let effects = screen.type_in("H");
    assert_eq!(loads(&effects), [Query::History]);
    screen.loaded(ticket(&effects), Ok(Data::History(history())));
    assert_eq!(screen.type_in("z"), []);
    screen.key(Key::Esc);
    assert_eq!(loads(&screen.type_in("d")), [Query::Why(vault(0))]);
}

#[test]
fn what_could_not_be_asked_says_so_and_can_be_tried_again() {
    let mut screen = Screen::of(16);
    let effects = screen.type_in("z");
    screen.loaded(ticket(&effects), Err(down()));
    assert_eq!(screen.type_in("y"), []);
    assert!(screen.notice().contains("r tries again"), "{}", screen.notice());
    assert_eq!(loads(&screen.type_in("r")), [Query::Undo(None)]);
    let Some(Overlay::Plan(review)) = screen.state.overlays.last() else { panic!() };
    assert_eq!((review.source.clone(), screen.state.overlays.len()), (Source::Undo(None), 1));
}
