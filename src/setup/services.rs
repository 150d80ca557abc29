//! The services of a class as one: the one that acts, within its ration, and those of the class file that are read
//! beside it. A class with one service alone has nothing around it.

use std::sync::Arc;

use super::reach::Reach;
use crate::clock::Clock;
use crate::config::{Config, ProviderName, Service};
use crate::domain::budget::Purpose;
use crate::domain::fault::{Fault, Kind, Result};
use crate::provider::Shared;
use crate::provider::budget::{Ledger, Rationed};
use crate::provider::connect::Connect;
use crate::provider::events::Events;
use crate::provider::stack::{Memory, Stack};

/// Makes handles on the services of a class, one for each purpose, which share what is known of them.
pub(super) struct Services<'a> {
    config: &'a Config,
    reach: &'a Reach,
    ledger: Ledger,
    memory: Arc<Memory>,
}

impl<'a> Services<'a> {
    /// The services that the class file names, in its order.
    ///
    /// # Errors
    /// Where it names none that acts.
    pub(super) fn new(config: &'a Config, reach: &'a Reach) -> Result<Self> {
        let acting = config.provider()?;
        let first = config.reads_connect_first();
        let ledger = Ledger::new(Clock::real(), config.watch.share_of_budget);
        let memory = Arc::new(Memory::new(acting.name(), first, Clock::real()));
        Ok(Self { config, reach, ledger, memory })
    }

    /// A handle, with connections of its own.
    ///
    /// # Errors
    /// Where a service that is named cannot be reached at all: no address, no token.
    pub(super) fn handle(&self, purpose: Purpose) -> Result<Shared> {
        let acting = Arc::new(Rationed::new(self.reach.provider()?, self.ledger.clone(), purpose));
        let has_connect = self.config.uses(ProviderName::Connect);
        let has_events = self.config.uses(ProviderName::Events);
        if !has_connect && !has_events {
            return Ok(acting);
        }
        let mut stack = Stack::new(acting, Arc::clone(&self.memory));
        if has_connect {
            stack = stack.with_connect(Arc::new(connect(&self.config.connect)?));
        }
        if has_events {
            stack = stack.with_events(Arc::new(events(&self.config.events)?));
        }
        Ok(Arc::new(if purpose == Purpose::Changes { stack.exact() } else { stack }))
    }
}

/// The server of `[provider.connect]`. The class file must have been trusted: it says where the token goes.
///
/// # Errors
/// Where address or token are missing, or are none; see [`Connect::at`].
pub(super) fn connect(setting: &Service) -> Result<Connect> {
    let host = setting.host.as_deref().ok_or_else(|| {
        Fault::new(Kind::Input, "the address of the Connect server is missing")
            .hint("write host = \"https://…\" under [provider.connect]")
    })?;
    let token = setting.token.read()?.ok_or_else(|| {
        Fault::new(Kind::Input, "there is no token for Connect")
            .hint("set OP_CONNECT_TOKEN, or token_file under [provider.connect]")
    })?;
    Connect::at(host, token, setting.proxy.as_deref())
}

/// The service of `[provider.events]`. The class file must have been trusted: it says where the token goes; where it
/// does not, the token itself names the address.
///
/// # Errors
/// Where the token is missing, or there is no address for it; see [`Events::at`].
pub(super) fn events(setting: &Service) -> Result<Events> {
    let token = setting.token.read()?.ok_or_else(|| {
        Fault::new(Kind::Input, "there is no token for the Events API")
            .hint("set STRONGROOM_EVENTS_TOKEN, or token_file under [provider.events]")
    })?;
    Events::at(setting.host.as_deref(), token, setting.proxy.as_deref())
}
