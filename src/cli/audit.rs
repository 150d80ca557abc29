//! The words of `strongroom audit`.

use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use jiff::Timestamp;
use jiff::civil::Date;

/// The operations that stand in the log.
const OPERATIONS: [&str; 7] =
    ["create-vault", "grant", "revoke", "invite", "confirm", "suspend", "reactivate"];

/// `strongroom audit`.
#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum Audit {
    /// What was about to be done and what came of it, oldest first
    List {
        /// Only the newest N records
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
        /// Only since a day or a time, such as 2026-11-02 or 2026-11-02T09:30:00Z
        #[arg(long, value_name = "TIME", value_parser = since)]
        since: Option<Since>,
        /// Only this operation: create-vault, grant, revoke, invite, confirm, suspend or reactivate
        #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(OPERATIONS), hide_possible_values = true)]
        op: Option<String>,
    },
    /// Check that no record was changed, left out, moved or added
    ///
    /// A good log exits with 0, a broken chain with 1 and the line. That records are missing at the
    /// end cannot be seen from the log alone.
    Verify,
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
