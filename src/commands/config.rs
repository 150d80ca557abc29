//! `strongroom config`.

use std::path::Path;

use super::{Context, DONE, Done};
use crate::cli::Config as Command;
use crate::config::{self, Config, Places};
use crate::domain::fault::{Fault, Kind};
use crate::domain::text::SafeText;
use crate::report::Format;
use crate::report::config::{Checked, Settings};
use crate::setup;

/// Prints the settings in effect, or checks a class file.
pub(super) fn run(context: &mut Context, command: &Command) -> Done {
    match command {
        Command::Print => {
            let (_, config) = read(context, context.choice.class.as_deref())?;
            let text = config.to_toml();
            match context.report.format() {
                Format::Table => context.report.lines(&text)?,
                _ => context.report.page(&Settings::new(&text)?)?,
            }
        }
        Command::Check { file } => {
            let file = file.as_deref().or(context.choice.class.as_deref());
            let (path, config) = read(context, file)?;
            context.report.page(&Checked { file: path, class: config.class.id })?;
        }
    }
    Ok(DONE)
}

/// The class file that is meant: where it is, and its settings.
pub(super) fn read(context: &Context, asked: Option<&Path>) -> Result<(SafeText, Config), super::Failure> {
    let Some(path) = setup::class_file(&context.choice, asked)? else {
        let places = Places::new(&context.choice.env)?;
        let message = format!("there is no class file in {}", places.config.display());
        let hint = "name one with --class FILE, or set a class up with `strongroom init`";
        return Err(Fault::new(Kind::Input, message).hint(hint).into());
    };
    let origin = path.display().to_string();
    let mut config = config::parse(&config::read(&path)?, &origin, &context.choice.env)?;
    if !context.choice.providers.is_empty() {
        config.providers.clone_from(&context.choice.providers);
    }
    Ok((SafeText::new(&origin), config))
}
