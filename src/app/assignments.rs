//! Which assignment the roster shows, whom it narrows to, and how more time is typed.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::State;
use super::msg::{Action, Pane, Step, Upload};
use super::setting::NO_ASSIGNMENT;
use crate::domain::arrival::ArrivalKind;
use crate::domain::assignment::{AssignmentId, Extension, Relief};
use crate::domain::class::StudentKey;
use crate::domain::directory::ItemRef;
use crate::domain::query::{AssignmentHead, StatusRow};
use crate::domain::submission::Standing;
use crate::domain::until::Until;

/// Whom the roster shows, by how they stand with the assignment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Only {
    /// Everybody.
    #[default]
    Everybody,
    /// Who has handed in nothing.
    Missing,
    /// Who was late.
    Late,
}

impl Only {
    /// The next one of the round.
    pub(super) fn next(self) -> Self {
        match self {
            Self::Everybody => Self::Missing,
            Self::Missing => Self::Late,
            Self::Late => Self::Everybody,
        }
    }

    /// The word in titles; empty for everybody.
    pub fn word(self) -> &'static str {
        match self {
            Self::Everybody => "",
            Self::Missing => "missing",
            Self::Late => "late",
        }
    }

    /// Whether a student who stands so is shown.
    pub(super) fn accepts(self, standing: Option<Standing>) -> bool {
        match self {
            Self::Everybody => true,
            Self::Missing => standing == Some(Standing::Missing),
            Self::Late => matches!(standing, Some(Standing::Late(_))),
        }
    }
}

/// How many assignments a student has handed in, of how many that there are for this one.
pub fn handed_in(row: &StatusRow) -> (usize, usize) {
    let counted = |wanted: fn(&&Standing) -> bool| row.standings.iter().filter(wanted).count();
    (
        counted(|standing| matches!(standing, Standing::OnTime | Standing::Late(_))),
        counted(|standing| **standing != Standing::Excused),
    )
}

/// An assignment that is due within so long matters more than the one that was due last.
const SOON: Duration = Duration::from_secs(48 * 60 * 60);

/// The place of the assignment that matters now: the next one where it is due soon, else the one that
/// was due last, else the next one.
pub(super) fn current(heads: &[AssignmentHead], now: Timestamp) -> Option<usize> {
    let places = 0..heads.len();
    let next = places.clone().filter(|at| heads[*at].due >= now).min_by_key(|at| heads[*at].due);
    let soon = next.filter(|at| heads[*at].due.duration_since(now).unsigned_abs() <= SOON);
    let last = || places.filter(|at| heads[*at].due < now).max_by_key(|at| heads[*at].due);
    soon.or_else(last).or(next)
}

impl State {
    /// The extension of a student for the assignment of an id.
    pub fn extension<'a>(&self, row: &'a StatusRow, id: &AssignmentId) -> Option<&'a Extension> {
        let at = self.assignments().iter().position(|head| head.id == *id)?;
        row.extensions.get(at)?.as_ref()
    }

    /// The assignments, in the order of the class file.
    pub fn assignments(&self) -> &[AssignmentHead] {
        self.view().map_or(&[], |view| &view.assignments)
    }

    /// The assignment that the roster shows.
    pub fn assignment(&self) -> Option<&AssignmentHead> {
        self.assignments().get(self.rows.assignment?)
    }

    /// Shows everybody, who has missed the assignment, or who was late, in turn.
    pub(super) fn narrow(&mut self) {
        self.rows.only = self.rows.only.next();
        self.arrange();
    }

    /// Why nothing can be decided about submissions here, if it cannot.
    pub(super) fn why_not_decide(&self) -> Result<(), String> {
        self.why_not_write()?;
        if self.assignments().is_empty() {
            return Err(NO_ASSIGNMENT.into());
        }
        Ok(())
    }
}

/// What holds for a student who has an extension.
pub fn extension_in_words(extension: &Extension) -> String {
    let what = match extension.relief {
        Relief::Until(until) => format!("until {}", until.strftime("%d %b %H:%M")),
        Relief::Excused => "excused".to_owned(),
    };
    if extension.reason.is_empty() { what } else { format!("{what}, {}", extension.reason) }
}

/// The assignment beside the one shown.
pub(super) fn turn(state: &State, step: Step) -> Result<Action, String> {
    match (state.assignments().len(), state.rows.assignment) {
        (0, _) => Err(NO_ASSIGNMENT.into()),
        (1, _) => Err("there is no other assignment".into()),
        (_, Some(0)) if step == Step::Left => Err("this is the first assignment".into()),
        (count, Some(at)) if step == Step::Right && at + 1 == count => {
            Err("this is the last assignment".into())
        }
        _ => Ok(Action::Turn(step)),
    }
}

/// Whether the roster can be narrowed.
pub(super) fn narrow(state: &State) -> Result<Action, String> {
    state.assignment().ok_or(NO_ASSIGNMENT)?;
    Ok(Action::Narrow)
}

/// More time for the marked students, or for the selected one.
pub(super) fn extend(state: &State) -> Result<Action, String> {
    state.why_not_decide()?;
    if state.focus == Pane::Attention {
        let (keys, id) = super::attention::extend(state)?;
        let id = id.or_else(|| state.assignment().map(|head| head.id.clone()));
        return id.map(|id| Action::Extend(keys, id)).ok_or_else(|| "which assignment is not known".into());
    }
    let head = state.assignment().ok_or("no assignment is shown")?;
    let keys: Vec<StudentKey> =
        state.rows.meant(state.all_rows()).iter().map(|row| row.key.clone()).collect();
    if keys.is_empty() { Err("nobody is selected".into()) } else { Ok(Action::Extend(keys, head.id.clone())) }
}

/// The upload that is selected in the items or in the activity.
pub(super) fn assign(state: &State) -> Result<Action, String> {
    state.why_not_decide()?;
    if state.focus == Pane::Items {
        let row = state.selected().ok_or("nobody is selected")?;
        let item = state.selected_item().ok_or("no item is selected")?;
        let vault = row.vault.clone().ok_or("this student has no vault yet")?;
        let at = ItemRef { vault, item: item.id.clone() };
        let assignment = state.activity.of_item(&at).next().and_then(|arrival| arrival.assignment.clone());
        let student = row.key.clone();
        return Ok(Action::Assign(Upload { student, at, title: item.title.clone(), assignment }));
    }
    let arrival = state.arrival().ok_or_else(|| super::activity::nothing(state))?;
    if arrival.kind == ArrivalKind::Removed {
        return Err("the item is gone".into());
    }
    Ok(Action::Assign(Upload {
        student: arrival.student.key.clone(),
        at: ItemRef { vault: arrival.vault.id.clone(), item: arrival.item.id.clone() },
        title: arrival.item.title.clone(),
        assignment: arrival.assignment.clone(),
    }))
}

/// What is taken for the time of an extension.
const FORMS: &str = "+48h, +2d, 2026-12-05 23:59, excused, or nothing to take it back";

/// Reads how far a deadline gives way: so much later than it is for the others, until a time of the
/// class's clocks, or not at all. `None` takes back what was decided before.
///
/// # Errors
/// What is taken, where this is something else.
pub fn read_relief(text: &str, due: Timestamp, zone: &TimeZone) -> Result<Option<Relief>, String> {
    let text = text.trim();
    let refused = |why: &str| format!("{why}: {FORMS} are taken");
    if text.is_empty() {
        return Ok(None);
    }
    if text.eq_ignore_ascii_case("excused") {
        return Ok(Some(Relief::Excused));
    }
    let until = Until::parse(text).map_err(refused)?.after(due, zone);
    until.map(|until| Some(Relief::Until(until))).ok_or_else(|| refused("too far away"))
}

/// The assignment of an id.
pub(super) fn head<'a>(state: &'a State, id: &AssignmentId) -> Option<&'a AssignmentHead> {
    state.assignments().iter().find(|head| head.id == *id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relief(text: &str) -> Result<Option<Relief>, String> {
        let due = "2026-10-24T21:59:00Z".parse().unwrap();
        read_relief(text, due, &TimeZone::get("Europe/Berlin").unwrap())
    }

    fn until(text: &str) -> Relief {
        Relief::Until(text.parse().unwrap())
    }

    #[test]
    fn more_time_is_counted_from_the_deadline_by_the_clocks_of_the_class() {
        assert_eq!(relief("+30m"), Ok(Some(until("2026-10-25T00:29"))));
        assert_eq!(
            relief(" +2d "),
            Ok(Some(until("2026-10-26T23:59"))),
            "a day is a day, whatever the clocks do"
        );
        assert_eq!(
            relief("+48h"),
            Ok(Some(until("2026-10-26T22:59"))),
            "48 hours are 48 hours, through the night"
        );
        assert_eq!(relief("+1w"), Ok(Some(until("2026-10-31T23:59"))));
    }

    #[test]
    fn a_time_is_taken_with_a_space_or_a_t() {
        for text in ["2026-12-05 23:59", "2026-12-05T23:59", "2026-12-05 23:59:00"] {
            assert_eq!(relief(text), Ok(Some(until("2026-12-05T23:59"))));
        }
        assert_eq!(relief("Excused"), Ok(Some(Relief::Excused)));
        assert_eq!(relief("  "), Ok(None));
    }

    #[test]
    fn what_is_not_a_time_is_refused_with_what_is() {
        for text in
            ["tomorrow", "+", "+0h", "+h", "+5x", "+99999999999999999999h", "2026-12-05", "2026-13-01 10:00"]
        {
            assert!(relief(text).is_err(), "{text}");
        }
        assert!(relief("soon").unwrap_err().contains("+48h"));
        assert!(relief("2026-12-05T23:59+02:00").is_err(), "an offset is not left out in silence");
    }
}
