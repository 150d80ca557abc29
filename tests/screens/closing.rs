//! The end of a term: its steps and their sign-off, and students who are frozen, closed or deleted.

#![allow(clippy::unwrap_used, reason = "tests")]

use strongroom::app::key::Key;
use strongroom::app::msg::Event;
use strongroom::domain::query::Data;
use strongroom::domain::transfer::Progress;

use crate::screen::{Screen, class, down, setting, ticket};
use crate::term::ending;
use crate::{SMALL, SMALLEST, WIDE, shot};

fn closing() -> Screen {
    let mut screen = Screen::of(16);
    let asked = ticket(&screen.type_in("W"));
    screen.loaded(asked, Ok(Data::Closing(Box::new(ending()))));
    screen
}

#[test]
fn the_steps_of_the_end_of_a_term() {
    let mut screen = Screen::of(16);
    let asked = ticket(&screen.type_in("W"));
    shot("closing-loading", &mut screen, SMALL);
    screen.loaded(asked, Err(down()));
    shot("closing-failed", &mut screen, SMALL);
    for (name, size) in [("smallest", SMALLEST), ("small", SMALL), ("wide", WIDE)] {
        shot(&format!("closing-{name}"), &mut closing(), size);
    }
    let mut last = closing();
    last.type_in("G");
    shot("closing-last-smallest", &mut last, SMALLEST);
}

#[test]
fn a_step_is_signed_off_and_runs_beside_the_panes() {
    let mut screen = closing();
    screen.type_in("k");
    screen.key(Key::Enter);
    shot("sign-off", &mut screen, SMALL);
    shot("sign-off-smallest", &mut screen, SMALLEST);
    let running = ticket(&screen.key(Key::Enter));
    shot("sign-off-begun", &mut screen, SMALL);
    screen.key(Key::Esc);
    let progress =
        Progress { files: 40, files_done: 8, bytes: 9_000, bytes_done: 2_000, ..Progress::default() };
    screen.send(Event::Fetching(running, progress));
    shot("closing-pulls", &mut screen, SMALL);
}

#[test]
fn who_is_closed_is_shown_as_such_everywhere() {
    let mut view = class(8);
    for (row, word) in view.rows.iter_mut().zip(["frozen", "closed", "deleted"]) {
        row.closing = Some(word.into());
        if word == "deleted" {
            row.vault = None;
        }
    }
    let mut screen = Screen::starting(setting());
    screen.answer(&view);
    shot("closed-roster", &mut screen, SMALL);
    screen.type_in("3");
    shot("closed-access", &mut screen, SMALL);
    shot("closed-wide", &mut screen, WIDE);
    shot("closed-smallest", &mut screen, SMALLEST);
}
