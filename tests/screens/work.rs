//! Attention, jobs, and every pane with assignments, copies and hand-off in it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use strongroom::app::key::Key;
use strongroom::app::msg::{Effect, Event};
use strongroom::domain::directory::{FileMeta, ItemDetail};
use strongroom::domain::id::FileId;
use strongroom::domain::query::{Data, Query, Role, WatchReport};
use strongroom::domain::text::Untrusted;
use strongroom::domain::transfer::Progress;

use crate::screen::{Screen, at, items, report, ticket, vault};
use crate::term::{copies, needs, term};
use crate::{drawn, shot, text};

const SIZES: [((u16, u16), &str); 4] =
    [((80, 24), "small"), ((120, 40), "wide"), ((200, 60), "huge"), ((60, 15), "smallest")];

/// The same with the copies of the selected vault.
fn with_copies(number: usize) -> Screen {
    let mut screen = term(40, needs());
    screen.type_in("1");
    screen.type_in(&"j".repeat(number));
    let known = |data| Ok(Data::Copies(vault(number), data));
    for _ in 0..3 {
        let effects = screen.shows(0..60);
        let mut all = screen.effects.clone();
        all.extend(effects);
        let open = all.iter().rev().find_map(|effect| match effect {
            Effect::Load(ticket, Query::Copies(of)) if *of == vault(number) => Some(*ticket),
            _ => None,
        });
        if let Some(open) = open {
            screen.loaded(open, known(copies(number)));
        }
        screen.answer(&crate::term::course(40));
    }
    if screen.state.items.copies.value().is_none_or(|(_, copies)| copies.is_empty()) {
        let effects =
            screen.send(Event::Watched(Box::new(WatchReport { handed: true, ..report(Vec::new()) })));
        let asked = crate::screen::asked(&effects, &Query::Copies(vault(number)));
        screen.loaded(asked, known(copies(number)));
    }
    screen
}

#[test]
fn attention() {
    for (size, name) in SIZES {
        shot(&format!("attention-{name}"), &mut term(40, needs()), size);
    }
    let mut screen = term(40, Vec::new());
    screen.type_in("0");
    shot("attention-nothing", &mut screen, (80, 24));
    let mut screen = Screen::starting(crate::screen::setting());
    screen.type_in("0");
    shot("attention-loading", &mut screen, (80, 24));
}

#[test]
fn jobs() {
    for (size, name) in SIZES {
        let mut screen = term(40, Vec::new());
        screen.type_in("6");
        shot(&format!("jobs-{name}"), &mut screen, size);
    }
    let mut screen = term(40, Vec::new());
    screen.type_in("6G");
    screen.key(Key::Enter);
    shot("jobs-output", &mut screen, (80, 24));
}

#[test]
fn roster_with_assignments() {
    for (size, name) in SIZES {
        let mut screen = term(40, Vec::new());
        screen.type_in("1[");
        shot(&format!("work-roster-{name}"), &mut screen, size);
    }
    let mut screen = term(40, Vec::new());
    screen.type_in("1[ m");
    shot("work-roster-missing", &mut screen, (80, 24));
}

#[test]
fn activity_with_everything() {
    for (size, name) in SIZES {
        let mut screen = term(40, Vec::new());
        screen.type_in("4j");
        shot(&format!("work-activity-{name}"), &mut screen, size);
    }
    let mut screen = term(40, Vec::new());
    screen.type_in("4u");
    shot("work-activity-unmatched", &mut screen, (80, 24));
}

#[test]
fn items_with_copies_and_hand_off() {
    for (size, name) in SIZES {
        let mut screen = with_copies(8);
        screen.type_in("2");
        shot(&format!("work-items-{name}"), &mut screen, size);
    }
    let mut screen = with_copies(8);
    screen.type_in("2");
    let asked = ticket(&screen.key(Key::Enter));
    let file = FileId::parse(&format!("sbxfile{:019}", 1)).unwrap();
    let files = vec![FileMeta { id: file, name: Untrusted::new("report.pdf"), size: 1_250_000 }];
    let detail = ItemDetail { item: items(8).remove(0), fields: Vec::new(), files };
    screen.loaded(asked, Ok(Data::Detail(Box::new(detail))));
    shot("work-item", &mut screen, (100, 30));
}

#[test]
fn forms() {
    let mut screen = term(40, Vec::new());
    screen.type_in("1[  e+48h");
    shot("form-extend", &mut screen, (80, 24));
    screen.key(Key::Enter);
    screen.type_in("ill, as the letter says");
    screen.key(Key::Enter);
    shot("form-extend-question", &mut screen, (80, 24));
    let mut screen = term(40, Vec::new());
    screen.type_in("4ja");
    shot("form-assign", &mut screen, (80, 24));
    let mut screen = term(40, Vec::new());
    screen.type_in("1[m*D");
    shot("form-download", &mut screen, (80, 24));
    // Of a folder that is relative it is said where it lies.
    let mut screen = term(40, Vec::new());
    screen.state.setting.folder = "CS101-F26-files".into();
    screen.type_in("1D");
    shot("form-download-relative", &mut screen, (80, 24));
}

#[test]
fn a_download_says_how_far_it_is() {
    let mut screen = term(40, Vec::new());
    screen.type_in("1D");
    let fetching = ticket(&screen.key(Key::Enter));
    screen.send(Event::Fetching(
        fetching,
        Progress {
            files_done: 12,
            files: 60,
            bytes_done: 31_000_000,
            bytes: 400_000_000,
            rate_bytes_s: 1_200_000,
            eta: Some(std::time::Duration::from_secs(307)),
            ..Progress::default()
        },
    ));
    shot("downloading", &mut screen, (80, 24));
    screen.type_in("6");
    shot("downloading-jobs", &mut screen, (120, 40));
}

#[test]
fn who_else_watches_stands_in_the_head() {
    let role = Role::Following { watcher: "dashboard, pid 4711".into(), looked_at: Some(at(1)) };
    let mut screen = term(6, Vec::new());
    screen.send(Event::Watched(Box::new(WatchReport { role: Some(role), ..report(Vec::new()) })));
    for (width, says) in
        [(60, " live via another dashboard"), (80, " live via another dashboard "), (200, "pid 4711")]
    {
        let head = text(&drawn(&mut screen, (width, 24))).lines().next().unwrap().to_owned();
        assert!(head.contains(says), "{head}");
    }
}
