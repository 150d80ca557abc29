//! The 1Password CLI.

use super::Provider;
use super::process::Binary;
use crate::domain::fault::{Fault, Result};
use crate::domain::operation::Capabilities;
use crate::domain::secret::Secret;
use crate::domain::text::SafeText;

/// The 1Password CLI, with a service account's token or as the person who is signed in.
pub struct Op {
    _binary: Binary,
    _token: Option<Secret>,
}

impl Op {
    /// The CLI at `binary`. `environment` are the variables of this process, of which only those on
    /// the list of allowed ones are passed on.
    pub fn new(binary: Binary, token: Option<Secret>, _environment: &[(String, String)]) -> Self {
        Self { _binary: binary, _token: token }
    }

    /// The CLI's version.
    #[allow(clippy::unused_async, reason = "stands in for the one that runs the CLI")]
    pub async fn version(&self) -> Result<SafeText> {
        Err(Fault::unsupported("run programs"))
    }

    /// Where the token signs in; `None` without a token.
    pub fn sign_in_address(&self) -> Result<Option<SafeText>> {
        Err(Fault::unsupported("run programs"))
    }
}

impl Provider for Op {
    fn capabilities(&self) -> Capabilities {
        Capabilities::of(&[])
    }
}
