//! The commands of any pane.

use crate::app::command::Hint::{Always, Possible};
use crate::app::command::meaning::{beside, download, enlarge, jobs, shrink};
use crate::app::command::{Command, Context};
use crate::app::copy::{self, What};
use crate::app::key::{Key, ch, ctrl, key};
use crate::app::msg::{Action, Pane, Step};
use crate::app::picture::Kind;
use crate::app::{export, past, picture, tables};

/// In the order of the help, behind those of single panes.
pub(super) const EVERY: &[Command] = &[
    command!(
        "download",
        "fetch the files of what is selected or marked to a folder",
        Pane,
        [ch('D')],
        Possible("download"),
        download
    ),
    command!(
        "filter",
        "show only rows with these words: !word without it, \"two words\", -f fuzzy, state:active in a column, vault:none",
        Pane,
        [ch('/')],
        Always("filter"),
        |_| Ok(Action::Filter)
    ),
    command!(
        "next-match",
        "go to the next row that the filter finds; after esc, the next that the last one found",
        Pane,
        [ch('n')],
        |s| tables::next(s, true)
    ),
    command!("previous-match", "go to the row before that the filter finds", Pane, [ch('N')], |s| {
        tables::next(s, false)
    }),
    command!("left", "choose the column to the left", Pane, [ch('h'), key(Key::Left)], |_| Ok(Action::Move(
        Step::Left
    ))),
    command!("right", "choose the column to the right", Pane, [ch('l'), key(Key::Right)], |_| Ok(
        Action::Move(Step::Right)
    )),
    command!("sort", "sort by the chosen column; again: as they come", Pane, [ch('o')], |s| {
        tables::sortable(s, false)
    }),
    command!("reverse", "turn the order of the rows round", Pane, [ch('O')], |s| tables::sortable(s, true)),
    command!("narrower", "make the chosen column narrower", Pane, [ch('<')], |s| tables::width(s, -2)),
    command!("wider", "make the chosen column wider", Pane, [ch('>')], |s| tables::width(s, 2)),
    command!(
        "columns",
        "choose which columns are shown, and in which order",
        Pane,
        [ch('C')],
        tables::choosable
    ),
    command!("refresh", "ask the service again for what this pane shows", Pane, [ctrl('r')], |_| Ok(
        Action::Refresh
    )),
    command!("undo", "plan to take the last change back", Pane, [ch('z')], past::undo),
    command!("redo", "plan to do again what was taken back last", Pane, [ch('Z')], past::redo),
    command!("history", "show what was changed, job by job, and elsewhere", Pane, [ch('H')], |_| Ok(
        Action::History
    )),
    command!("close-term", "the end of the term, step by step", Pane, [ch('W')], |_| Ok(Action::Closing)),
    command!("copy-name", "copy the student's name", Pane, (ch('y'), ch('n')), |s| copy::plan(s, What::Name)),
    command!("copy-email", "copy the student's address", Pane, (ch('y'), ch('e')), |s| {
        copy::plan(s, What::Email)
    }),
    command!("copy-key", "copy the student's key", Pane, (ch('y'), ch('k')), |s| copy::plan(s, What::Key)),
    command!("copy-vault", "copy the id of the student's vault", Pane, (ch('y'), ch('v')), |s| {
        copy::plan(s, What::Vault)
    }),
    command!("copy-item", "copy the item's id", Pane, (ch('y'), ch('i')), |s| copy::plan(s, What::Item)),
    command!("copy-title", "copy the item's title", Pane, (ch('y'), ch('T')), |s| {
        copy::plan(s, What::Title)
    }),
    command!("copy-link", "copy the item's reference, as op read takes it", Pane, (ch('y'), ch('l')), |s| {
        copy::plan(s, What::Reference)
    }),
    command!("copy-row", "copy the row, separated by tabs", Pane, (ch('y'), ch('r')), |s| {
        copy::plan(s, What::Row)
    }),
    command!("copy-table", "copy every shown row of this pane", Pane, (ch('y'), ch('t')), |s| {
        copy::plan(s, What::Table)
    }),
    command!(
        "mouse",
        "let the mouse choose and scroll, or leave it to the terminal",
        Pane,
        [ch('M')],
        |_| { Ok(Action::Mouse) }
    ),
    command!(
        "export",
        "write the rows of this view, or the marked ones, to a file: CSV, JSON or Markdown",
        Pane,
        [ch('E')],
        export::plan
    ),
    command!("pause", "pause or resume the live view", Pane, [ch('p')], |_| Ok(Action::Pause)),
    command!("previous-view", "go back to where you came from", Pane, [ch('-')], |s| s
        .trail
        .why_not()
        .map(|()| Action::Return)),
    command!("next-pane", "next pane", Pane, [key(Key::Tab)], |s| Ok(Action::Focus(beside(s, 1)))),
    command!("previous-pane", "previous pane", Pane, [key(Key::BackTab)], |s| Ok(Action::Focus(beside(
        s, -1
    )))),
    command!("attention", "what needs you now", Pane, [ch('0')], |_| Ok(Action::Focus(Pane::Attention))),
    command!("roster", "the roster", Pane, [ch('1')], |_| Ok(Action::Focus(Pane::Roster))),
    command!("items", "the items of the selected student", Pane, [ch('2')], |_| Ok(Action::Focus(
        Pane::Items
    ))),
    command!("access", "the access matrix", Pane, [ch('3')], |_| Ok(Action::Focus(Pane::Access))),
    command!("activity", "the activity", Pane, [ch('4')], |_| Ok(Action::Focus(Pane::Activity))),
    command!(
        "inspector",
        "what is known of what is selected: beside the panes on wide screens, else over them",
        Pane,
        [ch('5')],
        |_| Ok(Action::Inspect)
    ),
    command!("jobs", "what is carried out or waits, and who takes the arrivals", Pane, [ch('6')], jobs),
    command!("enlarge", "give this pane half of the screen, then all of it", Pane, [ch('+')], enlarge),
    command!("shrink", "give this pane less of the screen again", Pane, [ch('_')], shrink),
    command!("uploads", "a picture of the uploads of each hour", Pane, [], |s| {
        picture::plan(s, Kind::Uploads)
    }),
    command!(
        "timeline",
        "a picture of who had handed in by when, against the deadline",
        Pane,
        [ch('t')],
        |s| picture::plan(s, Kind::Timeline)
    ),
    command!("heat-map", "a picture of the access of the whole class", Pane, [ch('#')], |s| {
        picture::plan(s, Kind::HeatMap)
    }),
    command!("budget", "a picture of what is left of the ration", Pane, [ch('b')], |s| {
        picture::plan(s, Kind::Budget)
    }),
];
