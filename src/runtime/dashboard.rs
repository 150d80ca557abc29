//! Opens the dashboard on the real terminal, and gives the terminal back however it ends.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::time::Duration;

use ratatui::Terminal;
use tokio::sync::watch;

use super::copy::Clipboard;
use super::guard::{self, Guard};
use super::reload::{Files, Reload, named};
use super::screen::{Screen, Tty};
use super::signals::Force;
use super::watcher::{self, Wanted};
use super::{Doors, Flow, Runtime, background, input, signals};
use crate::app::chosen::Chosen;
use crate::app::command::Keymap;
use crate::app::{Setting, State};
use crate::config::settings::{self, Flags};
use crate::config::{Environment, Places, ProviderName, theme};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::operation::{Capabilities, Capability};
use crate::domain::palette::{Depth, Palette};
use crate::domain::preferences::{AUTO, Followed, Preferences};
use crate::domain::text::SafeText;
use crate::queries::Queries;
use crate::setup::{self, Choice, Duties, Opened};
use crate::ui::theme::Theme;

/// How long the live view, and whoever runs beside it, may take to end.
pub(super) const LAST: Duration = Duration::from_millis(400);

/// How the dashboard is to be opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which class.
    pub choice: Choice,
    /// A world of its own for the embedded sandbox, thrown away at exit.
    pub scenario: Option<PathBuf>,
    /// Whether simulated students act in the demo class.
    pub traffic: bool,
    /// What the command line says about the screen.
    pub flags: Flags,
}

/// Opens the dashboard and returns its exit code when it was left.
pub async fn open(options: Options) -> Result<u8> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(Fault::new(Kind::Input, "the dashboard needs a terminal")
            .hint("commands such as `strongroom status` work in pipes and jobs"));
    }
    let scenario = options.scenario.as_deref();
    let mut opened = setup::open_for_dashboard(&options.choice, scenario, options.traffic).await?;
    let front = Queries::front(&opened.queries.store)?;
    let mut state = State::new(setting(&opened, &options)?, front);
    let files = Files::new(&options.choice, &options.flags, opened.current.clone())?;
    let mut files = files.with_class(opened.class_file.as_ref(), &opened.config);
    let palette = choose(&mut state, &mut files, &options)?;
    let asks = state.chosen.theme == AUTO && background::may_ask(&options.choice.env);
    crossterm::style::force_color_output(true);

    let title = title(&opened, options.choice.env.text("TERM"));
    let guard = Guard::enter(&title).map_err(|error| lost(&error))?;
    let terminal = Terminal::new(Tty::new(title)).map_err(|error| lost(&error))?;
    let mut runtime = Runtime::new(terminal, state, Theme::terminal());
    runtime.clipboard = Clipboard::of(&options.choice.env);
    runtime.depth = depth(&options.choice.env);
    runtime.dress(palette);
    runtime.begin();
    // The first frame needs neither network nor signals.
    runtime.draw().map_err(|error| lost(&error))?;

    let (ended, signal) = watch::channel(None);
    let force = Force { brake: runtime.brake(), ops: opened.ops.clone() };
    signals::start(runtime.outbox(), ended, force, true).map_err(|error| lost(&error))?;
    let asked = if asks { Some(background::ask().map_err(|error| lost(&error))?) } else { None };
    input::start(runtime.outbox()).map_err(|error| lost(&error))?;
    runtime.reload = Some(Reload::start(files, runtime.outbox()).map_err(|error| lost(&error))?);
    let watching = wire(&mut runtime, &opened, &options).await?;

    let result = run(&mut runtime).await;
    runtime.abandon().await;
    if let Some(asked) = asked.filter(|_| runtime.state().chosen.is_dark.is_none()) {
        background::settle(asked);
    }
    drop(guard);
    // Nobody listens any more: that tells the live view, and those beside it, to end.
    drop(runtime);
    watching.wait(LAST);
    // What those beside it have sent without an answer is recorded as unknown.
    let left = opened.ops.abandon();
    opened.embedded.take();
    let number = *signal.borrow();
    match (result, number) {
        (_, Some(number)) => Ok(u8::try_from(128 + number).unwrap_or(1)),
        (Ok(()), None) => left.map(|()| 0),
        (Err(error), None) => Err(lost(&error)),
    }
}

/// Gives a dashboard what its effects need, and starts the live view beside it.
pub(super) async fn wire<B: Screen>(
    runtime: &mut Runtime<B>,
    opened: &Opened,
    options: &Options,
) -> Result<watcher::Ended> {
    let (steering, wanted) = watch::channel(Wanted::default());
    // Before the journal is asked for: what arrives in between is found by both, not by neither.
    let live = setup::live(opened, opened.queries.store.last_seq()?, "dashboard")?;
    runtime.steer(steering, live.shown());
    runtime.open(Doors {
        queries: opened.queries.clone(),
        ops: opened.ops.clone(),
        quotas: opened.config.download,
        checkpoints: opened.config.checkpoint_vault.clone(),
        current: opened.current.clone(),
    });
    let beside = Duties::open(opened, options.choice.env.texts()).await?.stay(&live);
    watcher::start(live, beside, wanted, runtime.outbox()).map_err(|error| lost(&error))
}

/// What the user has chosen, and the colours of the first frame. Settings or a theme that are wrong do not keep a class
/// from being looked at: it opens with what is built in, and says so. What the command line names has to be there.
pub(super) fn choose(state: &mut State, files: &mut Files, options: &Options) -> Result<Palette> {
    let (env, flags) = (&options.choice.env, &options.flags);
    let places = Places::new(env)?;
    // As while it is open: a file with keys that cannot be taken over is not taken over at all.
    let read =
        settings::settings(&places, env).and_then(|chosen| Keymap::of_settings(&chosen.keys).map(|_| chosen));
    let mut chosen =
        flags.over(read.clone().unwrap_or_else(|_| settings::over(Preferences::default(), env)), env);
    // They may have asked for it: whoever projects the screen is not to find out by what is on it.
    chosen.privacy |= read.is_err();
    state.begin(Chosen::new(chosen, theme::names(&places), background::by_environment(env)));
    if let Err(fault) = read {
        state.chosen.broken.insert(Followed::Settings, private(named(fault, &settings::file(&places))));
    }
    files.wear(state.chosen.shown());
    match theme::theme(state.chosen.shown(), &places) {
        Ok(palette) => Ok(palette),
        Err(fault) if flags.theme.is_some() => Err(fault),
        Err(fault) => {
            state.chosen.broken.insert(Followed::Theme, fault);
            Ok(Palette::default())
        }
    }
}

/// Says that privacy mode is on for as long as the settings cannot be understood.
fn private(fault: Fault) -> Fault {
    let message = SafeText::new(&format!("{}; privacy mode is on, P ends it", fault.message));
    Fault { message, ..fault }
}

/// How many colours the terminal has, by what it says of itself.
fn depth(env: &Environment) -> Depth {
    Depth::of(env.text("COLORTERM"), env.text("TERM"))
}

async fn run(runtime: &mut Runtime<Tty>) -> io::Result<()> {
    while runtime.turn().await? == Flow::Go {
        #[cfg(debug_assertions)]
        provoked(runtime.state())?;
    }
    Ok(())
}

/// How a mistake of ours and a broken terminal end can only be tested by one: with this variable, and in
/// builds for tests alone, a filter asks for them.
#[cfg(debug_assertions)]
fn provoked(state: &State) -> io::Result<()> {
    let asked = std::env::var_os("STRONGROOM_PROVOKED").map(|_| state.filter().text());
    assert_ne!(asked, Some("a panic"), "a panic that was asked for");
    if asked == Some("an error") { Err(io::Error::other("an error that was asked for")) } else { Ok(()) }
}

/// The title of the window: the class, and nothing that a student has written. A terminal that would print
/// it gets none.
fn title(opened: &Opened, terminal: Option<&str>) -> String {
    let class = SafeText::new(&format!("strongroom {}", opened.config.class.id));
    if matches!(terminal, Some("linux" | "dumb")) { String::new() } else { class.to_string() }
}

pub(super) fn setting(opened: &Opened, options: &Options) -> Result<Setting> {
    let class = &opened.config.class;
    let can = opened.queries.provider.capabilities();
    let can = if options.choice.read_only { Capabilities::of(&[Capability::ReadItems]) } else { can };
    let provider = opened.config.provider()?;
    Ok(Setting {
        class: class.id.clone(),
        title: class.title.clone(),
        zone: class.time_zone.clone(),
        demo: opened.demo,
        read_only: options.choice.read_only,
        ascii: false,
        can,
        folder: format!("{}-files", class.id),
        started_in: std::env::current_dir().map_or_else(|_| String::new(), |at| at.display().to_string()),
        via: (provider != ProviderName::Sandbox).then(|| provider.name()),
        beat: None,
        opened_at: super::now(),
        has_shell: guard::has_shell(),
        bell: false,
    })
}

fn lost(error: &io::Error) -> Fault {
    Fault::new(Kind::Local, format!("the terminal: {error}"))
}
