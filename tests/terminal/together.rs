//! A service, two dashboards and a command work with one class at once.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::pty::Pty;
use crate::world::World;

/// How long something may take; only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(20);
/// Within this time another program has to look.
const TAKEN_OVER: Duration = Duration::from_secs(5);

/// `strongroom watch` as a service, and what it prints, line by line.
struct Service {
    child: Child,
    lines: Receiver<String>,
}

impl Service {
    /// Starts it, and waits until it looks.
    fn start(world: &World) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strongroom"));
        command.args(["watch", "--jsonl"]).env_clear().envs(world.env()).stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let told = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || told.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        assert!(line.starts_with("watching"), "{line}");
        Self { child, lines }
    }

    fn kill(&mut self) {
        kill_process(Pid::from_child(&self.child), Signal::KILL).unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn a_service_two_dashboards_and_a_grant_disturb_each_other_in_nothing() {
    let world = World::with_beat("200ms");
    world.run(&["provision"]);
    let mut service = Service::start(&world);
    let mut screens: Vec<Pty> = (0..2).map(|_| world.start(&[], (120, 40))).collect();
    for screen in &screens {
        screen.until("who watches", |text| text.contains("live via watch, pid"));
    }

    let granted = world.ledger().len();
    world.upload("T1-ngozi", "ngozi@example.edu", "hw1.pdf");
    world.run(&["grant", "tom@example.edu", "--vault", "T1-ngozi", "--level", "write"]);
    let line = service.lines.recv_timeout(PATIENCE).unwrap();
    assert!(line.starts_with("{\"seq\":1,") && line.contains("hw1.pdf"), "{line}");
    for screen in &screens {
        screen.shows("hw1.pdf");
    }
    let grants = world.ledger().split_off(granted);
    let grants = grants.iter().filter(|line| line["action"].as_str().unwrap().starts_with("grant"));
    assert_eq!(grants.count(), 1);

    // Killed, it leaves everything to a dashboard.
    let killed = Instant::now();
    service.kill();
    world.upload("T1-ngozi", "ngozi@example.edu", "hw2.pdf");
    let both = |text: &str| text.contains("hw2.pdf");
    screens[0].until("what arrived after the kill", both);
    let took = killed.elapsed();
    screens[1].until("the same", both);
    println!("kill -9 of the watcher until a dashboard shows the next upload: {} ms", took.as_millis());
    assert!(took < TAKEN_OVER, "{took:?}");

    let told = world.run(&["watch", "--jsonl", "--from", "0", "--once"]);
    let told = String::from_utf8(told.stdout).unwrap();
    let seqs: Vec<&str> = told.lines().filter_map(|line| line.split([':', ',']).nth(1)).collect();
    assert_eq!(seqs, ["1", "2"], "each once: {told}");
    for screen in &mut screens {
        screen.keys("q");
    }
    for screen in screens {
        assert!(screen.end().0.success());
    }
    world.run(&["audit", "verify"]);
}
