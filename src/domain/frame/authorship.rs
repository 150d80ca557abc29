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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::directory::PersonState;
    use crate::domain::frame::tests::{frame, id, key, person};

    #[test]
    fn an_editor_is_the_student_the_service_account_staff_or_somebody_else() {
        let by_account = frame(|_| {});
        let by_person = frame(|facts| {
            facts.people.push(person("sa", "sa@example.edu", PersonState::Active));
            facts.identity.is_service_account = false;
        });
        for (frame, editor, by) in [
            (&by_account, Some("a"), By::Student),
            (&by_account, Some("b"), By::Other),
            (&by_account, Some("t"), By::Instructor),
            (&by_account, Some("x"), By::Other),
            (&by_account, Some("sa"), By::ServiceAccount),
            (&by_person, Some("sa"), By::Instructor),
            (&by_account, None, By::Unknown),
        ] {
            let owner = frame.student(&key("a")).unwrap();
            assert_eq!(frame.by(owner, editor.map(id).as_ref()), by, "{editor:?}");
        }
    }
}
