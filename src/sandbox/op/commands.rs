//! Every command that is imitated: its flags, what it costs, and whether a service account may use it.
//!
//! Flags are those of the CLI's reference (2025-12). Costs are the request table of 1Password's page "Use
//! service accounts with the CLI": one request unless it says otherwise. That `user list`, `group list`,
//! `account get` and `service-account ratelimit` are free is said by `1password-exporter`.

use serde::{Deserialize, Serialize};

use crate::sandbox::world::Favours;

/// What a run asks the sandbox for when it comes.
#[derive(Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(in crate::sandbox) struct Visiting {
    /// Its words, such as `vault list`.
    pub(in crate::sandbox) command: String,
    /// Requests that read.
    pub(in crate::sandbox) reads: u32,
    /// Requests that write.
    pub(in crate::sandbox) writes: u32,
    /// One more request that reads for every vault in scope.
    pub(in crate::sandbox) each_vault: bool,
    /// How open points are to be answered.
    pub(in crate::sandbox) favours: Favours,
}

/// What a command costs: requests that read, and how many of them an id saves; requests that write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Price {
    pub(super) reads: u32,
    pub(super) writes: u32,
    pub(super) vault_id_saves: u32,
    pub(super) item_id_saves: u32,
}

/// A command.
#[derive(Debug)]
pub(super) struct Shape {
    /// Its words, `op` before them.
    pub(super) full: &'static str,
    /// Flags with a value.
    pub(super) values: &'static [&'static str],
    /// Flags without one.
    pub(super) switches: &'static [&'static str],
    /// The fewest and the most objects.
    pub(super) objects: (usize, usize),
    pub(super) price: Price,
}

impl Shape {
    /// Its words without `op`.
    pub(super) fn name(&self) -> &'static str {
        self.full.strip_prefix("op ").unwrap_or(self.full)
    }
}

const fn price(reads: u32, writes: u32, vault_id_saves: u32, item_id_saves: u32) -> Price {
    Price { reads, writes, vault_id_saves, item_id_saves }
}

const FREE: Price = price(0, 0, 0, 0);
const READ: Price = price(1, 0, 0, 0);
const WRITE: Price = price(0, 1, 0, 0);

const fn shape(
    full: &'static str,
    values: &'static [&'static str],
    switches: &'static [&'static str],
    objects: (usize, usize),
    price: Price,
) -> Shape {
    Shape { full, values, switches, objects, price }
}

const GRANT_USER: &[&str] = &["vault", "user", "permissions"];
const GRANT_GROUP: &[&str] = &["vault", "group", "permissions"];
const NO_INPUT: &[&str] = &["no-input"];

/// Commands that take any number of objects.
const MANY: usize = usize::MAX;

pub(super) const COMMANDS: &[Shape] = &[
    shape("op whoami", &[], &[], (0, 0), FREE),
    shape("op signin", &[], &["raw", "force"], (0, 0), FREE),
    shape("op account get", &[], &[], (0, 0), FREE),
    shape("op user get", &[], &["me", "fingerprint", "public-key"], (0, 1), READ),
    shape("op user list", &["group", "vault"], &[], (0, 0), FREE),
    shape("op user provision", &["email", "name", "language"], &[], (0, 0), WRITE),
    shape("op user confirm", &[], &["all"], (0, 1), WRITE),
    shape("op user suspend", &["deauthorize-devices-after"], &[], (1, 1), WRITE),
    shape("op user reactivate", &[], &[], (1, 1), WRITE),
    shape("op user delete", &[], &[], (1, 1), WRITE),
    shape("op group list", &["user", "vault"], &[], (0, 0), FREE),
    shape("op group get", &[], &[], (1, 1), READ),
    shape("op group user list", &[], &[], (1, 1), READ),
    shape("op vault list", &["group", "permission", "user"], &[], (0, 0), READ),
    shape("op vault get", &[], &[], (1, 1), price(2, 0, 1, 0)),
    shape("op vault create", &["description", "icon", "allow-admins-to-manage"], &[], (1, 1), WRITE),
    shape("op vault edit", &["name", "description", "icon", "travel-mode"], &[], (1, 1), price(0, 3, 0, 0)),
    shape("op vault delete", &[], &[], (1, 1), price(2, 1, 1, 0)),
    shape("op vault user list", &[], &[], (1, 1), READ),
    shape("op vault user grant", GRANT_USER, NO_INPUT, (0, 0), WRITE),
    shape("op vault user revoke", GRANT_USER, NO_INPUT, (0, 0), WRITE),
    shape("op vault group list", &[], &[], (1, 1), READ),
    shape("op vault group grant", GRANT_GROUP, NO_INPUT, (0, 0), WRITE),
    shape("op vault group revoke", GRANT_GROUP, NO_INPUT, (0, 0), WRITE),
    shape(
        "op item list",
        &["vault", "categories", "tags"],
        &["favorite", "include-archive", "long"],
        (0, 0),
        price(3, 0, 1, 0),
    ),
    shape(
        "op item get",
        &["vault", "fields"],
        &["include-archive", "otp", "reveal", "share-link"],
        (1, 1),
        price(3, 0, 1, 1),
    ),
    shape(
        "op item create",
        &["vault", "category", "title", "tags", "url", "template"],
        &["dry-run", "favorite", "generate-password", "reveal"],
        (0, MANY),
        price(1, 1, 1, 0),
    ),
    shape("op item delete", &["vault"], &["archive"], (1, 1), price(5, 1, 1, 0)),
    shape("op item template list", &[], &[], (0, 0), FREE),
    shape("op document create", &["vault", "title", "file-name", "tags"], &[], (1, 1), price(1, 1, 1, 0)),
    shape(
        "op document get",
        &["vault", "out-file", "file-mode"],
        &["force", "include-archive"],
        (1, 1),
        READ,
    ),
    shape("op document list", &["vault"], &["include-archive"], (0, 0), READ),
    shape("op read", &["out-file", "file-mode"], &["no-newline", "force"], (1, 1), price(3, 0, 1, 1)),
    shape("op service-account ratelimit", &[], &[], (0, 1), FREE),
];

/// Commands of the real CLI that are not imitated.
pub(super) const OTHERS: &[&str] = &[
    "run",
    "inject",
    "signout",
    "completion",
    "update",
    "plugin",
    "ssh",
    "environment",
    "connect",
    "events-api",
    "account add",
    "account list",
    "account forget",
    "user edit",
    "user recovery",
    "group create",
    "group edit",
    "group delete",
    "group user grant",
    "group user revoke",
    "item edit",
    "item move",
    "item share",
    "item template get",
    "document edit",
    "document delete",
    "service-account create",
];

/// What 1Password lists as unsupported with service accounts; of `op group` only `get` and `list` work,
/// and nobody's access to the account is a service account's to change.
const NOT_FOR_SERVICE_ACCOUNTS: &[&str] = &[
    "connect",
    "events-api",
    "group create",
    "group edit",
    "group delete",
    "group user",
    "user provision",
    "user confirm",
    "user suspend",
    "user reactivate",
    "user delete",
    "user edit",
    "user recovery",
    "vault edit",
    "service-account create",
];

/// The command of that name, without `op`.
pub(super) fn find(name: &str) -> Option<&'static Shape> {
    COMMANDS.iter().find(|shape| shape.name() == name)
}

/// Whether a name begins with these words.
pub(super) fn begins(name: &str, words: &str) -> bool {
    name.strip_prefix(words).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Whether a service account is refused this command whatever it asks for.
pub(super) fn is_refused(name: &str) -> bool {
    NOT_FOR_SERVICE_ACCOUNTS.iter().any(|words| begins(name, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_command_once_and_no_command_begins_another() {
        for (at, one) in COMMANDS.iter().enumerate() {
            for (other_at, other) in COMMANDS.iter().enumerate() {
                assert!(at == other_at || !begins(other.full, one.full), "{} {}", one.full, other.full);
            }
            assert!(!OTHERS.iter().any(|name| begins(one.name(), name)), "{}", one.full);
        }
    }

    #[test]
    fn prices_are_those_of_the_request_table() {
        // Command, reads and writes with names, reads with ids.
        let table = [
            ("item get", 3, 0, 1),
            ("item create", 1, 1, 0),
            ("item delete", 5, 1, 4),
            ("read", 3, 0, 1),
            ("vault delete", 2, 1, 1),
            ("vault edit", 0, 3, 0),
            ("vault get", 2, 0, 1),
            ("item list", 3, 0, 2),
            ("vault list", 1, 0, 1),
            ("vault create", 0, 1, 0),
            ("vault user grant", 0, 1, 0),
            ("vault user list", 1, 0, 1),
            ("vault group list", 1, 0, 1),
            ("user list", 0, 0, 0),
            ("service-account ratelimit", 0, 0, 0),
        ];
        for (name, reads, writes, with_ids) in table {
            let price = find(name).unwrap().price;
            assert_eq!((price.reads, price.writes), (reads, writes), "{name}");
            assert_eq!(price.reads - price.vault_id_saves - price.item_id_saves, with_ids, "{name}");
        }
    }
}
