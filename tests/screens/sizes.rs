//! Every size of the screen: what stands, what folds, and that nothing is ever written where it does not
//! belong.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use ratatui::buffer::Buffer;
use strongroom::app::Live;
use strongroom::app::layout::Zoom;
use strongroom::app::msg::Event;
use strongroom::app::overlay::{Overlay, Why};
use strongroom::domain::fault::{Fault, Kind};
use strongroom::domain::preferences::Layout;
use strongroom::domain::query::Data;
use strongroom::domain::text::{SafeText, width};

use crate::screen::{Screen, at, budget, class, report, setting};
use crate::term::{needs, term};
use crate::{drawn, glimpsed, shot, text};

/// The sizes that people have.
const SIZES: [(u16, u16); 6] = [(60, 15), (80, 24), (120, 40), (160, 45), (200, 60), (300, 100)];

#[test]
fn every_size() {
    for (wide, high) in SIZES {
        let mut screen = term(40, needs());
        screen.type_in("1jjjj");
        shot(&format!("size-{wide}x{high}"), &mut screen, (wide, high));
    }
}

#[test]
fn every_zoom() {
    for (keys, name) in
        [("1+", "roster-half"), ("3+", "access-half"), ("4+", "activity-half"), ("2++", "items-full")]
    {
        let mut screen = term(40, needs());
        screen.type_in(keys);
        shot(&format!("zoom-{name}-wide"), &mut screen, (120, 40));
        shot(&format!("zoom-{name}-huge"), &mut screen, (200, 60));
        shot(&format!("zoom-{name}-small"), &mut screen, (80, 24));
    }
}

#[test]
fn every_layout_chosen_by_hand() {
    for layout in [Layout::One, Layout::Grid, Layout::Wide] {
        let mut screen = term(40, needs());
        screen.state.layout = layout;
        shot(&format!("layout-{}", layout.name()), &mut screen, (140, 40));
    }
}

#[test]
fn the_inspector() {
    for (keys, name) in
        [("1", "student"), ("2", "item"), ("3lll", "cell"), ("4", "event"), ("6", "job"), ("0", "need")]
    {
        let mut screen = term(40, needs());
        screen.type_in("1jjjj");
        screen.type_in(keys);
        shot(&format!("inspector-{name}-huge"), &mut screen, (160, 45));
        screen.state.overlays.push(Overlay::Inspector);
        shot(&format!("inspector-{name}-small"), &mut screen, (80, 24));
    }
    let mut screen = term(40, needs());
    screen.type_in("1jjjj3lll");
    drawn(&mut screen, (200, 60));
    let (student, vault) = (crate::screen::student(4), crate::screen::vault(4));
    let mut holders = strongroom::app::remote::Remote::default();
    holders.value = Some(crate::past::holders(4));
    screen.state.inspector.why = Some(Why { student, vault, who: None, holders, top: 0 });
    shot("inspector-ways", &mut screen, (200, 60));
}

#[test]
fn ascii_alone() {
    for (wide, high) in SIZES {
        let mut screen = plain();
        screen.state.setting.ascii = true;
        let text = text(&drawn(&mut screen, (wide, high)));
        assert!(text.is_ascii(), "{wide}x{high}\n{text}");
    }
    let mut screen = term(40, needs());
    screen.state.setting.ascii = true;
    screen.type_in("1");
    shot("size-120x40-ascii", &mut screen, (120, 40));
}

/// A class whose names are ASCII, and long.
fn plain() -> Screen {
    let mut screen = Screen::starting(setting());
    let mut view = class(40);
    for row in &mut view.rows {
        row.name = SafeText::new(&format!("Featherstonehaugh-Cholmondeley, {}", row.key));
    }
    screen.answer(&view);
    let news =
        (1..9).map(|seq| crate::screen::arrival(seq, 1, strongroom::domain::arrival::ArrivalKind::New));
    screen.send(Event::Watched(Box::new(report(news.collect()))));
    screen
}

/// Each situation of the header, with the badges and the words that have to stand in it.
fn heads() -> Vec<(Screen, Vec<&'static str>)> {
    let mut all = Vec::new();
    for (demo, read_only) in [(false, false), (true, false), (false, true), (true, true)] {
        for live in
            [Live::On, Live::Paused, Live::Failing(Fault::new(Kind::Unreachable, "gone"), Some(at(0)))]
        {
            for rationed in [false, true] {
                let mut setting = setting();
                (setting.demo, setting.read_only) = (demo, read_only);
                let mut screen = Screen::starting(setting);
                screen.answer(&class(20));
                if rationed {
                    screen.send(Event::Ration(budget()));
                }
                let word = match &live {
                    Live::On => "live",
                    Live::Paused => "paused",
                    _ => "offline since ",
                };
                let mut words = vec!["CS101-F26", word];
                words.extend(demo.then_some(" DEMO "));
                words.extend(read_only.then_some(" READ-ONLY "));
                screen.state.live = live.clone();
                all.push((screen, words));
            }
        }
    }
    all
}

fn line(buffer: &Buffer, y: u16) -> String {
    text(buffer).lines().nth(y.into()).unwrap_or_default().to_owned()
}

#[test]
fn badges_class_and_live_view_stand_at_every_width_and_no_word_is_cut() {
    for (screen, words) in heads() {
        // Every width where the header is fullest.
        let step = if words.len() == 4 { 1 } else { 9 };
        for wide in (60..=300).step_by(step) {
            let head = line(&glimpsed(&screen, (wide, 15)), 0);
            for word in &words {
                assert!(head.contains(word), "{wide}: {word:?} in {head:?}");
            }
            // The title of the class is longer than its place: that one is cut, wherever it stands.
            let cut = head.replace("Introduction to Program…", "");
            assert!(!cut.contains('…'), "{wide}: {head:?}");
            assert!(width(&head) <= usize::from(wide));
        }
    }
}

#[test]
fn what_folds_in_the_header_comes_back_as_it_gets_wider() {
    let (screen, _) = heads().remove(1);
    let parts = ["as service account", "Example University", "(Business)", "writes 412/1k"];
    let mut before = 0;
    for wide in 60..=300 {
        let head = line(&glimpsed(&screen, (wide, 15)), 0);
        let shown = parts.iter().take_while(|part| head.contains(**part)).count();
        assert!(shown + 1 >= before, "{wide}: {head}");
        before = before.max(shown);
    }
    assert_eq!(before, parts.len());
}

#[test]
fn keys_are_whole_at_every_width() {
    let mut screen = term(20, needs());
    for pane in ["0", "1", "2", "3", "4", "6"] {
        screen.type_in(pane);
        for wide in (60..=300).step_by(13) {
            let keys = line(&drawn(&mut screen, (wide, 24)), 22);
            assert!(!keys.contains('…'), "{wide}: {keys:?}");
        }
    }
}

/// Letters that are wide, put together, written from the right, or of no width.
const NAMES: [&str; 8] = [
    "学生学生学生学生学生学生学生学生学生",
    "مُحَمَّد عَلِيّ السَّلَامُ عَلَيْكُم",
    "👩‍👩‍👧‍👦👨🏽‍💻🇵🇱🏳️‍🌈",
    "Z\u{351}\u{34b}\u{36b}a\u{322}lg\u{328}o\u{321}\u{301}\u{301}",
    "क्षत्रिय ज्ञान",
    "a\u{200b}d\u{200d}m\u{feff}in",
    "한국어이름한국어이름",
    "x",
];

fn named(names: &[usize]) -> Screen {
    let mut screen = term(20, needs());
    let name = |at: usize| SafeText::new(NAMES[names[at % names.len()] % NAMES.len()]);
    if let Some(view) = screen.state.class.value.as_mut() {
        for (at, row) in view.rows.iter_mut().enumerate() {
            (row.name, row.email, row.vault_name) = (name(at), name(at + 1), name(at + 2));
        }
        view.staff.iter_mut().for_each(|column| column.name = name(3));
        view.assignments.iter_mut().for_each(|head| head.title = name(1));
    }
    screen.state.setting.title = name(0);
    screen.send(Event::Ration(budget()));
    screen
}

/// A wide letter has both of its cells: the second one is empty, and there is one.
fn assert_whole(buffer: &Buffer) {
    let wide = usize::from(buffer.area.width);
    for row in buffer.content.chunks(wide) {
        let mut x = 0;
        while x < wide {
            let cells = width(row[x].symbol()).max(1);
            assert!(x + cells <= wide, "{:?} goes over the edge", row[x].symbol());
            for hidden in &row[x + 1..x + cells] {
                assert!(
                    hidden.symbol().trim().is_empty(),
                    "{:?} lies on {:?}",
                    hidden.symbol(),
                    row[x].symbol()
                );
            }
            x += cells;
        }
    }
}

fn zooms() -> impl Strategy<Value = (Zoom, Layout)> {
    (prop::sample::select(Zoom::ALL.to_vec()), prop::sample::select(Layout::ALL.to_vec()))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 40,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_letter_is_split_at_any_size_in_any_layout(
        wide in 60_u16..=300, high in 15_u16..=100, names in prop::collection::vec(0_usize..8, 1..5),
        keys in "[012346jl+#tb5]{0,6}", (zoom, layout) in zooms(), ascii in any::<bool>(),
    ) {
        let mut screen = named(&names);
        (screen.state.zoom, screen.state.layout, screen.state.setting.ascii) = (zoom, layout, ascii);
        drawn(&mut screen, (wide, high));
        screen.type_in(&keys);
        assert_whole(&drawn(&mut screen, (wide, high)));
        // Another size, as after a resize.
        assert_whole(&drawn(&mut screen, (high * 2 + 30, wide / 3)));
    }
}

#[test]
fn an_inspector_that_lost_its_place_is_drawn_all_the_same() {
    let mut screen = term(20, needs());
    drawn(&mut screen, (200, 60));
    screen.type_in("15");
    for size in SIZES {
        let text = text(&drawn(&mut screen, size));
        assert!(text.contains("Inspector"), "{size:?}\n{text}");
        assert!(text.contains("s000@example.edu"), "{size:?}\n{text}");
    }
    let data = Data::Why(crate::screen::vault(0), Vec::new());
    assert!(screen.effects.iter().all(|effect| !format!("{effect:?}").contains("Detail")), "{data:?}");
}
