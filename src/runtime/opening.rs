//! What the screen and the dashboard line by line have in common: how a class is opened for either, what runs
//! beside it, and how all of it ends. Knows no terminal.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::watch;

use super::reload::{Files, Reload, named};
use super::signals::{self, Force};
use super::watcher::{self, Ended, Wanted};
use super::{Doors, Runtime, Screen, background, guard};
use crate::app::chosen::{Chosen, objections};
use crate::app::{Setting, State, Weight};
use crate::config::settings::{self, Flags};
use crate::config::{Places, ProviderName, theme};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::operation::{Capabilities, Capability};
use crate::domain::palette::Palette;
use crate::domain::preferences::{Followed, Preferences};
use crate::domain::text::SafeText;
use crate::queries::Queries;
use crate::setup::{self, Choice, Duties, Opened};

/// How long the live view, and whoever runs beside it, may take to end.
const LAST: Duration = Duration::from_millis(400);

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

/// A class that was opened, before anything of it is shown.
pub(super) struct Opening {
    /// The class with its services, its store and its log.
    pub(super) opened: Opened,
    /// The state of the first frame.
    pub(super) state: State,
    /// The files of the user that are followed from then on.
    pub(super) files: Files,
    /// The colours of the first frame.
    pub(super) palette: Palette,
}

impl Opening {
    /// Opens the class of these options.
    pub(super) async fn of(options: &Options) -> Result<Self> {
        let scenario = options.scenario.as_deref();
        let opened = setup::open_for_dashboard(&options.choice, scenario, options.traffic).await?;
        let front = Queries::front(&opened.queries.store)?;
        let mut state = State::new(setting(&opened, options)?, front);
        let files = Files::new(&options.choice, &options.flags, opened.current.clone())?;
        let mut files = files.with_class(opened.class_file.as_ref(), &opened.config);
        let palette = choose(&mut state, &mut files, options)?;
        // Who simulates the students is whoever started the demo class.
        if !options.traffic && opened.demo && opened.embedded.is_none() {
            state.say(Weight::Warning, "the demo class runs already: --no-traffic has no effect on it");
        }
        Ok(Self { opened, state, files, palette })
    }
}

/// Has signals end a dashboard, and where it `has_screen` stop it for a while; returns where the number of the
/// one that ends it will stand.
pub(super) fn listen<B: Screen>(
    runtime: &Runtime<B>,
    opened: &Opened,
    has_screen: bool,
) -> Result<watch::Receiver<Option<i32>>> {
    let force = Force { brake: runtime.tasks.brake(), ops: opened.ops.clone() };
    signals::start(runtime.outbox.clone(), force, has_screen).map_err(|error| failed(&error))
}

/// Gives a dashboard what its effects need, has the files followed, and starts the live view beside it.
pub(super) async fn wire<B: Screen>(
    runtime: &mut Runtime<B>,
    opened: &Opened,
    files: Files,
    options: &Options,
) -> Result<Ended> {
    runtime.reload = Some(Reload::start(files, runtime.outbox.clone()).map_err(|error| failed(&error))?);
    let (steering, wanted) = watch::channel(Wanted::default());
    // Before the journal is asked for: what arrives in between is found by both, not by neither.
    let live = setup::live(opened, opened.queries.store.last_seq()?, "dashboard")?;
    runtime.tasks.steer(steering, live.shown());
    runtime.open(Doors {
        queries: opened.queries.clone(),
        ops: opened.ops.clone(),
        quotas: opened.config.download,
        checkpoints: opened.config.checkpoint_vault.clone(),
        current: opened.current.clone(),
    });
    let beside = Duties::open(opened, options.choice.env.texts()).await?.stay(&live);
    watcher::start(live, beside, wanted, runtime.outbox.clone()).map_err(|error| failed(&error))
}

/// Ends what runs beside a dashboard that was left, and says with which exit code.
pub(super) fn end<B: Screen>(
    runtime: Runtime<B>,
    watching: &Ended,
    mut opened: Opened,
    result: Result<()>,
    signal: &watch::Receiver<Option<i32>>,
) -> Result<u8> {
    // Nobody listens any more: that tells the live view, and those beside it, to end.
    drop(runtime);
    watching.wait(LAST);
    // What those beside it have sent without an answer is recorded as unknown.
    let left = opened.ops.abandon();
    opened.embedded.take();
    match *signal.borrow() {
        Some(number) => Ok(u8::try_from(128 + number).unwrap_or(1)),
        None => result.and(left).map(|()| 0),
    }
}

fn failed(error: &io::Error) -> Fault {
    Fault::new(Kind::Local, format!("the dashboard: {error}"))
}

/// What the user has chosen, and the colours of the first frame. Settings or a theme that are wrong do not keep a class
/// from being looked at: it opens with what is built in, and says so. What the command line names has to be there.
fn choose(state: &mut State, files: &mut Files, options: &Options) -> Result<Palette> {
    let (env, flags) = (&options.choice.env, &options.flags);
    let places = Places::new(env)?;
    let read = settings::settings(&places, env, objections);
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
    let message = SafeText::new(&format!("privacy mode is on, P ends it: {}", fault.message));
    Fault { message, ..fault }
}

/// What does not change while it is open.
fn setting(opened: &Opened, options: &Options) -> Result<Setting> {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::config::Environment;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_running_demo_is_not_silent_about_no_traffic() {
        let home = tempfile::tempdir().unwrap();
        let choice = Choice {
            class: None,
            state: None,
            providers: Vec::new(),
            read_only: false,
            person: false,
            env: Environment::of([("HOME", home.path().to_str().unwrap())]),
        };
        let options =
            |traffic| Options { choice: choice.clone(), scenario: None, traffic, flags: Flags::default() };
        let said = |opening: &Opening| opening.state.notice().map(|notice| notice.text.to_string());
        let first = Opening::of(&options(false)).await.unwrap();
        assert_eq!(said(&first), None);
        let second = Opening::of(&options(false)).await.unwrap();
        assert!(said(&second).unwrap().contains("--no-traffic has no effect"));
        assert_eq!(said(&Opening::of(&options(true)).await.unwrap()), None);
    }
}
