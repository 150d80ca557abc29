//! What is asked of the terminal beside drawing: stopping, looking again, copying, the mouse, the bell.

use strongroom::app::Live;
use strongroom::app::copy::{What, copyable};
use strongroom::app::key::{ch, ctrl};
use strongroom::app::mouse::{Mouse, Press, Spot};
use strongroom::app::msg::{Effect, Event, Pane, Step};
use strongroom::domain::arrival::ArrivalKind;
use strongroom::domain::fault::{Fault, Kind};
use strongroom::domain::query::WatchReport;
use strongroom::domain::text::SafeText;

use crate::screen::{Screen, arrival, at, report, setting, vault};

#[test]
fn a_stop_is_for_whoever_can_go_on() {
    let mut screen = Screen::of(4);
    assert_eq!(screen.chord(ctrl('z')), [Effect::Suspend]);
    assert_eq!(screen.send(Event::Stop), [Effect::Suspend]);
    // In a text field, too, and what is typed there stays.
    screen.type_in("/ab");
    assert_eq!(screen.chord(ctrl('z')), [Effect::Suspend]);
    assert_eq!(screen.state.filter().text(), "ab");
    assert_eq!(screen.send(Event::Continued), [Effect::Reclaim, Effect::LookNow]);
    screen.state.live = Live::Paused;
    assert_eq!(screen.send(Event::Continued), [Effect::Reclaim]);

    let mut screen = Screen::starting(strongroom::app::Setting { has_shell: false, ..setting() });
    assert_eq!(screen.chord(ctrl('z')), []);
    assert_eq!(screen.notice(), "there is no shell to go back to");
}

#[test]
fn whoever_ends_it_while_it_is_stopped_ends_it() {
    let mut screen = Screen::of(4);
    assert_eq!(screen.send(Event::Interrupt), [Effect::QuitNow]);
    assert_eq!(screen.send(Event::Continued), []);
}

#[test]
fn coming_back_looks_once_unless_that_was_a_moment_ago() {
    let at = |seconds| at(0) + jiff::SignedDuration::from_secs(seconds);
    let mut screen = Screen::of(4);
    assert_eq!(screen.send(Event::Focused(at(100))), [], "it has not begun to look");
    screen.send(Event::Watched(Box::new(WatchReport::nothing(at(100)))));
    assert_eq!(screen.send(Event::Focused(at(104))), []);
    assert_eq!(screen.send(Event::Focused(at(105))), [Effect::LookNow]);
    assert_eq!(screen.send(Event::Focused(at(107))), [], "it is on its way");
    screen.state.live = Live::Paused;
    assert_eq!(screen.send(Event::Focused(at(900))), []);
    screen.state.live = Live::Failing(Fault::new(Kind::Unreachable, "away"), None);
    assert_eq!(screen.send(Event::Focused(at(901))), [Effect::LookNow]);
}

#[test]
fn a_sequence_of_two_keys_copies_and_the_first_alone_does_nothing() {
    let mut screen = Screen::of(4);
    assert_eq!(screen.chord(ch('y')), []);
    let email = "s000@example.edu".to_owned();
    assert_eq!(screen.chord(ch('e')), [Effect::Copy(What::Email, email)]);
    assert_eq!(screen.type_in("yv"), [Effect::Copy(What::Vault, vault(0).to_string())]);
    assert_eq!(screen.type_in("yi"), []);
    assert_eq!(screen.notice(), "choose an item in 2 Items or 4 Activity");
    screen.send(Event::Copied(What::Email, Ok("sent to the terminal, which may refuse it")));
    assert_eq!(screen.notice(), "the address was copied: sent to the terminal, which may refuse it");
    screen.send(Event::Copied(What::Row, Err(Fault::new(Kind::Local, "no"))));
    assert_eq!(screen.notice(), "the row was not copied: no");
}

#[test]
fn what_is_copied_is_harmless_wherever_it_is_pasted() {
    let mut screen = Screen::of(3);
    let view = screen.state.class.value.as_mut().unwrap();
    view.rows[0].name = SafeText::new("a\nrm -rf ~\r\u{1b}[201~\tb\u{202e}c");
    view.rows[1].name = SafeText::new("=HYPERLINK(\"http://x\")");
    for what in [What::Name, What::Email, What::Key, What::Vault, What::Row] {
        let text = copyable(&screen.state, what).unwrap();
        assert!(!text.chars().any(|c| c != '\t' && c.is_control()), "{text:?}");
        assert!(what == What::Row || !text.contains('\t'));
    }
    let table = copyable(&screen.state, What::Table).unwrap();
    assert_eq!((table.lines().count(), table.ends_with('\n')), (4, false));
    let columns: Vec<_> = table.lines().map(|line| line.split('\t').count()).collect();
    assert!(columns.iter().all(|count| *count == columns[0]), "{columns:?}");
    assert!(table.contains("\n'=HYPERLINK"));
}

fn pressed(press: Press, pane: Pane, row: Option<usize>, again: bool) -> Event {
    Event::Mouse(Mouse { column: 1, row: 1, press, again, spot: Some(Spot { pane, row }) })
}

#[test]
fn the_mouse_chooses_once_it_is_asked_to() {
    let mut screen = Screen::of(12);
    screen.type_in("1");
    screen.send(pressed(Press::Click, Pane::Roster, Some(3), false));
    assert_eq!(screen.state.rows.cursor, 0);
    assert_eq!(screen.type_in("M"), [Effect::Mouse(true)]);
    screen.send(pressed(Press::Click, Pane::Access, Some(3), false));
    assert_eq!((screen.state.focus, screen.state.rows.cursor), (Pane::Access, 3));
    // The wheel moves in the pane that is under it, and gives it no keys.
    screen.type_in("4");
    screen.send(pressed(Press::Wheel(Step::Down), Pane::Roster, None, false));
    assert_eq!((screen.state.focus, screen.state.rows.cursor), (Pane::Activity, 4));
    screen.send(pressed(Press::Click, Pane::Roster, Some(2), true));
    assert_eq!((screen.state.focus, screen.state.rows.cursor), (Pane::Items, 2));
    // Behind an overlay nothing is pressed.
    screen.type_in("?");
    screen.send(pressed(Press::Click, Pane::Roster, Some(9), true));
    assert_eq!(screen.state.rows.cursor, 2);
    screen.type_in("q");
    assert_eq!(screen.type_in("M"), [Effect::Mouse(false)]);
}

#[test]
fn the_bell_rings_once_a_report_and_only_when_asked() {
    for bell in [false, true] {
        let mut screen = Screen::of(12);
        screen.state.setting.bell = bell;
        let news = (1..4).map(|seq| arrival(seq, 1, ArrivalKind::New)).collect();
        let effects = screen.send(Event::Watched(Box::new(report(news))));
        assert_eq!(effects.iter().filter(|effect| **effect == Effect::Bell).count(), usize::from(bell));
        let effects = screen.send(Event::Watched(Box::new(WatchReport::nothing(at(10)))));
        assert!(!effects.contains(&Effect::Bell));
    }
}
