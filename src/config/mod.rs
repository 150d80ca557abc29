//! The class file: what one class is, and how its vaults are reached. Beside it the user's own: [`settings`] and
//! [themes](mod@theme). Defaults < file < environment; the command line sets its flags over the result.
//!
//! It knows TOML, the environment and the domain; it must not know providers, the store or the
//! screen. [`find`] tells which file, [`read()`] reads it, [`parse()`] understands it. A file is refused
//! whole, with every problem in it: a misspelt key must not silently be a default.

mod assignments;
mod document;
mod downloads;
mod edition;
mod fill;
mod handoff;
mod keys;
mod parse;
mod places;
mod print;
mod services;
pub mod settings;
pub mod theme;
mod trust;
mod value;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::domain::class::Class;
use crate::domain::fault::{Fault, Kind};
use crate::domain::handoff::Consumer;
use crate::domain::text::SafeText;

pub use crate::domain::roster::{Problem, Refusal};
pub use crate::domain::transfer::Quotas;
pub use fill::{fill, staff};
pub use parse::parse;
pub(crate) use places::local;
pub use places::{Environment, Places, find, read, read_token, write_private};
pub use services::{Op, Sandbox, Service, Token};
pub use trust::{Trust, digest, trust, trusted_list};
pub use value::quoted;

/// A class file with every setting at its default, explained: what a new one is made of.
pub const TEMPLATE: &str = include_str!("../../assets/default.toml");

/// Overrides the sandbox's URL.
pub const SANDBOX_URL: &str = "STRONGROOM_SANDBOX_URL";
/// The service account's token; the name is 1Password's.
pub const OP_TOKEN: &str = "OP_SERVICE_ACCOUNT_TOKEN";
/// The token for the sandbox; comes before a token file.
pub const SANDBOX_TOKEN: &str = "STRONGROOM_SANDBOX_TOKEN";
/// The token for the Connect server; the name is 1Password's.
pub const CONNECT_TOKEN: &str = "OP_CONNECT_TOKEN";
/// The token for the Events API. 1Password names no variable for it that its clients agree on.
pub const EVENTS_TOKEN: &str = "STRONGROOM_EVENTS_TOKEN";

/// The settings in effect for one class.
#[derive(Clone, Debug)]
pub struct Config {
    /// The class itself.
    pub class: Class,
    /// The providers, the first wins; see [`Config::provider`] for when there is none.
    pub providers: Vec<ProviderName>,
    /// How to reach the sandbox.
    pub sandbox: Sandbox,
    /// How to reach 1Password through its CLI.
    pub op: Op,
    /// How to reach a Connect server.
    pub connect: Service,
    /// How to reach the Events API.
    pub events: Service,
    /// How often vaults are looked at.
    pub watch: Watch,
    /// How much is fetched at most.
    pub download: Quotas,
    /// After how many days what is known of people is erased here; `None` keeps it.
    pub retention: Option<u32>,
    /// The key of the audit log; by default `audit.key` in the configuration folder.
    pub audit_key: Option<PathBuf>,
    /// The vault for checkpoints of the audit log, by id or exact name.
    pub checkpoint_vault: Option<String>,
    /// Whether the file itself has the Events API in `use`, whatever the command line makes of it.
    reported: bool,
    /// Where each setting came from, by its dotted path; what is missing is a default.
    sources: BTreeMap<&'static str, Source>,
}

impl Config {
    /// Where a setting came from, by its dotted path such as `vaults.icon`.
    pub fn source(&self, path: &str) -> Source {
        self.sources.get(path).copied().unwrap_or(Source::Default)
    }

    /// The settings by which this file makes Strongroom run a program or contact an address, by their dotted
    /// paths. They have no effect until the file is trusted, see [`trust()`].
    pub fn runs(&self) -> Vec<&'static str> {
        let mut settings: Vec<_> = self.runs_in_words().into_iter().map(|(setting, _)| setting).collect();
        settings.dedup();
        settings
    }

    /// The same settings, each with what it names.
    pub fn runs_in_words(&self) -> Vec<(&'static str, SafeText)> {
        let mut named = self.op.named();
        named.extend(self.connect.named(&services::CONNECT));
        named.extend(self.events.named(&services::EVENTS));
        named.extend(self.reached_by_token());
        named.extend(self.watch.consumers.iter().map(handoff::reached));
        named
    }

    /// The Events API where no host of it is named: a token of it names one itself.
    fn reached_by_token(&self) -> Option<(&'static str, SafeText)> {
        let has_token = self.reported || self.events.token.file.is_some();
        (has_token && self.events.host.is_none())
            .then(|| ("provider.events", "the host that its token names".into()))
    }

    /// Whether the class is read through a service of that kind.
    pub fn uses(&self, name: ProviderName) -> bool {
        self.providers.contains(&name)
    }

    /// Whether Connect is named before the service that acts.
    pub fn reads_connect_first(&self) -> bool {
        let first = self.providers.iter().find(|name| name.acts() || **name == ProviderName::Connect);
        first == Some(&ProviderName::Connect)
    }

    /// The provider that acts: the one whose identity counts, and that changes the world. Nothing falls back
    /// to the sandbox by itself: it is used when the class file or the environment says so. The others of
    /// [`Config::providers`] only read beside it.
    ///
    /// # Errors
    /// A fault of [`Kind::Input`] when none was chosen.
    pub fn provider(&self) -> Result<ProviderName, Fault> {
        let acting = self.providers.iter().copied().find(|name| name.acts());
        acting.ok_or_else(|| {
            let id = &self.class.id;
            let (message, hint) = match self.providers.first() {
                None => (
                    format!("the class file of {id} chooses no provider"),
                    "write use = [\"op\"] under [provider], or [\"sandbox\"] for the local imitation",
                ),
                Some(name) => (
                    format!("the class file of {id} chooses {name} alone, which only reads"),
                    "add \"op\" to use under [provider]: it tells who belongs where, and changes it",
                ),
            };
            Fault::new(Kind::Input, message).hint(hint)
        })
    }
}

/// A kind of service that vaults can be reached through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProviderName {
    /// The local imitation of the service.
    Sandbox,
    /// 1Password itself, through its CLI.
    Op,
    /// A Connect server: vaults, items and files of the vaults that its token covers, off the ration.
    Connect,
    /// The Events API of 1Password Business: who did what.
    Events,
}

impl ProviderName {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Sandbox, Self::Op, Self::Connect, Self::Events];

    /// The word in class files and for `--provider`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Op => "op",
            Self::Connect => "connect",
            Self::Events => "events",
        }
    }

    /// Whether it can be the one that acts, beside which others read.
    pub fn acts(self) -> bool {
        match self {
            Self::Sandbox | Self::Op => true,
            Self::Connect | Self::Events => false,
        }
    }

    /// Reads the word of a provider.
    ///
    /// # Errors
    /// A fault of [`Kind::Input`].
    pub fn parse(word: &str) -> Result<Self, Fault> {
        let found = Self::ALL.into_iter().find(|name| name.name() == word);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Fault::new(Kind::Input, format!("the provider \"{word}\" is unknown"))
                .hint(format!("there are: {names}"))
        })
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How often vaults are looked at: `[watch]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// The beat.
    pub every: Beat,
    /// The part of what the account may still ask for a day that the live view may use, from 0 to 1.
    pub share_of_budget: f64,
    /// The folder that the files of every arrival are fetched to before it is handed on; `None` fetches
    /// nothing by itself.
    pub save_to: Option<PathBuf>,
    /// Who is handed every arrival.
    pub consumers: Vec<Consumer>,
}

impl Default for Watch {
    fn default() -> Self {
        Self { every: Beat::Auto, share_of_budget: 0.1, save_to: None, consumers: Vec::new() }
    }
}

/// The time between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Beat {
    /// As the provider allows.
    #[default]
    Auto,
    /// This long, from 100 milliseconds to a day.
    Every(Duration),
}

impl Beat {
    /// The time between two looks at a provider that rations nothing; by itself 1 second on the
    /// sandbox.
    pub fn on(self, provider: ProviderName) -> Duration {
        match (self, provider) {
            (Self::Every(time), _) => time,
            (Self::Auto, ProviderName::Sandbox) => Duration::from_secs(1),
            (Self::Auto, _) => Duration::from_secs(30),
        }
    }

    /// The time that the class file names, where it names one.
    pub fn named(self) -> Option<Duration> {
        match self {
            Self::Every(time) => Some(time),
            Self::Auto => None,
        }
    }
}

/// Where a setting came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Built in.
    Default,
    /// The class file.
    File,
    /// An environment variable, named here.
    Environment(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.pad("default"),
            Self::File => f.pad("class file"),
            Self::Environment(name) => f.pad(name),
        }
    }
}

#[cfg(test)]
mod tests;
