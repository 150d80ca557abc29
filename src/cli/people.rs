//! The words of the commands that change people: `invite`, `confirm`, `suspend`, `reactivate`.

use clap::Subcommand;

use crate::domain::admission::Admission;
use crate::domain::class::StudentKey;
use crate::domain::id::PersonId;
use crate::domain::operation::Operation;
use crate::domain::text::Untrusted;

/// What a signed-in administrator does with students; a service account may not.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum People {
    /// Invite students of the roster into the account, as a signed-in administrator
    ///
    /// Only an address that nobody in the account has is invited.
    Invite {
        /// Whom: roster key or exact e-mail address
        #[arg(value_name = "STUDENT", required = true)]
        students: Vec<String>,
        /// Only if the roster has this address for the one student
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
    },
    /// Confirm students who have accepted their invitation, as a signed-in administrator
    Confirm {
        /// Whom: roster key, exact e-mail address or user id
        #[arg(value_name = "STUDENT", required_unless_present = "all")]
        students: Vec<String>,
        /// Only if the one student is this person
        #[arg(long, value_name = "USER")]
        user: Option<String>,
        /// Everybody of the roster who waits for it
        #[arg(long, conflicts_with = "students")]
        all: bool,
    },
    /// Suspend students in the whole account, as a signed-in administrator
    Suspend {
        /// Whom: roster key, exact e-mail address or user id
        #[arg(value_name = "STUDENT", required = true)]
        students: Vec<String>,
        /// Only if the one student is this person
        #[arg(long, value_name = "USER")]
        user: Option<String>,
        /// Do not ask before more than one is suspended
        #[arg(long)]
        yes: bool,
    },
    /// Take suspensions back, as a signed-in administrator
    Reactivate {
        /// Whom: roster key, exact e-mail address or user id
        #[arg(value_name = "STUDENT", required = true)]
        students: Vec<String>,
        /// Only if the one student is this person
        #[arg(long, value_name = "USER")]
        user: Option<String>,
    },
}

impl People {
    /// What is to be done.
    pub fn act(&self) -> Admission {
        match self {
            Self::Invite { .. } => Admission::Invite,
            Self::Confirm { .. } => Admission::Confirm,
            Self::Suspend { .. } => Admission::Suspend,
            Self::Reactivate { .. } => Admission::Reactivate,
        }
    }

    /// With whom, as it was typed; nobody means everybody who waits.
    pub fn students(&self) -> &[String] {
        match self {
            Self::Invite { students, .. }
            | Self::Confirm { students, .. }
            | Self::Suspend { students, .. }
            | Self::Reactivate { students, .. } => students,
        }
    }

    /// The address or user id that the one student must have.
    pub fn only(&self) -> Option<&str> {
        match self {
            Self::Invite { email, .. } => email.as_deref(),
            Self::Confirm { user, .. } | Self::Suspend { user, .. } | Self::Reactivate { user, .. } => {
                user.as_deref()
            }
        }
    }

    /// The operation that it names all by itself: one student by key, and whom or which address.
    pub fn operation(&self) -> Option<Operation> {
        let [student] = self.students() else {
            return None;
        };
        let (student, only) = (StudentKey::parse(student)?, self.only()?);
        let person = || PersonId::parse(only).ok();
        Some(match self {
            Self::Invite { .. } => Operation::Invite { student, email: Untrusted::new(only) },
            Self::Confirm { .. } => Operation::Confirm { student, person: person()? },
            Self::Suspend { .. } => Operation::Suspend { student, person: person()? },
            Self::Reactivate { .. } => Operation::Reactivate { student, person: person()? },
        })
    }

    /// Refuses what would have no effect.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.only().is_some() && self.students().len() != 1 {
            return Err("--user and --email say who one student is: name exactly one");
        }
        Ok(())
    }
}
