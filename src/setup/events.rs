//! The Events API that tells a class who did what, where it has one.

use crate::config::Service;
use crate::domain::fault::{Fault, Kind, Result};
use crate::provider::events::Events;

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
