//! The services of a class as one: the one that acts, within its ration, and those of the class file that are read
//! beside it. A class with one service alone has nothing around it.

use std::sync::Arc;

use super::connect::connect;
use super::events::events;
use super::reach::Reach;
use crate::clock::Clock;
use crate::config::{Config, ProviderName};
use crate::domain::budget::Purpose;
use crate::domain::fault::Result;
use crate::provider::Shared;
use crate::provider::budget::{Ledger, Rationed};
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
        let place = |wanted: ProviderName| config.providers.iter().position(|name| *name == wanted);
        let first = place(ProviderName::Connect) < place(acting);
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
        let has = |name| self.config.providers.contains(&name);
        let (has_connect, has_events) = (has(ProviderName::Connect), has(ProviderName::Events));
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
