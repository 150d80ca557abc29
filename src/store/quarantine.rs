//! Vaults that carry the mark of a student who has another one.

pub(super) const TABLES: &str = "
CREATE TABLE quarantine (
    vault TEXT PRIMARY KEY, student TEXT NOT NULL, nonce TEXT NOT NULL, items INTEGER, found_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";
