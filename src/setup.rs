//! Puts a class together: class file, provider, local state, audit log. Knows every part, and must not know who
//! wants it: neither the screen nor the command line.
//!
//! Nothing here falls back to the sandbox by itself: it is used when the class file says so, or, by
//! the dashboard alone, as the demo class when nothing at all is configured. A running sandbox of
//! this user is found through a 0600 file in the state folder; the demo class has a file of its own,
//! and is never taken for the sandbox of a class that is configured.

mod account;
mod announcement;
mod demo;
mod duties;
mod glance;
mod reach;
mod services;
mod settle;
mod survey;
#[cfg(test)]
mod tests;
mod token;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::audit::{Actor, Audit};
use crate::clock::Clock;
use crate::config::{self, Beat, Config, Environment, Places, ProviderName, Trust, local};
use crate::domain::budget::Purpose;
use crate::domain::directory::Identity;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::roster::Refusal;
use crate::domain::text::SafeText;
use crate::ops::Ops;
use crate::provider::Shared;
use crate::queries::{Acting, Current, Queries};
use crate::sandbox;
use crate::store::Store;
use crate::watch::{Live, Watch};
use announcement::demo_place;
pub use announcement::{Announcement, announce};
use demo::demo;
pub use duties::{Duties, Given};
pub use glance::{Glance, glance};
use reach::reach;
use services::Services;
pub use settle::Settled;
pub use survey::{Found, Program, Service, Survey, service, tried};

/// The front end that shows a screen, in the log.
const DASHBOARD: &str = "dashboard";

/// What the command line says about which class is meant.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The class file that was named.
    pub class: Option<PathBuf>,
    /// The state folder that was named; by default it follows from account and class.
    pub state: Option<PathBuf>,
    /// The providers in place of the class file's; empty leaves those.
    pub providers: Vec<ProviderName>,
    /// Whether every change is refused.
    pub read_only: bool,
    /// Whether the person who is signed in acts, also where there is a service account's token.
    pub person: bool,
    /// The environment.
    pub env: Environment,
}

impl Choice {
    /// The settings of a class file with this text, with what the command line says over them. `origin` is its path.
    ///
    /// # Errors
    /// Every problem of the file, see [`config::parse()`].
    pub fn parse(&self, text: &str, origin: &str) -> Result<Config, Refusal> {
        Ok(self.over(config::parse(text, origin, &self.env)?))
    }

    /// Settings with what the command line says over them.
    fn over(&self, mut config: Config) -> Config {
        if !self.providers.is_empty() {
            config.providers.clone_from(&self.providers);
        }
        config
    }
}

/// A class that is ready to be worked with.
pub struct Opened {
    /// The class file.
    pub config: Config,
    /// Reads.
    pub queries: Queries,
    /// Reads for the live view, over connections of its own: it runs on a thread of its own.
    pub live: Queries,
    /// Changes.
    pub ops: Ops,
    /// The audit log.
    pub audit_log: PathBuf,
    /// Its key.
    pub audit_key: PathBuf,
    /// Whether it is the demo class.
    pub demo: bool,
    /// The class file and the text that was read, where it may be edited while it is in use.
    pub class_file: Option<(PathBuf, String)>,
    /// The class file in effect, for those who work while it is edited.
    pub current: Current,
    /// The embedded sandbox, where there is one; it ends with this value.
    pub embedded: Option<Embedded>,
}

impl Opened {
    /// The same, with changes recorded as made through this front end: `dashboard`, `command` or `watch`.
    #[must_use]
    pub fn through(mut self, front_end: &str) -> Self {
        self.ops.actor.via = Some(SafeText::new(front_end));
        self
    }
}

/// A sandbox in this process.
pub struct Embedded {
    /// The sandbox.
    pub running: sandbox::Running,
    /// Ends its traffic.
    pub cancel: CancellationToken,
    _announcement: Option<Announcement>,
    /// The demo's world; removed when this value is dropped.
    _world: Option<tempfile::TempDir>,
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// Opens the class that is meant. `guess` takes the account of the last time instead of asking the
/// service first, so that a first frame needs no network; a wrong guess is refused later.
pub async fn open(choice: &Choice, guess: bool) -> Result<Opened> {
    Ok(open_as(choice, Manner { guess, announces: false }).await?.through("command"))
}

/// How a class is opened.
#[derive(Clone, Copy)]
struct Manner {
    /// Whether the account of the last time is taken without asking the service.
    guess: bool,
    /// Whether an embedded sandbox may be used by other programs: only where it stays for long.
    announces: bool,
}

async fn open_as(choice: &Choice, manner: Manner) -> Result<Opened> {
    let places = Places::new(&choice.env)?;
    if let Some(path) = config::find(choice.class.as_deref(), &places)? {
        let text = config::read(&path)?;
        let (config, vouched) = understood(&path, &text, choice)?;
        vouched?;
        let opened = open_class(config, choice, &places, manner).await?;
        return Ok(Opened { class_file: Some((path, text)), ..opened });
    }
    let Some(found) = demo_place(&places) else {
        return Err(Fault::new(Kind::Input, "nothing is configured, and no demo class is running").hint(
            "start the demo class with `strongroom`, set a class up with `strongroom init`, or name a class file with --class FILE",
        ));
    };
    let path = found.class_file;
    let config = choice.parse(&config::read(&path)?, &path.display().to_string())?;
    let choice = Choice { state: Some(found.state), ..choice.clone() };
    let mut opened = open_class(config, &choice, &places, manner).await?;
    opened.demo = true;
    Ok(opened)
}

/// Opens what the dashboard shows: a scenario's class, which is thrown away at the end; the class
/// that is meant; or, where nothing at all is configured, the demo class, the running one if there
/// is one.
pub async fn open_for_dashboard(choice: &Choice, scenario: Option<&Path>, traffic: bool) -> Result<Opened> {
    let refused = |refusal: sandbox::refusal::Refusal| Fault::new(Kind::Input, refusal.message);
    if let Some(path) = scenario {
        let text = fs::read_to_string(path);
        let text = text.map_err(|error| Fault::new(Kind::Input, format!("{}: {error}", path.display())))?;
        let opened = demo(choice, sandbox::Scenario::parse(&text).map_err(refused)?, traffic).await?;
        return Ok(opened.through(DASHBOARD));
    }
    if is_unconfigured(choice)? && demo_place(&Places::new(&choice.env)?).is_none() {
        let opened = demo(choice, sandbox::Scenario::demo().map_err(refused)?, traffic).await?;
        return Ok(opened.through(DASHBOARD));
    }
    Ok(open_as(choice, Manner { guess: true, announces: true }).await?.through(DASHBOARD))
}

/// The class file that is meant: the one that is configured, else that of the demo class that runs.
///
/// # Errors
/// As [`config::find`].
pub fn class_file(choice: &Choice, named: Option<&Path>) -> Result<Option<PathBuf>> {
    let places = Places::new(&choice.env)?;
    let found = config::find(named, &places)?;
    Ok(found.or_else(|| demo_place(&places).map(|demo| demo.class_file)))
}

/// The settings of a class file with this text, and a refusal where it would run something nobody has
/// vouched for.
///
/// # Errors
/// Every problem of the file, or a list of trusted files that cannot be read.
pub fn understood(path: &Path, text: &str, choice: &Choice) -> Result<(Config, Result<()>)> {
    let places = Places::new(&choice.env)?;
    let config = choice.parse(text, &path.display().to_string())?;
    let vouched = trusted(&config, path, Trust::of(path, text, &places)?);
    Ok((config, vouched))
}

/// Refuses a class file that would run something nobody has vouched for.
fn trusted(config: &Config, path: &Path, trust: Trust) -> Result<()> {
    let runs = config.runs();
    let why = match (runs.is_empty(), trust) {
        (true, _) | (_, Trust::Given) => return Ok(()),
        (_, Trust::Never) => "has not been trusted yet",
        (_, Trust::Changed) => "has changed since it was trusted",
    };
    let message = format!("{} runs or contacts something ({}) and {why}", path.display(), runs.join(", "));
    Err(Fault::new(Kind::Input, message)
        .hint(format!("read it, then say: strongroom trust {}", path.display())))
}

/// Whether nothing at all is configured.
fn is_unconfigured(choice: &Choice) -> Result<bool> {
    let places = Places::new(&choice.env)?;
    if config::find(choice.class.as_deref(), &places)?.is_some() {
        return Ok(false);
    }
    for variable in [config::OP_TOKEN, config::CONNECT_TOKEN, config::EVENTS_TOKEN, config::SANDBOX_URL] {
        if choice.env.text(variable).is_some() {
            let message = format!("{variable} is set, but there is no class file");
            let hint = "`strongroom init` writes one; or name one with --class FILE";
            return Err(Fault::new(Kind::Input, message).hint(hint));
        }
    }
    Ok(true)
}

/// The live view of a class, with the beat of its class file. `cursor` is the last arrival that need
/// not be told, and `what` this program is for others.
pub fn live(opened: &Opened, cursor: u64, what: &str) -> Result<Live> {
    let beat = opened.config.watch.every;
    let watch = Watch::new(opened.live.clone(), cursor).every(beat.on(opened.config.provider()?));
    let watch = if let Beat::Every(chosen) = beat { watch.at_most_every(chosen) } else { watch };
    Ok(Live::new(watch, what).following(opened.current.clone()))
}

async fn open_class(config: Config, choice: &Choice, places: &Places, manner: Manner) -> Result<Opened> {
    let (reach, embedded) = reach(&config, choice, places, manner).await?;
    let services = Services::new(&config, &reach)?;
    let provider = services.handle(Purpose::Keys)?;
    let (state, identity) = match &choice.state {
        Some(state) => (state.clone(), None),
        None => state_folder(&config, places, &provider, manner).await?,
    };
    let audit_key = config.audit_key.clone().unwrap_or_else(|| places.config.join("audit.key"));
    let audit_log = state.join("audit.jsonl");
    let queries = Queries {
        provider,
        store: Store::open(&state.join("store.db"))?,
        class: Arc::new(config.class.clone()),
        clock: Clock::real(),
        acting: Acting::default(),
    };
    // Another token than the last time may have been given: what it may do is not what that one could.
    if let Some(identity) = identity {
        queries.know_identity(identity).await?;
    }
    let live = Queries { provider: services.handle(Purpose::Watch)?, ..queries.clone() };
    let ops = Ops::new(
        Queries { provider: services.handle(Purpose::Changes)?, ..queries.clone() },
        Audit::open(&audit_log, &audit_key)?,
        actor(&choice.env),
        choice.read_only,
        state.join("locks"),
    );
    let ops = ops.with_copies(crate::closing::files::copies(&config.class.id));
    Ok(Opened {
        config,
        queries,
        live,
        ops,
        audit_log,
        audit_key,
        demo: false,
        class_file: None,
        current: Current::default(),
        embedded,
    })
}

/// The folder of a class's state, and who we are where that had to be asked.
async fn state_folder(
    config: &Config,
    places: &Places,
    provider: &Shared,
    manner: Manner,
) -> Result<(PathBuf, Option<Identity>)> {
    let id = &config.class.id;
    if let Some(account) = account::remembered(places, id).filter(|_| manner.guess) {
        return Ok((account::state(places, &account, id), None));
    }
    let identity = provider.identity().await.map_err(|fault| fault.during("signing in"))?;
    account::remember(places, &identity.account, id)?;
    Ok((account::state(places, &identity.account, id), Some(identity)))
}

/// Who acts, for the log.
fn actor(env: &Environment) -> Actor {
    let name = rustix::system::uname();
    let user = env.text("USER").or_else(|| env.text("LOGNAME")).map(str::to_owned);
    let user = user.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    Actor {
        machine: SafeText::new(&name.nodename().to_string_lossy()),
        user: SafeText::new(&user),
        ..Actor::default()
    }
}
