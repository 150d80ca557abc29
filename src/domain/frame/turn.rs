//! Several changes of one vault, each judged by what the earlier ones leave.

use super::Frame;
use crate::domain::access::{Cell, Permissions, Principal};
use crate::domain::fault::Fault;
use crate::domain::id::VaultId;
use crate::domain::operation::Operation;

impl Frame {
    /// Refuses changes of which one would break a rule at its turn, the ones before it being done: what is
    /// taken away first makes room for what is given. What is known is the same afterwards.
    pub fn permits_in_turn(&mut self, operations: &[Operation]) -> Result<(), Fault> {
        let mut before = Vec::new();
        let permitted = operations.iter().try_for_each(|operation| {
            self.permits(operation)?;
            before.extend(self.assume(operation));
            Ok(())
        });
        for (vault, who, cell) in before.into_iter().rev() {
            let cells = self.cells.entry(vault).or_default();
            match cell {
                Some(cell) => drop(cells.insert(who, cell)),
                None => drop(cells.remove(&who)),
            }
        }
        permitted
    }

    /// Takes a change for done; what was known before.
    fn assume(&mut self, operation: &Operation) -> Option<(VaultId, Principal, Option<Cell>)> {
        let (vault, who, set) = match operation {
            Operation::Grant { vault, who, level } => (vault, who, self.expressible(*level).ok()?),
            Operation::Revoke { vault, who } => (vault, who, Permissions::NONE),
            _ => return None,
        };
        let before = self.cells.get(vault).and_then(|cells| cells.get(who)).copied();
        // Neither is told to anybody: it holds until the last of the changes is judged.
        self.know(vault, who, Cell::Ledger { set, at: jiff::Timestamp::UNIX_EPOCH });
        Some((vault.clone(), who.clone(), before))
    }
}
