//! `class-report/1`: the whole account of a class for whoever asks: who has access to what and how that is
//! known, every change, and what nobody can tell.
//!
//! Knows what the single pages know. It must not read anything: everything is put together by [`crate::dossier`].

pub mod changes;
mod tables;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use self::changes::Changed;
use super::access::Access;
use super::audit::Verification;
use super::status::Status;
use super::submissions::Missing;
use super::term::Ending;
use super::{Look, json};
use crate::domain::access::Level;
use crate::domain::budget::Allowance;
use crate::domain::class::StudentKey;
use crate::domain::fault::Fault;
use crate::domain::query::LocalCopy;
use crate::domain::text::SafeText;

/// Everything that the report says. Ids, names, levels, times and hashes; no values of items.
#[derive(Serialize)]
pub struct ClassReport {
    /// Which class it is about, and on whose word.
    pub facts: Facts,
    /// The matrix: everybody on every vault, and whoever has nothing of what the class file asks.
    pub access: Access,
    /// Every student, also without a vault.
    pub students: Status,
    /// Who may be on somebody else's vault, by the class file.
    pub exceptions: Vec<Excepted>,
    /// Every change, oldest first.
    pub changes: Vec<Changed>,
    /// How everybody stands with every assignment; `None` where the class has none.
    pub assignments: Option<Missing>,
    /// How far the end of the term is; `None` as long as nobody has agreed to a step of it.
    pub term: Option<Ending>,
    /// The copies of files on this machine.
    pub files: Files,
    /// The log that the changes are from.
    pub log: Verification,
    /// The windows of the ration as far as they are known; `None` where nothing is rationed.
    pub requests: Option<Vec<Allowance>>,
    /// What could not be verified.
    pub unverified: Vec<SafeText>,
}

/// Which class, and on whose word.
#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    /// The id of the class.
    pub class: String,
    /// What people call it.
    pub title: SafeText,
    /// The account: id and name.
    pub account: SafeText,
    /// Its name.
    pub account_name: SafeText,
    /// Whether it is the local imitation of 1Password: then everything in the report is simulated.
    pub simulated: bool,
    /// Who looked: the service account or person.
    pub seen_by: SafeText,
    /// When the report was made.
    pub made_at: Timestamp,
    /// Whether the service was asked for it; otherwise it is what was seen last.
    pub fresh: bool,
    /// The students in the class, and those who are gone from the roster.
    pub students: usize,
    /// Of whom so many are gone.
    pub gone: usize,
    /// Students with a vault.
    pub vaults: usize,
    /// Visible access that the class file does not ask for.
    pub strays: usize,
    /// Vaults whose list of who has access was never read.
    pub unread: usize,
    /// Since when changes are listed; `None` is from the first one on.
    pub since: Option<Timestamp>,
}

/// An exception of the class file.
#[derive(Clone, Debug, Serialize)]
pub struct Excepted {
    /// Who, as the class file names them.
    pub who: SafeText,
    /// On whose vault.
    pub vault: StudentKey,
    /// Up to which level.
    pub level: Level,
    /// Why.
    pub reason: SafeText,
    /// The last day on which it holds.
    pub until: Date,
    /// Whether it holds now.
    pub live: bool,
}

/// Copies of files on this machine.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Files {
    /// SHA-256 over the lines `SHA256 STUDENT VAULT ITEM VERSION FILE` in their order, each with a line
    /// feed: one value for all of it. `None` where there are no copies.
    pub manifest_sha256: Option<String>,
    /// One a file.
    pub copies: Vec<Copy>,
}

/// A copy of a file.
#[derive(Clone, Debug, Serialize)]
pub struct Copy {
    /// Whose vault it is from.
    pub student: StudentKey,
    /// The file, and where the copy is.
    #[serde(flatten)]
    pub copy: LocalCopy,
}

impl ClassReport {
    /// The name of the JSON form; a part of the contract.
    pub const SCHEMA: &'static str = "class-report/1";

    /// As one JSON object, with a line feed.
    ///
    /// # Errors
    /// [`Kind::Local`](crate::domain::fault::Kind::Local) where it cannot be written.
    pub fn json(&self) -> Result<String, Fault> {
        json::object(Self::SCHEMA, self)
    }

    /// As a Markdown document with times in this zone. No name in it can make markup or HTML, or hide where a
    /// link leads; that some viewers make a link of a plain mail address is up to them.
    pub fn markdown(&self, zone: &TimeZone) -> String {
        let look = Look { zone: Some(zone.clone()) };
        let mut out = self.head(&look);
        for part in self.parts(&look) {
            out.extend(["\n## ", part.title, "\n\n"]);
            if part.rows == 0 {
                out.push_str("None.\n");
            } else {
                out.push_str(&part.table.markdown());
            }
            for note in part.notes {
                out.extend(["\n", &super::table::escaped(note.as_str()), "\n"]);
            }
        }
        out
    }

    /// Every table as CSV: the name of a file and what is in it. Times are in UTC, and what a spreadsheet
    /// would take for a formula is disarmed.
    ///
    /// # Errors
    /// [`Kind::Local`](crate::domain::fault::Kind::Local) where a table cannot be written.
    pub fn csv(&self) -> Result<Vec<(String, String)>, Fault> {
        let parts = self.parts(&Look::default()).into_iter();
        parts.map(|part| Ok((format!("{}.csv", part.name), part.table.csv()?))).collect()
    }
}
