//! What may be done with the people of the class from here, and why not where it may not.

use super::State;
use super::command::key_of;
use super::msg::{Action, Pane};
use super::overlay::Source;
use crate::domain::admission::{Admission, next};
use crate::domain::class::StudentKey;
use crate::domain::operation::Capability;
use crate::domain::plan::Wish;
use crate::domain::query::StatusRow;

/// So many students are named before the others are counted.
const NAMED: usize = 3;

impl State {
    /// Students by name: the first three, and how many others.
    pub fn whom<'a>(&self, keys: impl IntoIterator<Item = &'a StudentKey>) -> String {
        let name = |key: &StudentKey| {
            self.row(key).map_or_else(|| key.to_string(), |row| self.named(row).to_owned())
        };
        let keys: Vec<&StudentKey> = keys.into_iter().collect();
        // A comma stands within names.
        let named: Vec<String> = keys.iter().take(NAMED).map(|key| name(key)).collect();
        match keys.len().saturating_sub(NAMED) {
            0 => named.join("; "),
            1 => format!("{}; and 1 other", named.join("; ")),
            others => format!("{}; and {others} others", named.join("; ")),
        }
    }

    /// How many of these students no row on the screen stands for, in words; empty for none.
    pub fn hidden_of<'a>(&self, keys: impl IntoIterator<Item = &'a StudentKey>) -> String {
        let is_shown = |key: &StudentKey| self.rows.place(key).is_some();
        let chosen = matches!(self.focus, Pane::Roster | Pane::Access);
        match keys.into_iter().filter(|key| chosen && !is_shown(key)).count() {
            0 => String::new(),
            hidden => format!("{hidden} of them hidden by the filter"),
        }
    }

    /// Why people cannot be changed here, if they cannot.
    pub(super) fn why_not_people(&self) -> Result<(), String> {
        self.why_not_write()?;
        let identity = self.view().and_then(|view| view.identity.as_ref());
        let identity =
            identity.filter(|_| self.knows_who_acts()).ok_or("the service has not said yet who acts")?;
        if identity.is_service_account {
            return Err("a service account may not: open with --person, as an administrator".into());
        }
        if !self.setting.can.has(Capability::ManagePeople) {
            return Err("this provider cannot change people".into());
        }
        Ok(())
    }
}

/// Whether it can be done with a student, as far as the roster shows.
fn is_due(act: Admission, row: &StatusRow) -> bool {
    match act {
        Admission::Suspend => row.state.is_active(),
        act => next(&row.state) == Some(act),
    }
}

/// The plan for the marked students, or for the selected one.
pub(super) fn plan(state: &State, act: Admission) -> Result<Action, String> {
    state.why_not_people()?;
    let rows = state.rows.meant(state.all_rows());
    let keys: Vec<StudentKey> = rows.iter().map(|row| row.key.clone()).collect();
    due(state, act, &keys)?;
    Ok(Action::Review(Source::Wish(Wish::People(act, keys))))
}

/// Whether it can be done with any of these students, as far as the roster shows.
pub(super) fn due(state: &State, act: Admission, keys: &[StudentKey]) -> Result<(), String> {
    let rows: Vec<&StatusRow> = keys.iter().filter_map(|key| state.row(key)).collect();
    if rows.iter().any(|row| is_due(act, row)) {
        return Ok(());
    }
    Err(match &rows[..] {
        [] => "nobody is selected".into(),
        [row] => format!("{} is {}", row.name, row.state.label()),
        rows => format!("none of the {} marked students can be", rows.len()),
    })
}

/// What has to happen next for a student, with the key that does it where there is one.
pub fn next_in_words(state: &State, row: &StatusRow) -> Option<String> {
    if row.gone {
        return Some("no longer in the roster's source; access stays until you revoke it".into());
    }
    let act = next(&row.state).filter(|_| state.why_not_people().is_ok());
    let act = act.map(|act| match (act, key_of(state, act.name())) {
        (Admission::Invite, key) => format!("nobody has this address: {key} invites"),
        (Admission::Confirm, key) => format!("has accepted: {key} confirms"),
        (Admission::Suspend, key) => format!("{key} suspends"),
        (Admission::Reactivate, key) => format!("suspended: {key} brings back"),
    });
    let vault = || key_of(state, "give-vaults");
    let active = || match () {
        () if row.awaits_vault() => Some(format!("active: {} plans a vault", vault())),
        () if row.lacks_access() => {
            Some(format!("has no access to the own vault: {} plans to give it", vault()))
        }
        () => None,
    };
    act.or_else(|| row.state.next().map(str::to_owned)).or_else(active)
}
