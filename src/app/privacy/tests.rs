//! The veil on single texts.

use super::*;

fn key(text: &str) -> StudentKey {
    StudentKey::parse(text).unwrap()
}

/// A veil that knows these students: key, name.
fn veil(students: &[(&str, &str)]) -> Veil {
    let mut veil = Veil::new("CS101");
    for (key, name) in students {
        let pseudonym = veil.pseudonym(&self::key(key));
        veil.add(name, &pseudonym);
    }
    veil
}

fn pseudonym(veil: &Veil, of: &str) -> String {
    veil.students[&key(of)].to_string()
}

#[test]
fn words_of_the_program_are_not_damaged_by_short_names() {
    let veil = veil(&[("s1", "An"), ("s2", "Li"), ("s3", "Plan B")]);
    for text in ["plan", "Planning another plan", "live every 1 s", "Anna was Live", "0 Attention"] {
        assert_eq!(veil.hide(text), text);
    }
    assert_eq!(veil.hide("vault of An: read"), format!("vault of {}: read", pseudonym(&veil, "s1")));
}

#[test]
fn the_longest_name_is_found_also_within_others() {
    let veil =
        veil(&[("s1", "Kim"), ("s2", "Kim Lee"), ("s3", "Kim Lee Park"), ("s4", "王小明"), ("s5", "王小")]);
    let of = |key| pseudonym(&veil, key);
    assert_eq!(veil.hide("Kim Lee Park; Kim; Kim Lee"), format!("{}; {}; {}", of("s3"), of("s1"), of("s2")));
    assert_eq!(veil.hide("的王小明和王小的"), format!("的{}和{}的", of("s4"), of("s5")));
    assert_eq!(veil.hide("Kimberley"), "Kimberley");
}

#[test]
fn hiding_twice_is_hiding_once() {
    let veil = veil(&[("s1", "Amber"), ("s2", "Otter"), ("s3", "Bai, Xiaoming")]);
    for text in [
        "Bai, Xiaoming and Amber sent \"essay of Otter.pdf\" to bai@example.edu",
        "SBXPERSON00000000000000900 has saved ~/files/x.pdf as hw3.pdf, /home/t/a/hw3.pdf",
    ] {
        let once = veil.hide(text).into_owned();
        assert_eq!(veil.hide(&once), once);
        for word in ["Xiaoming", "essay", "example.edu", "SBXPERSON", "hw3", "/home"] {
            assert!(!once.contains(word), "{word} in {once}");
        }
    }
}

#[test]
fn forms_are_hidden_and_what_is_no_secret_stays() {
    let veil = veil(&[]);
    assert_eq!(veil.hide("<bai.x@example.edu>, due 22 Nov 14:31"), "<…@…>, due 22 Nov 14:31");
    assert_eq!(
        veil.hide("hw3 on time, 12/30 for 1.2 MB, version 0.1.0"),
        "hw3 on time, 12/30 for 1.2 MB, version 0.1.0"
    );
    assert_eq!(veil.hide("/bai"), "/bai");
    let hidden = veil.hide("the file report.pdf is empty.");
    assert!(hidden.starts_with("the file item-") && hidden.ends_with(".pdf is empty."), "{hidden}");
}

#[test]
fn names_of_commands_are_the_programs_own_words() {
    let veil = veil(&[]);
    for command in crate::app::command::COMMANDS {
        let name = crate::app::command::full(command);
        let text = format!("no command is called so (did you mean {name}?), {name} and {name}: write {name}");
        assert_eq!(veil.hide(&text), text);
    }
    assert!(!veil.hide("see rosters.first and roster.pdf").contains("roster"));
}

#[test]
fn pseudonyms_are_distinct_and_the_same_in_every_run() {
    let names = |class: &str| {
        let mut veil = Veil::new(class);
        (0..10_000).map(|n| veil.pseudonym(&key(&format!("s{n}")))).collect::<Vec<_>>()
    };
    let first = names("CS101");
    assert_eq!(first.iter().collect::<HashSet<_>>().len(), 10_000);
    assert_eq!(first, names("CS101"));
    assert_ne!(first[..50], names("CS102")[..50]);
    assert!(first.iter().all(|name| name.is_ascii() && name.len() <= 20));
}

#[test]
fn what_looks_like_hidden_and_goes_on_is_hidden() {
    assert!(forms::is_coded("item-12ab.pdf"));
    assert!(!forms::is_coded("item-12ab.Jane Doe"));
    assert!(!Veil::new("CS101").title("item-12ab.Jane Doe").contains("Jane"));
}
