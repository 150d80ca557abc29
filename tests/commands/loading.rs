//! Answers, late and failed ones, the live view, and what is read ahead.

#![allow(clippy::unwrap_used, reason = "tests")]

use strongroom::app::key::{Key, ctrl};
use strongroom::app::msg::{Effect, Pane, Viewport};
use strongroom::app::{Live, Weight};
use strongroom::domain::arrival::ArrivalKind;
use strongroom::domain::query::{Data, Query};

use strongroom::app::msg::Event;

use crate::screen::{
    Screen, arrival, at, budget, class, down, items, loads, report, setting, student, ticket, vault,
};

#[test]
fn what_is_stored_is_shown_before_the_service_is_asked() {
    let mut screen = Screen::starting(setting());
    assert_eq!(loads(&screen.effects), [Query::Class { fresh: false }, Query::Arrivals]);
    let first = ticket(&screen.effects);
    let effects = screen.loaded(first, Ok(Data::Class(Box::new(class(3)))));
    assert_eq!(screen.state.all_rows().len(), 3);
    assert_eq!(loads(&effects), [Query::Class { fresh: true }]);
}

#[test]
fn a_late_answer_loses() {
    let mut screen = Screen::of(3);
    let first = ticket(&screen.chord(ctrl('r'))[1..]);
    let second = ticket(&screen.chord(ctrl('r'))[1..]);
    screen.state.dirty = false;
    assert_eq!(screen.loaded(first, Ok(Data::Class(Box::new(class(9))))), []);
    assert_eq!((screen.state.all_rows().len(), screen.state.dirty), (3, false));
    screen.loaded(second, Ok(Data::Class(Box::new(class(5)))));
    assert_eq!(screen.state.all_rows().len(), 5);
}

#[test]
fn an_answer_to_a_closed_overlay_is_dropped() {
    let mut screen = Screen::of(3);
    let asked = ticket(&screen.type_in("A"));
    screen.key(Key::Esc);
    assert_eq!(screen.loaded(asked, Ok(Data::Plan(crate::plans::plan()))), []);
    assert!(screen.state.overlays.is_empty());
}

#[test]
fn a_failed_refresh_keeps_the_rows() {
    let mut screen = Screen::of(3);
    let asked = ticket(&screen.chord(ctrl('r'))[1..]);
    screen.loaded(asked, Err(down()));
    assert_eq!(screen.state.all_rows().len(), 3);
    assert!(screen.state.class.fault().is_some());
    let notice = screen.state.notice().unwrap();
    assert_eq!(notice.weight, Weight::Error);
    assert!(notice.text.as_str().contains("connection refused"));
}

#[test]
fn an_answer_of_the_wrong_kind_is_a_fault_and_changes_nothing() {
    let mut screen = Screen::of(3);
    let asked = ticket(&screen.chord(ctrl('r'))[1..]);
    screen.loaded(asked, Ok(Data::Arrivals(Vec::new(), 0)));
    assert_eq!(screen.state.all_rows().len(), 3);
    assert!(screen.state.class.fault().is_some());
}

fn unread(students: usize) -> strongroom::domain::query::ClassView {
    let mut view = class(students);
    view.rows.iter_mut().for_each(|row| row.others = None);
    view
}

fn access(effects: &[Effect]) -> Vec<String> {
    let keys = loads(effects).into_iter().filter_map(|query| match query {
        Query::Access(keys) => Some(keys),
        _ => None,
    });
    keys.flatten().map(|key| key.to_string()).collect()
}

#[test]
fn access_is_asked_for_visible_rows_with_a_vault_and_only_once() {
    let mut screen = Screen::starting(setting());
    screen.answer(&unread(40));
    let effects = screen.shows(0..6);
    assert_eq!(access(&effects), ["s000", "s001", "s002", "s004"], "3 and 5 have no vault");
    assert_eq!(access(&screen.shows(0..8)), [] as [&str; 0], "one question at a time");
    let asked = effects.iter().find(|e| matches!(e, Effect::Load(_, Query::Access(_)))).unwrap();
    let rows = class(40).rows.into_iter().take(3).collect();
    let effects = screen.loaded(ticket(std::slice::from_ref(asked)), Ok(Data::Rows(rows)));
    assert_eq!(access(&effects), ["s006", "s007"], "4 was asked for already");
}

#[test]
fn who_does_not_belong_on_a_vault_is_found_whatever_pane_is_shown() {
    let mut screen = Screen::starting(setting());
    screen.answer(&unread(40));
    let shown = |attention| Event::Viewport(Viewport { attention, ..Viewport::default() });
    let effects = screen.send(shown(9));
    let some = ["s000", "s001", "s002", "s004", "s006", "s007", "s008", "s011"];
    assert_eq!(access(&effects), some, "a few at a time");
    let asked = effects.iter().find(|e| matches!(e, Effect::Load(_, Query::Access(_)))).unwrap();
    let rows = class(40).rows.into_iter().take(12).collect();
    let effects = screen.loaded(ticket(std::slice::from_ref(asked)), Ok(Data::Rows(rows)));
    assert_eq!(access(&effects).len(), 8);
    assert!(effects.iter().any(|e| matches!(e, Effect::Load(_, Query::Attention))), "{effects:?}");
    // A ration that is half used up is kept for what is asked for.
    let mut screen = Screen::starting(setting());
    screen.answer(&unread(40));
    let mut half = budget();
    half.allowances.iter_mut().for_each(|window| window.remaining = window.limit / 2);
    screen.send(Event::Ration(half));
    assert_eq!(access(&screen.send(shown(9))), [] as [&str; 0]);
}

#[test]
fn a_failed_question_about_access_is_not_asked_again_and_again() {
    let mut screen = Screen::starting(setting());
    screen.answer(&unread(40));
    let effects = screen.shows(0..6);
    let asked = effects.iter().find(|e| matches!(e, Effect::Load(_, Query::Access(_)))).unwrap();
    assert_eq!(access(&screen.loaded(ticket(std::slice::from_ref(asked)), Err(down()))), [] as [&str; 0]);
    assert_eq!(access(&screen.shows(0..9)), [] as [&str; 0]);
    screen.type_in("3");
    assert_eq!(access(&screen.chord(ctrl('r'))).len(), 7, "asking again is the user's decision");
}

#[test]
fn items_are_read_a_screen_ahead() {
    let mut screen = Screen::of(60);
    let effects = screen.shows(0..10);
    let [Query::Items { vaults, fresh: false }] = &loads(&effects)[..] else { panic!("{effects:?}") };
    assert!(vaults.contains(&vault(18)) && !vaults.contains(&vault(22)));
    screen.answer(&class(60));
    assert_eq!(loads(&screen.shows(1..11)), [], "still known");
}

#[test]
fn a_beat_without_news_draws_nothing() {
    let mut screen = Screen::of(3);
    screen.send(Event::Watched(Box::new(report(Vec::new()))));
    assert_eq!(screen.state.live, Live::On);
    screen.state.dirty = false;
    assert_eq!(screen.send(Event::Watched(Box::new(report(Vec::new())))), []);
    assert!(!screen.state.dirty);
}

#[test]
fn an_arrival_reaches_its_row_and_is_counted_until_it_is_looked_at() {
    let mut screen = Screen::of(3);
    screen.send(Event::Watched(Box::new(report(vec![arrival(1, 1, ArrivalKind::New)]))));
    assert_eq!(screen.state.all_rows()[1].last_upload, Some(at(1)));
    assert_eq!((screen.state.activity.unread(), screen.state.dirty), (1, true));
    screen.send(Event::Watched(Box::new(report(vec![arrival(2, 1, ArrivalKind::Updated)]))));
    screen.send(Event::Watched(Box::new(report(vec![arrival(3, 1, ArrivalKind::Removed)]))));
    assert_eq!(screen.state.all_rows()[1].last_upload, Some(at(2)));
    assert_eq!(screen.state.activity.unread(), 3);
    screen.type_in("4");
    assert_eq!(screen.state.activity.unread(), 0);
    screen.send(Event::Watched(Box::new(report(vec![arrival(4, 1, ArrivalKind::New)]))));
    assert_eq!(screen.state.activity.unread(), 0);
}

#[test]
fn the_same_arrival_is_shown_once() {
    let mut screen = Screen::of(3);
    for _ in 0..2 {
        screen.send(Event::Watched(Box::new(report(vec![arrival(1, 1, ArrivalKind::New)]))));
    }
    assert_eq!((screen.state.activity.arrivals.len(), screen.state.activity.unread()), (1, 1));
}

#[test]
fn history_that_comes_after_news_is_not_lost() {
    let mut screen = Screen::starting(setting());
    screen.send(Event::Watched(Box::new(report(vec![arrival(3, 1, ArrivalKind::New)]))));
    let asked =
        screen.effects.iter().find(|e| matches!(e, Effect::Load(_, Query::Arrivals))).unwrap().clone();
    let history = vec![
        arrival(1, 0, ArrivalKind::New),
        arrival(2, 0, ArrivalKind::New),
        arrival(3, 1, ArrivalKind::New),
    ];
    screen.loaded(ticket(&[asked]), Ok(Data::Arrivals(history, 2)));
    let seqs: Vec<_> = screen.state.activity.arrivals.iter().map(|arrival| arrival.seq).collect();
    assert_eq!(seqs, [1, 2, 3]);
    assert_eq!(screen.state.activity.unread(), 1, "what was read on another screen is no news");
}

#[test]
fn the_selection_stays_at_its_arrival_while_others_come() {
    let mut screen = Screen::of(4);
    let three = (1..=3).map(|seq| arrival(seq, 1, ArrivalKind::New)).collect();
    screen.send(Event::Watched(Box::new(report(three))));
    screen.type_in("4j");
    assert_eq!(screen.state.activity.selected().unwrap().seq, 2);
    screen.send(Event::Watched(Box::new(report(vec![arrival(4, 2, ArrivalKind::New)]))));
    assert_eq!(screen.state.activity.selected().unwrap().seq, 2);
    screen.type_in("f");
    assert_eq!(screen.state.activity.selected().unwrap().seq, 4);
    screen.key(Key::Enter);
    assert_eq!((screen.state.focus, screen.state.selected().unwrap().key.clone()), (Pane::Items, student(2)));
}

#[test]
fn a_fault_is_shown_and_passes() {
    let mut screen = Screen::of(3);
    let failed = strongroom::domain::query::WatchReport { fault: Some(down()), ..report(Vec::new()) };
    screen.send(Event::Watched(Box::new(failed.clone())));
    assert!(matches!(screen.state.live, Live::Failing(..)));
    screen.state.dirty = false;
    screen.send(Event::Watched(Box::new(failed)));
    assert!(!screen.state.dirty, "the same fault again is no news");
    screen.send(Event::Watched(Box::new(report(Vec::new()))));
    assert_eq!((screen.state.live.clone(), screen.state.dirty), (Live::On, true));
}

#[test]
fn paused_stays_paused() {
    let mut screen = Screen::of(3);
    assert_eq!(screen.type_in("p"), [Effect::Pause(true)]);
    screen.send(Event::Watched(Box::new(report(Vec::new()))));
    assert_eq!(screen.state.live, Live::Paused);
    assert_eq!(screen.type_in("p"), [Effect::Pause(false)]);
}

#[test]
fn changed_vaults_are_marked_until_their_items_are_known() {
    let mut screen = Screen::of(3);
    screen.shows(0..3);
    screen.answer(&class(3));
    let changed = strongroom::domain::query::WatchReport { changed: vec![vault(1)], ..report(Vec::new()) };
    screen.send(Event::Watched(Box::new(changed)));
    assert!(screen.state.changing.contains(&vault(1)));
    let settled = strongroom::domain::query::WatchReport { settled: vec![vault(1)], ..report(Vec::new()) };
    let effects = screen.send(Event::Watched(Box::new(settled)));
    assert!(screen.state.changing.is_empty());
    assert_eq!(loads(&effects), [Query::Items { vaults: vec![vault(1)], fresh: false }]);
}

#[test]
fn offline_since_is_the_last_good_beat() {
    let mut screen = Screen::of(3);
    screen.send(Event::Watched(Box::new(report(Vec::new())))); // at 9
    let failed =
        strongroom::domain::query::WatchReport { at: at(12), fault: Some(down()), ..report(Vec::new()) };
    for _ in 0..2 {
        screen.send(Event::Watched(Box::new(failed.clone())));
        assert_eq!(screen.state.live, Live::Failing(down(), Some(at(9))));
    }
}

#[test]
fn arrivals_are_counted_by_reading_their_vaults_again() {
    let mut screen = Screen::of(30);
    let before = screen.state.all_rows()[20].items;
    let effects = screen.send(Event::Watched(Box::new(report(vec![arrival(1, 20, ArrivalKind::New)]))));
    assert_eq!(screen.state.all_rows()[20].items, before, "the class may count it already");
    assert_eq!(loads(&effects), [Query::Items { vaults: vec![vault(20)], fresh: false }]);
    // What arrives while they are read is read next; nothing that was asked for is lost.
    for (seq, number) in [(2, 20), (3, 21), (4, 20)] {
        let effects =
            screen.send(Event::Watched(Box::new(report(vec![arrival(seq, number, ArrivalKind::New)]))));
        assert_eq!(effects, []);
    }
    let effects = screen.loaded(ticket(&effects), Ok(Data::Items(vec![(vault(20), items(20))])));
    assert_eq!(screen.state.all_rows()[20].items, 2);
    assert_eq!(loads(&effects), [Query::Items { vaults: vec![vault(20), vault(21)], fresh: false }]);
}

#[test]
fn the_selected_item_stays_selected_while_others_come() {
    let mut screen = Screen::of(3);
    screen.shows(0..3);
    screen.answer(&class(3));
    screen.type_in("2j");
    let selected = screen.state.shown_items().unwrap()[1].id.clone();
    let effects = screen.send(Event::Watched(Box::new(report(vec![arrival(1, 0, ArrivalKind::New)]))));
    let mut newer = items(0);
    newer.insert(0, items(1).remove(0));
    screen.loaded(ticket(&effects), Ok(Data::Items(vec![(vault(0), newer)])));
    assert_eq!(screen.state.items.cursor, 2);
    assert_eq!(screen.state.shown_items().unwrap()[2].id, selected);
}

#[test]
fn lists_whose_answer_is_overtaken_are_asked_for_again() {
    let mut screen = Screen::of(3);
    screen.shows(0..3);
    screen.answer(&class(3));
    screen.type_in("2");
    screen.send(Event::Watched(Box::new(report(vec![arrival(1, 1, ArrivalKind::New)]))));
    let effects = screen.chord(ctrl('r'));
    assert_eq!(loads(&effects), [Query::Items { vaults: vec![vault(0)], fresh: true }]);
    let asked = effects.into_iter().find(|effect| matches!(effect, Effect::Load(..))).unwrap();
    let effects = screen.loaded(ticket(&[asked]), Ok(Data::Items(vec![(vault(0), items(0))])));
    assert_eq!(loads(&effects), [Query::Items { vaults: vec![vault(1)], fresh: false }]);
}

#[test]
fn only_the_end_of_a_beat_says_that_it_went_well() {
    let mut screen = Screen::of(3);
    let failed = strongroom::domain::query::WatchReport { fault: Some(down()), ..report(Vec::new()) };
    screen.send(Event::Watched(Box::new(failed)));
    screen.send(Event::Watched(Box::new(report(vec![arrival(1, 1, ArrivalKind::New)]))));
    assert!(matches!(screen.state.live, Live::Failing(..)), "what is found on the way says nothing");
    screen.send(Event::Watched(Box::new(report(Vec::new()))));
    assert_eq!(screen.state.live, Live::On);
}

#[test]
fn a_count_of_items_is_put_right_by_the_items_themselves() {
    let mut screen = Screen::of(3);
    screen.shows(0..3);
    screen.answer(&class(3));
    assert_eq!(screen.state.all_rows()[1].items, 2, "two of three items are in use");
}

#[test]
fn the_live_view_is_told_once_which_vaults_are_on_the_screen() {
    let mut screen = Screen::of(40);
    let shown = |effects: Vec<Effect>| {
        let shown = effects.into_iter().filter_map(|effect| match effect {
            Effect::Show(vaults) => Some(vaults),
            _ => None,
        });
        shown.collect::<Vec<_>>()
    };
    let told = shown(screen.shows(0..5));
    assert_eq!(told.len(), 1);
    assert!((1..=5).contains(&told[0].len()), "no more than is visible: {told:?}");
    assert_eq!(shown(screen.shows(0..5)), Vec::<Vec<_>>::new(), "a draw of the same rows tells nothing");
    assert_ne!(shown(screen.shows(20..25)), [told[0].clone()]);
}
