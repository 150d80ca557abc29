//! A class list that is taken over on the screen: a file is named or its text pasted, what it would change
//! is shown, and only then it is taken over. What counts as weighty, and the word for it, is the same as
//! for `roster import` ([`Enrolment`]).

use tui_input::Input;

use super::filter::{FIELD_LIMIT, edit, paste};
use super::key::{Chord, Key};
use super::msg::{Action, Effect};
use super::overlay::Overlay;
use super::pending::Deed;
use super::remote::{Answer, Remote};
use super::{Effects, State, Weight};
use crate::domain::fault::Fault;
use crate::domain::query::{ClassList, Data, Query};
use crate::domain::roster::{Enrolment, Refusal};

/// The most text that is taken of a paste, in bytes: some thousand students. Of a longer one the terminal's reader
/// keeps so much, so that one of this size is not known to be whole.
pub const PASTED: usize = 64 << 10;

/// The form, and what comes of it.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// The file.
    pub path: Input,
    /// The text that was pasted in its place.
    pub pasted: Option<String>,
    /// What taking it over would change, or what is wrong in it; nothing is asked before a list is named.
    pub preview: Remote<Result<Enrolment, Refusal>>,
    /// The first line shown of it.
    pub top: usize,
    /// The number that is typed for a weighty one.
    pub word: Input,
}

impl Import {
    /// Whether what it would change is shown, or worked out.
    pub fn is_shown(&self) -> bool {
        self.preview.value.is_some() || self.preview.is_loading()
    }

    /// Takes an answer. Where there is none the path stays to be mended, and it is said why.
    pub(super) fn settle(&mut self, answer: Answer) -> Option<Fault> {
        answer.settle(&mut self.preview, |data| match data {
            Data::Enrolment(found) => Some(*found),
            _ => None,
        });
        let fault = self.preview.fault().cloned()?;
        self.preview = Remote::default();
        Some(fault)
    }

    /// What can be taken over.
    pub fn ready(&self) -> Option<&Enrolment> {
        self.preview.value.as_ref()?.as_ref().ok()
    }
}

pub(super) fn plan(state: &State) -> Result<Action, String> {
    state.why_not_write()?;
    Ok(Action::Import)
}

pub(super) fn ask(state: &mut State) -> Effects {
    state.overlays.push(Overlay::Import(Box::default()));
    vec![]
}

/// Takes pasted text: a class list where it has several lines, else a part of the path or the word. What may have
/// been cut is no class list, since whoever is missing in it would be gone.
///
/// # Errors
/// Why it is not taken.
pub(super) fn pasted(import: &mut Import, text: &str) -> Result<(), String> {
    let is_list = text.trim_end().contains(['\n', '\r']) || text.len() > FIELD_LIMIT;
    if import.is_shown() {
        paste(&mut import.word, text);
    } else if text.len() >= PASTED {
        import.pasted = None;
        return Err(
            "more than 64 KiB were pasted, and the end is missing: save the list and give the file".into()
        );
    } else if is_list {
        // Terminals send a carriage return for each line end.
        import.pasted = Some(text.replace("\r\n", "\n").replace('\r', "\n"));
    } else {
        paste(&mut import.path, text);
    }
    Ok(())
}

/// A key in the form or in what it shows.
pub(super) fn typed(state: &mut State, chord: Chord) -> Effects {
    let Some(Overlay::Import(import)) = state.overlays.last_mut() else {
        return vec![];
    };
    if !import.is_shown() {
        match chord.key {
            Key::Esc if import.pasted.is_some() => import.pasted = None,
            Key::Esc => drop(state.overlays.pop()),
            Key::Enter => return look(state),
            _ => drop(edit(&mut import.path, chord)),
        }
        return vec![];
    }
    let page = 10;
    match chord.key {
        Key::Esc => {
            (import.preview, import.top) = (Remote::default(), 0);
            import.word.reset();
        }
        Key::Enter => return take(state),
        Key::Up => import.top = import.top.saturating_sub(1),
        Key::Down => import.top += 1,
        Key::PageUp => import.top = import.top.saturating_sub(page),
        Key::PageDown => import.top += page,
        _ => drop(edit(&mut import.word, chord)),
    }
    import_within(state);
    vec![]
}

/// Does not scroll beyond what there is.
fn import_within(state: &mut State) {
    let furthest = state.viewport.overlay;
    if let Some(Overlay::Import(import)) = state.overlays.last_mut() {
        import.top = import.top.min(furthest);
    }
}

/// Asks what the list would change.
fn look(state: &mut State) -> Effects {
    let ticket = state.ticket();
    let Some(Overlay::Import(import)) = state.overlays.last_mut() else {
        return vec![];
    };
    let list = match &import.pasted {
        Some(text) => ClassList::Text(text.clone()),
        None => ClassList::File(import.path.value().trim().to_owned()),
    };
    if list == ClassList::File(String::new()) {
        state.say(Weight::Warning, "name a file, or paste the class list");
        return vec![];
    }
    import.preview.ask(ticket);
    vec![Effect::Load(ticket, Query::Enrolment(list))]
}

/// Takes the list over.
fn take(state: &mut State) -> Effects {
    let Some(Overlay::Import(import)) = state.overlays.last() else {
        return vec![];
    };
    let Some(enrolment) = import.ready() else {
        let refused = matches!(&import.preview.value, Some(Err(_)));
        let text =
            if refused { "nothing was taken over: mend the list first" } else { "the list is being read" };
        state.say(Weight::Warning, text);
        return vec![];
    };
    if enrolment.changes.is_empty() && enrolment.back == 0 {
        state.say(Weight::Info, "the list says what the roster has: nothing to take over");
        state.overlays.pop();
        return vec![];
    }
    let typed = import.word.value().trim().to_owned();
    if let Some(guard) = &enrolment.guard
        && typed != guard.word.as_str()
    {
        let text =
            format!("type {} to agree: {}", guard.word, guard.because.first().cloned().unwrap_or_default());
        state.say(Weight::Warning, text);
        return vec![];
    }
    let imported = Box::new(enrolment.imported.clone());
    state.overlays.pop();
    // Rows and needs are read again once it is done.
    let ticket = state.begin_deed(Deed::Decide);
    vec![Effect::Enrol(ticket, imported, Some(typed).filter(|typed| !typed.is_empty()))]
}
