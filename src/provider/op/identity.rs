//! Whose token it is, and the groups of the account.

use super::program::Ask;
use super::{Op, answer, parsed, refusal, wire};
use crate::domain::access::AccountKind;
use crate::domain::directory::{Group, Identity};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::{GroupId, PersonId};
use crate::domain::text::fold;
use crate::provider::crossed;
use crate::provider::wire::{Only, WirePerson};

/// The types of the account's own groups of those who administer it.
const ADMINISTRATION: [&str; 2] = ["OWNERS", "ADMINISTRATORS"];
/// What those groups are called where nobody renamed them: where the search begins, no more.
const USUAL_NAMES: [&str; 2] = ["owners", "administrators"];

impl Op {
    /// `op whoami`. Until something has signed in it fails, from 2.20 on with a service account and
    /// always with the desktop app; then one cheap question signs in, and it is asked once more.
    pub(super) async fn whoami(&self) -> Result<wire::Whoami> {
        self.ready().await?;
        let ask = Ask::new("whoami");
        let limits = self.limits();
        let mut ended = {
            let _turn = self.turn(&self.questions).await?;
            self.program.run(&ask, limits.read).await?
        };
        if refusal::is_not_yet_signed_in(&ended.complaint) {
            // The desktop app may ask for a fingerprint now, so this takes as long as a person does.
            self.ask(&me(), limits.change).await?;
            let _turn = self.turn(&self.questions).await?;
            ended = self.program.run(&ask, limits.read).await?;
        }
        parsed(&ask, answer::one(&self.judge(&ask, ended, false).await?))
    }

    /// The identity, put together from three answers that must agree. `op whoami` alone proves
    /// nothing: 2.18 answers it without asking anybody, even for a token that was revoked.
    pub(super) async fn whose(&self) -> Result<Identity> {
        let whoami = self.whoami().await?;
        let (me, account) = tokio::try_join!(
            self.one::<WirePerson>(me()),
            self.one::<wire::Account>(Ask::new("account get"))
        )?;
        let same_user = whoami.user_uuid.as_ref().is_none_or(|id| *id == me.id);
        let same_account = whoami.account_uuid.as_ref().is_none_or(|id| *id == account.id);
        if !same_user || !same_account {
            return Err(crossed("account or user"));
        }
        self.admit([me.id.is_sandbox(), account.id.is_sandbox()]).await?;
        let is_service_account =
            self.has_token() || me.kind == "SERVICE_ACCOUNT" || whoami.is_service_account();
        Ok(Identity {
            account: account.id,
            account_name: account.name.safe(),
            kind: kind(&account.kind)?,
            id: me.id,
            name: me.name.safe(),
            is_service_account,
            sees_levels: !is_service_account,
        })
    }

    /// The groups, without their members: each list of those is a question of its own.
    pub(super) async fn all_groups(&self) -> Result<Vec<Group>> {
        let seen: Vec<wire::GroupSeen> = self.list(Ask::new("group list")).await?;
        self.admit(seen.iter().map(|group| group.id.is_sandbox())).await?;
        self.learn_types(&seen).await?;
        let groups = seen.into_iter().map(|group| {
            let is_administration = self.is_administration(&group.id);
            Group { id: group.id, name: group.name.safe(), is_administration, members: None }
        });
        Ok(groups.collect())
    }

    /// Who is in a group; `None` where this person may not see it. A service account is not shown that
    /// (`op group` is not for it, but for `list` and `get`).
    pub(super) async fn members_of(&self, group: &GroupId) -> Result<Option<Vec<PersonId>>> {
        if self.has_token() {
            return Ok(None);
        }
        let ask = Ask::new("group user list").word(group.as_str());
        let members = match self.list::<Only<PersonId>>(ask).await {
            Err(fault) if fault.kind == Kind::Denied => return Ok(None),
            members => members?,
        };
        self.admit(members.iter().map(|member| member.id.is_sandbox())).await?;
        Ok(Some(members.into_iter().map(|member| member.id).collect()))
    }

    /// Finds out which groups are those of owners and administrators, which account policy puts on
    /// every vault. `op group list` tells no types, so `op group get` is asked, which counts as
    /// supported for a service account. Each group is asked for once, and none once both are known;
    /// names say where to begin, and decide nothing. Where it is refused, no group counts as one of
    /// them: what is not known is shown as somebody else's access rather than passed over.
    async fn learn_types(&self, groups: &[wire::GroupSeen]) -> Result<()> {
        let mut left: Vec<&wire::GroupSeen> = groups.iter().collect();
        left.sort_by_key(|group| !USUAL_NAMES.contains(&fold(group.name.raw()).as_str()));
        for group in &left {
            if !group.kind.is_empty() {
                self.note_type(&group.id, group.kind.clone());
            }
        }
        for group in left {
            if self.knows_administration(groups) {
                return Ok(());
            }
            if self.knows_type(&group.id) {
                continue;
            }
            let ask = Ask::new("group get").word(group.id.as_str());
            match self.one::<wire::GroupSeen>(ask).await {
                Ok(seen) if seen.id != group.id => return Err(crossed("group")),
                Ok(seen) => self.note_type(&seen.id, seen.kind),
                Err(fault) if matches!(fault.kind, Kind::Denied | Kind::Unsupported) => return Ok(()),
                // Deleted since it was listed.
                Err(fault) if fault.kind == Kind::NotFound => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }

    fn knows_administration(&self, groups: &[wire::GroupSeen]) -> bool {
        let found = groups.iter().filter(|group| self.is_administration(&group.id));
        found.count() >= ADMINISTRATION.len()
    }

    fn is_administration(&self, group: &GroupId) -> bool {
        let types = self.types.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        types.get(group).is_some_and(|kind| ADMINISTRATION.contains(&kind.as_str()))
    }

    fn knows_type(&self, group: &GroupId) -> bool {
        self.types.lock().unwrap_or_else(std::sync::PoisonError::into_inner).contains_key(group)
    }

    fn note_type(&self, group: &GroupId, kind: String) {
        let mut types = self.types.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        types.insert(group.clone(), kind);
    }
}

fn me() -> Ask {
    Ask::new("user get").word("--me")
}

/// The kind of an account. One that is not known is refused: it decides which permissions a level
/// means, and on a Business account the broad ones would give more than was asked for.
fn kind(word: &str) -> Result<AccountKind> {
    match word {
        "BUSINESS" => Ok(AccountKind::Business),
        "TEAM" | "TEAMS" => Ok(AccountKind::Teams),
        "FAMILY" | "FAMILIES" | "INDIVIDUAL" => Ok(AccountKind::Families),
        other => {
            let word = if other.is_empty() { "not told" } else { other };
            let message = format!("the account is of a kind that this version does not know: {word}");
            Err(Fault::new(Kind::Unsupported, message).hint("see whether there is a newer Strongroom"))
        }
    }
}
