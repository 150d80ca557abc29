//! Who has changed an item last, as far as the service tells.

use super::Frame;
use crate::domain::access::Principal;
use crate::domain::arrival::By;
use crate::domain::id::PersonId;
use crate::domain::roster::Student;

impl Frame {
    /// What the editor of an item is to the student in whose vault it is.
    pub fn by(&self, student: &Student, editor: Option<&PersonId>) -> By {
        let Some(editor) = editor else {
            return By::Unknown;
        };
        let (_, person) = self.sign_up(student);
        let staff = self.staff().iter().any(|(who, ..)| *who == Principal::Person(editor.clone()));
        match () {
            () if person.is_some_and(|person| person.id == *editor) => By::Student,
            () if self.identity.is_service_account && self.identity.id == *editor => By::ServiceAccount,
            () if staff || self.identity.id == *editor => By::Instructor,
            () => By::Other,
        }
    }
}
