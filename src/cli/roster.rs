//! The words of `strongroom roster`.

use std::path::PathBuf;

use clap::Subcommand;

use crate::domain::roster::Columns;

/// `strongroom roster`.
#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum Roster {
    /// Take over a class list: what platforms export, or any table with headers
    ///
    /// Canvas, Moodle, GitHub and Google Classroom, repo-edu, OneRoster and usual headers are told apart.
    /// A file with a problem is refused whole. Students who are no longer in it are marked; they
    /// lose no access by that.
    Import {
        /// A CSV file; - is standard input
        file: PathBuf,
        /// Which columns to use, by header or number: name=COL,email=COL,key=COL,…
        #[arg(long, value_name = "ROLE=COL,…")]
        map: Option<Columns>,
        /// Completes logins in files without e-mail, for example example.edu
        #[arg(long, value_name = "DOMAIN")]
        email_domain: Option<String>,
        /// Only show what would change
        #[arg(long)]
        dry_run: bool,
        /// How many would be marked as gone, where the list looks like a mistake
        #[arg(long, value_name = "N")]
        confirm: Option<String>,
    },
    /// Everybody who is or was in the class
    List,
    /// One student
    Show {
        /// Roster key, exact e-mail address, or 1Password user id
        student: String,
    },
}
