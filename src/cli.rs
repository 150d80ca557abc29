//! What can be typed: the types behind the command line, and their help.
//!
//! Knows clap and the words of the domain. Pure: it must not open, read or print anything. The
//! commands, their options and the exit codes are a contract that scheduled jobs build on.

mod assignments;
mod attention;
mod audit;
mod changes;
mod config;
mod download;
mod handoff;
mod init;
pub mod manual;
mod people;
mod roster;
mod sandbox;
mod typed;
mod watch;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::config::ProviderName;
use crate::domain::access::{Level, Principal};
use crate::domain::id::VaultId;
use crate::domain::operation::Operation;
use crate::domain::preferences::Colours;
pub use assignments::{Assignments, Missing, Relief, assignment};
pub use attention::{Attention, Dismiss};
pub use audit::{Against, Audit, Kept, Since};
pub use changes::{Apply, Changes, CloseTerm, Consent, Jobs, PlanOf};
pub use config::Config;
pub use download::Download;
pub use handoff::Handoff;
pub use init::Init;
pub use people::People;
pub use roster::Roster;
pub use sandbox::{Op, Sandbox, Serve};
pub use typed::{Complete, Names, Typed};
pub use watch::{ONCE, Watch};

const ABOUT: &str = "A class on 1Password: one vault a student, access to exactly theirs, uploads as they arrive \
                     (unofficial)";

const LONG_ABOUT: &str = "\
A class on 1Password: one vault a student, access to exactly theirs, uploads as they arrive.

Unofficial, not affiliated with 1Password. Not yet run against a live account: tested against recorded \
answers of 1Password's CLI and against a local sandbox, an imitation that holds no real data. \
`strongroom doctor` says what is not known yet.

Without a command the dashboard opens. With nothing configured it shows a demo class whose people \
and uploads are simulated.";

/// Everything that was typed.
#[derive(Clone, Debug, PartialEq, Parser)]
#[command(name = "strongroom", version, about = ABOUT, long_about = LONG_ABOUT, after_help = manual::after())]
#[command(disable_help_subcommand = true, max_term_width = 100)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Cli {
    /// What every command understands.
    #[command(flatten)]
    pub global: Global,
    /// Open the dashboard on the world of this scenario file, thrown away at the end
    #[arg(long, value_name = "FILE", help_heading = "Dashboard")]
    pub scenario: Option<PathBuf>,
    /// Without the simulated uploads of the demo class
    #[arg(long, help_heading = "Dashboard")]
    pub no_traffic: bool,
    /// Draw the dashboard's lines and bars with ASCII characters alone
    #[arg(long, help_heading = "Dashboard")]
    pub ascii: bool,
    /// Ring the terminal's bell when something arrives, at most once a beat
    #[arg(long, help_heading = "Dashboard")]
    pub bell: bool,
    /// Hide names, addresses, titles and ids on the screen, for others who see it (key P)
    #[arg(long, help_heading = "Dashboard")]
    pub privacy: bool,
    /// Line by line instead of a screen: no colours, no cursor, numbered choices; for screen readers and
    /// plain terminals (also STRONGROOM_PLAIN=1, and where TERM is dumb)
    #[arg(long, help_heading = "Dashboard")]
    pub plain: bool,
    /// What to do; the dashboard by default.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What every command understands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Everywhere")]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Global {
    /// The class file; by default the only one in $XDG_CONFIG_HOME/strongroom
    #[arg(long, global = true, value_name = "FILE")]
    pub class: Option<PathBuf>,
    /// The folder of the local state; by default one per class below $XDG_STATE_HOME/strongroom
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// A provider, in place of those of the class file; may be repeated. The first that can answers; op or
    /// sandbox has to be among them
    #[arg(long = "provider", global = true, value_name = "NAME", value_parser = providers())]
    pub providers: Vec<ProviderName>,
    /// Refuse every change
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Act as the person who is signed in to `op`, also where there is a service account's token
    #[arg(long, global = true)]
    pub person: bool,
    /// Never ask; fail with what would have been asked
    #[arg(long, global = true)]
    pub no_input: bool,
    /// When to use colours; by default on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", value_parser = colours())]
    pub color: Option<Colours>,
    /// The colours of the dashboard: terminal, dark, light, high-contrast, deuteranopia, tritanopia, mono,
    /// auto, or a theme of yours
    #[arg(long, value_name = "NAME", help_heading = "Dashboard")]
    pub theme: Option<String>,
    /// Print one JSON object, and errors as JSON too
    #[arg(long, global = true, group = "format")]
    pub json: bool,
    /// Print CSV
    #[arg(long, global = true, group = "format")]
    pub csv: bool,
    /// Print a Markdown table
    #[arg(long, global = true, group = "format")]
    pub markdown: bool,
}

/// What to do without the dashboard.
#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum Command {
    /// From nothing to a class that is set up
    ///
    /// Looks at `op`, the token, the account and its ration, takes over a class list, writes a class
    /// file and shows the first plan. Nothing is changed in 1Password but by --probe. On a terminal it
    /// asks for what is not given; an answer of nothing takes what stands in [ ].
    Init(Box<Init>),
    /// Let a class file run the programs it names: records its path and content
    ///
    /// Shows what would be run. Any later edit takes the trust away again.
    Trust {
        /// The class file
        file: PathBuf,
    },
    /// Find the vaults of the class again: on a new machine, or after the local state was lost
    ///
    /// A vault is recognised by its name and by the mark in its description. Levels stay unknown
    /// until `strongroom provision` grants them again.
    Adopt {
        /// Read the description of every vault, also of those whose name does not fit: renamed ones
        #[arg(long)]
        all: bool,
        /// Only show what would be bound
        #[arg(long)]
        dry_run: bool,
    },
    /// Every check, and what mends what is wrong
    Doctor,
    /// Who is in the class
    #[command(subcommand)]
    Roster(Roster),
    /// One line a student: sign-up, vault, level, items, last upload, next step
    ///
    /// Where the service cannot be reached, what is stored is printed with a warning, and the exit
    /// code is 1.
    Status,
    /// What needs you now, one list; and what has happened since you last looked
    ///
    /// Nothing is asked of the service: it is what the last look and the last change left. That something
    /// needs you is no failure, unless --check is given.
    Attention(Attention),
    /// Make the vaults that are missing, and grant each to its student
    ///
    /// Students who have not signed up yet are listed as waiting, which is no failure.
    Provision {
        /// Only these students
        #[arg(value_name = "STUDENT")]
        students: Vec<String>,
        /// Where the ration of requests is used up, wait until it is renewed and go on
        #[arg(long)]
        wait: bool,
    },
    /// Who has direct access to the students' vaults, asked of the service
    Access {
        /// Only these students or vaults
        #[arg(value_name = "STUDENT|VAULT")]
        names: Vec<String>,
        /// A line for each way to a vault: through what, how and since when it is known, and why; and what
        /// cannot be seen
        #[arg(long)]
        why: bool,
    },
    /// Give somebody exactly this level on a student's vault
    Grant {
        /// A user or group by id, a person by exact e-mail or roster key, a group by exact name
        who: String,
        /// On which vault
        #[arg(long, value_name = "VAULT")]
        vault: String,
        /// Which level
        #[arg(long, value_name = "LEVEL", value_parser = levels(&Level::GRANTABLE))]
        level: Level,
    },
    /// Take all access to a student's vault from somebody
    Revoke {
        /// A user or group by id, a person by exact e-mail or roster key, a group by exact name
        who: String,
        /// On which vault
        #[arg(long, value_name = "VAULT")]
        vault: String,
    },
    /// Whatever plans, carries out, or takes back.
    #[command(flatten)]
    Changes(Changes),
    /// Whatever a signed-in administrator does with people.
    #[command(flatten)]
    People(People),
    /// What students hand in, by when, and who has not.
    #[command(flatten)]
    Assignments(Assignments),
    /// What is in a vault: titles, versions and files, never concealed values
    Items {
        /// Whose vault, or which
        #[arg(value_name = "STUDENT|VAULT")]
        name: String,
        /// One item with its fields and files, by id or exact title
        item: Option<String>,
    },
    /// Uploads as they are noticed
    ///
    /// One program watches a class at a time; where another one does, this one prints what that one finds,
    /// and takes over when it ends. The first look ever at a class announces nothing. --json, --csv and
    /// --markdown print once, at the end, and so need --once or --until-idle.
    Watch(Watch),
    /// Who is handed arrivals, and how far each is
    ///
    /// The class file names them: [[watch.hook]] and [[watch.webhook]]. Nothing is asked of 1Password.
    Handoff {
        /// What to do about it; by default only show it
        #[command(subcommand)]
        what: Option<Handoff>,
    },
    /// What may still be asked of 1Password, and what the live view needs of it
    ///
    /// Asking costs nothing of the ration. Requests are counted by 1Password, a token's by the hour and
    /// an account's by the day.
    Budget,
    /// Fetch the files of students' vaults to a folder; nothing is overwritten
    ///
    /// What was fetched before is not fetched again, so the same command goes on where it was broken
    /// off. manifest.jsonl tells every file's true name, hash and where it belongs. Files lie below
    /// CLASS/ASSIGNMENT/STUDENT and stay where they are, also when an item is assigned later.
    Download(Download),
    /// The log of what was changed
    #[command(subcommand)]
    Audit(Audit),
    /// The class file, and the settings of the screen
    #[command(subcommand)]
    Config(Config),
    /// The local imitation of 1Password
    #[command(subcommand)]
    Sandbox(Sandbox),
    /// The manual page, of everything or of one command
    ///
    /// It is roff, for man: strongroom man > ~/.local/share/man/man1/strongroom.1
    Man {
        /// Which command, for example audit verify
        command: Vec<String>,
    },
    /// The script by which a shell completes commands, options and names of this class
    ///
    /// In ~/.bashrc: source <(strongroom completions bash). Bash, zsh and fish complete students by roster
    /// key and e-mail address, vaults, assignments and jobs, too: from the local state, without a request.
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// The names that may stand where the cursor is, one a line; for the scripts of completions
    #[command(hide = true)]
    Complete(Complete),
}

impl Cli {
    /// Reads the words of a command line, the program's name first.
    ///
    /// # Errors
    /// What clap says: wrong usage, or the text of `--help` and `--version`.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut matches = manual::with_examples(Self::command()).try_get_matches_from(words)?;
        let cli = Self::from_arg_matches_mut(&mut matches)?;
        cli.check().map_err(|message| Self::command().error(ErrorKind::ArgumentConflict, message))?;
        Ok(cli)
    }

    /// Refuses what would have no effect.
    fn check(&self) -> Result<(), &'static str> {
        let format = self.global.json || self.global.csv || self.global.markdown;
        match &self.command {
            None if format => Err("the dashboard prints no tables: name a command, such as status"),
            None if self.global.no_input => Err("--no-input needs a command: the dashboard is all input"),
            Some(_) if self.scenario.is_some() || self.no_traffic || self.ascii || self.bell => Err(
                "--scenario, --no-traffic, --ascii and --bell before a command are for the dashboard alone",
            ),
            Some(Command::Man { .. } | Command::Completions { .. }) if format => {
                Err("man and completions print one format: leave out --json, --csv and --markdown")
            }
            Some(_) if self.privacy || self.plain => {
                Err("--privacy and --plain are for the dashboard: a command prints what it is asked for")
            }
            Some(Command::Watch(watch)) if format && !watch.once && !watch.until_idle => Err(
                "--json, --csv and --markdown print at the end: add --once or --until-idle, or use --jsonl",
            ),
            Some(Command::People(people)) => people.check(),
            Some(Command::Download(download)) => download.check(),
            Some(Command::Audit(audit)) => audit.check(self.global.csv, format),
            Some(Command::Init(_)) if self.global.class.is_some() => {
                Err("init writes a new class file: say where with --out FILE, not --class")
            }
            Some(Command::Init(_)) if self.global.providers.len() > 1 => {
                Err("init sets up one provider: name --provider once")
            }
            Some(Command::Init(_)) if self.global.providers.iter().any(|name| !name.acts()) => {
                Err("init sets up op or sandbox; Connect and Events are added in the class file")
            }
            Some(Command::Init(init)) if init.probe && (init.dry_run || self.global.read_only) => {
                Err("--probe makes a vault: leave out --dry-run and --read-only")
            }
            _ => Ok(()),
        }
    }
}

/// The operation that a command names all by itself: one whose words are ids.
pub fn operation(command: &Command) -> Option<Operation> {
    let ids = |who: &str, vault: &str| Some((Principal::parse(who)?, VaultId::parse(vault).ok()?));
    match command {
        Command::Grant { who, vault, level } => {
            let (who, vault) = ids(who, vault)?;
            Some(Operation::Grant { vault, who, level: *level })
        }
        Command::Revoke { who, vault } => {
            let (who, vault) = ids(who, vault)?;
            Some(Operation::Revoke { vault, who })
        }
        Command::People(people) => people.operation(),
        _ => None,
    }
}

fn providers() -> impl TypedValueParser<Value = ProviderName> {
    PossibleValuesParser::new(ProviderName::ALL.map(ProviderName::name))
        .try_map(|word| ProviderName::parse(&word))
}

fn levels(among: &[Level]) -> impl TypedValueParser<Value = Level> + use<> {
    PossibleValuesParser::new(among.iter().map(|level| level.name()))
        .try_map(|word| Level::parse(&word).ok_or("no such level"))
}

fn colours() -> impl TypedValueParser<Value = Colours> {
    PossibleValuesParser::new(Colours::ALL.map(Colours::name))
        .try_map(|word| Colours::ALL.into_iter().find(|colours| colours.name() == word).ok_or("no such word"))
}

#[cfg(test)]
mod tests;
