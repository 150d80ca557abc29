//! The words of `strongroom audit`.

use std::path::PathBuf;

use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use jiff::Timestamp;
use jiff::civil::Date;

/// The operations that stand in the log.
const OPERATIONS: [&str; 19] = [
    "create-vault",
    "delete-vault",
    "grant",
    "revoke",
    "invite",
    "confirm",
    "suspend",
    "reactivate",
    "assign",
    "unassign",
    "extend",
    "restore-deadline",
    "sign-off",
    "close-term",
    "reopen",
    "purge",
    "retention",
    "checkpoint",
    "create-checkpoint-vault",
];

/// `strongroom audit`.
#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum Audit {
    /// What was about to be done and what came of it, oldest first
    ///
    /// Every record is checked on the way: a damaged or forged line ends it with exit code 1.
    List {
        /// Only the newest N records
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
        /// Only since a day or a time, such as 2026-11-02 or 2026-11-02T09:30:00Z
        #[arg(long, value_name = "TIME", value_parser = since)]
        since: Option<Since>,
        /// Only this operation
        #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(OPERATIONS))]
        op: Option<String>,
        /// Only those with a higher number, also behind a damaged line; what lies before is not checked
        #[arg(long, value_name = "SEQ")]
        after: Option<u64>,
    },
    /// Check that no record was changed, left out, moved or added
    ///
    /// A good log exits with 0, a broken chain with 1 and the line. That records are missing at the
    /// end cannot be seen from the log alone: a checkpoint that is kept apart from it tells. Where the class
    /// file names checkpoint_vault under audit, the last one in it that was written under the key of this
    /// log is compared, and the last one that was stored from here; a log that contradicts one exits with 1
    /// too, and so does a vault where none is of this log.
    ///
    /// With --against events the log is compared with the audit events that 1Password has reported: changes of
    /// the class's vaults and groups that this Strongroom did not make, and changes that stand in the log as done
    /// and are not reported. Any of them exits with 3. Nothing is asked of the service, and nothing is claimed of
    /// a time before the events that were read or after them.
    Verify {
        /// What to compare with: checkpoint (that of the vault), events (what 1Password reports), none, or a file
        /// that checkpoint --file wrote
        #[arg(long, value_name = "checkpoint|events|none|FILE", value_parser = against)]
        against: Option<Against>,
    },
    /// Keep where the log ends apart from the log: in a vault of the instructors, or in a file
    ///
    /// One small document a time. The vault is checkpoint_vault of the class file, or the one named; no
    /// student may be on it. Refused where the log is broken, contradicts a checkpoint, or has none among
    /// those that are there. Whoever has the token of this machine can archive or delete what it may write:
    /// a vault in which the service account may create items only, or a file carried elsewhere, proves more
    /// than one that --make made.
    Checkpoint {
        /// In this vault, by id or exact name
        #[arg(long, value_name = "VAULT")]
        vault: Option<String>,
        /// Make a vault for it, which nobody is granted, and say what to write into the class file
        #[arg(long, conflicts_with = "vault")]
        make: bool,
        /// The log was begun anew on purpose, or this is its first one: it need not go with those there
        #[arg(long)]
        anew: bool,
        /// Write it to a new file instead, to be kept elsewhere; nothing is sent
        #[arg(long, value_name = "FILE", conflicts_with_all = ["vault", "make", "anew"])]
        file: Option<PathBuf>,
    },
    /// The records as JSON lines for other programs, one a line, oldest first
    ///
    /// Every line is an object in plain ASCII with schema (strongroom.audit/1), class, seq, time, phase
    /// (intent or result), op, args, machine, user, service_account or person, and where they are known
    /// via (dashboard, command or watch), plan, of (the seq of a result's intent), outcome (done,
    /// unchanged, failed, unknown or refused), message, before, after, and the codes prev and mac. Ids
    /// and keyed hashes stand for names; --names adds an object names from hash to name. Every record is
    /// checked on the way: at a damaged or forged line it ends with exit code 1 and names the line.
    Export {
        /// Only since a day or a time, such as 2026-11-02 or 2026-11-02T09:30:00Z
        #[arg(long, value_name = "TIME", value_parser = since)]
        since: Option<Since>,
        /// Only those with a higher number, also behind a damaged line; what lies before is not checked
        #[arg(long, value_name = "SEQ")]
        after: Option<u64>,
        /// Write to a new file
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Add names, as far as they are kept: then it is personal data
        #[arg(long)]
        names: bool,
    },
    /// Who has access to what and how that is known, what was changed by whom, and what nobody can tell
    ///
    /// Markdown by default, or --json; with --out everything into a folder, the tables as CSV too.
    Report {
        /// Only changes since a day or a time
        #[arg(long, value_name = "TIME", value_parser = since)]
        since: Option<Since>,
        /// Write report.md, report.json and a CSV file for each table into a folder; nothing is overwritten
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Ask the service for people and for who is on every vault first: two requests a vault
        #[arg(long)]
        fresh: bool,
    },
}

impl Audit {
    /// Refuses what has no effect.
    pub(super) fn check(&self, csv: bool, format: bool) -> Result<(), &'static str> {
        match self {
            Self::Report { out: None, .. } if csv => {
                Err("the report has several tables: with --csv, name a folder with --out DIR")
            }
            Self::Export { .. } if format => {
                Err("export writes JSON lines: leave out --json, --csv and --markdown")
            }
            _ => Ok(()),
        }
    }
}

/// What a log is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Against {
    /// The audit events that were read; a file of that name is `./events`.
    Events,
    /// A checkpoint, or nothing.
    Log(Kept),
}

/// Where the checkpoint is kept that a log is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// In the vault of the class file: the newest.
    Vault,
    /// In a file.
    File(PathBuf),
    /// Nowhere: with nothing.
    Nothing,
}

fn against(word: &str) -> Result<Against, String> {
    Ok(match word {
        "checkpoint" => Against::Log(Kept::Vault),
        "none" => Against::Log(Kept::Nothing),
        "events" => Against::Events,
        "" => return Err("checkpoint, events, none or a file is expected".into()),
        file => Against::Log(Kept::File(file.into())),
    })
}

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// This moment.
    Time(Timestamp),
    /// The beginning of this day, in the zone of the class.
    Day(Date),
}

fn since(word: &str) -> Result<Since, String> {
    let time = word.parse().map(Since::Time).ok();
    time.or_else(|| word.parse().map(Since::Day).ok())
        .ok_or_else(|| "a day or a time is expected, such as 2026-11-02 or 2026-11-02T09:30:00Z".into())
}
