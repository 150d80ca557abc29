//! Finding the vaults of a class again, by their names and the marks in their descriptions.
//!
//! Only the local state is changed by it, so nothing is written to the audit log: the vaults were
//! recorded when they were made. A mark names a student and not the class, and another class of the
//! same students may have the same title and so the same descriptions: only a vault whose name is the
//! one that this class gives to the student of its mark is taken for this class's.

use std::collections::HashMap;

use crate::domain::class::{Class, Marker, StudentKey};
use crate::domain::directory::Vault;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::VaultId;
use crate::domain::text::SafeText;
use crate::store::{Binding, Enrolled};

use super::{Queries, each, of_one};

/// A vault that may be one of the class, and what comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub vault: VaultId,
    /// Its name.
    pub name: SafeText,
    /// Whose it is by its mark; where it has none, by its name.
    pub student: Option<StudentKey>,
    /// What comes of it.
    pub fate: Fate,
}

/// What comes of a vault that may be one of the class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is known already.
    Known,
    /// It is the student's from now on; with the nonce of its mark.
    Bound(String),
    /// Several vaults carry the student's mark, so none of them is bound.
    Quarantined,
    /// The student has another vault, or the vault another student.
    Conflict(SafeText),
    /// It has a name of the class and no mark: Strongroom did not make it.
    Unmarked,
    /// Its student is not in the roster.
    NotInRoster,
    /// It carries a mark, but not the name that this class gives to the vault of that student.
    Elsewhere,
    /// It could not be read.
    Unreadable(Fault),
}

impl Fate {
    /// The word used in output.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Bound(_) => "bound",
            Self::Quarantined => "quarantined",
            Self::Conflict(_) => "conflict",
            Self::Unmarked => "unmarked",
            Self::NotInRoster => "not-in-roster",
            Self::Elsewhere => "elsewhere",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// Whether somebody should look at it.
    pub fn is_open(&self) -> bool {
        !matches!(self, Self::Known | Self::Bound(_) | Self::Elsewhere)
    }
}

/// What is known of the class without asking the service.
struct Known<'a> {
    class: &'a Class,
    enrolled: HashMap<&'a StudentKey, &'a Enrolled>,
    by_student: HashMap<&'a StudentKey, &'a Binding>,
    by_vault: HashMap<&'a VaultId, &'a Binding>,
}

impl Queries {
    /// The vaults of a list that may be the class's: those whose name fits, or `all`. Finding out
    /// about each costs a read.
    pub fn may_be_ours(&self, vaults: Vec<Vault>, all: bool) -> Vec<Vault> {
        let fits = |vault: &Vault| all || self.class.student_of(vault.name.as_str()).is_some();
        vaults.into_iter().filter(fits).collect()
    }

    /// Reads the descriptions of these vaults, and tells what comes of each. Changes nothing.
    pub async fn recognise(&self, vaults: Vec<Vault>) -> Result<Vec<Found>> {
        let described = each(vaults, |vault| async move {
            let answer = self.provider.vault(&vault.id).await;
            of_one(vault, answer)
        });
        let described = described.await?;
        let class = self.class.clone();
        self.with_store(move |store| {
            let (students, bindings) = (store.students()?, store.bindings()?);
            let known = Known {
                class: &class,
                enrolled: students.iter().map(|row| (&row.student.key, row)).collect(),
                by_student: bindings.iter().map(|binding| (&binding.student, binding)).collect(),
                by_vault: bindings.iter().map(|binding| (&binding.vault, binding)).collect(),
            };
            Ok(known.judge(described))
        })
        .await
    }

    /// Binds what was recognised; idempotent. What another program bound meanwhile is a conflict.
    /// Takes back what was noticed of vaults that the service account did not make, so that the service
    /// is asked again.
    pub async fn adopt(&self, mut found: Vec<Found>) -> Result<Vec<Found>> {
        let now = self.clock.now();
        self.with_store(move |store| {
            for row in &mut found {
                let (Fate::Bound(nonce), Some(student)) = (&row.fate, &row.student) else { continue };
                match store.bind(student, &row.vault, nonce, now) {
                    Err(fault) if fault.kind == Kind::Refused => row.fate = Fate::Conflict(fault.message),
                    bound => bound?,
                }
            }
            store.forget_foreign(now)?;
            Ok(found)
        })
        .await
    }
}

impl Known<'_> {
    fn judge(&self, described: Vec<(Vault, Result<Vault>)>) -> Vec<Found> {
        let mut found: Vec<Found> =
            described.into_iter().map(|(vault, answer)| self.one(&vault, answer)).collect();
        let mut count: HashMap<StudentKey, usize> = HashMap::new();
        for row in &found {
            if let (Fate::Known | Fate::Bound(_) | Fate::Conflict(_), Some(student)) =
                (&row.fate, &row.student)
            {
                *count.entry(student.clone()).or_default() += 1;
            }
        }
        for row in &mut found {
            let doubled =
                row.student.as_ref().is_some_and(|student| count.get(student).is_some_and(|n| *n > 1));
            if doubled && matches!(row.fate, Fate::Bound(_)) {
                row.fate = Fate::Quarantined;
            }
        }
        // Vaults that have nothing to do with any class are nobody's business here.
        found.retain(|row| row.fate != Fate::Elsewhere || row.student.is_some());
        found.sort_by(|a, b| a.name.as_str().cmp(b.name.as_str()).then_with(|| a.vault.cmp(&b.vault)));
        found
    }

    fn one(&self, listed: &Vault, answer: Result<Vault>) -> Found {
        let named = self.class.student_of(listed.name.as_str());
        let found = |student: Option<StudentKey>, fate| Found {
            vault: listed.id.clone(),
            name: listed.name.clone(),
            student,
            fate,
        };
        let vault = match answer {
            Ok(vault) => vault,
            Err(fault) => return found(named, Fate::Unreadable(fault)),
        };
        let Some(marker) = vault.description.as_ref().and_then(Marker::read) else {
            let fate = if named.is_some() { Fate::Unmarked } else { Fate::Elsewhere };
            return found(named, fate);
        };
        let student = Some(marker.student.clone());
        if named.as_ref() != Some(&marker.student) {
            return found(student, Fate::Elsewhere);
        }
        if !self.enrolled.contains_key(&marker.student) {
            return found(student, Fate::NotInRoster);
        }
        let of = (self.by_student.get(&marker.student), self.by_vault.get(&vault.id));
        let fate = match of {
            (Some(one), Some(_)) if one.vault == vault.id => Fate::Known,
            (None, None) => Fate::Bound(marker.nonce),
            (Some(one), _) => {
                Fate::Conflict(SafeText::new(&format!("{} has the vault {}", one.student, one.vault)))
            }
            (None, Some(other)) => {
                Fate::Conflict(SafeText::new(&format!("it is the vault of {}", other.student)))
            }
        };
        found(student, fate)
    }
}
