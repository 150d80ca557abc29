//! The words of `strongroom init`.

use std::path::PathBuf;

use clap::Args;

use super::levels;
use crate::domain::access::Level;
use crate::domain::roster::Columns;

/// The levels that a student may have.
const STUDENTS: [Level; 3] = [Level::Submit, Level::Read, Level::Write];

/// `strongroom init`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct Init {
    /// The id of the class: A-Z, a-z, 0-9 and -; the prefix of every vault's name
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// What people call it; by default the id
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// An IANA name such as Europe/Zurich; by default this machine's
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
    /// The level of students on their own vault; by default write
    #[arg(long, value_name = "LEVEL", value_parser = levels(&STUDENTS))]
    pub level: Option<Level>,
    /// The class list: a CSV file; - is standard input
    #[arg(long, value_name = "FILE")]
    pub roster: Option<PathBuf>,
    /// Completes logins in class lists without e-mail, for example example.edu
    #[arg(long, value_name = "DOMAIN")]
    pub email_domain: Option<String>,
    /// Which columns to use, by header or number: name=COL,email=COL,key=COL,…
    #[arg(long, value_name = "ROLE=COL,…")]
    pub map: Option<Columns>,
    /// Who else belongs on every vault: an e-mail address or a group's name, and read, write or manage
    #[arg(long, value_name = "WHO=LEVEL", value_parser = staff)]
    pub staff: Vec<(String, Level)>,
    /// The `op` program; by default the first one of PATH
    #[arg(long, value_name = "PATH")]
    pub op: Option<PathBuf>,
    /// A file of mode 0600 with the service account's token; by default `OP_SERVICE_ACCOUNT_TOKEN`
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Whether administrators may manage, and so recover, the vaults; by default true
    #[arg(long, value_name = "true|false", action = clap::ArgAction::Set)]
    pub admins_can_manage: Option<bool>,
    /// Where to write the class file; by default $XDG_CONFIG_HOME/strongroom/ID.toml with the ID in
    /// lower case
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Try whether vaults may be made: makes an empty one and deletes it again
    #[arg(long)]
    pub probe: bool,
    /// Look at everything, write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `WHO=LEVEL`; a group's name may hold a `=`.
fn staff(word: &str) -> Result<(String, Level), String> {
    let split = word.rsplit_once('=').filter(|(who, _)| !who.trim().is_empty());
    let level = split.and_then(|(_, level)| Level::parse(level));
    let allowed = level.filter(|level| matches!(level, Level::Read | Level::Write | Level::Manage));
    split
        .zip(allowed)
        .map(|((who, _), level)| (who.trim().to_owned(), level))
        .ok_or_else(|| "WHO=LEVEL is expected, LEVEL being read, write or manage".into())
}
