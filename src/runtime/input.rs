//! What the terminal sends, on a thread of its own.
//!
//! It reads only while the terminal is ours ([`guard`]): what is typed for the shell is the shell's.
//! Waiting is a plain `poll` on the terminal, which says when it hung up.

mod sequences;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio::sync::mpsc;

use super::{guard, now};
use crate::app::msg::Event;
use sequences::{Input, Reader, Wait};

/// How long a lone Escape may be the beginning of a sequence that is still on its way over a slow line.
const ESCAPE: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
/// How long the rest of a sequence may take. Its letters would be keys, so it gets time.
const SEQUENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 500_000_000 };
/// How long a paste may be silent: one that was cut off would hold the keys for good.
const PASTE: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// Reads the terminal until it is gone or nobody listens; returns at once.
pub(super) fn start(outbox: mpsc::Sender<Event>) -> io::Result<()> {
    let thread = std::thread::Builder::new().name("input".into());
    thread.spawn(move || {
        let ended = catch_unwind(AssertUnwindSafe(|| read(&outbox)));
        // Nobody is there any more, nobody listens, or the reading itself went wrong: each ends the
        // dashboard, which without keys could not be left.
        drop(ended);
        drop(outbox.blocking_send(Event::Interrupt));
    })?;
    Ok(())
}

fn read(outbox: &mpsc::Sender<Event>) {
    let stdin = io::stdin();
    let (mut reader, mut bytes, mut held) = (Reader::default(), [0; 16 << 10], 0);
    loop {
        let now = guard::wait();
        if std::mem::replace(&mut held, now) != now {
            // What was begun before somebody else had the terminal has no end that comes to us.
            reader = Reader::default();
        }
        let patience = match reader.wait() {
            Wait::Endless => None,
            Wait::Key => Some(&ESCAPE),
            Wait::Sequence => Some(&SEQUENCE),
            Wait::Paste => Some(&PASTE),
        };
        let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
        let found = match poll(&mut fds, patience) {
            Ok(0) => reader.quiet(),
            Ok(_) if fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) => {
                return;
            }
            Ok(_) if !guard::is_ours() => continue,
            Ok(_) => match rustix::io::read(&stdin, &mut bytes) {
                Ok(0) => return,
                Ok(count) => reader.feed(bytes.get(..count).unwrap_or_default()),
                Err(Errno::INTR | Errno::AGAIN) => continue,
                Err(_) => return,
            },
            Err(Errno::INTR) => continue,
            Err(_) => return,
        };
        for input in found {
            if outbox.blocking_send(translate(input)).is_err() {
                return;
            }
        }
    }
}

fn translate(input: Input) -> Event {
    match input {
        Input::Key(chord) => Event::Key(chord),
        Input::Paste(text) => Event::Paste(text),
        Input::Focus => Event::Focused(now()),
        Input::Mouse(mouse) => Event::Mouse(mouse),
        Input::Dark(is_dark) => Event::Background(is_dark),
    }
}
