//! Who is in the class, and how a class list becomes a roster.
//!
//! [`read()`] makes students of a file's bytes, [`compare()`] tells what they change. Everything is
//! pure: the caller reads the file and keeps the result. A bad file is refused whole, with every
//! problem in it, since half an import would leave students out without anybody noticing.

mod aliases;
mod columns;
mod compare;
mod enrolment;
mod format;
mod key;
mod problem;
mod read;
mod table;

use serde::{Deserialize, Serialize};

use super::class::StudentKey;
use super::directory::fold_email;
use super::text::{SafeText, Untrusted};

pub use columns::Columns;
pub use compare::{Change, Changes, apply, compare};
pub use enrolment::Enrolment;
pub use format::Format;
pub use problem::{Problem, Refusal};
pub use read::{Imported, Reading, Skipped, is_domain, is_email, read};

/// One student of the class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Student {
    /// Decides within the class, and never changes.
    pub key: StudentKey,
    /// Decorates.
    pub name: SafeText,
    /// The address that a 1Password person must have to be this student; see [`fold_email`].
    pub email: Untrusted,
}

impl Student {
    /// Whether a person with that address is this student.
    pub fn has_email(&self, address: &Untrusted) -> bool {
        fold_email(self.email.raw()) == fold_email(address.raw())
    }
}
