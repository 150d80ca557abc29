//! The one error type: what failed, whether another service may be asked instead, and what a person can do.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::text::SafeText;

/// What kind of failure it was. Decides the exit code and whether to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Wrong usage, configuration or input file.
    Input,
    /// No credentials, or they were refused.
    SignIn,
    /// Signed in, but without the right for this.
    Denied,
    /// The thing asked for does not exist, or is not visible to this identity.
    NotFound,
    /// Somebody else changed the same thing at the same time.
    Conflict,
    /// The ration of requests is used up.
    RateLimit,
    /// The service could not be reached or did not answer in time.
    Unreachable,
    /// The service failed, or its answer made no sense.
    Broken,
    /// A call was sent and its outcome is not known: look before trying again.
    Unknown,
    /// The provider cannot do this at all.
    Unsupported,
    /// Strongroom refused: a rule of access, read-only, or a missing confirmation.
    Refused,
    /// The local disk, store or audit log failed.
    Local,
}

/// A failure, already safe to print.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Decides what happens next.
    pub kind: Kind,
    /// What failed, as a sentence without a final full stop.
    pub message: SafeText,
    /// What a person can do about it.
    pub hint: Option<SafeText>,
    /// How long to wait before asking again, where the service said so.
    pub retry_after: Option<Duration>,
}

/// Shorthand for results of this crate.
pub type Result<T, E = Fault> = std::result::Result<T, E>;

impl Fault {
    /// A fault of the given kind; the message may hold server text, it is made safe here.
    pub fn new(kind: Kind, message: impl AsRef<str>) -> Self {
        Self { kind, message: SafeText::new(message.as_ref()), hint: None, retry_after: None }
    }

    /// Adds what a person can do.
    #[must_use]
    pub fn hint(mut self, hint: impl AsRef<str>) -> Self {
        self.hint = Some(SafeText::new(hint.as_ref()));
        self
    }

    /// Adds how long to wait.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Puts what was being done in front of the message.
    #[must_use]
    pub fn during(mut self, what: impl AsRef<str>) -> Self {
        self.message = SafeText::new(&format!("{}: {}", what.as_ref(), self.message));
        self
    }

    /// What a provider answers that cannot do something at all.
    pub fn unsupported(what: &str) -> Self {
        Self::new(Kind::Unsupported, format!("this provider cannot {what}"))
    }

    /// What Strongroom says where it refuses something itself.
    pub fn refused(message: impl AsRef<str>) -> Self {
        Self::new(Kind::Refused, message)
    }

    /// Whether a service is away, or does not take us at the moment, whatever it was asked: another one that can
    /// answer may be asked in its place.
    pub fn is_outage(&self) -> bool {
        matches!(self.kind, Kind::Unreachable | Kind::SignIn | Kind::Broken | Kind::RateLimit)
    }

    /// The exit code that this failure gives a command (the contract of the command line).
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            Kind::Input | Kind::Unsupported => 2,
            Kind::SignIn | Kind::Denied => 4,
            Kind::RateLimit => 5,
            Kind::Refused => 6,
            _ => 1,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_text_in_a_message_is_made_safe() {
        let fault = Fault::new(Kind::Broken, "bad \u{1b}[2J answer").during("reading vaults");
        assert_eq!(fault.to_string(), "reading vaults: bad <ESC>[2J answer");
        assert_eq!(fault.exit_code(), 1);
    }
}
