//! The table of commands itself.

use super::meaning::{
    again, apply, beside, choose, class, compare, download, follow_up, give_vaults, hold, hold_job, jobs,
    open_item, open_job, retry, review, stage, stop, stop_job, unmatched, unstage,
};
use super::{Command, Context};
use crate::app::key::{Key, ch, ctrl, key};
use crate::app::msg::{Action, Pane, Step};
use crate::app::{assignments, attention, closing, past, people, why};
use crate::domain::access::Level;
use crate::domain::admission::Admission;

macro_rules! command {
    ($name:literal, $doc:literal, $context:ident, [$($key:expr),+], $hint:expr, $plan:expr) => {
        Command { name: $name, doc: $doc, context: Context::$context, keys: &[$($key),+], hint: $hint, plan: $plan }
    };
}

/// Every command, in the order of the help.
pub const COMMANDS: &[Command] = &[
    command!(
        "follow-up",
        "go to where this comes from",
        Attention,
        [key(Key::Enter)],
        Some("go there"),
        follow_up
    ),
    command!("confirm", "plan to confirm who has accepted", Attention, [ch('c')], Some("confirm"), |s| {
        attention::people(s, Admission::Confirm)
    }),
    command!("invite", "plan to invite whom this line is about", Attention, [ch('i')], Some("invite"), |s| {
        attention::people(s, Admission::Invite)
    }),
    command!(
        "retry",
        "offer what was set aside to its consumer again",
        Attention,
        [ch('R')],
        Some("retry"),
        attention::retry
    ),
    command!(
        "give-vaults",
        "plan the vault that is missing",
        Attention,
        [ch('A')],
        Some("give vaults"),
        attention::vaults
    ),
    command!(
        "assign",
        "say which assignment this upload belongs to",
        Attention,
        [ch('a')],
        Some("assign"),
        attention::assign
    ),
    command!(
        "extend",
        "give more time, or excuse",
        Attention,
        [ch('e')],
        Some("deadline"),
        assignments::extend
    ),
    command!(
        "why",
        "show who else is on this vault, by which ways, and what mends it",
        Attention,
        [ch('d')],
        Some("why"),
        attention::why
    ),
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
    command!("previous-assignment", "show the assignment before this one", Roster, [ch('[')], None, |s| {
        assignments::turn(s, Step::Left)
    }),
    command!("next-assignment", "show the assignment after this one", Roster, [ch(']')], None, |s| {
        assignments::turn(s, Step::Right)
    }),
    command!(
        "narrow",
        "show who has missed this assignment, who was late, or everybody",
        Roster,
        [ch('m')],
        Some("missing"),
        assignments::narrow
    ),
    command!(
        "extend",
        "give the marked students, or this one, more time for this assignment, or excuse them",
        Roster,
        [ch('e')],
        Some("deadline"),
        assignments::extend
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
    command!("compare", "show what is staged beside what is so", Access, [ch('=')], Some("compare"), compare),
    command!(
        "plan",
        "plan everything that the class file asks for, for the marked students or for all",
        Access,
        [ch('a')],
        Some("plan"),
        class
    ),
    command!(
        "why",
        "show by which ways somebody has this access, since when, and what mends it",
        Access,
        [ch('d')],
        Some("why"),
        why::cell
    ),
    command!(
        "drift",
        "read who is on every vault, and show who should not be",
        Access,
        [ch('!')],
        Some("drift"),
        |_| Ok(Action::Drift)
    ),
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
        "assign",
        "say which assignment this item belongs to",
        Items,
        [ch('a')],
        Some("assign"),
        assignments::assign
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
    command!(
        "assign",
        "say which assignment this upload belongs to",
        Activity,
        [ch('a')],
        Some("assign"),
        assignments::assign
    ),
    command!(
        "unmatched",
        "show only uploads that no assignment claims, or everything",
        Activity,
        [ch('u')],
        Some("unmatched"),
        unmatched
    ),
    command!(
        "open-job",
        "show the plan with its rows, what a consumer said, what a download could not fetch; carry on what was left",
        Jobs,
        [key(Key::Enter)],
        Some("open"),
        open_job
    ),
    command!(
        "retry",
        "offer what was set aside to its consumer again",
        Jobs,
        [ch('R')],
        Some("retry"),
        retry
    ),
    command!(
        "stop",
        "stop this plan after the call in flight, or this download; what is done stays",
        Jobs,
        [ch('x')],
        Some("stop"),
        stop_job
    ),
    command!(
        "hold",
        "have this plan wait after the call in flight, or go on; p in the plan does it, too",
        Jobs,
        [ch('w')],
        None,
        hold_job
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
    command!("undo", "plan to take the last change back", Pane, [ch('z')], None, past::undo),
    command!("redo", "plan to do again what was taken back last", Pane, [ch('Z')], None, past::redo),
    command!("history", "show what was changed here, job by job", Pane, [ch('H')], None, |_| Ok(
        Action::History
    )),
    command!("close-term", "the end of the term, step by step", Pane, [ch('W')], None, |_| Ok(
        Action::Closing
    )),
    command!("pause", "pause or resume the live view", Pane, [ch('p')], None, |_| Ok(Action::Pause)),
    command!("next-pane", "next pane", Pane, [key(Key::Tab)], None, |s| Ok(Action::Focus(beside(s, 1)))),
    command!("previous-pane", "previous pane", Pane, [key(Key::BackTab)], None, |s| Ok(Action::Focus(
        beside(s, -1)
    ))),
    command!("attention", "what needs you now", Pane, [ch('0')], None, |_| Ok(Action::Focus(
        Pane::Attention
    ))),
    command!("roster", "the roster", Pane, [ch('1')], None, |_| Ok(Action::Focus(Pane::Roster))),
    command!("items", "the items of the selected student", Pane, [ch('2')], None, |_| Ok(Action::Focus(
        Pane::Items
    ))),
    command!("access", "the access matrix", Pane, [ch('3')], None, |_| Ok(Action::Focus(Pane::Access))),
    command!("activity", "the activity", Pane, [ch('4')], None, |_| Ok(Action::Focus(Pane::Activity))),
    command!("jobs", "what is carried out or waits, and who takes the arrivals", Pane, [ch('6')], None, jobs),
    command!("apply", "carry out this plan", Plan, [ch('y')], Some("apply"), apply),
    command!("plan", "work this plan out anew", Plan, [ch('r')], Some("anew"), again),
    command!(
        "hold",
        "have the plan wait after the call in flight, or go on",
        Plan,
        [ch('p')],
        Some("wait"),
        hold
    ),
    command!(
        "stop",
        "stop the plan after the call in flight; one in line is left out",
        Plan,
        [ch('x')],
        Some("stop"),
        stop
    ),
    command!(
        "mend",
        "plan to take away what should not be on this vault",
        Why,
        [ch('m')],
        Some("mend"),
        why::mend
    ),
    command!("open-cell", "go to the cell", Drift, [key(Key::Enter)], Some("go there"), |_| Ok(Action::Open)),
    command!(
        "mend",
        "plan to take away what should not be on the vault of this line",
        Drift,
        [ch('m')],
        Some("mend"),
        why::mend
    ),
    command!(
        "mend-all",
        "plan to take away everything that should not be",
        Drift,
        [ch('M')],
        Some("mend all"),
        why::mend_all
    ),
    command!("review", "show the plan for everything staged", Staged, [ch('A')], Some("review"), review),
    command!(
        "open-changes",
        "show what this job has changed",
        History,
        [key(Key::Enter)],
        Some("changes"),
        past::open
    ),
    command!("undo", "plan to take this job back", History, [ch('z')], Some("undo"), past::undo),
    command!(
        "sign-off",
        "show what this step does, and sign it off",
        Closing,
        [key(Key::Enter)],
        Some("sign off"),
        closing::sign_off
    ),
    command!(
        "download-item",
        "fetch the files of this item to a folder",
        Detail,
        [ch('D')],
        Some("download"),
        download
    ),
    command!(
        "choose",
        "take the selected assignment; digits and r select one, 0 is none, r leaves it to the rules",
        Choice,
        [key(Key::Enter), ch('y')],
        Some("take"),
        choose
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
