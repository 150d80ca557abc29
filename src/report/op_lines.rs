//! A step as the commands of 1Password's own CLI that do the same, by ids, for whoever reviews a plan
//! (1Password, "vault user grant", "vault user revoke", "vault create", "user").
//!
//! They are to be read, not run: Strongroom looks before it sends, these do not.

use crate::domain::access::{Cell, Level, Permissions, Principal};
use crate::domain::admission::Admission;
use crate::domain::frame::Frame;
use crate::domain::id::{PersonId, VaultId};
use crate::domain::operation::{Call, calls};
use crate::domain::plan::{Row, Step};

/// How the id of a vault is written that is still to be made.
const NEW: &str = "\"$VAULT\"";

/// The commands of a step, in the order in which they would be sent.
pub(super) fn op_lines(frame: &Frame, row: &Row, step: &Step) -> Vec<String> {
    let vault = row.vault.as_ref().map_or(NEW, VaultId::as_str);
    match step {
        Step::CreateVault => vec![format!("op vault create {}", frame.class.vault_name(&row.student))],
        Step::DeleteVault { .. } => vec![format!("op vault delete {vault}")],
        Step::Grant { who, from, to, .. } => of_level(frame, vault, who, *from, *to),
        Step::Revoke { who, .. } => vec![of_access("revoke", vault, who, None)],
        Step::Admission { act, person, .. } => {
            let id = person.as_ref().map_or("\"$EMAIL\"", PersonId::as_str);
            vec![match act {
                Admission::Invite => "op user provision --email \"$EMAIL\" --name \"$NAME\"".to_owned(),
                act => format!("op user {} {id}", act.name()),
            }]
        }
    }
}

fn of_level(frame: &Frame, vault: &str, who: &Principal, from: Option<Level>, to: Level) -> Vec<String> {
    let kind = frame.identity.kind;
    let Some(target) = to.permissions(kind) else { return Vec::new() };
    let known = from.and_then(|from| from.permissions(kind)).map_or(
        Cell::Unknown { why: crate::domain::access::Why::LevelNotShown },
        |set| Cell::Ledger { set, at: jiff::Timestamp::UNIX_EPOCH },
    );
    // Which calls they are does not depend on the vault.
    let Some(any) = frame.bindings.values().next() else {
        return vec![of_access("grant", vault, who, Some(target.with_needed()))];
    };
    let calls = calls((any, who), known, target, kind, !frame.identity.is_service_account);
    let line = |call: &Call| match call {
        Call::Grant { permissions, .. } => Some(of_access("grant", vault, who, Some(*permissions))),
        Call::Revoke { permissions, .. } => Some(of_access("revoke", vault, who, *permissions)),
        _ => None,
    };
    calls.iter().filter_map(line).collect()
}

fn of_access(verb: &str, vault: &str, who: &Principal, permissions: Option<Permissions>) -> String {
    let (noun, flag) = match who {
        Principal::Person(_) => ("user", "--user"),
        Principal::Group(_) => ("group", "--group"),
    };
    let which =
        permissions.map_or_else(String::new, |set| format!(" --permissions {}", set.names().join(",")));
    format!("op vault {noun} {verb} --vault {vault} {flag} {who}{which} --no-input")
}
