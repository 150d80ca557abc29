//! The way of a student into the account and out of it: where somebody stands on it, and what an administrator
//! does there. Knows the states of people; what may be done with whom the rules of the frame say.

use serde::{Deserialize, Serialize};

use super::class::StudentKey;
use super::directory::PersonState;
use super::text::SafeText;

/// Where a student of the roster stands on the way to the own vault.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignUp {
    /// Nobody in the account has the student's address.
    NotInvited,
    /// Exactly one person has it, in this state.
    Person(PersonState),
    /// Several people have it: somebody has to decide, never Strongroom.
    Ambiguous,
}

impl SignUp {
    /// Whether the student can be given access.
    pub fn is_active(&self) -> bool {
        *self == Self::Person(PersonState::Active)
    }

    /// The word shown; `!` marks what waits for the instructor.
    pub fn label(&self) -> &str {
        match self {
            Self::NotInvited => "not invited",
            Self::Ambiguous => "ambiguous!",
            Self::Person(state) => match state {
                PersonState::Active => "active",
                PersonState::AwaitingConfirmation => "confirm!",
                PersonState::Invited => "invited",
                PersonState::InvitationLapsed => "lapsed",
                PersonState::Suspended => "suspended",
                PersonState::Recovering => "recovering",
                PersonState::Deleted => "deleted",
                PersonState::Other(word) => word.as_str(),
            },
        }
    }

    /// What has to happen before the student can have access; `None` for active students.
    pub fn next(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotInvited => "invite this address in 1Password",
            Self::Ambiguous => "several people have this address: remove all but one in 1Password",
            Self::Person(state) => match state {
                PersonState::Active => return None,
                PersonState::AwaitingConfirmation => "confirm this person in 1Password",
                PersonState::Invited => "the student has to finish signing up",
                PersonState::InvitationLapsed => "invite this address again",
                PersonState::Suspended => "reactivate this person in 1Password",
                PersonState::Recovering => "finish the recovery in 1Password",
                PersonState::Deleted => "this person left the account: invite again",
                PersonState::Other(_) => "look at this person in 1Password",
            },
        })
    }
}

/// Something that an administrator does with a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Admission {
    /// Invites an address that nobody in the account has. Not idempotent.
    Invite,
    /// Confirms who has accepted the invitation.
    Confirm,
    /// Suspends: the person keeps nothing but the membership.
    Suspend,
    /// Takes a suspension back.
    Reactivate,
}

impl Admission {
    /// The word of the command, and of the operation in the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Confirm => "confirm",
            Self::Suspend => "suspend",
            Self::Reactivate => "reactivate",
        }
    }

    /// What a step of a plan says.
    pub fn in_words(self, address: &SafeText) -> String {
        match self {
            Self::Invite => format!("invite {address} into the account"),
            Self::Confirm => format!("confirm {address}"),
            Self::Suspend => format!("suspend {address} in the whole account"),
            Self::Reactivate => format!("reactivate {address}"),
        }
    }

    /// The state of whoever it has been done with.
    pub fn leads_to(self) -> PersonState {
        match self {
            Self::Invite => PersonState::Invited,
            Self::Confirm | Self::Reactivate => PersonState::Active,
            Self::Suspend => PersonState::Suspended,
        }
    }
}

/// Whether a row of the roster waits for something that these commands do.
pub fn next(state: &SignUp) -> Option<Admission> {
    match state {
        SignUp::NotInvited => Some(Admission::Invite),
        SignUp::Person(PersonState::AwaitingConfirmation) => Some(Admission::Confirm),
        SignUp::Person(PersonState::Suspended) => Some(Admission::Reactivate),
        _ => None,
    }
}

/// The command that does it with a student. Under a service account it names the identity that may.
pub fn command(act: Admission, student: &StudentKey, is_service_account: bool) -> String {
    format!("strongroom {} {student}{}", act.name(), as_person(is_service_account))
}

/// What such a command needs beside its words, where a service account acts: the identity that may.
pub(super) fn as_person(is_service_account: bool) -> &'static str {
    if is_service_account { " --person" } else { "" }
}
