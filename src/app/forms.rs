//! What is typed into the fields of an overlay, and what comes of it.

use tui_input::Input;

use super::msg::{Effect, Fetch};
use super::overlay::{Form, Overlay};
use super::{Effects, State, Weight};

pub(super) fn ask_folder(state: &mut State, what: Vec<Fetch>) -> Effects {
    let folder = Input::new(state.setting.folder.clone());
    state.overlays.push(Overlay::Download(Form { what, folder }));
    vec![]
}

pub(super) fn begin_download(state: &mut State) -> Effects {
    let Some(Overlay::Download(form)) = state.overlays.pop() else {
        return vec![];
    };
    let folder = form.folder.value().trim().to_owned();
    if folder.is_empty() {
        state.say(Weight::Warning, "no folder was named: nothing was fetched");
        return vec![];
    }
    let ticket = state.ticket();
    state.pending.downloads.insert(ticket);
    state.setting.folder.clone_from(&folder);
    state.say(Weight::Info, format!("fetching to {folder}"));
    vec![Effect::Download(ticket, form.what, folder)]
}
