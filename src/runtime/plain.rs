//! The dashboard line by line (`--plain`): for screen readers and for terminals that can do little.
//!
//! No alternate screen, no cursor, no colours: lines are added and never changed. It is a second front over
//! the same state, commands and tasks as the screen (`Runtime`), which here draws on nothing; see [`talk`]
//! for what is said and understood.
//!
//! Lines are read as the terminal gives them, whole, so that it edits and echoes what is typed. Nothing is
//! printed while somebody types: what has happened meanwhile is told after the next line, and an empty line
//! asks for it. Input that comes from a pipe is a script: each line is taken when the one before it has come
//! to its end, and the end of input leaves.

mod keys;
pub mod talk;
mod words;

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::sync::mpsc;

use super::opening::{Opening, Options, end, listen, wire};
use super::{Flow, Runtime};
use crate::config::{Places, settings};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::preferences::Preferences;
use crate::ui::theme::Theme;
use talk::Talk;

/// What is not there is as large as this: so many rows are read ahead.
const SIZE: (u16, u16) = (160, 60);
/// How long an answer is waited for before the prompt; what comes later is told later.
const PATIENCE: Duration = Duration::from_secs(3);
/// The longest line that is taken, in bytes.
const LONGEST: u64 = 1 << 20;

/// Whether the dashboard is line by line: asked for, by the settings or the environment, or since the terminal
/// is dumb.
pub fn is_meant(options: &Options) -> bool {
    let env = &options.choice.env;
    // Whatever its keys and columns are: who cannot use a screen is not given one for a mistake in them.
    let read = |places| settings::settings(&places, env, |_| Vec::new()).ok();
    let chosen = Places::new(env).ok().and_then(read);
    let chosen = chosen.unwrap_or_else(|| settings::over(Preferences::default(), env));
    let terminals = io::stdin().is_terminal() && io::stdout().is_terminal();
    options.flags.over(chosen, env).plain || (terminals && env.text("TERM") == Some("dumb"))
}

/// Talks until it is left, and returns the exit code.
///
/// # Errors
/// Where the class cannot be opened, or standard output is gone.
pub async fn open(options: Options) -> Result<u8> {
    let script = !io::stdin().is_terminal();
    let Opening { opened, state, files, .. } = Opening::of(&options).await?;
    let Ok(terminal) = Terminal::new(TestBackend::new(SIZE.0, SIZE.1));
    let mut runtime = Runtime::new(terminal, state, Theme::terminal());
    let signal = listen(&runtime, &opened, false)?;
    let lines = lines()?;
    let watching = wire(&mut runtime, &opened, files, &options).await?;
    let result = match Box::pin(converse(&mut runtime, lines, script)).await {
        // Whoever read it has gone: that is an end like any other.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|error| lost(&error)),
    };
    runtime.tasks.abandon().await;
    end(runtime, &watching, opened, result, &signal)
}

fn lost(error: &io::Error) -> Fault {
    Fault::new(Kind::Local, format!("standard input or output: {error}"))
}

/// The lines of standard input, on a thread of their own; it ends with them.
fn lines() -> Result<mpsc::Receiver<String>> {
    let (sender, lines) = mpsc::channel(1);
    let read = move || {
        let mut stdin = io::BufReader::new(io::stdin());
        loop {
            let mut bytes = Vec::new();
            let mut line = io::Read::take(&mut stdin, LONGEST);
            match line.read_until(b'\n', &mut bytes) {
                Ok(1..) => {}
                Ok(0) | Err(_) => return,
            }
            if sender.blocking_send(String::from_utf8_lossy(&bytes).into_owned()).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("input".into()).spawn(read).map_err(|error| lost(&error))?;
    Ok(lines)
}

type Blind = Runtime<TestBackend>;

/// Prompts, takes lines, and says what came of them.
async fn converse(runtime: &mut Blind, mut lines: mpsc::Receiver<String>, script: bool) -> io::Result<()> {
    let mut talk = Talk::default();
    if settle(runtime, script).await == Flow::Leave {
        return Ok(());
    }
    print(&talk.tell(&runtime.state, ""))?;
    loop {
        let line = tokio::select! {
            biased;
            line = lines.recv() => line,
            turned = runtime.turn() => match turned {
                Ok(Flow::Go) => continue,
                Ok(Flow::Leave) => return print("\n"),
            },
        };
        let Some(line) = line else {
            // Nobody says anything more: what was agreed to comes to its end first.
            let Ok(()) = runtime.settle().await;
            return print("\n");
        };
        if script {
            print(&format!("{}\n", crate::domain::text::SafeText::new(line.trim())))?;
        }
        for event in talk.take(&runtime.state, &line) {
            if runtime.take(event) == Flow::Leave {
                return Ok(());
            }
            let Ok(()) = runtime.draw();
        }
        if settle(runtime, script).await == Flow::Leave {
            return Ok(());
        }
        print(&talk.tell(&runtime.state, &line))?;
    }
}

/// Waits for what was asked: a script until all of it has come to its end, a person for a moment.
async fn settle(runtime: &mut Blind, script: bool) -> Flow {
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        let Ok(()) = runtime.draw();
        if !runtime.tasks.is_busy() {
            return if runtime.state.leaving { Flow::Leave } else { Flow::Go };
        }
        let turned = async { runtime.turn().await };
        let flow = if script {
            turned.await
        } else {
            match tokio::time::timeout_at(until, turned).await {
                Ok(flow) => flow,
                Err(_) => return Flow::Go,
            }
        };
        let Ok(flow) = flow;
        if flow == Flow::Leave {
            return flow;
        }
    }
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
