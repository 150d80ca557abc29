//! The world behind the sandbox: an account, its people and groups, vaults, access, items, files.
//!
//! One SQLite database and a folder of files, and every rule of who may do what. Knows `domain`
//! and the time it is told; must not know HTTP, sockets or the clock. A change and its line in the
//! ledger are one transaction; bytes of files are on the disk before the row that names them, so
//! that a killed process leaves nothing that a start does not mend.
//!
//! ```text
//! world.at(now).read(|turn| turn.vaults(&caller))
//! world.at(now).write(|turn| turn.create_vault(&caller, &wanted))    // all of it, or nothing
//! ```
//!
//! | about | modules |
//! |---|---|
//! | where it is kept | `folder`, `schema`; `ledger`; `ids` |
//! | how it begins | `found`, and what a service account is `given` |
//! | who calls | `caller` by `client`; `token`, `issued` for a `scope`; `ration` |
//! | what is in it | `people`, `groups`, `vaults`, `access`; `items` with a `body`, `files` |
//! | what happens elsewhere | `outside` |
//! | what is shown of it later | `replica` as Connect has one; `report` to the Events API, in the words of `audit` and `usage` |

use std::cell::RefCell;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Params, Row, TransactionBehavior};
use serde::Serialize;

mod access;
mod audit;
mod body;
mod caller;
mod client;
mod files;
mod folder;
mod found;
mod given;
mod groups;
mod ids;
mod issued;
mod items;
mod ledger;
#[cfg(test)]
mod outside;
mod people;
mod ration;
mod replica;
mod report;
mod schema;
mod scope;
mod token;
mod usage;
mod vaults;

#[cfg(test)]
mod tests;

pub(crate) use body::{Body, Field};
pub use caller::Caller;
pub(crate) use caller::{Favours, Role};
pub(crate) use client::Client;
pub(crate) use files::{FileRow, Label, Upload};
pub(crate) use found::Founding;
pub(crate) use groups::GroupRow;
pub(in crate::sandbox) use ids::Noun;
pub(crate) use issued::Listed;
pub(crate) use items::{ItemRow, NewItem};
pub use ledger::Entry;
pub(crate) use people::Step;
pub use people::{NewPerson, PersonRow};
pub use ration::Limits;
pub(crate) use ration::{Allowance, Cost};
pub(in crate::sandbox) use replica::Replica;
pub(in crate::sandbox) use report::{Span, nanos};
pub(crate) use scope::{Feature, Issue, Opened, Scope};
pub use token::PersonToken;
pub(crate) use token::Tokens;
pub(in crate::sandbox) use usage::Use;
pub(crate) use vaults::{VaultRow, Wanted};

use super::refusal::{Refusal, Result};
use crate::domain::id::{BadId, FileId};
use folder::Folder;
use token::Lines;

/// What the management routes let the service account see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// As little as the real one sees: who has access, not at which level; groups, not members.
    #[default]
    ServiceAccount,
    /// As much as a signed-in person.
    Person,
}

/// What is decided anew each time a world is opened.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rules {
    /// The ration of the service account.
    pub(crate) limits: Limits,
    /// What the service account is shown.
    pub(crate) view: View,
}

/// An open world. One process at a time holds it.
#[derive(Debug)]
pub struct World {
    db: Mutex<Connection>,
    folder: Folder,
    rules: Rules,
}

impl World {
    /// Opens the world in a data folder, or makes an empty one: tables, but no account yet
    /// ([`Turn::found`]). Fails if the folder holds something else or is in use.
    pub(crate) fn open(folder: &Path, rules: Rules) -> Result<Self> {
        let folder = Folder::open(folder)?;
        let mut db = Connection::open(folder.database())?;
        schema::prepare(&mut db)?;
        let known = db
            .prepare("SELECT id FROM file")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        folder.sweep(&known)?;
        Ok(Self { db: Mutex::new(db), folder, rules })
    }

    /// The world at a moment. Every change made through it carries this time.
    pub fn at(&self, now: Timestamp) -> At<'_> {
        At { world: self, now }
    }

    /// What was decided when it was opened.
    pub(crate) fn rules(&self) -> Rules {
        self.rules
    }

    /// The tokens of a founded world, as `tokens.json` has them.
    pub(crate) fn tokens(&self) -> Tokens {
        Lines::read(&self.folder).tokens()
    }

    /// The 0600 file that holds the tokens.
    pub(crate) fn tokens_file(&self) -> std::path::PathBuf {
        self.folder.tokens()
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic cannot leave a half-made change behind: its transaction was rolled back.
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A world at a moment.
#[derive(Clone, Copy, Debug)]
pub struct At<'w> {
    world: &'w World,
    now: Timestamp,
}

impl At<'_> {
    /// The moment.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Looks at the world.
    pub fn read<T>(&self, work: impl FnOnce(&Turn<'_>) -> Result<T>) -> Result<T> {
        let db = self.world.lock();
        let after = After::default();
        work(&Turn { db: &db, world: self.world, now: self.now, after: &after })
    }

    /// Changes the world: all that `work` does, or nothing if it fails.
    pub fn write<T>(&self, work: impl FnOnce(&Turn<'_>) -> Result<T>) -> Result<T> {
        let mut db = self.world.lock();
        let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let after = After::default();
        let done = work(&Turn { db: &change, world: self.world, now: self.now, after: &after })?;
        // Tokens first: a token of nobody is harmless, a person without a token is lost.
        if let Some(lines) = after.tokens.into_inner() {
            lines.write(&self.world.folder)?;
        }
        change.commit()?;
        for file in after.gone.into_inner() {
            self.world.folder.discard(&file);
        }
        Ok(done)
    }
}

/// What a change leaves to do on the disk when it succeeds.
#[derive(Default)]
struct After {
    tokens: RefCell<Option<Lines>>,
    gone: RefCell<Vec<FileId>>,
}

/// One reading or change of the world. All its methods see and make one consistent state.
pub struct Turn<'t> {
    db: &'t Connection,
    world: &'t World,
    now: Timestamp,
    after: &'t After,
}

impl Turn<'_> {
    /// The moment of this turn.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// The same turn, with its changes dated otherwise: scenarios have a past.
    #[must_use]
    pub(crate) fn dated(&self, then: Timestamp) -> Turn<'_> {
        Turn { now: then, ..*self }
    }

    fn millis(&self) -> i64 {
        self.now.as_millisecond()
    }

    /// Every row that is found.
    fn all<T>(
        &self,
        question: &str,
        with: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut rows = self.db.prepare_cached(question)?;
        Ok(rows.query_map(with, read)?.collect::<rusqlite::Result<_>>()?)
    }

    /// The row that is found, if there is one.
    fn one<T>(
        &self,
        question: &str,
        with: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.db.prepare_cached(question)?.query_row(with, read).optional()?)
    }

    /// Whether any row is found.
    fn any(&self, question: &str, with: impl Params) -> Result<bool> {
        Ok(self.db.prepare_cached(question)?.exists(with)?)
    }

    /// Changes rows, and tells how many.
    fn change(&self, statement: &str, with: impl Params) -> Result<usize> {
        Ok(self.db.prepare_cached(statement)?.execute(with)?)
    }

    /// What `tokens.json` will hold when this turn succeeds.
    fn with_tokens<T>(&self, work: impl FnOnce(&mut Lines) -> T) -> T {
        let mut pending = self.after.tokens.borrow_mut();
        work(pending.get_or_insert_with(|| Lines::read(&self.world.folder)))
    }
}

impl std::fmt::Debug for Turn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turn").field("now", &self.now).finish_non_exhaustive()
    }
}

/// A new id: the sandbox's prefix, then random letters, in the case of its kind.
fn fresh<T: TryFrom<String, Error = BadId>>() -> Result<T> {
    let lower = format!("sbx{}", token::letters(token::LOWER, 23)?);
    let upper = lower.to_ascii_uppercase();
    T::try_from(lower)
        .or_else(|_| T::try_from(upper))
        .map_err(|error| Refusal::new(500, format!("making an id: {error}")))
}

/// Eight random lower-case letters and digits (base32): the nonce of a class vault's description.
pub(crate) fn nonce() -> Result<String> {
    token::letters(token::LOWER, 8)
}

/// Reads an id from a row.
fn id<T: TryFrom<String, Error = BadId>>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    T::try_from(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
    })
}

/// Reads a time from a row.
fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    Ok(Timestamp::from_millisecond(row.get(column)?).unwrap_or_default())
}

/// Reads a count from a row.
fn count(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or_default())
}
