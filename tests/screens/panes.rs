//! Each pane, empty, loading, old, failed, full and filtered.

#![allow(clippy::unwrap_used, reason = "tests")]

use strongroom::app::key::{Key, ctrl};
use strongroom::app::msg::Event;
use strongroom::domain::arrival::ArrivalKind;
use strongroom::domain::query::WatchReport;

use crate::screen::{Screen, arrival, class, down, report, setting};
use crate::{SMALL, drawn, settings, shot, styles};

const PANES: [(&str, &str); 4] = [("roster", "1"), ("items", "2"), ("access", "3"), ("activity", "4")];

/// A class that is being watched, with everything on the screen known.
fn live(students: usize) -> Screen {
    let mut screen = Screen::of(students);
    let kinds = [ArrivalKind::New, ArrivalKind::Updated, ArrivalKind::Removed, ArrivalKind::New];
    let news = (1..=8).map(|seq| {
        arrival(seq, usize::try_from(seq * 3 % 16).unwrap(), kinds[usize::try_from(seq % 4).unwrap()])
    });
    screen.send(Event::Watched(Box::new(report(news.collect()))));
    // The end of the beat.
    screen.send(Event::Watched(Box::new(report(Vec::new()))));
    screen.shows(0..60);
    screen.answer(&class(students));
    screen
}

#[test]
fn full() {
    for (name, number) in PANES {
        let mut screen = live(40);
        screen.type_in(&format!("jj{number}"));
        shot(&format!("{name}-full"), &mut screen, SMALL);
    }
}

#[test]
fn empty() {
    for (name, number) in PANES {
        let mut screen = Screen::of(0);
        screen.type_in(number);
        shot(&format!("{name}-empty"), &mut screen, SMALL);
    }
}

#[test]
fn loading() {
    for (name, number) in PANES {
        let mut screen = Screen::starting(setting());
        screen.type_in(number);
        shot(&format!("{name}-loading"), &mut screen, SMALL);
    }
}

#[test]
fn offline() {
    for (name, number) in PANES {
        let mut screen = live(12);
        screen.type_in(number);
        screen.send(Event::Watched(Box::new(WatchReport { fault: Some(down()), ..report(Vec::new()) })));
        shot(&format!("{name}-offline"), &mut screen, SMALL);
    }
}

#[test]
fn failed() {
    for (name, number) in PANES {
        let mut screen = Screen::starting(setting());
        for _ in 0..3 {
            while let Some(effect) = screen.effects.pop() {
                if let strongroom::app::msg::Effect::Load(ticket, _) = effect {
                    screen.loaded(ticket, Err(down()));
                }
            }
        }
        let notices = screen.state.notices.clone();
        screen.type_in(number);
        screen.state.notices = notices;
        shot(&format!("{name}-failed"), &mut screen, SMALL);
    }
}

#[test]
fn filtered() {
    for (name, number) in PANES {
        let mut screen = live(40);
        screen.type_in(&format!("  {number}/hw"));
        if name != "items" && name != "activity" {
            screen.chord(ctrl('u'));
            screen.type_in("abara");
        }
        shot(&format!("{name}-filtering"), &mut screen, SMALL);
        screen.key(Key::Enter);
        shot(&format!("{name}-filtered"), &mut screen, SMALL);
    }
}

#[test]
fn all_panes_at_once() {
    for (size, name) in [((120, 40), "wide"), ((200, 60), "huge"), ((100, 30), "just-wide")] {
        let mut screen = live(40);
        screen.type_in("jj");
        shot(&format!("all-{name}"), &mut screen, size);
    }
    let mut screen = live(40);
    screen.type_in("3llr");
    shot("all-staged", &mut screen, (120, 40));
}

#[test]
fn smallest_and_too_small() {
    for (size, name) in
        [((60, 15), "smallest"), ((59, 14), "too-small"), ((60, 19), "without-strip"), ((10, 3), "tiny")]
    {
        shot(name, &mut live(12), size);
    }
}

#[test]
fn staged_cells_and_what_is_known_of_them() {
    let mut screen = live(12);
    screen.type_in("3rljrjjxlr");
    shot("access-staged", &mut screen, SMALL);
    let mut screen = live(12);
    screen.type_in("jjjj3lll");
    shot("access-unexpected", &mut screen, SMALL);
}

#[test]
fn badges() {
    let mut setting = setting();
    (setting.demo, setting.read_only) = (true, true);
    let mut screen = Screen::starting(setting);
    screen.answer(&class(8));
    screen.send(Event::Watched(Box::new(report(Vec::new()))));
    shot("badges", &mut screen, SMALL);
    shot("badges-wide", &mut screen, (120, 24));
}

#[test]
fn marks_and_a_running_plan_in_the_status() {
    let mut screen = live(40);
    screen.type_in("   /abara");
    screen.key(Key::Enter);
    shot("marks-hidden", &mut screen, SMALL);
}

#[test]
fn selection_and_warnings_can_be_seen() {
    let mut screen = live(12);
    screen.type_in("jj ");
    let dump = styles(&drawn(&mut screen, SMALL));
    settings().bind(|| insta::assert_snapshot!("roster-styles", dump));
    screen.type_in("3lr");
    let dump = styles(&drawn(&mut screen, SMALL));
    settings().bind(|| insta::assert_snapshot!("access-styles", dump));
}
