//! Every command in one table: its name, keys, help, footer hint, and what it means for what is
//! selected. Help, footer and the README's table of keys are made from it; nothing else lists keys.

mod keymap;
mod meaning;
mod said;
mod table;
mod twin;
mod word;

use super::key::Chord;
use super::msg::{Action, Pane};
use super::overlay::Overlay;
use super::{READ_ONLY, State};
pub use keymap::{Keymap, full};
pub use table::COMMANDS;
pub use twin::twin;
pub use word::{Argument, Candidate};

/// Where a command's keys count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    /// While columns are chosen.
    Columns,
    /// In the whole matrix.
    Grid,
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
            Self::Columns => "Columns",
            Self::Grid => "Whole matrix",
            Self::Question => "Question",
            Self::Overlay => "Any overlay",
            Self::Anywhere => "Everywhere",
        }
    }

    /// The word before a command's name in settings, in kebab-case.
    pub fn word(self) -> &'static str {
        match self {
            Self::Attention => "attention",
            Self::Roster => "roster",
            Self::Items => "items",
            Self::Access => "access",
            Self::Activity => "activity",
            Self::Jobs => "jobs",
            Self::Students => "students",
            Self::Pane => "pane",
            Self::Plan => "plan",
            Self::Why => "why",
            Self::Drift => "drift",
            Self::Staged => "staged",
            Self::History => "history",
            Self::Closing => "closing",
            Self::Detail => "item",
            Self::Picture => "picture",
            Self::Columns => "columns",
            Self::Grid => "matrix",
            Self::Help => "help",
            Self::Choice => "assignment",
            Self::Question => "question",
            Self::Overlay => "overlay",
            Self::Anywhere => "anywhere",
        }
    }

    /// The pane in which its commands are given, where it belongs to one.
    pub fn pane(self) -> Option<Pane> {
        match self {
            Self::Attention => Some(Pane::Attention),
            Self::Roster | Self::Students => Some(Pane::Roster),
            Self::Items => Some(Pane::Items),
            Self::Access => Some(Pane::Access),
            Self::Activity => Some(Pane::Activity),
            Self::Jobs => Some(Pane::Jobs),
            _ => None,
        }
    }
}

/// What lies over the panes and has commands of its own.
const OVER: [Context; 13] = [
    Context::Plan,
    Context::Why,
    Context::Drift,
    Context::Staged,
    Context::History,
    Context::Closing,
    Context::Detail,
    Context::Picture,
    Context::Columns,
    Context::Grid,
    Context::Help,
    Context::Choice,
    Context::Question,
];

/// Every list of contexts whose keys count at once, each with the nearest first.
pub fn situations() -> Vec<Vec<Context>> {
    let panes = Pane::ALL.iter().map(|pane| pane_contexts(*pane).to_vec());
    panes.chain(OVER.map(|top| vec![top, Context::Overlay, Context::Anywhere])).collect()
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
    /// What can be typed behind its name in the palette.
    pub argument: Option<Argument>,
}

impl Command {
    /// Whether it would change something, and changes are refused: footer and help say so by grey keys.
    pub fn is_refused(&self, state: &State) -> bool {
        state.setting.read_only && (self.plan)(state).is_err_and(|why| why == READ_ONLY)
    }

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
    state.overlays.last().map_or_else(|| pane_contexts(state.focus), contexts_over)
}

/// The contexts whose keys count in what lies over the panes, the nearest first; none where letters are
/// typed.
pub fn contexts_over(overlay: &Overlay) -> &'static [Context] {
    use Context as C;
    match overlay {
        Overlay::Help(help) if help.typing => &[],
        Overlay::Help(_) => &[C::Help, C::Overlay, C::Anywhere],
        Overlay::Plan(review) if review.typing => &[],
        Overlay::Plan(_) | Overlay::Job(_) => &[C::Plan, C::Overlay, C::Anywhere],
        Overlay::Why(_) => &[C::Why, C::Overlay, C::Anywhere],
        Overlay::Drift(_) => &[C::Drift, C::Overlay, C::Anywhere],
        Overlay::Staged { .. } => &[C::Staged, C::Overlay, C::Anywhere],
        Overlay::History(_) => &[C::History, C::Overlay, C::Anywhere],
        Overlay::Closing(_) => &[C::Closing, C::Overlay, C::Anywhere],
        Overlay::Detail(_) => &[C::Detail, C::Overlay, C::Anywhere],
        Overlay::Columns(_) => &[C::Columns, C::Overlay, C::Anywhere],
        Overlay::Grid(_) => &[C::Grid, C::Overlay, C::Anywhere],
        Overlay::Picture(_) => &[C::Picture, C::Overlay, C::Anywhere],
        Overlay::Confirm(_) => &[C::Question, C::Overlay, C::Anywhere],
        Overlay::Assign(_) => &[C::Choice, C::Overlay, C::Anywhere],
        Overlay::Output { .. } | Overlay::Fetched { .. } | Overlay::Notices { .. } | Overlay::Inspector => {
            &[C::Overlay, C::Anywhere]
        }
        Overlay::Download(_)
        | Overlay::Export(_)
        | Overlay::Import(_)
        | Overlay::Extend(_)
        | Overlay::SignOff(_) => &[],
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
    let begins = |one: &&[Chord]| one.starts_with(keys);
    for command in available(state) {
        match state.keymap.of(command).find(begins) {
            Some(whole) if whole.len() == keys.len() => return Found::Command(command),
            Some(_) => return Found::Prefix,
            None => {}
        }
    }
    Found::Nothing
}

/// Where keys count that mean nothing here: in another pane, or in the one below what lies over the panes.
pub fn elsewhere(state: &State, keys: &[Chord]) -> Option<&'static Command> {
    let gives = |command: &&Command| state.keymap.of(command).any(|one| one == keys);
    let below = pane_contexts(state.focus).iter().filter(|_| !state.overlays.is_empty());
    let mut below = below.flat_map(|context| COMMANDS.iter().filter(move |c| c.context == *context));
    let mut panes = COMMANDS.iter().filter(|command| command.context.pane().is_some());
    below.find(gives).or_else(|| panes.find(gives))
}

/// The first keys of a command that give it here: those that mean something nearer by do not.
pub fn shown_keys(state: &State, command: &Command) -> Option<String> {
    let gives = |keys: &&[Chord]| match find(state, keys) {
        Found::Command(found) => std::ptr::eq(found, command),
        _ => false,
    };
    state.keymap.of(command).find(gives).map(in_words)
}

/// The key that gives the nearest command of a name, for texts that speak of it; where it has none,
/// how the palette gives it.
pub fn key_of(state: &State, name: &str) -> String {
    let of_name = |command: &&'static Command| command.name == name;
    let all = available(state).filter(of_name).chain(COMMANDS.iter().filter(of_name));
    let mut keys = all.filter_map(|command| state.keymap.of(command).next());
    keys.next().map_or_else(|| format!(":{name}"), in_words)
}

/// How a sequence that was begun can go on: the keys still to be pressed, and what they give.
pub fn continuations(state: &State) -> Vec<(String, &'static Command)> {
    let begun = &state.prefix[..];
    let mut found: Vec<(String, &Command)> = Vec::new();
    for command in available(state).filter(|_| !begun.is_empty()) {
        for keys in state.keymap.of(command).filter(|keys| keys.starts_with(begun)) {
            let is_it = matches!(find(state, keys), Found::Command(one) if std::ptr::eq(one, command));
            if let Some(rest) = keys.get(begun.len()..).filter(|rest| is_it && !rest.is_empty()) {
                found.push((in_words(rest), command));
            }
        }
    }
    found
}

/// A sequence of keys as it is shown: `y e`.
pub fn in_words(keys: &[Chord]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Whether a key asks to be stopped, wherever it is pressed.
pub(super) fn stops(state: &State, chord: Chord) -> bool {
    is_key_of(state, "to-shell", chord)
}

/// Whether a key asks to leave, wherever it is pressed.
pub(super) fn quits(state: &State, chord: Chord) -> bool {
    is_key_of(state, "quit", chord)
}

fn is_key_of(state: &State, name: &str, chord: Chord) -> bool {
    let gives = |command: &Command| state.keymap.of(command).any(|keys| keys == [chord]);
    COMMANDS.iter().any(|command| command.name == name && gives(command))
}
