//! Points on which the public sources leave open how the real CLI behaves, each answered the other way.

use serde::{Deserialize, Serialize};

use crate::sandbox::worded::worded;
use crate::sandbox::world::Favours;

worded! {
    /// One open point, answered other than by default.
    #[derive(Serialize, Deserialize)]
    #[serde(try_from = "String", into = "&'static str")]
    pub enum Profile;

    NoLists "no-lists" "`op vault user list` and `op vault group list` are refused to a service account. By \
        default they answer without permissions.";
    NoGroups "no-groups" "`op group list` is refused to a service account. By default it answers, without members.";
    Levels "levels" "The lists of access show a service account the permissions. By default the key is left out.";
    LateVersions "late-versions" "`op vault list` shows each `content_version` one list late, as a stale cache would.";
    StillVersions "still-versions" "`content_version` never moves.";
    QuietGrants "quiet-grants" "A grant prints nothing. By default it prints the resulting permissions.";
    PartialRevoke "partial-revoke" "A service account may revoke a part of an access. By default it is told that \
        `the accessor doesn't have any permissions`.";
    Whoami218 "whoami-2.18" "`op whoami` as version 2.18 printed it: two keys in capitals, and no call to the service.";
    Whoami220 "whoami-2.20" "`op whoami` as version 2.20 printed it: it fails until another command has authenticated.";
    Exit4On429 "429-exit-4" "An exhausted ration ends with exit code 4 instead of 1.";
    UserListCosts "user-list-costs" "`op user list` costs a request. By default it is free.";
    VaultEdit "vault-edit" "A service account may use `op vault edit`. The pages contradict each other.";
}

impl Profile {
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
            assert_eq!(Profile::parse(profile.name()), Some(*profile));
        }
        assert_eq!(Profile::parse("lists"), None);
    }
}
