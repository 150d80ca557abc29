//! Drawing: reads the state, writes the buffer, decides nothing.
//!
//! ```text
//! 60 to 99 columns                      100 columns and more
//! ┌ header ────────────────────────┐    ┌ header ───────────────────────────┐
//! │ tabs: one pane at a time       │    │ 0 Attention   │ 2 Items           │
//! │ column headings                │    │ or 1 Roster   ├───────────────────┤
//! │ rows                           │    │               │ 3 Access          │
//! │ - activity, two lines -------- │    ├───────────────┴───────────────────┤
//! │ status                         │    │ 4 Activity, or 6 Jobs             │
//! │ keys                           │    │ status, keys, message             │
//! │ message                        │    └───────────────────────────────────┘
//! └────────────────────────────────┘
//! ```
//!
//! Below 60×15 there is only a message. Scroll offsets live in the [`Memo`], since they follow
//! from what was drawn before and from the size of the terminal, which the state does not know.

mod activity;
mod attention;
mod closing;
mod columns;
mod detail;
mod feed;
mod footer;
mod forms;
mod frame;
mod grid;
mod header;
mod jobs;
mod matrix;
mod overlay;
mod past;
mod review;
mod roster;
mod staged;
mod status;
mod table;
pub mod theme;
mod why;

use ratatui::Frame;
use ratatui::buffer::CellDiffOption;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::State;
use crate::app::msg::{Pane, Viewport};
use table::Line;
pub use table::{is_put_together, size};
use theme::Theme;

/// The smallest terminal that is drawn on.
pub const SMALLEST: (u16, u16) = (60, 15);
/// From this width on, all panes are shown at once.
const WIDE: u16 = 100;
/// From this width on jobs stand beside the activity.
const HUGE: u16 = 160;

/// What drawing remembers between frames.
#[derive(Clone, Debug, Default)]
pub struct Memo {
    rows: usize,
    matrix_rows: usize,
    matrix_column: usize,
    /// The first row and the first column of the whole matrix.
    grid: (usize, usize),
    items: usize,
    activity: usize,
    attention: usize,
    jobs: usize,
    /// Lines of the last frame with letters whose width terminals do not agree on.
    uneven: Vec<u16>,
    /// What the last frame showed.
    pub viewport: Viewport,
}

/// Everything that a pane needs to draw itself.
struct Canvas<'a, 'b> {
    state: &'a State,
    memo: &'a mut Memo,
    theme: &'a Theme,
    frame: &'a mut Frame<'b>,
}

impl Canvas<'_, '_> {
    /// A line of an area, counted from its top; the whole line gets the base style. All text of panes and
    /// overlays is written through it.
    fn line(&mut self, area: Rect, y: u16, base: Style) -> Line<'_> {
        Line::new(self.frame.buffer_mut(), area, y, base)
    }
}

/// Draws everything.
pub fn draw(state: &State, memo: &mut Memo, theme: &Theme, frame: &mut Frame<'_>) {
    let area = frame.area();
    let mut canvas = Canvas { state, memo, theme, frame };
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        frame::too_small(&mut canvas, area);
        return;
    }
    header::draw(&mut canvas, Rect { height: 1, ..area });
    let bottom = status::bottom(&mut canvas, area);
    let middle = Rect { y: area.y + 1, height: area.height - 1 - bottom, ..area };
    if area.width < WIDE {
        narrow(&mut canvas, middle);
    } else {
        wide(&mut canvas, middle);
    }
    let tabs = u16::from(area.width < WIDE);
    let below = Rect { y: middle.y + tabs, height: middle.height - tabs, ..middle };
    overlay::draw(&mut canvas, below);
    rewrite_uneven(memo, frame);
}

/// Has every cell of a line written that holds, or held a frame ago, letters put together of
/// several characters. Terminals do not agree on their width: what one of them shows beside the
/// letters' own cells would otherwise stay on the screen.
fn rewrite_uneven(memo: &mut Memo, frame: &mut Frame<'_>) {
    let buffer = frame.buffer_mut();
    let Rect { x, y, width, height } = buffer.area;
    let uneven = |line: &u16| (x..x + width).any(|x| is_put_together(buffer[(x, *line)].symbol()));
    let now: Vec<u16> = (y..y + height).filter(uneven).collect();
    let before = std::mem::replace(&mut memo.uneven, now.clone());
    for line in now.into_iter().chain(before).filter(|line| (y..y + height).contains(line)) {
        for x in x..x + width {
            buffer[(x, line)].set_diff_option(CellDiffOption::AlwaysUpdate);
        }
    }
}

/// One pane, tabs above it, and a strip of activity below it where there is room.
fn narrow(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let strip = if area.height + 4 < 20 { 0 } else { 3 };
    let tabs = Rect { height: 1, ..area };
    let body = Rect { y: area.y + 1, height: area.height - 1 - strip, ..area };
    frame::tabs(canvas, tabs);
    pane(canvas, canvas.state.focus, body);
    if strip > 0 && canvas.state.focus != Pane::Activity {
        activity::strip(canvas, Rect { y: area.bottom() - strip, height: strip, ..area });
    }
}

/// All panes: attention or roster on the left, items over access on the right, activity or jobs
/// below; where there is room, jobs beside the activity.
fn wide(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let state = canvas.state;
    let below = (area.height / 4).clamp(4, 16);
    let upper = Rect { height: area.height - below, ..area };
    // What needs somebody is text: it gets room while it is read. The roster gets its columns.
    let width = if state.focus == Pane::Attention { area.width * 3 / 5 } else { area.width / 2 };
    let left = Rect { width, ..upper };
    let right = Rect { x: left.right(), width: area.width - left.width, ..upper };
    let items = Rect { height: right.height * 2 / 5, ..right };
    let access = Rect { y: items.bottom(), height: right.height - items.height, ..right };
    let below = Rect { y: upper.bottom(), height: below, ..area };
    let mut places = vec![(state.left, left), (Pane::Items, items), (Pane::Access, access)];
    let jobs = state.panes().any(|pane| pane == Pane::Jobs);
    if jobs && area.width >= HUGE {
        let activity = Rect { width: area.width * 2 / 3, ..below };
        let beside = Rect { x: activity.right(), width: area.width - activity.width, ..below };
        places.extend([(Pane::Activity, activity), (Pane::Jobs, beside)]);
    } else {
        places.push((if jobs { state.below } else { Pane::Activity }, below));
    }
    for (which, place) in places {
        let inside = frame::boxed(canvas, which, place);
        pane(canvas, which, inside);
    }
}

fn pane(canvas: &mut Canvas<'_, '_>, pane: Pane, area: Rect) {
    match pane {
        Pane::Attention => attention::draw(canvas, area),
        Pane::Roster => roster::draw(canvas, area),
        Pane::Items => feed::draw(canvas, area),
        Pane::Access => matrix::draw(canvas, area),
        Pane::Activity => activity::draw(canvas, area),
        Pane::Jobs => jobs::draw(canvas, area),
    }
}
