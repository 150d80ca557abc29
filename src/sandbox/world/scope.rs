//! What a token is good for: a whole account, some vaults through Connect, or feeds of the Events API.
//!
//! Rights on a vault are the bits that the claims of a Connect token carry (`types.py` of 1Password's Python
//! SDK names them; the sample in the tests of `connect-sdk-go` carries their sum without the two for managing).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::access::{Permission, Permissions};
use crate::domain::id::VaultId;

/// What a token opens.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "lowercase")]
pub(crate) enum Scope {
    /// All that its principal may do: a person's token, or the service account's.
    #[default]
    Account,
    /// Some vaults, through Connect alone.
    Connect {
        /// The token itself.
        issue: Issue,
        /// The vaults with the rights on them. Whatever is in here stays so: a token cannot be changed.
        vaults: Vec<Opened>,
    },
    /// Some feeds, through the Events API alone.
    Events {
        /// The token itself.
        issue: Issue,
        /// What may be read with it.
        features: Vec<Feature>,
    },
}

/// A token as its issuer remembers it: all but the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Issue {
    /// 26 letters and digits: the claim `jti` of a Connect token (lower case), the `uuid` by which the Events
    /// API introspects one (upper case).
    pub(crate) id: String,
    /// Decorates.
    pub(crate) name: String,
    /// When it was made.
    pub(crate) issued: Timestamp,
    /// When it ends; never without it.
    pub(crate) expires: Option<Timestamp>,
    /// Whether it was taken back.
    #[serde(default)]
    pub(crate) revoked: bool,
}

impl Issue {
    /// Whether the token is good at that moment.
    pub(crate) fn is_good_at(&self, now: Timestamp) -> bool {
        !self.revoked && self.expires.is_none_or(|end| now < end)
    }
}

/// A vault in the scope of a Connect token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Opened {
    /// The vault.
    pub(crate) vault: VaultId,
    /// The rights, as bits of [`Rights`].
    pub(crate) rights: Rights,
}

/// The rights of a Connect token on a vault, as a sum of 1Password's bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Rights(pub(crate) u32);

impl Rights {
    const REVEAL: u32 = 1 << 4;
    const READ: u32 = 1 << 5;
    const UPDATE: u32 = 1 << 6;
    const CREATE: u32 = 1 << 7;
    const ARCHIVE: u32 = 1 << 8;
    const DELETE: u32 = 1 << 9;
    const HISTORY: u32 = 1 << 10;
    const SEND: u32 = 1 << 20;
    const IMPORT: u32 = 1 << 21;
    const EXPORT: u32 = 1 << 22;
    const PRINT: u32 = 1 << 23;

    /// Reads the word of `op connect token create --vaults VAULT,WORD`: `r`, `w` or `rw`. The sum for `rw` is
    /// the recorded one; how it is split between the other two is not recorded.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let read = Self::REVEAL | Self::READ;
        let write = Self::UPDATE | Self::CREATE | Self::ARCHIVE | Self::DELETE;
        let more = Self::HISTORY | Self::SEND | Self::IMPORT | Self::EXPORT | Self::PRINT;
        match word {
            "r" => Some(Self(read)),
            "w" => Some(Self(write)),
            "rw" => Some(Self(read | write | more)),
            _ => None,
        }
    }

    fn any(self, bits: u32) -> bool {
        self.0 & bits != 0
    }

    /// Whether items can be read.
    pub(crate) fn reads(self) -> bool {
        self.any(Self::READ)
    }

    /// Whether items can be changed in any way.
    pub(crate) fn writes(self) -> bool {
        self.any(Self::UPDATE | Self::CREATE | Self::ARCHIVE | Self::DELETE)
    }

    /// The same, in the words of the CLI.
    pub(crate) fn permissions(self) -> Permissions {
        let table = [
            (Self::READ, Permission::ViewItems),
            (Self::REVEAL, Permission::ViewAndCopyPasswords),
            (Self::UPDATE, Permission::EditItems),
            (Self::CREATE, Permission::CreateItems),
            (Self::ARCHIVE, Permission::ArchiveItems),
            (Self::DELETE, Permission::DeleteItems),
            (Self::HISTORY, Permission::ViewItemHistory),
            (Self::SEND, Permission::CopyAndShareItems),
            (Self::IMPORT, Permission::ImportItems),
            (Self::EXPORT, Permission::ExportItems),
            (Self::PRINT, Permission::PrintItems),
        ];
        let held = table.into_iter().filter(|(bit, _)| self.any(*bit));
        held.fold(Permissions::NONE, |set, (_, permission)| set | Permissions::of(&[permission]))
    }
}

/// What a token of the Events API can be good for (its claim `1password.com/fts`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Feature {
    /// Changes of the account.
    AuditEvents,
    /// Items that were used.
    ItemUsages,
    /// Who tried to sign in.
    SignInAttempts,
}

impl Scope {
    /// What is remembered of the token, where it is one of Connect or of the Events API.
    pub(crate) fn issue(&self) -> Option<&Issue> {
        match self {
            Self::Account => None,
            Self::Connect { issue, .. } | Self::Events { issue, .. } => Some(issue),
        }
    }

    /// The rights on a vault, where it is a Connect token and has the vault.
    pub(crate) fn rights(&self, wanted: &VaultId) -> Option<Rights> {
        let Self::Connect { vaults, .. } = self else { return None };
        vaults.iter().find(|opened| opened.vault == *wanted).map(|opened| opened.rights)
    }

    /// Whether it is a Connect token's.
    pub(crate) fn is_connect(&self) -> bool {
        matches!(self, Self::Connect { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rights_of_a_token_are_the_recorded_sum_and_its_parts() {
        let rights = |word| Rights::parse(word).unwrap();
        assert_eq!(rights("rw").0, 15_730_672);
        assert!(rights("r").reads() && !rights("r").writes());
        assert!(!rights("w").reads() && rights("w").writes());
        assert_eq!(rights("r").permissions().names(), ["view_items", "view_and_copy_passwords"]);
        assert!(!rights("rw").permissions().has(Permission::ManageVault));
        assert_eq!(Rights::parse("x"), None);
    }

    #[test]
    fn a_token_is_good_until_its_end_and_kept_as_json() {
        let issue = Issue {
            id: "a".to_owned(),
            name: "b".to_owned(),
            issued: Timestamp::UNIX_EPOCH,
            expires: Some(Timestamp::from_second(5).unwrap()),
            revoked: false,
        };
        let at = |second| issue.is_good_at(Timestamp::from_second(second).unwrap());
        assert!(at(4) && !at(5));
        let events = Scope::Events { issue, features: vec![Feature::AuditEvents] };
        let text = serde_json::to_string(&events).unwrap();
        assert!(text.contains(r#""for":"events""#) && text.contains(r#"["auditevents"]"#), "{text}");
        assert_eq!(serde_json::from_str::<Scope>(&text).unwrap(), events);
    }
}
