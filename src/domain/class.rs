//! A class: how its vaults are named, who teaches it, and which access it asks for.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::access::Level;
use super::assignment::{Assignment, AssignmentId};
pub use super::student_key::StudentKey;
use super::text::{SafeText, Untrusted};

/// The class file, as far as rules need it.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// `[A-Za-z0-9-]`; the prefix of every vault's name.
    pub id: String,
    /// What people call it.
    pub title: SafeText,
    /// The zone in which times are shown and days end; UTC by default.
    pub time_zone: TimeZone,
    /// Completes logins of rosters that have no e-mail column.
    pub email_domain: Option<String>,
    /// How vaults are made.
    pub vaults: VaultStyle,
    /// The level every student gets on the own vault.
    pub student: Level,
    /// Who else belongs on every student's vault.
    pub staff: Vec<Staff>,
    /// Live exceptions: the only way anybody else may be on a vault.
    pub exceptions: Vec<Exception>,
    /// Whether the watcher makes and grants the vault of a student who has become active.
    pub auto: bool,
    /// What is handed in, in the order of the class file.
    pub assignments: Vec<Assignment>,
}

/// How the vaults of a class are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultStyle {
    /// Template with `{class}` and `{student}`, both required.
    pub name: String,
    /// Template with `{title}` and `{name}`; a marker is appended.
    pub description: String,
    /// One of the [`ICONS`](super::directory::ICONS) of 1Password.
    pub icon: Option<String>,
    /// Whether administrators may manage the vaults, and so recover them.
    pub admins_can_manage: bool,
}

impl Default for VaultStyle {
    fn default() -> Self {
        Self {
            name: "{class}-{student}".into(),
            description: "{title}: {name}".into(),
            icon: None,
            admins_can_manage: true,
        }
    }
}

/// Somebody who belongs on every student's vault, as the class file names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    /// Who.
    pub who: StaffName,
    /// The level the class file asks for.
    pub level: Level,
}

/// How the class file names staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StaffName {
    /// A group, by id or exact name.
    Group(String),
    /// A person, by id or exact e-mail address.
    User(String),
}

impl StaffName {
    /// The name as written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Group(name) | Self::User(name) => name,
        }
    }
}

/// Somebody who may be on one student's vault for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// A person, by exact e-mail address; a student of the class may be named.
    pub who: String,
    /// Whose vault.
    pub vault: StudentKey,
    /// At most this level.
    pub level: Level,
    /// Why, for every report.
    pub reason: SafeText,
    /// The last day on which it holds, in the class's zone.
    pub until: Date,
}

impl Class {
    /// A class with that id and every default.
    pub fn new(id: impl Into<String>) -> Self {
        let id = id.into();
        Self {
            title: SafeText::new(&id),
            id,
            time_zone: TimeZone::UTC,
            email_domain: None,
            vaults: VaultStyle::default(),
            student: Level::Write,
            staff: Vec::new(),
            exceptions: Vec::new(),
            auto: false,
            assignments: Vec::new(),
        }
    }

    /// The assignment of that id.
    pub fn assignment(&self, id: &AssignmentId) -> Option<&Assignment> {
        self.assignments.iter().find(|assignment| assignment.id == *id)
    }

    /// Whether a text can be the id of a class.
    pub fn is_id(text: &str) -> bool {
        (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    }

    /// Whether the class file names a group as staff, by id or exact name.
    pub fn has_staff_group(&self, id: &str, name: &str) -> bool {
        let is_it =
            |staff: &Staff| matches!(&staff.who, StaffName::Group(named) if named == id || named == name);
        self.staff.iter().any(is_it)
    }

    /// The name of a student's vault.
    pub fn vault_name(&self, student: &StudentKey) -> String {
        self.vaults.name.replace("{class}", &self.id).replace("{student}", student.as_str())
    }

    /// Whose vault a name would be that [`Class::vault_name`] has made.
    pub fn student_of(&self, name: &str) -> Option<StudentKey> {
        const PART: &str = "{student}";
        let template = self.vaults.name.replace("{class}", &self.id);
        let (before, parts) = (template.find(PART)?, template.matches(PART).count());
        let plain = template.len() - parts * PART.len();
        let length = name.len().checked_sub(plain)? / parts;
        let key = StudentKey::parse(name.get(before..before + length)?)?;
        (self.vault_name(&key) == name).then_some(key)
    }

    /// The description of a student's vault: the text of the class file and the marker.
    pub fn description(&self, student: &StudentKey, name: &SafeText, nonce: &str) -> String {
        let text = self.vaults.description.replace("{title}", self.title.as_str());
        let text = text.replace("{class}", &self.id).replace("{student}", student.as_str());
        format!("{} {}", text.replace("{name}", name.as_str()), Marker::new(student.clone(), nonce))
    }
}

/// What makes a vault recognisable: the student's key and a nonce at the end of its description.
///
/// Creating a vault is not idempotent and its outcome can get lost; the marker tells afterwards
/// which attempt for which student a vault came from, whatever its name is by then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Whose vault it is.
    pub student: StudentKey,
    /// Different for every attempt.
    pub nonce: String,
}

impl Marker {
    /// A marker for a student.
    pub fn new(student: StudentKey, nonce: &str) -> Self {
        Self { student, nonce: nonce.to_owned() }
    }

    /// Reads the marker at the end of a description, if there is one.
    pub fn read(description: &Untrusted) -> Option<Self> {
        let text = description.raw().trim_end().strip_suffix(']')?;
        let (_, marker) = text.rsplit_once("[sr:")?;
        let (student, nonce) = marker.split_once(':')?;
        let plain = !nonce.is_empty() && nonce.bytes().all(|b| b.is_ascii_alphanumeric());
        plain.then_some(())?;
        Some(Self { student: StudentKey::parse(student)?, nonce: nonce.to_owned() })
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[sr:{}:{}]", self.student, self.nonce)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_plain() {
        assert!(StudentKey::parse("s1234567").is_some());
        for bad in ["", "-rf", "S1", "a b", "ab-", "é"] {
            assert!(StudentKey::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_description_names_its_student_again() {
        let class = Class::new("CS101");
        let key = StudentKey::parse("bai-x").unwrap();
        let text = class.description(&key, &SafeText::new("Bai [sr:x:y] Xiaoming"), "k7q2m5ab");
        let marker = Marker::read(&Untrusted::new(text)).unwrap();
        assert_eq!((marker.student, marker.nonce.as_str()), (key.clone(), "k7q2m5ab"));
        assert_eq!(class.vault_name(&key), "CS101-bai-x");
    }

    #[test]
    fn a_name_tells_whose_vault_it_would_be() {
        let mut class = Class::new("CS101");
        let key = StudentKey::parse("bai-x").unwrap();
        for template in ["{class}-{student}", "{student} of {class}", "{student}/{class}/{student}"] {
            template.clone_into(&mut class.vaults.name);
            assert_eq!(class.student_of(&class.vault_name(&key)), Some(key.clone()), "{template}");
        }
        class.vaults = VaultStyle::default();
        for name in ["CS101", "CS101-", "CS1012-x", "CS102-x", "x-CS101-x", "CS101-X", "", "CS101-é"] {
            assert_eq!(class.student_of(name), None, "{name}");
        }
    }

    #[test]
    fn other_descriptions_have_no_marker() {
        for text in ["", "my vault", "[sr:]", "[sr:Key:abc]", "x [sr:key:ab c]"] {
            assert_eq!(Marker::read(&Untrusted::new(text)), None, "{text}");
        }
    }
}
