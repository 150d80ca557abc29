//! A child that is told something and heard to its end: its exit code counts, and of what it said
//! only the end is kept.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use super::Binary;
use super::child::Child;

/// How much of what it said last is kept, in bytes.
const TAIL: usize = 16 << 10;

/// A program with its words, what it is told on its standard input, and its whole environment. The
/// words are an argument vector and never pass a shell.
pub(crate) struct Errand<'a> {
    /// The program.
    pub(crate) binary: &'a Binary,
    /// The name by which it is called: programs that are one file with many names look at it.
    pub(crate) called: &'a Path,
    /// Its words.
    pub(crate) words: &'a [String],
    /// All that it sees of any environment.
    pub(crate) environment: &'a [(String, String)],
    /// What it is told.
    pub(crate) body: &'a [u8],
}

/// How a child on an errand ended.
pub(crate) struct Returned {
    /// The exit code; `None` where a signal ended it, or we did.
    pub(crate) code: Option<i32>,
    /// Whether it took too long, and was ended with its whole group.
    pub(crate) late: bool,
    /// The end of what it said, through either pipe, in the order in which it was heard.
    pub(crate) tail: Vec<u8>,
}

impl Errand<'_> {
    /// Starts it and waits for its end, at most that long. A child that does not listen is no failure:
    /// its exit code counts. What it leaves behind in the background is not waited for.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub(crate) async fn run(&self, patience: Duration) -> io::Result<Returned> {
        let mut command = Command::new(self.binary.path());
        command.arg0(self.called).args(self.words).env_clear();
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let mut child = Child::start(command, true)?;
        let mut tail = Vec::new();
        let mut input = child.input.take();
        let heard = timeout(patience, async {
            let give = async {
                if let Some(mut pipe) = input.take() {
                    // Whoever does not listen has a reason; the exit code tells it.
                    let _told = pipe.write_all(self.body).await;
                }
            };
            let ears = &mut child.ears;
            let hear = async {
                while ears.piece().await.is_some() {
                    add(&mut tail, &ears.piece);
                }
            };
            tokio::pin!(give, hear);
            tokio::select! {
                () = &mut hear => {}
                () = &mut give => hear.await,
            }
        });
        let late = heard.await.is_err();
        if late {
            child.end().await;
        }
        Ok(Returned { code: if late { None } else { child.ears.code }, late, tail })
    }
}

/// Adds a piece, and lets go of the beginning.
fn add(tail: &mut Vec<u8>, piece: &[u8]) {
    let piece = piece.get(piece.len().saturating_sub(TAIL)..).unwrap_or(piece);
    tail.extend_from_slice(piece);
    tail.drain(..tail.len().saturating_sub(TAIL));
}
