//! Selections are held by what they are, whatever is read again; marks end with what they were for.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use strongroom::app::command::{Found, find};
use strongroom::app::key::{Key, ch};
use strongroom::app::msg::{Action, Effect, Event, Pane};
use strongroom::app::overlay::Overlay;
use strongroom::domain::arrival::ArrivalKind;
use strongroom::domain::attention::{Need, Reason};
use strongroom::domain::query::{Data, Query, WatchReport};

use crate::screen::{Screen, arrival, asked, at, item_id, report, setting, student, vault};
use crate::term::{arrivals, attempt, attention, course, hw, jobs, needs, term};

fn handed() -> Event {
    Event::Watched(Box::new(WatchReport { handed: true, ..report(Vec::new()) }))
}

fn list(screen: &mut Screen, effects: &[Effect], needs: Vec<Need>) {
    let asked = asked(effects, &Query::Attention);
    screen.loaded(asked, Ok(Data::Attention(Box::new(attention(needs)))));
}

#[test]
fn a_need_stays_selected_wherever_a_reload_puts_it() {
    let mut screen = term(40, needs());
    screen.type_in("jjj");
    let before = screen.state.need().unwrap().clone();
    assert_eq!(before.reason, Reason::NoVault);
    let mut shorter = needs();
    shorter.drain(..2);
    let effects = screen.send(handed());
    list(&mut screen, &effects, shorter.clone());
    assert_eq!(screen.state.need(), Some(&before));
    // What it says may be another thing by now.
    shorter[1].text = "active, and has no vault for two days".into();
    shorter.insert(0, needs().remove(0));
    let effects = screen.send(handed());
    list(&mut screen, &effects, shorter);
    assert_eq!(screen.state.need().unwrap().student, before.student);
    // Where it is gone, another line takes its place, and the cursor stays in the list.
    let effects = screen.send(handed());
    list(&mut screen, &effects, needs().into_iter().take(1).collect());
    assert_eq!(screen.state.attention.cursor, 0);
}

#[test]
fn an_attempt_stays_selected_while_newer_ones_come() {
    let mut screen = term(40, Vec::new());
    screen.type_in("6G");
    let effects = screen.send(handed());
    let mut more = jobs();
    more.attempts.insert(0, attempt("lms", 9, strongroom::domain::handoff::Ended::Taken));
    screen.loaded(asked(&effects, &Query::Jobs), Ok(Data::Jobs(Box::new(more))));
    let effects = screen.type_in("R");
    assert!(matches!(&effects[..], [Effect::HandOff(_, what)] if what[0].seq == 3), "{effects:?}");
}

#[test]
fn an_arrival_that_was_assigned_leaves_the_selection_where_it_is() {
    let unmatched = |seqs: std::ops::RangeInclusive<u64>| {
        let arrived = seqs.map(|seq| arrival(seq, 1, ArrivalKind::New));
        arrived.map(|one| strongroom::domain::arrival::Arrival { unmatched: true, ..one }).collect::<Vec<_>>()
    };
    let mut screen = term(40, Vec::new());
    screen.send(Event::Watched(Box::new(report(unmatched(9..=11)))));
    screen.type_in("4ujj");
    let selected = screen.state.arrival().unwrap().seq;
    assert_eq!(selected, 9);
    let effects = screen.send(handed());
    let mut again = arrivals();
    again.extend(unmatched(9..=11));
    again[10].unmatched = false;
    screen.loaded(asked(&effects, &Query::Arrivals), Ok(Data::Arrivals(again, 8)));
    assert_eq!(screen.state.arrival().unwrap().seq, selected);
    screen.send(Event::Watched(Box::new(report(unmatched(12..=13)))));
    assert_eq!(screen.state.arrival().unwrap().seq, selected);
}

#[test]
fn a_line_that_stands_for_several_uploads_assigns_none_of_them_before_one_is_chosen() {
    let mut list = needs();
    let line = list.iter_mut().find(|need| need.reason == Reason::Unmatched).unwrap();
    (line.count, line.student) = (2, Some(student(9)));
    let place = list.iter().position(|need| need.reason == Reason::Unmatched).unwrap();
    let mut screen = term(40, list);
    screen.type_in(&"j".repeat(place));
    screen.type_in("a");
    assert!(screen.state.overlays.is_empty());
    assert_eq!(screen.state.focus, Pane::Activity);
    assert!(screen.state.activity.shown().all(|one| one.unmatched && one.student.key == student(9)));
    assert!(screen.state.activity.shown().count() > 0);
    screen.type_in("a");
    let Some(Overlay::Assign(choice)) = screen.state.overlays.last() else { panic!("{}", screen.notice()) };
    assert_eq!(choice.upload.title.as_str(), "hw3-report.pdf");
    screen.key(Key::Esc);
    screen.key(Key::Esc);
    assert!(!screen.state.activity.is_narrowed(), "esc shows everything again");
    assert_eq!(screen.state.focus, Pane::Activity);
}

#[test]
fn the_upload_of_a_line_is_asked_about_by_its_own_title() {
    let mut screen = term(40, needs());
    let place = needs().iter().position(|need| need.reason == Reason::Unmatched).unwrap();
    let mut one = arrival(9, 1, ArrivalKind::New);
    (one.found.item.id, one.found.vault.id) = (item_id(10), vault(1));
    one.found.item.title = "notes.pdf".into();
    screen.send(Event::Watched(Box::new(report(vec![one]))));
    screen.type_in(&"j".repeat(place));
    screen.type_in("a");
    let Some(Overlay::Assign(choice)) = screen.state.overlays.last() else { panic!("{}", screen.notice()) };
    assert_eq!(choice.upload.title.as_str(), "notes.pdf");
}

#[test]
fn a_number_that_no_assignment_has_selects_nothing() {
    let mut screen = term(40, Vec::new());
    screen.type_in("4uja1");
    screen.type_in("9");
    assert!(screen.notice().contains("no assignment 9"));
    let Some(Overlay::Assign(choice)) = screen.state.overlays.last() else { panic!() };
    assert_eq!(choice.at, 1);
    let Found::Command(command) = find(&screen.state, &[ch('y')]) else { panic!() };
    assert!(matches!((command.plan)(&screen.state), Ok(Action::Choose)));
}

#[test]
fn the_activity_is_filtered_by_names_too() {
    let mut screen = term(40, Vec::new());
    screen.type_in("4/farouk");
    screen.key(Key::Enter);
    let shown: Vec<_> = screen.state.activity.shown().map(|one| one.student.key.clone()).collect();
    assert_eq!(shown, [student(5)]);
    screen.type_in("/nobody");
    screen.key(Key::Enter);
    screen.type_in("D");
    assert!(screen.notice().contains("nothing is selected"), "{}", screen.notice());
}

#[test]
fn marks_end_with_the_decision_they_were_for_and_hidden_ones_are_told() {
    let mut screen = term(40, Vec::new());
    screen.type_in("1[   ");
    screen.type_in("/abara");
    screen.key(Key::Enter);
    screen.type_in("e+48h");
    screen.key(Key::Enter);
    screen.key(Key::Enter);
    let Some(Overlay::Confirm(question)) = screen.state.overlays.last() else { panic!() };
    assert_eq!(question.warning, "2 of them hidden by the filter");
    assert!(question.text.contains("Abara, Ngozi; Bai, Xiaoming; Castillo"), "{}", question.text);
    screen.type_in("y");
    assert_eq!(screen.marks(), Vec::<&str>::new());
}

#[test]
fn a_deadline_that_is_over_already_is_said_to_be() {
    let mut screen = term(40, Vec::new());
    screen.type_in("1[e+5m");
    screen.key(Key::Enter);
    screen.key(Key::Enter);
    let Some(Overlay::Confirm(question)) = screen.state.overlays.last() else { panic!() };
    assert!(question.warning.contains("over already"), "{}", question.warning);
    assert_eq!((screen.state.assignment().unwrap().id.clone(), at(0)), (hw(1), setting().opened_at));
}

#[test]
fn a_download_that_ended_stays_listed_with_everything_it_could_not_fetch() {
    let mut screen = Screen::of(6);
    screen.type_in("1D");
    let effects = screen.key(Key::Enter);
    let fetching = crate::screen::ticket(&effects);
    let failures = vec!["hw1/s000/a.pdf: the file ended early".into(), "hw1/s000/b.pdf: denied".into()];
    screen.send(Event::Failures(fetching, failures));
    let failed = Err(strongroom::domain::fault::Fault::new(
        strongroom::domain::fault::Kind::Broken,
        "2 failed, the first was a",
    ));
    screen.send(Event::Finished(fetching, at(9), failed));
    assert!(screen.notice().starts_with("6, enter shows why"), "{}", screen.notice());
    screen.type_in("6");
    assert_eq!(screen.state.focus, Pane::Jobs, "there is something to show");
    screen.type_in("x");
    assert!(screen.notice().contains("ended"), "{}", screen.notice());
    screen.key(Key::Enter);
    assert!(matches!(screen.state.overlays.last(), Some(Overlay::Fetched { .. })));
    assert_eq!(screen.state.jobs.downloads[0].failures.len(), 2);
    // Leaving needs no question: nothing runs.
    screen.key(Key::Esc);
    assert_eq!(screen.type_in("q"), [Effect::Quit]);
}

#[test]
fn the_second_download_is_not_stopped_by_the_key_that_was_meant_for_the_first() {
    let mut screen = Screen::of(6);
    let mut tickets = Vec::new();
    for _ in 0..2 {
        screen.type_in("1D");
        tickets.push(crate::screen::ticket(&screen.key(Key::Enter)));
    }
    screen.type_in("6gx");
    screen.send(Event::Finished(tickets[0], at(9), Ok("stopped".into())));
    assert_eq!(screen.type_in("x"), [], "the first has ended, the second goes on");
}

#[test]
fn what_was_said_outlasts_news_and_goes_with_the_next_key() {
    let mut screen = term(6, Vec::new());
    let told = vec!["made a vault for s001".into()];
    screen.send(Event::Watched(Box::new(WatchReport { told, ..report(Vec::new()) })));
    assert!(!screen.notice().is_empty());
    screen.send(Event::Watched(Box::new(report(vec![arrival(9, 1, ArrivalKind::New)]))));
    assert_eq!(screen.notice(), "made a vault for s001", "nobody has pressed a key since");
    screen.type_in("j");
    assert_eq!(screen.notice(), "");
}

fn at_line(reason: Reason, list: Vec<Need>) -> Screen {
    let place = list.iter().position(|need| need.reason == reason).unwrap();
    let mut screen = term(40, list);
    screen.type_in(&"j".repeat(place));
    screen
}

#[test]
fn a_line_that_stands_for_several_shows_exactly_those() {
    let mut list = needs();
    let line = list.iter_mut().find(|need| need.reason == Reason::NoVault).unwrap();
    // As the list tells it.
    let lacks =
        course(40).rows.into_iter().filter(|row| !row.gone && (row.awaits_vault() || row.lacks_access()));
    (line.student, line.students) = (None, lacks.map(|row| row.key).collect());
    let mut screen = term(40, list.clone());
    // Narrowings of before do not hide any of them.
    screen.type_in("1[m/abara");
    screen.key(Key::Enter);
    screen.type_in("0");
    let place = list.iter().position(|need| need.reason == Reason::NoVault).unwrap();
    screen.type_in(&"j".repeat(place));
    screen.key(Key::Enter);
    let rows = screen.state.all_rows();
    let shown = screen.state.rows.shown.iter().map(|at| &rows[*at]);
    assert!(shown.clone().all(|row| row.awaits_vault() || row.lacks_access()));
    let all = rows.iter().filter(|row| !row.gone && (row.awaits_vault() || row.lacks_access())).count();
    assert!(all > 1 && shown.count() == all);
    screen.key(Key::Esc);
    assert_eq!(screen.state.rows.shown.len(), 40, "esc shows everybody again");
}

#[test]
fn what_hides_nobody_who_is_looked_for_stays() {
    let mut screen = term(40, needs());
    screen.type_in("1/s0");
    screen.key(Key::Enter);
    screen.type_in("0jj");
    screen.key(Key::Enter);
    assert_eq!(screen.state.selected().unwrap().key, student(3));
    assert!(screen.state.rows.filter.is_active());
    screen.type_in("/nobody");
    screen.key(Key::Enter);
    screen.type_in("0");
    screen.key(Key::Enter);
    assert!(!screen.state.rows.filter.is_active() && screen.notice().contains("shown again"));
}

#[test]
fn a_dead_letter_is_offered_again_and_files_are_fetched_right_from_the_list() {
    let mut list = needs();
    let line = list.iter_mut().find(|need| need.reason == Reason::DeadLetter).unwrap();
    line.text = "grade did not take 1 arrival, from number 3 on".into();
    let mut screen = at_line(Reason::DeadLetter, list);
    let effects = screen.type_in("R");
    assert!(matches!(&effects[..], [Effect::HandOff(_, what)] if what[0].seq == 3), "{}", screen.notice());
    let mut list = needs();
    list.iter_mut().find(|need| need.reason == Reason::Late).unwrap().assignment = Some(hw(1));
    let mut screen = at_line(Reason::Late, list);
    screen.type_in("D");
    let Some(Overlay::Download(form)) = screen.state.overlays.last() else { panic!("{}", screen.notice()) };
    assert!(form.what.len() > 3);
}

#[test]
fn the_assignment_that_is_shown_is_the_one_due_soon_or_else_the_last_that_was_due() {
    let mut view = course(6);
    view.assignments[1].due = at(60 * 24 * 5);
    let mut screen = Screen::starting(setting());
    screen.answer(&view);
    assert_eq!(screen.state.assignment().unwrap().id, hw(1));
    view.assignments[0].due = at(60 * 24 * 9);
    let mut screen = Screen::starting(setting());
    screen.answer(&view);
    assert_eq!(screen.state.assignment().unwrap().id, hw(2), "nothing was due yet");
}
