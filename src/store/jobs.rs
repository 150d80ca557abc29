//! Plans on their way: what a program that died has left, and what others ask of one that lives.
//!
//! A job is alive as long as its program holds the lock of its file, which the system takes back when the
//! program dies, however that happens. Nothing else tells a job that is carried out from one that was
//! left: no time, no number of a process.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::{Connection, Row};

use super::row::{all, count, first, from_json, id, maybe, number, run, stamp, text, time, to_json};
use super::{Store, Trouble};
use crate::domain::fault::{Fault, Kind};
use crate::domain::job::{Head, JobId, State, Wanted};
use crate::domain::plan::{Outcome, Plan};
use crate::domain::text::SafeText;

pub(super) const TABLES: &str = "
-- One line a job; the plan as JSON, how many of its rows change something, what somebody wants of it (to go
-- on, to wait, or to end), and whether the whole plan was looked at before anything of it was sent.
CREATE TABLE job (
    ord INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, plan TEXT NOT NULL, digest TEXT NOT NULL,
    title TEXT NOT NULL, made_at TEXT NOT NULL, by TEXT NOT NULL, state TEXT NOT NULL, wanted TEXT NOT NULL,
    rows INTEGER NOT NULL, ends TEXT, why TEXT, examined INTEGER NOT NULL DEFAULT 0
) STRICT;

-- How its rows stand, those that have begun; the name of the outcome, and what it says.
CREATE TABLE job_row (
    job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE, row INTEGER NOT NULL, outcome TEXT NOT NULL,
    message TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (job, row)
) STRICT, WITHOUT ROWID;
";

/// So many jobs that have come to their end are kept.
const KEPT: i64 = 200;

/// The lock of a job that this program carries out, held as long as this lives.
#[derive(Debug)]
pub struct JobLock {
    path: PathBuf,
    _file: File,
}

impl JobLock {
    /// Lets go of a job that has come to its end: nobody looks for its lock any more.
    pub fn end(self) {
        // A file that stays behind is an empty one that nobody holds.
        drop(fs::remove_file(&self.path));
    }
}

/// A job as it is told when it begins.
#[derive(Clone, Debug)]
pub struct Begun<'a> {
    /// Its name.
    pub id: &'a JobId,
    /// What it carries out.
    pub plan: &'a Plan,
    /// Whether it waits for its turn or begins at once.
    pub state: State,
    /// When.
    pub at: Timestamp,
    /// Which program.
    pub by: &'a SafeText,
}

/// What a job's program tells of it from time to time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// How it stands from now on, where that has changed.
    pub state: Option<State>,
    /// When it will probably be done, and why it does not go on just now, where that has changed.
    pub shown: Option<(Option<Timestamp>, Option<SafeText>)>,
    /// Rows by their number, and how they stand.
    pub rows: Vec<(usize, Outcome)>,
    /// Whether all of it was agreed to and still rested on what was so, before anything was sent.
    pub examined: bool,
}

/// A job with everything that is kept of it.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What is shown of it.
    pub head: Head,
    /// The plan as it was agreed to, each row with its outcome.
    pub plan: Plan,
    /// The rows that have begun, by their number.
    pub begun: Vec<usize>,
    /// Whether the whole was examined before anything of it was sent; else its program died before that.
    pub examined: bool,
}

impl Store {
    /// Takes the lock of a job; `None` where a living program has it.
    pub fn hold_job(&self, id: &JobId) -> Result<Option<JobLock>, Fault> {
        let path = self.job_lock(id);
        let failed = |error: std::io::Error| {
            Fault::new(Kind::Local, format!("the lock {}: {error}", path.display()))
                .hint("check the folder: it must be writable by you")
        };
        if let Some(folder) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        }
        let mut options = OpenOptions::new();
        let file =
            options.create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(JobLock { path: path.clone(), _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Whether a living program holds the job's lock.
    fn is_held(&self, id: &JobId) -> bool {
        // Without a file nobody does; one that cannot be looked at counts as held: nobody else begins it.
        match File::open(self.job_lock(id)) {
            Ok(file) => file.try_lock_shared().is_err(),
            Err(error) => error.kind() != std::io::ErrorKind::NotFound,
        }
    }

    fn job_lock(&self, id: &JobId) -> PathBuf {
        self.path().with_file_name("jobs").join(format!("{id}.lock"))
    }

    /// Writes a job down before anything of it is sent, and forgets the oldest of those that have ended.
    pub fn begin_job(&self, job: &Begun<'_>) -> Result<(), Fault> {
        const SQL: &str = "INSERT INTO job (id, plan, digest, title, made_at, by, state, wanted, rows)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'go', ?8)";
        const FORGET: &str = "DELETE FROM job WHERE state IN ('ended', 'cancelled') AND ord <= (
            SELECT ord FROM job WHERE state IN ('ended', 'cancelled') ORDER BY ord DESC LIMIT 1 OFFSET ?1)";
        let Begun { id, plan, state, at, by } = job;
        let (digest, title) = (plan.digest().to_string(), plan.title.as_str());
        self.write(|transaction| {
            let (json, rows) = (to_json(plan)?, number(plan.changes() as u64)?);
            let row = (id.as_str(), json, digest, title, stamp(*at), by.as_str(), state.word(), rows);
            run(transaction, SQL, row)?;
            run(transaction, FORGET, [KEPT]).map(drop)
        })
    }

    /// Takes a job back of which nothing was sent.
    pub fn drop_job(&self, id: &JobId) -> Result<(), Fault> {
        self.write(|transaction| run(transaction, "DELETE FROM job WHERE id = ?1", [id.as_str()]).map(drop))
    }

    /// Takes over what a job's program tells of it.
    pub fn tell_job(&self, id: &JobId, told: &Told, at: Timestamp) -> Result<(), Fault> {
        const ROW: &str = "INSERT OR REPLACE INTO job_row (job, row, outcome, message, at)
            VALUES (?1, ?2, ?3, ?4, ?5)";
        self.write(|transaction| {
            for (row, outcome) in &told.rows {
                let message = outcome.message().map_or("", SafeText::as_str);
                let row = number(*row as u64)?;
                run(transaction, ROW, (id.as_str(), row, outcome.name(), message, stamp(at)))?;
            }
            if let Some((ends, why)) = &told.shown {
                let shown = (id.as_str(), ends.map(stamp), why.as_ref().map(SafeText::as_str));
                run(transaction, "UPDATE job SET ends = ?2, why = ?3 WHERE id = ?1", shown)?;
            }
            if told.examined {
                run(transaction, "UPDATE job SET examined = 1 WHERE id = ?1", [id.as_str()])?;
            }
            if let Some(state) = told.state {
                let sql = "UPDATE job SET state = ?2 WHERE id = ?1";
                run(transaction, sql, (id.as_str(), state.word()))?;
            }
            Ok(())
        })
    }

    /// Notes what somebody wants of a job; whether there is one that can still be asked anything.
    pub fn want_job(&self, id: &JobId, wanted: Wanted) -> Result<bool, Fault> {
        const SQL: &str = "UPDATE job SET wanted = ?2 WHERE id = ?1 AND state NOT IN ('cancelled', 'ended')";
        self.write(|transaction| Ok(run(transaction, SQL, (id.as_str(), wanted.word()))? > 0))
    }

    /// What somebody wants of a job. One that is gone from the store goes on: nobody has asked it anything.
    pub fn wanted_of_job(&self, id: &JobId) -> Result<Wanted, Fault> {
        const SQL: &str = "SELECT wanted FROM job WHERE id = ?1";
        let read = |row: &Row<'_>| wanted(text(row, 0)?);
        Ok(self.read(|connection| first(connection, SQL, [id.as_str()], read))?.unwrap_or_default())
    }

    /// The newest jobs, the newest first: at most that many, but every one that is not over.
    pub fn jobs(&self, limit: usize) -> Result<Vec<Head>, Fault> {
        let heads = self.read(|connection| heads(connection, None, limit))?;
        Ok(heads.into_iter().map(|head| self.alive(head)).collect())
    }

    /// One job with its plan; `None` where there is none of that name.
    pub fn job(&self, id: &JobId) -> Result<Option<Kept>, Fault> {
        const PLAN: &str = "SELECT plan, examined FROM job WHERE id = ?1";
        const ROWS: &str = "SELECT row, outcome, message FROM job_row WHERE job = ?1 ORDER BY row";
        let kept = self.read(|connection| {
            let Some(head) = heads(connection, Some(id), 1)?.pop() else { return Ok(None) };
            let read = |row: &Row<'_>| Ok((from_json::<Plan>(text(row, 0)?)?, row.get::<_, bool>(1)?));
            let Some((mut plan, examined)) = first(connection, PLAN, [id.as_str()], read)? else {
                return Ok(None);
            };
            let rows = all(connection, ROWS, [id.as_str()], |row| {
                let at = usize::try_from(count(row, 0)?).map_err(|_| DAMAGED)?;
                Ok((at, Outcome::of(text(row, 1)?, SafeText::new(text(row, 2)?)).ok_or(DAMAGED)?))
            })?;
            let mut begun = Vec::new();
            for (at, outcome) in rows {
                plan.rows.get_mut(at).ok_or(DAMAGED)?.outcome = outcome;
                begun.push(at);
            }
            plan.job = Some(id.clone());
            Ok(Some(Kept { head, plan, begun, examined }))
        })?;
        Ok(kept.map(|kept| Kept { head: self.alive(kept.head), ..kept }))
    }

    /// A job that says it is under way and whose program is gone was left.
    fn alive(&self, head: Head) -> Head {
        let left =
            matches!(head.state, State::Running | State::Queued | State::Paused) && !self.is_held(&head.id);
        if left { Head { state: State::Left, ends: None, why: None, ..head } } else { head }
    }
}

const DAMAGED: Trouble = Trouble::Damaged("a job has not the form of one");

fn heads(connection: &Connection, id: Option<&JobId>, limit: usize) -> Result<Vec<Head>, Trouble> {
    const SQL: &str = "SELECT id, digest, title, state, wanted, made_at, by, rows, ends, why,
            (SELECT count(*) FROM job_row WHERE job = id AND outcome NOT IN ('planned', 'running')),
            (SELECT count(*) FROM job_row WHERE job = id AND outcome IN ('failed', 'refused'))
        FROM job WHERE (?1 IS NULL OR id = ?1) AND (state NOT IN ('ended', 'cancelled')
            OR ord IN (SELECT ord FROM job ORDER BY ord DESC LIMIT ?2) OR ?1 IS NOT NULL)
        ORDER BY ord DESC";
    all(connection, SQL, (id.map(JobId::as_str), super::row::limit(limit)), head)
}

fn head(row: &Row<'_>) -> Result<Head, Trouble> {
    Ok(Head {
        id: id(text(row, 0)?)?,
        plan: id(text(row, 1)?)?,
        title: SafeText::new(text(row, 2)?),
        state: state(text(row, 3)?)?,
        wanted: wanted(text(row, 4)?)?,
        made_at: time(text(row, 5)?)?,
        by: SafeText::new(text(row, 6)?),
        rows: count(row, 7)?,
        ends: maybe(row, 8)?.map(time).transpose()?,
        why: maybe(row, 9)?.map(SafeText::new),
        ended: count(row, 10)?,
        failed: count(row, 11)?,
    })
}

fn state(word: &str) -> Result<State, Trouble> {
    let all = [State::Queued, State::Running, State::Paused, State::Left, State::Cancelled, State::Ended];
    all.into_iter().find(|state| state.word() == word).ok_or(DAMAGED)
}

fn wanted(word: &str) -> Result<Wanted, Trouble> {
    let all = [Wanted::Go, Wanted::Pause, Wanted::Cancel];
    all.into_iter().find(|wanted| wanted.word() == word).ok_or(DAMAGED)
}
