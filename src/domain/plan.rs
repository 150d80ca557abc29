//! What would change, step by step, before anything is sent.

mod admit;
mod change;
mod class;
mod discard;
mod ending;
mod inverse;
mod mend;
mod provide;
mod row;
mod seen;
mod turns;
mod weight;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::access::{Level, Principal};
use super::admission::Admission;
use super::budget::Cost;
use super::budget::forecast::Effort;
use super::class::StudentKey;
use super::digest::Digest;
use super::fault::{Fault, Kind};
use super::frame::Frame;
use super::guard::Guard;
use super::id::VaultId;
use super::job::JobId;
use super::operation::Operation;
use super::roster::Student;
use super::term::{Closing, Forgone, Stage};
use super::text::{SafeText, counted};
pub use inverse::inverse;
pub use row::{Outcome, Row, Step};
pub use seen::Seen;
pub(in crate::domain) use turns::Turns;

/// A change of one cell that somebody staged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// On which vault.
    pub vault: VaultId,
    /// Whose access.
    pub who: Principal,
    /// The wanted level; [`Level::None`] revokes.
    pub to: Level,
}

impl Change {
    /// The operation that does it.
    pub fn operation(&self) -> Operation {
        let (vault, who) = (self.vault.clone(), self.who.clone());
        match self.to {
            Level::None => Operation::Revoke { vault, who },
            level => Operation::Grant { vault, who, level },
        }
    }
}

/// What somebody wants to be different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A vault and the class's level for these students; empty means everybody in the roster.
    Provision(Vec<StudentKey>),
    /// Exactly these changes of access.
    Access(Vec<Change>),
    /// This done with these students; to confirm nobody in particular is everybody who waits for it.
    People(Admission, Vec<StudentKey>),
    /// Exactly the access that class file and roster ask for, on the vaults of these students; empty means
    /// everybody who is or was in the roster.
    Class(Vec<StudentKey>),
    /// Taken away what is on these students' vaults and should not be; empty means everybody's.
    Mend(Vec<StudentKey>),
    /// A step of the end of the term that changes vaults: freeze, revoke or delete. Empty means everybody
    /// who has a vault.
    Ending(Stage, Vec<StudentKey>),
}

/// Every difference between what is and what is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// One row a vault, in the order in which they are carried out.
    pub rows: Vec<Row>,
    /// What could not be checked under this identity.
    pub unverified: Vec<SafeText>,
    /// How long it will probably take; `None` until somebody who knows the ration has worked it out.
    pub eta: Option<Duration>,
    /// Whether students were to get their vaults and access.
    pub provides: bool,
    /// Whose own access the wish takes, or makes another than the class's level, also where nothing has to
    /// be sent for it: nobody gives it to them by itself from then on.
    pub taken: Vec<StudentKey>,
    /// What is weighty about it, if anything is.
    pub guard: Option<Guard>,
    /// Which step of the end of the term it is, if it is one: for whom it comes to its end that is noted.
    pub stage: Option<Stage>,
    /// What whoever agrees to it agrees to lose with the vault that it deletes.
    pub forgone: Forgone,
    /// What was typed by whoever agreed to a weighty plan.
    pub typed: Option<String>,
    /// The job that carries it out; one that goes on has its name already.
    pub job: Option<JobId>,
    /// What it is for, in a few words, for lists of jobs.
    pub title: SafeText,
    /// The job that it takes back, if it does; each of its records in the log says so.
    pub undoes: Option<JobId>,
    /// What whoever agrees to it should know beside its rows.
    pub notes: Vec<SafeText>,
}

impl Plan {
    /// The plan for a wish, bound to what it was worked out from.
    pub fn make(frame: &Frame, wish: &Wish) -> Result<Self, Fault> {
        let mut plan = match wish {
            Wish::Provision(keys) => {
                let (rows, unverified) = (provide::provision(frame, keys)?, frame.unverified());
                Self { rows, unverified, provides: true, ..Self::default() }
            }
            Wish::Access(changes) => {
                let (rows, taken) = change::changes_by_vault(frame, changes)?;
                Self { rows, unverified: frame.unverified(), taken, ..Self::default() }
            }
            Wish::People(act, keys) => {
                let rows = admit::people(frame, *act, keys)?;
                Self { rows, unverified: frame.unverified_people(), ..Self::default() }
            }
            Wish::Mend(keys) => mend::mend(frame, keys)?,
            Wish::Ending(stage, keys) => ending::plan(frame, *stage, keys)?,
            Wish::Class(keys) => {
                let (rows, unverified) = (class::class(frame, keys)?, frame.unverified());
                Self { rows, unverified, provides: true, ..Self::default() }
            }
        };
        plan.notes.extend(closed(frame, wish));
        plan.bind(frame);
        plan.title = plan.titled(wish);
        Ok(plan)
    }

    /// Binds every row that changes something to what it rests on, and notes what is weighty about the
    /// whole.
    pub fn bind(&mut self, frame: &Frame) {
        for row in &mut self.rows {
            let sends = row.outcome == Outcome::Planned && !row.steps.is_empty();
            row.seen = sends.then(|| Seen::of(frame, row));
        }
        // What the end of a term asks for is graver than what any plan does.
        self.guard = self.guard.take().or_else(|| self.weight(frame));
    }

    fn titled(&self, wish: &Wish) -> SafeText {
        let rows = self.changes();
        SafeText::new(&match wish {
            Wish::Provision(_) => format!("provision {}", counted(rows, "student")),
            Wish::Access(changes) => counted(changes.len(), "change") + " of access",
            Wish::People(act, _) => format!("{} {}", act.name(), counted(rows, "student")),
            Wish::Class(_) => format!("{} as the class file says", counted(rows, "vault")),
            Wish::Ending(stage, _) => format!("end of term: {}", stage.name()),
            Wish::Mend(_) => format!("mend {}", counted(rows, "vault")),
        })
    }

    /// Whether it changes people rather than vaults.
    pub fn is_about_people(&self) -> bool {
        self.rows.iter().any(Row::is_about_person)
    }

    /// What the steps ask of the ration; finding out first costs one list of vaults.
    pub fn cost(&self) -> Cost {
        let mut cost = Cost::default();
        self.rows.iter().filter(|row| row.outcome == Outcome::Planned).for_each(|row| cost += row.cost());
        if self.rows.iter().any(|row| row.steps.contains(&Step::CreateVault)) {
            cost.reads += 1;
        }
        cost
    }

    /// What has to be sent, by how fast it can be.
    pub fn effort(&self) -> Effort {
        let planned = self.rows.iter().filter(|row| row.outcome == Outcome::Planned);
        let made = planned.flat_map(|row| &row.steps).filter(|step| **step == Step::CreateVault).count();
        let (vaults, cost) = (u32::try_from(made).unwrap_or(u32::MAX), self.cost());
        Effort { vaults, changes: cost.writes.saturating_sub(vaults), reads: cost.reads }
    }

    /// How long it will probably take, in words that follow others; nothing where that is not worth a
    /// word.
    pub fn takes(&self) -> String {
        self.eta.map(takes).unwrap_or_default()
    }

    /// The fingerprint of what it would do and of what it was worked out from, by which it is bound to both.
    /// Ids decide: under which name somebody is shown is no part of it.
    pub fn digest(&self) -> Digest {
        let nameless = |step: &Step| {
            let mut step = step.clone();
            if let Step::Grant { name, .. } | Step::Revoke { name, .. } = &mut step {
                *name = SafeText::default();
            }
            format!("{step:?}")
        };
        let steps = |row: &Row| row.steps.iter().map(nameless).collect::<Vec<_>>();
        let planned = self.rows.iter().filter(|row| !row.steps.is_empty());
        let taken = &self.taken;
        let rows: Vec<_> = planned.map(|row| (&row.student, &row.vault, steps(row), &row.seen)).collect();
        match &self.undoes {
            None => Digest::of(&(rows, taken)),
            Some(undone) => Digest::of(&(rows, taken, undone)),
        }
    }

    /// The number of rows that would change something.
    pub fn changes(&self) -> usize {
        self.rows.iter().filter(|row| row.outcome == Outcome::Planned).count()
    }
}

fn named<'a>(frame: &'a Frame, keys: &[StudentKey]) -> Result<Vec<&'a Student>, Fault> {
    let unknown = |key: &StudentKey| Fault::new(Kind::Input, format!("{key} is not in the roster"));
    keys.iter().map(|key| frame.student(key).ok_or_else(|| unknown(key))).collect()
}

/// A time in words that follow others; nothing where it is not worth a word.
pub fn takes(time: Duration) -> String {
    match time.as_secs() {
        0..10 => String::new(),
        seconds @ 10..120 => format!(", about {seconds} s"),
        seconds @ 120..7_200 => format!(", about {} min", (seconds + 30) / 60),
        seconds => format!(", about {} h", (seconds + 1_800) / 3_600),
    }
}

/// Of whom nothing is given since their term is over, where a plan is to give everybody what is theirs.
fn closed(frame: &Frame, wish: &Wish) -> Option<SafeText> {
    let (Wish::Provision(keys) | Wish::Class(keys)) = wish else { return None };
    let is_over = |key: &StudentKey| frame.closing.get(key).is_some_and(Closing::is_closing);
    let students = frame.students.iter().map(|student| &student.key);
    let is_meant = |key: &StudentKey| keys.is_empty() || keys.contains(key);
    let count = students.filter(|key| !frame.gone.contains(*key) && is_meant(key) && is_over(key)).count();
    (count > 0).then(|| {
        let who = counted(count, "student");
        SafeText::new(&format!("closed: {who}, given nothing until: strongroom close-term --reopen STUDENT"))
    })
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
