//! The class against the service: roster, whose vault is whose, and what cannot be seen.

use std::collections::{HashMap, HashSet};

use super::{Finding, State, some};
use crate::domain::admission;
use crate::domain::admission::SignUp;
use crate::domain::class::Class;
use crate::domain::directory::{PersonState, Vault, fold_email};
use crate::domain::fault::Fault;
use crate::domain::frame::{FOREIGN_MEND, Frame};
use crate::domain::id::VaultId;
use crate::domain::roster::Student;
use crate::domain::text::{SafeText, counted, fold};

/// Where the list of people was not answered.
const NOT_KNOWN: &str = "not known: the list of people was not answered";

/// Students whose addresses stand for several people, or for each other at a glance.
pub fn addresses(students: &[Student], frame: Option<&Frame>) -> Finding {
    const NAME: &str = "addresses";
    if students.is_empty() {
        return Finding::note(NAME, "the roster is empty").mend("strongroom roster import FILE");
    }
    let mut by_address: HashMap<String, Vec<&Student>> = HashMap::new();
    let mut by_look: HashMap<String, Vec<&Student>> = HashMap::new();
    for student in students {
        by_address.entry(fold_email(student.email.raw())).or_default().push(student);
        by_look.entry(look(student.email.raw())).or_default().push(student);
    }
    let names = |list: &[&Student]| list.iter().map(|s| s.key.as_str()).collect::<Vec<_>>().join(" and ");
    let mut wrong: Vec<String> = by_address
        .values()
        .filter(|list| list.len() > 1)
        .map(|list| format!("{} share one", names(list)))
        .collect();
    if let Some(frame) = frame.filter(|frame| !frame.unanswered.people) {
        let doubled = |student: &&Student| frame.people_by_email(student.email.raw()).count() > 1;
        wrong.extend(
            students.iter().filter(doubled).map(|s| format!("several people have that of {}", s.key)),
        );
    }
    let alike = by_look.values().filter(|list| list.len() > 1);
    let alike = alike.filter(|list| {
        let first = list.first().map(|student| fold_email(student.email.raw()));
        list.iter().any(|student| Some(fold_email(student.email.raw())) != first)
    });
    let mut alike: Vec<String> = alike.map(|list| names(list)).collect();
    wrong.sort();
    alike.sort();
    if !wrong.is_empty() {
        return Finding::failure(NAME, some(&wrong)).mend("correct the roster, or the people in 1Password");
    }
    if !alike.is_empty() {
        return Finding::warning(NAME, format!("look alike: {}", some(&alike)))
            .mend("make sure that each is really that student's: ids decide, a look does not");
    }
    let what = format!("{}, each with an address of their own", counted(students.len(), "student"));
    if frame.is_some_and(|frame| frame.unanswered.people) {
        return Finding::note(NAME, format!("{what} in the class list; in the account {NOT_KNOWN}"));
    }
    Finding::ok(NAME, what)
}

/// An address as it looks at a glance: without accents and case, with letters and digits that are
/// easily taken for each other made equal.
fn look(address: &str) -> String {
    let alike = |c: char| match c {
        '1' | 'i' | '|' => Some('l'),
        '5' => Some('s'),
        // Cyrillic and Greek letters that are drawn as Latin ones.
        'а' | 'α' => Some('a'),
        'е' => Some('e'),
        '0' | 'о' | 'ο' => Some('o'),
        'р' | 'ρ' => Some('p'),
        'с' => Some('c'),
        'х' => Some('x'),
        'у' => Some('y'),
        '.' | '-' | '_' => None,
        c => Some(c),
    };
    fold(address).chars().filter_map(alike).collect::<String>().replace("rn", "m").replace("vv", "w")
}

/// How students stand on the way in.
pub fn sign_ups(frame: &Frame) -> Finding {
    const NAME: &str = "sign-ups";
    if frame.unanswered.people {
        return Finding::note(NAME, NOT_KNOWN);
    }
    let mut count: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    let here = frame.students.iter().filter(|student| !frame.gone.contains(&student.key));
    let states: Vec<_> = here.map(|student| frame.sign_up(student).0).collect();
    for state in &states {
        *count.entry(state.label()).or_default() += 1;
    }
    let words: Vec<String> = count.iter().map(|(word, count)| format!("{count} {word}")).collect();
    let what = format!("{}: {}", counted(states.len(), "student"), words.join(", "));
    let waiting = states.iter().any(|state| !state.is_active());
    if !waiting {
        return Finding::ok(NAME, what);
    }
    let step = |state: &SignUp| {
        let command =
            admission::next(state).map(|act| format!(" (strongroom {} STUDENT --person)", act.name()));
        Some(format!("{}: {}{}", state.label(), state.next()?, command.unwrap_or_default()))
    };
    let mut next: Vec<String> = states.iter().filter_map(step).collect();
    next.sort();
    next.dedup();
    Finding::note(NAME, what).mend(next.join("; "))
}

/// The students' vaults against those that are visible; `described` are those of them that were
/// read, by id.
pub fn bindings(frame: &Frame, visible: &[Vault]) -> Vec<Finding> {
    const NAME: &str = "bindings";
    let seen: HashSet<&VaultId> = visible.iter().map(|vault| &vault.id).collect();
    let missing: Vec<String> = frame
        .bindings
        .iter()
        .filter(|(_, vault)| !seen.contains(vault))
        .map(|(key, _)| key.to_string())
        .collect();
    let mut findings = vec![if missing.is_empty() {
        Finding::ok(NAME, format!("{} bound, and visible", counted(frame.bindings.len(), "vault")))
    } else {
        Finding::failure(NAME, format!("not visible any more: the vaults of {}", some(&missing))).mend(
            "look in 1Password whether they were deleted, or whether this is another service account's token",
        )
    }];
    let foreign: Vec<String> = frame
        .bindings
        .iter()
        .filter(|(_, vault)| frame.is_foreign(vault))
        .map(|(key, _)| key.to_string())
        .collect();
    if !foreign.is_empty() {
        let what = format!("not made by this service account: the vaults of {}", some(&foreign));
        findings.push(Finding::warning("foreign-vaults", what).mend(FOREIGN_MEND));
    }
    findings.extend(unbound(&frame.class, frame, visible));
    findings
}

/// Vaults with a name of the class that are nobody's here, and names that stand twice.
fn unbound(class: &Class, frame: &Frame, visible: &[Vault]) -> Option<Finding> {
    let bound: HashSet<&VaultId> = frame.bindings.values().collect();
    let named = visible.iter().filter(|vault| class.student_of(vault.name.as_str()).is_some());
    let mut loose: Vec<String> =
        named.filter(|vault| !bound.contains(&vault.id)).map(|vault| vault.name.to_string()).collect();
    loose.sort();
    (!loose.is_empty()).then(|| {
        Finding::warning(
            "unbound-vaults",
            format!("with a name of the class, but nobody's here: {}", some(&loose)),
        )
        .mend("strongroom adopt")
    })
}

/// The mark of one vault, read to see that it is there.
pub fn mark(frame: &Frame, vault: &Result<Vault, Fault>) -> Finding {
    const NAME: &str = "marks";
    match vault {
        Err(fault) => Finding::fault(NAME, fault),
        Ok(vault) => {
            let marker = vault.description.as_ref().and_then(crate::domain::class::Marker::read);
            let owner = frame.owner(&vault.id).map(|student| &student.key);
            match marker {
                Some(marker) if Some(&marker.student) == owner => {
                    let name = frame.class.vault_name(&marker.student);
                    if vault.name.as_str() == SafeText::new(&name).as_str() {
                        let what = format!("tried on {}: name and mark are its student's", vault.name);
                        return Finding::ok(NAME, what);
                    }
                    let what =
                        format!("{} is bound to {}, whose vault is named {name}", vault.name, marker.student);
                    Finding::failure(NAME, what).mend(
                        "look at it in 1Password: give it its name back if it was renamed; if it is of another class, remove the state folder, import the class list and run `strongroom adopt`",
                    )
                }
                Some(marker) => {
                    Finding::failure(NAME, format!("{} carries the mark of {}", vault.name, marker.student))
                        .mend("somebody changed its description: compare with `strongroom audit list`")
                }
                None => Finding::warning(NAME, format!("{} carries no mark", vault.name)).mend(
                    "it could not be adopted again: put the mark back into its description in 1Password",
                ),
            }
        }
    }
}

/// Whether it is told who is on a vault, and at which level; tried on one.
pub fn access_lists(frame: &Frame, answer: &Result<usize, Fault>) -> Vec<Finding> {
    const NAME: &str = "access-lists";
    let mut findings = vec![match answer {
        Ok(count) => Finding::ok(NAME, format!("who is on a vault is told (tried on one: {count})")),
        Err(fault) => Finding { state: State::Warning, ..Finding::fault(NAME, fault) }
            .mend("others' access cannot be seen: `strongroom doctor --person`, or look in 1Password"),
    }];
    findings.push(if frame.identity.sees_levels {
        Finding::ok("levels", "levels are shown")
    } else {
        Finding::note(
            "levels",
            "levels are not shown to this identity: those that we granted stand in the ledger",
        )
        .mend("`strongroom access --person` shows them")
    });
    findings
}

/// What the rules of access cannot check under this identity.
pub fn unverified(frame: &Frame) -> Option<Finding> {
    let list: Vec<String> = frame.unverified().iter().map(ToString::to_string).collect();
    (!list.is_empty()).then(|| {
        Finding::note("unverified", list.join("; "))
            .mend("what cannot be seen stops nothing, and stands in every plan")
    })
}

/// The people of the account in states that this version does not know.
pub fn unknown_states(frame: &Frame) -> Option<Finding> {
    let words: HashSet<String> = frame
        .people
        .iter()
        .filter_map(|person| match &person.state {
            PersonState::Other(word) => Some(word.to_string()),
            _ => None,
        })
        .collect();
    let mut words: Vec<String> = words.into_iter().collect();
    words.sort();
    (!words.is_empty()).then(|| {
        Finding::note(
            "states",
            format!("people are in states that this version does not know: {}", some(&words)),
        )
        .mend("they get no access until 1Password lists them as active")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::class::StudentKey;
    use crate::domain::text::Untrusted;

    fn students(addresses: &[&str]) -> Vec<Student> {
        let student = |(at, address): (usize, &&str)| Student {
            key: StudentKey::parse(&format!("s{at}")).unwrap(),
            name: SafeText::new("x"),
            email: Untrusted::new(*address),
        };
        addresses.iter().enumerate().map(student).collect()
    }

    #[test]
    fn doubled_and_look_alike_addresses_are_found() {
        let state = |addresses: &[&str]| addresses_of(addresses).state;
        assert_eq!(state(&["anna@x.edu", "bob@x.edu"]), State::Ok);
        assert_eq!(state(&["anna@x.edu", "ANNA@x.edu"]), State::Failure);
        for other in ["аnna@x.edu", "an.na@x.edu", "ánna@x.edu"] {
            assert_eq!(state(&["anna@x.edu", other]), State::Warning, "{other}");
        }
        assert_eq!(state(&["bil1@x.edu", "bill@x.edu"]), State::Warning);
    }

    fn addresses_of(list: &[&str]) -> Finding {
        addresses(&students(list), None)
    }
}
