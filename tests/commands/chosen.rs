//! Themes, settings and an edited class file: what is taken over, in which order, and what is said.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::Arc;

use strongroom::app::chosen::{Cause, Chosen, Edition};
use strongroom::app::columns::Table;
use strongroom::app::msg::{Effect, Event};
use strongroom::domain::class::Class;
use strongroom::domain::fault::{Fault, Kind};
use strongroom::domain::palette::Palette;
use strongroom::domain::preferences::{Colours, Followed, Preferences};
use strongroom::domain::query::Query;

use crate::screen::Screen;

fn screen(theme: &str) -> Screen {
    let mut screen = Screen::of(8);
    let names = ["terminal", "dark", "mine"].map(str::to_owned).to_vec();
    let preferences = Preferences { theme: theme.into(), ..Preferences::default() };
    screen.state.chosen = Chosen::new(preferences, names, None);
    screen
}

fn read(name: &str) -> Event {
    Event::Theme(Box::new(Ok(Palette::default().named(name))), Cause::Person)
}

#[test]
fn t_takes_the_next_theme_and_says_which() {
    let mut screen = screen("dark");
    assert_eq!(screen.type_in("T"), [Effect::Theme("mine".into(), Cause::Person)]);
    let effects = screen.send(read("mine"));
    assert!(matches!(effects.as_slice(), [Effect::Dress(palette)] if palette.name == "mine"));
    assert_eq!(screen.notice(), "theme mine, 3 of 3");
    assert_eq!(screen.type_in("T"), [Effect::Theme("terminal".into(), Cause::Person)]);
    screen.state.chosen.preferences.colours = Colours::Never;
    screen.send(read("terminal"));
    assert!(screen.notice().contains("colours are off"), "{}", screen.notice());
}

#[test]
fn the_settings_say_which_columns_the_roster_has() {
    let wanted = |columns: &[&str]| {
        let columns = columns.iter().map(|word| (*word).to_owned()).collect();
        Event::Settings(Box::new(Preferences { columns, ..Preferences::default() }))
    };
    let mut screen = Screen::of(8);
    screen.type_in("o");
    let sort = screen.state.tables.of(Table::Roster).sort;
    assert!(sort.is_some());
    screen.send(wanted(&["state=14", "-level"]));
    let roster = screen.state.tables.of(Table::Roster).clone();
    assert!(roster.to_string().starts_with("name state=14 -level "), "{roster}");
    assert_eq!(roster.sort, sort, "by what it is sorted stays");
    screen.send(wanted(&["stat"]));
    assert_eq!(*screen.state.tables.of(Table::Roster), roster, "what was read before stays");
    let told = screen.state.chosen.trouble().unwrap();
    assert!(told.contains("no column stat in roster: did you mean state?"), "{told}");
    // The same from the start on.
    let preferences = Preferences { columns: vec!["-email".into(), "key".into()], ..Preferences::default() };
    let mut screen = Screen::of(8);
    screen.state.begin(Chosen::new(preferences, Vec::new(), None));
    assert!(screen.state.tables.of(Table::Roster).to_string().starts_with("name -email key "));
}

#[test]
fn settings_end_a_sequence_that_was_begun() {
    let mut screen = screen("dark");
    screen.type_in("y");
    assert!(!screen.state.prefix.is_empty());
    screen.send(Event::Settings(Box::default()));
    assert!(screen.state.prefix.is_empty());
}

#[test]
fn a_theme_that_is_wrong_changes_nothing_and_is_told_until_it_is_mended() {
    let mut screen = screen("mine");
    let fault = Fault::new(Kind::Input, "mine.toml:2:7: `bad`: there is no such colour").hint("write a name");
    assert_eq!(screen.send(Event::Theme(Box::new(Err(fault)), Cause::File)), []);
    screen.type_in("jk");
    let told = screen.state.chosen.trouble().unwrap();
    assert_eq!(told, "theme not taken over: mine.toml:2:7: `bad`: there is no such colour (write a name)");
    screen.send(Event::Theme(Box::new(Ok(Palette::default())), Cause::File));
    assert_eq!(screen.state.chosen.trouble(), None);
}

#[test]
fn the_theme_auto_follows_the_background_once_it_is_told() {
    let mut screen = screen("auto");
    assert_eq!(screen.state.chosen.shown(), "terminal");
    assert_eq!(screen.send(Event::Background(true)), [Effect::Theme("dark".into(), Cause::Other)]);
    assert_eq!(screen.send(Event::Background(true)), []);
    screen.send(Event::Theme(Box::new(Ok(Palette::default())), Cause::Other));
    assert_eq!(screen.notice(), "", "nobody has asked for it");
    let mut screen = self::screen("mine");
    assert_eq!(screen.send(Event::Background(false)), [], "another theme does not follow it");
}

#[test]
fn settings_say_what_is_different() {
    let mut screen = screen("terminal");
    screen.send(Event::Broken(Followed::Settings, Fault::new(Kind::Input, "settings.toml:1:1: no")));
    assert!(screen.state.chosen.trouble().unwrap().starts_with("settings not taken over: settings.toml:1:1"));
    let new = Preferences { theme: "dark".into(), ascii: true, ..Preferences::default() };
    let effects = screen.send(Event::Settings(Box::new(new)));
    assert_eq!(effects, [Effect::Theme("dark".into(), Cause::Other)]);
    assert_eq!(screen.notice(), "settings read again: theme, ascii");
    assert_eq!((screen.state.chosen.trouble(), screen.state.chosen.preferences.ascii), (None, true));
    // Who has chosen another theme by hand keeps it when something else is edited.
    screen.type_in("T");
    let new = Preferences { theme: "dark".into(), bell: true, ..Preferences::default() };
    assert_eq!(screen.send(Event::Settings(Box::new(new))), []);
    assert_eq!(screen.state.chosen.theme, "mine");
}

#[test]
fn an_edited_class_file_counts_before_anything_is_asked_by_it() {
    let mut screen = screen("terminal");
    let mut class = Class::new("CS101-F26");
    class.title = "Another title".into();
    let class = Arc::new(class);
    let edition = Edition { class: Arc::clone(&class), later: vec!["[watch]"] };
    let effects = screen.send(Event::Edition(Box::new(edition)));
    assert_eq!(effects[0], Effect::Edition(class));
    assert!(matches!(effects[1], Effect::Load(_, Query::Class { fresh: false })));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Load(_, Query::Attention))));
    assert_eq!(screen.state.setting.title.as_str(), "Another title");
    assert!(screen.notice().contains("[watch] count from the next start on"), "{}", screen.notice());
}
