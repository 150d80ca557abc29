//! Columns, sorts and filters on the screen, and the whole matrix at its sizes.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use strongroom::app::grid::Grid;
use strongroom::app::key::{Key, ch};
use strongroom::app::msg::Event;
use strongroom::app::overlay::Overlay;
use strongroom::domain::access::{Level, Principal};
use strongroom::domain::arrival::ArrivalKind;
use strongroom::domain::query::{ClassView, Other};
use strongroom::ui::{Memo, draw, theme::Theme};

use crate::screen::{Screen, arrival, class, person, proved, report};
use crate::{SMALL, WIDE, drawn, shot};

fn live(students: usize) -> Screen {
    let mut screen = Screen::of(students);
    let news = (1..=8).map(|seq| arrival(seq, usize::try_from(seq * 3 % 16).unwrap(), ArrivalKind::New));
    screen.send(Event::Watched(Box::new(report(news.collect()))));
    screen.shows(0..60);
    screen.answer(&class(students));
    screen
}

/// Students on the vaults of others, one by an exception, and a vault whose list was not read.
fn strays(mut view: ClassView) -> ClassView {
    let mut add = |from: usize, to: usize, excepted: bool| {
        let who = Principal::Person(person(from));
        let (name, cell) = ("A student".into(), proved(Level::Read));
        let other = Other { who, name, cell, excepted, kind: None, since: None };
        view.rows[to].others.iter_mut().for_each(|others| others.push(other.clone()));
    };
    add(0, 1, false);
    add(2, 4, true);
    add(1, 0, false);
    view.rows[7].others = None;
    view
}

/// The whole matrix, at a student's own vault.
fn whole(view: &ClassView) -> Screen {
    let mut screen = Screen::of(0);
    screen.chord(strongroom::app::key::ctrl('r'));
    screen.answer(view);
    screen.type_in("3");
    screen.state.overlays.push(Overlay::Grid(Grid::default()));
    screen
}

#[test]
fn the_whole_matrix() {
    for (size, name) in [((60, 15), "smallest"), (SMALL, "small"), (WIDE, "wide")] {
        let mut screen = whole(&strays(class(40)));
        screen.type_in("l");
        shot(&format!("whole-matrix-{name}"), &mut screen, size);
    }
    let mut screen = whole(&strays(class(200)));
    screen.type_in("G$");
    shot("whole-matrix-end", &mut screen, SMALL);
}

#[test]
fn columns_are_chosen_in_an_overlay() {
    for (size, name) in [(SMALL, "small"), (WIDE, "wide")] {
        let mut screen = live(16);
        screen.type_in("lo");
        screen.type_in("Cjj jjjjjjj ");
        shot(&format!("columns-{name}"), &mut screen, size);
    }
}

#[test]
fn a_chosen_column_and_a_sort_stand_in_the_heading() {
    let mut screen = live(16);
    screen.type_in("Cjjjjjjjjj q");
    screen.type_in("llllllo");
    shot("roster-sorted", &mut screen, SMALL);
    let mut screen = live(16);
    screen.type_in("4llo");
    shot("activity-sorted", &mut screen, SMALL);
    shot("activity-sorted-wide", &mut screen, WIDE);
    let mut screen = live(16);
    screen.type_in("3lO");
    shot("access-sorted", &mut screen, SMALL);
}

#[test]
fn a_filter_that_asks_for_what_there_is_not_says_so() {
    let mut screen = live(16);
    screen.type_in("/stat:active bai");
    shot("filter-unknown-field", &mut screen, SMALL);
    screen.key(Key::Enter);
    shot("filter-unknown-told", &mut screen, SMALL);
}

#[test]
fn marked_items_are_counted() {
    let mut screen = live(16);
    screen.type_in("2  1j2 ");
    shot("items-marked", &mut screen, SMALL);
}

/// A class of so many in which every list was read.
fn large(students: usize) -> ClassView {
    let mut view = class(students);
    for (at, row) in view.rows.iter_mut().enumerate() {
        row.vault = Some(crate::screen::vault(at));
        row.others.get_or_insert_default();
    }
    view
}

/// A screen that is drawn again and again, and what that has cost.
struct Drawn {
    screen: Screen,
    memo: Memo,
    terminal: Terminal<TestBackend>,
    /// The quickest key with its frame.
    best: Duration,
    /// The most cells of the screen that a key has changed.
    most: usize,
}

impl Drawn {
    fn of(students: usize) -> Self {
        let mut screen = whole(&large(students));
        screen.type_in("G$gg0");
        let Ok(terminal) = Terminal::new(TestBackend::new(WIDE.0, WIDE.1));
        let mut drawn =
            Self { screen, memo: Memo::default(), terminal, best: Duration::MAX, most: usize::MAX };
        drawn.press('g');
        (drawn.best, drawn.most) = (Duration::MAX, 0);
        drawn
    }

    fn press(&mut self, key: char) {
        let (before, begun) = (self.terminal.backend().buffer().clone(), Instant::now());
        self.screen.send(Event::Key(ch(key)));
        let theme = Theme::terminal();
        let Ok(_) = self.terminal.draw(|frame| draw(&self.screen.state, &mut self.memo, &theme, frame));
        self.screen.send(Event::Viewport(self.memo.viewport.clone()));
        self.best = self.best.min(begun.elapsed());
        self.most = self.most.max(before.diff(self.terminal.backend().buffer()).len());
    }

    /// How many cells of the matrix are looked up for a frame.
    fn cells(&self) -> usize {
        self.memo.viewport.rows.len() * self.memo.viewport.across
    }
}

#[test]
fn moving_through_ten_thousand_is_as_quick_as_through_thirty() {
    let (mut small, mut large) = (Drawn::of(30), Drawn::of(10_000));
    assert_eq!(small.cells(), large.cells(), "what is looked up follows from the screen alone");
    assert!(large.cells() * 3 <= usize::from(WIDE.0) * usize::from(WIDE.1));
    // In turns, so that whatever else the machine does falls on both. Nothing scrolls: only what is selected
    // changes.
    for key in "jlkh".chars().cycle().take(60) {
        small.press(key);
        large.press(key);
    }
    assert!(small.most < 400 && large.most < 400, "{} and {} cells changed", small.most, large.most);
    assert!(large.best < small.best * 3, "{:?} against {:?}", large.best, small.best);
    // And so it is where everything scrolls.
    for key in "LLHL".chars().cycle().take(20) {
        small.press('l');
        large.press(key);
    }
    assert!(large.best < small.best * 3, "{:?} against {:?}", large.best, small.best);
}

#[test]
fn one_row_down_changes_two_rows() {
    let mut screen = live(200);
    let before = drawn(&mut screen, SMALL);
    screen.type_in("j");
    let after = drawn(&mut screen, SMALL);
    let lines: std::collections::BTreeSet<u16> = before.diff(&after).iter().map(|(_, y, _)| *y).collect();
    assert!(lines.len() <= 3, "the two rows and what is known of the selected one: {lines:?}");
}
