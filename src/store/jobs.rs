//! Plans on their way: what a program that died has left, and what others ask of one that lives.

pub(super) const TABLES: &str = "
-- One line a job; the plan as JSON, and what somebody wants of it: to go on, to wait, or to end.
CREATE TABLE job (
    id TEXT PRIMARY KEY, plan TEXT NOT NULL, digest TEXT NOT NULL, title TEXT NOT NULL, made_at TEXT NOT NULL,
    by TEXT NOT NULL, state TEXT NOT NULL, wanted TEXT NOT NULL, ends TEXT, why TEXT
) STRICT, WITHOUT ROWID;

-- How its rows stand, those that have begun.
CREATE TABLE job_row (
    job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE, row INTEGER NOT NULL, outcome TEXT NOT NULL,
    PRIMARY KEY (job, row)
) STRICT, WITHOUT ROWID;
";
