//! Since when an access is seen that should not be.

pub(super) const TABLES: &str = "
CREATE TABLE stray (
    vault TEXT NOT NULL, who TEXT NOT NULL, since TEXT NOT NULL, seen_at TEXT NOT NULL,
    PRIMARY KEY (vault, who)
) STRICT, WITHOUT ROWID;
";
