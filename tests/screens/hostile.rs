//! Text of others in every place where it can appear, at every size.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use strongroom::app::Live;
use strongroom::app::key::Key;
use strongroom::app::msg::Event;
use strongroom::app::overlay::Overlay;
use strongroom::app::remote::{Kept, Ticket};
use strongroom::domain::admission::SignUp;
use strongroom::domain::arrival::ArrivalKind;
use strongroom::domain::directory::{Field, FieldValue, FileMeta, ItemDetail, ItemRef, PersonState};
use strongroom::domain::fault::{Fault, Kind};
use strongroom::domain::guard::Guard;
use strongroom::domain::history::What;
use strongroom::domain::id::FileId;
use strongroom::domain::plan::{Outcome, Plan, Row, Step};
use strongroom::domain::query::{ClassView, Data, Query, Role, WatchReport};
use strongroom::domain::text::{SafeText, Untrusted, is_hostile};
use strongroom::domain::ways::{Holder, Via};

use crate::screen::{
    Screen, arrival, asked, at, class, identity, item_id, items, report, setting, student, teacher, ticket,
    vault,
};
use crate::term::{copies, jobs, needs, term};
use crate::{glimpsed, opened};

const HOSTILE: [&str; 12] = [
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "cod\u{202e}gpj.exe\u{2066}x\u{2069}",
    "a\u{200b}d\u{200d}m\u{feff}in\u{2060}",
    "Z\u{351}\u{34b}\u{36b}a\u{322}\u{32d}l\u{35c}g\u{328}o\u{321}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "学生学生学生学生学生学生学生学生学生学生",
    "👩‍👩‍👧‍👦🏳️‍🌈👨🏽‍💻🇵🇱",
    "مُحَمَّد عَلِيّ السَّلَامُ عَلَيْكُم",
    "क्षत्रिय ज्ञान",
    "\u{9b}31m\u{90}q\u{9c}",
    "\u{e0041}\u{e0042}\u{fe0f}\u{20e3}",
    "a\nb\r\nc\td\u{85}e\u{2028}f",
    "\u{301}\u{302}\u{303}",
];

fn hostile_class(words: &[String]) -> ClassView {
    let word = |n: usize| SafeText::new(&words[n % words.len()]);
    let mut view = class(20);
    for (number, row) in view.rows.iter_mut().enumerate() {
        (row.name, row.email, row.vault_name) = (word(number), word(number + 1), word(number + 2));
        if number % 3 == 0 {
            row.state = SignUp::Person(PersonState::Other(word(number)));
        }
        for other in row.others.iter_mut().flatten() {
            other.name = word(number);
        }
    }
    view.staff.iter_mut().enumerate().for_each(|(at, column)| column.name = word(at));
    let mut identity = identity();
    (identity.name, identity.account_name) = (word(3), word(4));
    view.identity = Some(identity);
    view
}

fn plan(word: &dyn Fn(usize) -> SafeText) -> Plan {
    let step = Step::Grant {
        who: teacher(),
        name: word(1),
        from: None,
        to: strongroom::domain::access::Level::Read,
    };
    let row = |outcome| Row {
        student: student(0),
        name: word(0),
        vault: Some(vault(0)),
        steps: vec![step.clone()],
        seen: None,
        outcome,
    };
    Plan {
        rows: vec![row(Outcome::Planned), row(Outcome::Failed(word(2)))],
        unverified: vec![word(3)],
        ..Plan::default()
    }
}

fn detail(word: &dyn Fn(usize) -> SafeText, raw: &str) -> Overlay {
    let field = |n| Field {
        id: word(n),
        label: word(n + 1),
        section: Some(word(n + 2)),
        kind: word(n),
        value: FieldValue::Shown(word(n + 3)),
    };
    let mut head = items(0).remove(0);
    (head.title, head.category) = (word(0), word(1));
    let file = FileMeta {
        id: FileId::parse(&format!("sbxfile{:019}", 1)).unwrap(),
        name: Untrusted::new(raw),
        size: 1,
    };
    let value = ItemDetail { item: head, fields: vec![field(0), field(4)], files: vec![file] };
    opened(ItemRef { vault: vault(0), item: item_id(0) }, value)
}

/// The class with such texts in every place; `typed` goes into filter and folder.
pub(crate) fn screens(words: &[String]) -> Vec<Screen> {
    let word = |n: usize| SafeText::new(&words[n % words.len()]);
    let made = || {
        let mut setting = setting();
        setting.title = word(5);
        let mut screen = Screen::starting(setting);
        screen.answer(&hostile_class(words));
        let mut news: Vec<_> = (1..6).map(|seq| arrival(seq, 1, ArrivalKind::New)).collect();
        for (number, arrival) in news.iter_mut().enumerate() {
            (arrival.found.item.title, arrival.found.vault.name) = (word(number), word(number + 1));
        }
        screen.send(Event::Watched(Box::new(report(news))));
        for (at, list) in screen.state.items.lists.values_mut().enumerate() {
            for item in list {
                (item.title, item.category) = (word(at), word(at + 1));
            }
        }
        screen.state.live = Live::Failing(Fault::new(Kind::Broken, &words[0]).hint(&words[0]), Some(at(0)));
        screen
    };
    let first = made();
    let base = || first.clone();
    let mut all = Vec::new();
    for pane in ["0", "1", "2", "3llr", "4"] {
        let mut screen = base();
        screen.type_in(pane);
        screen.type_in("/");
        screen.send(Event::Paste(words[0].clone()));
        all.push(screen);
        let mut screen = base();
        screen.type_in(pane);
        all.push(screen);
    }
    let mut screen = base();
    let asked = ticket(&screen.type_in("A"));
    screen.loaded(asked, Ok(Data::Plan(plan(&word))));
    all.push(screen);
    let mut screen = base();
    let asked = ticket(&screen.type_in("A"));
    screen.loaded(asked, Err(Fault::new(Kind::Broken, &words[0])));
    all.push(screen);
    let mut screen = base();
    screen.state.overlays.push(detail(&word, &words[0]));
    all.push(screen);
    let mut screen = base();
    screen.type_in("D");
    screen.send(Event::Paste(words[0].clone()));
    all.push(screen);
    all.extend(hostile_term(words));
    all.extend(hostile_changes(&base, &word));
    all
}

/// Everybody on a vault, with names and reasons that mean harm.
fn hostile_holders(word: &dyn Fn(usize) -> SafeText) -> Vec<Holder> {
    let mut holders = crate::past::holders(0);
    for holder in &mut holders {
        holder.name = word(3);
        for path in &mut holder.paths {
            (path.by, path.because) = (Some(word(0)), word(1));
            if let Via::Group { name, .. } = &mut path.via {
                *name = word(2);
            }
        }
    }
    holders
}

/// The same for plans, jobs, drift and history.
fn hostile_changes(base: &dyn Fn() -> Screen, word: &dyn Fn(usize) -> SafeText) -> Vec<Screen> {
    let mut weighty = crate::past::weighty();
    weighty.title = word(0);
    weighty.guard = Some(Guard { because: vec![word(1), word(2)], word: word(3) });
    let mut drifts = crate::past::drifts();
    drifts.list.iter_mut().for_each(|drift| drift.name = word(0));
    drifts.unread.iter_mut().for_each(|(_, why)| *why = word(1));
    drifts.unverified = vec![word(2)];
    let holders = hostile_holders(word);
    let mut history = crate::past::history();
    for entry in &mut history {
        entry.by = word(0);
        for change in &mut entry.changes {
            change.message = Some(word(1));
            if let What::Access { name, .. } = &mut change.what {
                *name = word(2);
            }
        }
    }
    let mut jobs = crate::past::work();
    for head in &mut jobs {
        (head.title, head.by, head.why) = (word(0), word(1), Some(word(2)));
    }
    let asked = |keys: &str, data: Data, then: &str| {
        let mut screen = base();
        let asked = ticket(&screen.type_in(keys));
        screen.loaded(asked, Ok(data));
        screen.type_in(then);
        screen
    };
    let mut all = vec![
        asked("3a", Data::Plan(weighty), "y12"),
        asked("3!", Data::Drift(Box::new(drifts)), "j"),
        asked("3d", Data::Why(vault(0), holders), ""),
        asked("H", Data::History(history.clone()), ""),
        asked("H", Data::History(history), ""),
    ];
    all.last_mut().unwrap().key(Key::Enter);
    let mut screen = base();
    screen.type_in("3lr=");
    all.push(screen);
    let mut screen = Screen::starting(setting());
    let waits = asked_of(&screen, &Query::Work);
    screen.loaded(waits, Ok(Data::Work(jobs)));
    screen.type_in("6");
    all.push(screen);
    let mut screen = base();
    let plans = ticket(&screen.type_in("3a"));
    screen.loaded(plans, Ok(Data::Plan(plan(word))));
    let running = ticket(&screen.type_in("y"));
    let stale = Fault::refused(word(0).as_str());
    let effects = screen.send(Event::Finished(running, at(6), Err(stale)));
    screen.loaded(ticket(&effects), Ok(Data::Plan(Plan::default())));
    all.push(screen);
    all
}

fn asked_of(screen: &Screen, query: &Query) -> Ticket {
    asked(&screen.effects, query)
}

/// The same for needs, assignments, consumers and copies.
fn hostile_term(words: &[String]) -> Vec<Screen> {
    let word = |n: usize| SafeText::new(&words[n % words.len()]);
    let mut list = needs();
    for (number, need) in list.iter_mut().enumerate() {
        (need.text, need.next) = (word(number), word(number + 1));
    }
    let made = || {
        let mut screen = term(20, list);
        let view = screen.state.class.value.as_mut().unwrap();
        view.assignments.iter_mut().enumerate().for_each(|(at, head)| head.title = word(at));
        let mut known = jobs();
        for consumer in &mut known.consumers {
            (consumer.consumer, consumer.means) = (word(0), word(1));
            consumer.retrying.iter_mut().for_each(|retrying| retrying.why = word(2));
        }
        for attempt in &mut known.attempts {
            (attempt.consumer, attempt.why) = (word(0), word(3));
            attempt.tail = (0..20).map(word).collect();
        }
        let mut copied = copies(0);
        for copy in &mut copied {
            (copy.path, copy.sha256) = (words[0].clone(), words[0].clone());
        }
        let role = Some(Role::Following { watcher: word(4), looked_at: None });
        let report = WatchReport { handed: true, told: vec![word(5)], role, ..report(Vec::new()) };
        let effects = screen.send(Event::Watched(Box::new(report)));
        screen.loaded(asked(&effects, &Query::Jobs), Ok(Data::Jobs(Box::new(known))));
        screen.state.items.copies = Kept::default();
        let effects = screen.shows(0..20);
        screen.loaded(asked(&effects, &Query::Copies(vault(0))), Ok(Data::Copies(vault(0), copied)));
        screen
    };
    let first = made();
    let base = || first.clone();
    let mut all = Vec::new();
    for keys in ["0", "1[", "2", "4", "6", "4ja", "1[e", "6G"] {
        let mut screen = base();
        screen.type_in(keys);
        screen.send(Event::Paste(words[0].clone()));
        if keys == "6G" {
            screen.key(Key::Enter);
        }
        all.push(screen);
    }
    let mut screen = base();
    screen.type_in("1");
    screen.state.overlays.push(detail(&word, &words[0]));
    all.push(screen);
    all
}

/// Hostile are also joiners alone; those within pictures and letters that need them are not.
fn assert_clean(screen: &Screen, size: (u16, u16)) {
    for cell in &glimpsed(screen, size).content {
        let symbol = cell.symbol();
        let joins = |c: char| symbol.chars().count() > 1 && matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0f}');
        assert!(!symbol.chars().any(|c| is_hostile(c) && !joins(c)), "{symbol:?} at {size:?}");
        assert!(symbol.len() <= 64, "{symbol:?}");
    }
}

#[test]
fn nothing_hostile_reaches_a_cell() {
    let words: Vec<String> = HOSTILE.iter().map(|&word| word.to_owned()).collect();
    for first in 0..words.len() {
        let mut turned = words.clone();
        turned.rotate_left(first);
        let size = [(60, 15), (80, 24), (99, 40), (100, 30), (120, 40), (200, 60)][first % 6];
        for screen in &screens(&turned) {
            assert_clean(screen, size);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_size_and_no_text_breaks_the_screen(
        width in 60_u16..200, height in 15_u16..60,
        words in prop::collection::vec(prop_oneof![any::<String>(), prop::sample::select(HOSTILE.to_vec()).prop_map(str::to_owned)], 1..6),
    ) {
        for screen in &screens(&words) {
            assert_clean(screen, (width, height));
        }
    }

    #[test]
    fn no_terminal_is_too_small_to_draw_on(width in 1_u16..62, height in 1_u16..17) {
        assert_clean(&Screen::of(20), (width, height));
    }
}
