//! Puts text into the clipboard: through tmux where we run inside it, else by asking the terminal.
//!
//! Asking the terminal (OSC 52, "XTerm Control Sequences", Manipulate Selection Data) is a request that it may
//! refuse without a word, so no more is claimed. tmux is told on its standard input, and passes it on to its
//! own terminal (`load-buffer -w`, tmux 3.2).

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::config::Environment;
use crate::domain::fault::{Fault, Kind, Result};
use crate::process::{Binary, Errand};

/// The longest text that is copied, in bytes: terminals cut what is longer without a word.
const LIMIT: usize = 100 << 10;
/// How long tmux may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// What tmux needs of our environment to find its server and to write text as it is.
const TOLD: [&str; 6] = ["TMUX", "TMUX_TMPDIR", "HOME", "LANG", "LC_ALL", "LC_CTYPE"];

/// Where copied text goes.
#[derive(Clone, Debug, Default)]
pub(super) enum Clipboard {
    /// To the terminal.
    #[default]
    Terminal,
    /// To tmux.
    Tmux(Tmux),
}

/// How tmux is told.
#[derive(Clone, Debug)]
pub(super) struct Tmux {
    search: Option<String>,
    environment: BTreeMap<String, String>,
}

impl Clipboard {
    /// Where it goes from here.
    pub(super) fn of(env: &Environment) -> Self {
        if env.text("TMUX").is_none() {
            return Self::Terminal;
        }
        let told = TOLD.iter().filter_map(|name| Some(((*name).to_owned(), env.text(name)?.to_owned())));
        Self::Tmux(Tmux { search: env.text("PATH").map(str::to_owned), environment: told.collect() })
    }
}

/// Refuses what is too long.
pub(super) fn fits(text: &str) -> Result<()> {
    if text.len() <= LIMIT {
        return Ok(());
    }
    let message = format!("{} KiB are more than the {} KiB of a clipboard", text.len() >> 10, LIMIT >> 10);
    Err(Fault::new(Kind::Input, message).hint("narrow the rows with a filter, or write them to a file"))
}

/// What asks a terminal to put a text into the clipboard.
pub(super) fn asking(text: &str) -> String {
    format!("\x1b]52;c;{}\x07", STANDARD.encode(text))
}

impl Tmux {
    /// Tells tmux, and waits until it has taken the text.
    pub(super) async fn copy(self, text: String) -> Result<&'static str> {
        let search = self.search.as_ref().map(std::ffi::OsStr::new);
        let binary = Binary::first("tmux", search)?;
        let environment: Vec<_> = self.environment.into_iter().collect();
        let words = ["load-buffer", "-w", "-"].map(str::to_owned);
        let errand = Errand {
            binary: &binary,
            called: Path::new("tmux"),
            words: &words,
            environment: &environment,
            body: text.as_bytes(),
        };
        let failed = |why: String| Fault::new(Kind::Local, format!("tmux did not take it: {why}"));
        let ended = errand.run(PATIENCE).await.map_err(|error| failed(error.kind().to_string()))?;
        match ended.code {
            Some(0) => Ok("tmux has it, and passed it to its terminal where that is set"),
            Some(code) => Err(failed(format!("it ended with {code}"))),
            None => Err(failed("it gave no answer".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_asked_in_base64_and_not_for_too_much() {
        assert_eq!(asking("a\tb"), "\u{1b}]52;c;YQli\u{7}");
        assert!(fits(&"x".repeat(LIMIT)).is_ok());
        assert_eq!(fits(&"x".repeat(LIMIT + 1)).unwrap_err().kind, Kind::Input);
    }
}
