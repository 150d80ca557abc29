//! By which kind of program something is done, since that decides what 1Password can tell of it.
//!
//! What an app does with an item happens on somebody's own machine, and the server is told little of it
//! afterwards; what the web page, the CLI and a Connect server do, the server sees (1Password developer page
//! "Item usage actions"). Knows four kinds, and what each says of itself. Must not know what is told.

use serde_json::{Value, json};

/// A kind of program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
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
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Web => "web",
            Self::Cli => "cli",
            Self::Connect => "connect",
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
