//! Drawing: reads the state, writes the buffer, decides nothing.
//!
//! Knows [`State`] and ratatui. It must not change the state, ask for the time, or print what
//! has not passed the veil of privacy mode.
//!
//! Where everything stands is decided in `places`. Below 60×15 there is only a message. Scroll offsets live in
//! the [`Memo`], since they follow from what was drawn before and from the size of the terminal, which the state
//! does not know.
//!
//! | about | modules |
//! |---|---|
//! | where everything stands | `places`; `spots` of the last frame; `frame` around the panes, `header`, `footer`, `status` |
//! | the panes | `roster`, `feed` of items, `matrix`, `activity`, `attention`, `jobs`, `inspector`; `grid` and `picture` of the whole class |
//! | what lies over them | `overlay` says which of: `help`, `palette`, `columns`, `detail`, `review` of a plan, `staged`, `past`, `why`, `closing`, `import`, `forms`; `linear` for whoever reads line by line |
//! | what they are written with | `table` rows and `page` lines in `boxes`, a `field`, `figures`, `glyphs`, [`theme`]; `veil` hides |

mod activity;
mod attention;
mod boxes;
mod closing;
mod columns;
mod detail;
mod feed;
mod field;
mod figures;
mod footer;
mod forms;
mod frame;
mod glyphs;
mod grid;
mod header;
mod help;
mod import;
mod inspector;
mod jobs;
pub(crate) mod linear;
mod matrix;
mod overlay;
mod page;
mod palette;
mod past;
mod picture;
mod places;
mod review;
mod roster;
mod spots;
mod staged;
mod status;
mod table;
pub mod theme;
mod veil;
mod why;

use ratatui::Frame;
use ratatui::buffer::CellDiffOption;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::State;
use crate::app::columns::Field;
use crate::app::msg::{Pane, Viewport};
use glyphs::Glyphs;
use places::Places;
use spots::Place;
pub(crate) use spots::hit;
use table::Line;
pub(crate) use table::is_put_together;
use theme::Theme;

/// The smallest terminal that is drawn on.
const SMALLEST: (u16, u16) = (60, 15);
/// From this width on there is room for more than the least.
const WIDE: u16 = 100;

/// What drawing remembers between frames.
#[derive(Clone, Debug, Default)]
pub struct Memo {
    /// The first row that each pane shows, by its number.
    tops: [usize; Pane::ALL.len()],
    /// The first column of the matrix beside a student's name.
    matrix_column: usize,
    /// The first row and the first column of the whole matrix.
    grid: (usize, usize),
    /// Lines of the last frame with letters whose width terminals do not agree on.
    uneven: Vec<u16>,
    /// The columns that there was room for in the pane that has the keys.
    placed: Vec<Field>,
    /// Where the panes and their rows stand.
    spots: Vec<Place>,
    /// What the last frame showed.
    pub viewport: Viewport,
}

/// Everything that a pane needs to draw itself.
struct Canvas<'a, 'b> {
    state: &'a State,
    memo: &'a mut Memo,
    theme: &'a Theme,
    glyphs: Glyphs,
    places: Places,
    frame: &'a mut Frame<'b>,
}

impl Canvas<'_, '_> {
    /// A line of an area, counted from its top; the whole line gets the base style. All text of panes and
    /// overlays is written through it, and hidden there while privacy mode is on.
    fn line(&mut self, area: Rect, y: u16, base: Style) -> Line<'_> {
        Line::new(self.frame.buffer_mut(), area, y, base).behind(self.state.veil())
    }
}

/// Draws everything.
pub fn draw(state: &State, memo: &mut Memo, theme: &Theme, frame: &mut Frame<'_>) {
    let area = frame.area();
    let places = places::layout(state.wanted(), area, status::lines(area));
    // What is not drawn cannot be scrolled.
    memo.viewport.inspector = None;
    memo.viewport.chosen = 0;
    memo.placed.clear();
    memo.spots.clear();
    // What no line covers has the theme's background too.
    frame.buffer_mut().set_style(area, theme.text);
    let mut canvas =
        Canvas { state, memo, theme, glyphs: Glyphs::of(state.setting.ascii), places: places.clone(), frame };
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        frame::too_small(&mut canvas, area);
        return;
    }
    header::draw(&mut canvas, Rect { height: 1, ..area });
    let bottom = status::bottom(&mut canvas, area);
    panes(&mut canvas, &places);
    let top = 1 + u16::from(places.is_one());
    let below = Rect { y: area.y + top, height: area.height - top - bottom, ..area };
    overlay::draw(&mut canvas, below);
    palette::draw(&mut canvas, below);
    canvas.glyphs.rewrite(canvas.frame.buffer_mut());
    rewrite_uneven(memo, frame);
}

/// The panes that there is room for, and what stands beside them.
fn panes(canvas: &mut Canvas<'_, '_>, places: &Places) {
    if let Some(tabs) = places.tabs {
        frame::tabs(canvas, tabs);
    }
    for (which, place) in &places.panes {
        let inside = if places.is_one() { *place } else { frame::boxed(canvas, *which, *place) };
        // The title belongs to the pane, for the mouse.
        canvas.memo.spots.push(Place::of(*which, *place));
        pane(canvas, *which, inside);
    }
    if let Some(strip) = places.strip {
        activity::strip(canvas, strip);
    }
    if let Some(place) = places.picture {
        picture::beside(canvas, place);
    }
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

fn pane(canvas: &mut Canvas<'_, '_>, pane: Pane, area: Rect) {
    match pane {
        Pane::Attention => attention::draw(canvas, area),
        Pane::Roster => roster::draw(canvas, area),
        Pane::Items => feed::draw(canvas, area),
        Pane::Access => matrix::draw(canvas, area),
        Pane::Activity => activity::draw(canvas, area),
        Pane::Inspector => inspector::draw(canvas, area),
        Pane::Jobs => jobs::draw(canvas, area),
    }
}
