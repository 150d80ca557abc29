//! Assignments, submissions, downloads and jobs by key.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use jiff::civil::DateTime;
use strongroom::app::assignments::Only;
use strongroom::app::key::{Key, ch, ctrl};
use strongroom::app::msg::{Effect, Event, Order, Pane, Retry};
use strongroom::app::overlay::Overlay;
use strongroom::domain::arrival::ArrivalKind;
use strongroom::domain::assignment::Relief;
use strongroom::domain::decision::Decision;
use strongroom::domain::directory::ItemRef;
use strongroom::domain::query::{Data, Query, WatchReport};
use strongroom::domain::transfer::Progress;

use crate::screen::{
    Screen, all_loads, arrival, asked, at, class, item_id, report, setting, student, ticket, vault,
};
use crate::term::{arrivals, course, needs, term};

pub(crate) use crate::term::hw;

/// Screens in which commands of assignments and jobs can be given.
pub(crate) fn situations() -> Vec<Screen> {
    let mut all: Vec<Screen> = ["1", "4", "6jj"].map(at_keys).into();
    let choosing = at_keys("4ja");
    assert!(matches!(choosing.state.overlays.last(), Some(Overlay::Assign(_))), "{}", choosing.notice());
    all.push(choosing);
    let mut several = needs();
    several.retain(|need| need.item.is_some());
    several[0].count = 2;
    all.push(term(40, several));
    let mut fetching = at_keys("1");
    download(&mut fetching);
    fetching.type_in("6");
    all.push(fetching);
    all
}

fn at_keys(keys: &str) -> Screen {
    let mut screen = term(40, Vec::new());
    screen.type_in(keys);
    screen
}

fn download(screen: &mut Screen) -> Order {
    screen.type_in("D");
    let effects = screen.key(Key::Enter);
    let [Effect::Download(_, order)] = &effects[..] else { panic!("{effects:?}") };
    order.clone()
}

#[test]
fn the_roster_shows_the_assignment_that_is_due_next_and_others_by_key() {
    let mut screen = at_keys("");
    assert_eq!(screen.state.assignment().unwrap().id, hw(2));
    screen.type_in("]");
    assert!(screen.notice().contains("last assignment"));
    screen.type_in("[");
    assert_eq!(screen.state.assignment().unwrap().id, hw(1));
    screen.type_in("[");
    assert!(screen.notice().contains("first assignment"));
    // When nothing is ahead any more, the last one stays.
    let mut screen = Screen::starting(strongroom::app::Setting { opened_at: at(60 * 24 * 9), ..setting() });
    screen.answer(&course(6));
    assert_eq!(screen.state.assignment().unwrap().id, hw(2));
}

#[test]
fn who_has_missed_it_and_who_was_late_are_shown_in_turn() {
    let mut screen = at_keys("[");
    let shown = |screen: &Screen| screen.state.rows.shown.len();
    screen.type_in("m");
    assert_eq!((screen.state.rows.only, shown(&screen)), (Only::Missing, 7));
    screen.type_in("m");
    assert_eq!((screen.state.rows.only, shown(&screen)), (Only::Late, 13));
    screen.type_in("m");
    assert_eq!((screen.state.rows.only, shown(&screen)), (Only::Everybody, 40));
    // Marks that are hidden are kept and counted; escape takes back the nearest thing first.
    screen.type_in("g mm");
    assert_eq!(screen.state.rows.hidden_marks(), 1);
    screen.key(Key::Esc);
    assert_eq!((screen.marks().len(), screen.state.rows.only), (0, Only::Late));
    screen.key(Key::Esc);
    assert_eq!(screen.state.rows.only, Only::Everybody);
}

#[test]
fn more_time_is_typed_asked_back_and_then_decided_for_all_who_are_marked() {
    let mut screen = at_keys("[  ");
    screen.type_in("e+48h");
    screen.key(Key::Enter);
    screen.type_in("ill");
    let effects = screen.key(Key::Enter);
    assert_eq!(effects, [], "a question comes first");
    let Some(Overlay::Confirm(question)) = screen.state.overlays.last() else { panic!() };
    assert!(question.text.contains("hw1: Abara, Ngozi; Bai, Xiaoming have until"), "{}", question.text);
    let effects = screen.type_in("y");
    let [Effect::Decide(decided, decisions)] = &effects[..] else { panic!("{effects:?}") };
    let until: DateTime = at(-60 + 48 * 60).to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let extend = |number| Decision::Extend {
        student: student(number),
        assignment: hw(1),
        relief: Relief::Until(until),
        reason: "ill".into(),
    };
    assert_eq!(decisions, &[extend(0), extend(1)]);
    // What follows from it is read again.
    let effects = screen.send(Event::Finished(*decided, at(9), Ok("decided".into())));
    let loads = all_loads(&effects);
    for query in [Query::Class { fresh: false }, Query::Attention, Query::Arrivals] {
        assert!(loads.contains(&query), "{query:?}");
    }
}

#[test]
fn an_extension_that_cannot_be_read_stays_to_be_mended() {
    let mut screen = at_keys("esoon");
    screen.key(Key::Enter);
    screen.type_in("why");
    screen.key(Key::Enter);
    assert!(screen.notice().contains("+48h"), "{}", screen.notice());
    assert!(matches!(screen.state.overlays.last(), Some(Overlay::Extend(form)) if !form.at_reason));
    screen.chord(ctrl('u'));
    screen.type_in("excused");
    screen.key(Key::Tab);
    screen.chord(ctrl('u'));
    screen.key(Key::Enter);
    // As on the command line a reason may be left out.
    let Some(Overlay::Confirm(question)) = screen.state.overlays.last() else { panic!() };
    assert_eq!(question.text, "hw2: Abara, Ngozi is excused?");
    // Nothing at all takes back what was decided, at once.
    screen.key(Key::Esc);
    screen.type_in("e");
    screen.key(Key::Enter);
    let effects = screen.type_in("y");
    let restore = Decision::Restore { student: student(0), assignment: hw(2) };
    assert!(matches!(&effects[..], [Effect::Decide(_, decisions)] if decisions[..] == [restore]));
}

#[test]
fn an_upload_is_assigned_by_its_number() {
    let mut screen = at_keys("4uja");
    let unmatched = screen.state.arrival().unwrap().clone();
    assert_eq!(unmatched.assignment, None);
    assert_eq!(screen.type_in("2"), [], "a number selects and does nothing");
    let effects = screen.key(Key::Enter);
    let decision = Decision::Assign {
        item: ItemRef { vault: unmatched.vault.id.clone(), item: unmatched.item.id.clone() },
        student: unmatched.student.key.clone(),
        assignment: Some(hw(2)),
    };
    assert!(matches!(&effects[..], [Effect::Decide(_, decisions)] if decisions[..] == [decision]));
    screen.type_in("a9");
    assert!(screen.notice().contains("no assignment 9"), "{}", screen.notice());
    screen.type_in("0");
    let effects = screen.key(Key::Enter);
    let [Effect::Decide(_, decisions)] = &effects[..] else { panic!("{effects:?}") };
    assert!(matches!(&decisions[0], Decision::Assign { assignment: None, .. }));
    let effects = screen.type_in("ary");
    let [Effect::Decide(_, decisions)] = &effects[..] else { panic!("{effects:?}") };
    assert!(matches!(&decisions[0], Decision::Unassign { .. }), "the rules decide again");
}

#[test]
fn with_one_assignment_a_yes_is_enough() {
    let mut view = course(6);
    view.assignments.truncate(1);
    let mut screen = Screen::starting(setting());
    screen.answer(&view);
    screen.send(Event::Watched(Box::new(report(vec![arrival(1, 0, ArrivalKind::New)]))));
    screen.type_in("4a");
    let Some(Overlay::Confirm(question)) = screen.state.overlays.last() else { panic!() };
    assert_eq!(question.text, "\"hw3-report.pdf\" of Abara, Ngozi belongs to hw1 (Password file)?");
    let effects = screen.type_in("y");
    let [Effect::Decide(_, decisions)] = &effects[..] else { panic!("{effects:?}") };
    assert!(matches!(&decisions[0], Decision::Assign { assignment: Some(id), .. } if *id == hw(1)));
}

#[test]
fn without_assignments_the_keys_say_where_they_come_from() {
    for keys in ["1m", "1e", "1]", "4u", "2a"] {
        let mut screen = Screen::of(6);
        screen.type_in(keys);
        assert!(screen.notice().contains("[[assignment]]"), "{keys}: {}", screen.notice());
    }
    let mut screen = Screen::starting(strongroom::app::Setting { read_only: true, ..setting() });
    screen.answer(&course(6));
    screen.type_in("1e");
    assert!(screen.notice().contains("read-only"), "{}", screen.notice());
}

#[test]
fn what_is_read_is_noted_once_and_only_while_the_activity_has_the_keys() {
    let mut screen = term(40, Vec::new());
    assert_eq!(screen.state.activity.unread(), 3, "5 of 8 were read on another screen");
    assert_eq!(screen.type_in("4"), [Effect::MarkRead(8)]);
    assert_eq!((screen.state.activity.unread(), screen.state.activity.rule), (0, 5));
    let news = || Event::Watched(Box::new(report(vec![arrival(9, 0, ArrivalKind::New)])));
    assert!(screen.send(news()).contains(&Effect::MarkRead(9)));
    screen.type_in("1");
    assert_eq!(screen.state.activity.rule, 9, "what was new has been seen");
    let effects = screen.send(Event::Watched(Box::new(report(vec![arrival(10, 0, ArrivalKind::New)]))));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::MarkRead(_))));
    assert_eq!(screen.state.activity.unread(), 1);
}

#[test]
fn what_is_told_again_of_an_arrival_takes_the_place_of_what_was_known() {
    let mut screen = term(40, Vec::new());
    let effects = screen.send(Event::Watched(Box::new(WatchReport { handed: true, ..report(Vec::new()) })));
    let mut again = arrivals();
    again[2].assignment = Some(hw(2));
    screen.loaded(asked(&effects, &Query::Arrivals), Ok(Data::Arrivals(again, 5)));
    assert_eq!(screen.state.activity.arrivals.len(), 8);
    assert_eq!(screen.state.activity.arrivals[2].assignment, Some(hw(2)));
}

#[test]
fn uploads_are_counted_by_the_hour_and_move_on_the_hour_only() {
    let mut screen = term(40, Vec::new());
    let zone = jiff::tz::TimeZone::UTC;
    let counts = |screen: &Screen| screen.state.activity.an_hour(screen.state.now, &zone);
    assert_eq!(counts(&screen).iter().sum::<u32>(), 6, "removals are no uploads");
    assert_eq!(counts(&screen)[23], 6);
    screen.state.dirty = false;
    screen.send(Event::Time(at(10)));
    assert!(!screen.state.dirty, "the same hour draws nothing");
    screen.type_in("n");
    assert_eq!(screen.state.notice().map(|notice| notice.at), Some(at(10)), "what is said is said then");
    screen.state.dirty = false;
    screen.send(Event::Time(at(65)));
    assert!(screen.state.dirty);
    assert_eq!((counts(&screen)[22], counts(&screen)[23]), (6, 0));
    screen.send(Event::Time(at(60 * 24 * 3)));
    assert_eq!(counts(&screen).iter().sum::<u32>(), 0);
}

#[test]
fn a_download_can_be_narrowed_to_an_assignment_and_tells_how_far_it_is() {
    let mut screen = at_keys("[mm D");
    let Some(Overlay::Download(form)) = screen.state.overlays.last() else { panic!("{}", screen.notice()) };
    assert_eq!(form.only, Some(0), "the roster is narrowed to it");
    for only in [Some(1), None, Some(0)] {
        screen.key(Key::Tab);
        let Some(Overlay::Download(form)) = screen.state.overlays.last() else { panic!() };
        assert_eq!(form.only, only);
    }
    let effects = screen.key(Key::Enter);
    let [Effect::Download(fetching, order)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(order.only, Some(hw(1)));
    let progress = Progress { files_done: 3, files: 9, ..Progress::default() };
    screen.state.dirty = false;
    screen.send(Event::Fetching(*fetching, progress.clone()));
    assert!(screen.state.dirty);
    assert_eq!(screen.state.jobs.downloads[0].progress, progress);
    screen.type_in("6");
    assert_eq!(screen.type_in("x"), [Effect::Stop(*fetching)]);
    screen.type_in("x");
    assert!(screen.notice().contains("stops already"));
    let effects = screen.send(Event::Finished(*fetching, at(9), Ok("3 files fetched".into())));
    assert!(screen.state.jobs.running().is_none(), "it stays listed");
    assert!(all_loads(&effects).contains(&Query::Arrivals), "copies are shown beside arrivals");
}

#[test]
fn what_was_set_aside_is_offered_again_from_the_consumer_or_the_attempt() {
    let retry = Retry { consumer: "grade".into(), seq: 3 };
    for (keys, expected) in [("6R", Some(&retry)), ("6GR", Some(&retry)), ("6jR", None), ("6jjR", None)] {
        let mut screen = at_keys(keys);
        let offered = screen.effects.iter().find_map(|effect| match effect {
            Effect::HandOff(_, what) => what.first(),
            _ => None,
        });
        assert_eq!(offered, expected, "{keys}: {}", screen.notice());
        if expected.is_some() {
            let effects = screen.effects.clone();
            let handed: Vec<_> = effects.into_iter().filter(|e| matches!(e, Effect::HandOff(..))).collect();
            let effects = screen.send(Event::Finished(ticket(&handed), at(9), Ok("1 back in line".into())));
            assert!(all_loads(&effects).contains(&Query::Jobs));
        } else {
            assert!(!screen.notice().is_empty());
        }
    }
}

#[test]
fn enter_shows_what_a_consumer_said() {
    let mut screen = at_keys("6G");
    screen.key(Key::Enter);
    let Some(Overlay::Output { attempt, .. }) = screen.state.overlays.last() else { panic!() };
    assert_eq!((attempt.seq, attempt.tail.len()), (3, 2));
    screen.type_in("q");
    assert!(screen.state.overlays.is_empty());
}

#[test]
fn the_hand_off_of_an_arrival_is_that_of_the_consumer_least_far() {
    use strongroom::domain::handoff::Handed;
    let screen = term(40, Vec::new());
    let handed = |seq| screen.state.jobs.handed(seq);
    assert_eq!(handed(1), Some(Handed::Done));
    assert_eq!(handed(3), Some(Handed::SetAside));
    assert_eq!(handed(7), Some(Handed::Retrying(2)));
    assert_eq!(handed(8), Some(Handed::Waiting));
    assert_eq!(Screen::of(3).state.jobs.handed(1), None);
}

#[test]
fn copies_are_asked_for_the_selected_vault_one_question_at_a_time() {
    let mut screen = Screen::of(8);
    let effects = screen.shows(0..8);
    let first = asked(&effects, &Query::Copies(vault(0)));
    screen.type_in("jj");
    assert!(!all_loads(&screen.shows(0..8)).iter().any(|query| matches!(query, Query::Copies(_))));
    let effects = screen.loaded(first, Ok(Data::Copies(vault(0), Vec::new())));
    assert_eq!(all_loads(&effects), [Query::Copies(vault(2))], "another student is selected by now");
}

#[test]
fn an_arrival_leads_to_its_item_even_where_the_list_is_still_to_be_read() {
    let mut screen = Screen::starting(setting());
    screen.answer(&class(8));
    let mut one = arrival(1, 1, ArrivalKind::New);
    one.found.item.id = item_id(12);
    screen.send(Event::Watched(Box::new(report(vec![one]))));
    screen.type_in("4");
    screen.key(Key::Enter);
    assert_eq!(screen.state.focus, Pane::Items);
    screen.shows(0..8);
    screen.answer(&class(8));
    assert_eq!(screen.state.shown_items().unwrap()[screen.state.items.cursor].id, item_id(12));
}

#[test]
fn a_key_in_the_form_of_more_time_is_text() {
    let mut screen = at_keys("e");
    for c in "q?Dy1".chars() {
        screen.chord(ch(c));
    }
    let Some(Overlay::Extend(form)) = screen.state.overlays.last() else { panic!() };
    assert_eq!(form.time.value(), "q?Dy1");
}
