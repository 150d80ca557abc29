//! How the CLI is run: what it is told of our environment, how long it may take, how bytes go in and come out.
//!
//! Of our environment it sees a list of what is passed on rather than all but what is held back, because 1Password
//! adds variables: `OP_CONNECT_HOST` and `OP_CONNECT_TOKEN` take precedence over a service account's token ("Use
//! service accounts with the CLI"), so one that slipped through would change which vaults are meant.
//!
//! Knows no command and no answer; a child as such is the matter of [`crate::process`].

use std::fmt;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{ChildStdin, Command};
use tokio::time::{Instant, timeout, timeout_at};

use super::Limits;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::secret::{Expose as _, Secret};
use crate::process::{Binary, Child, Ended};
use crate::provider::{Sink, Source};

/// How much is read at a time, in bytes.
const PIECE: usize = 64 << 10;

/// The variables of our environment that a child may see.
///
/// - `HOME`, `USER`, `LOGNAME`, `TMPDIR`, `XDG_*`: where the CLI keeps its settings and sockets.
/// - `LANG`, `LC_ALL`: how it writes text.
/// - `DBUS_SESSION_BUS_ADDRESS`: how a signed-in person's CLI reaches the desktop's prompt.
///
/// Not `PATH`: the CLI starts no program that is needed here, and should find none. Not
/// `HTTPS_PROXY` and its kin: no setting of this machine may decide, without a word, through whom a
/// class's vaults are read. And no `OP_*`: those are ours to set.
const PASSED_ON: [&str; 11] = [
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
];

/// What a program is asked. Its words are an argument vector and never pass a shell; only the verb
/// is ever shown.
#[derive(Clone)]
pub(super) struct Ask {
    verb: &'static str,
    rest: Vec<String>,
}

impl Ask {
    /// A verb such as `vault user list`.
    pub(super) fn new(verb: &'static str) -> Self {
        Self { verb, rest: Vec::new() }
    }

    /// Adds a word that stands alone.
    pub(super) fn word(mut self, word: impl Into<String>) -> Self {
        self.rest.push(word.into());
        self
    }

    /// Adds `--name=value`, so that no value is ever taken for a flag.
    pub(super) fn flag(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.rest.push(format!("--{name}={value}"));
        self
    }

    /// What is done, for messages.
    pub(super) fn verb(&self) -> &'static str {
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
pub(super) struct Program {
    /// What is run, or why nothing is.
    binary: Result<Binary>,
    environment: Vec<(String, String)>,
    always: &'static [&'static str],
    secret: Option<(&'static str, Secret)>,
    pub(super) limits: Limits,
}

impl Program {
    /// A program that sees what may be passed on of `environment`, the variables in `set`, and one
    /// secret variable, and is asked everything with the words `always` behind. One that may not be run
    /// fails when it is asked the first thing.
    pub(super) fn new(
        binary: Result<Binary>,
        environment: &[(String, String)],
        set: &[(&str, &str)],
        always: &'static [&'static str],
        secret: Option<(&'static str, Secret)>,
    ) -> Self {
        let passed_on = environment.iter().filter(|(name, _)| PASSED_ON.contains(&name.as_str()));
        let mut environment: Vec<_> = passed_on.cloned().collect();
        environment.extend(set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Self { binary, environment, always, secret, limits: Limits::default() }
    }

    /// Asks and waits for the end, at most that long.
    pub(super) async fn run(&self, ask: &Ask, patience: Duration) -> Result<Ended> {
        let mut child = self.start(ask, false)?;
        let heard = timeout(patience, child.ears.whole(self.limits.answer, self.limits.complaint)).await;
        match heard {
            Ok(ended) => Ok(ended),
            Err(_) => Err(late(&mut child, ask, patience).await),
        }
    }

    /// Asks and passes the answer on, piece by piece, to `take`, which ends the child by failing. The
    /// answer is not kept.
    pub(super) async fn pour(&self, ask: &Ask, mut take: Tap<'_>) -> Result<Ended> {
        let mut child = self.start(ask, false)?;
        let whole = self.limits.for_bytes(take.size);
        let limit = Instant::now() + whole;
        let mut begun = false;
        loop {
            let patience = if begun { limit.min(Instant::now() + self.limits.stall) } else { limit };
            match timeout_at(patience, child.ears.answer(self.limits.complaint)).await {
                Err(_) => return Err(late(&mut child, ask, whole).await),
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
    pub(super) async fn feed(&self, ask: &Ask, bytes: Source<'_>) -> Result<Ended> {
        let mut child = self.start(ask, true)?;
        let limits = self.limits;
        let stopped = {
            let hear = child.ears.whole(limits.answer, limits.complaint);
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
            Stopped::Late(patience) => Err(late(&mut child, ask, patience).await),
            Stopped::Source(fault) => {
                child.end().await;
                Err(fault)
            }
        }
    }

    fn start(&self, ask: &Ask, fed: bool) -> Result<Child> {
        let binary = self.binary.as_ref().map_err(Clone::clone)?;
        let failed = |why: &str| {
            let path = binary.path().display();
            Fault::new(Kind::Local, format!("{path} cannot be started: {why}"))
                .hint("see that `op` is installed")
        };
        if ask.rest.iter().any(|word| word.contains('\0')) {
            return Err(Fault::new(Kind::Input, format!("op {}: a word holds a NUL character", ask.verb)));
        }
        let mut command = Command::new(binary.path());
        command.args(ask.words()).args(self.always).env_clear();
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some((name, secret)) = &self.secret {
            command.env(name, secret.expose_secret());
        }
        Child::start(command, fed).map_err(|error| failed(&error.kind().to_string()))
    }
}

/// What takes an answer that is passed on piece by piece.
pub(super) struct Tap<'a> {
    /// Where the bytes go.
    pub(super) to: Sink<'a>,
    /// How many bytes were announced.
    pub(super) size: u64,
    /// How many have come.
    pub(super) written: &'a mut u64,
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

/// Ends a child that took too long.
async fn late(child: &mut Child, ask: &Ask, patience: Duration) -> Fault {
    child.end().await;
    Fault::new(Kind::Unreachable, format!("op {} gave no answer within {patience:?}", ask.verb()))
        .hint("it was ended; see whether `op` works in a terminal and the network is up")
}

#[cfg(test)]
#[path = "program_tests.rs"]
mod tests;
