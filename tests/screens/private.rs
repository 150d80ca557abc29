//! Privacy mode: whom and what a screen is about stands nowhere on it, in any pane or dialog, at any size.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use strongroom::app::key::Key;
use strongroom::app::msg::{Effect, Event};
use strongroom::app::notices::Notices;
use strongroom::app::overlay::Overlay;
use strongroom::domain::arrival::ArrivalKind;
use strongroom::domain::directory::{Field, FieldValue, FileMeta, ItemDetail, ItemRef};
use strongroom::domain::drift::Drifts;
use strongroom::domain::fault::{Fault, Kind};
use strongroom::domain::id::FileId;
use strongroom::domain::query::{ClassView, Data, Query};
use strongroom::domain::text::{SafeText, Untrusted};

use crate::screen::{Screen, arrival, asked, items, report, row, setting, ticket, vault};
use crate::term::{copies, course, ending, needs, term};
use crate::{drawn, glimpsed, opened, shot, text};

/// Names of one to four words, short ones, ones that begin others, and scripts without spaces.
const NAMES: [&str; 12] = [
    "An",
    "Anzelm",
    "Anzelm Qvist",
    "Anzelm Qvist Braxx",
    "Zyglarr, Mirequa",
    "Mirequa Ostrovnaja de Quixx",
    "王小明",
    "王小",
    "齋藤ゆうこ",
    "Ngọc Vương Thụy",
    "عبدالرحمن قاسم",
    "Żwirzx, Łukosz",
];
const TITLES: [&str; 4] = ["draft", "Qvist essay final", "thesis-zyx.pdf", "最終レポート"];

/// What is hidden of a class.
struct Secrets {
    names: Vec<String>,
    titles: Vec<String>,
}

impl Secrets {
    fn class(&self) -> ClassView {
        let mut view = course(20);
        for (number, row) in view.rows.iter_mut().enumerate() {
            row.name = SafeText::new(&self.names[number % self.names.len()]);
            row.email =
                SafeText::new(&format!("mail.{}{number}@quuxmail.example", ["an", "zyg"][number % 2]));
        }
        view
    }

    fn title(&self, number: usize) -> SafeText {
        SafeText::new(&self.titles[number % self.titles.len()])
    }

    fn screen(&self) -> Screen {
        let mut screen = term(20, needs());
        screen.state.class.value = Some(self.class());
        // In the order of the vaults: that of the map is another in every run.
        let mut lists: Vec<_> = screen.state.items.lists.iter_mut().collect();
        lists.sort_by(|one, other| one.0.cmp(other.0));
        for (number, (_, list)) in lists.into_iter().enumerate() {
            for item in list {
                item.title = self.title(number);
            }
        }
        let mut news: Vec<_> =
            (9..14_u8).map(|seq| arrival(seq.into(), seq.into(), ArrivalKind::New)).collect();
        for (number, arrival) in news.iter_mut().enumerate() {
            arrival.found.item.title = self.title(number);
            arrival.unmatched = true;
            let actor = &self.names[(number + 3) % self.names.len()];
            *arrival = crate::past::reported(arrival.clone(), actor);
        }
        let report = report(news);
        screen.send(Event::Watched(Box::new(report)));
        let reads = screen.effects.iter().any(|e| matches!(e, Effect::Load(_, Query::Copies(_))));
        if reads {
            let of = asked(&screen.effects, &Query::Copies(vault(0)));
            screen.loaded(of, Ok(Data::Copies(vault(0), copies(0))));
        }
        screen
    }

    fn detail(&self) -> Overlay {
        let file = |n: u8| FileMeta {
            id: FileId::parse(&format!("sbxfile{n:019}")).unwrap(),
            name: Untrusted::new(self.title(n.into()).as_str()),
            size: 1,
        };
        let field = Field {
            id: "f".into(),
            label: "advisor Qvist".into(),
            section: None,
            kind: "STRING".into(),
            value: FieldValue::Shown("Zyglarr was here".into()),
        };
        let mut head = items(0).remove(0);
        head.title = self.title(0);
        let at_item = ItemRef { vault: vault(0), item: head.id.clone() };
        let value = ItemDetail { item: head, fields: vec![field], files: vec![file(1), file(2)] };
        opened(at_item, value)
    }

    /// Every pane and dialog; privacy is switched on before, or while it is shown.
    #[allow(clippy::too_many_lines, reason = "one line a pane or dialog")]
    fn scenes(&self, early: bool) -> Vec<Screen> {
        let mut first = self.screen();
        if early {
            first.type_in("P");
        }
        let base = || first.clone();
        let mut all = Vec::new();
        for keys in [
            "0",
            "0j",
            "0jjjj",
            "1",
            "1[",
            "1m",
            "2",
            "2a",
            "3",
            "3ll",
            "3lr",
            "4",
            "4a",
            "6",
            "1D",
            "1[e",
            "2D",
            "4D",
            "?",
            "3lr=",
            "1:student ",
            "1@",
            "1@m",
            "1:due hw1 +24h@",
        ] {
            let mut screen = base();
            screen.type_in(keys);
            all.push(screen);
        }
        let mut screen = base();
        screen.state.overlays.push(self.detail());
        screen.state.set_privacy(true);
        all.push(screen);
        let answers = [
            ("3a", Data::Plan(crate::past::weighty()), "y12"),
            ("1A", Data::Plan(crate::overlays::plan()), ""),
            ("3!", Data::Drift(Box::new(Drifts { ..crate::past::drifts() })), "j"),
            ("3d", Data::Why(vault(0), crate::past::holders(0)), ""),
            ("H", Data::History(crate::past::history()), ""),
            (
                "3d",
                Data::Why(vault(0), crate::past::reported_holders(0, &self.names[1 % self.names.len()])),
                "",
            ),
            ("W", Data::Closing(Box::new(ending())), "j"),
        ];
        for (keys, data, then) in answers {
            let mut screen = base();
            let effects = screen.type_in(keys);
            if !effects.iter().any(|effect| matches!(effect, Effect::Load(..))) {
                continue;
            }
            screen.loaded(ticket(&effects), Ok(data));
            screen.type_in(then);
            all.push(screen);
        }
        let mut screen = base();
        screen.type_in("1I");
        let list = format!("name,email\n\"{}\",qq@quuxmail.example\n", self.names[0]);
        screen.send(Event::Paste(list.clone()));
        let asked = ticket(&screen.key(Key::Enter));
        screen.loaded(asked, Ok(Data::Enrolment(Box::new(crate::lists::found(&list, 3)))));
        all.push(screen);
        let mut screen = base();
        let asked = ticket(&screen.type_in("H"));
        screen.loaded(asked, Ok(Data::History(crate::past::history())));
        screen.key(Key::Enter);
        all.push(screen);
        let elsewhere = crate::past::elsewhere(&self.names[0], &self.names[2 % self.names.len()]);
        for open in [false, true] {
            let mut screen = base();
            let asked = ticket(&screen.type_in("H"));
            screen.loaded(asked, Ok(Data::History(vec![elsewhere.clone()])));
            if open {
                screen.key(Key::Enter);
            }
            all.push(screen);
        }
        let mut screen = base();
        screen.send(Event::Watched(Box::new({
            let mut report = report(Vec::new());
            let name = &self.names[2 % self.names.len()];
            report.told =
                vec![SafeText::new(&format!("the vault of {name} was made for mail.an0@quuxmail.example"))];
            report.fault = Some(Fault::new(Kind::Broken, format!("{} is no vault of {name}", vault(3))));
            report
        })));
        all.push(screen);
        if !early {
            // What has the keys may be a field, where P is a letter.
            for screen in &mut all {
                screen.state.set_privacy(true);
            }
        }
        all
    }

    /// Asserts that nothing of the class is in what is drawn.
    fn assert_hidden(&self, screen: &Screen, size: (u16, u16)) {
        let shown = text(&glimpsed(screen, size));
        let words = |text: &str| {
            text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect::<Vec<String>>()
        };
        let seen = words(&shown);
        let of_names = self.names.iter().chain(&self.titles).flat_map(|name| words(name));
        // "draft" and "final" could be words of the program; "An" begins sentences.
        let said = |word: &String| {
            word.chars().count() > 2 && !["essay", "final", "draft", "pdf"].contains(&word.as_str())
        };
        for word in of_names.filter(|word| said(word) || !word.is_ascii()) {
            assert!(!seen.contains(&word), "{word:?} is shown at {size:?}:\n{shown}");
        }
        for secret in [
            "王小",
            "齋藤",
            "最終",
            "quuxmail",
            "mail.",
            "sbxvault",
            "sbxitem",
            "SBXPERSON",
            "CS101-F26-s",
            "Ruiz",
            "ruiz",
            "lab-3",
            "Jo Doe",
            "Teaching",
            "Faculty",
            "Example University",
            "thesis",
            "hw3-report",
            "/home",
            "~/D",
            "Zyglarr",
            "teacher on",
            "203.0.113",
        ] {
            assert!(!shown.contains(secret), "{secret:?} is shown at {size:?}:\n{shown}");
        }
        for number in 0..20 {
            let key = format!("s{number:03}");
            assert!(!seen.contains(&key), "{key} is shown at {size:?}:\n{shown}");
        }
    }
}

fn secrets() -> Secrets {
    let own = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    Secrets { names: own(&NAMES), titles: own(&TITLES) }
}

#[test]
fn nobody_is_on_the_screen_in_any_pane_or_dialog() {
    let secrets = secrets();
    for early in [true, false] {
        for screen in &secrets.scenes(early) {
            for size in [(60, 15), (80, 24), (100, 30), (120, 40), (200, 60)] {
                secrets.assert_hidden(screen, size);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_class_and_no_width_shows_anybody(
        width in 60_u16..200, height in 15_u16..60,
        names in prop::collection::vec(name(), 1..20),
        titles in prop::collection::vec("[a-z]{2,6}[qxz]{2}[0-9_ ][a-z]{2,9}qx(\\.pdf)?", 1..5),
    ) {
        let secrets = Secrets { names, titles };
        for screen in &secrets.scenes(width % 2 == 0) {
            secrets.assert_hidden(screen, (width, height));
        }
    }
}

/// A name that no word of the program looks like.
fn name() -> impl Strategy<Value = String> {
    let word = "[A-Z][qxzvk]{2}[a-z]{1,7}q";
    prop_oneof![
        Just("An".to_owned()),
        word.prop_map(String::from),
        (word, word).prop_map(|(last, first)| format!("{last}, {first}")),
        (word, word, word).prop_map(|(a, b, c)| format!("{a} {b} {c}")),
        (word, word, word, word).prop_map(|(a, b, c, d)| format!("{a} {b}-{c} {d}")),
        "王小[\u{4e00}-\u{4eff}]{1,2}",
    ]
}

#[test]
fn privacy_is_one_key_and_asks_nobody_anything() {
    let secrets = secrets();
    let mut screen = secrets.screen();
    screen.type_in("1");
    let before = text(&drawn(&mut screen, (120, 40)));
    let effects = screen.type_in("P");
    assert!(effects.is_empty(), "{effects:?}");
    shot("private", &mut screen, (120, 40));
    shot("private-small", &mut screen, (60, 15));
    screen.type_in("P");
    screen.state.notices = Notices::default();
    assert_eq!(text(&drawn(&mut screen, (120, 40))), before);
}

#[test]
fn a_filter_compares_with_what_is_shown() {
    let mut screen = secrets().screen();
    screen.type_in("1P");
    let all = screen.state.all_rows().to_vec();
    let shown = screen.state.named(&all[4]).to_owned();
    screen.type_in("/Zyglarr");
    assert!(screen.state.rows.shown.is_empty());
    screen.key(Key::Esc);
    screen.type_in(&format!("/{shown}"));
    assert_eq!(screen.state.rows.shown, [4]);
    screen.key(Key::Esc);
    screen.type_in("P/Zyglarr");
    assert!(screen.state.rows.shown.contains(&4));
}

#[test]
fn namesakes_have_two_pseudonyms() {
    let mut screen = Screen::starting(setting());
    let mut view = strongroom_class();
    view.rows[1].name = view.rows[0].name.clone();
    screen.answer(&view);
    screen.state.set_privacy(true);
    let rows = screen.state.all_rows();
    assert_eq!(rows[0].name, rows[1].name);
    assert_ne!(screen.state.named(&rows[0]), screen.state.named(&rows[1]));
}

fn strongroom_class() -> ClassView {
    ClassView { rows: (0..4).map(row).collect(), ..course(4) }
}

#[test]
fn a_weighty_plan_is_agreed_to_with_the_word_as_it_is_shown() {
    let mut screen = secrets().screen();
    screen.type_in("P3");
    let mut plan = crate::past::weighty();
    let word = screen.state.all_rows()[0].vault_name.clone();
    plan.guard.as_mut().unwrap().word = word.clone();
    let asked = ticket(&screen.type_in("a"));
    screen.loaded(asked, Ok(Data::Plan(plan)));
    let shown = screen.state.veiled(word.as_str()).into_owned();
    assert_ne!(shown, word.as_str());
    screen.type_in("y");
    screen.type_in(&shown);
    let effects = screen.key(Key::Enter);
    let typed = effects.iter().find_map(|effect| match effect {
        Effect::Apply(_, plan) => plan.typed.clone(),
        _ => None,
    });
    assert_eq!(typed.as_deref(), Some(word.as_str()));
}
