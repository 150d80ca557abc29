//! A class of any size: on the screen, and in a store as the program leaves it behind.

use std::path::Path;

use strongroom::app::msg::Event;
use strongroom::domain::arrival::ArrivalKind;
use strongroom::domain::directory::{Item, Person, PersonKind, PersonState};
use strongroom::domain::id::ItemId;
use strongroom::domain::roster::Student;
use strongroom::domain::text::Untrusted;
use strongroom::store::{Binding, Listing, SeenItem, Store};

use super::screen::{self, Screen, arrival, at, class, identity, item_id, person, student, vault};

/// How many arrivals the screen has.
const ARRIVALS: u64 = 200;

/// A class that was read from the service, and arrivals.
pub(crate) fn on_screen(students: usize) -> Screen {
    let mut screen = Screen::of(students);
    let arrivals = 1..=ARRIVALS;
    let of = |seq: u64| usize::try_from(seq).unwrap() % students;
    let arrivals = arrivals.map(|seq| arrival(seq, of(seq), ArrivalKind::New)).collect();
    screen.send(Event::Watched(Box::new(screen::report(arrivals))));
    screen
}

fn seen(item: &Item, id: ItemId) -> SeenItem {
    SeenItem { item: Item { id, ..item.clone() }, files: Vec::new() }
}

/// A store in a folder, with everything in it that an answer of the service would have left there.
pub(crate) fn store(folder: &Path, students: usize, items: usize) -> Store {
    let store = Store::open(&folder.join("store.db")).unwrap();
    let view = class(students);
    let enrolled: Vec<Student> = view
        .rows
        .iter()
        .map(|row| Student {
            key: row.key.clone(),
            name: row.name.clone(),
            email: Untrusted::new(row.email.as_str()),
        })
        .collect();
    let binding = |number| Binding {
        student: student(number),
        vault: vault(number),
        nonce: format!("{number:08}"),
        bound_at: at(0),
    };
    let bindings: Vec<Binding> = (0..students).map(binding).collect();
    store.take_over(&enrolled, &bindings, &[], at(0)).unwrap();
    let people: Vec<Person> = (0..students)
        .map(|number| Person {
            id: person(number),
            name: view.rows[number].name.clone(),
            email: Untrusted::new(view.rows[number].email.as_str()),
            state: PersonState::Active,
            kind: PersonKind::Member,
        })
        .collect();
    store.put_cached("identity", &identity(), at(0)).unwrap();
    store.put_cached("people", &people, at(0)).unwrap();
    store.put_front(&view.rows).unwrap();
    let vaults: Vec<_> = (0..students).map(vault).collect();
    store.first_look(&vaults).unwrap();
    let title = screen::items(0);
    for number in 0..students {
        let listing = Listing { version: 1, whole: true, at: at(0), looks: 0, span: None, fell: false };
        let all = (0..items).map(|item| seen(&title[item % title.len()], item_id(number * items + item)));
        store.settle(&vault(number), listing, |_, _| (all.collect(), Vec::new())).unwrap();
    }
    store
}
