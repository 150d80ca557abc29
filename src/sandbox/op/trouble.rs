//! What the CLI says when it fails, and with which exit code.
//!
//! Texts are those recorded from real versions where there are any (facts of the public test suites);
//! raw answers of the server begin with their status in brackets and end with code 4, as recorded from
//! 2.23 to 2.30, everything else with 1. 1Password documents no exit codes.

use jiff::Zoned;

/// A failure: what stands behind `[ERROR] date time` on standard error, and the exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) message: String,
    pub(super) code: u8,
}

pub(super) type Result<T, E = Trouble> = std::result::Result<T, E>;

/// What is said where a service account's token is not known any more; recorded by `pyonepassword`.
const DELETED: &str = "error initializing client: Authentication: (failed to auth.LookupAuth), Network: \
     (failed to request.DoUnencrypted), Server: (403) (Forbidden (Service Account Deleted)), The Service \
     Account used in this integration has been deleted.";

/// Go's words for a connection that is gone.
const RESET: &str = "read: connection reset by peer";

/// What of these words befalls the CLI also before it does what it was asked to do.
const SIGNING_IN: [&str; 4] = ["EOF", RESET, "looking for beginning of value", "end of JSON input"];

fn is_reset(error: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let io = inner.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionReset) {
            return true;
        }
        source = inner.source();
    }
    false
}

impl Trouble {
    /// Almost every failure: code 1.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 1 }
    }

    /// A mistake on the command line, with the usage that the real CLI adds.
    pub(super) fn usage(message: impl Into<String>, command: &str) -> Self {
        Self::new(format!(
            "{}\n\nUsage:  {command} [flags]\n\nFlags:\n  -h, --help   Get help for {command}.",
            message.into()
        ))
    }

    /// An answer of the server, passed on as it came: code 4.
    pub(super) fn raw(status: u16, message: &str) -> Self {
        let reason = match status {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            409 => "Conflict",
            413 => "Request Entity Too Large",
            502 => "Bad Gateway",
            503 => "Service Unavailable",
            _ => "Internal Server Error",
        };
        Self { message: format!("({status}) {reason}: {message}"), code: 4 }
    }

    /// Nobody has signed in.
    pub(super) fn nobody() -> Self {
        Self::new("You are not currently signed in. Please run `op signin --help` for instructions")
    }

    /// The variables of a Connect server are set: they come before a service account's token.
    pub(super) fn connect() -> Self {
        Self::new(
            "OP_CONNECT_HOST and OP_CONNECT_TOKEN are set and take precedence over other ways to sign in: \
             this command is not available with a Connect server",
        )
    }

    /// The token's service account is gone.
    pub(super) fn deleted() -> Self {
        Self::new(DELETED)
    }

    /// The token cannot be read.
    pub(super) fn malformed() -> Self {
        Self::new("failed to DecodeSACCredentials: the service account token is malformed")
    }

    /// No answer came from that address, in the words of Go's network code. The address of the request
    /// is not said: it is the sandbox's own, and no address of the real service.
    pub(super) fn unanswered(address: &str, error: &reqwest::Error) -> Self {
        if !error.is_connect() {
            let why = if is_reset(error) { RESET } else { "EOF" };
            return Self::new(format!("Post \"{address}/api/v3\": {why}"));
        }
        Self::new(format!(
            "error initializing client: Post \"{address}/api/v3/auth\": dial tcp {}: connect: connection refused",
            address.trim_start_matches("http://")
        ))
    }

    /// The answer ended in its middle.
    pub(super) fn broken_off(error: &reqwest::Error) -> Self {
        Self::new(if is_reset(error) { RESET } else { "unexpected EOF" })
    }

    /// The same, while the CLI signs in: what it was asked to do has not begun. A refusal keeps its words.
    pub(super) fn while_signing_in(self) -> Self {
        if self.message.starts_with("(50") || SIGNING_IN.iter().any(|words| self.message.contains(words)) {
            return Self::new(format!("error initializing client: {}", self.message));
        }
        self
    }

    /// What no service account may do. The phrase in brackets is a string of the CLI's binary.
    pub(super) fn not_for_service_accounts(command: &str) -> Self {
        Self::raw(
            403,
            &format!(
                "(Forbidden (User Is Service Account)): {command} isn't supported with service accounts"
            ),
        )
    }

    /// A vault that is not there or not visible; the CLI says the same of both.
    pub(super) fn no_vault(named: &str) -> Self {
        Self::new(format!(
            "\"{named}\" isn't a vault in this account. Specify the vault with its ID or name."
        ))
    }

    /// A person that is not there.
    pub(super) fn no_user(named: &str) -> Self {
        Self::new(format!(
            "\"{named}\" isn't a user in this account. Specify the user with their UUID, email address, or name."
        ))
    }

    /// A group that is not there.
    pub(super) fn no_group(named: &str) -> Self {
        Self::new(format!(
            "\"{named}\" isn't a group in this account. Specify the group with its UUID or name."
        ))
    }

    /// An item that is not there.
    pub(super) fn no_item(named: &str, vault: &str) -> Self {
        Self::new(format!(
            "\"{named}\" isn't an item in the \"{vault}\" vault. Specify the item with its UUID, name, or domain."
        ))
    }

    /// A name that several things have.
    pub(super) fn several(kind: &str, named: &str, ids: &[String]) -> Self {
        let lines: Vec<String> = ids.iter().map(|id| format!("\n\t* {id}")).collect();
        Self::new(format!(
            "More than one {kind} matches \"{named}\". Try again and specify the {kind} by its ID:{}",
            lines.concat()
        ))
    }

    /// The lines on standard error.
    pub(super) fn lines(&self) -> String {
        line(&self.message)
    }
}

/// A message as the CLI writes it: local time, no zone.
pub(super) fn line(message: &str) -> String {
    format!("[ERROR] {} {message}\n", Zoned::now().strftime("%Y/%m/%d %H:%M:%S"))
}
