//! `strongroom man`: the manual page, made from the definition of the command line.

use std::io;

use clap::builder::StyledStr;
use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use super::{Context, DONE, Done};
use crate::cli::manual;
use crate::domain::fault::{Fault, Kind};

/// The heading under which the program's general options stand, on the page of the whole program alone.
const GENERAL: &str = "Everywhere";

/// What every page is a part of.
const SOURCE: &str = concat!("strongroom ", env!("CARGO_PKG_VERSION"));

/// Prints the page of the whole program, or of one command.
pub(super) fn run(context: &mut Context, words: &[String]) -> Done {
    let mut root = manual::shown();
    root.build();
    let mut command = &root;
    for word in words {
        command = command.find_subcommand(word).ok_or_else(|| unknown(words))?;
    }
    let page = page(command).map_err(|error| Fault::new(Kind::Local, format!("the page: {error}")))?;
    context.report.lines(&page)?;
    Ok(DONE)
}

fn unknown(words: &[String]) -> Fault {
    Fault::new(Kind::Input, format!("no command is named \"{}\"", words.join(" ")))
        .hint("`strongroom --help` lists them")
}

fn page(command: &Command) -> io::Result<String> {
    let mut out = Vec::new();
    let whole = command.get_name() == "strongroom";
    // A command has no version of its own.
    let man = Man::new(command.clone()).manual("Strongroom").source(SOURCE);
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    man.render_description_section(&mut out)?;
    man.render_options_section(&mut out)?;
    let mut roff = Roff::new();
    if command.has_subcommands() {
        roff.control("SH", ["COMMANDS"]);
        commands(&mut roff, command);
    }
    if whole {
        roff.control("SH", ["NAMES"]);
        roff.text([roman(manual::NAMES)]);
    }
    roff.control("SH", ["EXIT STATUS"]);
    for (code, means) in manual::CODES {
        entry(&mut roff, vec![bold(code.to_string())], means);
    }
    if whole {
        described(&mut roff, "FILES", manual::FILES);
        described(&mut roff, "ENVIRONMENT", manual::VARIABLES);
        roff.control("SH", ["EXAMPLES"]);
        for (line, does) in manual::EXAMPLES {
            entry(&mut roff, vec![bold(*line)], does);
        }
    } else {
        examples(&mut roff, command);
        roff.control("SH", ["SEE ALSO"]);
        roff.text([bold("strongroom"), roman("(1)")]);
    }
    roff.to_writer(&mut out)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

fn examples(roff: &mut Roff, command: &Command) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    roff.control("SH", ["EXAMPLES"]);
    for (line, does) in manual::examples(name.trim_start_matches("strongroom ")) {
        entry(roff, vec![bold(line)], does);
    }
}

fn described(roff: &mut Roff, heading: &str, rows: &[(&str, &str)]) {
    roff.control("SH", [heading]);
    for (name, text) in rows {
        entry(roff, vec![bold(*name)], text);
    }
}

/// Every command that can be run, with what it takes; what all take stands above.
fn commands(roff: &mut Roff, parent: &Command) {
    for command in parent.get_subcommands().filter(|command| !command.is_hide_set()) {
        let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
        if !command.has_subcommands() || !command.is_subcommand_required_set() {
            roff.control("SS", [name]);
            let about = command.get_long_about().or_else(|| command.get_about());
            paragraphs(roff, about);
            let own = |arg: &&Arg| !arg.is_hide_set() && arg.get_help_heading() != Some(GENERAL);
            let own: Vec<&Arg> = command.get_arguments().filter(own).collect();
            for arg in own.into_iter().filter(|arg| arg.get_id() != "help") {
                let help = arg.get_long_help().or_else(|| arg.get_help());
                entry(roff, term(arg), &help.map(ToString::to_string).unwrap_or_default());
            }
        }
        commands(roff, command);
    }
}

/// How an argument is typed.
fn term(arg: &Arg) -> Vec<Inline> {
    let values = arg.get_value_names().unwrap_or_default().iter().map(clap::builder::Str::as_str);
    let values = values.collect::<Vec<_>>().join(" ");
    let Some(long) = arg.get_long() else {
        let optional = !arg.is_required_set();
        let (open, close) = if optional { ("[", "]") } else { ("", "") };
        return vec![roman(open), italic(values), roman(close)];
    };
    let mut words = vec![bold(format!("--{long}"))];
    if arg.get_action().takes_values() {
        words.extend([roman(" "), italic(values)]);
    }
    words
}

fn entry(roff: &mut Roff, term: Vec<Inline>, text: &str) {
    roff.control("TP", []);
    roff.text(term);
    for line in text.lines() {
        if line.trim().is_empty() {
            roff.control("IP", []);
        } else {
            roff.text([roman(line)]);
        }
    }
}

fn paragraphs(roff: &mut Roff, text: Option<&StyledStr>) {
    for line in text.map(ToString::to_string).unwrap_or_default().lines() {
        if line.trim().is_empty() {
            roff.control("PP", []);
        } else {
            roff.text([roman(line)]);
        }
    }
}
