//! Weighty plans and stale ones, by the program itself: nothing is sent without the word, and nothing by a
//! plan of what is not so any more.

use crate::pty::Pty;
use crate::world::World;

/// Two students with their vaults, and two strangers; the access pane has the keys.
fn class(size: (u16, u16)) -> (World, Pty) {
    let mut world = World::new();
    world.person("Jo Stray", "jo@example.edu");
    world.person("Kim Stray", "kim@example.edu");
    world.person("Ada Byron", "ada@example.edu");
    world.enrol("Name,Email\nNgozi Abara,ngozi@example.edu\nAda Byron,ada@example.edu\n");
    world.run(&["provision"]);
    let mut screen = world.start(&[], size);
    screen.until("the class", |text| text.contains("Ngozi Abara") && text.contains("live"));
    screen.keys("3");
    screen.until("the lists", |text| text.contains("others") && !text.contains("W       ?"));
    (world, screen)
}

fn leave(mut screen: Pty) {
    screen.keys("Q");
    let (status, _) = screen.end();
    assert!(status.success(), "{status:?}");
}

#[test]
fn a_weighty_plan_sends_nothing_before_its_word_is_typed() {
    let (world, mut screen) = class((100, 30));
    world.stray("T1-ngozi", "jo@example.edu");
    world.stray("T1-ada", "jo@example.edu");
    screen.keys("!");
    screen.shows("Drift: 2 on 2 vaults");
    screen.keys("M");
    screen.until("the plan", |text| text.contains("weighty: ") && text.contains("takes away: 2"));
    let before = world.ledger().len();
    screen.keys("y");
    screen.shows("This is weighty");
    screen.keys("3\r");
    screen.shows("that is not 2: nothing was sent");
    assert_eq!(world.ledger().len(), before);
    screen.keys("\x7f2\r");
    screen.until("its end", |text| text.contains("Plan: ended") && text.contains("2 done"));
    assert_eq!(world.ledger().len(), before + 2);
    leave(screen);
}

#[test]
fn a_stale_plan_is_worked_out_anew_with_what_has_changed() {
    let (world, mut screen) = class((100, 30));
    world.stray("T1-ngozi", "jo@example.edu");
    screen.keys("!");
    screen.shows("Drift: 1 on 2 vaults");
    screen.keys("m");
    screen.until("the plan", |text| text.contains("takes away: 1") && text.contains("y applies"));
    world.stray("T1-ngozi", "kim@example.edu");
    let before = world.ledger().len();
    screen.keys("y");
    let anew = screen.until("the plan anew", |text| {
        text.contains("worked out anew, nothing was sent") && text.contains("Kim Stray: ")
    });
    assert!(anew.contains("~ Ngozi Abara: was Jo Stray: "), "{anew}");
    assert_eq!(world.ledger().len(), before, "nothing was sent by the plan of before");
    screen.keys("y");
    screen.until("its end", |text| text.contains("Plan: ended") && text.contains("1 done"));
    assert_eq!(world.ledger().len(), before + 2, "both are gone");
    leave(screen);
}
