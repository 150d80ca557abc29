//! Holds the terminal, and gives it back however the dashboard ends or stops.
//!
//! What is switched on and off stands in two lists of sequences, each one write. Whether the terminal
//! is ours is one flag: whoever takes it down gives the terminal back, so that it happens once.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crossterm::terminal;
use nix::unistd::{getpgrp, getsid, tcgetpgrp};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, kill_current_process_group};
use rustix::termios::QueueSelector;

/// The alternate screen, bracketed paste, focus events; the cursor hidden until the first frame.
const TAKE: &str = "\x1b[?1049h\x1b[?2004h\x1b[?1004h\x1b[?25l";
/// Everything off that may be on, here or by a program before us: synchronized output, colours, the mouse
/// (1000, 1002, 1003, 1006), focus events, reports of light and dark, bracketed paste, the alternate
/// screen; the cursor shown and the title as it was.
const GIVE: &str = "\x1b[?2026l\x1b[0m\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2031l\
                    \x1b[?2004l\x1b[?1049l\x1b[?25h\x1b[23;2t";
/// Keeps the title that the terminal has.
const KEEP_TITLE: &str = "\x1b[22;2t";

/// How long a program that goes on in the background waits for what ends it.
const SOON: Duration = Duration::from_millis(100);

/// Whether the terminal is ours now; read by the panic hook, which may wait for nothing.
static OURS: AtomicBool = AtomicBool::new(false);
/// How often it was taken.
static TAKEN: AtomicU32 = AtomicU32::new(0);
/// Whether the terminal has had another size since it was last asked. What it shows is spoilt even where it has
/// the old one again.
static RESIZED: AtomicBool = AtomicBool::new(false);
/// Whoever waits until it is.
static WAITING: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());

/// Holds the terminal, and gives it back when dropped.
pub(super) struct Guard;

impl Guard {
    /// Takes the terminal, with that title for its window.
    pub(super) fn enter(title: &str) -> io::Result<Self> {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            // A task that panics is reported on the screen; only the loop's own panic ends it.
            if std::thread::current().name() == Some("main") {
                give_back();
                hook(info);
            }
        }));
        let guard = Self;
        take(title)?;
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}

/// Whether the terminal is ours.
pub(super) fn is_ours() -> bool {
    OURS.load(Ordering::SeqCst)
}

/// Notes that the terminal has another size.
pub(super) fn resize() {
    RESIZED.store(true, Ordering::SeqCst);
}

/// Whether that was noted; asking takes the note away.
pub(super) fn resized() -> bool {
    RESIZED.swap(false, Ordering::SeqCst)
}

/// Waits until the terminal is ours, and says how often it was taken: another number means that somebody else
/// had it meanwhile.
pub(super) fn wait() -> u32 {
    let lock = WAITING.0.lock().unwrap_or_else(PoisonError::into_inner);
    drop(WAITING.1.wait_while(lock, |()| !is_ours()));
    TAKEN.load(Ordering::SeqCst)
}

/// Takes the terminal, or takes it anew from a shell that had it meanwhile.
pub(super) fn take(title: &str) -> io::Result<()> {
    // What is so now is what is given back.
    terminal::disable_raw_mode()?;
    terminal::enable_raw_mode()?;
    TAKEN.fetch_add(1, Ordering::SeqCst);
    let again = OURS.swap(true, Ordering::SeqCst);
    drop(WAITING.0.lock().unwrap_or_else(PoisonError::into_inner));
    WAITING.1.notify_all();
    let titled = title.is_empty();
    let title = format!("{}\x1b]2;{title}\x1b\\", if again { "" } else { KEEP_TITLE });
    let mut out = io::stdout().lock();
    out.write_all(format!("{}{TAKE}", if titled { "" } else { &title }).as_bytes())?;
    out.flush()
}

/// Gives the terminal back as it was. A terminal that is gone needs nothing.
pub(super) fn give_back() {
    if OURS.swap(false, Ordering::SeqCst) {
        let mut out = io::stdout();
        drop(out.write_all(GIVE.as_bytes()));
        drop(out.flush());
        drop(terminal::disable_raw_mode());
    }
}

/// Whether a shell is there to go back to. Where there is none, our group is that of the whole session,
/// and nobody could have us go on. Group and session are 0 where their leaders stand outside of our process
/// namespace; rustix takes that for impossible (its debug build panics), so these two and the terminal's group
/// come from nix.
pub(super) fn has_shell() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}

/// Whether the terminal is for us to use, and not for whoever the shell has put in front.
pub(super) fn is_in_front() -> bool {
    tcgetpgrp(io::stdin()).map_or(true, |group| group == getpgrp())
}

/// Gives the terminal back and stops our whole group, as a shell expects it; returns when it goes on. It
/// is SIGSTOP that stops it, since SIGTSTP comes to us.
pub(super) fn stop() {
    give_back();
    // What cannot be stopped goes on.
    let _stopped = kill_current_process_group(Signal::STOP);
}

/// Stops again, where nothing else ends us: a signal that ends a stopped program comes with the one that has
/// it go on, and counts first.
pub(super) fn stop_soon() {
    let thread = std::thread::Builder::new().name("stop".into());
    // Without a thread it goes on unseen.
    drop(thread.spawn(|| {
        std::thread::sleep(SOON);
        if !is_ours() && !is_in_front() {
            stop();
        }
    }));
}

/// Throws away what the terminal was sent and has not read.
pub(super) fn make_room() {
    // A terminal that is gone has nothing waiting.
    let _thrown = rustix::termios::tcflush(io::stdout(), QueueSelector::OFlush);
}

/// Gives back a terminal that does not read, as far as that works at once: nothing here waits for
/// what holds the terminal, and what it still had to show is thrown away.
pub(super) fn restore_by_force() {
    if !OURS.swap(false, Ordering::SeqCst) {
        return;
    }
    drop(terminal::disable_raw_mode());
    make_room();
    let out = io::stdout();
    if matches!(poll(&mut [PollFd::new(&out, PollFlags::OUT)], Some(&Timespec::default())), Ok(1)) {
        let _written = rustix::io::write(&out, GIVE.as_bytes());
    }
}
