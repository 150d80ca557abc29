//! The way by which somebody came here: the views before this one, and the words for where we are.

use super::msg::Pane;
use super::overlay::Overlay;
use super::{Effects, State, visits};
use crate::domain::class::StudentKey;

/// So many views are remembered.
const REMEMBERED: usize = 50;

/// A view: a pane with who is selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pane: Pane,
    student: Option<StudentKey>,
}

impl Place {
    pub(super) fn of(state: &State) -> Self {
        Self { pane: state.focus, student: state.selected().map(|row| row.key.clone()) }
    }
}

/// The views before this one, the last one last.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    left: Vec<Place>,
    /// Whether the key that is being carried out leads back along it.
    returning: bool,
}

impl Trail {
    /// Why there is no way back, if there is none.
    pub(super) fn why_not(&self) -> Result<(), String> {
        if self.left.is_empty() { Err("this is where you began".into()) } else { Ok(()) }
    }

    fn leave(&mut self, place: Place) {
        if self.left.last() != Some(&place) {
            self.left.push(place);
        }
        let over = self.left.len().saturating_sub(REMEMBERED);
        self.left.drain(..over);
    }
}

/// Remembers where somebody was, where a key has led to another pane or jumped to another student.
pub(super) fn note(state: &mut State, before: Place, jumped: bool) {
    if std::mem::take(&mut state.trail.returning) {
        return;
    }
    let now = Place::of(state);
    if now.pane != before.pane || (jumped && now != before) {
        state.trail.leave(before);
    }
}

/// Goes back to the view before this one.
pub(super) fn back(state: &mut State) -> Effects {
    let here = Place::of(state);
    state.trail.returning = true;
    // A view that has become the one we are in is no step.
    let place = loop {
        match state.trail.left.pop() {
            Some(place) if place == here => {}
            other => break other,
        }
    };
    let Some(place) = place else { return vec![] };
    if let Some(key) = place.student.filter(|key| here.student.as_ref() != Some(key)) {
        visits::go_to_student(state, &key);
    }
    visits::focus(state, place.pane)
}

impl State {
    /// Where we are, behind the name of the class: the pane, whose, and what lies over it.
    pub fn way(&self) -> Vec<String> {
        let mut way = vec![self.focus.name().to_owned()];
        let over = self.overlays.last();
        let whose = match over {
            Some(Overlay::Why(why)) => self.row(&why.student),
            Some(Overlay::Detail(detail)) => {
                self.all_rows().iter().find(|row| row.vault.as_ref() == Some(&detail.at.vault))
            }
            _ => self.selected().filter(|_| self.focus == Pane::Items),
        };
        way.extend(whose.map(|row| self.named(row).to_owned()));
        way.extend(over.and_then(|over| self.over(over)));
        way
    }

    fn over(&self, overlay: &Overlay) -> Option<String> {
        Some(match overlay {
            Overlay::Detail(detail) => {
                let listed =
                    self.items.lists.get(&detail.at.vault)?.iter().find(|item| item.id == detail.at.item);
                self.titled(listed?.title.as_str()).into_owned()
            }
            Overlay::Plan(_) | Overlay::Job(_) => "Plan".to_owned(),
            Overlay::Why(_) => "Why".to_owned(),
            Overlay::Drift(_) => "Drift".to_owned(),
            Overlay::Staged { .. } => "Staged".to_owned(),
            Overlay::History(_) => "History".to_owned(),
            Overlay::Closing(_) | Overlay::SignOff(_) => "End of term".to_owned(),
            Overlay::Help(_) => "Keys".to_owned(),
            Overlay::Notices { .. } => "Notices".to_owned(),
            Overlay::Grid(_) => "Whole matrix".to_owned(),
            Overlay::Picture(_) => "Picture".to_owned(),
            Overlay::Inspector => "Inspector".to_owned(),
            Overlay::Columns(_) => "Columns".to_owned(),
            Overlay::Export(_) => "Export".to_owned(),
            Overlay::Import(_) => "Import".to_owned(),
            Overlay::Confirm(_)
            | Overlay::Download(_)
            | Overlay::Extend(_)
            | Overlay::Assign(_)
            | Overlay::Output { .. }
            | Overlay::Fetched { .. } => return None,
        })
    }
}
