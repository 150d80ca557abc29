//! Colours: every theme tells the same things apart without them, and the selection is seen in each.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use strongroom::app::msg::Event;
use strongroom::config::theme::{THEMES, built_in};
use strongroom::domain::fault::{Fault, Kind};
use strongroom::domain::palette::{Depth, Paint, Slot};
use strongroom::domain::preferences::Followed;
use strongroom::domain::text::width;
use strongroom::ui::theme::Theme;

use crate::hostile::screens;
use crate::screen::{Screen, budget, class, down, report};
use crate::term::{needs, term};
use crate::{drawn_in, glimpsed_in, shot, text};

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

/// What says something about a state; the others only say what matters less.
const TELLING: [Slot; 4] = [Slot::Good, Slot::Warning, Slot::Bad, Slot::Staged];

/// A theme in which every place has a colour of its own by which it is known, and the marks that it has.
fn tagged(name: &str) -> Theme {
    let mut palette = built_in(name).unwrap();
    for slot in Slot::ALL {
        palette.set(slot, Paint::Rgb(slot as u8 + 1, 0, 0));
    }
    Theme::of(&palette)
}

fn slot(cell: &Cell) -> Slot {
    match cell.fg {
        Color::Rgb(number, 0, 0) => Slot::ALL[usize::from(number) - 1],
        _ => Slot::Text,
    }
}

/// Every scene that the other tests draw, and some in which much is wrong.
fn scenes() -> Vec<Screen> {
    let words = ["Ann One", "Bo Two", "Cy Three"].map(str::to_owned);
    let mut scenes = screens(&words);
    for keys in ["1", "2", "3", "4", "0", "6", "1jjj", "1/dub", "3lr", "3lw=", "1*"] {
        let mut screen = term(40, needs());
        screen.type_in(keys);
        scenes.push(screen);
        let mut screen = Screen::of(40);
        screen.send(Event::Watched(Box::new(report(Vec::new()))));
        screen.send(Event::Ration(budget()));
        screen.type_in(keys);
        scenes.push(screen);
    }
    let mut failing = Screen::of(40);
    let mut failed = report(Vec::new());
    failed.fault = Some(down());
    failing.send(Event::Watched(Box::new(failed)));
    failing.answer(&class(40));
    scenes.push(failing);
    scenes
}

/// Words of one look: where they begin, what they say, what marks they have; and the place of the theme.
fn runs(buffer: &Buffer) -> Vec<((u16, String, Modifier), Slot)> {
    let mut runs = Vec::new();
    for (y, row) in buffer.content.chunks(usize::from(buffer.area.width)).enumerate() {
        // The head and what stands at the bottom are read as sentences, not as columns.
        if y == 0 || y + 3 >= usize::from(buffer.area.height) {
            continue;
        }
        let looks = |cell: &Cell| (slot(cell), cell.modifier);
        for (x, part) in row.chunk_by(|one, next| looks(one) == looks(next)).scan(0, |x, part| {
            let begin = *x;
            *x += part.len();
            Some((begin, part))
        }) {
            let said: String = part.iter().map(Cell::symbol).collect();
            if !said.trim().is_empty() {
                let x = u16::try_from(x).unwrap();
                runs.push(((x, said.trim().to_owned(), part[0].modifier), slot(&part[0])));
            }
        }
    }
    runs
}

#[test]
fn without_colours_every_state_is_still_told_by_a_word_a_sign_or_a_mark() {
    let scenes = scenes();
    for size in SIZES {
        for (name, _) in THEMES {
            let theme = tagged(name);
            let mut seen: BTreeMap<(u16, String, u16), BTreeSet<Slot>> = BTreeMap::new();
            for screen in &scenes {
                for ((x, said, marks), slot) in runs(&glimpsed_in(&theme, screen, size)) {
                    seen.entry((x, said, marks.bits())).or_default().insert(slot);
                }
            }
            assert!(seen.len() > 300, "{} looks", seen.len());
            let telling = |slots: &BTreeSet<Slot>| slots.iter().any(|slot| TELLING.contains(slot));
            let same: Vec<_> = seen.iter().filter(|(_, slots)| slots.len() > 1 && telling(slots)).collect();
            assert!(same.is_empty(), "{name} at {size:?}: told by colour alone: {same:#?}");
        }
    }
}

#[test]
fn the_selection_is_reversed_and_bold_and_has_a_sign_in_every_theme() {
    for (name, _) in THEMES {
        for depth in [Depth::Sixteen, Depth::Xterm, Depth::True] {
            let palette = built_in(name).unwrap().at(depth);
            for palette in [palette.clone(), palette.without_colours()] {
                let mut screen = Screen::of(40);
                screen.type_in("1jj");
                let buffer = drawn_in(&Theme::of(&palette), &mut screen, (80, 24));
                let lines: Vec<&[Cell]> = buffer.content.chunks(80).collect();
                let selected: Vec<_> = lines.iter().filter(|line| line[0].symbol() == ">").collect();
                assert_eq!(selected.len(), 1, "{name}");
                let both = Modifier::REVERSED | Modifier::BOLD;
                assert!(selected[0].iter().all(|cell| cell.modifier.contains(both)), "{name}");
                let others = lines.iter().filter(|line| line[0].symbol() != ">").skip(3).take(8);
                assert!(
                    others.flat_map(|line| line.iter()).all(|cell| !cell.modifier.contains(both)),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn the_pane_that_has_the_keys_has_another_border() {
    for (name, _) in THEMES {
        let mut screen = Screen::of(40);
        screen.type_in("2");
        let buffer = drawn_in(&tagged(name), &mut screen, (120, 40));
        let corners: Vec<(Slot, Modifier)> = buffer
            .content
            .iter()
            .filter(|cell| cell.symbol() == "┌")
            .map(|cell| (slot(cell), cell.modifier))
            .collect();
        let (focus, border): (Vec<_>, Vec<_>) =
            corners.into_iter().partition(|(slot, _)| *slot == Slot::Focus);
        assert_eq!(focus.len(), 1, "{name}");
        assert!(border.iter().all(|(_, marks)| *marks != focus[0].1), "{name}: told by colour alone");
    }
}

#[test]
fn a_background_lies_behind_every_cell() {
    let scenes = scenes();
    for name in ["dark", "light"] {
        let theme = Theme::of(&built_in(name).unwrap());
        for screen in &scenes {
            for size in SIZES {
                let buffer = glimpsed_in(&theme, screen, size);
                // The second half of a wide letter is never written by itself.
                let cells = buffer.content.windows(2).filter(|two| width(two[0].symbol()) < 2);
                let bare = cells.filter(|two| Some(two[1].bg) != theme.text.bg).count();
                assert_eq!(bare, 0, "{name}: {}", text(&buffer));
            }
        }
    }
}

#[test]
fn a_file_that_is_not_taken_over_is_named_until_it_is_mended() {
    let mut screen = Screen::of(8);
    let fault = Fault::new(Kind::Input, "settings.toml:2:1: unknown key `ui.theem`");
    screen.send(Event::Broken(Followed::Settings, fault.hint("did you mean `theme`?")));
    screen.type_in("jj");
    shot("settings-broken", &mut screen, (120, 40));
    screen.send(Event::Mended(Followed::Settings));
    assert!(!text(&drawn_in(&Theme::terminal(), &mut screen, (120, 40))).contains("theem"));
}
