//! What would change, step by step, before anything is sent.

use std::collections::HashMap;
use std::time::Duration;

use super::access::{Level, Principal};
use super::admission::{Admission, Due};
use super::budget::Cost;
use super::budget::forecast::Effort;
use super::class::StudentKey;
use super::fault::{Fault, Kind};
use super::frame::{Frame, SignUp};
use super::id::{PersonId, VaultId};
use super::operation::{Operation, plain};
use super::roster::Student;
use super::text::SafeText;

/// One step of a row, on the row's vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Make the student's vault.
    CreateVault,
    /// Give somebody exactly a level.
    Grant {
        /// Who.
        who: Principal,
        /// The name shown.
        name: SafeText,
        /// The level before; `None` where it is not known.
        from: Option<Level>,
        /// The level after.
        to: Level,
    },
    /// Take all access from somebody.
    Revoke {
        /// Who.
        who: Principal,
        /// The name shown.
        name: SafeText,
        /// The level before; `None` where it is not known.
        from: Option<Level>,
    },
    /// Do something with the student's person in the account.
    Admission {
        /// What.
        act: Admission,
        /// The person; nobody yet where one is invited.
        person: Option<PersonId>,
        /// The student's address.
        email: SafeText,
    },
}

impl Step {
    /// Whose access it changes; nobody's where a vault is made or a person is admitted.
    pub fn who(&self) -> Option<&Principal> {
        match self {
            Self::Grant { who, .. } | Self::Revoke { who, .. } => Some(who),
            Self::CreateVault | Self::Admission { .. } => None,
        }
    }

    /// The level that it leads to; none where a vault is made or a person is admitted.
    pub fn level(&self) -> Option<Level> {
        match self {
            Self::Grant { to, .. } => Some(*to),
            Self::Revoke { .. } => Some(Level::None),
            Self::CreateVault | Self::Admission { .. } => None,
        }
    }

    /// What it does with a person, if it does.
    pub fn admission(&self) -> Option<Admission> {
        if let Self::Admission { act, .. } = self { Some(*act) } else { None }
    }
}

/// How a row of a plan stands, before, during and after it is carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was sent yet.
    Planned,
    /// Being carried out.
    Running,
    /// All steps are done.
    Done,
    /// Nothing had to change.
    Unchanged,
    /// Waits for somebody outside, with what has to happen next.
    Waiting(SafeText),
    /// A rule of access forbids it.
    Refused(SafeText),
    /// A step failed, or its outcome is not known; later steps were not sent.
    Failed(SafeText),
}

impl Outcome {
    /// The word used in output.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running => "running",
            Self::Done => "done",
            Self::Unchanged => "unchanged",
            Self::Waiting(_) => "waiting",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
        }
    }

    /// The reason, where there is one.
    pub fn message(&self) -> Option<&SafeText> {
        match self {
            Self::Waiting(text) | Self::Refused(text) | Self::Failed(text) => Some(text),
            _ => None,
        }
    }
}

/// What changes for one student's vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Whose vault.
    pub student: StudentKey,
    /// The student's name.
    pub name: SafeText,
    /// The vault, once there is one.
    pub vault: Option<VaultId>,
    /// In order; a failed one stops the rest of its row, never other rows.
    pub steps: Vec<Step>,
    /// How it stands.
    pub outcome: Outcome,
}

impl Row {
    /// What the row asks of the ration: making a vault is one write after one look, a grant or a
    /// revoke one write each, and a narrowing under a service account two. Where a level is not known
    /// on a vault that is there, who is on it is read first, unless that list was read and shows none.
    pub fn cost(&self) -> Cost {
        let mut cost = Cost::default();
        let is_unread =
            |step: &Step| matches!(step, Step::Grant { from: None, .. } | Step::Revoke { from: None, .. });
        if self.vault.is_some() && self.steps.iter().any(is_unread) {
            cost += Cost::GRANTS;
        }
        for step in &self.steps {
            cost += match step {
                Step::Grant { from: Some(from), to, .. } if from > to => Cost { reads: 0, writes: 2 },
                _ => Cost { reads: 0, writes: 1 },
            };
        }
        cost
    }
}

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
}

/// Every difference between what is and what is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
}

impl Plan {
    /// The plan for a wish.
    pub fn make(frame: &Frame, wish: &Wish) -> Result<Self, Fault> {
        Ok(match wish {
            Wish::Provision(keys) => {
                let (rows, unverified) = (provision(frame, keys)?, frame.unverified());
                Self { rows, unverified, provides: true, ..Self::default() }
            }
            Wish::Access(changes) => {
                let (rows, unverified) = (changes_by_vault(frame, changes)?, frame.unverified());
                let taken = changes.iter().filter_map(|change| taken(frame, change)).collect();
                Self { rows, unverified, taken, ..Self::default() }
            }
            Wish::People(act, keys) => {
                let rows = people(frame, *act, keys)?;
                Self { rows, unverified: frame.unverified_people(), ..Self::default() }
            }
        })
    }

    /// Whether it changes people rather than vaults.
    pub fn is_about_people(&self) -> bool {
        self.rows.iter().flat_map(|row| &row.steps).any(|step| step.admission().is_some())
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
        match self.eta.map_or(0, |eta| eta.as_secs()) {
            0..10 => String::new(),
            seconds @ 10..120 => format!(", about {seconds} s"),
            seconds @ 120..7_200 => format!(", about {} min", (seconds + 30) / 60),
            seconds => format!(", about {} h", (seconds + 1_800) / 3_600),
        }
    }

    /// The number of rows that would change something.
    pub fn changes(&self) -> usize {
        self.rows.iter().filter(|row| row.outcome == Outcome::Planned).count()
    }
}

fn provision(frame: &Frame, keys: &[StudentKey]) -> Result<Vec<Row>, Fault> {
    let wanted = if keys.is_empty() {
        frame.students.iter().filter(|student| !frame.gone.contains(&student.key)).collect()
    } else {
        named(frame, keys)?
    };
    Ok(wanted.into_iter().map(|student| provision_one(frame, student)).collect())
}

fn named<'a>(frame: &'a Frame, keys: &[StudentKey]) -> Result<Vec<&'a Student>, Fault> {
    let unknown = |key: &StudentKey| Fault::new(Kind::Input, format!("{key} is not in the roster"));
    keys.iter().map(|key| frame.student(key).ok_or_else(|| unknown(key))).collect()
}

fn people(frame: &Frame, act: Admission, keys: &[StudentKey]) -> Result<Vec<Row>, Fault> {
    frame.acts_as_person()?;
    if keys.is_empty() && act != Admission::Confirm {
        return Err(Fault::new(Kind::Input, format!("nobody was named to {}", act.name())));
    }
    let wanted = named(frame, keys)?;
    let waits = |student: &&Student| matches!(frame.admission(act, student), Ok(Due::Now(_)));
    let wanted = if keys.is_empty() { frame.students.iter().filter(waits).collect() } else { wanted };
    Ok(wanted.into_iter().map(|student| person(frame, act, student)).collect())
}

fn person(frame: &Frame, act: Admission, student: &Student) -> Row {
    let (mut steps, mut outcome) = (Vec::new(), Outcome::Planned);
    match frame.admission(act, student) {
        Ok(Due::Now(_)) => {
            let person = frame.sign_up(student).1.map(|person| person.id.clone());
            steps.push(Step::Admission { act, person, email: student.email.safe() });
        }
        Ok(Due::Done) => outcome = Outcome::Unchanged,
        Ok(Due::Later(next)) => outcome = Outcome::Waiting(next.into()),
        Err(fault) => outcome = Outcome::Refused(SafeText::new(&fault.to_string())),
    }
    let vault = frame.bindings.get(&student.key).cloned();
    Row { student: student.key.clone(), name: student.name.clone(), vault, steps, outcome }
}

fn provision_one(frame: &Frame, student: &Student) -> Row {
    let vault = frame.bindings.get(&student.key).cloned();
    let mut row = Row {
        student: student.key.clone(),
        name: student.name.clone(),
        vault: vault.clone(),
        steps: Vec::new(),
        outcome: Outcome::Unchanged,
    };
    let (state, person) = frame.sign_up(student);
    let Some(person) = person.filter(|_| state.is_active()) else {
        row.outcome = Outcome::Waiting(awaited(frame, student, &state));
        return row;
    };
    let who = Principal::Person(person.id.clone());
    let level = frame.class.student;
    let target = match frame.permits_provision(student, &who) {
        Ok(target) => target,
        Err(fault) => {
            row.outcome = Outcome::Refused(SafeText::new(&fault.to_string()));
            return row;
        }
    };
    let from =
        vault.as_ref().map_or(Some(Level::None), |vault| frame.cell(vault, &who).level(frame.identity.kind));
    let so = |vault: &VaultId| {
        let held = frame.cell(vault, &who).set();
        held.is_some_and(|held| plain(held, frame.identity.kind) == target)
    };
    let grants = !vault.as_ref().is_some_and(so);
    if vault.is_none() {
        row.steps.push(Step::CreateVault);
    }
    if grants {
        row.steps.push(Step::Grant { who, name: person.name.clone(), from, to: level });
    }
    if !row.steps.is_empty() {
        row.outcome = Outcome::Planned;
    }
    row
}

/// What a student waits for; and who could be taken for the student meanwhile.
fn awaited(frame: &Frame, student: &Student, state: &SignUp) -> SafeText {
    let next = state.next().unwrap_or("not active");
    match frame.look_alikes(&student.key) {
        [] => next.into(),
        [other, ..] => SafeText::new(&format!("{next}; {}", other.in_words())),
    }
}

fn changes_by_vault(frame: &Frame, changes: &[Change]) -> Result<Vec<Row>, Fault> {
    let mut rows: Vec<Row> = Vec::new();
    let mut guests: HashMap<&Principal, (&VaultId, &StudentKey)> = HashMap::new();
    for change in changes {
        let owner = frame.owner(&change.vault).ok_or_else(|| {
            let message = format!("the vault {} belongs to no student of {}", change.vault, frame.class.id);
            Fault::new(Kind::Refused, message)
        })?;
        let (who, name) = (change.who.clone(), frame.name(&change.who));
        let from = frame.cell(&change.vault, &change.who).level(frame.identity.kind);
        let step = match change.to {
            Level::None => Step::Revoke { who, name, from },
            to => Step::Grant { who, name, from, to },
        };
        let mut row = Row {
            student: owner.key.clone(),
            name: owner.name.clone(),
            vault: Some(change.vault.clone()),
            steps: vec![step],
            outcome: Outcome::Planned,
        };
        let mut allowed = frame.permits(&change.operation());
        if change.to != Level::None && frame.is_guest(&change.who) {
            let (vault, of) = *guests.entry(&change.who).or_insert((&change.vault, &owner.key));
            if *vault != change.vault {
                allowed = Err(frame.second_vault(&change.who, of.as_str()));
            }
        }
        if let Err(fault) = allowed {
            row.outcome = Outcome::Refused(SafeText::new(&fault.to_string()));
        } else if from == Some(change.to) && from != Some(Level::Custom) {
            row.steps.clear();
            row.outcome = Outcome::Unchanged;
        }
        match rows.iter_mut().find(|other| other.vault == row.vault && other.outcome == row.outcome) {
            Some(other) if row.outcome == Outcome::Planned => other.steps.append(&mut row.steps),
            _ => rows.push(row),
        }
    }
    Ok(rows)
}

/// Whose own access a change takes, or makes another than the class asks; nobody's where it is forbidden.
fn taken(frame: &Frame, change: &Change) -> Option<StudentKey> {
    let owner = frame.owner(&change.vault).filter(|_| change.to != frame.class.student)?;
    let own = Principal::Person(frame.sign_up(owner).1?.id.clone());
    (change.who == own && frame.permits(&change.operation()).is_ok()).then(|| owner.key.clone())
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
