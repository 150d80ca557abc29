//! What a new file changes in a roster. Pure: nothing is stored, and nobody loses access here.

use std::collections::{HashMap, HashSet};

use super::Student;
use crate::domain::class::StudentKey;
use crate::domain::directory::fold_email;

/// A student whose name or address differs; the key is the same in both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// As the roster has it.
    pub before: Student,
    /// As the file says it, with the roster's key.
    pub after: Student,
}

impl Change {
    /// Whether the address differs, and with it the person who gets the vault.
    pub fn moves_email(&self) -> bool {
        fold_email(self.before.email.raw()) != fold_email(self.after.email.raw())
    }
}

/// The difference between a roster and a new file.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Changes {
    /// In the file only, in its order.
    pub new: Vec<Student>,
    /// In both, with another name or address.
    pub changed: Vec<Change>,
    /// In the roster only. This is for a person to judge: it never revokes by itself, and
    /// [`apply`] keeps them, for the store to mark.
    pub gone: Vec<Student>,
    /// How many are the same in both.
    pub same: usize,
}

impl Changes {
    /// Whether the file says what the roster has.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty() && self.gone.is_empty()
    }
}

/// Compares a roster with a new file. Students match by key; one whose key is not in the roster
/// matches by e-mail and then keeps the roster's key, since vaults are named after it.
///
/// `current` is the whole roster, those included who were gone before: a match brings them back.
pub fn compare(current: &[Student], incoming: &[Student]) -> Changes {
    let by_key: HashMap<&StudentKey, usize> =
        current.iter().enumerate().map(|(at, student)| (&student.key, at)).collect();
    let mut matched: Vec<Option<usize>> =
        incoming.iter().map(|student| by_key.get(&student.key).copied()).collect();
    let taken: HashSet<usize> = matched.iter().flatten().copied().collect();
    // Only those that no key claims: a student who took over an address keeps the own key.
    let mut by_email: HashMap<String, usize> = HashMap::new();
    for (at, student) in current.iter().enumerate().filter(|(at, _)| !taken.contains(at)) {
        by_email.entry(fold_email(student.email.raw())).or_insert(at);
    }
    for (student, slot) in incoming.iter().zip(&mut matched).filter(|(_, slot)| slot.is_none()) {
        *slot = by_email.remove(&fold_email(student.email.raw()));
    }
    let mut changes = Changes::default();
    for (student, slot) in incoming.iter().zip(&matched) {
        let Some(before) = slot.and_then(|at| current.get(at)) else {
            changes.new.push(student.clone());
            continue;
        };
        if before.name == student.name && before.has_email(&student.email) {
            changes.same += 1;
        } else {
            let after = Student { key: before.key.clone(), ..student.clone() };
            changes.changed.push(Change { before: before.clone(), after });
        }
    }
    let seen: HashSet<usize> = matched.into_iter().flatten().collect();
    let gone = current.iter().enumerate().filter(|(at, _)| !seen.contains(at));
    changes.gone = gone.map(|(_, student)| student.clone()).collect();
    changes
}

/// The roster with the changes: in its order, the gone ones kept, the new ones at the end.
///
/// A gone student may have an address that another one took over; whoever grants access leaves
/// gone students out.
pub fn apply(current: &[Student], changes: &Changes) -> Vec<Student> {
    let after: HashMap<&StudentKey, &Student> =
        changes.changed.iter().map(|change| (&change.before.key, &change.after)).collect();
    let kept = current.iter().map(|student| after.get(&student.key).copied().unwrap_or(student));
    kept.chain(&changes.new).cloned().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::text::{SafeText, Untrusted};

    fn student(key: &str, name: &str, email: &str) -> Student {
        let key = StudentKey::parse(key).unwrap();
        Student { key, name: SafeText::new(name), email: Untrusted::new(email) }
    }

    #[test]
    fn new_changed_gone_and_same_are_told_apart() {
        let current =
            [student("a", "A", "a@x.edu"), student("b", "B", "b@x.edu"), student("c", "C", "c@x.edu")];
        let incoming =
            [student("d", "D", "d@x.edu"), student("a", "A", "A@X.edu"), student("b", "Bea", "b@x.edu")];
        let changes = compare(&current, &incoming);
        assert_eq!(changes.new, incoming[..1]);
        assert_eq!(changes.gone, current[2..]);
        assert_eq!(changes.same, 1);
        assert_eq!(changes.changed[0].after.name.as_str(), "Bea");
        assert!(!changes.changed[0].moves_email());
        let names: Vec<String> = apply(&current, &changes).iter().map(|s| s.name.to_string()).collect();
        assert_eq!(names, ["A", "Bea", "C", "D"]);
    }

    #[test]
    fn a_new_number_keeps_the_old_key_and_a_key_outweighs_an_address() {
        let current = [student("k1", "A", "a@x.edu"), student("k2", "B", "b@x.edu")];
        let changes = compare(&current, &[student("n7", "A", "a@x.edu")]);
        assert_eq!((changes.same, changes.gone.len(), changes.new.len()), (1, 1, 0));
        let changes = compare(&current, &[student("k1", "A", "b@x.edu"), student("n7", "B", "b2@x.edu")]);
        assert!(changes.changed[0].moves_email());
        assert_eq!(changes.gone[0].key.as_str(), "k2");
        assert_eq!(changes.new[0].key.as_str(), "n7");
    }

    fn rosters() -> impl Strategy<Value = Vec<Student>> {
        prop::collection::btree_map("[a-f]", ("[A-C]", "[a-f]"), 0..5).prop_map(|rows| {
            let mut emails = HashSet::new();
            let rows = rows.into_iter().filter(|(_, (_, email))| emails.insert(email.clone()));
            rows.map(|(key, (name, email))| student(&key, &name, &format!("{email}@x.edu"))).collect()
        })
    }

    proptest! {
        #[test]
        fn applying_settles_and_keeps_every_key(current in rosters(), incoming in rosters()) {
            let changes = compare(&current, &incoming);
            let total = changes.new.len() + changes.changed.len() + changes.same;
            prop_assert_eq!(total, incoming.len());
            let after = apply(&current, &changes);
            let keys: HashSet<&StudentKey> = after.iter().map(|student| &student.key).collect();
            prop_assert_eq!(keys.len(), after.len());
            prop_assert!(current.iter().all(|student| keys.contains(&student.key)));
            prop_assert!(compare(&current, &current).is_empty());
            let again = compare(&after, &incoming);
            prop_assert!(again.new.is_empty() && again.changed.is_empty(), "{:?}", again);
            prop_assert_eq!(again.gone, changes.gone);
        }
    }
}
