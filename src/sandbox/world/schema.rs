//! The tables of `world.db`.
//!
//! Times are milliseconds since 1970 (UTC), permissions comma-separated names, and people's states
//! the raw words of 1Password, so that a state this program does not know can be stored as well.

use rusqlite::Connection;

use crate::sandbox::refusal::{Refusal, Result};

/// Raised whenever the tables change; an older or newer world is refused, not guessed at.
const VERSION: i64 = 3;

const TABLES: &str = "
CREATE TABLE account (id TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL) STRICT;

CREATE TABLE person (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,          -- the address as it is compared
    type TEXT NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, updated INTEGER NOT NULL
) STRICT;

CREATE TABLE circle (                     -- a group; the plain word is reserved in SQL
    id TEXT PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, created INTEGER NOT NULL
) STRICT;

CREATE TABLE member (
    circle TEXT NOT NULL REFERENCES circle ON DELETE CASCADE,
    person TEXT NOT NULL REFERENCES person ON DELETE CASCADE,
    PRIMARY KEY (circle, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_person ON member (person);

CREATE TABLE token (                      -- SHA-256 only; the token itself is not in here
    hash BLOB PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE vault (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL, icon TEXT NOT NULL,
    type TEXT NOT NULL, creator TEXT NOT NULL,
    content_version INTEGER NOT NULL, attribute_version INTEGER NOT NULL,
    created INTEGER NOT NULL, updated INTEGER NOT NULL
) STRICT;
CREATE INDEX vault_creator ON vault (creator);
CREATE TABLE vault_gone (id TEXT PRIMARY KEY, creator TEXT NOT NULL) STRICT;

CREATE TABLE access (
    vault TEXT NOT NULL REFERENCES vault ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('person', 'group')),
    who TEXT NOT NULL, permissions TEXT NOT NULL,
    PRIMARY KEY (vault, kind, who)
) STRICT, WITHOUT ROWID;
CREATE INDEX access_who ON access (who);

CREATE TABLE item (
    id TEXT PRIMARY KEY, vault TEXT NOT NULL REFERENCES vault ON DELETE CASCADE,
    title TEXT NOT NULL, category TEXT NOT NULL, favorite INTEGER NOT NULL,
    version INTEGER NOT NULL, archived INTEGER NOT NULL,
    body TEXT NOT NULL,                   -- JSON: tags, urls, sections, fields
    created INTEGER NOT NULL, updated INTEGER NOT NULL, editor TEXT NOT NULL
) STRICT;
CREATE INDEX item_vault ON item (vault, archived);

CREATE TABLE file (                       -- the bytes are in files/<id>
    id TEXT PRIMARY KEY, item TEXT NOT NULL REFERENCES item ON DELETE CASCADE,
    name TEXT NOT NULL, size INTEGER NOT NULL
) STRICT;
CREATE INDEX file_item ON file (item);

CREATE TABLE ration (window TEXT PRIMARY KEY, started INTEGER NOT NULL, used INTEGER NOT NULL) STRICT;

CREATE TABLE ledger (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL,
    actor TEXT NOT NULL, action TEXT NOT NULL, facts TEXT NOT NULL
) STRICT;
";

/// What a service account got when it was created: vaults that it did not make itself.
const SINCE_2: &str = "
CREATE TABLE given (
    vault TEXT PRIMARY KEY REFERENCES vault ON DELETE CASCADE,
    writes INTEGER NOT NULL               -- write_items beside read_items
) STRICT;

CREATE TABLE setting (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
";

/// Tokens that are good for less than an account: of Connect, for vaults; of the Events API, for feeds. By which
/// client a change was made, and what the Events API tells of changes and of items that were used.
const SINCE_3: &str = "
ALTER TABLE token ADD COLUMN scope TEXT;  -- JSON; NULL is a person's or the service account's own
ALTER TABLE ledger ADD COLUMN client TEXT NOT NULL DEFAULT '';

CREATE TABLE report (                     -- records of the Events API as they go out
    place INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of arrival
    feed TEXT NOT NULL, uuid TEXT NOT NULL UNIQUE,
    time INTEGER NOT NULL,                -- nanoseconds since 1970
    body TEXT NOT NULL                    -- JSON, as the second version of the API has it
) STRICT;
CREATE INDEX report_feed ON report (feed, place);
";

/// Sets the connection up and makes the tables of a new database.
pub(super) fn prepare(db: &mut Connection) -> Result<()> {
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "NORMAL")?; // enough for kill -9
    db.pragma_update(None, "foreign_keys", true)?;
    db.set_prepared_statement_cache_capacity(64);
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == VERSION {
        return Ok(());
    }
    if !(0..VERSION).contains(&version) {
        return Err(Refusal::new(500, format!("this world has version {version}, not {VERSION}")));
    }
    let change = db.transaction()?;
    if version == 0 {
        change.execute_batch(TABLES)?;
    }
    if version < 2 {
        change.execute_batch(SINCE_2)?;
    }
    change.execute_batch(SINCE_3)?;
    change.pragma_update(None, "user_version", VERSION)?;
    change.commit()?;
    Ok(())
}
