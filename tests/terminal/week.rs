//! Ten tasks of an instructor's week, by keys alone, in the demo class: each ends with what it was for.
//!
//! `cargo test --test terminal week -- --nocapture` prints the keystrokes of each.

use crate::pty::{Pty, kept_in};

struct Week {
    screen: Pty,
    home: tempfile::TempDir,
    told: Vec<(&'static str, String, usize)>,
}

impl Week {
    fn begin() -> Self {
        let home = tempfile::tempdir().unwrap();
        let screen = Pty::start(&["--no-traffic"], &kept_in(home.path()), (120, 40));
        screen.until("the class", |text| text.contains(">! unexpected access"));
        Self { screen, home, told: Vec::new() }
    }

    /// Does one thing: each part is typed once the screen shows what the one before leads to.
    fn task(&mut self, name: &'static str, steps: &[(&str, &str)]) {
        let mut keys = String::new();
        for (typed, shown) in steps {
            self.screen.keys(typed);
            self.screen.until(&format!("{name}: {shown}"), |text| text.contains(shown));
            keys.push_str(typed);
        }
        let count = keys.chars().count();
        let words = keys.replace('\r', "⏎").replace('\t', "⇥").replace('\x1b', "⎋").replace(' ', "␣");
        self.told.push((name, words, count));
    }

    /// Closes what the last task has left open; no part of any.
    fn close(&mut self, keys: &str, gone: &str) {
        self.screen.keys(keys);
        self.screen.until(&format!("{gone} is gone"), |text| !text.contains(gone));
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.home.path().join(name)).unwrap()
    }
}

#[test]
fn ten_tasks_of_a_week_by_keys() {
    let mut week = Week::begin();
    let why = [("d", "Why: who is on"), ("m", "y applies"), ("y", "1 done")];
    week.task("why somebody is on a vault, and off again", &why);
    week.close("\x1b", "Plan: ended");
    week.close("\x1b", "Why: who is on");
    week.task("who has missed hw1", &[("1", "NAME"), ("[", "hw1"), ("m", "[missing hw1")]);
    let more = [("e", "Deadline of hw1"), ("+10d\r\r", "y yes"), ("y", "has until")];
    week.task("ten more days for one of them", &more);
    week.close("\x1b", "[missing hw1");
    week.task("a vault for everybody who can have one", &[("A", "y applies"), ("y", "Plan: ended")]);
    week.close("q", "Plan: ended");
    let back = [("z", "y asks for what"), ("y7\r", "Plan: ended")];
    week.task("that taken back, with the number that it asks for", &back);
    week.close("q", "Plan: ended");
    week.task("only who has handed in late, by a filter", &[("/due:late\r", "/due:late")]);
    week.close("\x1b", "/due:late");
    week.task("every file of hw1", &[("*", "marked"), ("D", "Download"), ("\t\r", "files fetched")]);
    assert!(week.home.path().join("CS101-F26-files").is_dir());
    week.close("U", "marked");
    let upload = [("/ngozi\r", "/ngozi"), ("\r", "hw1"), ("\r", "sha256")];
    week.task("a student's upload in full", &upload[..2]);
    week.close("1\x1b", "/ngozi");
    week.task("the roster for a spreadsheet", &[("E", "CS101-F26-roster.csv"), ("\r", "written")]);
    assert!(week.file("CS101-F26-roster.csv").lines().count() > 30);
    week.task(
        "an address for a message, and a screen that others may see",
        &[("ye", "copied"), ("P", "PRIVATE")],
    );
    week.close("P", "PRIVATE");
    for (name, keys, count) in &week.told {
        println!("{count:>3} keys  {keys:<16} {name}");
    }
    week.screen.keys("Q");
    week.screen.shows("Quit?");
    week.screen.keys("y");
    assert!(week.screen.end().0.success());
}
