//! As much of a class as can be put together, each part on its own: for looking at what is wrong,
//! and for setting up a class that is not there yet. Makes nothing.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::announcement::served;
use super::reach::{Reach, binary, reach};
use super::services::{Services, connect, events};
use super::{Choice, Embedded, Manner, account, local, trusted};
use crate::config::{self, Config, OP_TOKEN, Places, ProviderName, Trust};
use crate::doctor::program::{Token, TokenSource};
use crate::domain::budget::Purpose;
use crate::domain::fault::Result;
use crate::domain::id::AccountId;
use crate::domain::text::SafeText;
use crate::provider::Shared;
use crate::provider::connect::Connect;
use crate::provider::events::Events;
use crate::store::Store;

/// A service that can be asked.
pub struct Service {
    /// It.
    pub provider: Shared,
    /// The CLI by which it is reached; `None` for a sandbox.
    pub program: Option<Program>,
    /// The embedded sandbox, where there is one; it ends with this value.
    pub embedded: Option<Embedded>,
    /// The folder of its world where that is only tried; removed with this value.
    pub tried: Option<TempDir>,
}

/// The CLI by which a service is reached.
pub struct Program {
    /// Where it is.
    pub path: PathBuf,
    /// What it says it is.
    pub version: Result<SafeText>,
    /// What may be told of its token.
    pub token: Result<Token>,
}

/// Reaches the service that a class file means, and asks the CLI what it is.
///
/// # Errors
/// Where the service cannot be reached at all: no program, no token, no sandbox.
pub async fn service(config: &Config, choice: &Choice, places: &Places) -> Result<Service> {
    let manner = Manner { guess: false, announces: false };
    let (reach, embedded) = reach(config, choice, places, manner).await?;
    let program = match &reach {
        Reach::Sandbox { .. } => None,
        Reach::Op(op) => {
            let version = op.version().await.map(shown);
            let source = token_source(config, choice);
            let token = op.sign_in_address().map(|address| Token { source, address });
            Some(Program { path: program(config, choice)?, version, token })
        }
    };
    let provider = Services::new(config, &reach)?.handle(Purpose::Keys)?;
    Ok(Service { provider, program, embedded, tried: None })
}

/// The same without leaving anything behind: where an embedded sandbox would have to make its world
/// first, it makes it in a folder that is thrown away.
///
/// # Errors
/// As [`service`], and where there is no temporary folder.
pub async fn tried(config: &Config, choice: &Choice, places: &Places) -> Result<Service> {
    if served(places).is_some() || places.state.join("sandbox").exists() {
        return service(config, choice, places).await;
    }
    let folder = tempfile::Builder::new().prefix("strongroom-").tempdir();
    let folder = folder.map_err(|error| local(Path::new("a temporary folder"), &error))?;
    let away = Places { config: places.config.clone(), state: folder.path().to_owned() };
    Ok(Service { tried: Some(folder), ..service(config, choice, &away).await? })
}

/// The program that would be run.
fn program(config: &Config, choice: &Choice) -> Result<PathBuf> {
    Ok(binary(&config.op, choice)?.path().to_owned())
}

/// Where the token of a service is taken from: its file, else the variable.
fn named(service: &config::Service, variable: &str) -> String {
    let file = service.token.file.as_ref().filter(|_| !service.token.is_in_environment());
    file.map_or_else(|| variable.to_owned(), |file| file.display().to_string())
}

/// Where the token would be taken from.
fn token_source(config: &Config, choice: &Choice) -> TokenSource {
    let op = &config.op;
    match (&op.token.file, &op.token_command) {
        _ if choice.person => TokenSource::Person,
        _ if op.token.is_in_environment() => TokenSource::Environment(OP_TOKEN),
        (Some(file), _) => TokenSource::File(file.display().to_string()),
        (None, Some(words)) => TokenSource::Command(words.join(" ")),
        (None, None) => TokenSource::Person,
    }
}

/// The class file that is meant, and what is wrong with it.
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// What it says.
    pub config: Result<Config>,
    /// Whether it may run what it names.
    pub trust: Result<Trust>,
}

/// Everything of a class that could be found without asking anybody.
pub struct Survey {
    /// The folders of the program.
    pub places: Places,
    /// The class file; `None` where there is none.
    pub file: Result<Option<Found>>,
    /// The folder of the class's state, as far as the account is known from the last time.
    pub state: Option<PathBuf>,
    /// The account that the class was in the last time.
    pub account: Option<AccountId>,
}

impl Survey {
    /// Looks for everything.
    ///
    /// # Errors
    /// Where there is not even a home folder.
    pub fn make(choice: &Choice) -> Result<Self> {
        let places = Places::new(&choice.env)?;
        let file = super::class_file(choice, choice.class.as_deref());
        let file = file.map(|path| path.map(|path| Found::read(path, choice, &places)));
        let id = file.as_ref().ok().and_then(|found| found.as_ref()?.config.as_ref().ok());
        let id = id.map(|config| config.class.id.clone());
        let account = id.as_ref().and_then(|id| account::remembered(&places, id));
        let by_account = account.as_ref().zip(id).map(|(account, id)| account::state(&places, account, &id));
        // The demo class keeps its state with its world.
        let of_demo = || {
            let path = &file.as_ref().ok()?.as_ref()?.path;
            super::demo_place(&places).filter(|demo| demo.class_file == *path).map(|demo| demo.state)
        };
        let state = choice.state.clone().or_else(of_demo).or(by_account);
        Ok(Self { places, file, state, account })
    }

    /// The settings, where the class file could be read.
    pub fn config(&self) -> Option<&Config> {
        self.found()?.config.as_ref().ok()
    }

    /// The class file, where there is one.
    pub fn found(&self) -> Option<&Found> {
        self.file.as_ref().ok()?.as_ref()
    }

    /// Where the state of the class would be in an account.
    pub fn settle(&mut self, account: &AccountId) {
        let id = self.config().map(|config| config.class.id.clone());
        if let (None, Some(id)) = (&self.state, id) {
            self.state = Some(account::state(&self.places, account, &id));
        }
    }

    /// The CLI that would be run; `None` where the class is not reached through it.
    pub fn program(&self, choice: &Choice) -> Option<Result<PathBuf>> {
        let config = match self.found() {
            Some(found) => found.config.as_ref().ok()?.clone(),
            None => bare(choice).ok()?,
        };
        (config.provider().ok() == Some(ProviderName::Op)).then(|| program(&config, choice))
    }

    /// The Connect server that the class is read through, and where its token is from; `None` where it is not, or
    /// the class file may not be used, which is told of that.
    pub fn connect(&self) -> Option<Result<(Connect, String)>> {
        let config = self.used(ProviderName::Connect)?;
        Some(connect(&config.connect).map(|it| (it, named(&config.connect, config::CONNECT_TOKEN))))
    }

    /// The Events API of the class, and where its token is from; `None` as for [`Survey::connect`].
    pub fn events(&self) -> Option<Result<(Events, String)>> {
        let config = self.used(ProviderName::Events)?;
        Some(events(&config.events).map(|it| (it, named(&config.events, config::EVENTS_TOKEN))))
    }

    /// The settings, where they may be used and name a service of that kind.
    fn used(&self, name: ProviderName) -> Option<&Config> {
        self.found()?.usable().ok().filter(|config| config.uses(name))
    }

    /// The local state, where there is any; it is not made.
    pub fn store(&self) -> Option<Result<Store>> {
        let path = self.state.as_ref()?.join("store.db");
        path.exists().then(|| Store::open(&path))
    }

    /// The log and its key.
    pub fn audit(&self) -> Option<(PathBuf, PathBuf)> {
        let key = self.config().and_then(|config| config.audit_key.clone());
        let key = key.unwrap_or_else(|| self.places.config.join("audit.key"));
        self.state.as_ref().map(|state| (state.join("audit.jsonl"), key))
    }

    /// Reaches the service. Without a class file `op` is tried, which takes nothing to be configured. `None`
    /// where the class file may not be used, which is told of that.
    pub async fn service(&self, choice: &Choice) -> Option<Result<Service>> {
        let config = match self.file.as_ref().ok()? {
            None => bare(choice),
            Some(found) => Ok(found.usable().ok()?.clone()),
        };
        Some(match config {
            Ok(config) => service(&config, choice, &self.places).await,
            Err(fault) => Err(fault),
        })
    }
}

impl Found {
    fn read(path: PathBuf, choice: &Choice, places: &Places) -> Self {
        let text = config::read(&path);
        let config = text.clone().and_then(|text| Ok(choice.parse(&text, &path.display().to_string())?));
        let trust = text.and_then(|text| Trust::of(&path, &text, places));
        Self { path, config, trust }
    }

    /// The settings, where nothing is wrong with the file and it is trusted with what it runs and contacts.
    fn usable(&self) -> Result<&Config> {
        let config = self.config.as_ref().map_err(Clone::clone)?;
        trusted(config, &self.path, self.trust.clone()?)?;
        Ok(config)
    }
}

/// What holds where no class file says anything: the provider of the command line, or `op`.
fn bare(choice: &Choice) -> Result<Config> {
    Ok(choice.parse("[class]\nid = \"none\"\n[provider]\nuse = [\"op\"]\n", "no class file")?)
}

/// A value of the CLI as it is shown.
fn shown(value: impl std::fmt::Display) -> SafeText {
    SafeText::new(&value.to_string())
}
