//! A view as a file: the form in which the file is named, and what comes of it. Knows nothing of rows and
//! columns; real names go into the file, so privacy mode refuses it.

use tui_input::Input;

use super::filter::edit;
use super::key::{Chord, Key};
use super::msg::{Action, Effect};
use super::overlay::Overlay;
use super::pending::Deed;
use super::remote::Ticket;
use super::sheets::Which;
use super::{Effects, State, Weight};
use crate::domain::sheet::Sheet;
use crate::domain::text::SafeText;

/// The form of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For spreadsheets.
    Csv,
    /// For programs.
    Json,
    /// For people.
    Markdown,
}

impl Form {
    /// By the ending of the file's name.
    pub fn of(file: &str) -> Option<Self> {
        let (_, ending) = file.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "md" | "markdown" => Some(Self::Markdown),
            _ => None,
        }
    }
}

/// A view that is to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// Its rows.
    pub sheet: Sheet,
    /// The file, as it was typed.
    pub file: String,
    /// Its form.
    pub form: Form,
    /// Whether a file that is there is replaced.
    pub replace: bool,
}

/// The form on the screen.
#[derive(Clone, Debug)]
pub struct Saving {
    /// What is written.
    pub sheet: Sheet,
    /// The file.
    pub file: Input,
    /// What is being written; the form stays until that has come to its end.
    asked: Option<Ticket>,
    /// A file that is there already: it is replaced when it is given once more.
    there: Option<String>,
}

/// The question for a file, or why nothing may be written.
pub(super) fn plan(state: &State) -> Result<Action, String> {
    state.why_not_take()?;
    if state.row_count() == 0 { Err("there is no row to write".into()) } else { Ok(Action::Export) }
}

/// Asks for the file; the folder of downloads is no place for it.
pub(super) fn ask(state: &mut State) -> Effects {
    let sheet = state.sheet(Which::Meant);
    let file = Input::new(format!("{}-{}.csv", state.setting.class, sheet.view));
    state.overlays.push(Overlay::Export(Saving { sheet, file, asked: None, there: None }));
    vec![]
}

/// A key while the file is typed.
pub(super) fn typed(state: &mut State, chord: Chord) -> Effects {
    let Some(Overlay::Export(saving)) = state.overlays.last_mut() else {
        return vec![];
    };
    match chord.key {
        Key::Esc => drop(state.overlays.pop()),
        Key::Enter => return begin(state),
        _ => drop(edit(&mut saving.file, chord)),
    }
    vec![]
}

fn begin(state: &mut State) -> Effects {
    // Privacy mode may have come on while the file was typed.
    if let Err(reason) = state.why_not_take() {
        state.say(Weight::Warning, reason);
        return vec![];
    }
    let ticket = state.ticket();
    let Some(Overlay::Export(saving)) = state.overlays.last_mut() else {
        return vec![];
    };
    if saving.asked.is_some() {
        return vec![];
    }
    let file = saving.file.value().trim().to_owned();
    let Some(form) = Form::of(&file) else {
        state.say(Weight::Warning, "the ending says the format: .csv, .json or .md");
        return vec![];
    };
    let replace = saving.there.as_ref() == Some(&file);
    saving.asked = Some(ticket);
    let export = Export { sheet: saving.sheet.clone(), file, form, replace };
    state.pending.deeds.insert(ticket, Deed::Export(export.file.clone()));
    vec![Effect::Export(ticket, export)]
}

/// The form whose file is being written, and where it lies.
fn waiting(state: &mut State, ticket: Ticket) -> Option<(usize, &mut Saving)> {
    state.overlays.iter_mut().enumerate().find_map(|(at, overlay)| match overlay {
        Overlay::Export(saving) if saving.asked == Some(ticket) => Some((at, saving)),
        _ => None,
    })
}

/// There is a file of that name. Nothing opens under the hands of whoever types: it is replaced only when the
/// form, which is still there, is given once more with the same name.
pub(super) fn there(state: &mut State, ticket: Ticket) -> Effects {
    let Some(Deed::Export(file)) = state.pending.deeds.remove(&ticket) else {
        return vec![];
    };
    let name = SafeText::new(&file);
    let text = match waiting(state, ticket) {
        Some((_, saving)) => {
            (saving.asked, saving.there) = (None, Some(file));
            format!("{name} is there already: enter once more replaces it, esc leaves it")
        }
        None => format!("{name} is there already: nothing was written"),
    };
    state.say(Weight::Warning, text);
    vec![]
}

/// What was to be written has come to its end; a name that could not be written stays to be mended.
pub(super) fn finished(state: &mut State, ticket: Ticket, written: bool) {
    let Some((at, saving)) = waiting(state, ticket) else { return };
    saving.asked = None;
    if written {
        state.overlays.remove(at);
    }
}
