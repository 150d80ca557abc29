//! The end of a term on the screen: how far its steps are, what the next one does, and its sign-off.

use tui_input::Input;

use super::command::key_of;
use super::jobs::{Download, Task};
use super::msg::{Action, Effect, Ending, Errand};
use super::overlay::{Closing, Overlay, SignOff, Source};
use super::remote::{Answer, Remote, Ticket};
use super::{Effects, State, Weight};
use crate::domain::class::StudentKey;
use crate::domain::plan::{Plan, Wish};
use crate::domain::query::{Data, Query};
use crate::domain::term::{Progress, Stage};

impl Closing {
    /// The selected step.
    pub fn selected(&self) -> Option<&Progress> {
        self.term.value.as_ref()?.steps.get(self.cursor)
    }

    /// Takes an answer. What is to be done next is selected first.
    pub(super) fn settle(&mut self, answer: Answer) {
        let first = self.term.value.is_none();
        answer.settle(&mut self.term, |data| match data {
            Data::Closing(term) => Some(*term),
            _ => None,
        });
        if let Some(term) = self.term.value.as_ref().filter(|_| first) {
            self.cursor = term.steps.iter().position(|step| step.done < step.of).unwrap_or(0);
        }
    }
}

/// Shows how far the end of the term is: for the marked students, or for everybody.
pub(super) fn ask(state: &mut State) -> Effects {
    let students: Vec<StudentKey> = state.rows.marks.iter().cloned().collect();
    let ticket = state.ticket();
    let term = Remote::asked(ticket);
    state.overlays.push(Overlay::Closing(Closing { students: students.clone(), term, cursor: 0 }));
    vec![Effect::Load(ticket, Query::Closing(students))]
}

/// Asks again where it is shown, on top or not.
pub(super) fn reload(state: &mut State) -> Effects {
    let ticket = state.ticket();
    let mut shown = state.overlays.iter_mut().filter_map(|overlay| match overlay {
        Overlay::Closing(closing) => Some(closing),
        _ => None,
    });
    let Some(closing) = shown.next() else { return vec![] };
    closing.term.ask(ticket);
    vec![Effect::Load(ticket, Query::Closing(closing.students.clone()))]
}

/// What the selected step would do, to be signed off: its plan, or a form where nothing is sent to change
/// a vault.
pub(super) fn sign_off(state: &State) -> Result<Action, String> {
    let Some(Overlay::Closing(closing)) = state.overlays.last() else {
        return Err("the end of the term is not shown".into());
    };
    let step = closing.selected().ok_or("it is not known yet how far the steps are")?;
    state.why_not_write()?;
    if step.of == 0 {
        return Err("nobody here has a vault".into());
    }
    step.is_next().map_err(|fault| fault.message.to_string())?;
    if step.stage.is_plan() {
        state.why_not_change()?;
        let wish = Wish::Ending(step.stage, closing.students.clone());
        return Ok(Action::Review(Source::Wish(wish)));
    }
    if let Some(running) = state.jobs.downloads.iter().find(|one| one.ended.is_none() && one.task.is_step()) {
        return Err(format!("{} is under way: {} shows it", running.task.name(), key_of(state, "jobs")));
    }
    if step.stage == Stage::Archive && step.done == step.of {
        return Err("everybody's vault is noted as closed already".into());
    }
    Ok(Action::SignOff)
}

/// Shows the form of the selected step.
pub(super) fn show(state: &mut State) -> Effects {
    let Some(Overlay::Closing(closing)) = state.overlays.last() else { return vec![] };
    let Some(step) = closing.selected().cloned() else { return vec![] };
    let pulled = closing.term.value.as_ref().and_then(|term| term.folder.clone());
    let folder = (step.stage != Stage::Archive).then(|| {
        // Copies and report of a term belong together, wherever other files were put.
        Input::new(pulled.unwrap_or_else(|| state.setting.folder.clone()))
    });
    let students = closing.students.clone();
    state.overlays.push(Overlay::SignOff(SignOff { step, students, folder }));
    vec![]
}

/// Begins the step whose form is on top.
pub(super) fn begin(state: &mut State) -> Effects {
    let Some(Overlay::SignOff(form)) = state.overlays.pop() else {
        return vec![];
    };
    let folder = form.folder.as_ref().map_or(String::new(), |input| input.value().trim().to_owned());
    if form.folder.is_some() && folder.is_empty() {
        state.say(Weight::Warning, "no folder was named: nothing was done");
        state.overlays.push(Overlay::SignOff(form));
        return vec![];
    }
    let errand = Errand { stage: form.step.stage, students: form.students, folder };
    let ticket = state.ticket();
    let text = format!("{} begins: {} shows how far it is", errand.stage.name(), key_of(state, "jobs"));
    state.say(Weight::Info, text);
    state.jobs.downloads.push(Download::begun(ticket, Task::Step(errand.clone())));
    vec![Effect::Close(ticket, Ending::Files(errand))]
}

/// What carries out a plan that was agreed to: one of the end of the term is signed off, too.
pub(super) fn carried(ticket: Ticket, source: &Source, plan: Plan) -> Effect {
    match source {
        Source::Wish(Wish::Ending(stage, _)) => Effect::Close(ticket, Ending::Plan(*stage, plan)),
        _ => Effect::Apply(ticket, plan),
    }
}
