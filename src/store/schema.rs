//! The tables, and how the file is made and opened.
//!
//! Times are RFC 3339 in UTC with nine digits after the point: exact, readable, and in the order of
//! time. Ids and keys are checked when they are read. JSON stands where a value is only ever read
//! as a whole.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::{
    Trouble, activity, alarms, baseline, checkpoint, closing, copies, decisions, handoff, jobs, marks,
    quarantine, readers, strays, watched,
};
use crate::domain::fault::{Fault, Kind};

/// The version of the tables, kept in the file's `user_version`.
pub(super) const VERSION: i64 = ADDED[ADDED.len() - 1].0;

/// How long another program may write before it is a fault.
const BUSY: Duration = Duration::from_secs(5);
/// The same for whoever only glances at it.
const GLANCE: Duration = Duration::from_millis(100);
/// And how long it may take to bring the store up to date.
const MIGRATES: Duration = Duration::from_secs(300);

/// The tables of version 1; see [`ADDED`] for the others.
pub(super) const TABLES: &str = "
CREATE TABLE student (
    key TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, gone INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE binding (
    student TEXT PRIMARY KEY, vault TEXT NOT NULL UNIQUE, nonce TEXT NOT NULL, bound_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What we granted, as the answers said; permissions by name, with commas.
CREATE TABLE access (
    vault TEXT NOT NULL, who TEXT NOT NULL, permissions TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (vault, who)
) STRICT, WITHOUT ROWID;

-- The last list of direct access of each vault.
CREATE TABLE listing (vault TEXT PRIMARY KEY, grants TEXT NOT NULL, at TEXT NOT NULL) STRICT;

CREATE TABLE cached (name TEXT PRIMARY KEY, json TEXT NOT NULL, at TEXT NOT NULL) STRICT;

CREATE TABLE front (ord INTEGER PRIMARY KEY, json TEXT NOT NULL) STRICT;

-- Holds one row from the first look at the class on.
CREATE TABLE first_look (began INTEGER PRIMARY KEY CHECK (began = 1)) STRICT;

-- A vault without a content_version waits for its first look, which announces nothing.
CREATE TABLE seen_vault (vault TEXT PRIMARY KEY, content_version INTEGER, full_at TEXT) STRICT, WITHOUT ROWID;

CREATE TABLE seen_item (
    vault TEXT NOT NULL REFERENCES seen_vault (vault) ON DELETE CASCADE,
    item TEXT NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL,
    title TEXT NOT NULL, category TEXT NOT NULL,
    created_at TEXT, updated_at TEXT, last_edited_by TEXT, files TEXT NOT NULL,
    PRIMARY KEY (vault, item)
) STRICT;
CREATE INDEX upload ON seen_item (vault, state, updated_at, created_at);

-- AUTOINCREMENT: a number is never given twice, not even after the newest arrival was erased.
CREATE TABLE arrival (seq INTEGER PRIMARY KEY AUTOINCREMENT, json TEXT NOT NULL) STRICT;

-- What the pseudonyms of the audit log stand for; the only place where that can be looked up.
CREATE TABLE name (pseudonym TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;
";

/// What each version adds to the tables of the one before.
const ADDED: [(i64, &[&str]); 4] = [
    // The journal can be asked by student and item, and the rooms beside it keep tables of their own.
    (
        2,
        &[
            JOURNAL,
            baseline::TABLES,
            alarms::TABLES,
            copies::TABLES,
            readers::TABLES,
            watched::TABLES,
            decisions::TABLES,
            handoff::TABLES,
            marks::TABLES,
        ],
    ),
    // Plans on their way, vaults that were left behind, since when strays were seen, the end of a term, and the
    // last checkpoint of the log.
    (3, &[jobs::TABLES, quarantine::TABLES, strays::TABLES, closing::TABLES, checkpoint::TABLES]),
    // What the Events API reported.
    (4, &[activity::TABLES]),
    // When a page of a feed was taken over last.
    (5, &[activity::PAGE_TIMES]),
];

const JOURNAL: &str = "
ALTER TABLE seen_item ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE arrival ADD COLUMN student TEXT GENERATED ALWAYS AS (json_extract(json, '$.student.key')) VIRTUAL;
ALTER TABLE arrival ADD COLUMN vault TEXT GENERATED ALWAYS AS (json_extract(json, '$.vault.id')) VIRTUAL;
ALTER TABLE arrival ADD COLUMN item TEXT GENERATED ALWAYS AS (json_extract(json, '$.item.id')) VIRTUAL;
CREATE INDEX arrival_of ON arrival (student, seq);
CREATE INDEX arrival_at ON arrival (vault, item, seq);
";

/// Opens a store, and makes it first if it is not there.
///
/// This is on the way to the first frame, so an existing file costs one statement only: WAL is
/// recorded in the file, and syncing each commit fully is SQLite's default.
pub(super) fn open(path: &Path) -> Result<Connection, Trouble> {
    match fs::metadata(path) {
        Ok(meta) if meta.permissions().mode() & 0o077 != 0 => {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(|e| failed(path, &e))?;
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path)?,
        Err(error) => return Err(failed(path, &error)),
    }
    let connection = connect(path)?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match version {
        VERSION => Ok(connection),
        1..VERSION => migrate(path, connection),
        newer if newer > VERSION => {
            let message = format!("the store {} was made by a newer version of Strongroom", path.display());
            let hint = "update Strongroom, or name another folder with --state";
            Err(Trouble::Told(Fault::new(Kind::Local, message).hint(hint)))
        }
        _ => Err(Trouble::Damaged("it is not a store of Strongroom")),
    }
}

/// Opens a store of this version to read from it; of any other version it knows nothing.
pub(super) fn open_for_a_glance(path: &Path) -> Result<Connection, Trouble> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(GLANCE)?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == VERSION { Ok(connection) } else { Err(Trouble::Damaged("it is of another version")) }
}

/// Brings a store of an earlier version up to date. What it was is kept beside it, as `store.db.1` and
/// so on.
fn migrate(path: &Path, mut connection: Connection) -> Result<Connection, Trouble> {
    // Another program may be copying it, which takes as long as the file is large.
    connection.busy_timeout(MIGRATES)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    // Another program may have been faster.
    if version < VERSION {
        let kept = path.with_extension(format!("db.{version}"));
        // A copy of a program that died on the way is none.
        match fs::remove_file(&kept) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(&kept, &error)),
            _ => {}
        }
        let beside = connect(path)?;
        beside.execute("VACUUM INTO ?1", [kept.display().to_string()])?;
        fs::set_permissions(&kept, fs::Permissions::from_mode(0o600)).map_err(|e| failed(&kept, &e))?;
        for (_, tables) in ADDED.iter().filter(|(added, _)| version < *added) {
            transaction.execute_batch(&tables.concat())?;
        }
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

fn connect(path: &Path) -> Result<Connection, Trouble> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(BUSY)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Makes a store under another name and puts it in place whole, so that nobody ever opens half a
/// store; of two programs that start at the same time, one wins and both use what it made.
///
/// The file itself is never opened but by SQLite: closing another handle of it would drop the
/// locks that SQLite holds on it in this process.
fn make(path: &Path) -> Result<(), Trouble> {
    let fail = |error: io::Error| failed(path, &error);
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail)?;
    // Made with mode 0600, whatever the umask; SQLite gives its side files the same.
    let new = tempfile::NamedTempFile::new_in(folder).map_err(fail)?.into_temp_path();
    let connection = connect(&new)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let added: String = ADDED.iter().map(|(_, tables)| tables.concat()).collect();
    connection.execute_batch(&format!("BEGIN; {TABLES} {added} PRAGMA user_version = {VERSION}; COMMIT"))?;
    connection.close().map_err(|(_, error)| error)?;
    match new.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(fail(error.error)),
        _ => File::open(folder).and_then(|folder| folder.sync_all()).map_err(fail),
    }
}

fn failed(path: &Path, error: &io::Error) -> Trouble {
    let message = format!("the store {}: {error}", path.display());
    let hint = "check the file and its folder: both must be writable by you";
    Trouble::Told(Fault::new(Kind::Local, message).hint(hint))
}
