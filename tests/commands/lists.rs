//! Views that are written to files, and class lists that are taken over.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use strongroom::app::export::{Export, Form};
use strongroom::app::key::Key;
use strongroom::app::msg::{Effect, Event};
use strongroom::app::overlay::Overlay;
use strongroom::domain::query::{ClassList, Data, Query};
use strongroom::domain::roster::{self, Columns, Enrolment, Reading, Refusal, Student};
use strongroom::domain::text::Untrusted;

use crate::screen::{Screen, at, ticket};
use crate::term::{needs, term};

fn export(effects: &[Effect]) -> &Export {
    let [Effect::Export(_, export)] = effects else { panic!("{effects:?}") };
    export
}

fn cells(export: &Export, column: &str) -> Vec<String> {
    let at = export.sheet.columns.iter().position(|name| name.as_str() == column).unwrap();
    export.sheet.rows.iter().map(|row| row[at].to_string()).collect()
}

#[test]
fn what_is_shown_is_written_with_the_columns_of_the_view() {
    let mut screen = term(16, needs());
    screen.type_in("1/bai");
    screen.key(Key::Enter);
    assert!(screen.type_in("E").is_empty(), "nothing is written before a file is named");
    let effects = screen.key(Key::Enter);
    let export = export(&effects);
    assert_eq!(
        (export.file.as_str(), export.form, export.replace),
        ("CS101-F26-roster.csv", Form::Csv, false)
    );
    assert_eq!(cells(export, "name"), ["Bai, Xiaoming"]);
    assert_eq!(cells(export, "hw1"), ["late +02:10"]);
    assert_eq!(cells(export, "self"), ["write"]);
}

#[test]
fn marked_rows_are_what_is_written_where_there_are_some() {
    let mut screen = term(16, needs());
    screen.type_in("1 ");
    screen.type_in("jj E");
    let effects = screen.key(Key::Enter);
    assert_eq!(cells(export(&effects), "student"), ["s000", "s003"]);
    for (pane, view, column) in [
        ("0", "attention", "reason"),
        ("2", "items", "title"),
        ("3", "access", "dr. ruiz"),
        ("4", "activity", "what"),
        ("6", "jobs", "what"),
    ] {
        let mut screen = term(16, needs());
        screen.type_in(pane);
        screen.type_in("E");
        let effects = screen.key(Key::Enter);
        assert_eq!(export(&effects).sheet.view, view);
        assert!(!cells(export(&effects), column).is_empty(), "{view}");
    }
}

#[test]
fn a_file_that_is_there_is_replaced_only_when_asked() {
    let mut screen = term(16, needs());
    screen.type_in("1E");
    let begun = ticket(&screen.key(Key::Enter));
    screen.send(Event::There(begun));
    // It may come while somebody types: no key but enter, with the same name, replaces anything.
    assert!(
        screen.notice().starts_with("CS101-F26-roster.csv is there already: enter"),
        "{}",
        screen.notice()
    );
    assert!(screen.type_in("y").is_empty());
    assert!(screen.key(Key::Enter).is_empty(), "what was typed has another ending");
    screen.key(Key::Esc);
    screen.type_in("1E");
    let begun = ticket(&screen.key(Key::Enter));
    assert!(screen.key(Key::Enter).is_empty(), "it is being written");
    screen.send(Event::There(begun));
    let effects = screen.key(Key::Enter);
    assert!(export(&effects).replace);
    screen.send(Event::Finished(ticket(&effects), at(7), Ok("16 rows written".into())));
    assert_eq!(screen.notice(), "16 rows written");
    assert!(screen.state.overlays.is_empty());
}

#[test]
fn an_ending_that_says_no_format_is_mended_and_privacy_writes_nothing() {
    let mut screen = term(16, needs());
    screen.type_in("1E");
    screen.type_in("x");
    assert!(screen.key(Key::Enter).is_empty());
    assert!(screen.notice().contains(".csv, .json or .md"), "{}", screen.notice());
    screen.key(Key::Backspace);
    // Privacy mode may come on by the settings while the file is typed.
    screen.state.set_privacy(true);
    assert!(screen.key(Key::Enter).is_empty());
    assert!(screen.notice().starts_with("nothing was copied or written"), "{}", screen.notice());
    screen.state.set_privacy(false);
    let begun = ticket(&screen.key(Key::Enter));
    screen.send(Event::Finished(begun, at(7), Ok("16 rows written".into())));
    screen.type_in("PE");
    assert!(screen.state.overlays.is_empty());
    assert!(screen.notice().starts_with("nothing was copied or written"), "{}", screen.notice());
}

#[test]
fn a_class_list_that_was_cut_by_the_terminal_is_refused_with_the_way_around() {
    let mut screen = Screen::of(4);
    screen.type_in("1I");
    let list = "somebody,x@example.edu\n".repeat(4_000);
    screen.send(Event::Paste(list.get(..64 << 10).unwrap().into()));
    assert!(screen.notice().contains("give the file"), "{}", screen.notice());
    let Some(Overlay::Import(import)) = screen.state.overlays.last() else { panic!("no form") };
    assert_eq!(import.pasted, None);
}

fn found(text: &str, present: usize) -> Result<Enrolment, Refusal> {
    let columns = Columns::default();
    let reading = Reading { origin: "what was pasted", columns: &columns, email_domain: None };
    let imported = roster::read(text.as_bytes(), &reading)?;
    let student = |number| Student {
        key: crate::screen::student(number),
        name: "Somebody".into(),
        email: Untrusted::new(format!("s{number:03}@example.edu")),
    };
    Ok(Enrolment::of((0..present).map(|number| (student(number), false)).collect(), imported))
}

const LIST: &str = "name,email\nSomebody,s000@example.edu\n\"Qi, New\",qi@example.edu\n";

/// The form with a pasted list, and the answer to it.
fn pasted(text: &str, present: usize) -> Screen {
    let mut screen = Screen::of(4);
    screen.type_in("1I");
    screen.send(Event::Paste(text.into()));
    let effects = screen.key(Key::Enter);
    let [Effect::Load(asked, Query::Enrolment(ClassList::Text(sent)))] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(sent, text);
    screen.loaded(*asked, Ok(Data::Enrolment(Box::new(found(text, present)))));
    screen
}

#[test]
fn a_pasted_list_is_looked_at_before_it_is_taken_over() {
    let mut screen = pasted(LIST, 1);
    let effects = screen.key(Key::Enter);
    let [Effect::Enrol(taken, list, typed)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((list.students.len(), typed), (2, &None));
    let effects = screen.send(Event::Finished(*taken, at(7), Ok("class list taken over".into())));
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::Load(_, Query::Class { .. }))),
        "rows are read again"
    );
}

#[test]
fn a_list_that_shrinks_the_class_asks_for_its_number() {
    let mut screen = pasted(LIST, 12);
    assert!(screen.key(Key::Enter).is_empty());
    assert!(screen.notice().starts_with("type 11 to agree"), "{}", screen.notice());
    screen.type_in("12");
    assert!(screen.key(Key::Enter).is_empty());
    screen.key(Key::Backspace);
    screen.type_in("1");
    let effects = screen.key(Key::Enter);
    assert!(matches!(&effects[..], [Effect::Enrol(_, _, Some(typed))] if typed == "11"), "{effects:?}");
}

#[test]
fn a_refused_list_takes_nothing_over_and_a_named_file_is_asked_for() {
    let mut screen = pasted("name,email\nA,no address\n", 1);
    assert!(screen.key(Key::Enter).is_empty());
    assert!(screen.notice().contains("mend the list"), "{}", screen.notice());
    screen.key(Key::Esc);
    screen.key(Key::Esc);
    screen.type_in("class.csv");
    let effects = screen.key(Key::Enter);
    assert!(
        matches!(&effects[..], [Effect::Load(_, Query::Enrolment(ClassList::File(path)))] if path == "class.csv"),
        "{effects:?}"
    );
    screen.loaded(ticket(&effects), Err(crate::screen::down()));
    assert!(
        matches!(screen.state.overlays.last(), Some(Overlay::Import(one)) if !one.is_shown()),
        "it can be mended"
    );
}
