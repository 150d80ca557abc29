//! Pictures of the class: which one is shown, what it counts, and where its cursor is. Knows no cells of the
//! screen; how many stand in a line it is told after a draw.

use super::msg::{Action, Effect, Pane, Step};
use super::overlay::Overlay;
use super::remote::Remote;
use super::roster::stepped;
use super::setting::NO_ASSIGNMENT;
use super::{Effects, State, visits};
use crate::domain::access::{AccountKind, Cell, Level};
use crate::domain::query::{AssignmentHead, Query, StatusRow, Submissions};

/// A picture, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Uploads of each of the last hours.
    Uploads,
    /// Who had handed in by when.
    Timeline,
    /// The access of the whole class.
    HeatMap,
    /// What is left of the ration.
    Budget,
}

/// A picture on the screen.
#[derive(Clone, Debug)]
pub enum Picture {
    /// Uploads of each of the last hours.
    Uploads,
    /// Who had handed in by when.
    Timeline {
        /// For what.
        assignment: AssignmentHead,
        /// What was handed in.
        found: Remote<Box<Submissions>>,
    },
    /// The access of the whole class, and the selected student among all of them.
    HeatMap {
        /// The place among all rows.
        cursor: usize,
    },
    /// What is left of the ration.
    Budget,
}

/// What a cell of the heat map says of a student, or of several: of these the gravest, which is the last in
/// this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Heat {
    /// There is no vault.
    NoVault,
    /// A level that the class file may ask for.
    Level(Level),
    /// None at all, though there is a vault and the student is active.
    ShutOut,
    /// It is not known.
    Unknown,
    /// Somebody is there who should not be, or has too much.
    Stray,
}

impl Heat {
    /// The student's own access, folded with everything that is wrong on the vault.
    pub fn of(row: &StatusRow, kind: AccountKind) -> Self {
        if row.vault.is_none() {
            Self::NoVault
        } else if row.strays() > 0 {
            Self::Stray
        } else if row.lacks_access() {
            Self::ShutOut
        } else {
            Self::cell(row.own, kind)
        }
    }

    /// What staff may do: the widest level, unless one of them is unknown.
    pub fn staff(row: &StatusRow, kind: AccountKind) -> Self {
        if row.vault.is_none() {
            return Self::NoVault;
        }
        row.staff.iter().map(|cell| Self::cell(*cell, kind)).max().unwrap_or(Self::NoVault)
    }

    /// Who else is there: nobody, somebody who may be, or a stray.
    pub fn others(row: &StatusRow, kind: AccountKind) -> Self {
        match &row.others {
            _ if row.vault.is_none() => Self::NoVault,
            _ if row.strays() > 0 => Self::Stray,
            None => Self::Unknown,
            Some(others) => others
                .iter()
                .map(|other| Self::cell(other.cell, kind))
                .max()
                .unwrap_or(Self::Level(Level::None)),
        }
    }

    fn cell(cell: Cell, kind: AccountKind) -> Self {
        cell.level(kind).map_or(Self::Unknown, Self::Level)
    }
}

/// The gravest of each so many students that stand in one cell, and whose it is.
pub fn folded(rows: &[StatusRow], each: usize, kind: AccountKind) -> Vec<(usize, Heat)> {
    let heats: Vec<Heat> = rows.iter().map(|row| Heat::of(row, kind)).collect();
    let each = each.max(1);
    let gravest = |(at, part): (usize, &[Heat])| {
        let all = part.iter().enumerate().map(|(within, heat)| (at * each + within, *heat));
        // The first of the gravest.
        all.rev().max_by_key(|(_, heat)| *heat)
    };
    heats.chunks(each).enumerate().filter_map(gravest).collect()
}

/// The end of a scale that reaches so far: a round number that is little more.
pub fn scale(most: u32) -> u32 {
    const ROUND: [u32; 10] = [10, 12, 15, 20, 25, 30, 40, 50, 60, 80];
    if most <= 10 {
        return most.max(1);
    }
    let steps = (0..=8).flat_map(|zeros| ROUND.map(|digits| digits.checked_mul(10_u32.pow(zeros))));
    steps.flatten().find(|step| *step >= most).unwrap_or(most)
}

/// Whether uploads came in more than one of the last hours: a picture of one says nothing.
pub(super) fn has_uploads(state: &State) -> bool {
    let hours = state.activity.an_hour(state.now, &state.setting.zone);
    hours.iter().filter(|count| **count > 0).count() > 1
}

/// What the command means, or why there is no such picture.
pub(super) fn plan(state: &State, kind: Kind) -> Result<Action, String> {
    let reason = match kind {
        Kind::Timeline if state.assignment().is_none() => NO_ASSIGNMENT,
        Kind::HeatMap if state.all_rows().is_empty() => "nobody is in the class yet",
        Kind::Budget if state.budget.is_none() => "nothing is rationed here, as far as is known",
        _ => return Ok(Action::Picture(kind)),
    };
    Err(reason.into())
}

/// What Enter means.
pub(super) fn open(state: &State) -> Result<Action, String> {
    match state.overlays.last() {
        Some(Overlay::Picture(Picture::HeatMap { .. })) => Ok(Action::Open),
        _ => Err("nothing is selected".into()),
    }
}

/// Another assignment on the timeline.
pub(super) fn turn(state: &State, step: Step) -> Result<Action, String> {
    match state.overlays.last() {
        Some(Overlay::Picture(Picture::Timeline { .. })) => super::assignments::turn(state, step),
        _ => Err("this picture is not of an assignment".into()),
    }
}

/// Shows a picture.
pub(super) fn show(state: &mut State, kind: Kind) -> Effects {
    let picture = match kind {
        Kind::Uploads => Picture::Uploads,
        Kind::Budget => Picture::Budget,
        Kind::HeatMap => {
            let selected = state.selected().map(|row| &row.key);
            let at = state.all_rows().iter().position(|row| Some(&row.key) == selected);
            Picture::HeatMap { cursor: at.unwrap_or(0) }
        }
        Kind::Timeline => {
            let Some(assignment) = state.assignment().cloned() else { return vec![] };
            let ticket = state.ticket();
            let found = Remote::asked(ticket);
            let query = Query::Submissions(assignment.id.clone());
            state.overlays.push(Overlay::Picture(Picture::Timeline { assignment, found }));
            return vec![Effect::Load(ticket, query)];
        }
    };
    state.overlays.push(Overlay::Picture(picture));
    vec![]
}

/// The timeline shows the assignment that the roster shows.
pub(super) fn turned(state: &mut State) -> Effects {
    if !matches!(state.overlays.last(), Some(Overlay::Picture(Picture::Timeline { .. }))) {
        return vec![];
    }
    state.overlays.pop();
    show(state, Kind::Timeline)
}

/// Moves the cursor of the heat map, of which so many students stand in a line and in a cell; whether it is
/// shown.
pub(super) fn moved(state: &mut State, step: Step) -> bool {
    let (count, (line, each)) = (state.all_rows().len(), state.viewport.heat);
    let Some(Overlay::Picture(picture)) = state.overlays.last_mut() else { return false };
    let Picture::HeatMap { cursor } = picture else { return true };
    let (each, last) = (each.max(1), count.saturating_sub(1));
    // At the edges it stays in its column.
    let down = |lines: usize| {
        let at = *cursor + line.max(1) * each * lines;
        if at <= last { at } else { *cursor }
    };
    *cursor = match step {
        Step::Left => cursor.saturating_sub(each),
        Step::Right => (*cursor + each).min(last),
        Step::Up => cursor.checked_sub(line.max(1) * each).unwrap_or(*cursor),
        Step::Down => down(1),
        Step::PageUp => cursor.saturating_sub(line.max(1) * each * 5),
        Step::PageDown => (*cursor + line.max(1) * each * 5).min(last),
        Step::First | Step::Last => stepped(*cursor, step, count, 1),
    };
    true
}

/// Goes to the student of the heat map's cursor: the gravest of those in its cell.
pub(super) fn go(state: &mut State) -> Effects {
    let Some(Overlay::Picture(Picture::HeatMap { cursor })) = state.overlays.last() else { return vec![] };
    let each = state.viewport.heat.1.max(1);
    let cells = folded(state.all_rows(), each, state.kind());
    let whose = cells.get(cursor / each).and_then(|(at, _)| state.all_rows().get(*at));
    let Some(key) = whose.map(|row| row.key.clone()) else { return vec![] };
    state.overlays.pop();
    visits::go_to_student(state, &key);
    visits::focus(state, Pane::Access)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_in_round_numbers() {
        let ends = [0, 1, 2, 3, 5, 6, 11, 49, 51, 2_001, u32::MAX].map(scale);
        assert_eq!(ends, [1, 1, 2, 3, 5, 6, 12, 50, 60, 2_500, u32::MAX]);
    }

    #[test]
    fn what_is_graver_hides_what_is_not() {
        let mut heats = [Heat::Stray, Heat::Unknown, Heat::ShutOut, Heat::Level(Level::Write), Heat::NoVault];
        heats.sort();
        heats.reverse();
        assert_eq!(heats[0], Heat::Stray);
        assert!(Heat::Unknown > Heat::Level(Level::Manage) && Heat::Level(Level::Read) > Heat::NoVault);
    }
}
