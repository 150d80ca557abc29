//! One child from its start to its end: heard through two pipes, ended with its whole group when it takes too long
//! or when nobody waits for it any more.
//!
//! A group and not a session of its own: `setsid` would need code between fork and exec, which safe
//! Rust has no way to write. A session would also take the terminal away, so that the child could
//! not write to `/dev/tty`; in a group of its own, reading from there stops it (SIGTTIN) until its
//! deadline ends it, and with `--no-input` and a null stdin it has no reason to try. On the other
//! hand 1Password's app remembers its approval for a terminal session, which a session of its own
//! would lose at every call.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{ChildStdin, Command};
use tokio::time::timeout;

use super::ears::Ears;

/// How long the end of a killed child is waited for.
const REAP: Duration = Duration::from_secs(2);

/// A running child. Whoever drops it ends it with its whole group: its `drop` runs before its pipes
/// are closed, so that it never takes a broken input for a complete one.
pub(crate) struct Child {
    pub(crate) ears: Ears,
    pub(crate) input: Option<ChildStdin>,
}

impl Child {
    /// Starts it in a group of its own, away from our folder, with two pipes to hear it by.
    pub(crate) fn start(mut command: Command, fed: bool) -> io::Result<Self> {
        command
            .current_dir("/")
            .stdin(if fed { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(io::Error::other("it has no pipes"));
        };
        let input = child.stdin.take();
        Ok(Self { ears: Ears::new(child, out, err), input })
    }

    /// Ends the group and waits until the child is gone.
    pub(crate) async fn end(&mut self) {
        self.ears.kill();
        drop(timeout(REAP, self.ears.child.wait()).await);
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.ears.kill();
    }
}
