//! Questions on the terminal: asked on standard error, answered by a line of standard input.

use std::io::{self, BufRead as _, IsTerminal as _};

use super::Context;
use crate::domain::fault::{Fault, Kind, Result};
use crate::queries::blocking;
use crate::report::Format;

/// Whether there is somebody at the terminal who can be asked.
pub(super) fn can_ask(context: &Context) -> bool {
    let shows = context.report.format() == Format::Table && context.report.is_live();
    !context.no_input && shows && io::stdin().is_terminal()
}

/// Asks for a yes; anything else is a no.
pub(super) async fn yes(context: &mut Context, ask: &str) -> Result<bool> {
    Ok(matches!(line(context, ask).await?.to_lowercase().as_str(), "y" | "yes"))
}

/// Asks for one line.
pub(super) async fn line(context: &mut Context, ask: &str) -> Result<String> {
    context.report.prompt(ask);
    let read = blocking(|| {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        read.map(|length| (length, line))
            .map_err(|error| Fault::new(Kind::Input, format!("the answer cannot be read: {error}")))
    });
    match read.await? {
        (0, _) => Err(Fault::new(Kind::Input, "the input ended before every question was answered")
            .hint("nothing was done; give the answers as flags, see --help")),
        (_, line) => Ok(line.trim().to_owned()),
    }
}
