//! What drawing has to mind while privacy mode is on: a text is hidden before it is cut or broken into
//! lines, since half a name would no longer be found. Whatever is written at last passes the veil once
//! more ([`Line`](super::table::Line), titles of boxes), which leaves alone what is hidden already.

use std::borrow::Cow;

use crate::app::State;
use crate::domain::text;

/// Cuts a text to at most so many cells, as it may be shown.
pub(super) fn fit<'a>(state: &State, text: &'a str, cells: usize) -> Cow<'a, str> {
    match state.veiled(text) {
        Cow::Borrowed(text) => text::fit(text, cells),
        Cow::Owned(text) => text::fit(&text, cells).into_owned().into(),
    }
}

/// Breaks a text into lines of at most so many cells, as it may be shown.
pub(super) fn wrap(state: &State, text: &str, cells: usize) -> Vec<String> {
    text::wrap(&state.veiled(text), cells)
}

/// What somebody outside wrote and no form tells: a field of an item, what a program said.
pub(super) fn foreign<'a>(state: &State, text: &'a str) -> Cow<'a, str> {
    match state.veil() {
        Some(_) if !text.is_empty() => "(hidden)".into(),
        _ => text.into(),
    }
}
