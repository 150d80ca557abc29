//! The 1Password CLI.

use super::Provider;
use super::process::Binary;
use crate::domain::operation::Capabilities;
use crate::domain::secret::Secret;

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
}

impl Provider for Op {
    fn capabilities(&self) -> Capabilities {
        Capabilities::of(&[])
    }
}
