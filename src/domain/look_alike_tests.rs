//! Look-alikes as a table, as a property, and with how long a large account takes.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::domain::text::Untrusted;

fn student(key: &str, name: &str, email: &str) -> Student {
    let key = StudentKey::parse(key).unwrap();
    Student { key, name: SafeText::new(name), email: Untrusted::new(email) }
}

fn person(number: usize, name: &str, email: &str) -> Person {
    Person {
        id: PersonId::parse(&format!("P{number:025}")).unwrap(),
        name: SafeText::new(name),
        email: Untrusted::new(email),
        kind: PersonKind::Member,
        state: PersonState::Active,
    }
}

fn by(students: &[Student], people: &[Person]) -> Vec<Likeness> {
    let mut found = look_alikes(students, people);
    found.remove(&students[0].key).unwrap_or_default().into_iter().map(|other| other.by).collect()
}

#[test]
fn addresses_that_look_alike_are_told() {
    for (roster, other) in [
        ("bai.li@example.edu", "baili@example.edu"),
        ("bai@example.edu", "bai+1@example.edu"),
        ("bai@example.edu", "b\u{430}i@example.edu"),
        ("bai@example.edu", "bai@ex\u{430}mple.edu"),
        ("bai@example.edu", "bai@exarnple.edu"),
        ("alan@example.edu", "aIan@example.edu"),
        ("lea@example.edu", "1ea@example.edu"),
        ("otto@example.edu", "0tt0@example.edu"),
        ("jos\u{e9}@example.edu", "jose\u{301}@example.edu"),
        ("jos\u{e9}@example.edu", "JOS\u{c9}@example.edu"),
        ("jose@example.edu", "jos\u{e9}@example.edu"),
        ("ines@example.edu", "\u{131}nes@example.edu"),
        ("bai@example.edu", "bai\u{200b}@example.edu"),
        ("bai@example.edu", "\u{ff42}ai@example.edu"),
    ] {
        let found = by(&[student("s1", "A", roster)], &[person(1, "B", other)]);
        assert_eq!(found, [Likeness::Address], "{roster} and {other}");
    }
}

#[test]
fn others_are_not() {
    for (roster, other) in [
        ("bai@example.edu", "BAI@example.edu"),
        ("bai@example.edu", "ba@example.edu"),
        ("bai@example.edu", "bai@example.org"),
        ("bai@example.edu", ""),
        ("", ""),
    ] {
        assert!(by(&[student("s1", "A", roster)], &[person(1, "B", other)]).is_empty(), "{roster}, {other}");
    }
}

#[test]
fn a_name_is_told_of_whoever_has_not_signed_up_and_of_imitated_letters() {
    let waiting = [student("s1", "Ngozi Abara", "ngozi@example.edu")];
    let private = person(1, "Abara, Ngozi", "ngozi.private@mail.test");
    assert_eq!(by(&waiting, std::slice::from_ref(&private)), [Likeness::Name]);
    let own = person(2, "Ngozi", "ngozi@example.edu");
    assert!(by(&waiting, &[private, own.clone()]).is_empty(), "another of that name is nothing");
    let imitated = person(3, "Ng\u{43e}zi Abara", "x@mail.test");
    assert_eq!(by(&waiting, &[imitated, own]), [Likeness::Name]);
    let nameless = [student("s1", "", "a@example.edu")];
    assert!(by(&nameless, &[person(1, "", "b@mail.test")]).is_empty());
}

#[test]
fn who_is_a_student_by_the_own_address_is_nobodys_look_alike() {
    let students = [student("s1", "A", "bai@example.edu"), student("s2", "B", "b.ai@example.edu")];
    let people = [person(1, "A", "bai@example.edu"), person(2, "B", "b.ai@example.edu")];
    assert!(look_alikes(&students, &people).is_empty());
    let mut left = person(3, "C", "b+a@example.edu");
    left.state = PersonState::Deleted;
    assert!(look_alikes(&students, &[left]).is_empty());
}

#[test]
fn a_common_name_is_told_a_few_times_and_addresses_first() {
    let mut people: Vec<_> = (0..50).map(|n| person(n, "Wei Wang", &format!("w{n}@mail.test"))).collect();
    people.insert(0, person(99, "X", "wei+1@example.edu"));
    let found = by(&[student("s1", "Wei Wang", "wei@example.edu")], &people);
    assert_eq!((found.len(), found[0]), (MOST, Likeness::Address));
}

proptest! {
    /// The short way for ASCII is the long way.
    #[test]
    fn ascii_has_the_skeleton_of_the_tables(text in "[ -~]{0,24}") {
        prop_assert_eq!(looks(&text), fold(&skeleton(&fold(&text)).collect::<String>()));
    }

    /// Whatever is told of has another address than the student.
    #[test]
    fn an_exact_address_is_never_a_look_alike(name in "[a-cI1l.+]{1,6}", other in "[a-cI1l.+]{1,6}") {
        let students = [student("s1", "A", &format!("{name}@x.edu"))];
        let people = [person(1, "B", &format!("{other}@x.edu"))];
        let same = fold_email(students[0].email.raw()) == fold_email(people[0].email.raw());
        prop_assert!(!same || look_alikes(&students, &people).is_empty());
    }
}

/// Ten thousand people and three hundred students are looked through person by person, not pair by pair.
#[test]
fn a_large_account_takes_no_longer_than_its_people() {
    let students: Vec<_> = (0..300)
        .map(|n| student(&format!("s{n}"), &format!("Name {n}"), &format!("s{n}@example.edu")))
        .collect();
    let people: Vec<_> =
        (0..10_000).map(|n| person(n, &format!("N\u{e4}me {n}"), &format!("s.{n}@example.edu"))).collect();
    let found = look_alikes(&students, &people);
    assert_eq!(found.len(), 300);
    assert!(found.values().flatten().all(|other| other.by == Likeness::Address));
}
