//! Points on which the public sources leave open how the real CLI behaves, each answered the other way.

use serde::{Deserialize, Serialize};

use crate::sandbox::world::Favours;

/// One open point, answered other than by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Profile {
    /// `op vault user list` and `op vault group list` are refused to a service account. By default
    /// they answer without permissions.
    NoLists,
    /// `op group list` is refused to a service account. By default it answers, without members.
    NoGroups,
    /// The lists of access show a service account the permissions. By default the key is left out.
    Levels,
    /// `op vault list` shows each `content_version` one list late, as a stale cache would.
    LateVersions,
    /// `content_version` never moves.
    StillVersions,
    /// A grant prints nothing. By default it prints the resulting permissions.
    QuietGrants,
    /// A service account may revoke a part of an access. By default it is told that `the accessor
    /// doesn't have any permissions`.
    PartialRevoke,
    /// `op whoami` as version 2.18 printed it: two keys in capitals, and no call to the service.
    Whoami218,
    /// `op whoami` as version 2.20 printed it: it fails until another command has authenticated.
    Whoami220,
    /// An exhausted ration ends with exit code 4 instead of 1.
    Exit4On429,
    /// `op user list` costs a request. By default it is free.
    UserListCosts,
    /// A service account may use `op vault edit`. The pages contradict each other.
    VaultEdit,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::NoLists,
        Self::NoGroups,
        Self::Levels,
        Self::LateVersions,
        Self::StillVersions,
        Self::QuietGrants,
        Self::PartialRevoke,
        Self::Whoami218,
        Self::Whoami220,
        Self::Exit4On429,
        Self::UserListCosts,
        Self::VaultEdit,
    ];

    /// The word of the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoLists => "no-lists",
            Self::NoGroups => "no-groups",
            Self::Levels => "levels",
            Self::LateVersions => "late-versions",
            Self::StillVersions => "still-versions",
            Self::QuietGrants => "quiet-grants",
            Self::PartialRevoke => "partial-revoke",
            Self::Whoami218 => "whoami-2.18",
            Self::Whoami220 => "whoami-2.20",
            Self::Exit4On429 => "429-exit-4",
            Self::UserListCosts => "user-list-costs",
            Self::VaultEdit => "vault-edit",
        }
    }

    /// The profile of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == word)
    }

    /// What the world has to let the service account do for these.
    pub(super) fn favours(profiles: &[Self]) -> Favours {
        Favours {
            levels: profiles.contains(&Self::Levels),
            partial_revoke: profiles.contains(&Self::PartialRevoke),
            vault_edit: profiles.contains(&Self::VaultEdit),
        }
    }
}

impl TryFrom<String> for Profile {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        Self::parse(&word).ok_or_else(|| format!("{word} is no profile"))
    }
}

impl From<Profile> for &'static str {
    fn from(profile: Profile) -> Self {
        profile.name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_found_by_its_name() {
        for profile in Profile::ALL {
            assert_eq!(Profile::parse(profile.name()), Some(profile));
        }
        assert_eq!(Profile::parse("lists"), None);
    }
}
