//! Every command in one table: its name, keys, help, footer hint, and what it means for what is
//! selected. Help, footer and the README's table of keys are made from it; nothing else lists keys.

mod meaning;
mod table;

use super::State;
use super::key::Chord;
use super::msg::{Action, Pane};
use super::overlay::Overlay;
pub use table::COMMANDS;

/// Where a command's keys count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// In what needs the instructor.
    Attention,
    /// In the roster.
    Roster,
    /// In the items of a student.
    Items,
    /// In the access matrix.
    Access,
    /// In the activity.
    Activity,
    /// In the jobs.
    Jobs,
    /// In any pane with rows of students.
    Students,
    /// In any pane.
    Pane,
    /// While a plan is shown.
    Plan,
    /// While the ways to an access are shown.
    Why,
    /// While what should not be is shown.
    Drift,
    /// While what is staged is shown.
    Staged,
    /// While what was changed is shown.
    History,
    /// While the end of the term is shown.
    Closing,
    /// While an item is shown.
    Detail,
    /// While a picture is shown.
    Picture,
    /// While the keys are shown.
    Help,
    /// While an assignment is chosen.
    Choice,
    /// While a question is asked.
    Question,
    /// In any overlay.
    Overlay,
    /// Everywhere but in text fields.
    Anywhere,
}

impl Context {
    /// The heading in help and README.
    pub fn name(self) -> &'static str {
        match self {
            Self::Attention => "Attention",
            Self::Roster => "Roster",
            Self::Items => "Items",
            Self::Access => "Access",
            Self::Activity => "Activity",
            Self::Jobs => "Jobs",
            Self::Students => "Roster and access",
            Self::Pane => "Any pane",
            Self::Plan => "Plan",
            Self::Why => "Why",
            Self::Drift => "Drift",
            Self::Staged => "Staged",
            Self::History => "History",
            Self::Closing => "End of term",
            Self::Detail => "Item",
            Self::Picture => "Picture",
            Self::Help => "Help",
            Self::Choice => "Assignment",
            Self::Question => "Question",
            Self::Overlay => "Any overlay",
            Self::Anywhere => "Everywhere",
        }
    }
}

/// One command.
#[derive(Clone, Copy)]
pub struct Command {
    /// The name, in kebab-case, as in commands and settings.
    pub name: &'static str,
    /// What it does, as the help says it.
    pub doc: &'static str,
    /// Where its keys count.
    pub context: Context,
    /// Its keys, each a sequence of chords pressed one after the other, mostly of one; the first is the
    /// one shown. None where only the palette gives it.
    pub keys: &'static [&'static [Chord]],
    /// The word in the footer, where it has a place there.
    pub hint: Option<&'static str>,
    /// The action for what is selected, or why there is none.
    pub plan: fn(&State) -> Result<Action, String>,
}

impl Command {
    /// Whether the footer leaves it out where it cannot be given.
    pub fn is_occasional(&self) -> bool {
        use Context as C;
        let work = ["download", "extend", "narrow", "assign", "unmatched", "retry", "stop"];
        [C::Plan, C::Why, C::Drift, C::Staged, C::History, C::Closing, C::Picture].contains(&self.context)
            || (self.context == Context::Attention && self.name != "follow-up")
            || ["invite", "confirm", "reactivate"].contains(&self.name)
            || work.contains(&self.name)
    }
}

/// The contexts whose keys count now, the nearest first.
pub fn contexts(state: &State) -> &'static [Context] {
    use Context as C;
    match state.overlays.last() {
        Some(Overlay::Help { .. }) => &[C::Help, C::Overlay, C::Anywhere],
        Some(Overlay::Plan(review)) if review.typing => &[],
        Some(Overlay::Plan(_) | Overlay::Job(_)) => &[C::Plan, C::Overlay, C::Anywhere],
        Some(Overlay::Why(_)) => &[C::Why, C::Overlay, C::Anywhere],
        Some(Overlay::Drift(_)) => &[C::Drift, C::Overlay, C::Anywhere],
        Some(Overlay::Staged { .. }) => &[C::Staged, C::Overlay, C::Anywhere],
        Some(Overlay::History(_)) => &[C::History, C::Overlay, C::Anywhere],
        Some(Overlay::Closing(_)) => &[C::Closing, C::Overlay, C::Anywhere],
        Some(Overlay::Detail(_)) => &[C::Detail, C::Overlay, C::Anywhere],
        Some(Overlay::Picture(_)) => &[C::Picture, C::Overlay, C::Anywhere],
        Some(Overlay::Confirm(_)) => &[C::Question, C::Overlay, C::Anywhere],
        Some(Overlay::Assign(_)) => &[C::Choice, C::Overlay, C::Anywhere],
        Some(Overlay::Output { .. } | Overlay::Fetched { .. } | Overlay::Inspector) => {
            &[C::Overlay, C::Anywhere]
        }
        Some(Overlay::Download(_) | Overlay::Extend(_) | Overlay::SignOff(_)) => &[],
        None => pane_contexts(state.focus),
    }
}

/// The contexts whose keys count in a pane, the nearest first.
pub fn pane_contexts(pane: Pane) -> &'static [Context] {
    use Context as C;
    match pane {
        Pane::Attention => &[C::Attention, C::Pane, C::Anywhere],
        Pane::Jobs => &[C::Jobs, C::Pane, C::Anywhere],
        Pane::Inspector => &[C::Pane, C::Anywhere],
        Pane::Roster => &[C::Roster, C::Students, C::Pane, C::Anywhere],
        Pane::Items => &[C::Items, C::Pane, C::Anywhere],
        Pane::Access => &[C::Access, C::Students, C::Pane, C::Anywhere],
        Pane::Activity => &[C::Activity, C::Pane, C::Anywhere],
    }
}

/// The commands that can be given now, the nearest context first.
pub fn available(state: &State) -> impl Iterator<Item = &'static Command> {
    contexts(state).iter().flat_map(|context| COMMANDS.iter().filter(move |c| c.context == *context))
}

/// What a key means behind those that were pressed before it.
#[derive(Clone, Copy)]
pub enum Found {
    /// This command.
    Command(&'static Command),
    /// It begins a longer sequence, or goes on with it.
    Prefix,
    /// Nothing.
    Nothing,
}

/// What a sequence of keys means here: the nearest context that knows it decides.
pub fn find(state: &State, keys: &[Chord]) -> Found {
    let begins = |one: &&&[Chord]| one.starts_with(keys);
    for command in available(state) {
        match command.keys.iter().find(begins) {
            Some(whole) if whole.len() == keys.len() => return Found::Command(command),
            Some(_) => return Found::Prefix,
            None => {}
        }
    }
    Found::Nothing
}

/// The first keys of a command that give it here: those that mean something nearer by do not.
pub fn shown_keys(state: &State, command: &Command) -> Option<String> {
    let gives = |keys: &&&[Chord]| match find(state, keys) {
        Found::Command(found) => std::ptr::eq(found, command),
        _ => false,
    };
    command.keys.iter().find(gives).map(|keys| in_words(keys))
}

/// A sequence of keys as it is shown: `y e`.
pub fn in_words(keys: &[Chord]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Whether a key asks to leave, wherever it is pressed.
pub(super) fn quits(chord: Chord) -> bool {
    COMMANDS.iter().any(|command| command.name == "quit" && command.keys.contains(&[chord].as_slice()))
}
