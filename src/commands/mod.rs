//! The commands: each asks `queries`, changes through `ops`, and hands what came of it to `report`.
//!
//! They know the command line and what is put together by `setup`. They must not print, and must
//! not know providers or the store's tables; every one is a twin of something the screen does.
//!
//! | about | modules |
//! |---|---|
//! | a class from nothing | `init`, `roster`, `provision`, `people` (`invite` to `reactivate`), `handout` |
//! | access | `access`, `grant` (and `revoke`), `drift` |
//! | plans | `plan`, `apply`, `undo`; `jobs` and `history` |
//! | what students hand in | `items`, `watch`, `assignments` (`missing`, `assign`, `extend`), `download`, `handoff` |
//! | how things stand | `status`, `attention`, `budget`, `doctor`, `audit` |
//! | what is left, and the end | `adopt`, `quarantine`, `close_term`, `purge` |
//! | the program itself | `config`, `trust`, `sandbox`; `man`, `completions` and the `complete` behind them |
//! | what several of them do | `names` on the command line, `question` and `consent`, `checks` as they are made, `carrying` a plan out, `interrupt` |

mod access;
mod adopt;
mod apply;
mod assignments;
mod attention;
mod audit;
mod budget;
mod carrying;
mod checks;
mod close_term;
mod complete;
mod completions;
mod config;
mod consent;
mod doctor;
mod download;
mod drift;
mod grant;
mod handoff;
mod handout;
mod history;
mod init;
mod interrupt;
mod items;
mod jobs;
mod man;
mod names;
mod people;
mod plan;
mod provision;
mod purge;
mod quarantine;
mod question;
mod roster;
mod sandbox;
mod status;
mod trust;
mod undo;
mod watch;

use std::future::{Future, ready};
use std::pin::Pin;

use crate::cli::{Changes, Cli, Command, Global, Sandbox};
use crate::config::Environment;
use crate::config::settings::Flags;
use crate::domain::class::Class;
use crate::domain::fault::{Fault, Kind};
use crate::domain::parts::instead;
use crate::domain::preferences::Colours;
use crate::domain::roster::Refusal;
use crate::provider::Shared;
use crate::queries::{Queries, blocking};
use crate::report::{Format, Report};
use crate::setup::{self, Choice, Opened};
use crate::store::Store;
use interrupt::Interrupt;

/// Everything a command works with.
struct Context {
    choice: Choice,
    flags: Flags,
    report: Report,
    interrupt: Interrupt,
    no_input: bool,
    /// The services that the class is read through.
    services: Option<Shared>,
}

impl Context {
    /// Opens the class that is meant, once the service has said which account it is.
    async fn open(&mut self) -> Result<Opened, Fault> {
        let opened = Box::pin(setup::open(&self.choice, false)).await?;
        Ok(self.with(opened))
    }

    /// Opens the class that is meant in the account of the last time: the service is asked for it only where
    /// it never was.
    async fn open_stored(&mut self) -> Result<Opened, Fault> {
        let opened = Box::pin(setup::open(&self.choice, true)).await?;
        Ok(self.with(opened))
    }

    /// Times are shown as in this class, and a service that fails on the way is told at the end.
    fn with(&mut self, opened: Opened) -> Opened {
        self.in_zone(&opened.config.class);
        self.services = Some(opened.queries.provider.clone());
        opened
    }

    /// Shows times as the class does.
    fn in_zone(&mut self, class: &Class) {
        self.report.in_zone(class.time_zone.clone());
    }

    /// Says which services failed beside the one that acts. What they would have told was read elsewhere, or is
    /// missing; a scheduled job has no header that shows it.
    fn tell_services(&mut self) {
        let parts = self.services.take().map_or_else(Vec::new, |services| services.parts());
        for part in parts.iter().skip(1) {
            if let Some(why) = &part.failing {
                self.report.say(format_args!("{}: {why}; {}", part.name, instead(part, &parts)));
            }
        }
    }
}

/// Reads the local state of a class, or notes something in it.
async fn from_store<T: Send + 'static>(
    queries: &Queries,
    work: impl FnOnce(&Store) -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let store = queries.store.clone();
    blocking(move || work(&store)).await
}

/// Why a command did not do what it was asked.
enum Failure {
    /// One thing went wrong.
    Fault(Fault),
    /// A file has problems.
    Refusal(Refusal),
    /// A signal ended it; the exit code that it asks for.
    Signal(u8),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

/// The exit code, or what went wrong.
type Done = Result<u8, Failure>;

/// Exit codes beside those of faults.
const DONE: u8 = 0;
const FAILED: u8 = 1;
const INPUT: u8 = 2;
const PARTLY: u8 = 3;

const UNREACHABLE: &str = "start the class's sandbox with `strongroom sandbox serve`, \
                           on the address that the class file or STRONGROOM_SANDBOX_URL names";

/// Runs a command to its end and returns its exit code.
pub async fn run(command: &Command, global: &Global, env: Environment) -> u8 {
    let mut report = report(global, &env);
    let interrupt = match Interrupt::listen() {
        Ok(interrupt) => interrupt,
        Err(fault) => return fail(&mut report, &fault.into()),
    };
    let choice = choice(global, env);
    let mut context = Context {
        choice,
        flags: flags(global),
        report,
        interrupt: interrupt.clone(),
        no_input: global.no_input,
        services: None,
    };
    let work = work(command, &mut context);
    let done = if ends_itself(command) {
        work.await
    } else {
        tokio::select! {
            biased;
            done = work => done,
            code = interrupt.first() => Err(Failure::Signal(code)),
        }
    };
    context.tell_services();
    match done {
        Ok(code) => code,
        Err(failure) => fail(&mut context.report, &failure),
    }
}

/// Where and how a command prints.
fn report(global: &Global, env: &Environment) -> Report {
    let format = match global {
        Global { json: true, .. } => Format::Json,
        Global { csv: true, .. } => Format::Csv,
        Global { markdown: true, .. } => Format::Markdown,
        _ => Format::Table,
    };
    Report::standard(format, colors(global.color, env))
}

/// Whether colours are wanted; `None` leaves it to whether a stream is a terminal.
fn colors(wanted: Option<Colours>, env: &Environment) -> Option<bool> {
    match wanted.unwrap_or_default() {
        Colours::Always => Some(true),
        Colours::Never => Some(false),
        Colours::Auto => {
            (env.text("NO_COLOR").is_some() || env.text("TERM") == Some("dumb")).then_some(false)
        }
    }
}

/// What the command line says about the screen.
fn flags(global: &Global) -> Flags {
    Flags { theme: global.theme.clone(), colours: global.color, ..Flags::default() }
}

/// What the whole command line says about the screen, the dashboard's own flags included.
pub fn screen(cli: &Cli) -> Flags {
    let Cli { ascii, bell, privacy, plain, .. } = *cli;
    Flags { ascii, bell, privacy, plain, ..flags(&cli.global) }
}

/// Which class the command line means.
pub fn choice(global: &Global, env: Environment) -> Choice {
    Choice {
        class: global.class.clone(),
        state: global.state.clone(),
        providers: global.providers.clone(),
        read_only: global.read_only,
        person: global.person,
        env,
    }
}

/// Says on standard error what is wrong with the words of a command line; returns the exit code.
/// Help and version, which clap treats alike, go to standard output.
pub fn usage(error: &clap::Error, json: bool) -> u8 {
    if json && error.use_stderr() {
        let text = error.render().to_string();
        let mut paragraphs = text.trim_start_matches("error: ").split("\n\n");
        let fault = Fault::new(Kind::Input, paragraphs.next().unwrap_or_default().trim());
        let format = Format::Json;
        return fail(&mut Report::standard(format, Some(false)), &fault.hint("see --help").into());
    }
    // A reader who has gone needs no help.
    let _shown = error.print();
    u8::try_from(error.exit_code()).unwrap_or(INPUT)
}

/// Commands that end in good order when they are interrupted; the others are just left.
fn ends_itself(command: &Command) -> bool {
    matches!(
        command,
        Command::Init(_)
            | Command::Provision { .. }
            | Command::Grant { .. }
            | Command::Revoke { .. }
            | Command::People(_)
            | Command::Changes(_)
            | Command::Watch(_)
            | Command::Sandbox(_)
    )
}

/// What a command does; on the heap, since each is as large as everything that it does.
type Work<'a> = Pin<Box<dyn Future<Output = Done> + 'a>>;

fn work<'a>(command: &'a Command, context: &'a mut Context) -> Work<'a> {
    match command {
        Command::Init(init) => Box::pin(init::run(context, init)),
        Command::Trust { file } => Box::pin(ready(trust::run(context, file))),
        Command::Adopt { all, dry_run } => Box::pin(adopt::run(context, *all, *dry_run)),
        Command::Doctor => Box::pin(doctor::run(context)),
        Command::Roster(command) => Box::pin(roster::run(context, command)),
        Command::Status => Box::pin(status::run(context)),
        Command::Attention(options) => Box::pin(attention::run(context, options)),
        Command::Provision { students, wait } => Box::pin(provision::run(context, students, *wait)),
        Command::Access { names, why } => Box::pin(access::run(context, names, *why)),
        Command::Grant { .. } | Command::Revoke { .. } => Box::pin(grant::run(context, command)),
        Command::Changes(command) => changes(command, context),
        Command::People(command) => Box::pin(people::run(context, command)),
        Command::Assignments(command) => Box::pin(assignments::run(context, command)),
        Command::Items { name, item } => Box::pin(items::run(context, name, item.as_deref())),
        Command::Watch(options) => Box::pin(watch::run(context, options)),
        Command::Download(options) => Box::pin(download::run(context, options)),
        Command::Handoff { what } => Box::pin(handoff::run(context, what.as_ref())),
        Command::Budget => Box::pin(budget::run(context)),
        Command::Audit(command) => Box::pin(audit::run(context, command)),
        Command::Config(command) => Box::pin(ready(config::run(context, command))),
        Command::Sandbox(Sandbox::Serve(serve)) => Box::pin(sandbox::serve(context, serve)),
        Command::Sandbox(Sandbox::Op(op)) => Box::pin(ready(sandbox::op(context, op))),
        Command::Man { command } => Box::pin(ready(man::run(context, command))),
        Command::Completions { shell } => Box::pin(ready(completions::run(context, *shell))),
        Command::Complete(typed) => Box::pin(complete::run(context, typed)),
    }
}

fn changes<'a>(command: &'a Changes, context: &'a mut Context) -> Work<'a> {
    match command {
        Changes::Plan(of) => Box::pin(plan::run(context, of)),
        Changes::Apply(apply) => Box::pin(apply::run(context, apply)),
        Changes::Jobs { what } => Box::pin(jobs::run(context, what.as_ref())),
        Changes::Drift { students, out } => Box::pin(drift::run(context, students, out.as_deref())),
        Changes::History { limit, student } => Box::pin(history::run(context, *limit, student.as_deref())),
        Changes::Undo { job, out, consent } => {
            Box::pin(undo::run(context, job.as_ref(), out.as_deref(), consent))
        }
        Changes::Quarantine { delete, consent } => {
            Box::pin(quarantine::run(context, delete.as_deref(), consent))
        }
        Changes::CloseTerm(term) => Box::pin(close_term::run(context, term)),
        Changes::Purge { whom, consent } => Box::pin(purge::run(context, whom, consent)),
    }
}

fn fail(report: &mut Report, failure: &Failure) -> u8 {
    match failure {
        Failure::Fault(fault) => {
            report.fault(&mended(fault));
            fault.exit_code()
        }
        Failure::Refusal(refusal) => {
            report.refusal(refusal);
            INPUT
        }
        Failure::Signal(code) => *code,
    }
}

/// Adds what helps when nobody answers; the only service of this version is a sandbox.
fn mended(fault: &Fault) -> Fault {
    match (fault.kind, &fault.hint) {
        (Kind::Unreachable, None) => fault.clone().hint(UNREACHABLE),
        _ => fault.clone(),
    }
}

/// Says why the dashboard did not open, or how it ended; returns the exit code.
pub fn dashboard_ended(cli: &Cli, env: &Environment, ended: Result<u8, Fault>) -> u8 {
    ended.unwrap_or_else(|fault| fail(&mut report(&cli.global, env), &fault.into()))
}
