//! Who is in the class.

use serde::{Deserialize, Serialize};

use super::class::StudentKey;
use super::directory::fold_email;
use super::text::{SafeText, Untrusted};

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
