//! The mouse, where somebody has asked for it: a press goes to a pane and selects a row, the wheel moves
//! a row in the pane under it. Everything it does has a key.

use super::moves::{moved, open};
use super::msg::{Effect, Pane, Step};
use super::pending::Opening;
use super::trail::{self, Place};
use super::visits::{focus, select};
use super::{Effects, State};

/// What the mouse did, and where on the terminal, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    /// The column.
    pub column: u16,
    /// The line.
    pub row: u16,
    /// What it did.
    pub press: Press,
    /// Whether it was pressed at the same place a moment ago.
    pub again: bool,
    /// What is drawn there, once that was looked up.
    pub spot: Option<Spot>,
}

/// What a mouse can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// The left button went down.
    Click,
    /// The wheel was turned by a notch.
    Wheel(Step),
}

/// What is drawn at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The pane.
    pub pane: Pane,
    /// The row of its list, counted from 0; `None` beside the rows.
    pub row: Option<usize>,
}

/// Lets the mouse choose, or leaves it to the terminal.
pub(super) fn toggle(state: &mut State) -> Effects {
    state.mouse = !state.mouse;
    vec![Effect::Mouse(state.mouse)]
}

/// What comes of it. Over the panes only the wheel counts, so that no press behind an overlay does anything; the
/// palette is for the keys.
pub(super) fn pressed(state: &mut State, mouse: Mouse) -> Effects {
    if !state.mouse || state.palette.is_some() {
        return vec![];
    }
    state.dirty = true;
    state.pending.opening = Opening::ByHand;
    match (mouse.press, mouse.spot) {
        (Press::Wheel(step), _) if !state.overlays.is_empty() => moved(state, step),
        (_, None) => vec![],
        (Press::Click, Some(_)) if !state.overlays.is_empty() => vec![],
        (Press::Wheel(step), Some(spot)) => {
            let before = std::mem::replace(&mut state.focus, spot.pane);
            let effects = moved(state, step);
            state.focus = before;
            effects
        }
        (Press::Click, Some(spot)) => {
            let before = Place::of(state);
            let effects = clicked(state, spot, mouse.again);
            trail::note(state, before, false);
            effects
        }
    }
}

/// Goes where somebody has pressed. What was begun with keys ends there: a sequence, and a filter that is typed.
fn clicked(state: &mut State, Spot { pane, row }: Spot, again: bool) -> Effects {
    state.prefix.clear();
    state.filter_mut().editing = false;
    let mut effects = focus(state, pane);
    if let Some(row) = row {
        select(state, pane, row);
        if again {
            effects.extend(open(state));
        }
    }
    effects
}
