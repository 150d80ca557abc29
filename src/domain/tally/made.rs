//! A change that our log tells of, and when its records may be dated.

use jiff::Timestamp;

use super::{TOLERANCE, earlier};
use crate::domain::access::{Permissions, Principal};
use crate::domain::admission::Admission;
use crate::domain::class::StudentKey;
use crate::domain::history::{DONE, was_sent};
use crate::domain::id::{PersonId, VaultId};
use crate::domain::job::JobId;

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Somebody was brought to a level.
    Granted(VaultId, Principal),
    /// Somebody's access was taken away.
    Revoked(VaultId, Principal),
    /// A vault was made; which, where that is known.
    Created(Option<VaultId>),
    /// A vault was deleted.
    Deleted(VaultId),
    /// A person was changed; who, where that is known.
    Person(Admission, Option<PersonId>),
}

impl Act {
    /// The vault that it was done to.
    pub fn vault(&self) -> Option<&VaultId> {
        match self {
            Self::Granted(vault, _) | Self::Revoked(vault, _) | Self::Deleted(vault) => Some(vault),
            Self::Created(vault) => vault.as_ref(),
            Self::Person(..) => None,
        }
    }

    /// Whose access was changed.
    pub fn who(&self) -> Option<&Principal> {
        match self {
            Self::Granted(_, who) | Self::Revoked(_, who) => Some(who),
            _ => None,
        }
    }
}

/// A change that our log tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The number of its intent in the log.
    pub seq: u64,
    /// When it was written down, before anything was sent.
    pub begun: Timestamp,
    /// When what came of it was written down; `None` where that was not.
    pub ended: Option<Timestamp>,
    /// As whom it was sent; `None` where the log does not tell.
    pub actor: Option<PersonId>,
    /// Its job; older records know none.
    pub job: Option<JobId>,
    /// Whose vault or person, as far as it is still known here.
    pub student: Option<StudentKey>,
    /// What was changed.
    pub act: Act,
    /// What came of it, in a word of the log.
    pub outcome: &'static str,
    /// What was held before, of an access where that was known.
    pub before: Option<Permissions>,
    /// Whether it is known that nothing had to be sent: it was so before.
    pub idle: bool,
    /// Whether a part of an access was taken away in one call, as a signed-in person can.
    pub partly: bool,
}

impl Made {
    /// Whether it was known what was so before. Where it was not, it may have been so already, and 1Password
    /// may have had nothing to report.
    pub fn knew(&self) -> bool {
        self.before.is_some() || !matches!(self.act, Act::Granted(..) | Act::Revoked(..))
    }

    /// Whether the service did something for it.
    pub(super) fn was_done(&self) -> bool {
        self.outcome == DONE && !self.idle
    }

    pub(super) fn was_sent(&self) -> bool {
        !self.idle && was_sent(self.outcome)
    }

    /// From when to when its records may be dated. What has no end yet goes on.
    pub(super) fn window(&self) -> (Timestamp, Timestamp) {
        let end = self.ended.unwrap_or(Timestamp::MAX);
        (earlier(self.begun, TOLERANCE), end.checked_add(TOLERANCE).unwrap_or(Timestamp::MAX))
    }

    pub(super) fn spans(&self, at: Timestamp) -> bool {
        let (from, until) = self.window();
        (from..=until).contains(&at)
    }

    pub(super) fn is_by(&self, actor: Option<&PersonId>) -> bool {
        actor.is_some() && (self.actor.is_none() || self.actor.as_ref() == actor)
    }
}
