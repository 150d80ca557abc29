//! The staff of the class file against the account: whom it names, and whether a group of staff holds
//! a student (I8), which only an identity that is shown the members of groups can see.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Finding, some};
use crate::domain::class::StaffName;
use crate::domain::digest::Digest;
use crate::domain::directory::Group;
use crate::domain::frame::Frame;

/// Staff of the class file who name nobody, or several.
pub fn staff(frame: &Frame) -> Finding {
    const NAME: &str = "staff";
    let (unlisted, lost): (Vec<_>, Vec<_>) =
        frame.unresolved_staff().into_iter().partition(|name| frame.is_unlisted(name));
    let names = |list: &[&StaffName]| {
        let names: Vec<String> = list.iter().map(|name| format!("\"{}\"", name.as_str())).collect();
        some(&names)
    };
    if !lost.is_empty() {
        return Finding::warning(NAME, format!("names nobody, or several: {}", names(&lost)))
            .mend("write the exact address, the group's exact name, or an id under staff in the class file");
    }
    if !unlisted.is_empty() {
        let what = format!("not known, since their list was not answered: {}", names(&unlisted));
        return Finding::note(NAME, what).mend("look at the findings \"people\" and \"groups\"");
    }
    let total = frame.class.staff.len();
    let what =
        if total == 0 { "the class file names none".into() } else { format!("{total} named, and found") };
    Finding::ok(NAME, what)
}

/// What was seen of the groups of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// No student is in any of them.
    Clean,
    /// These students are.
    Students(Vec<String>),
    /// It could not be seen, and why.
    Hidden(&'static str),
}

/// What the last run that saw something has noted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// Of which groups and which class list, see [`subject`].
    pub subject: String,
    /// How many students were in a group of staff.
    pub students: usize,
}

impl Seen {
    /// What is worth noting: nothing where nothing could be seen.
    pub fn note(&self, frame: &Frame) -> Option<Noted> {
        let students = match self {
            Self::Clean => 0,
            Self::Students(list) => list.len(),
            Self::Hidden(_) => return None,
        };
        Some(Noted { subject: subject(frame), students })
    }
}

/// What a look at the groups of staff was about: the groups and the class list, in one hash. With
/// another of either the look says nothing any more.
pub fn subject(frame: &Frame) -> String {
    let mut parts: Vec<String> =
        groups(frame).iter().map(|group| format!("group {}", group.id.as_str())).collect();
    let here = frame.students.iter().filter(|student| !frame.gone.contains(&student.key));
    parts.extend(here.map(|student| format!("student {} {:?}", student.key, student.email.raw())));
    parts.sort();
    Digest::from(Sha256::new_with_prefix(parts.join("\n"))).to_string()
}

/// The groups that are staff.
fn groups(frame: &Frame) -> Vec<&Group> {
    let ours: HashSet<&str> = frame.staff().iter().map(|(who, ..)| who.id()).collect();
    frame.groups.iter().filter(|group| ours.contains(group.id.as_str())).collect()
}

/// What can be seen of the groups of staff; `None` where the class file names none.
pub fn look(frame: &Frame) -> Option<Seen> {
    if !frame.class.staff.iter().any(|staff| matches!(staff.who, StaffName::Group(_))) {
        return None;
    }
    let groups = groups(frame);
    if frame.unanswered.groups {
        return Some(Seen::Hidden("the list of groups was not answered"));
    }
    if groups.is_empty() {
        return None;
    }
    if frame.unanswered.people {
        return Some(Seen::Hidden("the list of people was not answered"));
    }
    if frame.students.is_empty() {
        return Some(Seen::Hidden("the roster is empty"));
    }
    if groups.iter().any(|group| group.members.is_none()) {
        return Some(Seen::Hidden("this identity is not shown who is in them"));
    }
    let members = groups.iter().flat_map(|group| group.members.iter().flatten());
    let mut students = Vec::new();
    for member in members {
        let Some(person) = frame.person(member) else {
            return Some(Seen::Hidden("somebody in them is not among the people that are listed"));
        };
        students.extend(frame.student_by_email(person.email.raw()).map(|student| student.key.to_string()));
    }
    students.sort();
    students.dedup();
    Some(if students.is_empty() { Seen::Clean } else { Seen::Students(students) })
}

/// That no group of staff holds a student, as far as it was seen now or, `before`, on an earlier day
/// of the same groups and class list.
pub fn staff_groups(seen: &Seen, before: Option<(&Noted, &str)>) -> Finding {
    const NAME: &str = "staff-groups";
    match seen {
        Seen::Clean => Finding::ok(NAME, "no group of staff holds a student"),
        Seen::Students(students) => {
            Finding::failure(NAME, format!("students in a group of staff: {}", some(students)))
                .mend("take them out of the group in 1Password: they would read every vault")
        }
        Seen::Hidden(why) => {
            let last = match before {
                None => "no person's run has looked at these groups and this class list yet".to_owned(),
                Some((Noted { students: 0, .. }, at)) => format!("a person's run saw none at {at}"),
                Some((Noted { students, .. }, at)) => format!("a person's run saw {students} at {at}"),
            };
            let what =
                format!("not verified: whether a student is in a group of staff (I8), since {why}; {last}");
            Finding::warning(NAME, what).mend("run `strongroom doctor --person` once a term")
        }
    }
}
