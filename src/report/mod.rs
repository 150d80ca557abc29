//! The only place that prints: data on standard output, words about it on standard error.
//!
//! Knows formats and what the domain's values look like in each. It must not read anything, nor
//! know how a value came about. Nothing hostile reaches a terminal: tables and words are made of
//! [`SafeText`], and JSON escapes what [`SafeText`] would have replaced.
//!
//! | about | modules |
//! |---|---|
//! | forms | `table` as text, CSV and Markdown; `json`; [`sheet`] of the screen; [`progress`] |
//! | the class and its people | [`class`], [`roster`], [`status`], [`handout`], [`attention`] |
//! | access | [`access`], [`drift`] |
//! | plans, and what came of them | [`plan`], as a file [`plan_file`], as lines for `op` `op_lines`; [`jobs`], [`history`], [`init`], [`adopt`], [`quarantine`] |
//! | what comes in | [`arrival`], [`items`], [`submissions`], [`download`], [`handoff`] |
//! | the log, and the end | [`audit`], [`events`], [`term`], [`purge`] |
//! | the program itself | [`config`], [`doctor`], [`budget`], [`trust`] |

pub mod access;
pub mod adopt;
pub mod arrival;
pub mod attention;
pub mod audit;
pub mod budget;
pub mod class;
pub mod config;
pub mod doctor;
pub mod download;
pub mod drift;
pub mod events;
pub mod handoff;
pub mod handout;
pub mod history;
pub mod init;
pub mod items;
pub mod jobs;
mod json;
mod op_lines;
pub mod plan;
pub mod plan_file;
pub mod progress;
pub mod purge;
pub mod quarantine;
pub mod roster;
pub mod sheet;
pub mod status;
pub mod submissions;
mod table;
pub mod term;
pub mod trust;

use std::fmt;
use std::io::{self, BufWriter, ErrorKind, IsTerminal as _, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::domain::calendar::to_second;
use crate::domain::fault::{Fault, Kind};
use crate::domain::roster::Refusal;
use crate::domain::text::{SafeText, counted, is_hostile};
pub use table::Table;

/// How data is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns, for people.
    #[default]
    Table,
    /// One object with a schema.
    Json,
    /// With a header; what a spreadsheet would take for a formula is disarmed.
    Csv,
    /// A table in Markdown.
    Markdown,
}

/// Something that can be printed in every format. Its `Serialize` is the body of the JSON object.
pub trait Page: Serialize {
    /// The name of the JSON form, for example `status/1`; a part of the contract.
    fn schema(&self) -> &'static str;
    /// The same as a table.
    fn table(&self, look: &Look) -> Table;
    /// The sentence that people read in place of a table without rows.
    fn nothing(&self) -> Option<SafeText> {
        None
    }
    /// Lines below the table, where it is read by people.
    fn notes(&self, _look: &Look) -> Vec<SafeText> {
        Vec::new()
    }
}

/// What decides how a value looks in a table.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// The zone in which times are shown; `None` is RFC 3339 in UTC, for other programs.
    zone: Option<TimeZone>,
}

impl Look {
    /// Whether people read it, not programs.
    pub fn is_for_people(&self) -> bool {
        self.zone.is_some()
    }

    /// A time; nothing where there is none.
    pub fn time(&self, time: Option<Timestamp>) -> SafeText {
        match (time, &self.zone) {
            (None, _) => SafeText::default(),
            (Some(time), None) => cell(time),
            (Some(time), Some(zone)) => cell(to_second(time, zone)),
        }
    }
}

/// A value as a cell of a table.
pub fn cell(value: impl fmt::Display) -> SafeText {
    SafeText::new(&value.to_string())
}

/// A note for each thing that could not be verified.
pub(crate) fn unverified(what: &[SafeText]) -> impl Iterator<Item = SafeText> {
    what.iter().map(|what| cell(format_args!("not verified: {what}")))
}

/// What is printed to, and how.
pub struct Report {
    format: Format,
    zone: TimeZone,
    out: Stream,
    messages: Stream,
    /// Whether nobody reads standard output any more.
    closed: bool,
    /// Whether messages go to a terminal.
    live: bool,
}

struct Stream {
    to: Box<dyn Write + Send>,
    color: bool,
}

impl Stream {
    fn write(&mut self, text: &str) -> io::Result<()> {
        self.to.write_all(text.as_bytes())?;
        self.to.flush()
    }
}

#[derive(Serialize)]
struct Failure<'a> {
    schema: &'static str,
    kind: Kind,
    message: &'a SafeText,
    hint: &'a Option<SafeText>,
    retry_after_s: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Place<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    line: usize,
    column: usize,
    message: &'a SafeText,
    mend: &'a SafeText,
}

const ERROR: &str = "strongroom.error/1";
/// What colours are written with (ECMA-48 "select graphic rendition").
const BOLD: &str = "\u{1b}[1m";
const RED: &str = "\u{1b}[1;31m";
const PLAIN: &str = "\u{1b}[0m";

impl Report {
    /// Prints to the standard streams. `colors` is what was asked for; `None` looks at each stream.
    pub fn standard(format: Format, colors: Option<bool>) -> Self {
        let (out, messages) = (io::stdout(), io::stderr());
        let (seen, live) = (out.is_terminal(), messages.is_terminal());
        let mut report = Self::to(format, BufWriter::new(out), messages);
        report.out.color = colors.unwrap_or(seen);
        report.messages.color = colors.unwrap_or(live);
        report.live = live;
        report
    }

    /// Prints to these, without colours.
    pub fn to(
        format: Format,
        out: impl Write + Send + 'static,
        messages: impl Write + Send + 'static,
    ) -> Self {
        Self {
            format,
            zone: TimeZone::UTC,
            out: Stream { to: Box::new(out), color: false },
            messages: Stream { to: Box::new(messages), color: false },
            closed: false,
            live: false,
        }
    }

    /// Shows times in this zone from now on.
    pub fn in_zone(&mut self, zone: TimeZone) {
        self.zone = zone;
    }

    /// How data is printed.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Whether the reader of standard output has gone: nothing printed is seen by anybody.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether messages go to a terminal, where a line can be replaced.
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// How values look in the tables of this report.
    pub fn look(&self) -> Look {
        let people = matches!(self.format, Format::Table | Format::Markdown);
        Look { zone: people.then(|| self.zone.clone()) }
    }

    /// Prints data in the format that was asked for.
    ///
    /// # Errors
    /// [`Kind::Local`] where it cannot be written. A reader who has gone is no error.
    pub fn page(&mut self, page: &impl Page) -> Result<(), Fault> {
        let look = self.look();
        let nothing = page.nothing().filter(|_| look.is_for_people());
        let text = match (self.format, nothing) {
            (_, Some(nothing)) => lines(format!("{nothing}\n"), &page.notes(&look)),
            (Format::Json, None) => json::object(page.schema(), page)?,
            (Format::Csv, None) => page.table(&look).csv()?,
            (Format::Markdown, None) => lines(page.table(&look).markdown(), &page.notes(&look)),
            (Format::Table, None) => {
                let (start, end) = if self.out.color { (BOLD, PLAIN) } else { ("", "") };
                lines(page.table(&look).aligned(start, end), &page.notes(&look))
            }
        };
        self.put(&text)
    }

    /// Prints one value as one line of JSON, as it is.
    pub fn json_line(&mut self, value: &impl Serialize) -> Result<(), Fault> {
        let line = json::line(value)?;
        self.put(&format!("{line}\n"))
    }

    /// Prints one line for people on standard output.
    pub fn line(&mut self, text: &SafeText) -> Result<(), Fault> {
        self.put(&format!("{text}\n"))
    }

    /// Prints several lines in one piece; they may be longer than a [`SafeText`], such as a file of ours.
    ///
    /// # Errors
    /// [`Kind::Local`] where it cannot be written. A reader who has gone is no error.
    pub fn lines(&mut self, text: &str) -> Result<(), Fault> {
        let mut shown = String::with_capacity(text.len() + 1);
        for line in text.lines() {
            if line.chars().any(is_hostile) {
                shown.push_str(SafeText::new(line).as_str());
            } else {
                shown.push_str(line);
            }
            shown.push('\n');
        }
        self.put(&shown)
    }

    /// Says something on standard error.
    pub fn say(&mut self, text: impl fmt::Display) {
        let text = SafeText::new(&text.to_string());
        self.message(&format!("{text}\n"));
    }

    /// Asks something on standard error; the answer is typed behind it.
    pub fn prompt(&mut self, text: impl fmt::Display) {
        let text = SafeText::new(&text.to_string());
        self.message(&format!("{text} "));
    }

    /// Says what failed on standard error: as `error:` and `hint:`, or as JSON.
    pub fn fault(&mut self, fault: &Fault) {
        if self.format == Format::Json {
            return self.failure(fault, Vec::new());
        }
        let (start, end) = if self.messages.color { (RED, PLAIN) } else { ("", "") };
        self.message(&format!("{start}error:{end} {}\n", fault.message));
        if let Some(hint) = &fault.hint {
            self.message(&format!("hint: {hint}\n"));
        }
        if let Some(wait) = fault.retry_after {
            self.message(&format!("hint: try again in {} s\n", wait.as_secs()));
        }
    }

    /// Says every problem of a file on standard error, one a line, or as JSON.
    pub fn refusal(&mut self, refusal: &Refusal) {
        if self.format == Format::Json {
            let places = refusal.problems.iter().map(|problem| Place {
                line: problem.line,
                column: problem.column,
                message: &problem.message,
                mend: &problem.mend,
            });
            return self.failure(&Fault::from(refusal.clone()), places.collect());
        }
        for problem in &refusal.problems {
            self.say(format_args!("{}:{problem}", refusal.origin));
        }
        let problems = counted(refusal.problems.len() + refusal.more, "problem");
        self.fault(&Fault::new(Kind::Input, format!("{} was refused: {problems}", refusal.origin)));
    }

    fn failure(&mut self, fault: &Fault, problems: Vec<Place<'_>>) {
        let failure = Failure {
            schema: ERROR,
            kind: fault.kind,
            message: &fault.message,
            hint: &fault.hint,
            retry_after_s: fault.retry_after.map(|wait| wait.as_secs()),
            problems,
        };
        if let Ok(line) = json::line(&failure) {
            self.message(&format!("{line}\n"));
        }
    }

    fn message(&mut self, text: &str) {
        // Where even the messages cannot be written there is nobody to tell.
        let _told = self.messages.write(text);
    }

    /// Everything on standard output goes through here.
    fn put(&mut self, text: &str) -> Result<(), Fault> {
        if self.closed {
            return Ok(());
        }
        match self.out.write(text) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            Err(error) => Err(Fault::new(Kind::Local, format!("writing the output: {error}"))),
        }
    }
}

fn lines(mut table: String, notes: &[SafeText]) -> String {
    if !notes.is_empty() {
        table.push('\n');
    }
    for note in notes {
        table.push_str(note.as_str());
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests;
