//! One row of a plan: whose vault, what is done to it step by step, and what has come of it.

use serde::{Deserialize, Serialize};

use super::Seen;
use crate::domain::access::{Level, Principal};
use crate::domain::admission::Admission;
use crate::domain::budget::Cost;
use crate::domain::class::StudentKey;
use crate::domain::fault::Fault;
use crate::domain::id::{PersonId, VaultId};
use crate::domain::operation::Operation;
use crate::domain::roster::Student;
use crate::domain::text::SafeText;

/// One step of a row, on the row's vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
    /// Delete the vault with everything in it. It cannot be taken back.
    DeleteVault {
        /// The vault's name.
        name: SafeText,
        /// How many items are in it; `None` where that is not known.
        items: Option<u64>,
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
            Self::CreateVault | Self::DeleteVault { .. } | Self::Admission { .. } => None,
        }
    }

    /// The level that it leads to; none where a vault is made or a person is admitted.
    pub fn level(&self) -> Option<Level> {
        match self {
            Self::Grant { to, .. } => Some(*to),
            Self::Revoke { .. } => Some(Level::None),
            Self::CreateVault | Self::DeleteVault { .. } | Self::Admission { .. } => None,
        }
    }

    /// The operation by which it changes the access to a vault, if it does.
    pub fn access(&self, vault: &VaultId) -> Option<Operation> {
        let vault = vault.clone();
        match self {
            Self::Grant { who, to, .. } => Some(Operation::Grant { vault, who: who.clone(), level: *to }),
            Self::Revoke { who, .. } => Some(Operation::Revoke { vault, who: who.clone() }),
            Self::CreateVault | Self::DeleteVault { .. } | Self::Admission { .. } => None,
        }
    }

    /// What it does with a person, if it does.
    pub fn admission(&self) -> Option<Admission> {
        if let Self::Admission { act, .. } = self { Some(*act) } else { None }
    }
}

/// How a row of a plan stands, before, during and after it is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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

    /// What becomes of a row that a rule forbids, with what mends it.
    pub fn refused(fault: &Fault) -> Self {
        Self::Refused(SafeText::new(&fault.to_string()))
    }

    /// The outcome of that [`name`](Self::name) and [`message`](Self::message).
    pub fn of(name: &str, message: SafeText) -> Option<Self> {
        Some(match name {
            "planned" => Self::Planned,
            "running" => Self::Running,
            "done" => Self::Done,
            "unchanged" => Self::Unchanged,
            "waiting" => Self::Waiting(message),
            "refused" => Self::Refused(message),
            "failed" => Self::Failed(message),
            _ => return None,
        })
    }

    /// Whether nothing more comes of the row.
    pub fn is_ended(&self) -> bool {
        !matches!(self, Self::Planned | Self::Running)
    }
}

/// What changes for one student's vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Whose vault.
    pub student: StudentKey,
    /// The student's name.
    pub name: SafeText,
    /// The vault, once there is one.
    pub vault: Option<VaultId>,
    /// In order; a failed one stops the rest of its row, never other rows.
    pub steps: Vec<Step>,
    /// What the steps rest on: the student, who is on the vault, the people named and the rules of the class
    /// file. Where it is another by the time it is carried out, nothing of the row is sent. `None` where
    /// nothing is to be sent.
    pub seen: Option<Seen>,
    /// How it stands.
    pub outcome: Outcome,
}

impl Row {
    /// A row of a student, on this vault where there is one; bound to nothing yet, see [`Plan::bind`](super::Plan::bind).
    pub fn of(student: &Student, vault: Option<VaultId>, steps: Vec<Step>, outcome: Outcome) -> Self {
        let (key, name) = (student.key.clone(), student.name.clone());
        Self { student: key, name, vault, steps, seen: None, outcome }
    }

    /// Whether it changes a person rather than a vault.
    pub(super) fn is_about_person(&self) -> bool {
        self.steps.iter().any(|step| step.admission().is_some())
    }

    /// The vault whose list its steps rest on, if they rest on one.
    pub fn looked_at(&self) -> Option<&VaultId> {
        let rests = self.outcome == Outcome::Planned && !self.steps.is_empty() && !self.is_about_person();
        self.vault.as_ref().filter(|_| rests)
    }

    /// What the row asks of the ration: making a vault is one write after one look, a grant or a
    /// revoke one write each, and two where a service account has to take something first. Who is on a vault that is there
    /// is read again before anything is sent.
    pub fn cost(&self) -> Cost {
        let mut cost = Cost::default();
        if self.looked_at().is_some() {
            cost += Cost::GRANTS;
        }
        for step in &self.steps {
            cost += match step {
                Step::Grant { from: Some(from), to, .. } => Cost { reads: 0, writes: from.calls_to(*to) },
                Step::DeleteVault { .. } => Cost::DELETION,
                _ => Cost { reads: 0, writes: 1 },
            };
        }
        cost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_read_back_from_its_name_and_message() {
        let why = SafeText::new("why");
        let some =
            [Outcome::Waiting(why.clone()), Outcome::Refused(why.clone()), Outcome::Failed(why.clone())];
        let none = [Outcome::Planned, Outcome::Running, Outcome::Done, Outcome::Unchanged];
        for outcome in some.into_iter().chain(none) {
            assert_eq!(Outcome::of(outcome.name(), why.clone()), Some(outcome.clone()));
            let is_under_way = [Outcome::Planned, Outcome::Running].contains(&outcome);
            assert_eq!(outcome.is_ended(), !is_under_way, "{outcome:?}");
        }
        assert_eq!(Outcome::of("Planned", why), None);
    }
}
