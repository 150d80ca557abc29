//! What stands in the columns of a student: as a filter finds it, and as rows are sorted by it.

use std::borrow::Cow;

use jiff::tz::TimeZone;

use super::assignments::handed_in;
use super::columns::Field;
use super::matrix;
use super::order::{By, Key};
use super::privacy::Veil;
use crate::domain::access::{AccountKind, Level};
use crate::domain::calendar::to_minute;
use crate::domain::query::{ClassView, StatusRow};
use crate::domain::submission::Standing;
use crate::domain::text::fold;

/// What is known beside the row itself.
#[derive(Clone, Copy)]
pub struct About<'a> {
    /// The place of the assignment that is shown.
    pub assignment: Option<usize>,
    /// The kind of the account.
    pub kind: AccountKind,
    /// The zone of times.
    pub zone: &'a TimeZone,
}

/// The word for how a student is: the sign-up, or what is missing after it.
pub fn state_word(row: &StatusRow) -> &str {
    match row {
        row if row.gone => "gone",
        StatusRow { closing: Some(word), .. } => word.as_str(),
        row if row.awaits_vault() => "no vault",
        row if row.lacks_access() => "no access",
        row => row.state.label(),
    }
}

/// The letters of what staff hold on a student's vault, a blank between them; `?` where it is not known.
pub fn staff_letters(row: &StatusRow, kind: AccountKind) -> String {
    if row.vault.is_none() {
        return String::new();
    }
    let letters: Vec<String> = row.staff.iter().map(|cell| cell.letter(kind).to_string()).collect();
    letters.join(" ")
}

/// All that a filter looks through, folded, a line a field.
pub(super) fn folded(row: &StatusRow, veil: Option<&Veil>) -> Box<str> {
    let name = veil.and_then(|veil| veil.student(&row.key)).unwrap_or(row.name.as_str());
    let texts = [
        name,
        row.key.as_str(),
        row.email.as_str(),
        row.state.label(),
        row.vault_name.as_str(),
        // What the column says where it says more than how far the sign-up is.
        if state_word(row) == row.state.label() { "" } else { state_word(row) },
    ];
    let text = texts.join("\n");
    fold(veil.map_or(Cow::from(&text), |veil| veil.hide(&text)).trim_end()).into()
}

/// What a field of a row says to a filter; `marked` is what the row alone does not know.
pub(super) fn told<'a>(row: &'a StatusRow, field: Field, about: About<'_>, marked: bool) -> Cow<'a, str> {
    let vault = row.vault.is_some();
    match field {
        Field::Name => row.name.as_str().into(),
        Field::State => state_word(row).into(),
        Field::Due => stands(row, about).map_or("", Standing::word).into(),
        Field::Level if vault => {
            let name = row.own.level(about.kind).map_or("unknown", Level::name);
            format!("{name} {}", row.own.letter(about.kind)).into()
        }
        Field::Submitted => {
            let (done, of) = handed_in(row);
            format!("{done}/{of}").into()
        }
        Field::Items if vault => row.items.to_string().into(),
        Field::Others if vault => match row.unexpected() {
            None => "?".into(),
            Some(_) if row.strays() > 0 => format!("{}!", row.strays()).into(),
            Some(_) => "0".into(),
        },
        Field::Last => row.last_upload.map_or("".into(), |at| to_minute(at, about.zone).into()),
        Field::Staff => staff_letters(row, about.kind).into(),
        Field::Email => row.email.as_str().into(),
        Field::Key => row.key.as_str().into(),
        Field::Vault if vault => row.vault_name.as_str().into(),
        Field::Marked => if marked { "yes" } else { "no" }.into(),
        _ => "".into(),
    }
}

fn stands(row: &StatusRow, about: About<'_>) -> Option<Standing> {
    row.standings.get(about.assignment?).copied()
}

/// What a row is sorted by.
pub(super) fn key(view: &ClassView, row: &StatusRow, by: By, about: About<'_>) -> Key {
    let vault = row.vault.is_some();
    match by {
        By::Access(column) if matrix::is_others(view, column) => {
            row.unexpected().map_or(Key::Nothing, Key::count)
        }
        By::Access(column) => {
            matrix::cell(view, row, column).map_or(Key::Nothing, |(.., cell)| level(cell.level(about.kind)))
        }
        By::Field(field) => match field {
            Field::Due => stands(row, about).map_or(Key::Nothing, standing),
            Field::Level if vault => level(row.own.level(about.kind)),
            Field::Submitted => Key::count(handed_in(row).0),
            Field::Items if vault => Key::Number(i64::from(row.items)),
            Field::Others if vault => row.unexpected().map_or(Key::Nothing, |_| Key::count(row.strays())),
            Field::Last => row.last_upload.map_or(Key::Nothing, |at| Key::Number(at.as_second())),
            field => Key::text(&told(row, field, about, false)),
        },
    }
}

fn level(level: Option<Level>) -> Key {
    level.map_or(Key::Nothing, |level| Key::Number(level as i64))
}

/// Who has missed it first, then the latest: whoever needs somebody most.
fn standing(standing: Standing) -> Key {
    match standing {
        Standing::Missing => Key::Number(i64::MIN),
        Standing::Late(seconds) => Key::Number(-seconds.max(0) - 2),
        Standing::Unknown => Key::Number(-1),
        Standing::NotYetDue => Key::Number(0),
        Standing::OnTime => Key::Number(1),
        Standing::Excused => Key::Number(2),
    }
}
