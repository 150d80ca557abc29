//! The forms for views that are written and class lists that are taken over; greyed keys.

#![allow(clippy::unwrap_used, reason = "tests")]

use strongroom::app::key::Key;
use strongroom::app::msg::Event;
use strongroom::domain::query::Data;
use strongroom::domain::roster::{self, Columns, Enrolment, Reading, Refusal, Student};
use strongroom::domain::text::Untrusted;

use crate::screen::{Screen, ticket};
use crate::{drawn, shot, styles, text};

/// A list beside a roster of so many.
pub(crate) fn found(text: &str, present: usize) -> Result<Enrolment, Refusal> {
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

fn pasted(text: &str, present: usize) -> Screen {
    let mut screen = Screen::of(4);
    screen.type_in("1I");
    screen.send(Event::Paste(text.into()));
    let asked = ticket(&screen.key(Key::Enter));
    screen.loaded(asked, Ok(Data::Enrolment(Box::new(found(text, present)))));
    screen
}

#[test]
fn the_forms_and_what_a_list_would_change() {
    let mut screen = Screen::of(4);
    screen.type_in("1E");
    shot("export", &mut screen, (80, 24));
    let mut screen = Screen::of(4);
    screen.type_in("1I");
    shot("import", &mut screen, (80, 24));
    let list = "name,email\nSomebody else,s000@example.edu\n\"Qi, New\",qi@example.edu\n";
    shot("import-preview", &mut pasted(list, 12), (80, 24));
    shot("import-preview-small", &mut pasted(list, 12), (60, 15));
    shot(
        "import-refused",
        &mut pasted("name,email\nA,no address\nB,b@example.edu\nC,b@example.edu\n", 1),
        (80, 24),
    );
}

#[test]
fn keys_that_would_change_something_are_grey_where_changes_are_refused() {
    let mut screen = Screen::of(4);
    screen.type_in("1");
    let grey = |screen: &mut Screen| {
        let buffer = drawn(screen, (100, 30));
        let (text, styles) = (text(&buffer), styles(&buffer));
        let line = text.lines().position(|line| line.contains("give vaults")).unwrap();
        styles.lines().nth(line).unwrap().chars().nth(1).unwrap()
    };
    assert_eq!(grey(&mut screen), 'b');
    screen.state.setting.read_only = true;
    assert_eq!(grey(&mut screen), 'd');
    screen.type_in("?");
    let help = text(&drawn(&mut screen, (120, 60)));
    assert!(help.contains("(not now: read-only"), "{help}");
}
