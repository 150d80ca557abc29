//! By which kind of program something is done, since that decides what 1Password can tell of it.
//!
//! What an app does with an item happens on somebody's own machine, and the server is told little of it
//! afterwards; what the web page, the CLI and a Connect server do, the server sees (1Password developer page
//! "Item usage actions"). Knows four kinds, and what each says of itself. Must not know what is told.

use serde_json::{Value, json};

use super::{Caller, Role};
use crate::domain::id::PersonId;

/// A kind of program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// A desktop or mobile app, or the extension of a browser.
    App,
    /// 1Password.com in a browser.
    Web,
    /// The command line program.
    Cli,
    /// A Connect server.
    Connect,
}

impl Client {
    /// Reads the word of a request: only what somebody can choose to use.
    pub(in crate::sandbox) fn parse(word: &str) -> Option<Self> {
        match word {
            "app" => Some(Self::App),
            "web" => Some(Self::Web),
            "cli" => Some(Self::Cli),
            _ => None,
        }
    }

    /// The word for it in the ledger.
    pub fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Web => "web",
            Self::Cli => "cli",
            Self::Connect => "connect",
        }
    }

    /// What is used where nobody says: a service account has only the CLI, accounts are looked after on
    /// 1Password.com, and everybody else has the apps.
    pub(super) fn usual(role: Role) -> Self {
        match role {
            Role::ServiceAccount => Self::Cli,
            Role::Administrator => Self::Web,
            Role::Person => Self::App,
        }
    }

    /// What it says of itself, under the names of an item usage, with the address it comes from.
    pub(super) fn described(self, address: &str) -> Value {
        let (app, version, platform, os) = match self {
            Self::App => ("1Password for Mac", "8.11.14", None, Some(("MacOSX", "15.5"))),
            Self::Web => {
                let browser = ("Chrome", "141.0.7390.54");
                ("1Password for Web", "2142", Some(browser), Some(("MacOSX", "15.5")))
            }
            Self::Cli => ("1Password CLI", "2.34.1", None, Some(("Linux", "6.12"))),
            Self::Connect => ("1Password Connect", "1.8.1", None, None),
        };
        let mut told = json!({ "app_name": app, "app_version": version, "ip_address": address });
        for (kind, named) in [("platform", platform), ("os", os)] {
            if let Some((name, version)) = named {
                told[format!("{kind}_name")] = name.into();
                told[format!("{kind}_version")] = version.into();
            }
        }
        told
    }
}

/// Who does something, and with what.
#[derive(Clone, Copy, Debug)]
pub(super) struct By<'a> {
    /// Nobody for the world itself, which founds and mends.
    pub(super) who: Option<&'a PersonId>,
    /// Nothing for the world itself.
    pub(super) client: Option<Client>,
}

impl By<'_> {
    /// The world itself.
    pub(super) const WORLD: Self = By { who: None, client: None };
}

impl Caller {
    /// Who it is, for the ledger.
    pub(super) fn by(&self) -> By<'_> {
        By { who: Some(&self.id), client: Some(self.client) }
    }

    /// The same one with the program that is used: a token of Connect and a visit of the CLI tell it, and
    /// nobody else can be told otherwise.
    pub(in crate::sandbox) fn using(self, chosen: Option<Client>) -> Self {
        let client = match () {
            () if self.scope.is_connect() => Client::Connect,
            () if self.visit.is_some() => Client::Cli,
            () => chosen.unwrap_or(self.client),
        };
        Self { client, ..self }
    }
}
