//! The commands of what lies over the panes, and those that can be given everywhere.

use crate::app::command::Hint::{Always, Possible};
use crate::app::command::meaning::{again, apply, choose, download, hold, review, stop, theme};
use crate::app::command::{Command, Context};
use crate::app::key::{Key, ch, ctrl, key};
use crate::app::msg::{Action, Step};
use crate::app::{closing, grid, past, picture, why};

/// In the order of the help, behind those of the panes.
pub(super) const OVERLAYS: &[Command] = &[
    command!("apply", "carry out this plan", Plan, [ch('y')], Possible("apply"), apply),
    command!("plan", "work this plan out anew", Plan, [ch('r')], Possible("anew"), again),
    command!(
        "hold",
        "have the plan wait after the call in flight, or go on",
        Plan,
        [ch('p')],
        Possible("wait"),
        hold
    ),
    command!(
        "stop",
        "stop the plan after the call in flight; one in line is left out",
        Plan,
        [ch('x')],
        Possible("stop"),
        stop
    ),
    command!(
        "mend",
        "plan to take away what should not be on this vault",
        Why,
        [ch('m')],
        Possible("mend"),
        why::mend
    ),
    command!("open-cell", "go to the cell", Drift, [key(Key::Enter)], Possible("go there"), |_| Ok(
        Action::Open
    )),
    command!(
        "mend",
        "plan to take away what should not be on the vault of this line",
        Drift,
        [ch('m')],
        Possible("mend"),
        why::mend
    ),
    command!(
        "mend-all",
        "plan to take away everything that should not be",
        Drift,
        [ch('M')],
        Possible("mend all"),
        why::mend_all
    ),
    command!("review", "show the plan for everything staged", Staged, [ch('A')], Possible("review"), review),
    command!(
        "open-changes",
        "show what this job has changed",
        History,
        [key(Key::Enter)],
        Possible("changes"),
        past::open
    ),
    command!("undo", "plan to take this job back", History, [ch('z')], Possible("undo"), past::undo),
    command!(
        "sign-off",
        "show what this step does, and sign it off",
        Closing,
        [key(Key::Enter)],
        Possible("sign off"),
        closing::sign_off
    ),
    command!(
        "download-item",
        "fetch the files of this item to a folder",
        Detail,
        [ch('D')],
        Always("download"),
        download
    ),
    command!(
        "open-cell",
        "go to the student of this cell",
        Picture,
        [key(Key::Enter)],
        Possible("go there"),
        |s| { picture::open(s) }
    ),
    command!("left", "one cell to the left", Picture, [ch('h'), key(Key::Left)], |_| Ok(Action::Move(
        Step::Left
    ))),
    command!("right", "one cell to the right", Picture, [ch('l'), key(Key::Right)], |_| Ok(Action::Move(
        Step::Right
    ))),
    command!(
        "previous-assignment",
        "show the assignment before this one",
        Picture,
        [ch('[')],
        Possible("before"),
        |s| picture::turn(s, Step::Left)
    ),
    command!(
        "next-assignment",
        "show the assignment after this one",
        Picture,
        [ch(']')],
        Possible("after"),
        |s| { picture::turn(s, Step::Right) }
    ),
    command!(
        "choose",
        "take the selected assignment; digits and r select one, 0 is none, r leaves it to the rules",
        Choice,
        [key(Key::Enter), ch('y')],
        Always("take"),
        choose
    ),
    command!("search", "look for a command by its words", Help, [ch('/')], Always("search"), |_| Ok(
        Action::Filter
    )),
    command!(
        "toggle-column",
        "show this column, or hide it",
        Columns,
        [ch(' '), key(Key::Enter)],
        Always("show or hide"),
        |_| Ok(Action::ToggleColumn)
    ),
    command!(
        "column-up",
        "have this column further to the left",
        Columns,
        [ch('K')],
        Always("left"),
        |_| Ok(Action::ShiftColumn(Step::Up))
    ),
    command!(
        "column-down",
        "have this column further to the right",
        Columns,
        [ch('J')],
        Always("right"),
        |_| Ok(Action::ShiftColumn(Step::Down))
    ),
    command!("reset-columns", "have all columns as they were", Columns, [ch('r')], Always("reset"), |_| Ok(
        Action::ResetColumns
    )),
    command!(
        "open-cell",
        "go to this vault in the matrix of staff",
        Grid,
        [key(Key::Enter)],
        Always("go there"),
        |_| Ok(Action::Open)
    ),
    command!(
        "why",
        "show by which ways this student has this access",
        Grid,
        [ch('d')],
        Always("why"),
        grid::why
    ),
    command!("left", "one vault to the left", Grid, [ch('h'), key(Key::Left)], |_| Ok(Action::Across(
        Step::Up
    ))),
    command!("right", "one vault to the right", Grid, [ch('l'), key(Key::Right)], |_| Ok(Action::Across(
        Step::Down
    ))),
    command!("half-page-left", "half a page to the left", Grid, [ch('H')], |_| Ok(Action::Across(
        Step::PageUp
    ))),
    command!("half-page-right", "half a page to the right", Grid, [ch('L')], |_| Ok(Action::Across(
        Step::PageDown
    ))),
    command!("first-vault", "to the first vault", Grid, [ch('0')], |_| Ok(Action::Across(Step::First))),
    command!("last-vault", "to the last vault", Grid, [ch('$')], |_| Ok(Action::Across(Step::Last))),
    command!("yes", "yes", Question, [ch('y')], Always("yes"), |_| Ok(Action::Confirm)),
    command!("close", "close this overlay", Overlay, [ch('q'), ch('n')], Always("close"), |_| Ok(
        Action::Back
    )),
    command!("down", "one down", Anywhere, [ch('j'), key(Key::Down)], |_| Ok(Action::Move(Step::Down))),
    command!("up", "one up", Anywhere, [ch('k'), key(Key::Up)], |_| Ok(Action::Move(Step::Up))),
    command!("half-page-down", "half a page down", Anywhere, [ctrl('d'), key(Key::PageDown)], |_| Ok(
        Action::Move(Step::PageDown)
    )),
    command!("half-page-up", "half a page up", Anywhere, [ctrl('u'), key(Key::PageUp)], |_| Ok(
        Action::Move(Step::PageUp)
    )),
    command!("first", "to the first", Anywhere, [ch('g'), key(Key::Home)], |_| Ok(Action::Move(Step::First))),
    command!("last", "to the last", Anywhere, [ch('G'), key(Key::End)], |_| Ok(Action::Move(Step::Last))),
    command!("back", "one step back: dialog, filter, marks, pane", Anywhere, [key(Key::Esc)], |_| Ok(
        Action::Back
    )),
    command!(
        "to-shell",
        "stop and go back to the shell, whose `fg` has it go on",
        Anywhere,
        [ctrl('z')],
        |s| {
            if s.setting.has_shell {
                Ok(Action::Suspend)
            } else {
                Err("there is no shell to go back to".into())
            }
        }
    ),
    command!(
        "privacy",
        "hide names, addresses, titles and ids, for a screen that others see; again: show them",
        Anywhere,
        [ch('P')],
        |_| Ok(Action::Privacy)
    ),
    command!("theme-next", "draw in the colours of the next theme", Anywhere, [ch('T')], theme),
    command!("redraw", "draw everything again", Anywhere, [ctrl('l')], |_| Ok(Action::Redraw)),
    command!("palette", "type a command", Anywhere, [ch(':')], Always("command"), |_| Ok(Action::Palette)),
    command!("help", "show the keys of this pane", Anywhere, [ch('?')], Always("help"), |_| Ok(Action::Help)),
    command!(
        "quit",
        "quit, after asking where something would be lost",
        Anywhere,
        [ch('q'), ch('Q'), ctrl('c')],
        Always("quit"),
        |_| Ok(Action::Quit)
    ),
];
