//! The commands of what lies over the panes, and those that can be given everywhere.

use crate::app::command::meaning::{again, apply, choose, download, hold, review, stop};
use crate::app::command::{Command, Context};
use crate::app::key::{Key, ch, ctrl, key};
use crate::app::msg::{Action, Step};
use crate::app::{closing, past, picture, why};

/// In the order of the help, behind those of the panes.
pub(super) const OVERLAYS: &[Command] = &[
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
        "open-cell",
        "go to the student of this cell",
        Picture,
        [key(Key::Enter)],
        Some("go there"),
        |s| { picture::open(s) }
    ),
    command!("left", "one cell to the left", Picture, [ch('h'), key(Key::Left)], None, |_| Ok(Action::Move(
        Step::Left
    ))),
    command!("right", "one cell to the right", Picture, [ch('l'), key(Key::Right)], None, |_| Ok(
        Action::Move(Step::Right)
    )),
    command!(
        "previous-assignment",
        "show the assignment before this one",
        Picture,
        [ch('[')],
        Some("before"),
        |s| picture::turn(s, Step::Left)
    ),
    command!(
        "next-assignment",
        "show the assignment after this one",
        Picture,
        [ch(']')],
        Some("after"),
        |s| { picture::turn(s, Step::Right) }
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
