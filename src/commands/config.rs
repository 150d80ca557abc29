//! `strongroom config`.

use std::path::{Path, PathBuf};

use super::{Context, DONE, Done, Failure};
use crate::app::chosen::objections;
use crate::cli::Config as Command;
use crate::config::{self, Config, Places, settings, theme};
use crate::domain::fault::{Fault, Kind};
use crate::domain::text::SafeText;
use crate::report::Format;
use crate::report::config::{Checked, Settings};
use crate::setup;

/// Prints the settings in effect, or checks a class file.
pub(super) fn run(context: &mut Context, command: &Command) -> Done {
    match command {
        Command::Print { settings: true } => {
            let env = &context.choice.env;
            let chosen = settings::settings(&Places::new(env)?, env, objections)?;
            let text = settings::to_toml(&context.flags.over(chosen, env));
            print(context, &text)?;
        }
        Command::Print { settings: false } => {
            let (_, config) = read(context, context.choice.class.as_deref())?;
            let text = config.to_toml();
            print(context, &text)?;
        }
        Command::Check { file } => {
            let page = match file {
                Some(file) if is_own(file) => Checked { user: vec![own(file)?], ..Checked::default() },
                Some(file) => of_class(context, Some(file))?,
                None => everything(context)?,
            };
            context.report.page(&page)?;
        }
    }
    Ok(DONE)
}

/// Prints settings as they would be written, or for programs.
fn print(context: &mut Context, text: &str) -> Result<(), Failure> {
    match context.report.format() {
        Format::Table => context.report.lines(text)?,
        _ => context.report.page(&Settings::new(text)?)?,
    }
    Ok(())
}

fn of_class(context: &Context, file: Option<&Path>) -> Result<Checked, Failure> {
    let (path, config) = read(context, file)?;
    Ok(Checked { file: Some(path), class: Some(config.class.id), user: Vec::new() })
}

/// The class file, and what the user has chosen beside it; either alone will do.
fn everything(context: &Context) -> Result<Checked, Failure> {
    let places = Places::new(&context.choice.env)?;
    let mut user: Vec<PathBuf> = vec![settings::file(&places)];
    user.extend(theme::names(&places).iter().filter_map(|name| theme::file(name, &places)));
    user.retain(|path| path.exists());
    let named = context.choice.class.as_deref();
    let checked =
        if named.is_none() && !user.is_empty() && setup::class_file(&context.choice, None)?.is_none() {
            Checked::default()
        } else {
            of_class(context, named)?
        };
    let (mut good, mut wrong) = (Vec::new(), Vec::new());
    for path in &user {
        match own(path) {
            Ok(path) => good.push(path),
            Err(fault) => wrong.push(fault),
        }
    }
    // A theme that is there was checked as a file.
    if let Ok(chosen) = settings::settings(&places, &context.choice.env, objections)
        && !theme::names(&places).contains(&chosen.theme)
    {
        wrong.extend(theme::theme(&chosen.theme, &places).err().map(Failure::from));
    }
    together(wrong)?;
    Ok(Checked { user: good, ..checked })
}

/// What is wrong in several files at once, every problem of each: whoever mends it need not ask once a file.
fn together(mut wrong: Vec<Failure>) -> Result<(), Failure> {
    if wrong.len() < 2 {
        return wrong.pop().map_or(Ok(()), Err);
    }
    let said = wrong.iter().filter_map(|failure| match failure {
        Failure::Fault(fault) => Some(fault.to_string()),
        Failure::Refusal(refusal) => Some(refusal.to_string().replace('\n', "; ")),
        Failure::Signal(_) => None,
    });
    let said: Vec<String> = said.collect();
    Err(Fault::new(Kind::Input, said.join("; ")).into())
}

/// Whether a file is about the screen, and about no class.
fn is_own(path: &Path) -> bool {
    let within = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = within.parent().and_then(Path::file_name);
    path.file_name().is_some_and(|name| name == "settings.toml")
        || folder.is_some_and(|name| name == "themes")
}

/// Checks settings or a theme.
fn own(path: &Path) -> Result<SafeText, Failure> {
    let (text, origin) = (config::read(path)?, path.display().to_string());
    if path.file_name().is_some_and(|name| name == "settings.toml") {
        settings::parse(&text, &origin, objections)?;
    } else {
        theme::parse(&text, &origin)?;
    }
    Ok(SafeText::new(&origin))
}

/// The class file that is meant: where it is, and its settings.
pub(super) fn read(context: &Context, asked: Option<&Path>) -> Result<(SafeText, Config), Failure> {
    let Some(path) = setup::class_file(&context.choice, asked)? else {
        let places = Places::new(&context.choice.env)?;
        let message = format!("there is no class file in {}", places.config.display());
        let hint = "name one with --class FILE, or set a class up with `strongroom init`";
        return Err(Fault::new(Kind::Input, message).hint(hint).into());
    };
    let origin = path.display().to_string();
    let config = context.choice.parse(&config::read(&path)?, &origin)?;
    Ok((SafeText::new(&origin), config))
}
