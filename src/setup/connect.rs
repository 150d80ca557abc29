//! The Connect server that a class is read through, where it has one.

use crate::config::Service;
use crate::domain::fault::{Fault, Kind, Result};
use crate::provider::connect::Connect;

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
