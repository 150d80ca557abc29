//! The access matrix: which column is selected, and which changes are staged.

use std::collections::{BTreeMap, BTreeSet};

use super::msg::Step;
use crate::domain::access::{AccountKind, Cell, Level, Principal};
use crate::domain::id::VaultId;
use crate::domain::plan::Change;
use crate::domain::query::{ClassView, StatusRow};
use crate::domain::text::SafeText;

/// Selection and staged changes.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    /// The selected column: 0 is the student's own access, then staff, last the others.
    pub column: usize,
    /// What is staged, by vault and principal.
    pub staged: BTreeMap<(VaultId, Principal), Level>,
    /// What the last plan about it could not change.
    pub failed: BTreeSet<(VaultId, Principal)>,
}

impl Matrix {
    /// Moves between columns.
    pub fn step(&mut self, step: Step, columns: usize) {
        self.column = match step {
            Step::Left => self.column.saturating_sub(1),
            Step::Right => (self.column + 1).min(columns.saturating_sub(1)),
            _ => self.column,
        };
    }

    /// Stages a level, or forgets what was staged where it is what the cell shows already.
    pub(super) fn stage(&mut self, at: (VaultId, Principal), level: Level, now: Cell, kind: AccountKind) {
        if now.level(kind) == Some(level) {
            self.staged.remove(&at);
        } else {
            self.staged.insert(at, level);
        }
    }

    /// What is staged, as changes.
    pub fn changes(&self) -> Vec<Change> {
        let change = |((vault, who), to): (&(VaultId, Principal), &Level)| Change {
            vault: vault.clone(),
            who: who.clone(),
            to: *to,
        };
        self.staged.iter().map(change).collect()
    }
}

/// The same for a cell that is to be changed: a student who is not active is given nothing.
pub(super) fn stageable(
    view: &ClassView,
    row: &StatusRow,
    column: usize,
    level: Option<Level>,
) -> Result<(VaultId, Principal, Cell), &'static str> {
    let cell = cell(view, row, column)?;
    if row.foreign {
        return Err(FOREIGN);
    }
    let gives = level.is_some_and(|level| level != Level::None);
    if gives && column == 0 && !row.state.is_active() {
        return Err("this student is not active: only x, taking access away, can be staged");
    }
    Ok(cell)
}

/// The name of somebody, and the level that they hold on a student's vault: none where a list that was read
/// does not have them; `None` where it is not known.
pub fn held(view: &ClassView, row: &StatusRow, who: &Principal) -> (SafeText, Option<Level>) {
    let kind = account(view);
    if row.user.as_ref().is_some_and(|user| *who == Principal::Person(user.clone())) {
        return (row.name.clone(), row.own.level(kind));
    }
    let mut staff = view.staff.iter().zip(&row.staff).filter(|(column, _)| column.who == *who);
    if let Some((column, cell)) = staff.next() {
        return (column.name.clone(), cell.level(kind));
    }
    match row.others.iter().flatten().find(|other| other.who == *who) {
        Some(other) => (other.name.clone(), other.cell.level(kind)),
        None => (SafeText::new(who.id()), row.others.as_ref().map(|_| Level::None)),
    }
}

/// The kind of the account; Business until it is known, since that shows most levels.
pub(super) fn account(view: &ClassView) -> AccountKind {
    view.identity.as_ref().map_or(AccountKind::Business, |identity| identity.kind)
}

/// Why nothing is staged on a vault that the service account did not make.
pub const FOREIGN: &str = "not this service account's vault: --person may change it";

/// The number of columns: own, staff, others.
pub fn columns(view: &ClassView) -> usize {
    view.staff.len() + 2
}

/// Whether a column is that of the others.
pub(super) fn is_others(view: &ClassView, column: usize) -> bool {
    column + 1 == columns(view)
}

/// The heading of a column.
pub fn heading(view: &ClassView, column: usize) -> String {
    match column {
        0 => "self".into(),
        at => view.staff.get(at - 1).map_or("others".into(), |staff| match &staff.who {
            Principal::Group(_) => format!("g:{}", staff.name),
            Principal::Person(_) => staff.name.to_string(),
        }),
    }
}

/// Why a student has no vault, and what comes next.
pub fn no_vault(row: &StatusRow) -> &'static str {
    if row.state.is_active() {
        "no vault yet: A in the roster plans one"
    } else {
        "no vault yet: the student has to be active first"
    }
}

/// Whose access a cell shows, and what is known of it; `Err` says why it shows nobody's.
pub fn cell(
    view: &ClassView,
    row: &StatusRow,
    column: usize,
) -> Result<(VaultId, Principal, Cell), &'static str> {
    let Some(vault) = row.vault.clone() else {
        return Err(no_vault(row));
    };
    if column == 0 {
        let user = row.user.clone().ok_or("this student has not signed up")?;
        return Ok((vault, Principal::Person(user), row.own));
    }
    if let (Some(staff), Some(cell)) = (view.staff.get(column - 1), row.staff.get(column - 1)) {
        return Ok((vault, staff.who.clone(), *cell));
    }
    match row.others.as_deref() {
        None => Err("who else has access was not read yet"),
        Some([]) => Err("nobody else has access"),
        Some([other]) => Ok((vault, other.who.clone(), other.cell)),
        Some(_) => Err("several others have access: d shows them and takes them away"),
    }
}
