//! Where a student stands on the way to the own vault. Knows the states of people, no rule of access.

use serde::{Deserialize, Serialize};

use crate::domain::directory::PersonState;

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
