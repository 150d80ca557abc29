//! The dashboard line by line: what is said, what is understood, and the program as a whole with a script.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "support/past.rs"]
mod past;
#[path = "support/screen.rs"]
mod screen;
#[path = "support/term.rs"]
mod term;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use strongroom::app::chosen::Chosen;
use strongroom::app::msg::{Effect, Event};
use strongroom::domain::arrival::ArrivalKind;
use strongroom::domain::fault::{Fault, Kind};
use strongroom::domain::preferences::{Followed, Preferences};
use strongroom::domain::query::Data;
use strongroom::domain::text::{SafeText, is_hostile};
use strongroom::runtime::plain::talk::Talk;

use screen::{Screen, arrival, report, ticket};
use term::{needs, term};

/// A talk with a class, written down.
struct Session {
    screen: Screen,
    talk: Talk,
    said: String,
}

impl Session {
    fn new(screen: Screen) -> Self {
        let mut session = Self { screen, talk: Talk::default(), said: String::new() };
        session.said = session.talk.tell(&session.screen.state, "");
        session
    }

    /// Types a line; returns what it wants done.
    fn line(&mut self, line: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for event in self.talk.take(&self.screen.state, line) {
            effects.extend(self.screen.send(event));
        }
        self.said.push_str(line);
        self.said.push('\n');
        self.said.push_str(&self.talk.tell(&self.screen.state, line));
        effects
    }

    fn lines(&mut self, lines: &[&str]) {
        for line in lines {
            self.line(line);
        }
    }
}

#[test]
fn a_morning_line_by_line() {
    let mut session = Session::new(term(24, needs()));
    session.lines(&["1", "?", "b", "2", "m", "", "/bai", "E", "esc", "/", "1", "b", "5"]);
    let mut news = arrival(9, 1, ArrivalKind::New);
    (news.assignment, news.lateness_s) = (Some(term::hw(1)), Some(0));
    session.screen.send(Event::Watched(Box::new(report(vec![news]))));
    session.lines(&["", "b", "4", "column 2", "grant read", "x y", "b", "zz", "1", "Q"]);
    insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("plain-morning", session.said);
    });
}

#[test]
fn a_plan_is_agreed_to_with_the_same_words() {
    let mut session = Session::new(term(24, needs()));
    let asked = ticket(&session.line("7"));
    session.screen.loaded(asked, Ok(Data::Plan(past::weighty())));
    session.lines(&["", "y"]);
    assert!(session.said.contains("type 12 to agree"), "{}", session.said);
    assert!(session.line("13").iter().all(|effect| !matches!(effect, Effect::Apply(..))));
    assert!(session.said.contains("that is not 12: nothing was sent"), "{}", session.said);
    let effects = session.line("12");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Apply(..))), "{effects:?}");
}

#[test]
fn nothing_hostile_and_nobody_hidden_is_said() {
    let mut screen = term(24, needs());
    for (number, row) in screen.state.class.value.as_mut().unwrap().rows.iter_mut().enumerate() {
        row.name = SafeText::new(&format!("Qvist{number} \u{1b}[2J\u{202e}x\u{7}"));
    }
    let mut session = Session::new(screen);
    session.lines(&["2", "m", "b", "5", "b", "4", "b", "1"]);
    assert!(session.said.contains("Qvist3"));
    assert!(!session.said.chars().any(|c| c != '\n' && is_hostile(c)), "{:?}", session.said);
    let mut screen = term(24, needs());
    screen.state.set_privacy(true);
    let mut session = Session::new(screen);
    session.lines(&["2", "m", "b", "5", "b", "4", "b", "1", "b", "3", "b", "6"]);
    for secret in
        ["Abara", "Ngozi", "Xiaoming", "s001", "example.edu", "hw3-report", "Ruiz", "Jo Doe", "CS101-F26-s"]
    {
        assert!(!session.said.contains(secret), "{secret} in {}", session.said);
    }
}

#[test]
fn settings_that_are_refused_are_said_once_until_they_are_others() {
    let mut screen = term(24, needs());
    let keys = [("first".to_owned(), vec!["?".to_owned()])].into();
    screen.state.begin(Chosen::new(Preferences { keys, ..Preferences::default() }, Vec::new(), None));
    screen.state.set_privacy(true);
    let mut session = Session::new(screen);
    session.lines(&["2", ""]);
    let told: Vec<&str> = session.said.lines().filter(|line| line.contains("not taken over")).collect();
    let [told] = told[..] else { panic!("{told:?}") };
    assert!(told.starts_with("note: settings not taken over: `keys.first`: "), "{told}");
    assert!(told.contains(".first and ") && !told.contains("item-"), "the names of commands stay: {told}");
    let other = Fault::new(Kind::Input, "line 3: a bracket is missing");
    session.screen.send(Event::Broken(Followed::Settings, other));
    session.line("");
    assert!(session.said.ends_with("note: settings not taken over: line 3: a bracket is missing\n> "));
}

#[test]
fn what_is_not_understood_is_said_and_a_number_opens_the_line_that_was_read() {
    let mut session = Session::new(term(24, needs()));
    session.lines(&["foo", "99"]);
    assert!(session.said.contains("\"foo\" is not understood"), "{}", session.said);
    assert!(session.said.contains("\"99\" is not understood"), "{}", session.said);
    session.lines(&["2", "space", ":palette"]);
    assert!(session.screen.state.palette.is_none());
    let marked = session.screen.state.rows.marks.len();
    assert_eq!(marked, 1, "{}", session.said);
    assert!(session.said.contains(" * "), "{}", session.said);
    let third = session.screen.state.all_rows()[session.screen.state.rows.shown[2]].key.clone();
    session.line("3");
    assert_eq!(session.screen.state.selected().map(|row| row.key.clone()), Some(third));
    session.screen.type_in(":");
    session.line("/bai");
    assert!(session.screen.state.palette.is_none(), "the palette takes no filter");
}

/// The built program, line by line, over the demo in an empty home.
fn program(mut command: Command, home: &Path) -> Command {
    command.env_clear().env("HOME", home).env("PATH", "/usr/bin:/bin").env("TERM", "xterm-256color");
    command.args(["--plain", "--no-traffic"]).current_dir(home);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What it says to a script: standard output, once it has ended well.
fn said_to(script: &str, mut program: Command) -> String {
    let mut child = program.spawn().unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[test]
fn the_program_talks_with_a_script_and_ends_with_it() {
    let home = tempfile::tempdir().unwrap();
    let program = program(Command::new(env!("CARGO_BIN_EXE_strongroom")), home.path());
    let said = said_to("2\nE\nroster.csv\n/kwame\n/\nb\n7\ny\nesc\nb\n8\nesc\n", program);
    assert!(!said.contains('\u{1b}'), "{said}");
    for part in [
        "demo: people and arrivals are simulated, class CS101-F26, 30 students",
        "Roster: 30 lines",
        "30 rows written to roster.csv",
        "Roster: 1 line with \"kwame\"",
        "Plan: ended",
        "History: ",
    ] {
        assert!(said.contains(part), "{part:?} in {said}");
    }
    let written = std::fs::read_to_string(home.path().join("roster.csv")).unwrap();
    assert_eq!(written.lines().count(), 31, "{written}");
}

/// A container's first program may stand in a process group whose leader it cannot see; the number of that
/// group is 0 then, which is no number to die of.
#[test]
#[cfg(target_os = "linux")]
fn a_process_group_that_is_led_from_outside_is_no_reason_to_die() {
    let alone = |program: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--pid", "--fork", program]);
        command
    };
    // Where the kernel gives nobody a namespace, there is no such group to stand in.
    if !alone("true").stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let said = said_to("2\n", program(alone(env!("CARGO_BIN_EXE_strongroom")), home.path()));
    assert!(said.contains("Roster: 30 lines"), "{said}");
}
