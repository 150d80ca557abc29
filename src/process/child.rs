//! One child from its start to its end: asked by a vector of words, heard through two pipes, ended
//! with its whole group when it takes too long or when nobody waits for it any more.
//!
//! A group and not a session of its own: `setsid` would need code between fork and exec, which safe
//! Rust has no way to write. A session would also take the terminal away, so that the child could
//! not write to `/dev/tty`; in a group of its own, reading from there stops it (SIGTTIN) until its
//! deadline ends it, and with `--no-input` and a null stdin it has no reason to try. On the other
//! hand 1Password's app remembers its approval for a terminal session, which a session of its own
//! would lose at every call.

use std::fmt;
use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{ChildStdin, Command};
use tokio::time::{Instant, timeout, timeout_at};

use super::ears::Ears;
use super::{Binary, Ended, Limits, environment};
use super::{Sink, Source};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::secret::{Expose as _, Secret};

/// How much is read at a time, in bytes.
const PIECE: usize = 64 << 10;
/// How long the end of a killed child is waited for.
const REAP: Duration = Duration::from_secs(2);

/// What a program is asked. Its words are an argument vector and never pass a shell; only the verb
/// is ever shown.
#[derive(Clone)]
pub(crate) struct Ask {
    verb: &'static str,
    rest: Vec<String>,
}

impl Ask {
    /// A verb such as `vault user list`.
    pub(crate) fn new(verb: &'static str) -> Self {
        Self { verb, rest: Vec::new() }
    }

    /// Adds a word that stands alone.
    pub(crate) fn word(mut self, word: impl Into<String>) -> Self {
        self.rest.push(word.into());
        self
    }

    /// Adds `--name=value`, so that no value is ever taken for a flag.
    pub(crate) fn flag(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.rest.push(format!("--{name}={value}"));
        self
    }

    /// What is done, for messages.
    pub(crate) fn verb(&self) -> &'static str {
        self.verb
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.verb.split(' ').chain(self.rest.iter().map(String::as_str))
    }
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "op {}", self.verb)
    }
}

/// A program with the environment and the limits of its children. It has no `Debug`: it holds a
/// token.
pub(crate) struct Program {
    binary: Binary,
    environment: Vec<(String, String)>,
    always: &'static [&'static str],
    secret: Option<(&'static str, Secret)>,
    pub(crate) limits: Limits,
}

impl Program {
    /// A program that sees what may be passed on of `environment`, the variables in `set`, and one
    /// secret variable, and is asked everything with the words `always` behind.
    pub(crate) fn new(
        binary: Binary,
        environment: &[(String, String)],
        set: &[(&str, &str)],
        always: &'static [&'static str],
        secret: Option<(&'static str, Secret)>,
    ) -> Self {
        let mut environment = environment::passed_on(environment);
        environment.extend(set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Self { binary, environment, always, secret, limits: Limits::default() }
    }

    /// Asks and waits for the end, at most that long.
    pub(crate) async fn run(&self, ask: &Ask, patience: Duration) -> Result<Ended> {
        let mut child = self.start(ask, false)?;
        let heard = timeout(patience, child.ears.whole(self.limits)).await;
        match heard {
            Ok(ended) => Ok(ended),
            Err(_) => Err(child.late(ask, patience).await),
        }
    }

    /// Asks and passes the answer on, piece by piece, to `take`, which ends the child by failing. The
    /// answer is not kept.
    pub(crate) async fn pour(&self, ask: &Ask, mut take: Tap<'_>) -> Result<Ended> {
        let mut child = self.start(ask, false)?;
        let whole = self.limits.for_bytes(take.size);
        let limit = Instant::now() + whole;
        let mut begun = false;
        loop {
            let patience = if begun { limit.min(Instant::now() + self.limits.stall) } else { limit };
            match timeout_at(patience, child.ears.answer(self.limits.complaint)).await {
                Err(_) => return Err(child.late(ask, whole).await),
                Ok(false) => return Ok(child.ears.ended()),
                Ok(true) => {}
            }
            begun = true;
            if let Err(fault) = take.piece(&child.ears.piece).await {
                child.end().await;
                return Err(fault);
            }
        }
    }

    /// Asks, feeds it with bytes, and waits for the end. It is killed rather than left with a part
    /// of them when their source fails, so that it never takes a part for the whole.
    pub(crate) async fn feed(&self, ask: &Ask, bytes: Source<'_>) -> Result<Ended> {
        let mut child = self.start(ask, true)?;
        let limits = self.limits;
        let stopped = {
            let hear = child.ears.whole(limits);
            let giving = hand_over(&mut child.input, bytes, limits.stall);
            tokio::pin!(hear, giving);
            let given = tokio::select! {
                // It ended before it was told that there is no more.
                ended = &mut hear => return Ok(Ended { taken: false, ..ended }),
                given = &mut giving => given,
            };
            match given {
                Ok((size, taken)) => match timeout(limits.for_bytes(size), hear).await {
                    Ok(ended) => return Ok(Ended { taken, ..ended }),
                    Err(_) => Stopped::Late(limits.for_bytes(size)),
                },
                Err(stopped) => stopped,
            }
        };
        match stopped {
            Stopped::Late(patience) => Err(child.late(ask, patience).await),
            Stopped::Source(fault) => {
                child.end().await;
                Err(fault)
            }
        }
    }

    fn start(&self, ask: &Ask, fed: bool) -> Result<Child> {
        let failed = |why: &str| {
            let path = self.binary.path().display();
            Fault::new(Kind::Local, format!("{path} cannot be started: {why}"))
                .hint("see that `op` is installed")
        };
        if ask.rest.iter().any(|word| word.contains('\0')) {
            return Err(Fault::new(Kind::Input, format!("op {}: a word holds a NUL character", ask.verb)));
        }
        let mut command = Command::new(self.binary.path());
        command.args(ask.words()).args(self.always).env_clear();
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some((name, secret)) = &self.secret {
            command.env(name, secret.expose_secret());
        }
        Child::start(command, fed).map_err(|error| failed(&error.kind().to_string()))
    }
}

/// What takes an answer that is passed on piece by piece.
pub(crate) struct Tap<'a> {
    /// Where the bytes go.
    pub(crate) to: Sink<'a>,
    /// How many bytes were announced.
    pub(crate) size: u64,
    /// How many have come.
    pub(crate) written: &'a mut u64,
}

impl Tap<'_> {
    /// Writes a piece. One newline more than was announced is what `op read` appends, and is left
    /// out; anything else is refused, before the disk fills.
    async fn piece(&mut self, piece: &[u8]) -> Result<()> {
        let room = self.size.saturating_sub(*self.written);
        let keep = usize::try_from(room).unwrap_or(usize::MAX).min(piece.len());
        let (ours, extra) = piece.split_at(keep);
        *self.written += piece.len() as u64;
        let surplus = self.written.saturating_sub(self.size);
        if surplus > 1 || !matches!(extra, [] | b"\n") {
            let size = self.size;
            return Err(Fault::new(Kind::Broken, format!("the file is longer than its {size} bytes")));
        }
        let failed = |error| Fault::new(Kind::Local, format!("writing the file: {error}"));
        self.to.write_all(ours).await.map_err(failed)
    }
}

/// A running child. Whoever drops it ends it with its whole group: its `drop` runs before its pipes
/// are closed, so that it never takes a broken input for a complete one.
pub(super) struct Child {
    pub(super) ears: Ears,
    pub(super) input: Option<ChildStdin>,
}

impl Child {
    /// Starts it in a group of its own, away from our folder, with two pipes to hear it by.
    pub(super) fn start(mut command: Command, fed: bool) -> io::Result<Self> {
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
    pub(super) async fn end(&mut self) {
        self.ears.kill();
        drop(timeout(REAP, self.ears.child.wait()).await);
    }

    async fn late(&mut self, ask: &Ask, patience: Duration) -> Fault {
        self.end().await;
        Fault::new(Kind::Unreachable, format!("op {} gave no answer within {patience:?}", ask.verb))
            .hint("it was ended; see whether `op` works in a terminal and the network is up")
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.ears.kill();
    }
}

/// Why feeding ended before the end.
enum Stopped {
    /// The source failed.
    Source(Fault),
    /// The child took that long.
    Late(Duration),
}

/// Feeds a child and tells it the end; how many bytes there were, and whether it took them all. A
/// child that stops listening is no failure here: how it ends tells why.
async fn hand_over(
    input: &mut Option<ChildStdin>,
    bytes: Source<'_>,
    stall: Duration,
) -> Result<(u64, bool), Stopped> {
    let mut piece = vec![0; PIECE];
    let mut size = 0;
    let Some(pipe) = input.as_mut() else {
        return Ok((0, false));
    };
    loop {
        let read = bytes.read(&mut piece).await.map_err(|error| {
            Stopped::Source(Fault::new(Kind::Local, format!("reading the file to send: {}", error.kind())))
        })?;
        if read == 0 {
            *input = None;
            return Ok((size, true));
        }
        size += read as u64;
        match timeout(stall, pipe.write_all(&piece[..read])).await {
            Err(_) => return Err(Stopped::Late(stall)),
            Ok(Err(_)) => return Ok((size, false)),
            Ok(Ok(())) => {}
        }
    }
}
