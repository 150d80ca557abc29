//! Asking whether something is to be done: yes for a plain question, a word for a weighty one. Without
//! somebody to ask, what was not said beforehand is a no.

use std::io::{self, BufRead as _, IsTerminal as _};

use super::super::Context;
use crate::cli::Consent;
use crate::domain::fault::{Fault, Kind, Result};
use crate::queries::blocking;
use crate::report::Format;

/// Goes on where somebody agrees: with `word` only where exactly that is typed.
///
/// # Errors
/// [`Kind::Refused`] where nobody did, naming what would have been asked.
pub(super) async fn agree(
    context: &mut Context,
    consent: &Consent,
    question: &str,
    word: Option<&str>,
) -> Result<()> {
    let refused = |why: String| Fault::new(Kind::Refused, why);
    match (word, consent.confirm.as_deref()) {
        (Some(word), Some(typed)) if typed == word => return Ok(()),
        (Some(word), Some(typed)) => {
            return Err(refused(format!("{question} wants {word} to be typed, not {typed}")));
        }
        (None, _) if consent.yes => return Ok(()),
        _ => {}
    }
    let hint = word.map_or_else(|| "--yes".to_owned(), |word| format!("--confirm {word}"));
    let asks = !context.no_input
        && context.report.format() == Format::Table
        && context.report.is_live()
        && io::stdin().is_terminal();
    if !asks {
        let wanted = word.map_or_else(|| "a yes".to_owned(), |word| format!("{word} to be typed"));
        return Err(refused(format!("{question} wants {wanted}")).hint(format!("say so with {hint}")));
    }
    match word {
        Some(word) => context.report.prompt(format_args!("{question}: type {word} to go on:")),
        None => context.report.prompt(format_args!("{question}? [y/N]")),
    }
    let answer = blocking(|| {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        read.map_err(|error| Fault::new(Kind::Local, format!("the answer could not be read: {error}")))?;
        Ok(line.trim().to_owned())
    })
    .await?;
    let agreed = word.map_or_else(|| matches!(answer.as_str(), "y" | "Y" | "yes"), |word| answer == word);
    if agreed { Ok(()) } else { Err(refused(format!("{question}: not agreed to")).hint("nothing was done")) }
}
