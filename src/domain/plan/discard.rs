//! The plan that deletes one empty vault that a lost answer has left behind. It is never made by itself.

use super::{Outcome, Plan, Row, Step};
use crate::domain::class::StudentKey;
use crate::domain::fault::Fault;
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::operation::Operation;
use crate::domain::text::{SafeText, counted};

impl Plan {
    /// The plan that deletes a quarantined vault in which `items` were counted a moment ago.
    ///
    /// # Errors
    /// [`Kind::Refused`](crate::domain::fault::Kind::Refused) where anything is in it or nobody can say so, and where the rules forbid it: above
    /// all where it is a student's own.
    pub fn discard(
        frame: &Frame,
        (student, vault): (&StudentKey, &VaultId),
        name: SafeText,
        items: Option<u64>,
    ) -> Result<Self, Fault> {
        if items != Some(0) {
            let held = items.map_or_else(
                || "may hold items".to_owned(),
                |count| format!("holds {}", counted(count, "item")),
            );
            return Err(Fault::refused(format!("the vault {vault} {held}: it is not deleted"))
                .hint("look into it in 1Password, and move what is in it to the student's own vault first"));
        }
        frame.permits(&Operation::DeleteVault { student: student.clone(), vault: vault.clone() })?;
        let of = frame.student(student).map(|student| student.name.clone()).unwrap_or_default();
        let title = SafeText::new(&format!("delete the empty vault that was left behind beside {student}'s"));
        let row = Row {
            student: student.clone(),
            name: of,
            vault: Some(vault.clone()),
            steps: vec![Step::DeleteVault { name, items }],
            seen: None,
            outcome: Outcome::Planned,
        };
        let mut plan = Self { rows: vec![row], title, ..Self::default() };
        plan.bind(frame);
        Ok(plan)
    }
}
