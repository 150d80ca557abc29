//! What the rules of access could not check: what this identity is not shown, and lists that were not
//! answered. It stops nothing, and is told.
//!
//! Knows the frame. Must not know how the lists were asked for.

use super::Frame;
use crate::domain::class::StaffName;
use crate::domain::directory::Group;
use crate::domain::text::SafeText;

/// Lists that the service did not answer, so that what is empty says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unanswered {
    /// The people of the account.
    pub people: bool,
    /// Its groups.
    pub groups: bool,
}

impl Frame {
    /// What the rules could not check under this identity, for every plan and report.
    pub fn unverified(&self) -> Vec<SafeText> {
        let mut list = Vec::new();
        if !self.identity.sees_levels {
            list.push("levels are those that we granted: a service account is not shown them".into());
        }
        // Whose members are not shown may hold a student; who is on a vault beside staff is shown anyway.
        let staff = |group: &Group| self.class.has_staff_group(group.id.as_str(), group.name.as_str());
        let hidden = |group: &Group| group.members.is_none() && (!self.identity.sees_levels || staff(group));
        if self.unanswered.groups {
            list.push("access through groups: this identity is not shown the groups".into());
        } else if self.groups.iter().any(hidden) {
            list.push("access through groups: this identity is not shown who is in them".into());
        }
        for name in self.unresolved_staff() {
            list.push(SafeText::new(&format!("staff \"{}\" {}", name.as_str(), self.why_unresolved(name))));
        }
        list
    }

    /// Why it is not known whom a name of staff means.
    pub(in crate::domain) fn why_unresolved(&self, name: &StaffName) -> &'static str {
        if self.is_unlisted(name) {
            "is not known: its list was not answered"
        } else {
            "names nobody, or several"
        }
    }

    /// Whether nobody can tell whom a name of staff means, since the list it would stand in was not
    /// answered.
    pub fn is_unlisted(&self, name: &StaffName) -> bool {
        match name {
            StaffName::Group(_) => self.unanswered.groups,
            StaffName::User(_) => self.unanswered.people,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::tests::frame;

    #[test]
    fn staff_of_a_list_that_was_not_answered_are_not_called_nobody() {
        let (user, group) = (StaffName::User("t@example.edu".into()), StaffName::Group("tas".into()));
        for (people, groups) in [(true, false), (false, true), (false, false)] {
            let mut frame = frame(|facts| {
                facts.people.clear();
                facts.groups.clear();
            });
            frame.unanswered = Unanswered { people, groups };
            assert_eq!((frame.is_unlisted(&user), frame.is_unlisted(&group)), (people, groups));
            let told = frame.unverified();
            for (name, unlisted) in [(&user, people), (&group, groups)] {
                let is_it = |line: &&SafeText| line.as_str().contains(&format!("\"{}\"", name.as_str()));
                let line = told.iter().find(is_it).unwrap();
                assert_eq!(line.as_str().contains("its list was not answered"), unlisted, "{line}");
            }
        }
    }
}
