//! The shell around the screen: it owns the terminal, the clock and the tasks. It carries out effects and must
//! decide nothing: what an event means is for [`app`].
//!
//! One loop, generic over the terminal: take everything that is waiting, update, perform the
//! effects, draw once. Work runs in tasks and comes back as an [`Event`]; the loop never awaits a
//! call. A redraw for what a key did is never delayed; redraws for what happens in the background
//! are at least a sixtieth of a second apart. When nothing happens nothing runs.

mod background;
mod copy;
pub mod dashboard;
mod effects;
mod followed;
mod guard;
mod input;
pub mod opening;
pub mod plain;
mod reload;
mod screen;
mod signals;
mod watcher;

use std::time::{Duration, Instant};

use jiff::Timestamp;
use ratatui::Terminal;
use tokio::sync::mpsc;

use crate::app::activity::next_hour;
use crate::app::copy::What;
use crate::app::mouse::{Mouse, Press};
use crate::app::msg::{Effect, Event};
use crate::app::{self, State};
use crate::domain::palette::{Depth, Palette};
use crate::domain::preferences::Colours;
use crate::domain::transfer::Quotas;
use crate::ops::Ops;
use crate::queries::{Current, Queries};
use crate::ui::theme::Theme;
use crate::ui::{self, Memo};
use copy::Clipboard;
use effects::Tasks;
use reload::Reload;
use screen::Screen;

/// The least time between two redraws for what happens in the background.
const FRAME: Duration = Duration::from_millis(16);
/// How soon a second press of the mouse at the same place belongs to the first.
const DOUBLE: Duration = Duration::from_millis(400);
/// How many events may wait for the loop; whoever sends more waits.
const INBOX: usize = 1_024;

/// Whether the loop goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// It goes on.
    Go,
    /// The dashboard was left.
    Leave,
}

/// What work in the background needs.
#[derive(Clone)]
struct Doors {
    /// Reads.
    queries: Queries,
    /// Changes.
    ops: Ops,
    /// How much is fetched at most.
    quotas: Quotas,
    /// The vault with the checkpoints of the log, by id or exact name.
    checkpoints: Option<String>,
    /// The class file in effect, for those who work beside.
    current: Current,
}

/// A running dashboard.
struct Runtime<B: Screen> {
    terminal: Terminal<B>,
    state: State,
    memo: Memo,
    theme: Theme,
    /// How many colours the terminal has.
    depth: Depth,
    /// Whoever follows the user's files, where they are followed.
    reload: Option<Reload>,
    tasks: Tasks,
    inbox: mpsc::Receiver<Event>,
    /// Where input, signals and the live view send what happened.
    outbox: mpsc::Sender<Event>,
    drawn: Option<Instant>,
    /// Whether a key was pressed since the last draw.
    pressed: bool,
    clipboard: Clipboard,
    /// When and where the mouse was pressed last.
    clicked: Option<(Instant, u16, u16)>,
}

impl<B: Screen> Runtime<B> {
    /// A dashboard on a terminal. Nothing is read or drawn yet.
    fn new(terminal: Terminal<B>, state: State, theme: Theme) -> Self {
        let (outbox, inbox) = mpsc::channel(INBOX);
        let tasks = Tasks::new(outbox.clone());
        Self {
            terminal,
            state,
            memo: Memo::default(),
            theme,
            depth: Depth::default(),
            reload: None,
            tasks,
            inbox,
            outbox,
            drawn: None,
            pressed: false,
            clipboard: Clipboard::default(),
            clicked: None,
        }
    }

    /// Draws in these colours, as far as the terminal has them and the user wants any.
    fn dress(&mut self, palette: Palette) {
        let palette = match self.state.chosen.preferences.colours {
            Colours::Never => palette.without_colours(),
            Colours::Auto | Colours::Always => palette.at(self.depth),
        };
        self.theme = Theme::of(&palette);
        self.state.dirty = true;
    }

    /// Has the terminal be as it was chosen before the first frame.
    fn begin(&mut self) {
        if self.state.mouse {
            self.perform(vec![Effect::Mouse(true)]);
        }
    }

    /// Gives the dashboard what its effects need, and asks its first questions.
    fn open(&mut self, doors: Doors) {
        self.tasks.open(doors);
        let effects = app::start(&mut self.state);
        self.perform(effects);
    }

    /// Takes one event and performs what it wants done. What is said about it is said now, however long ago
    /// anything was answered.
    fn take(&mut self, event: Event) -> Flow {
        let hour = app::update(&mut self.state, Event::Time(now()));
        self.perform(hour);
        self.pressed |= matches!(event, Event::Key(_) | Event::Resize | Event::Paste(_) | Event::Mouse(_));
        let touched = matches!(event, Event::Key(_) | Event::Watched(_) | Event::Focused(_));
        if let Some(reload) = self.reload.as_mut().filter(|_| touched) {
            reload.look();
        }
        let event = if let Event::Mouse(mouse) = event { Event::Mouse(self.aim(mouse)) } else { event };
        let effects = app::update(&mut self.state, event);
        self.perform(effects)
    }

    fn perform(&mut self, effects: Vec<Effect>) -> Flow {
        let mut flow = Flow::Go;
        for effect in effects {
            match effect {
                Effect::QuitNow => {
                    self.tasks.cut();
                    flow = Flow::Leave;
                }
                Effect::Dress(palette) => self.dress(*palette),
                Effect::Theme(name, cause) => {
                    if let Some(reload) = &self.reload {
                        reload.theme(name, cause);
                    }
                }
                Effect::Redraw => self.terminal.backend_mut().forget(),
                Effect::Suspend => self.terminal.backend_mut().suspend(),
                Effect::Reclaim => {
                    // A terminal that is gone tells its reader.
                    drop(self.terminal.backend_mut().reclaim());
                    self.repaint();
                }
                Effect::Mouse(on) => drop(self.terminal.backend_mut().mouse(on)),
                Effect::Bell => drop(self.terminal.backend_mut().tell("\x07")),
                Effect::Copy(what, text) => self.copy(what, text),
                Effect::Quit if self.tasks.leave() => flow = Flow::Leave,
                Effect::Quit => {}
                effect => self.tasks.perform(effect),
            }
        }
        if self.terminal.backend_mut().forgotten() {
            self.repaint();
        }
        flow
    }

    /// Puts a text into the clipboard, or says why not.
    fn copy(&mut self, what: What, text: String) {
        let how = match (copy::fits(&text), &self.clipboard) {
            (Err(fault), _) => Err(fault),
            (Ok(()), Clipboard::Tmux(tmux)) => return self.tasks.copy(what, text, tmux.clone()),
            (Ok(()), Clipboard::Terminal) => {
                drop(self.terminal.backend_mut().tell(&copy::asking(&text)));
                Ok("sent to the terminal, which may refuse it")
            }
        };
        app::update(&mut self.state, Event::Copied(what, how));
    }

    /// Looks up what is drawn where the mouse is.
    fn aim(&mut self, mouse: Mouse) -> Mouse {
        let (column, row) = (mouse.column, mouse.row);
        let is_again = |(at, x, y): &(Instant, u16, u16)| (*x, *y) == (column, row) && at.elapsed() < DOUBLE;
        let again = self.clicked.as_ref().is_some_and(is_again);
        self.clicked = (mouse.press == Press::Click && !again).then(|| (Instant::now(), column, row));
        Mouse { again, spot: ui::hit(&self.memo, column, row), ..mouse }
    }

    /// Makes the next draw write every cell. `Terminal::clear` would ask the terminal for its
    /// cursor and can wait for the answer; a resize to the same size does not.
    fn repaint(&mut self) {
        if let Ok(size) = self.terminal.size() {
            // A terminal that cannot be resized shows at the next draw.
            drop(self.terminal.resize(ratatui::layout::Rect::new(0, 0, size.width, size.height)));
        }
        self.state.dirty = true;
        self.pressed = true;
    }

    /// Waits for something to happen, takes all of it, and draws once.
    async fn turn(&mut self) -> Result<Flow, B::Error> {
        let (due, hour) = (self.due(), self.hour());
        let event = tokio::select! {
            biased;
            event = self.inbox.recv() => event,
            event = self.tasks.next(), if self.tasks.is_busy() => event,
            () = pause(due), if due.is_some() => None,
            () = pause(hour), if hour.is_some() => Some(Event::Time(now())),
        };
        let mut flow = event.map_or(Flow::Go, |event| self.take(event));
        // As many as may wait at once: keys that come without an end must not keep the screen from being drawn.
        for _ in 0..INBOX {
            let Ok(event) = self.inbox.try_recv() else { break };
            if self.take(event) == Flow::Leave {
                flow = Flow::Leave;
            }
        }
        while let Some(event) = self.tasks.ready() {
            self.take(event);
        }
        if self.state.leaving && !self.tasks.is_changing() {
            flow = Flow::Leave;
        }
        if flow == Flow::Go {
            self.draw()?;
        }
        Ok(flow)
    }

    /// How long a redraw for something in the background still has to wait.
    fn due(&self) -> Option<Duration> {
        let since = self.drawn?.elapsed();
        self.state.dirty.then(|| FRAME.saturating_sub(since))
    }

    /// How long until the next hour begins: uploads are counted by the hour.
    fn hour(&self) -> Option<Duration> {
        let (now, zone) = (now(), &self.state.setting.zone);
        Duration::try_from(next_hour(now, zone)?.duration_since(now)).ok()
    }

    /// Draws, if something visible has changed and it is time.
    fn draw(&mut self) -> Result<(), B::Error> {
        let early = self.drawn.is_some_and(|drawn| drawn.elapsed() < FRAME);
        if !self.state.dirty || (early && !self.pressed) {
            return Ok(());
        }
        let Self { terminal, state, memo, theme, .. } = self;
        terminal.draw(|frame| ui::draw(state, memo, theme, frame))?;
        terminal.backend_mut().show()?;
        self.state.dirty = false;
        self.pressed = false;
        self.drawn = Some(Instant::now());
        let viewport = self.memo.viewport.clone();
        let effects = app::update(&mut self.state, Event::Viewport(viewport));
        self.perform(effects);
        Ok(())
    }

    /// Takes what tasks answer until none is left.
    async fn settle(&mut self) -> Result<(), B::Error> {
        self.pressed = true;
        self.draw()?;
        while self.tasks.is_busy() {
            if let Some(event) = self.tasks.next().await {
                self.take(event);
            }
            while let Ok(event) = self.inbox.try_recv() {
                self.take(event);
            }
            self.pressed = true;
            self.draw()?;
        }
        Ok(())
    }
}

async fn pause(due: Option<Duration>) {
    if let Some(due) = due {
        tokio::time::sleep(due).await;
    }
}

/// The time, for what comes back from tasks.
fn now() -> Timestamp {
    Timestamp::now()
}
