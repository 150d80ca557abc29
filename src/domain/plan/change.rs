//! The plan for exactly the changes of access that somebody named.

use std::collections::HashMap;

use super::{Change, Outcome, Row, Step};
use crate::domain::access::{Level, Principal};
use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Kind};
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::text::SafeText;

pub(super) fn changes_by_vault(frame: &Frame, changes: &[Change]) -> Result<Vec<Row>, Fault> {
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
            seen: None,
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
pub(super) fn taken(frame: &Frame, change: &Change) -> Option<StudentKey> {
    let owner = frame.owner(&change.vault).filter(|_| change.to != frame.class.student)?;
    let own = Principal::Person(frame.sign_up(owner).1?.id.clone());
    (change.who == own && frame.permits(&change.operation()).is_ok()).then(|| owner.key.clone())
}
