//! The words of what compares a class with its file, carries plans out and takes them back.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};

use crate::domain::job::JobId;
use crate::domain::term::Stage;

/// Whatever plans, carries out, or takes back.
#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum Changes {
    /// Every difference between the class file and what is so, step by step with its cost; nothing is sent
    ///
    /// Asks the service who is on each vault. A plan that is written to a file can be looked at, and carried
    /// out later or by a colleague: strongroom apply FILE.
    Plan(PlanOf),
    /// Carry out exactly a plan: one from a file, or everything that is different now
    ///
    /// What the plan was worked out from is looked at again first; where it has changed, nothing is sent and
    /// the exit code is 6. Without FILE, a job that a program left unfinished is carried on first.
    Apply(Apply),
    /// What is carried out, waits, or was left unfinished
    Jobs {
        /// What to do about it; by default only show them
        #[command(subcommand)]
        what: Option<Jobs>,
    },
    /// Visible access that the class file does not ask for; the exit code is 3 where there is any
    ///
    /// Asks the service who is on each vault; nothing is changed.
    Drift {
        /// Only on these students' vaults
        #[arg(value_name = "STUDENT")]
        students: Vec<String>,
        /// Write the plan that takes it away to a file, for strongroom apply
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// What was changed here, job by job, and what 1Password reports as made elsewhere; newest last
    History {
        /// Only the newest N
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: usize,
        /// Only what was done about this student
        #[arg(long, value_name = "STUDENT")]
        student: Option<String>,
    },
    /// Take back what a job has changed, the last one by default: shown as a plan first
    ///
    /// What was not known before the job is not guessed, and a vault that it made is not deleted: its access
    /// is taken back. Taking back is a job itself, and can be taken back.
    Undo {
        /// Which job, as strongroom history names it
        #[arg(value_name = "JOB", value_parser = job)]
        job: Option<JobId>,
        /// Write the plan that takes it back to a file, for strongroom apply
        #[arg(long, value_name = "FILE", conflicts_with_all = ["yes", "confirm"])]
        out: Option<PathBuf>,
        /// How to agree to it.
        #[command(flatten)]
        consent: Consent,
    },
    /// Vaults that a lost answer has left behind beside a student's own
    Quarantine {
        /// Delete this one, by its id; refused where anything is in it
        #[arg(long, value_name = "ID")]
        delete: Option<String>,
        /// How to agree to it.
        #[command(flatten)]
        consent: Consent,
    },
    /// The end of a term: freeze, pull, verify, report, revoke, then archive or delete; each step only when told
    ///
    /// Without --step it shows how far each step is and what the next one costs.
    CloseTerm(CloseTerm),
    /// Remove a student's personal data from the local state, or the class's; nothing changes in 1Password
    ///
    /// The audit log keeps ids and keyed hashes; the names that belong to them are erased. What is still open,
    /// such as a vault that is not closed, stands in the way of --yes; --confirm with the name goes on all the
    /// same. The whole class wants --confirm.
    Purge {
        /// Whose: roster key or exact e-mail; or the id of the class, for everybody
        #[arg(value_name = "STUDENT|CLASS")]
        whom: String,
        /// How to agree to it.
        #[command(flatten)]
        consent: Consent,
    },
}

/// How somebody agrees to a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct Consent {
    /// Do not ask; what is weighty wants --confirm all the same
    #[arg(long)]
    pub yes: bool,
    /// The number or name that has to be typed for what is weighty
    #[arg(long, value_name = "WORD")]
    pub confirm: Option<String>,
}

/// `strongroom plan`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct PlanOf {
    /// Only these students
    #[arg(value_name = "STUDENT")]
    pub students: Vec<String>,
    /// Write the plan to a file, which is not overwritten
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `strongroom apply`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct Apply {
    /// The plan, as strongroom plan --out wrote it; - is standard input
    pub file: Option<PathBuf>,
    /// Where the ration of requests is used up, wait until it is renewed and go on
    #[arg(long)]
    pub wait: bool,
    /// How to agree to it.
    #[command(flatten)]
    pub consent: Consent,
}

/// `strongroom jobs`.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Jobs {
    /// One job with its rows
    Show {
        /// Which, as strongroom jobs names it
        #[arg(value_name = "JOB", value_parser = job)]
        job: JobId,
    },
    /// Have a job wait after the call in flight
    Pause {
        /// Which, as strongroom jobs names it
        #[arg(value_name = "JOB", value_parser = job)]
        job: JobId,
    },
    /// Have a paused job go on; carry on here what was left unfinished
    Resume {
        /// Which, as strongroom jobs names it; by default everything that was left
        #[arg(value_name = "JOB", value_parser = job)]
        job: Option<JobId>,
    },
    /// End a job after the call in flight; what is done stays done
    Cancel {
        /// Which, as strongroom jobs names it
        #[arg(value_name = "JOB", value_parser = job)]
        job: JobId,
    },
}

/// `strongroom close-term`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct CloseTerm {
    /// The step to take
    #[arg(long, value_name = "STEP", value_parser = stages())]
    pub step: Option<Stage>,
    /// Only these students
    #[arg(value_name = "STUDENT")]
    pub students: Vec<String>,
    /// Where files and report are kept; remembered from the first pull on
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// Take the end of the term back for these students: nothing is given, but it can be given again
    #[arg(long, conflicts_with = "step", requires = "students")]
    pub reopen: bool,
    /// How to agree to it.
    #[command(flatten)]
    pub consent: Consent,
}

fn stages() -> impl clap::builder::TypedValueParser<Value = Stage> {
    let values = Stage::ALL.map(|stage| PossibleValue::new(stage.name()).help(stage.in_words()));
    PossibleValuesParser::new(values).try_map(|word| Stage::parse(&word).ok_or("no such step"))
}

fn job(word: &str) -> Result<JobId, String> {
    JobId::parse(word).ok_or_else(|| "a job is named by eight letters and digits".into())
}
