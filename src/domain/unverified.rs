//! What the rules could not check: said in every plan and report, and good for nothing.

use super::directory::Group;
use super::frame::Frame;
use super::text::SafeText;

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
        if self.groups.iter().any(hidden) {
            list.push("access through groups: this identity is not shown who is in them".into());
        }
        for name in self.unresolved_staff() {
            list.push(SafeText::new(&format!("staff \"{}\" names nobody, or several", name.as_str())));
        }
        list
    }
}
