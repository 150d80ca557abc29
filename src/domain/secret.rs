//! Values that must never be printed, logged or stored.
//!
//! [`Secret`] has no `Display`, its `Debug` prints a placeholder, and its memory is zeroed when it
//! is dropped. Reading it needs [`Expose::expose_secret`], so that every use can be found by name.

pub use secrecy::{ExposeSecret as Expose, SecretString as Secret};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_tells_nothing() {
        let token = Secret::from("ops_canary");
        assert!(!format!("{token:?}").contains("canary"));
        assert_eq!(token.expose_secret(), "ops_canary");
    }
}
