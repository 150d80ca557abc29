//! What can be copied of what is selected, as text that does no harm wherever it is pasted.
//!
//! Every text is what the screen may show ([`SafeText`]): one line without controls. A table has a line
//! for each row that is shown, and is the only text of several. No secret can be copied, since none is in the
//! state. Cells that a spreadsheet would take for a formula begin with an apostrophe, as in CSV.

use super::msg::{Action, Effect, Pane};
use super::sheets::Which;
use super::{Effects, State, Weight};
use crate::domain::query::StatusRow;
use crate::domain::text::SafeText;

/// What is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The student's name.
    Name,
    /// The student's address.
    Email,
    /// The student's key.
    Key,
    /// The id of the student's vault.
    Vault,
    /// The title of the item.
    Title,
    /// The item's id.
    Item,
    /// The item's reference, as `op read` takes it.
    Reference,
    /// The selected row, its cells separated by tabs.
    Row,
    /// Every shown row of the pane, with headings.
    Table,
}

impl What {
    /// What it is called in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "the name",
            Self::Email => "the address",
            Self::Key => "the key",
            Self::Vault => "the vault's id",
            Self::Title => "the title",
            Self::Item => "the item's id",
            Self::Reference => "the item's reference",
            Self::Row => "the row",
            Self::Table => "the table",
        }
    }

    /// What has to be known before it is pasted: only a table has line ends, by its nature.
    pub(super) fn caution(self) -> &'static str {
        if self == Self::Table { "; of several lines: a shell would run each" } else { "" }
    }
}

/// The text to be copied, or why there is none.
pub fn copyable(state: &State, what: What) -> Result<String, String> {
    why_not(state, what)?;
    let student = || subject(state).ok_or("nobody is selected");
    let vault = || student()?.vault.as_ref().ok_or("this student has no vault yet");
    match what {
        What::Name => Ok(inert(&student()?.name)),
        What::Email => Ok(inert(&student()?.email)),
        What::Key => Ok(inert(&SafeText::new(student()?.key.as_str()))),
        What::Vault => Ok(vault()?.to_string()),
        What::Title => Ok(inert(&SafeText::new(&item(state)?.2))),
        What::Item => Ok(item(state)?.1),
        What::Reference => item(state).map(|(vault, item, _)| format!("op://{vault}/{item}")),
        What::Row => {
            let sheet = state.sheet(Which::Selected);
            sheet.rows.first().map(|cells| line(cells)).ok_or_else(|| "no row is selected".into())
        }
        What::Table => {
            let sheet = state.sheet(Which::Shown);
            let lines = std::iter::once(&sheet.columns).chain(&sheet.rows);
            Ok(lines.map(|cells| line(cells)).collect::<Vec<_>>().join("\n"))
        }
    }
}

/// Why nothing can be copied, as far as that is known without writing all of it: menus ask before the key is
/// pressed.
fn why_not(state: &State, what: What) -> Result<(), String> {
    state.why_not_take()?;
    match what {
        What::Row | What::Table if state.row_count() == 0 => Err("no row is shown".into()),
        _ => Ok(()),
    }
}

/// The command that copies it.
pub(super) fn plan(state: &State, what: What) -> Result<Action, String> {
    match what {
        What::Row | What::Table => why_not(state, what)?,
        _ => drop(copyable(state, what)?),
    }
    Ok(Action::Copy(what))
}

/// Copies it.
pub(super) fn take(state: &mut State, what: What) -> Effects {
    match copyable(state, what) {
        Ok(text) => vec![Effect::Copy(what, text)],
        Err(reason) => {
            state.say(Weight::Warning, reason);
            vec![]
        }
    }
}

/// The student that the selection is about.
fn subject(state: &State) -> Option<&StatusRow> {
    match state.looked_at() {
        Pane::Activity => state.row(&state.arrival()?.student.key),
        Pane::Attention => state.row(state.need()?.student.as_ref()?),
        Pane::Jobs | Pane::Inspector => None,
        Pane::Roster | Pane::Items | Pane::Access => state.selected(),
    }
}

/// Vault, id and title of the selected item.
fn item(state: &State) -> Result<(String, String, String), String> {
    match state.looked_at() {
        Pane::Activity => {
            let arrival = state.arrival().ok_or("no arrival is selected")?;
            let (vault, item) = (arrival.vault.id.to_string(), &arrival.item);
            Ok((vault, item.id.to_string(), item.title.to_string()))
        }
        Pane::Items => {
            let vault = state.selected().and_then(|row| row.vault.as_ref());
            let item = state.selected_item().ok_or("no item is selected")?;
            let vault = vault.ok_or("this student has no vault yet")?;
            Ok((vault.to_string(), item.id.to_string(), item.title.to_string()))
        }
        _ => Err("choose an item in 2 Items or 4 Activity".into()),
    }
}

/// What no spreadsheet takes for a formula.
fn inert(cell: &SafeText) -> String {
    if cell.as_str().starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell.to_string() }
}

/// Cells in one line. None holds a tab: the text of others has none.
fn line(cells: &[SafeText]) -> String {
    cells.iter().map(inert).collect::<Vec<_>>().join("\t")
}
