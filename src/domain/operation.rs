//! Changes of the world as plain data.
//!
//! An [`Operation`] is what a person or a schedule asks for, and what the audit log records. `ops`
//! carries it out as one or more [`Call`]s, which are what a provider can do.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::access::{AccountKind, Cell, Level, Permissions, Principal};
use super::admission::Admission;
use super::class::StudentKey;
use super::directory::{NewVault, Vault};
use super::id::{PersonId, VaultId};
use super::text::{SafeText, Untrusted};
use crate::seeded::{self, Bug};

/// One change that somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "op")]
pub enum Operation {
    /// Makes a student's vault. The description holds the marker with the student's key.
    CreateVault {
        /// Whose vault.
        student: StudentKey,
        /// How it is made.
        vault: NewVault,
    },
    /// Gives somebody exactly this level on a vault, whatever they had before.
    Grant {
        /// On which vault.
        vault: VaultId,
        /// Who gets it.
        who: Principal,
        /// Which level; never [`Level::None`] or [`Level::Custom`].
        level: Level,
    },
    /// Takes all access to a vault away from somebody.
    Revoke {
        /// On which vault.
        vault: VaultId,
        /// Who loses it.
        who: Principal,
    },
    /// Deletes a student's vault with everything in it.
    DeleteVault {
        /// Whose vault.
        student: StudentKey,
        /// Which.
        vault: VaultId,
    },
    /// Invites a student into the account. Not idempotent: look before you invite.
    Invite {
        /// Whom.
        student: StudentKey,
        /// The address, as the roster has it.
        email: Untrusted,
    },
    /// Confirms a student who has accepted the invitation.
    Confirm {
        /// Whom.
        student: StudentKey,
        /// The one person with the student's address.
        person: PersonId,
    },
    /// Suspends a student in the whole account.
    Suspend {
        /// Whom.
        student: StudentKey,
        /// The one person with the student's address.
        person: PersonId,
    },
    /// Takes a student's suspension back.
    Reactivate {
        /// Whom.
        student: StudentKey,
        /// The one person with the student's address.
        person: PersonId,
    },
}

impl Operation {
    /// What a provider must be able to do for it.
    pub fn requires(&self) -> Capability {
        match self {
            Self::CreateVault { .. } | Self::DeleteVault { .. } => Capability::CreateVaults,
            Self::Grant { .. } | Self::Revoke { .. } => Capability::ChangeAccess,
            Self::Invite { .. } | Self::Confirm { .. } | Self::Suspend { .. } | Self::Reactivate { .. } => {
                Capability::ManagePeople
            }
        }
    }

    /// The name of the operation in the audit log.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CreateVault { .. } => "create-vault",
            Self::DeleteVault { .. } => "delete-vault",
            Self::Grant { .. } => "grant",
            Self::Revoke { .. } => "revoke",
            Self::Invite { .. } => Admission::Invite.name(),
            Self::Confirm { .. } => Admission::Confirm.name(),
            Self::Suspend { .. } => Admission::Suspend.name(),
            Self::Reactivate { .. } => Admission::Reactivate.name(),
        }
    }

    /// What it does with which student, where it changes a person.
    pub fn admission(&self) -> Option<(Admission, &StudentKey)> {
        match self {
            Self::Invite { student, .. } => Some((Admission::Invite, student)),
            Self::Confirm { student, .. } => Some((Admission::Confirm, student)),
            Self::Suspend { student, .. } => Some((Admission::Suspend, student)),
            Self::Reactivate { student, .. } => Some((Admission::Reactivate, student)),
            Self::CreateVault { .. }
            | Self::DeleteVault { .. }
            | Self::Grant { .. }
            | Self::Revoke { .. } => None,
        }
    }

    /// The vault it changes, where it exists already.
    pub fn vault(&self) -> Option<&VaultId> {
        match self {
            Self::Grant { vault, .. } | Self::Revoke { vault, .. } | Self::DeleteVault { vault, .. } => {
                Some(vault)
            }
            _ => None,
        }
    }

    /// The arguments of the command that does the same.
    pub fn to_argv(&self) -> Vec<String> {
        let words: Vec<&str> = match self {
            Self::CreateVault { student, .. } => vec!["provision", student.as_str()],
            Self::DeleteVault { student, .. } => vec!["close-term", "--step", "delete", student.as_str()],
            Self::Grant { vault, who, level } => {
                vec!["grant", who.id(), "--vault", vault.as_str(), "--level", level.name()]
            }
            Self::Revoke { vault, who } => vec!["revoke", who.id(), "--vault", vault.as_str()],
            Self::Invite { student, email } => {
                vec![self.name(), student.as_str(), "--email", email.raw()]
            }
            Self::Confirm { student, person }
            | Self::Suspend { student, person }
            | Self::Reactivate { student, person } => {
                vec![self.name(), student.as_str(), "--user", person.as_str()]
            }
        };
        words.into_iter().map(str::to_owned).collect()
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "strongroom {}", SafeText::new(&self.to_argv().join(" ")))
    }
}

/// One call that a provider carries out. A provider never repeats one that may have happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Make a vault. Not idempotent: look before you create.
    CreateVault(NewVault),
    /// Delete a vault with everything in it.
    DeleteVault(VaultId),
    /// Add permissions, every dependency spelled out.
    Grant {
        /// On which vault.
        vault: VaultId,
        /// Who gets them.
        who: Principal,
        /// Which ones, beside those already held.
        permissions: Permissions,
    },
    /// Take permissions away.
    Revoke {
        /// On which vault.
        vault: VaultId,
        /// Who loses them.
        who: Principal,
        /// Which ones; `None` is all. A service account can only take all.
        permissions: Option<Permissions>,
    },
    /// Invite somebody into the account. Not idempotent: look before you invite.
    Invite {
        /// The address, as the roster has it.
        email: String,
        /// The name shown until the person signs up.
        name: String,
    },
    /// Confirm somebody who has accepted an invitation.
    Confirm(PersonId),
    /// Suspend somebody: the person keeps nothing but the membership.
    Suspend(PersonId),
    /// Take a suspension back.
    Reactivate(PersonId),
}

/// What the service answered to a [`Call`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// The vault that was made.
    Vault(Box<Vault>),
    /// The permissions that somebody now holds directly, as the answer printed them.
    Access(Permissions),
    /// The person who was invited.
    Person(PersonId),
    /// Nothing but that it was done.
    Done,
}

/// Something that a provider can do. What it cannot do is explained before a key is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Capability {
    /// List people and groups.
    ReadPeople,
    /// List who has access to a vault.
    ReadAccess,
    /// List vaults and items, and fetch files.
    ReadItems,
    /// Make and delete vaults.
    CreateVaults,
    /// Grant and revoke.
    ChangeAccess,
    /// Revoke a part of somebody's permissions; only a signed-in person may.
    RevokePartly,
    /// Invite, confirm, suspend and reactivate people; only a signed-in administrator may.
    ManagePeople,
    /// Tell who did what (1Password Business).
    ReadActivity,
}

/// The set of what a provider can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Capabilities(u16);

impl Capabilities {
    /// The given ones.
    pub const fn of(list: &[Capability]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < list.len() {
            bits |= 1 << list[at] as u8;
            at += 1;
        }
        Self(bits)
    }

    /// The same and this one.
    #[must_use]
    pub fn with(self, capability: Capability) -> Self {
        Self(self.0 | 1 << capability as u8)
    }

    /// Whether it is one of them.
    pub fn has(self, capability: Capability) -> bool {
        self.0 & (1 << capability as u8) != 0
    }
}

/// The calls that bring somebody from what is known to exactly `target`; none where it is so.
///
/// Wider sends only the difference. Narrower takes the surplus away where the identity can revoke
/// `partly`, else everything first and then the smaller set: never wider in between (I10).
pub fn calls(
    (vault, who): (&VaultId, &Principal),
    known: Cell,
    target: Permissions,
    kind: AccountKind,
    partly: bool,
) -> Vec<Call> {
    let grant = |permissions: Permissions| {
        let permissions = permissions.with_needed();
        Call::Grant { vault: vault.clone(), who: who.clone(), permissions }
    };
    let revoke = |permissions| Call::Revoke { vault: vault.clone(), who: who.clone(), permissions };
    let Some(held) = known.set() else {
        // The level is not known: granting again is the one way to be told it.
        return if target.is_empty() { vec![revoke(None)] } else { vec![grant(target)] };
    };
    let held = held.plain(kind);
    let (missing, surplus) = (target - held, held - target);
    match (missing.is_empty(), surplus.is_empty()) {
        (true, true) => vec![],
        (false, true) => vec![grant(missing)],
        _ if target.is_empty() => vec![revoke(None)],
        (true, false) if partly => vec![revoke(Some(surplus.with_dependents() & held))],
        _ if seeded::is(Bug::WidenThenNarrow) => vec![grant(target), revoke(None), grant(target)],
        _ => vec![revoke(None), grant(target)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_calls_are_told_as_are_sent() {
        let kind = AccountKind::Business;
        let (vault, who) =
            (VaultId::parse(&"v".repeat(26)).unwrap(), PersonId::parse(&"P".repeat(26)).unwrap());
        let levels = Level::GRANTABLE.into_iter().chain([Level::None]);
        for (from, to) in levels.clone().flat_map(|from| levels.clone().map(move |to| (from, to))) {
            if from == to {
                continue;
            }
            let set = from.permissions(kind).unwrap();
            let known = Cell::Ledger { set, at: jiff::Timestamp::UNIX_EPOCH };
            let who = Principal::Person(who.clone());
            let list = calls((&vault, &who), known, to.permissions(kind).unwrap(), kind, false);
            assert_eq!(u32::try_from(list.len()).unwrap(), from.calls_to(to), "{from} to {to}");
        }
    }

    #[test]
    fn a_change_prints_as_the_command_that_does_the_same() {
        let grant = Operation::Grant {
            vault: VaultId::parse(&"v".repeat(26)).unwrap(),
            who: Principal::Person(PersonId::parse(&"P".repeat(26)).unwrap()),
            level: Level::Write,
        };
        let printed = format!("strongroom grant {} --vault {} --level write", "P".repeat(26), "v".repeat(26));
        assert_eq!(grant.to_string(), printed);
    }
}
