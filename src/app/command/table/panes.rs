//! The commands of single panes.

use crate::app::command::Hint::{Always, Possible};
use crate::app::command::meaning::{
    class, compare, follow_up, give_vaults, hold_job, open_item, open_job, retry, review, stage, stop_job,
    unmatched, unstage,
};
use crate::app::command::{Argument, Command, Context, said};
use crate::app::key::{Key, ch, key};
use crate::app::msg::{Action, Pane, Step};
use crate::app::{assignments, attention, import, people, why};
use crate::domain::access::Level;
use crate::domain::admission::Admission;

/// The assignment that an upload is said to belong to.
const ASSIGNMENT: Argument = Argument {
    word: "[ASSIGNMENT|none]",
    required: false,
    free: false,
    choices: said::assignments_or_none,
    plan_with: said::assign,
};

/// In the order of the help.
pub(super) const PANES: &[Command] = &[
    command!(
        "follow-up",
        "go to where this comes from",
        Attention,
        [key(Key::Enter)],
        Always("go there"),
        follow_up
    ),
    command!("confirm", "plan to confirm who has accepted", Attention, [ch('c')], Possible("confirm"), |s| {
        attention::people(s, Admission::Confirm)
    }),
    command!(
        "invite",
        "plan to invite whom this line is about",
        Attention,
        [ch('i')],
        Possible("invite"),
        |s| { attention::people(s, Admission::Invite) }
    ),
    command!(
        "retry",
        "offer what was set aside to its consumer again",
        Attention,
        [ch('R')],
        Possible("retry"),
        attention::retry
    ),
    command!(
        "give-vaults",
        "plan the vault that is missing",
        Attention,
        [ch('A')],
        Possible("give vaults"),
        attention::vaults
    ),
    command!(
        "assign",
        "say which assignment this upload belongs to",
        Attention,
        [ch('a')],
        Possible("assign"),
        attention::assign,
        ASSIGNMENT
    ),
    command!(
        "extend",
        "give more time, or excuse",
        Attention,
        [ch('e')],
        Possible("deadline"),
        assignments::extend
    ),
    command!(
        "why",
        "show who else is on this vault, by which ways, and what mends it",
        Attention,
        [ch('d')],
        Possible("why"),
        attention::why
    ),
    command!(
        "give-vaults",
        "plan a vault for the marked students, or for everybody who can have one",
        Roster,
        [ch('A')],
        Always("give vaults"),
        give_vaults
    ),
    command!(
        "show-access",
        "go to this student's row in the access matrix",
        Roster,
        [ch('a')],
        Always("access"),
        |_| Ok(Action::Focus(Pane::Access))
    ),
    command!("open-items", "go to this student's items", Roster, [key(Key::Enter)], Always("items"), |_| Ok(
        Action::Open
    )),
    command!(
        "invite",
        "plan to invite the marked students, or this one, into the account",
        Roster,
        [ch('i')],
        Possible("invite"),
        |s| people::plan(s, Admission::Invite)
    ),
    command!(
        "confirm",
        "plan to confirm the marked students, or this one, who have accepted",
        Roster,
        [ch('c')],
        Possible("confirm"),
        |s| people::plan(s, Admission::Confirm)
    ),
    command!(
        "suspend",
        "plan to suspend the marked students, or this one, in the whole account",
        Roster,
        [ch('S')],
        |s| people::plan(s, Admission::Suspend)
    ),
    command!(
        "reactivate",
        "plan to bring suspended students back",
        Roster,
        [ch('B')],
        Possible("bring back"),
        |s| people::plan(s, Admission::Reactivate)
    ),
    command!(
        "import-roster",
        "take a class list over, from a file or pasted, after a look at what would change",
        Roster,
        [ch('I')],
        import::plan
    ),
    command!("previous-assignment", "show the assignment before this one", Roster, [ch('[')], |s| {
        assignments::turn(s, Step::Left)
    }),
    command!("next-assignment", "show the assignment after this one", Roster, [ch(']')], |s| {
        assignments::turn(s, Step::Right)
    }),
    command!(
        "narrow",
        "show who has missed this assignment, who was late, or everybody",
        Roster,
        [ch('m')],
        Possible("missing"),
        assignments::narrow
    ),
    command!(
        "extend",
        "give the marked students, or this one, more time for this assignment, or excuse them",
        Roster,
        [ch('e')],
        Possible("deadline"),
        assignments::extend
    ),
    command!("review", "show the plan for everything staged", Access, [ch('A')], Always("review"), review),
    command!(
        "stage-submit",
        "stage submit: add files, read nothing",
        Access,
        [ch('s')],
        Always("submit"),
        |s| stage(s, Level::Submit)
    ),
    command!("stage-read", "stage read", Access, [ch('r')], Always("read"), |s| stage(s, Level::Read)),
    command!(
        "stage-write",
        "stage write: read, add, change, archive",
        Access,
        [ch('w')],
        Always("write"),
        |s| stage(s, Level::Write)
    ),
    command!(
        "stage-manage",
        "stage manage; a student's own vault never gets it",
        Access,
        [ch('m')],
        Always("manage"),
        |s| stage(s, Level::Manage)
    ),
    command!("stage-revoke", "stage taking all access away", Access, [ch('x')], Always("revoke"), |s| stage(
        s,
        Level::None
    )),
    command!("unstage", "take back what is staged here", Access, [ch('u')], Always("unstage"), unstage),
    command!(
        "compare",
        "show what is staged beside what is so",
        Access,
        [ch('=')],
        Always("compare"),
        compare
    ),
    command!(
        "plan",
        "plan everything that the class file asks for, for the marked students or for all",
        Access,
        [ch('a')],
        Always("plan"),
        class
    ),
    command!(
        "why",
        "show by which ways somebody has this access, since when, and what mends it",
        Access,
        [ch('d')],
        Always("why"),
        why::cell
    ),
    command!(
        "drift",
        "read who is on every vault, and show who should not be",
        Access,
        [ch('!')],
        Always("drift"),
        |_| Ok(Action::Drift)
    ),
    command!(
        "open-item",
        "show fields and files of the item",
        Items,
        [key(Key::Enter)],
        Always("open"),
        open_item
    ),
    command!(
        "assign",
        "say which assignment this item belongs to",
        Items,
        [ch('a')],
        Possible("assign"),
        assignments::assign,
        ASSIGNMENT
    ),
    command!(
        "mark",
        "mark this item and move down; download takes all marked ones",
        Items,
        [ch(' ')],
        Always("mark"),
        |_| Ok(Action::Mark)
    ),
    command!("range", "begin or end a range of marks", Items, [ch('v')], |_| Ok(Action::Range)),
    command!("mark-down", "mark on the way down", Items, [key(Key::ShiftDown)], |_| Ok(Action::Stretch(
        Step::Down
    ))),
    command!("mark-up", "mark on the way up", Items, [key(Key::ShiftUp)], |_| Ok(Action::Stretch(Step::Up))),
    command!(
        "mark-all",
        "mark every item shown; where some are marked, turn the marks round",
        Items,
        [ch('*')],
        |_| Ok(Action::MarkAll)
    ),
    command!("clear-marks", "take all marks away", Items, [ch('U')], |_| Ok(Action::ClearMarks)),
    command!(
        "open-student",
        "go to the student of this arrival",
        Activity,
        [key(Key::Enter)],
        Always("go to student"),
        |_| Ok(Action::Open)
    ),
    command!(
        "follow",
        "stay at the newest arrival, or stop doing so",
        Activity,
        [ch('f')],
        Always("follow"),
        |_| Ok(Action::Follow)
    ),
    command!(
        "assign",
        "say which assignment this upload belongs to",
        Activity,
        [ch('a')],
        Possible("assign"),
        assignments::assign,
        ASSIGNMENT
    ),
    command!(
        "unmatched",
        "show only uploads that no assignment claims, or everything",
        Activity,
        [ch('u')],
        Possible("unmatched"),
        unmatched
    ),
    command!(
        "open-job",
        "show the plan with its rows, what a consumer said, what a download could not fetch; carry on what was left",
        Jobs,
        [key(Key::Enter)],
        Always("open"),
        open_job
    ),
    command!(
        "retry",
        "offer what was set aside to its consumer again",
        Jobs,
        [ch('R')],
        Possible("retry"),
        retry
    ),
    command!(
        "stop",
        "stop this plan after the call in flight, or this download; what is done stays",
        Jobs,
        [ch('x')],
        Possible("stop"),
        stop_job
    ),
    command!(
        "hold",
        "have this plan wait after the call in flight, or go on; p in the plan does it, too",
        Jobs,
        [ch('w')],
        hold_job
    ),
    command!("mark", "mark this student and move down", Students, [ch(' ')], Always("mark"), |_| Ok(
        Action::Mark
    )),
    command!("range", "begin or end a range of marks", Students, [ch('v')], Always("range"), |_| Ok(
        Action::Range
    )),
    command!("mark-down", "mark on the way down", Students, [key(Key::ShiftDown)], |_| Ok(Action::Stretch(
        Step::Down
    ))),
    command!("mark-up", "mark on the way up", Students, [key(Key::ShiftUp)], |_| Ok(Action::Stretch(
        Step::Up
    ))),
    command!(
        "mark-all",
        "mark everybody shown; where some are marked, turn the marks round",
        Students,
        [ch('*')],
        |_| Ok(Action::MarkAll)
    ),
    command!("clear-marks", "take all marks away", Students, [ch('U')], |_| Ok(Action::ClearMarks)),
];
