//! What can be copied of what is selected, as text that does no harm wherever it is pasted.
//!
//! Every text is what the screen may show ([`SafeText`]): one line without controls. A table has a line
//! for each row that is shown, and is the only text of several. No secret can be copied, since none is in the
//! state. Cells that a spreadsheet would take for a formula begin with an apostrophe, as in CSV.

use super::State;
use super::msg::{Action, Pane};
use crate::domain::access::Level;
use crate::domain::query::StatusRow;

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
}

/// The text to be copied, or why there is none.
pub fn copyable(state: &State, what: What) -> Result<String, String> {
    let student = || subject(state).ok_or("nobody is selected");
    let vault = || student()?.vault.as_ref().ok_or("this student has no vault yet");
    match what {
        What::Name => Ok(student()?.name.to_string()),
        What::Email => Ok(student()?.email.to_string()),
        What::Key => Ok(student()?.key.to_string()),
        What::Vault => Ok(vault()?.to_string()),
        What::Title => Ok(item(state)?.2),
        What::Item => Ok(item(state)?.1),
        What::Reference => item(state).map(|(vault, item, _)| format!("op://{vault}/{item}")),
        What::Row => {
            let (_, mut rows, at) = table(state)?;
            if at < rows.len() { Ok(line(&rows.swap_remove(at))) } else { Err("no row is selected".into()) }
        }
        What::Table => {
            let (headings, rows, _) = table(state)?;
            if rows.is_empty() {
                return Err("no row is shown".into());
            }
            let headings = headings.iter().map(|heading| (*heading).to_owned()).collect();
            let lines = std::iter::once(headings).chain(rows);
            Ok(lines.map(|cells: Vec<String>| line(&cells)).collect::<Vec<_>>().join("\n"))
        }
    }
}

/// The command that copies it.
pub(super) fn plan(state: &State, what: What) -> Result<Action, String> {
    copyable(state, what).map(|text| Action::Copy(what, text))
}

/// The student that the selection is about.
fn subject(state: &State) -> Option<&StatusRow> {
    match state.focus {
        Pane::Activity => state.row(&state.arrival()?.student.key),
        Pane::Attention => state.row(state.need()?.student.as_ref()?),
        Pane::Jobs => None,
        Pane::Roster | Pane::Items | Pane::Access => state.selected(),
    }
}

/// Vault, id and title of the selected item.
fn item(state: &State) -> Result<(String, String, String), String> {
    match state.focus {
        Pane::Activity => {
            let arrival = state.arrival().ok_or("no arrival is selected")?;
            let (vault, item) = (arrival.vault.id.to_string(), &arrival.item);
            Ok((vault, item.id.to_string(), item.title.to_string()))
        }
        Pane::Items => {
            let vault = state.selected().and_then(|row| row.vault.as_ref());
            let items = state.shown_items().unwrap_or_default();
            let item = items.get(state.item).ok_or("no item is selected")?;
            let vault = vault.ok_or("this student has no vault yet")?;
            Ok((vault.to_string(), item.id.to_string(), item.title.to_string()))
        }
        _ => Err("choose an item in 2 Items or 4 Activity".into()),
    }
}

/// Headings, the rows that are shown, and which of them is selected.
type Table = (&'static [&'static str], Vec<Vec<String>>, usize);

fn table(state: &State) -> Result<Table, String> {
    match state.focus {
        Pane::Roster | Pane::Access => {
            let rows = state.rows.shown.iter().filter_map(|at| state.all_rows().get(*at));
            let headings = &["key", "name", "email", "state", "vault", "vault_id", "access", "items"];
            Ok((headings, rows.map(|row| student(row, state)).collect(), state.rows.cursor))
        }
        Pane::Items => {
            let items = state.shown_items().ok_or("the items are not known yet")?;
            let cells = |item: &&crate::domain::directory::Item| {
                let updated = item.updated_at.map_or_else(String::new, |at| at.to_string());
                let (id, title) = (item.id.to_string(), item.title.to_string());
                vec![id, title, item.category.to_string(), item.version.to_string(), updated]
            };
            let headings = &["item_id", "title", "category", "version", "updated_at"];
            Ok((headings, items.iter().map(cells).collect(), state.item))
        }
        Pane::Activity => {
            let headings = &["detected_at", "key", "name", "item_id", "title", "version"];
            let rows = state.activity.shown().map(|arrival| {
                let name = state.row(&arrival.student.key).map(|row| row.name.to_string());
                let (key, item) = (arrival.student.key.to_string(), &arrival.item);
                let (id, title) = (item.id.to_string(), item.title.to_string());
                let at = arrival.detected_at.to_string();
                vec![at, key, name.unwrap_or_default(), id, title, item.version.to_string()]
            });
            Ok((headings, rows.collect(), state.activity.cursor))
        }
        Pane::Attention => {
            let headings = &["reason", "key", "text", "next"];
            let rows = state.needs().into_iter().map(|need| {
                let key = need.student.as_ref().map_or_else(String::new, ToString::to_string);
                vec![need.reason.word().to_owned(), key, need.text.to_string(), need.next.to_string()]
            });
            Ok((headings, rows.collect(), state.attention.cursor))
        }
        Pane::Jobs => Err("nothing of the jobs is copied: strongroom jobs --json prints them".into()),
    }
}

fn student(row: &StatusRow, state: &State) -> Vec<String> {
    let vault = row.vault.as_ref().map_or_else(String::new, ToString::to_string);
    let level = row.vault.as_ref().and(row.own.level(state.kind())).map_or("", Level::name);
    vec![
        row.key.to_string(),
        row.name.to_string(),
        row.email.to_string(),
        row.state.label().to_owned(),
        row.vault.as_ref().map_or_else(String::new, |_| row.vault_name.to_string()),
        vault,
        level.to_owned(),
        row.items.to_string(),
    ]
}

/// Cells in one line. None holds a tab: the text of others has none.
fn line(cells: &[String]) -> String {
    let inert = |cell: &String| {
        if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell.clone() }
    };
    cells.iter().map(inert).collect::<Vec<_>>().join("\t")
}
