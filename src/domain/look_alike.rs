//! People who could be taken for a student of the roster and are not: another address that looks the
//! same, or the student's name under another address.
//!
//! Somebody is a student by the exact address and by nothing else (see `Frame::sign_up`). What is
//! found here is told, and decides nothing: nobody gets anything by it, and nobody loses anything.
//!
//! "Looks the same" is the skeleton of Unicode's UTS #39, by the tables of `unicode-security`, taken
//! after capitals, accents and invisible characters are gone; in front of the `@` dots and whatever
//! follows a `+` are left out as well, since mail of all those goes to one mailbox with some services.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use unicode_security::skeleton;

use super::class::StudentKey;
use super::directory::{Person, PersonKind, PersonState, fold_email};
use super::id::PersonId;
use super::roster::Student;
use super::text::{SafeText, fold, is_hostile};

/// What to do about one.
pub(super) const COMPARE: &str =
    "ask the student; if it is the same person, correct the address in the class list and import it again";

/// How many are told of one student: a common name may have hundreds.
const MOST: usize = 5;

/// By what somebody looks like a student.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Likeness {
    /// By the address.
    Address,
    /// By the name.
    Name,
}

/// Somebody who could be taken for a student and is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookAlike {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: SafeText,
    /// Their address, which is not the student's.
    pub address: SafeText,
    /// By what.
    pub by: Likeness,
}

impl LookAlike {
    /// What is the matter, in words.
    pub fn in_words(&self) -> String {
        match self.by {
            Likeness::Address => format!("{} looks like this address and is another one", self.address),
            Likeness::Name => {
                format!("{} signed up as {}, which is not this address", self.name, self.address)
            }
        }
    }
}

/// Everybody who looks like one of these students and has none of their addresses, by student. Nobody
/// counts who has left the account, nor any service account.
///
/// The name alone is told of students only who have not signed up, or where it is written in letters
/// that imitate others: two people of the same name are nothing to be told of.
pub(super) fn look_alikes<'a>(
    students: impl IntoIterator<Item = &'a Student>,
    people: &[Person],
) -> HashMap<StudentKey, Vec<LookAlike>> {
    let students: Vec<&Student> = students.into_iter().collect();
    let counts =
        |person: &&Person| person.state != PersonState::Deleted && person.kind != PersonKind::ServiceAccount;
    let people = people.iter().filter(counts);
    let known: HashSet<String> = students.iter().map(|student| fold_email(student.email.raw())).collect();
    let (exact, others): (Vec<&Person>, Vec<&Person>) =
        people.partition(|person| known.contains(&fold_email(person.email.raw())));
    let signed_up: HashSet<String> = exact.iter().map(|person| fold_email(person.email.raw())).collect();
    let mut addresses: HashMap<String, Vec<&Student>> = HashMap::new();
    let mut names: HashMap<String, Vec<&Student>> = HashMap::new();
    for student in &students {
        for looks in address_looks(student.email.raw()) {
            addresses.entry(looks).or_default().push(student);
        }
        names.entry(name_looks(student.name.as_str())).or_default().push(student);
    }
    names.remove("");
    let mut found: HashMap<StudentKey, Vec<LookAlike>> = HashMap::new();
    for person in others {
        let mut tell = |student: &Student, by| {
            let told = found.entry(student.key.clone()).or_default();
            if told.len() < MOST && !told.iter().any(|other| other.person == person.id) {
                let (name, address) = (person.name.clone(), person.email.safe());
                told.push(LookAlike { person: person.id.clone(), name, address, by });
            }
        };
        for looks in address_looks(person.email.raw()) {
            let alike = addresses.get(&looks).into_iter().flatten();
            alike.for_each(|student| tell(student, Likeness::Address));
        }
        for student in names.get(&name_looks(person.name.as_str())).into_iter().flatten() {
            let waits = !signed_up.contains(&fold_email(student.email.raw()));
            if waits || words(student.name.as_str()) != words(person.name.as_str()) {
                tell(student, Likeness::Name);
            }
        }
    }
    for told in found.values_mut() {
        told.sort_by(|a, b| (a.by, &a.person).cmp(&(b.by, &b.person)));
    }
    found
}

/// What an address looks like: the same for addresses that look alike. A capital `I` looks like an `l`
/// too, so such an address has two.
fn address_looks(address: &str) -> Vec<String> {
    let address = address.trim();
    let Some((name, domain)) = address.rsplit_once('@').filter(|(name, _)| !name.is_empty()) else {
        return Vec::new();
    };
    let name = name.split('+').next().unwrap_or_default();
    let looks = |name: &str, domain: &str| {
        let mut looks = looks(name);
        looks.retain(|c| c != '.');
        looks + "@" + &self::looks(domain)
    };
    let mut found = vec![looks(name, domain)];
    if address.contains('I') {
        found.push(looks(&name.replace('I', "l"), &domain.replace('I', "l")));
    }
    found
}

/// What a name looks like, in whatever order its parts stand.
fn name_looks(name: &str) -> String {
    looks(&words(name).join(" "))
}

/// The words of a name as people compare them.
fn words(name: &str) -> Vec<String> {
    let name: String = name.chars().filter(|c| !is_hostile(*c)).collect();
    let folded = fold(&name);
    let mut words: Vec<String> = folded
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    words.sort_unstable();
    words
}

/// The skeleton of a text without capitals, accents and invisible characters.
fn looks(text: &str) -> String {
    if text.is_ascii() {
        // Nothing in ASCII has parts, so that the skeleton is that of each character.
        return text
            .bytes()
            .filter_map(|b| ASCII.get(usize::from(b.to_ascii_lowercase())))
            .cloned()
            .collect();
    }
    let plain: String = text.chars().filter(|c| !is_hostile(*c)).collect();
    fold(&skeleton(&fold(&plain)).collect::<String>())
}

/// The skeleton of each ASCII character.
static ASCII: LazyLock<Vec<String>> = LazyLock::new(|| {
    (0..128_u8).map(|b| fold(&skeleton(char::from(b).encode_utf8(&mut [0; 4])).collect::<String>())).collect()
});

#[cfg(test)]
#[path = "look_alike_tests.rs"]
mod tests;
