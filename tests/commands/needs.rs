//! The list of what needs the instructor: when it is read, what it opens with, where it leads.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use strongroom::app::assignments::Only;
use strongroom::app::jobs::Entry;
use strongroom::app::key::Key;
use strongroom::app::msg::{Effect, Event, Pane};
use strongroom::domain::admission::Admission;
use strongroom::domain::arrival::ArrivalKind;
use strongroom::domain::attention::{Need, Reason};
use strongroom::domain::plan::Wish;
use strongroom::domain::query::{Data, Query, Role, WatchReport};

use crate::past::{job, work};
use crate::screen::{Screen, all_loads, arrival, asked, at, class, down, report, setting, student};
use crate::term::{attention, hw, needs, term};

fn place(reason: Reason) -> usize {
    needs().iter().position(|need| need.reason == reason).unwrap()
}

/// The list with this line selected.
fn selected(reason: Reason) -> Screen {
    let mut screen = term(40, needs());
    assert_eq!(screen.state.focus, Pane::Attention);
    screen.type_in(&"j".repeat(place(reason)));
    screen
}

#[test]
fn it_is_the_first_view_where_something_needs_the_instructor() {
    assert_eq!(term(6, needs()).state.focus, Pane::Attention);
    assert_eq!(term(6, Vec::new()).state.focus, Pane::Roster);
    // A key was quicker than the answer: nothing jumps.
    let mut screen = Screen::starting(setting());
    screen.type_in("j");
    let asked = asked(&screen.effects, &Query::Attention);
    screen.loaded(asked, Ok(Data::Attention(Box::new(attention(needs())))));
    assert_eq!(screen.state.focus, Pane::Roster);
}

#[test]
fn it_is_asked_from_the_store_when_the_dashboard_opens() {
    let screen = Screen::starting(setting());
    assert!(all_loads(&screen.effects).contains(&Query::Attention));
}

#[test]
fn it_is_read_again_after_news_one_question_at_a_time() {
    let mut screen = term(6, needs());
    let count =
        |effects: &[Effect]| all_loads(effects).iter().filter(|query| **query == Query::Attention).count();
    let stale = || Event::Watched(Box::new(WatchReport { stale: true, ..report(Vec::new()) }));
    let effects = screen.send(stale());
    assert_eq!(count(&effects), 1);
    assert_eq!(count(&screen.send(stale())), 0, "one is under way");
    let news = report(vec![arrival(9, 1, ArrivalKind::New)]);
    assert_eq!(count(&screen.send(Event::Watched(Box::new(news)))), 0);
    let list = || Ok(Data::Attention(Box::new(attention(Vec::new()))));
    let again = screen.loaded(asked(&effects, &Query::Attention), list());
    assert_eq!(count(&again), 1, "something happened meanwhile");
    assert_eq!(count(&screen.loaded(asked(&again, &Query::Attention), list())), 0);
    assert_eq!(screen.state.need_count(), 0);
    assert_eq!(count(&screen.send(Event::Watched(Box::new(report(Vec::new()))))), 0, "a quiet beat");
}

#[test]
fn a_failure_keeps_the_list_and_is_no_notice() {
    let mut screen = term(6, needs());
    let effects = screen.send(Event::Watched(Box::new(WatchReport { handed: true, ..report(Vec::new()) })));
    screen.loaded(asked(&effects, &Query::Attention), Err(down()));
    assert_eq!((screen.state.need_count(), screen.notice()), (needs().len(), ""));
}

#[test]
fn enter_goes_to_where_a_line_comes_from() {
    let goes = |reason| {
        let mut screen = selected(reason);
        screen.key(Key::Enter);
        screen
    };
    let name = |screen: &Screen| screen.state.selected().map(|row| row.key.clone());
    let screen = goes(Reason::UnexpectedAccess);
    assert_eq!((screen.state.focus, name(&screen)), (Pane::Access, Some(student(4))));
    assert_eq!(screen.state.matrix.column, 3, "the column of others");
    assert_eq!(goes(Reason::DeadLetter).state.focus, Pane::Jobs);
    let screen = goes(Reason::Confirm);
    assert_eq!((screen.state.focus, name(&screen)), (Pane::Roster, Some(student(3))));
    let screen = goes(Reason::Unmatched);
    assert_eq!((screen.state.focus, name(&screen)), (Pane::Items, Some(student(1))));
    let screen = goes(Reason::Missing);
    assert_eq!((screen.state.focus, name(&screen)), (Pane::Roster, Some(student(2))));
    assert_eq!(screen.state.assignment().unwrap().id, hw(1));
    let screen = goes(Reason::Late);
    assert_eq!((screen.state.focus, screen.state.rows.only), (Pane::Roster, Only::Late));
    let screen = goes(Reason::Seats);
    assert_eq!((screen.state.focus, screen.notice()), (Pane::Attention, "buy seats, or remove guests"));
}

#[test]
fn the_next_step_is_planned_right_there() {
    let mut screen = selected(Reason::NoVault);
    let effects = screen.type_in("A");
    assert!(all_loads(&effects).contains(&Query::Plan(Wish::Provision(vec![student(9)]))), "{effects:?}");
    let mut screen = selected(Reason::Missing);
    screen.type_in("e");
    let form = screen.state.overlays.last();
    assert!(matches!(form, Some(strongroom::app::overlay::Overlay::Extend(form))
        if form.students == [student(2)] && form.assignment.id == hw(1)));
    let mut screen = selected(Reason::Unmatched);
    screen.type_in("a");
    assert!(matches!(screen.state.overlays.last(), Some(strongroom::app::overlay::Overlay::Assign(_))));
    // A service account may not confirm anybody, and says so.
    let mut screen = selected(Reason::Confirm);
    screen.type_in("c");
    assert!(screen.notice().contains("service account"), "{}", screen.notice());
    screen.state.class.value.as_mut().unwrap().identity.as_mut().unwrap().is_service_account = false;
    let effects = screen.type_in("c");
    let wish = Wish::People(Admission::Confirm, vec![student(3)]);
    assert!(all_loads(&effects).contains(&Query::Plan(wish)), "{effects:?}");
}

#[test]
fn a_key_that_is_not_the_next_step_says_which_is() {
    let mut screen = selected(Reason::Confirm);
    screen.type_in("A");
    assert!(screen.notice().contains("for this: c (confirm)"), "{}", screen.notice());
}

#[test]
fn a_line_that_stands_for_several_confirms_them_all() {
    let mut list = needs();
    let confirm = place(Reason::Confirm);
    (list[confirm].student, list[confirm].count) = (None, 3);
    let mut screen = term(40, list);
    screen.state.class.value.as_mut().unwrap().identity.as_mut().unwrap().is_service_account = false;
    screen.type_in(&"j".repeat(confirm));
    let effects = screen.type_in("c");
    let wish = Wish::People(Admission::Confirm, vec![student(3), student(19), student(35)]);
    assert!(all_loads(&effects).contains(&Query::Plan(wish)), "{effects:?}");
}

#[test]
fn what_was_done_by_itself_is_told_and_who_watches_is_kept() {
    let mut screen = term(6, Vec::new());
    let role = Role::Following { watcher: "dashboard, pid 4711".into(), looked_at: Some(at(1)) };
    let told = vec!["made a vault for s001".into(), "made a vault for s002".into()];
    let effects = screen.send(Event::Watched(Box::new(WatchReport {
        told,
        role: Some(role.clone()),
        ..report(Vec::new())
    })));
    assert_eq!(screen.notice(), "made a vault for s002");
    assert_eq!(screen.state.role, Some(role));
    assert!(all_loads(&effects).contains(&Query::Attention));
}

#[test]
fn a_filter_finds_reason_text_and_name() {
    let mut screen = term(40, needs());
    for (typed, count) in [("confirm", 1), ("hw1", 2), ("abara", 0), ("s010", 1)] {
        screen.type_in("/");
        screen.type_in(typed);
        screen.key(Key::Enter);
        assert_eq!(screen.state.needs().len(), count, "{typed}");
        screen.key(Key::Esc);
    }
}

#[test]
fn a_vault_left_behind_and_a_job_that_was_left_lead_to_where_they_are() {
    let mut list = needs();
    let mut add = |reason, text: &str, next: &str, of: Option<usize>| {
        let first = list[0].clone();
        list.push(Need { reason, text: text.into(), next: next.into(), student: of.map(student), ..first });
    };
    add(Reason::Quarantined, "s006 has a second vault", "strongroom quarantine", Some(6));
    add(Reason::LeftJob, "the job job00007 was left, 63 of 200 rows to do", "strongroom jobs resume", None);
    let job_at = list.len() - 1;
    let mut screen = Screen::starting(setting());
    for (query, data) in
        [(Query::Work, Data::Work(work())), (Query::Attention, Data::Attention(Box::new(attention(list))))]
    {
        let asked = asked(&screen.effects, &query);
        screen.effects.retain(|effect| !matches!(effect, Effect::Load(one, _) if *one == asked));
        screen.loaded(asked, Ok(data));
    }
    screen.answer(&class(16));
    screen.type_in("0");
    screen.state.attention.cursor = job_at;
    screen.key(Key::Enter);
    assert_eq!(screen.state.focus, Pane::Jobs);
    let selected = screen.state.entries()[screen.state.jobs.cursor];
    assert!(matches!(selected, Entry::Other(head) if head.id == job(7)), "{selected:?}");
    screen.type_in("0");
    screen.state.attention.cursor = job_at - 1;
    screen.key(Key::Enter);
    assert_eq!(screen.state.selected().unwrap().key, student(6));
    assert!(screen.notice().contains("strongroom quarantine"), "{}", screen.notice());
}

#[test]
fn the_other_panes_show_whom_the_selected_line_is_about() {
    let mut screen = term(6, needs());
    screen.type_in("jk");
    let mut met = 0;
    for _ in 0..needs().len() {
        let about = screen.state.need().and_then(|need| need.student.clone());
        let selected = screen.state.selected().map(|row| row.key.clone());
        if let Some(about) = about.filter(|about| screen.state.rows.place(about).is_some()) {
            assert_eq!(selected, Some(about));
            met += 1;
        }
        screen.type_in("j");
    }
    assert!(met > 1, "{met}");
}
