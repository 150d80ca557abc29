//! Filters, columns, sorts and marks of every table, and the whole matrix.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::HashMap;

use proptest::prelude::*;
use strongroom::app::columns::{Field, Table};
use strongroom::app::grid::{Grid, Square};
use strongroom::app::key::{Key, ctrl};
use strongroom::app::msg::{Action, Effect, Event, Fetch, Pane};
use strongroom::app::overlay::Overlay;
use strongroom::domain::access::{Level, Principal};
use strongroom::domain::arrival::ArrivalKind;
use strongroom::domain::query::{ClassView, Other};

use crate::screen::{Screen, arrival, class, person, proved, report, student, vault};

/// The keys of the students that are shown, in their order.
fn shown(screen: &Screen) -> Vec<String> {
    let rows = screen.state.all_rows();
    screen.state.rows.shown.iter().map(|at| rows[*at].key.to_string()).collect()
}

fn selected(screen: &Screen) -> String {
    screen.state.selected().unwrap().key.to_string()
}

/// The items of the first student, read.
fn at_items() -> Screen {
    let mut screen = Screen::of(4);
    screen.shows(0..10);
    screen.answer(&class(4));
    screen.type_in("2");
    screen
}

fn titles(screen: &Screen) -> Vec<&str> {
    screen.state.shown_items().unwrap().iter().map(|item| item.title.as_str()).collect()
}

/// The whole matrix of a class.
pub(crate) fn whole(students: usize) -> Screen {
    let mut screen = Screen::of(students);
    screen.type_in("/s0");
    screen.key(Key::Enter);
    screen.key(Key::Esc);
    screen.type_in("3");
    screen.shows(0..10);
    screen.answer(&class(students));
    screen.state.overlays.push(Overlay::Grid(Grid::default()));
    screen
}

#[test]
fn a_filter_asks_columns_and_is_told_what_there_is_not() {
    let mut screen = Screen::of(16);
    for (filter, count) in [
        ("state:active", 9),
        ("!state:active", 7),
        ("state:invited email:s005", 1),
        ("vault:none state:\"no vault\"", 1),
        ("vault:none state:active", 0),
        ("level:read", 1),
        ("level:r", 1),
        ("others:!", 1),
        ("-f bxm", 1),
        ("marked:yes", 0),
        ("castillo maria", 1),
    ] {
        screen.type_in("/");
        screen.type_in(filter);
        assert_eq!(screen.state.rows.shown.len(), count, "{filter}: {:?}", shown(&screen));
        screen.key(Key::Esc);
    }
    screen.type_in("/stat:active");
    assert_eq!(screen.state.filter_problem().unwrap(), "no field stat: did you mean state:?");
    assert_eq!(screen.state.rows.shown.len(), 16, "nothing is filtered away");
    screen.key(Key::Enter);
    assert_eq!(screen.notice(), "no field stat: did you mean state:?");
}

#[test]
fn marks_can_be_filtered_and_change_what_is_shown() {
    let mut screen = Screen::of(16);
    screen.type_in("  /marked:yes");
    screen.key(Key::Enter);
    assert_eq!(shown(&screen), ["s000", "s001"]);
    screen.type_in("g ");
    assert_eq!(shown(&screen), ["s001"], "what is not marked any more is not shown any more");
}

#[test]
fn the_filter_of_every_pane_has_its_fields() {
    let mut screen = at_items();
    for (filter, found) in [
        ("kind:note", vec!["notes of week two"]),
        ("by:student", vec!["hw3-report.pdf"]),
        ("!kind:document", vec!["notes of week two"]),
        ("state:archived", vec!["draft.pdf"]),
    ] {
        screen.type_in("/");
        screen.type_in(filter);
        assert_eq!(titles(&screen), found, "{filter}");
        screen.key(Key::Esc);
    }
    let kinds = [ArrivalKind::New, ArrivalKind::Updated, ArrivalKind::Removed];
    let news = (1..=6)
        .map(|seq| arrival(seq, usize::try_from(seq % 3).unwrap(), kinds[usize::try_from(seq % 3).unwrap()]));
    screen.send(Event::Watched(Box::new(report(news.collect()))));
    screen.type_in("4");
    for (filter, count) in
        [("kind:updated", 2), ("student:bai", 2), ("!kind:updated", 4), ("assignment:none", 6)]
    {
        screen.type_in("/");
        screen.type_in(filter);
        assert_eq!(screen.state.activity.shown().len(), count, "{filter}");
        screen.key(Key::Esc);
    }
}

#[test]
fn matches_are_gone_through_after_the_filter_is_cleared() {
    let mut screen = Screen::of(40);
    screen.type_in("n");
    assert!(screen.notice().contains("nothing was looked for yet"), "{}", screen.notice());
    screen.type_in("/bai");
    screen.key(Key::Esc);
    screen.type_in("g");
    let mut found = Vec::new();
    for _ in 0..4 {
        screen.type_in("n");
        found.push(selected(&screen));
    }
    assert_eq!(found, ["s001", "s017", "s033", "s001"], "from the last one it goes on with the first");
    screen.type_in("N");
    assert_eq!(selected(&screen), "s033");
    assert_eq!(screen.state.rows.shown.len(), 40, "everybody stays on the screen");
    screen.type_in("/zzz");
    screen.key(Key::Esc);
    screen.type_in("n");
    assert_eq!(screen.notice(), "nothing here matches what was looked for");
}

#[test]
fn rows_are_sorted_by_the_chosen_column_and_the_selected_one_stays() {
    let mut screen = Screen::of(16);
    screen.type_in("jjj");
    let before = shown(&screen);
    screen.type_in("lo");
    assert_eq!(screen.state.tables.of(Table::Roster).chosen(), Some(Field::State));
    assert!(screen.notice().starts_with("sorted by state"), "{}", screen.notice());
    assert_eq!(selected(&screen), "s003");
    let words: Vec<String> = {
        let rows = screen.state.all_rows();
        let word = |at: &usize| strongroom::app::students::state_word(&rows[*at]).to_owned();
        screen.state.rows.shown.iter().map(word).collect()
    };
    assert!(words.is_sorted(), "{words:?}");
    let sorted = shown(&screen);
    screen.type_in("O");
    assert_eq!(selected(&screen), "s003");
    assert_ne!(shown(&screen), sorted);
    screen.answer(&class(16));
    screen.chord(ctrl('r'));
    screen.answer(&class(16));
    assert_eq!(selected(&screen), "s003");
    screen.type_in("Oo");
    assert_eq!(shown(&screen), before, "again: as they come");
}

#[test]
fn a_sort_by_name_folds_letters_and_counts_numbers() {
    let mut screen = Screen::of(16);
    screen.type_in("o");
    let rows = screen.state.all_rows();
    let names: Vec<&str> = screen.state.rows.shown.iter().map(|at| rows[*at].name.as_str()).collect();
    let place = |name: &str| names.iter().position(|one| one.starts_with(name)).unwrap();
    assert!(place("Kaur") < place("López") && place("López") < place("Moreau"), "{names:?}");
    assert!(place("Nguyễn") < place("Żółć"), "{names:?}");
}

#[test]
fn the_matrix_sorts_its_rows_by_the_access_in_a_column() {
    let mut screen = Screen::as_person(16);
    screen.type_in("3o");
    let kind = screen.state.kind();
    let rows = screen.state.all_rows();
    let levels: Vec<Level> = screen
        .state
        .rows
        .shown
        .iter()
        .filter(|at| rows[**at].vault.is_some() && rows[**at].user.is_some())
        .map(|at| rows[*at].own.level(kind).unwrap())
        .collect();
    assert!(levels.is_sorted(), "{levels:?}");
    assert_eq!(shown(&screen).len(), 16);
    screen.type_in("<");
    assert!(screen.notice().contains("share the room"), "{}", screen.notice());
}

#[test]
fn news_keep_the_order_and_the_selection_of_a_sorted_activity() {
    let mut screen = Screen::of(16);
    let news = |from: u64, to: u64| {
        let one = |seq: u64| arrival(seq, usize::try_from(seq * 7 % 16).unwrap(), ArrivalKind::New);
        Event::Watched(Box::new(report((from..=to).map(one).collect())))
    };
    screen.send(news(1, 8));
    screen.type_in("4");
    screen.type_in("llo");
    assert_eq!(screen.state.tables.of(Table::Activity).chosen(), Some(Field::Student));
    screen.type_in("jj");
    let before = screen.state.activity.selected().unwrap().seq;
    screen.send(news(9, 12));
    assert_eq!(screen.state.activity.selected().unwrap().seq, before);
    let names: Vec<String> = screen
        .state
        .activity
        .shown()
        .map(|one| strongroom::domain::text::fold(screen.state.row(&one.student.key).unwrap().name.as_str()))
        .collect();
    assert!(names.is_sorted() && names.len() == 12, "{names:?}");
    screen.type_in("f");
    assert_eq!(screen.state.activity.selected().unwrap().seq, 12, "following is by time");
}

#[test]
fn a_star_marks_everybody_and_then_turns_the_marks_round() {
    let mut screen = Screen::of(6);
    screen.type_in("*");
    assert_eq!(screen.marks().len(), 6);
    screen.type_in("g ");
    assert_eq!(screen.marks().len(), 5);
    screen.type_in("*");
    assert_eq!(screen.marks(), ["s000"], "all but those that were marked");
    screen.type_in("/bai");
    screen.key(Key::Enter);
    screen.type_in("*");
    assert_eq!(screen.marks(), ["s000", "s001"], "what is hidden stays as it is");
    assert_eq!(screen.state.rows.hidden_marks(), 1);
}

#[test]
fn shift_and_an_arrow_mark_what_is_passed() {
    let mut screen = Screen::of(8);
    screen.key(Key::ShiftDown);
    screen.key(Key::ShiftDown);
    assert_eq!(screen.marks(), ["s000", "s001", "s002"]);
    screen.key(Key::ShiftUp);
    assert_eq!(screen.marks(), ["s000", "s001"]);
}

#[test]
fn marked_items_are_fetched_together() {
    let mut screen = at_items();
    screen.type_in("  ");
    assert_eq!(screen.state.items.marks.len(), 2);
    screen.type_in("1j2");
    assert_eq!(screen.state.hidden_items(), 2, "they are another student's");
    screen.type_in(" D");
    let effects = screen.key(Key::Enter);
    let [Effect::Download(_, order)] = &effects[..] else { panic!("{effects:?}") };
    let whose: Vec<_> = order.what.iter().map(Fetch::student).cloned().collect();
    assert_eq!(whose, [student(0), student(0), student(1)]);
    assert!(screen.state.items.marks.is_empty(), "they were acted upon");
    screen.type_in("*");
    assert_eq!(screen.state.items.marks.len(), 3);
    screen.key(Key::Esc);
    assert!(screen.state.items.marks.is_empty() && screen.state.focus == Pane::Items);
}

#[test]
fn columns_are_hidden_ordered_and_widened() {
    let mut screen = Screen::of(4);
    screen.type_in("C ");
    assert!(screen.notice().contains("always stands"), "{}", screen.notice());
    screen.type_in("j J");
    let columns = screen.state.tables.of(Table::Roster);
    assert_eq!(columns.list[2].field, Field::State);
    assert!(!columns.list[2].shown);
    screen.type_in("r");
    assert_eq!(*screen.state.tables.of(Table::Roster), strongroom::app::columns::Columns::of(Table::Roster));
    screen.type_in("q");
    screen.type_in("l>>");
    assert_eq!(screen.state.tables.of(Table::Roster).list[1].cells, Some(15));
    assert_eq!(screen.notice(), "state: 15 cells");
}

/// What the whole matrix says, looked up in the rows themselves.
fn naive(view: &ClassView, from: usize, to: usize) -> Square {
    let (student, owner) = (&view.rows[from], &view.rows[to]);
    if from == to {
        let own = student.user.clone().map(Principal::Person);
        return Square::Own(owner.own, owner.wider.iter().any(|one| Some(&one.who) == own.as_ref()));
    }
    let Some(others) = &owner.others else { return Square::Unread };
    let is_them = |other: &&Other| student.user.as_ref().is_some_and(|user| other.who.id() == user.as_str());
    match others.iter().find(is_them) {
        None => Square::Nothing,
        Some(other) => {
            Square::Abroad(strongroom::app::index::Abroad { cell: other.cell, excepted: other.excepted })
        }
    }
}

/// A class in which these students are on the vaults of these others; of some vaults the list was not read.
fn tangled(count: usize, strays: &[(usize, usize, bool)], unread: &[usize]) -> ClassView {
    let mut view = class(count);
    for (from, to, excepted) in strays {
        let (from, to) = (from % count, to % count);
        let stray = Other {
            who: Principal::Person(person(from)),
            name: "A student".into(),
            cell: proved(Level::Read),
            excepted: *excepted,
            kind: None,
            since: None,
        };
        let twice = |others: &Vec<Other>| others.iter().any(|other| other.who == stray.who);
        if from != to && !view.rows[to].others.as_ref().is_none_or(twice) {
            view.rows[to].others.iter_mut().for_each(|others| others.push(stray.clone()));
        }
    }
    for at in unread {
        view.rows[at % count].others = None;
    }
    view
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_whole_matrix_says_what_the_rows_say(
        count in 1_usize..24,
        strays in prop::collection::vec((0_usize..24, 0_usize..24, any::<bool>()), 0..20),
        unread in prop::collection::vec(0_usize..24, 0..4),
        later in prop::collection::vec((0_usize..24, 0_usize..24, any::<bool>()), 0..6),
    ) {
        let mut screen = Screen::of(count);
        let check = |screen: &Screen, view: &ClassView| {
            let columns: Vec<usize> = (0..count).filter(|at| view.rows[*at].vault.is_some()).collect();
            assert_eq!(screen.state.rows.index.columns(), columns);
            for from in 0..count {
                for to in &columns {
                    assert_eq!(screen.state.square(from, *to), naive(view, from, *to), "{from} on {to}");
                }
            }
        };
        let view = tangled(count, &strays, &unread);
        screen.chord(ctrl('r'));
        screen.answer(&view);
        check(&screen, &view);
        // Lists that are read again replace what was known of their vaults, and of no other.
        screen.type_in("3");
        screen.shows(0..count);
        let view = tangled(count, &later, &[]);
        let mut seen = view.clone();
        screen.chord(ctrl('r'));
        screen.answer(&view);
        for (at, row) in seen.rows.iter_mut().enumerate() {
            if row.vault.is_none() {
                *row = screen.state.all_rows()[at].clone();
            }
        }
        check(&screen, &seen);
    }
}

#[test]
fn the_whole_matrix_is_moved_through_both_ways() {
    let mut screen = whole(40);
    let column = |screen: &Screen| match screen.state.overlays.last() {
        Some(Overlay::Grid(grid)) => grid.column,
        other => panic!("{other:?}"),
    };
    let count = screen.state.rows.index.columns().len();
    screen.type_in("jjll");
    assert_eq!((screen.state.rows.cursor, column(&screen)), (2, 2));
    screen.type_in("h$G");
    assert_eq!((screen.state.rows.cursor, column(&screen)), (39, count - 1));
    screen.type_in("H");
    assert_eq!(column(&screen), count - 1 - 5, "half of the ten that are seen");
    screen.type_in("0g");
    assert_eq!((screen.state.rows.cursor, column(&screen)), (0, 0));
    screen.type_in("l");
    let effects = screen.type_in("d");
    let asked = screen.state.overlays.last();
    let Some(Overlay::Why(why)) = asked else { panic!("{asked:?}") };
    assert_eq!((&why.student, &why.vault), (&student(1), &vault(1)));
    assert_eq!(why.who, Some(Principal::Person(person(0))), "it is asked of the student of the row");
    assert_eq!(effects.len(), 1);
    screen.key(Key::Esc);
    screen.key(Key::Enter);
    assert_eq!((screen.state.focus, selected(&screen)), (Pane::Access, "s001".into()));
}

#[test]
fn the_whole_matrix_is_a_command_without_a_key() {
    let command = strongroom::app::command::COMMANDS.iter().find(|one| one.name == "matrix").unwrap();
    let screen = Screen::of(4);
    assert_eq!((command.plan)(&screen.state), Ok(Action::FullMatrix));
    assert!((command.plan)(&Screen::of(0).state).unwrap_err().contains("nobody has a vault"));
}

#[test]
fn a_filter_and_a_sort_hold_in_every_combination() {
    let mut by_filter: HashMap<&str, usize> = HashMap::new();
    for filter in ["", "s0", "!state:active", "-f an"] {
        for keys in ["", "o", "oO", "lo", "llo", "3o", "3lo", "3lllO"] {
            let mut screen = Screen::of(32);
            screen.type_in(keys);
            screen.type_in("/");
            screen.type_in(filter);
            screen.key(Key::Enter);
            let mut keys = shown(&screen);
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len(), screen.state.rows.shown.len());
            let count = *by_filter.entry(filter).or_insert(keys.len());
            assert_eq!(count, keys.len(), "a sort hides nobody");
        }
    }
}
