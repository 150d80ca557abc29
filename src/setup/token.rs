//! The token that a command of the class file prints, such as a password store.
//!
//! The command is the instructor's own and may have to unlock something, so it gets the whole
//! environment and a minute. What it leaves running behind it, such as an agent, neither holds up the
//! answer nor is ended; what does not end by itself is ended with its whole group.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::config::Environment;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::secret::Secret;

/// How long the command may take: somebody may have to type something.
const UNLOCKING: Duration = Duration::from_secs(60);
/// How long what it wrote before its end may take to be read.
const REST: Duration = Duration::from_millis(100);
/// The longest token taken, in bytes.
const LIMIT: usize = 64 << 10;

/// Ends a command that has not ended, with everything that it started.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let id = self.0.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(group) = id {
            let _ended = kill_process_group(group, Signal::KILL); // it may have ended just now
        }
    }
}

/// What the command prints; nothing of it stands in a fault.
pub(super) async fn printed(words: &[String], env: &Environment) -> Result<Secret> {
    let name = words.first().map_or("", String::as_str);
    let failed = |why: &str| {
        Fault::new(Kind::SignIn, format!("the token command {name} {why}"))
            .hint("run it by hand; it has to print the token and nothing else (provider.op.token_command)")
    };
    let mut command = Command::new(name);
    command.args(words.iter().skip(1)).env_clear().envs(env.texts()).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let child = command.spawn().map_err(|error| failed(&format!("could not be run: {}", error.kind())))?;
    let text =
        timeout(UNLOCKING, heard(Running(child))).await.map_err(|_| failed("did not end within a minute"))?;
    let text = text.map_err(failed)?;
    let text = String::from_utf8(text).map_err(|_| failed("did not print text"))?;
    let token = text.trim();
    if token.is_empty() || token.contains(char::is_whitespace) {
        return Err(failed("printed no token"));
    }
    Ok(Secret::from(token.to_owned()))
}

/// What it wrote until its own end, whoever else keeps its output open.
async fn heard(mut running: Running) -> std::result::Result<Vec<u8>, &'static str> {
    let (mut text, mut piece) = (Vec::new(), [0; 4096]);
    let mut out = running.0.stdout.take();
    let status = loop {
        let Some(pipe) = out.as_mut() else { break running.0.wait().await };
        tokio::select! {
            biased;
            read = pipe.read(&mut piece) => match read {
                Ok(length @ 1..) => text.extend_from_slice(&piece[..length]),
                _ => out = None,
            },
            status = running.0.wait() => break status,
        }
        if text.len() > LIMIT {
            return Err("printed more than a token");
        }
    };
    while let Some(pipe) = out.as_mut().filter(|_| text.len() <= LIMIT) {
        match timeout(REST, pipe.read(&mut piece)).await {
            Ok(Ok(length @ 1..)) => text.extend_from_slice(&piece[..length]),
            _ => break,
        }
    }
    match status {
        Ok(status) if status.success() => Ok(text),
        _ => Err("failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Expose as _;

    async fn of(script: &str) -> Result<String> {
        let words = ["/bin/sh", "-c", script].map(str::to_owned);
        let env = Environment::of([("PATH", "/usr/bin:/bin")]);
        printed(&words, &env).await.map(|token| token.expose_secret().to_owned())
    }

    #[tokio::test]
    async fn a_token_is_taken_whatever_is_left_running() {
        assert_eq!(of("echo ops_canary").await.unwrap(), "ops_canary");
        let began = std::time::Instant::now();
        assert_eq!(of("echo ops_canary; sleep 5 &").await.unwrap(), "ops_canary");
        assert!(began.elapsed() < Duration::from_secs(4));
    }

    #[tokio::test]
    async fn what_is_no_token_is_refused_and_never_quoted() {
        for script in
            ["exit 3", "true", "echo two words", "yes canary", "printf 'canary\\377'", "echo canary; exit 1"]
        {
            let fault = of(script).await.unwrap_err();
            assert!(fault.kind == Kind::SignIn && !fault.to_string().contains("canary"), "{script}: {fault}");
        }
    }
}
