//! What needs the instructor: which line is selected, where it leads, and what can be done right there.

use std::borrow::Cow;

use super::assignments::Only;
use super::columns::{Field, Table};
use super::command::key_of;
use super::filter::Filter;
use super::msg::{Action, Asked, Retry, Upload};
use super::order::{By, Key, Sort, sorted};
use super::overlay::Source;
use super::remote::Kept;
use super::roster::around;
use super::terms::Sieve;
use super::{State, people};
use crate::domain::admission::{Admission, next};
use crate::domain::assignment::AssignmentId;
use crate::domain::attention::{Attention, Need, Reason};
use crate::domain::class::StudentKey;
use crate::domain::handoff::Progress;
use crate::domain::plan::Wish;
use crate::domain::query::StatusRow;

/// The list, and the selection in it.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// The list.
    pub known: Kept<Attention>,
    /// The selected one of those that are shown.
    pub cursor: usize,
    /// What is typed after `/`.
    pub filter: Filter,
    /// The places of those that pass the filter, in their order.
    order: Vec<usize>,
}

impl State {
    /// The needs that pass the filter: the gravest first, unless they are sorted.
    pub fn needs(&self) -> Vec<&Need> {
        let all = self.all_needs();
        self.attention.order.iter().filter_map(|at| all.get(*at)).collect()
    }

    fn all_needs(&self) -> &[Need] {
        self.attention.known.value().map_or(&[], |list| &list.needs)
    }

    /// Puts the needs that pass the filter in order.
    pub(super) fn arrange_needs(&mut self) {
        let all = self.all_needs();
        let mut sieve = self.attention.filter.sieve(Table::Attention.fields());
        let order = match self.tables.of(Table::Attention).sort {
            None => (0..all.len()).collect(),
            Some(Sort { by: By::Field(Field::Reason), reversed }) => {
                sorted(all.len(), reversed, |at| Key::Number(all[at].reason as i64))
            }
            Some(Sort { by, reversed }) => sorted(all.len(), reversed, |at| match by {
                By::Field(field) => Key::text(&self.need_told(&all[at], field)),
                By::Access(_) => Key::Nothing,
            }),
        };
        let open = sieve.is_open();
        self.attention.order =
            order.into_iter().filter(|at| open || self.finds_need(&mut sieve, &all[*at])).collect();
    }

    fn finds_need(&self, sieve: &mut Sieve<'_>, need: &Need) -> bool {
        let key = need.student.as_ref().map_or("", StudentKey::as_str);
        let name = need.student.as_ref().and_then(|key| self.row(key)).map_or("", |row| row.name.as_str());
        let text = sieve.fold(&[need.reason.word(), need.text.as_str(), key, name].join("\n"));
        sieve.accepts(&text, |field| self.need_told(need, field))
    }

    fn need_told<'a>(&'a self, need: &'a Need, field: Field) -> Cow<'a, str> {
        match field {
            Field::Reason => need.reason.word().into(),
            Field::Student => {
                let row = need.student.as_ref().and_then(|key| self.row(key));
                row.map_or("", |row| row.name.as_str()).into()
            }
            Field::Text => need.text.as_str().into(),
            Field::Next => need.next.as_str().into(),
            Field::Assignment => need.assignment.as_ref().map_or("", |id| id.as_str()).into(),
            _ => "".into(),
        }
    }

    /// The place of the next need that the last filter finds, or of the one before.
    pub(super) fn next_need(&self, forward: bool) -> Option<usize> {
        let mut sieve = self.attention.filter.last(Table::Attention.fields())?;
        let (all, order) = (self.all_needs(), &self.attention.order);
        let mut finds =
            |at: &usize| all.get(order[*at]).is_some_and(|need| self.finds_need(&mut sieve, need));
        around(self.attention.cursor, order.len(), forward).find(|at| finds(at))
    }

    /// How many needs there are, shown or not.
    pub fn need_count(&self) -> usize {
        self.attention.known.value().map_or(0, |list| list.needs.len())
    }

    /// The selected need.
    pub fn need(&self) -> Option<&Need> {
        self.all_needs().get(*self.attention.order.get(self.attention.cursor)?)
    }

    /// Selects the need of this place. The other panes show the student it is about, where the roster does.
    pub(super) fn select_need(&mut self, place: usize) {
        self.attention.cursor = place;
        let about = self.need().and_then(|need| Some((need.student.clone()?, need.item.clone())));
        let Some((student, item)) = about else { return };
        let Some(at) = self.rows.place(&student) else { return };
        self.select_row(at);
        let items = self.shown_items().unwrap_or_default();
        let place = item.and_then(|item| items.iter().position(|one| one.id == item.item));
        self.items.cursor = place.unwrap_or(self.items.cursor);
    }
}

/// The selected need, if it is one for this.
fn need<'a>(state: &'a State, reasons: &[Reason]) -> Result<&'a Need, String> {
    let need = state.need().ok_or("nothing is selected")?;
    if reasons.contains(&need.reason) {
        return Ok(need);
    }
    let mend = mend(need).map(|name| format!("{} ({name})", key_of(state, name)));
    Err(format!("for this: {}", mend.as_deref().unwrap_or(need.next.as_str())))
}

/// Why nothing can be done right here about a line that stands for several.
fn several(state: &State) -> String {
    format!("the line stands for several: {} shows them", key_of(state, "follow-up"))
}

/// The command of this pane that mends a line, where one does.
fn mend(need: &Need) -> Option<&'static str> {
    match need.reason {
        Reason::Confirm => Some("confirm"),
        Reason::NoVault => Some("give-vaults"),
        Reason::DeadLetter => Some("retry"),
        Reason::Unmatched if need.student.is_some() => Some("assign"),
        Reason::Missing | Reason::Late if need.student.is_some() => Some("extend"),
        _ => None,
    }
}

/// The plan that does this with whom the selected line is about: one student, or all it stands for.
pub(super) fn people(state: &State, act: Admission) -> Result<Action, String> {
    let reason = if act == Admission::Confirm { Reason::Confirm } else { Reason::Invite };
    let need = need(state, &[reason])?;
    state.why_not_people()?;
    let due = state.all_rows().iter().filter(|row| next(&row.state) == Some(act));
    let keys: Vec<StudentKey> = need
        .student
        .as_ref()
        .map_or_else(|| due.map(|row| row.key.clone()).collect(), |key| vec![key.clone()]);
    people::due(state, act, &keys)?;
    Ok(Action::Review(Source::Wish(Wish::People(act, keys))))
}

/// The plan for the vault that is missing, or for every one where the line stands for several.
pub(super) fn vaults(state: &State) -> Result<Action, String> {
    let need = match need(state, &[Reason::NoVault]) {
        Err(_) if state.aside().is_some() => return Ok(Action::ShowPlan),
        need => need?,
    };
    state.why_not_change()?;
    let whom = need.student.iter().chain(&need.students).cloned().collect();
    Ok(Action::Review(Source::Wish(Wish::Provision(whom))))
}

/// By which ways somebody is on the vault that the selected line is about.
pub(super) fn why(state: &State) -> Result<Action, String> {
    let need = need(state, &[Reason::UnexpectedAccess])?;
    let student = need.student.clone().ok_or_else(|| several(state))?;
    let vault = state.row(&student).and_then(|row| row.vault.clone());
    let vault = vault.ok_or("this student has no vault any more")?;
    Ok(Action::Why(Asked { student, vault, who: None }))
}

/// Whom a line is about: one student, or as many as the class shows for its reason.
pub(super) fn whom(state: &State, need: &Need) -> Vec<StudentKey> {
    if let Some(student) = &need.student {
        return vec![student.clone()];
    }
    // The list knows more than the rows: whoever lost the access on purpose is not meant.
    if !need.students.is_empty() {
        return need.students.clone();
    }
    let at = need.assignment.as_ref().and_then(|id| state.assignments().iter().position(|one| one.id == *id));
    let stands = |row: &StatusRow| at.and_then(|at| row.standings.get(at).copied());
    let is_meant = |row: &&StatusRow| match need.reason {
        Reason::Confirm => next(&row.state) == Some(Admission::Confirm),
        Reason::Invite => next(&row.state) == Some(Admission::Invite),
        Reason::Missing => Only::Missing.accepts(stands(row)),
        Reason::Late => Only::Late.accepts(stands(row)),
        _ => false,
    };
    let here = state.all_rows().iter().filter(|row| !row.gone);
    here.filter(is_meant).map(|row| row.key.clone()).collect()
}

/// What was set aside of the consumer that the selected line is about.
pub(super) fn retry(state: &State) -> Result<Action, String> {
    let need = need(state, &[Reason::DeadLetter])?;
    state.why_not_write()?;
    // The line begins with the consumer's name; of names that begin alike the longest is meant.
    let about = |one: &&Progress| {
        need.text.as_str().strip_prefix(one.consumer.as_str()).is_some_and(|rest| rest.starts_with(' '))
    };
    let consumers = state.jobs.consumers().iter().filter(about);
    let consumer = consumers.max_by_key(|one| one.consumer.as_str().len());
    let dead = consumer.filter(|one| !one.dead.is_empty()).ok_or("nothing is set aside any more")?;
    let retry = |seq: &u64| Retry { consumer: dead.consumer.clone(), seq: *seq };
    Ok(Action::Retry(dead.dead.iter().map(retry).collect()))
}

/// The question to which assignment the selected upload belongs.
pub(super) fn assign(state: &State) -> Result<Action, String> {
    let need = need(state, &[Reason::Unmatched])?;
    let (Some(student), Some(at)) = (need.student.clone(), need.item.clone()) else {
        return Err(several(state));
    };
    state.why_not_decide()?;
    // The line names several: which of them is meant is to be chosen.
    if need.count > 1 {
        return Ok(Action::ShowUnmatched(student));
    }
    let arrived = state.activity.of_item(&at).next().map(|arrival| &arrival.item.title);
    let listed =
        || state.items.lists.get(&at.vault)?.iter().find(|item| item.id == at.item).map(|item| &item.title);
    let title = arrived.or_else(listed).unwrap_or(&need.text).clone();
    Ok(Action::Assign(Upload { student, at, title, assignment: None }))
}

/// The question how much more time whom the line is about gets.
pub(super) fn extend(state: &State) -> Result<(Vec<StudentKey>, Option<AssignmentId>), String> {
    let need = need(state, &[Reason::Missing, Reason::Late])?;
    state.why_not_decide()?;
    let student = need.student.clone().ok_or_else(|| several(state))?;
    Ok((vec![student], need.assignment.clone()))
}
