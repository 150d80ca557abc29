//! How far the end of a term is.

pub(super) const TABLES: &str = "
CREATE TABLE closing (
    step TEXT NOT NULL, student TEXT NOT NULL, at TEXT NOT NULL, detail TEXT NOT NULL,
    PRIMARY KEY (step, student)
) STRICT, WITHOUT ROWID;
";
