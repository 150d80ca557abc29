//! The pictures, on screens of several sizes, with blocks and with ASCII alone.

#![allow(clippy::unwrap_used, reason = "tests")]

use strongroom::app::msg::Event;
use strongroom::domain::arrival::ArrivalKind;
use strongroom::domain::directory::ItemRef;
use strongroom::domain::query::{Data, Submissions};
use strongroom::domain::submission::{HandedIn, Moment, Standing, Verdict};

use crate::screen::{Screen, arrival, at, budget, item_id, report, student, ticket, vault};
use crate::shot;
use crate::term::{heads, hw, needs, term};

const SIZES: [((u16, u16), &str); 4] =
    [((60, 15), "smallest"), ((80, 24), "small"), ((120, 40), "wide"), ((200, 60), "huge")];

/// Uploads over a day, with a rush before noon.
fn busy() -> Screen {
    let mut screen = term(40, needs());
    let hours = [1, 3, 2, 0, 5, 9, 14, 8, 4, 4, 1, 0, 0, 2, 6, 11, 21, 17, 3, 1];
    let mut seq = 100;
    let mut news = Vec::new();
    for (ago, count) in hours.iter().enumerate() {
        for _ in 0..*count {
            seq += 1;
            let mut one = arrival(seq, usize::try_from(seq % 40).unwrap(), ArrivalKind::New);
            one.found.detected_at = at(-60 * i64::try_from(hours.len() - ago).unwrap());
            news.push(one);
        }
    }
    screen.send(Event::Watched(Box::new(report(news))));
    screen
}

/// How 60 students have handed in the first assignment: most shortly before it was due, some after.
fn handed_in() -> Submissions {
    let assignment = heads().remove(0);
    let verdict = |number: usize| {
        let minutes = i64::try_from(number * number).unwrap() * 4 - 9_000;
        let when = at(minutes.min(2_000));
        let (standing, judged) = match number {
            55.. => (Standing::Missing, None),
            54 => (Standing::Excused, None),
            _ if when > assignment.due => {
                (Standing::Late(when.as_second() - assignment.due.as_second()), Some(when))
            }
            _ => (Standing::OnTime, Some(when)),
        };
        let handed_in = judged.map(|judged_at| HandedIn {
            at: ItemRef { vault: vault(number), item: item_id(number * 10) },
            title: "hw1.pdf".into(),
            version: 1,
            seq: None,
            moment: Moment { after: None, seen: judged_at, told: None },
            judged_at,
            by_hand: false,
            updated_after_due: false,
            removed: false,
        });
        let (student, due) = (student(number), assignment.due);
        Verdict { student, assignment: hw(1), standing, due, extended: None, handed_in, doubt: None }
    };
    Submissions { verdicts: (0..60).map(verdict).collect(), unmatched: Vec::new(), assignment }
}

fn timeline() -> Screen {
    let mut screen = term(40, needs());
    // Two days later.
    screen.send(Event::Time(at(3_000)));
    screen.type_in("1[");
    let asked = ticket(&screen.type_in("t"));
    screen.loaded(asked, Ok(Data::Submissions(Box::new(handed_in()))));
    screen
}

fn heat(students: usize) -> Screen {
    let mut screen = Screen::of(students);
    screen.type_in("1jjjj#");
    screen
}

fn gauge() -> Screen {
    let mut screen = Screen::of(12);
    let mut budget = budget();
    (budget.ours, budget.others) = (1_204, 7_746);
    budget.allowances.iter_mut().for_each(|window| window.reset = 2_700);
    screen.send(Event::Ration(budget));
    screen.type_in("b");
    screen
}

/// Shows one, as if it were of the palette: it has no key.
fn uploads() -> Screen {
    let mut screen = busy();
    screen
        .state
        .overlays
        .push(strongroom::app::overlay::Overlay::Picture(strongroom::app::picture::Picture::Uploads));
    screen
}

#[test]
fn pictures() {
    for (size, name) in SIZES {
        shot(&format!("uploads-{name}"), &mut uploads(), size);
        shot(&format!("timeline-{name}"), &mut timeline(), size);
        shot(&format!("heat-map-{name}"), &mut heat(30), size);
        shot(&format!("budget-{name}"), &mut gauge(), size);
    }
    shot("heat-map-2000", &mut heat(2_000), (120, 40));
    shot("heat-map-2000-small", &mut heat(2_000), (80, 24));
    shot("uploads-beside", &mut busy(), (200, 60));
}

#[test]
fn pictures_in_ascii() {
    let all =
        vec![("uploads", uploads()), ("timeline", timeline()), ("heat-map", heat(30)), ("budget", gauge())];
    for (name, mut screen) in all {
        screen.state.setting.ascii = true;
        shot(&format!("{name}-ascii"), &mut screen, (80, 24));
    }
    let mut screen = busy();
    screen.state.setting.ascii = true;
    shot("uploads-beside-ascii", &mut screen, (200, 60));
}

#[test]
fn a_timeline_that_is_not_known_yet_or_cannot_be_says_so() {
    let mut screen = term(4, Vec::new());
    let asked = ticket(&screen.type_in("1t"));
    shot("timeline-loading", &mut screen, (80, 24));
    screen.loaded(asked, Err(crate::screen::down()));
    shot("timeline-failed", &mut screen, (80, 24));
}
