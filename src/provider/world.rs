//! Which world ids belong to: 1Password's, or the imitation on this machine.

use crate::domain::fault::{Fault, Result};
use crate::domain::host::is_loopback_http;

/// Whose ids are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum World {
    /// 1Password: no id of a sandbox.
    Real,
    /// The local imitation: ids of a sandbox only.
    Sandbox,
}

impl World {
    /// The world of a sign-in address. Only plain HTTP to this machine is the imitation: nobody else
    /// can serve 1Password there.
    pub(super) fn of(address: &str) -> Self {
        if is_loopback_http(address) { Self::Sandbox } else { Self::Real }
    }

    /// Refuses an id of the other world.
    pub(super) fn admit(self, is_sandbox: bool) -> Result<()> {
        match (self, is_sandbox) {
            (Self::Real, false) | (Self::Sandbox, true) => Ok(()),
            (Self::Real, true) => Err(Fault::refused("an id of a sandbox, in an account of 1Password")
                .hint("use `--provider sandbox` for the sandbox, or the class of this account")),
            (Self::Sandbox, false) => {
                Err(Fault::refused("an id without the sandbox's prefix, from a sandbox")
                    .hint("the token is a sandbox's: give 1Password's own for a real class"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_to_this_machine_is_the_imitation() {
        assert_eq!(World::of("http://127.0.0.1:4711"), World::Sandbox);
        for address in ["example.1password.com", "https://127.0.0.1:1", "http://127.0.0.1.evil.com:80"] {
            assert_eq!(World::of(address), World::Real, "{address}");
        }
    }

    #[test]
    fn ids_of_the_other_world_are_refused_both_ways() {
        assert!(World::Real.admit(false).is_ok() && World::Sandbox.admit(true).is_ok());
        assert!(World::Real.admit(true).is_err() && World::Sandbox.admit(false).is_err());
    }
}
