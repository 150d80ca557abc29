//! What 1Password reports: who made what arrived, who gave an access, and what was made elsewhere.

#![allow(clippy::unwrap_used, reason = "tests")]

use strongroom::app::columns::{Field, Table};
use strongroom::app::key::Key;
use strongroom::app::msg::Event;
use strongroom::app::order::natural;
use strongroom::domain::arrival::{Arrival, ArrivalKind};
use strongroom::domain::directory::{ItemDetail, ItemRef};
use strongroom::domain::history::What;
use strongroom::domain::query::Data;
use strongroom::domain::text::{SafeText, fold};

use crate::past::{elsewhere, history, reported, reported_holders, reporter};
use crate::screen::{Screen, arrival, items, report, ticket, vault};
use crate::{HUGE, SMALL, WIDE, drawn, opened, shot, text};

/// Three arrivals: by the student with a program, by somebody else, and one of which nothing is reported.
fn arrived() -> Screen {
    let mut screen = Screen::of(16);
    let mut own = reported(arrival(1, 0, ArrivalKind::New), "ngozi.a");
    let user = own.student.user_id.clone();
    own.actor.as_mut().unwrap().id = user;
    let others = reported(arrival(2, 1, ArrivalKind::Updated), "Dana Ruiz");
    screen.send(Event::Watched(Box::new(report(vec![own, others, arrival(3, 2, ArrivalKind::New)]))));
    screen.type_in("4");
    screen
}

#[test]
fn the_activity_tells_who_and_with_what_where_there_is_room() {
    let mut screen = arrived();
    let shown = text(&drawn(&mut screen, HUGE));
    assert!(shown.contains("Dana Ruiz") && shown.contains("1Password CLI 2.31.0, Linux"), "{shown}");
    assert!(!shown.contains("ngozi.a"), "the student has the name of the class list: {shown}");
    assert!(!shown.contains("203.0.113"), "no address among the arrivals: {shown}");
    let shown = text(&drawn(&mut screen, SMALL));
    assert!(!shown.contains("1Password CLI"), "what there is no room for is folded: {shown}");
    let mut before = Screen::of(16);
    before.send(Event::Watched(Box::new(report(vec![arrival(3, 2, ArrivalKind::New)]))));
    before.type_in("4");
    let shown = text(&drawn(&mut before, HUGE));
    assert!(!before.state.has_column(Table::Activity, Field::Actor), "nothing is reported: {shown}");
}

#[test]
fn a_filter_finds_who_and_with_what() {
    for (filter, count) in [("actor:dana", 1), ("client:cli", 2), ("actor:none", 1), ("!client:none", 2)] {
        let mut screen = arrived();
        screen.type_in(&format!("/{filter}"));
        assert_eq!(screen.state.activity.shown().len(), count, "{filter}");
    }
}

#[test]
fn an_item_tells_it_of_each_arrival_with_the_address_and_not_in_private() {
    let mut screen = arrived();
    let at_item = ItemRef { vault: vault(1), item: arrival(2, 1, ArrivalKind::New).item.id.clone() };
    let value = ItemDetail { item: items(1).remove(0), fields: Vec::new(), files: Vec::new() };
    screen.state.overlays.push(opened(at_item, value));
    let shown = text(&drawn(&mut screen, WIDE));
    let words = "by Dana Ruiz with 1Password CLI 2.31.0, Linux from 203.0.113.77";
    assert!(shown.contains(words), "{shown}");
    screen.state.set_privacy(true);
    let shown = text(&drawn(&mut screen, WIDE));
    assert!(
        !shown.contains("Dana") && !shown.contains("203.0") && shown.contains("from (hidden)"),
        "{shown}"
    );
}

#[test]
fn exports_name_who_and_with_what_and_private_ones_are_refused() {
    let mut screen = arrived();
    let sheet = screen.state.sheet(strongroom::app::sheets::Which::Shown);
    let cells: Vec<&str> = sheet.rows[1].iter().map(SafeText::as_str).collect();
    assert!(cells.ends_with(&["2", "Dana Ruiz", "1Password CLI 2.31.0, Linux"]), "{cells:?}");
    assert!(sheet.rows.iter().flatten().all(|cell| !cell.as_str().contains("203.0")));
    screen.state.set_privacy(true);
    assert!(screen.state.why_not_take().is_err());
}

#[test]
fn why_tells_whom_1password_reports() {
    let mut screen = Screen::of(16);
    let asked = ticket(&screen.type_in("3jjjjllld"));
    screen.loaded(asked, Ok(Data::Why(vault(4), reported_holders(4, "Dana Ruiz"))));
    shot("reported-why", &mut screen, WIDE);
}

#[test]
fn the_history_marks_what_was_made_elsewhere_and_does_not_take_it_back() {
    let mut screen = Screen::of(16);
    let asked = ticket(&screen.type_in("H"));
    let mut all = history();
    all.push(elsewhere("Dana Ruiz, with our token, but not by this Strongroom", "Jo Doe"));
    screen.loaded(asked, Ok(Data::History(all)));
    shot("reported-history", &mut screen, WIDE);
    let effects = screen.type_in("z");
    assert!(effects.is_empty(), "{effects:?}");
    assert!(screen.notice().contains("made elsewhere"), "{}", screen.notice());
    screen.key(Key::Enter);
    shot("reported-history-open", &mut screen, WIDE);
}

/// Names that stand in no list of the class.
const STRANGERS: [&str; 3] = ["Quillon Abraxen", "Wystan, Mordecai", "Zebedee Thrupp"];

#[test]
fn in_private_everybody_is_hidden_whom_the_ways_name() {
    let mut screen = Screen::of(16);
    screen.state.set_privacy(true);
    let asked = ticket(&screen.type_in("3jjjjllld"));
    let mut all = reported_holders(4, STRANGERS[0]);
    let path = &mut all[1].paths[1];
    let [one, two, ours] = STRANGERS;
    path.by = Some(
        format!("the group: given by {ours} on lab-3 in job job00007; changed by {one}; joined by {two}")
            .as_str()
            .into(),
    );
    (path.named, path.ours) =
        (vec![reporter(one), reporter(two)], Some(format!("{ours} on lab-3").as_str().into()));
    screen.loaded(asked, Ok(Data::Why(vault(4), all)));
    let shown = text(&drawn(&mut screen, HUGE));
    assert!(shown.contains("given by user-") && shown.contains("changed by person-"), "{shown}");
    for word in ["Quillon", "Abraxen", "Wystan", "Mordecai", "Zebedee", "Thrupp", "lab-3"] {
        assert!(!shown.contains(word), "{word}: {shown}");
    }
}

#[test]
fn in_private_the_history_hides_groups_too() {
    let mut screen = Screen::of(16);
    let asked = ticket(&screen.type_in("H"));
    let mut entry = elsewhere("Dana Ruiz", "Jo Doe");
    entry.changes[0].what = What::Reported {
        who: Some("Jo Doe".into()),
        group: Some("Abraxen Graders".into()),
        words: "put Jo Doe into the group Abraxen Graders".into(),
    };
    screen.loaded(asked, Ok(Data::History(vec![entry])));
    screen.key(Key::Enter);
    assert!(text(&drawn(&mut screen, WIDE)).contains("Abraxen"));
    screen.state.set_privacy(true);
    let shown = text(&drawn(&mut screen, WIDE));
    assert!(shown.contains("into the group staff-") && !shown.contains("Abraxen"), "{shown}");
}

#[test]
fn in_private_arrivals_are_sorted_by_what_is_shown() {
    for field in [Field::Student, Field::Actor, Field::Title] {
        let mut screen = Screen::of(16);
        let news = (0..12_u8).map(|at| {
            let actor = format!("{} Abraxen", char::from(b'Z' - at));
            reported(arrival(u64::from(at) + 1, usize::from(at), ArrivalKind::New), &actor)
        });
        screen.send(Event::Watched(Box::new(report(news.collect()))));
        screen.type_in("4");
        let sorted = format!("sorted by {};", field.word());
        let found = (0..12).any(|_| {
            screen.type_in("o");
            let found = screen.notice().contains(&sorted);
            if !found {
                screen.type_in("l");
            }
            found
        });
        assert!(found, "{sorted}");
        let seen = |screen: &Screen| {
            let state = &screen.state;
            let told = |arrival: &Arrival| match field {
                Field::Student => state.named(state.row(&arrival.student.key).unwrap()).to_owned(),
                Field::Actor => state.actor(arrival).unwrap(),
                _ => state.titled(arrival.item.title.as_str()).into_owned(),
            };
            state.activity.shown().map(told).map(|text| fold(&text)).collect::<Vec<_>>()
        };
        let before = seen(&screen);
        screen.state.set_privacy(true);
        let shown = seen(&screen);
        assert_ne!(shown, before);
        assert!(shown.is_sorted_by(|one, other| natural(one, other).is_le()), "{field:?}: {shown:?}");
    }
}
