//! The commands of the panes.

use crate::app::command::meaning::{
    beside, class, compare, download, enlarge, follow_up, give_vaults, hold_job, jobs, open_item, open_job,
    retry, review, shrink, stage, stop_job, unmatched, unstage,
};
use crate::app::command::{Command, Context};
use crate::app::key::{Key, ch, ctrl, key};
use crate::app::layout::Layout;
use crate::app::msg::{Action, Pane, Step};
use crate::app::picture::Kind;
use crate::app::{assignments, attention, past, people, picture, why};
use crate::domain::access::Level;
use crate::domain::admission::Admission;

/// In the order of the help.
pub(super) const PANES: &[Command] = &[
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
    command!(
        "inspector",
        "what is known of what is selected: beside the panes on wide screens, else over them",
        Pane,
        [ch('5')],
        None,
        |_| Ok(Action::Inspect)
    ),
    command!("jobs", "what is carried out or waits, and who takes the arrivals", Pane, [ch('6')], None, jobs),
    command!("enlarge", "give this pane half of the screen, then all of it", Pane, [ch('+')], None, enlarge),
    command!("shrink", "give this pane less of the screen again", Pane, [ch('_')], None, shrink),
    command!("layout-auto", "show as many panes as there is room for", Pane, [], None, |_| Ok(
        Action::Layout(Layout::Auto)
    )),
    command!("layout-one", "show one pane at a time", Pane, [], None, |_| Ok(Action::Layout(Layout::One))),
    command!("layout-grid", "show two columns over the activity", Pane, [], None, |_| Ok(Action::Layout(
        Layout::Grid
    ))),
    command!("layout-wide", "show three columns with the inspector", Pane, [], None, |_| Ok(Action::Layout(
        Layout::Wide
    ))),
    command!("uploads", "a picture of the uploads of each hour", Pane, [], None, |s| {
        picture::plan(s, Kind::Uploads)
    }),
    command!(
        "timeline",
        "a picture of who had handed in by when, against the deadline",
        Pane,
        [ch('t')],
        None,
        |s| picture::plan(s, Kind::Timeline)
    ),
    command!("heat-map", "a picture of the access of the whole class", Pane, [ch('#')], None, |s| {
        picture::plan(s, Kind::HeatMap)
    }),
    command!("budget", "a picture of what is left of the ration", Pane, [ch('b')], None, |s| {
        picture::plan(s, Kind::Budget)
    }),
];
