//! `strongroom trust`.

use std::path::Path;

use super::{Context, DONE, Done};
use crate::config::{self, Places};
use crate::domain::text::SafeText;
use crate::report::trust::Trusted;

/// Shows what a class file would run and vouches for it. It is read once: what is recorded is the text
/// whose words were shown, and nothing is recorded that could not be shown.
pub(super) fn run(context: &mut Context, file: &Path) -> Done {
    let places = Places::new(&context.choice.env)?;
    let text = config::read(file)?;
    let config = config::parse(&text, &file.display().to_string(), &context.choice.env)?;
    let runs = config.runs_in_words();
    let sha256 = (!runs.is_empty()).then(|| config::digest(&text));
    let trusted = sha256.is_some();
    let name = SafeText::new(&file.display().to_string());
    context.report.page(&Trusted { file: name, runs, sha256 })?;
    if trusted {
        config::trust(file, &text, &places)?;
    }
    Ok(DONE)
}
