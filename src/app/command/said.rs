//! What is typed behind a command's name in the palette: its choices, and what they mean.

use super::{Candidate, key_of};
use crate::app::assignments::{self, Only, read_relief};
use crate::app::fuzzy::begins_word;
use crate::app::msg::{Action, Pane};
use crate::app::setting::NO_ASSIGNMENT;
use crate::app::{State, attention, grid};
use crate::domain::assignment::{AssignmentId, NONE};
use crate::domain::class::StudentKey;
use crate::domain::preferences::{AUTO, Layout};
use crate::domain::query::{AssignmentHead, StatusRow};
use crate::domain::text::fold;

/// Every student, by name; the key and the address are looked through as well. All as they are shown: what is
/// hidden is not found either.
pub(super) fn students(state: &State, _: &str) -> Vec<Candidate> {
    let each = |row: &StatusRow| {
        let note = format!("{}  {}", state.keyed(&row.key), state.veiled(row.email.as_str()));
        Candidate::new(state.named(row), note).meaning(row.key.as_str())
    };
    state.all_rows().iter().map(each).collect()
}

/// The student of a name, key or address, as they are shown and as far as they are typed: what begins so
/// counts before what only holds it; a key always counts. Two may have one name: then it is the key that is
/// wanted.
pub(super) fn student(state: &State, typed: &str) -> Result<Action, String> {
    let is_it = |row: &&StatusRow| {
        let shown = [state.named(row), &state.keyed(&row.key), row.key.as_str()].contains(&typed);
        shown || (state.veil().is_none() && row.email.as_str() == typed)
    };
    let all = || state.all_rows().iter();
    let wanted = fold(typed);
    let names = |row: &StatusRow| {
        let email = if state.veil().is_none() { row.email.as_str() } else { "" };
        [fold(state.named(row)), fold(&state.keyed(&row.key)), fold(email)]
    };
    let begins = |row: &&StatusRow| names(row).iter().any(|name| begins_word(name, &wanted));
    let holds = |row: &&StatusRow| names(row).iter().any(|name| name.contains(&wanted));
    let mut found: Vec<_> = all().filter(is_it).collect();
    if found.is_empty() && !wanted.is_empty() {
        found = all().filter(begins).collect();
    }
    if found.is_empty() && !wanted.is_empty() {
        found = all().filter(holds).collect();
    }
    match found[..] {
        [one] => Ok(Action::GoTo(one.key.clone())),
        [] => Err(format!("nobody is called `{typed}`")),
        [one, other] => Err(format!(
            "`{typed}` may be {} ({}) or {} ({}): type more, or a key",
            state.named(one),
            state.keyed(&one.key),
            state.named(other),
            state.keyed(&other.key)
        )),
        [one, ..] => Err(format!(
            "{} are called `{typed}`: type a key, such as {}",
            found.len(),
            state.keyed(&one.key)
        )),
    }
}

/// Every assignment.
pub(super) fn assignments(state: &State, _: &str) -> Vec<Candidate> {
    state.assignments().iter().map(candidate).collect()
}

fn candidate(head: &AssignmentHead) -> Candidate {
    Candidate::new(head.id.as_str(), head.title.as_str())
}

/// Every assignment, and none.
pub(super) fn assignments_or_none(state: &State, typed: &str) -> Vec<Candidate> {
    let none = Candidate::new("none", "no assignment, and not listed as unmatched any more");
    assignments(state, typed).into_iter().chain([none]).collect()
}

fn named(state: &State, id: &str) -> Result<AssignmentId, String> {
    let found = state.assignments().iter().find(|head| head.id.as_str() == id);
    found.map(|head| head.id.clone()).ok_or_else(|| {
        let all: Vec<&str> = state.assignments().iter().map(|head| head.id.as_str()).collect();
        if all.is_empty() {
            return NO_ASSIGNMENT.into();
        }
        format!("there is no assignment `{id}`: {}", all.join(", "))
    })
}

/// The roster narrowed to these, for the assignment that is named or shown.
pub(super) fn narrowed(state: &State, id: &str, only: Only) -> Result<Action, String> {
    state.assignment().ok_or(NO_ASSIGNMENT)?;
    let id = if id.is_empty() { None } else { Some(named(state, id)?) };
    Ok(Action::NarrowTo(only, id))
}

/// The selected upload, to be assigned to what is named.
pub(super) fn assign(state: &State, id: &str) -> Result<Action, String> {
    let plan = if state.focus == Pane::Attention { attention::assign } else { assignments::assign };
    let Action::Assign(upload) = plan(state)? else {
        return Err(format!("the line stands for several uploads: {} shows them", key_of(state, "assign")));
    };
    let to = if id == NONE { None } else { Some(named(state, id)?) };
    Ok(Action::AssignTo(upload, to))
}

/// The assignments, then the ways a deadline gives way, then students.
pub(super) fn deadlines(state: &State, typed: &str) -> Vec<Candidate> {
    let Some((id, rest)) = typed.split_once(' ') else {
        return assignments(state, typed);
    };
    if let Some((time, _)) = rest.split_once('@') {
        let whom = rest.split_once('@').map_or("", |(_, whom)| whom.trim());
        let each = |row: &StatusRow| {
            let text = format!("{id} {time}@{}", state.keyed(&row.key));
            let value = format!("{id} {time}@{}", row.key);
            Candidate::new(text, state.named(row)).meaning(value).sought_by(whom)
        };
        return state.all_rows().iter().map(each).collect();
    }
    let ways =
        [("+24h", "a day more"), ("+48h", "two days more"), ("excused", "nothing has to be handed in")];
    ways.map(|(way, note)| Candidate::new(format!("{id} {way}"), note)).into()
}

/// More time: `hw3 +24h @s001`. Without a time it is asked for; without somebody it is for those that are
/// marked, or the selected one.
pub(super) fn due(state: &State, typed: &str) -> Result<Action, String> {
    state.why_not_decide()?;
    let (rest, whom) = match typed.split_once('@') {
        Some((rest, whom)) => (rest.trim(), Some(whom.trim())),
        None => (typed, None),
    };
    let (id, time) = rest.split_once(' ').map_or((rest, ""), |(id, time)| (id, time.trim()));
    let id = named(state, id)?;
    let keys: Vec<StudentKey> = match whom {
        Some(whom) => match student(state, whom)? {
            Action::GoTo(key) => vec![key],
            _ => Vec::new(),
        },
        None => state.rows.meant(state.all_rows()).iter().map(|row| row.key.clone()).collect(),
    };
    if keys.is_empty() {
        return Err("nobody is selected".into());
    }
    if time.is_empty() {
        return Ok(Action::Extend(keys, id));
    }
    let due = assignments::head(state, &id).map(|head| head.due).ok_or("no such assignment")?;
    Ok(Action::ExtendTo(keys, id, read_relief(time, due, &state.setting.zone)?))
}

/// The matrices that there are.
pub(super) fn matrices(_: &State, _: &str) -> Vec<Candidate> {
    vec![
        Candidate::new("full", "every student against the vault of every student"),
        Candidate::new("class", "every vault against its student, staff and everybody else"),
    ]
}

/// One of them.
pub(super) fn matrix(state: &State, which: &str) -> Result<Action, String> {
    match which {
        "" | "full" => grid::open(state),
        "class" => Ok(Action::Focus(Pane::Access)),
        _ => Err("there are two matrices: full and class".into()),
    }
}

/// How many panes can be shown at once.
pub(super) fn layouts(_: &State, _: &str) -> Vec<Candidate> {
    let note = |layout: Layout| match layout {
        Layout::Auto => "as many panes as there is room for",
        Layout::One => "one pane, the others as tabs",
        Layout::Grid => "two columns over the activity",
        Layout::Wide => "three columns with the inspector",
    };
    Layout::ALL.map(|layout| Candidate::new(layout.name(), note(layout))).to_vec()
}

/// One of them.
pub(super) fn layout(_: &State, name: &str) -> Result<Action, String> {
    let found = Layout::ALL.into_iter().find(|layout| layout.name() == name);
    found.map(Action::Layout).ok_or_else(|| "there are auto, one, grid and wide".into())
}

/// The themes that there are.
pub(super) fn themes(state: &State, _: &str) -> Vec<Candidate> {
    let auto = Candidate::new(AUTO, "dark or light, as the terminal's background is");
    let named = state.chosen.themes.iter().map(|name| Candidate::new(name, ""));
    named.chain([auto]).collect()
}

/// One of them.
pub(super) fn theme(state: &State, name: &str) -> Result<Action, String> {
    let known = name == AUTO || state.chosen.themes.iter().any(|theme| theme == name);
    if known {
        return Ok(Action::Theme(name.to_owned()));
    }
    Err(format!("there is no theme `{name}`: {}", state.chosen.themes.join(", ")))
}
