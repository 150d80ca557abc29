//! Every command in one table: its name, keys, help, footer hint, and what it means for what is
//! selected. Help, footer and the README's table of keys are made from it; nothing else lists keys.

use super::key::{Chord, Key, ch, ctrl, key};
use super::msg::{Action, Fetch, Pane, Step};
use super::overlay::{Overlay, Review, Stage};
use super::{State, matrix, people};
use crate::domain::access::Level;
use crate::domain::admission::Admission;

/// Where a command's keys count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// In the roster.
    Roster,
    /// In the items of a student.
    Items,
    /// In the access matrix.
    Access,
    /// In the activity.
    Activity,
    /// In any pane with rows of students.
    Students,
    /// In any pane.
    Pane,
    /// While a plan is shown.
    Plan,
    /// While an item is shown.
    Detail,
    /// While the keys are shown.
    Help,
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
            Self::Roster => "Roster",
            Self::Items => "Items",
            Self::Access => "Access",
            Self::Activity => "Activity",
            Self::Students => "Roster and access",
            Self::Pane => "Any pane",
            Self::Plan => "Plan",
            Self::Detail => "Item",
            Self::Help => "Help",
            Self::Question => "Question",
            Self::Overlay => "Any overlay",
            Self::Anywhere => "Everywhere",
        }
    }
}

/// One command.
pub struct Command {
    /// The name, in kebab-case, as in commands and settings.
    pub name: &'static str,
    /// What it does, as the help says it.
    pub doc: &'static str,
    /// Where its keys count.
    pub context: Context,
    /// Its keys; the first is the one shown.
    pub keys: &'static [Chord],
    /// The word in the footer, where it has a place there.
    pub hint: Option<&'static str>,
    /// The action for what is selected, or why there is none.
    pub plan: fn(&State) -> Result<Action, String>,
}

impl Command {
    /// Whether the footer leaves it out where it cannot be given.
    pub fn is_occasional(&self) -> bool {
        self.context == Context::Plan || ["invite", "confirm", "reactivate"].contains(&self.name)
    }
}

macro_rules! command {
    ($name:literal, $doc:literal, $context:ident, [$($key:expr),+], $hint:expr, $plan:expr) => {
        Command { name: $name, doc: $doc, context: Context::$context, keys: &[$($key),+], hint: $hint, plan: $plan }
    };
}

/// Every command, in the order of the help.
pub const COMMANDS: &[Command] = &[
    command!(
        "give-vaults",
        "plan a vault for the marked students, or for everybody who can have one",
        Roster,
        [ch('A')],
        Some("give vaults"),
        give_vaults
    ),
    command!(
        "show-access",
        "go to this student's row in the access matrix",
        Roster,
        [ch('a')],
        Some("access"),
        |_| Ok(Action::Focus(Pane::Access))
    ),
    command!("open-items", "go to this student's items", Roster, [key(Key::Enter)], Some("items"), |_| Ok(
        Action::Open
    )),
    command!(
        "invite",
        "plan to invite the marked students, or this one, into the account",
        Roster,
        [ch('i')],
        Some("invite"),
        |s| people::plan(s, Admission::Invite)
    ),
    command!(
        "confirm",
        "plan to confirm the marked students, or this one, who have accepted",
        Roster,
        [ch('c')],
        Some("confirm"),
        |s| people::plan(s, Admission::Confirm)
    ),
    command!(
        "suspend",
        "plan to suspend the marked students, or this one, in the whole account",
        Roster,
        [ch('S')],
        None,
        |s| people::plan(s, Admission::Suspend)
    ),
    command!(
        "reactivate",
        "plan to bring suspended students back",
        Roster,
        [ch('B')],
        Some("bring back"),
        |s| people::plan(s, Admission::Reactivate)
    ),
    command!("review", "show the plan for everything staged", Access, [ch('A')], Some("review"), review),
    command!(
        "stage-submit",
        "stage submit: add files, read nothing",
        Access,
        [ch('s')],
        Some("submit"),
        |s| stage(s, Level::Submit)
    ),
    command!("stage-read", "stage read", Access, [ch('r')], Some("read"), |s| stage(s, Level::Read)),
    command!(
        "stage-write",
        "stage write: read, add, change, archive",
        Access,
        [ch('w')],
        Some("write"),
        |s| stage(s, Level::Write)
    ),
    command!(
        "stage-manage",
        "stage manage; a student's own vault never gets it",
        Access,
        [ch('m')],
        Some("manage"),
        |s| stage(s, Level::Manage)
    ),
    command!("stage-revoke", "stage taking all access away", Access, [ch('x')], Some("revoke"), |s| stage(
        s,
        Level::None
    )),
    command!("unstage", "take back what is staged here", Access, [ch('u')], Some("unstage"), unstage),
    command!("left", "one column to the left", Access, [ch('h'), key(Key::Left)], None, |_| Ok(
        Action::Move(Step::Left)
    )),
    command!("right", "one column to the right", Access, [ch('l'), key(Key::Right)], None, |_| Ok(
        Action::Move(Step::Right)
    )),
    command!(
        "open-item",
        "show fields and files of the item",
        Items,
        [key(Key::Enter)],
        Some("open"),
        open_item
    ),
    command!(
        "open-student",
        "go to the student of this arrival",
        Activity,
        [key(Key::Enter)],
        Some("go to student"),
        |_| Ok(Action::Open)
    ),
    command!(
        "follow",
        "stay at the newest arrival, or stop doing so",
        Activity,
        [ch('f')],
        Some("follow"),
        |_| Ok(Action::Follow)
    ),
    command!("mark", "mark this student and move down", Students, [ch(' ')], Some("mark"), |_| Ok(
        Action::Mark
    )),
    command!("range", "begin or end a range of marks", Students, [ch('v')], Some("range"), |_| Ok(
        Action::Range
    )),
    command!("mark-all", "mark everybody shown; again: nobody", Students, [ch('*')], None, |_| Ok(
        Action::MarkAll
    )),
    command!("clear-marks", "take all marks away", Students, [ch('U')], None, |_| Ok(Action::ClearMarks)),
    command!(
        "download",
        "fetch the files of what is selected or marked to a folder",
        Pane,
        [ch('D')],
        Some("download"),
        download
    ),
    command!(
        "filter",
        "show only rows with this text; ! in front turns it round",
        Pane,
        [ch('/')],
        Some("filter"),
        |_| Ok(Action::Filter)
    ),
    command!("refresh", "ask the service again for what this pane shows", Pane, [ctrl('r')], None, |_| Ok(
        Action::Refresh
    )),
    command!("pause", "pause or resume the live view", Pane, [ch('p')], None, |_| Ok(Action::Pause)),
    command!("next-pane", "next pane", Pane, [key(Key::Tab)], None, |s| Ok(Action::Focus(beside(s, 1)))),
    command!("previous-pane", "previous pane", Pane, [key(Key::BackTab)], None, |s| Ok(Action::Focus(
        beside(s, 3)
    ))),
    command!("roster", "the roster", Pane, [ch('1')], None, |_| Ok(Action::Focus(Pane::Roster))),
    command!("items", "the items of the selected student", Pane, [ch('2')], None, |_| Ok(Action::Focus(
        Pane::Items
    ))),
    command!("access", "the access matrix", Pane, [ch('3')], None, |_| Ok(Action::Focus(Pane::Access))),
    command!("activity", "the activity", Pane, [ch('4')], None, |_| Ok(Action::Focus(Pane::Activity))),
    command!("apply", "carry out this plan", Plan, [ch('y')], Some("apply"), apply),
    command!("stop", "stop the plan after the call in flight", Plan, [ch('x')], Some("stop"), stop),
    command!(
        "download-item",
        "fetch the files of this item to a folder",
        Detail,
        [ch('D')],
        Some("download"),
        download
    ),
    command!("yes", "yes", Question, [ch('y')], Some("yes"), |_| Ok(Action::Confirm)),
    command!("close", "close this overlay", Overlay, [ch('q'), ch('n')], Some("close"), |_| Ok(Action::Back)),
    command!("down", "one down", Anywhere, [ch('j'), key(Key::Down)], None, |_| Ok(Action::Move(Step::Down))),
    command!("up", "one up", Anywhere, [ch('k'), key(Key::Up)], None, |_| Ok(Action::Move(Step::Up))),
    command!("half-page-down", "half a page down", Anywhere, [ctrl('d'), key(Key::PageDown)], None, |_| Ok(
        Action::Move(Step::PageDown)
    )),
    command!("half-page-up", "half a page up", Anywhere, [ctrl('u'), key(Key::PageUp)], None, |_| Ok(
        Action::Move(Step::PageUp)
    )),
    command!("first", "to the first", Anywhere, [ch('g'), key(Key::Home)], None, |_| Ok(Action::Move(
        Step::First
    ))),
    command!("last", "to the last", Anywhere, [ch('G'), key(Key::End)], None, |_| Ok(Action::Move(
        Step::Last
    ))),
    command!("back", "one step back: dialog, filter, marks, pane", Anywhere, [key(Key::Esc)], None, |_| Ok(
        Action::Back
    )),
    command!("redraw", "draw everything again", Anywhere, [ctrl('l')], None, |_| Ok(Action::Redraw)),
    command!("help", "show the keys of this pane", Anywhere, [ch('?')], Some("help"), |_| Ok(Action::Help)),
    command!(
        "quit",
        "quit, after asking where something would be lost",
        Anywhere,
        [ch('q'), ch('Q'), ctrl('c')],
        Some("quit"),
        |_| Ok(Action::Quit)
    ),
];

/// The contexts whose keys count now, the nearest first.
pub fn contexts(state: &State) -> &'static [Context] {
    use Context as C;
    match state.overlays.last() {
        Some(Overlay::Help { .. }) => &[C::Help, C::Overlay, C::Anywhere],
        Some(Overlay::Plan(_)) => &[C::Plan, C::Overlay, C::Anywhere],
        Some(Overlay::Detail(_)) => &[C::Detail, C::Overlay, C::Anywhere],
        Some(Overlay::Confirm(_)) => &[C::Question, C::Overlay, C::Anywhere],
        Some(Overlay::Download(_)) => &[],
        None => pane_contexts(state.focus),
    }
}

/// The contexts whose keys count in a pane, the nearest first.
pub fn pane_contexts(pane: Pane) -> &'static [Context] {
    use Context as C;
    match pane {
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

/// The command of a key, if it has one here.
pub fn find(state: &State, chord: Chord) -> Option<&'static Command> {
    available(state).find(|command| command.keys.contains(&chord))
}

/// Whether a key asks to leave, wherever it is pressed.
pub(super) fn quits(chord: Chord) -> bool {
    COMMANDS.iter().any(|command| command.name == "quit" && command.keys.contains(&chord))
}

fn beside(state: &State, by: usize) -> Pane {
    Pane::ALL[(state.focus as usize + by) % Pane::ALL.len()]
}

fn give_vaults(state: &State) -> Result<Action, String> {
    if state.job.is_some() {
        return Ok(Action::ReviewProvision(Vec::new()));
    }
    state.why_not_change()?;
    Ok(Action::ReviewProvision(state.rows.marks.iter().cloned().collect()))
}

fn stage(state: &State, level: Level) -> Result<Action, String> {
    state.why_not_change()?;
    let view = state.view().ok_or("the class has not been read yet")?;
    if state.matrix.column == 0 && level > Level::STUDENT_CEILING {
        return Err(format!(
            "{level} is never given on a student's own vault: {} at most",
            Level::STUDENT_CEILING
        ));
    }
    if level.permissions(state.kind()).is_none() {
        return Err(format!("{level} cannot be expressed on a {} account", state.kind().name()));
    }
    if state.matrix.column + 1 == matrix::columns(view) && level != Level::None {
        return Err("others are never given access here: x revokes".into());
    }
    if state.rows.marks.is_empty() {
        let row = state.selected().ok_or("nobody is selected")?;
        matrix::stageable(view, row, state.matrix.column, Some(level))?;
    }
    Ok(Action::Stage(level))
}

fn unstage(state: &State) -> Result<Action, String> {
    if state.matrix.staged.is_empty() { Err("nothing is staged".into()) } else { Ok(Action::Unstage) }
}

fn review(state: &State) -> Result<Action, String> {
    if state.job.is_none() && state.matrix.staged.is_empty() {
        return Err("nothing is staged: s r w m or x on a cell stages a change".into());
    }
    Ok(Action::ReviewAccess)
}

fn open_item(state: &State) -> Result<Action, String> {
    let items = state.shown_items().unwrap_or_default();
    if items.get(state.item).is_some() { Ok(Action::Open) } else { Err("no item is selected".into()) }
}

fn apply(state: &State) -> Result<Action, String> {
    let Some(Overlay::Plan(review)) = state.overlays.last() else {
        return Err("no plan is shown".into());
    };
    if let Stage::Running(_) = review.stage {
        return Err("the plan is being carried out".into());
    }
    state.why_not_change()?;
    match &review.plan.value {
        None => Err("the plan is not worked out yet".into()),
        Some(plan) if plan.changes() == 0 => Err("nothing would change".into()),
        Some(_) => Ok(Action::Confirm),
    }
}

fn stop(state: &State) -> Result<Action, String> {
    match state.overlays.last() {
        Some(Overlay::Plan(Review { stopping: true, .. })) => Err("it stops after the call in flight".into()),
        Some(Overlay::Plan(Review { stage: Stage::Running(_), .. })) => Ok(Action::Stop),
        _ => Err("nothing is being carried out".into()),
    }
}

fn download(state: &State) -> Result<Action, String> {
    let student = || state.selected().ok_or("nobody is selected");
    if let Some(Overlay::Detail(detail)) = state.overlays.last() {
        let owner = state.all_rows().iter().find(|row| row.vault.as_ref() == Some(&detail.at.vault));
        let key = owner.ok_or("this vault belongs to no student")?.key.clone();
        return Ok(Action::Download(vec![Fetch::Item(key, detail.at.clone())]));
    }
    match state.focus {
        Pane::Roster | Pane::Access => {
            let rows = state.rows.meant(state.all_rows());
            let with_vault = rows.iter().filter(|row| row.vault.is_some());
            let what: Vec<_> = with_vault.map(|row| Fetch::Student(row.key.clone())).collect();
            if what.is_empty() { Err("no vault is selected".into()) } else { Ok(Action::Download(what)) }
        }
        Pane::Items => {
            let (row, items) = (student()?, state.shown_items().unwrap_or_default());
            let item = items.get(state.item).ok_or("no item is selected")?;
            let vault = row.vault.clone().ok_or("this student has no vault yet")?;
            let at = crate::domain::directory::ItemRef { vault, item: item.id.clone() };
            Ok(Action::Download(vec![Fetch::Item(row.key.clone(), at)]))
        }
        Pane::Activity => {
            let arrival = state.activity.selected().ok_or("nothing has arrived yet")?;
            let (vault, item) = (arrival.vault.id.clone(), arrival.item.id.clone());
            let at = crate::domain::directory::ItemRef { vault, item };
            Ok(Action::Download(vec![Fetch::Item(arrival.student.key.clone(), at)]))
        }
    }
}
