//! The end of a term by keys, from the first step to the last, by the program itself.

use std::path::PathBuf;

use crate::pty::Pty;
use crate::world::World;

/// Waits until a step is done for the one student of the class.
fn is_done(screen: &Pty, step: &str) {
    let is = |text: &str| text.lines().any(|line| line.contains(step) && line.contains("1/1"));
    screen.until(&format!("{step} 1/1"), |text| text.contains("End of term: the class") && is(text));
}

/// Carries out the plan of the selected step, with its word where it has one.
fn carry_out(screen: &mut Pty, word: Option<&str>) {
    screen.keys("\r");
    screen.until("the plan", |text| text.contains("Plan: 1 of 1 student changes"));
    screen.keys("y");
    if let Some(word) = word {
        screen.shows("This is weighty");
        screen.keys(&format!("{word}\r"));
    }
    screen.until("its end", |text| text.contains("Plan: ended") && text.contains("1 done"));
    screen.keys("q");
}

fn term(size: (u16, u16)) {
    let world = World::new();
    world.run(&["provision"]);
    world.upload("T1-ngozi", "ngozi@example.edu", "essay.txt");
    let mut screen = world.start(&[], size);
    screen.until("the class", |text| text.contains("Ngozi") && text.contains("live"));
    screen.keys("W");
    screen.until("the steps", |text| text.contains("> freeze") && text.contains("0/1"));
    carry_out(&mut screen, None);
    is_done(&screen, "freeze");
    for (step, what) in [("pull", "where the files are kept"), ("verify", "copies are"), ("report", "beside")]
    {
        screen.keys("j\r");
        screen.until(step, |text| text.contains("Sign this step off") && text.contains(what));
        if step == "pull" {
            // The line is cleared first; from then on the folder is remembered.
            screen.keys("\x15~/end");
        }
        screen.keys("\r");
        is_done(&screen, step);
    }
    // The class's id is the word: everything was verified.
    screen.keys("j");
    carry_out(&mut screen, Some("T1"));
    is_done(&screen, "revoke");
    screen.keys("j\r");
    screen.shows("Sign this step off");
    screen.keys("\r");
    is_done(&screen, "archive");
    screen.keys("j");
    carry_out(&mut screen, Some("T1-ngozi"));
    is_done(&screen, "delete");
    screen.keys("q1");
    screen.until("the roster", |text| text.contains("deleted") && !text.contains("End of term"));
    screen.keys("Q");
    let (status, _) = screen.end();
    assert!(status.success(), "{status:?}");
    let home = world.home.path().join("end/T1");
    let kept: Vec<_> = std::fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().path()).collect();
    let is_report = |path: &&PathBuf| path.display().to_string().contains("/report-");
    let report = kept.iter().find(is_report).unwrap().join("report.md");
    let report = std::fs::read_to_string(report).unwrap();
    assert!(report.contains("## The end of the term"), "{report}");
    assert!(world.run(&["audit", "verify"]).status.success());
    let signed: Vec<_> = world.audit().into_iter().filter(|record| record["op"] == "sign-off").collect();
    assert!(signed.len() >= 7, "each step is signed off: {signed:?}");
}

#[test]
fn a_term_is_closed_by_keys_from_freezing_to_deleting() {
    term((100, 30));
}

#[test]
fn a_term_is_closed_on_the_smallest_terminal() {
    term((60, 15));
}
