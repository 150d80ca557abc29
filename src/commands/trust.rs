//! `strongroom trust`.

use std::path::Path;

use super::{Context, DONE, Done};
use crate::config::{self, Places};
use crate::domain::text::SafeText;
use crate::report::trust::Trusted;

/// Shows what a class file would run and vouches for it. The words that it names are shown before
/// anything is recorded, so that whoever reads along can stop.
pub(super) fn run(context: &mut Context, file: &Path) -> Done {
    let places = Places::new(&context.choice.env)?;
    let text = config::read(file)?;
    let config = config::parse(&text, &file.display().to_string(), &context.choice.env)?;
    let runs = config.runs_in_words();
    let sha256 = if runs.is_empty() { None } else { Some(config::trust(file, &places)?) };
    let file = SafeText::new(&file.display().to_string());
    context.report.page(&Trusted { file, runs, sha256 })?;
    Ok(DONE)
}
