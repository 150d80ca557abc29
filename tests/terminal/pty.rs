//! A terminal with the program in it. Waiting is for what the screen shows, never for a time.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// How long a screen may take; only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long not a key is taken before a terminal counts as stalled.
const STALLED: Duration = Duration::from_secs(1);
/// The key that writes the whole screen again.
const REDRAW: &[u8] = b"\x0c";

struct Shown {
    parser: vt100::Parser,
    raw: Vec<u8>,
    ended: bool,
}

pub struct Pty {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    shown: Arc<(Mutex<Shown>, Condvar)>,
    /// How the terminal was set before the program was there.
    before: String,
}

impl Pty {
    /// Starts the binary in a terminal of that size, with nothing in its environment but `env`.
    pub fn start(args: &[&str], env: &[(&str, &Path)], size: (u16, u16)) -> Self {
        Self::run(command(args, env), size)
    }

    /// Starts a shell by these words, which has the binary as `strongroom`.
    pub fn shell(words: &[&str], env: &[(&str, &Path)], size: (u16, u16)) -> Self {
        let mut shell = CommandBuilder::new(words[0]);
        shell.args(&words[1..]);
        shell.env_clear();
        let path = Path::new(env!("CARGO_BIN_EXE_strongroom")).parent().unwrap().display();
        shell.env("PATH", format!("{path}:/usr/bin:/bin"));
        shell.env("TERM", "xterm-256color");
        shell.env("PS1", "shell> ");
        for (name, value) in env {
            shell.env(name, value);
        }
        Self::run(shell, size)
    }

    fn run(command: CommandBuilder, (columns, rows): (u16, u16)) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let before = settings(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let size = |n| NonZeroU16::new(n).unwrap();
        let parser = vt100::Parser::new(size(rows), size(columns), 0);
        let shown = Arc::new((Mutex::new(Shown { parser, raw: Vec::new(), ended: false }), Condvar::new()));
        let (mut reader, watched) = (pair.master.try_clone_reader().unwrap(), Arc::clone(&shown));
        std::thread::spawn(move || {
            let mut bytes = [0; 8_192];
            loop {
                // Linux ends a terminal with an error rather than with nothing to read.
                let read = reader.read(&mut bytes).unwrap_or(0);
                let mut shown = watched.0.lock().unwrap();
                shown.ended = read == 0;
                shown.raw.extend_from_slice(&bytes[..read]);
                shown.parser.process(&bytes[..read]);
                watched.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self { child, master: pair.master, keys, shown, before }
    }

    /// Types keys as a terminal sends them.
    pub fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits until the screen satisfies a condition, and returns its text.
    pub fn until(&self, what: &str, matches: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        let mut shown = self.shown.0.lock().unwrap();
        loop {
            let text = shown.parser.screen().contents();
            if matches(&text) {
                return text;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !shown.ended, "waiting for {what}, the screen shows:\n{text}");
            shown = self.shown.1.wait_timeout(shown, left).unwrap().0;
        }
    }

    /// Waits until the screen shows a text.
    pub fn shows(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text))
    }

    /// Everything that the program has written so far.
    pub fn raw(&self) -> Vec<u8> {
        self.shown.0.lock().unwrap().raw.clone()
    }

    /// Waits until what was written from a place on satisfies a condition, at most that long; whether it did.
    pub fn writes(&self, from: usize, longest: Duration, matches: impl Fn(&[u8]) -> bool) -> bool {
        let shown = self.shown.0.lock().unwrap();
        let waits = |shown: &mut Shown| !matches(&shown.raw[from..]) && !shown.ended;
        !self.shown.1.wait_timeout_while(shown, longest, waits).unwrap().1.timed_out()
    }

    /// The cells of the screen with their colours, and where the cursor is: line and column.
    pub fn picture(&self) -> (Vec<String>, (u16, u16)) {
        let shown = self.shown.0.lock().unwrap();
        let screen = shown.parser.screen();
        let columns = screen.size().1;
        (screen.rows_formatted(0, columns.get()).collect(), screen.cursor_position())
    }

    /// Waits until the cursor is seen on a line: it comes at the end of a frame, behind the text.
    pub fn parks_on(&self, line: usize) {
        let shown = self.shown.0.lock().unwrap();
        let elsewhere = |shown: &mut Shown| {
            let screen = shown.parser.screen();
            screen.hide_cursor() || usize::from(screen.cursor_position().0) != line
        };
        let (shown, waited) = self.shown.1.wait_timeout_while(shown, PATIENCE, elsewhere).unwrap();
        let screen = shown.parser.screen();
        assert!(!waited.timed_out(), "the cursor is not on line {line}:\n{}", screen.contents());
    }

    /// Whether the cursor is hidden.
    pub fn hides_cursor(&self) -> bool {
        self.shown.0.lock().unwrap().parser.screen().hide_cursor()
    }

    /// Whether the terminal is set as it was before the program was there.
    pub fn is_as_before(&self) -> bool {
        settings(&*self.master) == self.before
    }

    /// The program's id.
    pub fn id(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        let size = |n| NonZeroU16::new(n).unwrap();
        self.shown.0.lock().unwrap().parser.screen_mut().set_size(size(rows), size(columns));
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).unwrap();
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_raw(self.child.process_id().unwrap().cast_signed()).unwrap();
        rustix::process::kill_process(id, signal).unwrap();
    }

    /// Waits for the program's end; one that hangs fails the test.
    pub fn end(self) -> (ExitStatus, Vec<u8>) {
        let (status, raw, _) = self.ended();
        (status, raw)
    }

    /// The same, and whether the terminal is set as it was before.
    pub fn ended(mut self) -> (ExitStatus, Vec<u8>, bool) {
        let status = end_of(&mut self.child);
        let mut shown = self.shown.0.lock().unwrap();
        while !shown.ended {
            shown = self.shown.1.wait_timeout(shown, PATIENCE).unwrap().0;
        }
        (status, shown.raw.clone(), settings(&*self.master) == self.before)
    }
}

/// An environment in which everything is kept in one folder.
pub fn kept_in(folder: &Path) -> [(&'static str, &Path); 3] {
    ["HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"].map(|name| (name, folder))
}

/// How a terminal is set: canonical or raw, echo, signals, control characters.
fn settings(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}

type Started = (Box<dyn Child + Send + Sync>, Box<dyn MasterPty + Send>, Box<dyn Read + Send>);

/// Starts the binary and reads in place until it shows a text: no thread holds the terminal's other
/// end, which can be taken away or left unread then.
fn read_until(args: &[&str], env: &[(&str, &Path)], text: &str) -> Started {
    let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).unwrap();
    let child = pair.slave.spawn_command(command(args, env)).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let (mut parser, mut bytes) = (vt100::Parser::default(), [0; 8_192]);
    while !parser.screen().contents().contains(text) {
        let read = reader.read(&mut bytes).unwrap();
        parser.process(&bytes[..read]);
    }
    (child, pair.master, reader)
}

/// Starts the binary, takes the terminal away once it shows a text, and waits for its end.
pub fn hung_up(args: &[&str], env: &[(&str, &Path)], text: &str) -> ExitStatus {
    let (mut child, master, reader) = read_until(args, env, text);
    drop((reader, master));
    end_of(&mut child)
}

/// Starts the binary, stops reading once it shows a text, types until not even a key is taken any
/// more, sends a signal and waits for the end.
pub fn stalled(
    args: &[&str],
    env: &[(&str, &Path)],
    text: &str,
    signal: rustix::process::Signal,
) -> ExitStatus {
    let (mut child, master, _reader) = read_until(args, env, text);
    let mut keys = master.take_writer().unwrap();
    let (told, taken) = std::sync::mpsc::channel();
    // It ends when the program has: then there is nobody to type for.
    std::thread::spawn(move || while keys.write_all(REDRAW).is_ok() && told.send(()).is_ok() {});
    while taken.recv_timeout(STALLED).is_ok() {}
    let id = rustix::process::Pid::from_raw(child.process_id().unwrap().cast_signed()).unwrap();
    rustix::process::kill_process(id, signal).unwrap();
    end_of(&mut child)
}

fn command(args: &[&str], env: &[(&str, &Path)]) -> CommandBuilder {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_strongroom"));
    command.args(args);
    command.env_clear();
    command.env("TERM", "xterm-256color");
    for (name, value) in env {
        command.env(name, value);
    }
    command
}

fn end_of(child: &mut Box<dyn Child + Send + Sync>) -> ExitStatus {
    let mut killer = child.clone_killer();
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let watchdog = std::thread::spawn(move || {
        let hung = receiver.recv_timeout(PATIENCE).is_err();
        if hung {
            killer.kill().unwrap();
        }
        hung
    });
    let status = child.wait().unwrap();
    // The watchdog has stopped listening only if it has acted already.
    let _told = sender.send(());
    assert!(!watchdog.join().unwrap(), "the program did not end by itself");
    status
}
