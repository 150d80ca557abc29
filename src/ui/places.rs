//! Where everything stands: one pure function from what is wanted and the size of the screen to places.
//! Knows no state and draws nothing.
//!
//! ```text
//! one: 60 columns and more     grid: 100 and more             wide: 160 and more
//! ┌ header ─────────────────┐  ┌ header ───────────────────┐  ┌ header ────────────────────────────────────┐
//! │ tabs                    │  │ 0 Attention │ 2 Items     │  │ 0 Attention │ 2 Items      │ 5 Inspector   │
//! │                         │  │ or 1 Roster ├─────────────┤  │ or 1 Roster ├──────────────┤               │
//! │ the pane with the keys  │  │             │ 3 Access    │  │             │ 3 Access     │               │
//! │                         │  ├─────────────┴─────────────┤  ├─────────────┴────────┬─────┴──┬────────────┤
//! │ - activity, a strip --- │  │ 4 Activity, or 6 Jobs     │  │ 4 Activity           │ 6 Jobs │ uploads    │
//! │ bottom                  │  │ bottom                    │  │ bottom               │        │            │
//! └─────────────────────────┘  └───────────────────────────┘  └────────────────────────────────────────────┘
//! ```
//!
//! From 240 columns on attention and roster both have a column. Below 20 lines one pane is shown, and the
//! activity is a number in the tabs; below 30 its strip has two lines. A layout that was chosen by hand and
//! does not fit gives way to the next smaller one. The pane with the keys is always shown: the inspector takes
//! the place of items and access where it has none of its own.

use ratatui::layout::Rect;

use crate::app::layout::{Wanted, Zoom};
use crate::app::msg::Pane;
use crate::domain::preferences::Layout;

/// From this width on, two columns are shown.
const GRID: u16 = 100;
/// From this width on, three columns are shown.
const WIDE: u16 = 160;
/// From this width on, attention and roster both have a column.
const BOTH: u16 = 240;
/// The smallest screens on which a layout chosen by hand is shown; less than 20 lines hold one pane.
const LEAST_GRID: (u16, u16) = (80, 20);
const LEAST_WIDE: (u16, u16) = (140, 20);
/// The smallest pane with its border.
const LEAST: (u16, u16) = (28, 5);
/// The most lines of the items: a vault seldom holds more, and the rest serves the matrix.
const MOST_ITEMS: u16 = 24;

/// Where everything stands between the header and the bottom lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// Which layout it came to; never the automatic one.
    pub layout: Layout,
    /// The tabs.
    pub tabs: Option<Rect>,
    /// The panes that are shown, their borders included.
    pub panes: Vec<(Pane, Rect)>,
    /// The newest arrivals below another pane, their rule included.
    pub strip: Option<Rect>,
    /// The picture beside the activity, its border included.
    pub picture: Option<Rect>,
}

impl Places {
    /// Whether a pane is on the screen.
    pub(super) fn shows(&self, pane: Pane) -> bool {
        self.panes.iter().any(|(one, _)| *one == pane)
    }

    /// Whether one pane is shown at a time, without a border and a title of its own.
    pub(super) fn is_one(&self) -> bool {
        self.layout == Layout::One
    }
}

/// Places everything on a screen with so many lines at the bottom and one at the top.
pub(super) fn layout(wanted: Wanted, screen: Rect, bottom: u16) -> Places {
    let height = screen.height.saturating_sub(1 + bottom);
    let area = Rect { y: screen.y + 1, height, ..screen };
    match resolved(wanted.layout, screen) {
        Layout::Grid if wanted.zoom != Zoom::Full => grid(wanted, area),
        Layout::Wide if wanted.zoom != Zoom::Full => wide(wanted, area),
        Layout::One | Layout::Auto => one(wanted, area, screen.height),
        layout => {
            Places { layout, tabs: None, panes: vec![(wanted.focus, area)], strip: None, picture: None }
        }
    }
}

/// The layout that fits: the one that was chosen, or the next smaller one.
fn resolved(chosen: Layout, screen: Rect) -> Layout {
    let chosen = match chosen {
        Layout::Auto if screen.width >= WIDE => Layout::Wide,
        Layout::Auto if screen.width >= GRID => Layout::Grid,
        Layout::Auto => Layout::One,
        pinned => pinned,
    };
    let fits = |least: (u16, u16)| screen.width >= least.0 && screen.height >= least.1;
    match chosen {
        Layout::Wide if fits(LEAST_WIDE) => Layout::Wide,
        Layout::Wide | Layout::Grid if fits(LEAST_GRID) => Layout::Grid,
        _ => Layout::One,
    }
}

/// One pane, tabs above it, and a strip of the activity below it where there is room.
fn one(wanted: Wanted, area: Rect, lines: u16) -> Places {
    let strip = match lines {
        _ if wanted.zoom != Zoom::Normal || wanted.focus == Pane::Activity => 0,
        ..20 => 0,
        20..30 => 3,
        lines => 1 + (lines / 8).clamp(3, 10),
    };
    let tabs = u16::from(wanted.zoom != Zoom::Full);
    let body = Rect { y: area.y + tabs, height: area.height.saturating_sub(tabs + strip), ..area };
    Places {
        layout: Layout::One,
        tabs: (tabs > 0).then_some(Rect { height: 1, ..area }),
        panes: vec![(wanted.focus, body)],
        strip: (strip > 0).then_some(Rect { y: area.bottom() - strip, height: strip, ..area }),
        picture: None,
    }
}

/// Attention or roster, items over access beside it, and the activity or the jobs below.
fn grid(wanted: Wanted, area: Rect) -> Places {
    let (upper, below) = upper_and_below(wanted, area, 16);
    let half = wanted.zoom == Zoom::Half;
    let share = match wanted.focus {
        Pane::Attention | Pane::Roster if half => 67,
        Pane::Items | Pane::Access | Pane::Inspector if half => 33,
        // What needs somebody is text: it gets room while it is read.
        Pane::Attention => 60,
        _ => 50,
    };
    let width = part(upper.width, share, LEAST.0);
    let left = Rect { width, ..upper };
    let right = Rect { x: left.right(), width: upper.width - width, ..upper };
    let mut panes = vec![(wanted.left, left)];
    if wanted.focus == Pane::Inspector {
        panes.push((Pane::Inspector, right));
    } else {
        panes.extend(items_and_access(wanted, right));
    }
    panes.push((wanted.below, below));
    Places { layout: Layout::Grid, tabs: None, panes, strip: None, picture: None }
}

/// Three columns, from [`BOTH`] on four, over activity, jobs and a picture.
fn wide(wanted: Wanted, area: Rect) -> Places {
    let (upper, below) = upper_and_below(wanted, area, 24);
    let left: &[Pane] = if area.width >= BOTH {
        &[Pane::Attention, Pane::Roster]
    } else {
        std::slice::from_ref(&wanted.left)
    };
    let columns: Vec<Pane> = left.iter().copied().chain([Pane::Items, Pane::Inspector]).collect();
    // Items stand for their column, which access shares.
    let focus = if wanted.focus == Pane::Access { Pane::Items } else { wanted.focus };
    let is_half = wanted.zoom == Zoom::Half && columns.contains(&focus);
    let weight = |pane: &Pane| match pane {
        _ if is_half && *pane == focus => 100 * (u32::try_from(columns.len()).unwrap_or(3) - 1),
        _ if is_half => 100,
        Pane::Attention if columns.len() == 3 && focus == Pane::Attention => 130,
        Pane::Inspector => 85,
        _ => 100,
    };
    let all: u32 = columns.iter().map(weight).sum();
    let (mut panes, mut x, mut sum) = (Vec::new(), upper.x, 0);
    for pane in &columns {
        sum += weight(pane);
        let end = upper.x + u16::try_from(u32::from(upper.width) * sum / all).unwrap_or(upper.width);
        let place = Rect { x, width: end - x, ..upper };
        if *pane == Pane::Items {
            panes.extend(items_and_access(wanted, place));
        } else {
            panes.push((*pane, place));
        }
        x = end;
    }
    let picture = beside(wanted, below, &mut panes);
    Places { layout: Layout::Wide, tabs: None, panes, strip: None, picture }
}

/// The columns of the lower row of a wide screen; returns the place of the picture.
fn beside(wanted: Wanted, below: Rect, panes: &mut Vec<(Pane, Rect)>) -> Option<Rect> {
    let half = wanted.zoom == Zoom::Half;
    let jobs = |part: u16| match wanted.focus {
        _ if !wanted.jobs => 0,
        Pane::Jobs if half => below.width / 2,
        _ => (below.width / part).clamp(52, 90),
    };
    let picture = (below.width / 4).clamp(40, 64);
    // The activity needs its own text first.
    let fits = wanted.picture && !half && below.height >= 8 && below.width >= jobs(4) + picture + 90;
    let jobs = if fits { jobs(4) } else { jobs(3) };
    let picture = if fits { picture } else { 0 };
    let activity = Rect { width: below.width - jobs - picture, ..below };
    let jobs = Rect { x: activity.right(), width: jobs, ..below };
    panes.push((Pane::Activity, activity));
    if wanted.jobs {
        panes.push((Pane::Jobs, jobs));
    }
    fits.then_some(Rect { x: jobs.right(), width: picture, ..below })
}

/// The columns, and the row below them, of at most so many lines.
fn upper_and_below(wanted: Wanted, area: Rect, most: u16) -> (Rect, Rect) {
    let is_below = matches!(wanted.focus, Pane::Activity | Pane::Jobs);
    let height = match (wanted.zoom, is_below) {
        (Zoom::Normal | Zoom::Full, _) => (area.height / 4).clamp(LEAST.1, most),
        (Zoom::Half, true) => area.height * 3 / 5,
        (Zoom::Half, false) => LEAST.1,
    };
    let height = height.min(area.height.saturating_sub(2 * LEAST.1));
    let upper = Rect { height: area.height - height, ..area };
    (upper, Rect { y: upper.bottom(), height, ..area })
}

/// Items over access.
fn items_and_access(wanted: Wanted, column: Rect) -> [(Pane, Rect); 2] {
    let height = match (wanted.zoom, wanted.focus) {
        (Zoom::Half, Pane::Items) => part(column.height, 75, LEAST.1),
        (Zoom::Half, Pane::Access) => part(column.height, 25, LEAST.1),
        _ => part(column.height, 40, LEAST.1).min(MOST_ITEMS),
    };
    let items = Rect { height, ..column };
    [
        (Pane::Items, items),
        (Pane::Access, Rect { y: items.bottom(), height: column.height - height, ..column }),
    ]
}

/// So many percent of a length, so that both parts have at least `least`.
fn part(whole: u16, percent: u32, least: u16) -> u16 {
    let part = u16::try_from(u32::from(whole) * percent / 100).unwrap_or(whole);
    part.clamp(least, whole.saturating_sub(least).max(least))
}

#[cfg(test)]
mod tests;
