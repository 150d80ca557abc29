//! A service that keeps changes waiting keeps nobody at the keys waiting.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::world::World;

/// How many changes of people are under way at once.
const AT_ONCE: usize = 4;
/// The longest that a failing test waits.
const PATIENCE: Duration = Duration::from_secs(20);
/// How late a key may be answered: a frame is 16 ms, the rest is for a busy machine.
const ANSWERED: Duration = Duration::from_secs(1);

/// A line to the sandbox on which every change waits until the gate is opened.
#[derive(Default)]
struct Gate {
    /// How many changes wait, and whether it is open.
    state: Mutex<(usize, bool)>,
    moved: Condvar,
}

impl Gate {
    fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        state.0 += 1;
        self.moved.notify_all();
        drop(self.moved.wait_while(state, |(_, open)| !*open).unwrap());
    }

    fn open(&self) {
        self.state.lock().unwrap().1 = true;
        self.moved.notify_all();
    }

    /// Waits until so many changes wait.
    fn holds(&self, count: usize) {
        let state = self.state.lock().unwrap();
        let (state, late) =
            self.moved.wait_timeout_while(state, PATIENCE, |(held, _)| *held < count).unwrap();
        assert!(!late.timed_out(), "{} changes wait", state.0);
    }
}

/// The address of a line to `url`.
fn line(url: &str, gate: &Arc<Gate>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().to_string();
    let here = format!("http://{own}");
    let (there, gate) = (url.trim_start_matches("http://").to_owned(), Arc::clone(gate));
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect(&there).unwrap();
            let (mut answers, mut back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            std::thread::spawn(move || drop(std::io::copy(&mut answers, &mut back)));
            let (gate, hosts) = (Arc::clone(&gate), (own.clone(), there.clone()));
            std::thread::spawn(move || requests(client, server, &hosts, &gate));
        }
    });
    here
}

/// Passes requests on, one after another as the client sends them. The sandbox is told its own
/// address, since it answers to no other.
fn requests(mut client: TcpStream, mut server: TcpStream, (here, there): &(String, String), gate: &Gate) {
    let mut bytes = [0; 16_384];
    while let Ok(read @ 1..) = client.read(&mut bytes) {
        let request = std::str::from_utf8(&bytes[..read]).unwrap().replace(here, there);
        if request.starts_with("POST ") {
            gate.pass();
        }
        if server.write_all(request.as_bytes()).is_err() {
            return;
        }
    }
}

#[test]
fn keys_are_answered_while_four_changes_hang_and_a_stop_is_taken() {
    let mut world = World::new();
    let mut list = String::from("Name,Email\n");
    for number in 0..8 {
        let (name, email) = (format!("Student {number}"), format!("s{number}@example.edu"));
        world.person(&name, &email);
        list.extend([name.as_str(), ",", &email, "\n"]);
    }
    world.enrol(&list);
    let gate = Arc::new(Gate::default());
    world.reach_as_administrator(&line(&world.sandbox.url, &gate));
    let mut screen = world.start(&[], (100, 30));
    screen.until("who acts", |text| text.contains("Student 7") && text.contains("  as "));
    screen.keys("/student");
    screen.keys("\r");
    screen.keys("*S");
    screen.shows("8 of 8 students change");
    screen.keys("y");
    gate.holds(AT_ONCE);
    screen.keys("\x1b");
    screen.shows("A shows it");
    for (key, shown) in [("j", ">  Student 1"), ("j", ">  Student 2"), ("3", "> Access"), ("1", "> Roster")] {
        let pressed = Instant::now();
        screen.keys(key);
        screen.shows(shown);
        assert!(pressed.elapsed() < ANSWERED, "{key} was answered after {:?}", pressed.elapsed());
    }
    screen.keys("A");
    screen.shows("Applying: 0 of 8");
    screen.keys("x");
    screen.shows("Stops after the call in flight");
    gate.open();
    screen.shows("4 done, 4 left to do");
    screen.keys("qUqq");
    assert!(screen.end().0.success());
}
