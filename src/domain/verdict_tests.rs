//! Rules, decisions and time, from what was seen in vaults.

use proptest::prelude::*;

use super::*;
use crate::domain::arrival::By;
use crate::domain::assignment::{Rule, TitlePattern};
use crate::domain::directory::ItemRef;
use crate::domain::grounds::Grounds;
use crate::domain::id::{ItemId, VaultId};

const HW1: &str = "2026-12-01T23:59:00";
const HW2: &str = "2026-12-08T23:59:00";

fn student() -> StudentKey {
    StudentKey::parse("s1").unwrap()
}

fn id(text: &str) -> AssignmentId {
    AssignmentId::parse(text).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse::<jiff::civil::DateTime>().unwrap().to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp()
}

fn assignment(name: &str, rule: Rule, due: &str) -> Assignment {
    let (id, title) = (id(name), SafeText::new(name));
    Assignment { id, title, rule, due: due.parse().unwrap(), accept_until: None, extensions: Vec::new() }
}

fn titled(pattern: &str) -> Rule {
    Rule { title: Some(TitlePattern::parse(pattern).unwrap()), ..Rule::default() }
}

fn rest() -> Rule {
    Rule { any: true, ..Rule::default() }
}

fn class(assignments: Vec<Assignment>) -> Class {
    Class { assignments, ..Class::new("CS101") }
}

fn homeworks() -> Class {
    class(vec![assignment("hw1", titled("hw1*"), HW1), assignment("hw2", titled("hw2*"), HW2)])
}

fn item(n: usize) -> ItemRef {
    ItemRef {
        vault: VaultId::parse(&"v".repeat(26)).unwrap(),
        item: ItemId::parse(&format!("i{n:025}")).unwrap(),
    }
}

/// A new item of that time, seen ten seconds later by a look every half minute.
fn new(n: usize, seq: u64, title: &str, time: &str) -> Sighting {
    let (told, ten) = (at(time), jiff::SignedDuration::from_secs(10));
    Sighting {
        at: item(n),
        seq: Some(seq),
        kind: ArrivalKind::New,
        title: SafeText::new(title),
        category: SafeText::new("DOCUMENT"),
        tags: Vec::new(),
        version: 1,
        holds_file: true,
        by: By::Student,
        moment: Moment { after: Some(told - 2 * ten), seen: told + ten, told: Some(told) },
        created: Some(told),
        changes: 1,
    }
}

fn updated(before: &Sighting, seq: u64, title: &str, time: &str) -> Sighting {
    let now = new(1, seq, title, time);
    let (at, created) = (before.at.clone(), before.created);
    Sighting { at, created, kind: ArrivalKind::Updated, version: before.version + 1, ..now }
}

fn removed(before: &Sighting, seq: u64, time: &str) -> Sighting {
    Sighting { kind: ArrivalKind::Removed, ..updated(before, seq, before.title.as_str(), time) }
}

fn stands(class: &Class, decided: &Decided, seen: &[Sighting]) -> Report {
    let now = at("2026-12-20T12:00:00");
    Bench { class, decided, now }.stands(&student(), seen.to_vec(), Looked::At(now))
}

fn words(report: &Report) -> Vec<String> {
    report.verdicts.iter().map(|verdict| verdict.standing.in_words()).collect()
}

fn of(class: &Class, seen: &[Sighting]) -> Vec<String> {
    words(&stands(class, &Decided::default(), seen))
}

#[test]
fn the_first_version_that_satisfies_the_rule_counts() {
    let draft = new(1, 1, "draft", "2026-12-01T20:00:00");
    let named = updated(&draft, 2, "HW1 final", "2026-12-02T00:00:30");
    let again = updated(&named, 3, "hw1 final", "2026-12-05T00:00:00");
    assert_eq!(of(&homeworks(), &[draft.clone(), named.clone(), again.clone()]), ["late +00:02", "missing"]);
    let early = updated(&draft, 2, "hw1", "2026-12-01T23:59:00");
    let report = stands(&homeworks(), &Decided::default(), &[draft, early, again]);
    let handed_in = report.verdicts[0].handed_in.as_ref().unwrap();
    assert_eq!((report.verdicts[0].standing, handed_in.version), (Standing::OnTime, 2));
    assert!(handed_in.updated_after_due && !handed_in.removed);
}

#[test]
fn what_is_removed_afterwards_still_counts_and_is_marked() {
    let first = new(1, 1, "hw1", "2026-12-01T20:00:00");
    let gone = removed(&first, 2, "2026-12-03T20:00:00");
    let report = stands(&homeworks(), &Decided::default(), &[first, gone]);
    assert_eq!(report.verdicts[0].standing, Standing::OnTime);
    let handed_in = report.verdicts[0].handed_in.as_ref().unwrap();
    assert!(handed_in.removed && !handed_in.updated_after_due);
}

#[test]
fn an_item_belongs_to_the_assignment_it_was_last_named_for() {
    let first = new(1, 1, "hw1", "2026-12-01T20:00:00");
    let renamed = updated(&first, 2, "hw2", "2026-12-02T20:00:00");
    let after = updated(&renamed, 3, "notes", "2026-12-03T20:00:00");
    assert_eq!(of(&homeworks(), &[first.clone(), renamed.clone(), after]), ["missing", "on time"]);
    let back = updated(&renamed, 3, "hw1", "2026-12-03T20:00:00");
    assert_eq!(of(&homeworks(), &[first, renamed, back]), ["on time", "missing"]);
}

#[test]
fn rules_are_asked_in_their_order_and_any_takes_the_rest() {
    let class = class(vec![
        assignment("rest1", rest(), HW1),
        assignment("rest2", rest(), HW2),
        assignment("essay", titled("essay*"), HW2),
        assignment("all", titled("*essay*"), HW2),
    ]);
    let none = ["missing", "missing", "missing", "missing"];
    let with = |n: usize, word: &'static str| {
        let mut expected = none;
        expected[n] = word;
        expected
    };
    assert_eq!(of(&class, &[new(1, 1, "essay 1", "2026-12-01T20:00:00")]), with(2, "on time"));
    assert_eq!(of(&class, &[new(1, 1, "my essay", "2026-12-01T20:00:00")]), with(3, "on time"));
    assert_eq!(of(&class, &[new(1, 1, "x", "2026-12-01T23:59:00")]), with(0, "on time"));
    assert_eq!(of(&class, &[new(1, 1, "x", "2026-12-01T23:59:01")]), with(1, "on time"));
    assert_eq!(of(&class, &[new(1, 1, "x", "2026-12-09T23:59:00")]), with(1, "late +24:00"));
    let first = new(1, 1, "x", "2026-12-01T20:00:00");
    let edited = updated(&first, 2, "x", "2026-12-05T20:00:00");
    assert_eq!(of(&class, &[first, edited]), with(0, "on time"), "an edit hands nothing in anew");
    let text = Sighting { holds_file: false, ..new(1, 1, "x", "2026-12-01T20:00:00") };
    assert_eq!(of(&class, &[text]), none);
}

#[test]
fn what_others_put_there_is_not_handed_in() {
    for by in [By::Instructor, By::ServiceAccount, By::Other] {
        let theirs = Sighting { by, ..new(1, 1, "hw1 sheet", "2026-12-01T20:00:00") };
        let report = stands(&homeworks(), &Decided::default(), std::slice::from_ref(&theirs));
        assert_eq!((words(&report)[0].as_str(), report.unmatched.len()), ("missing", 0));
        let filled = updated(&theirs, 2, "hw1 sheet", "2026-12-01T23:00:00");
        assert_eq!(of(&homeworks(), &[theirs, filled]), ["on time", "missing"]);
    }
    let unknown = Sighting { by: By::Unknown, ..new(1, 1, "hw1", "2026-12-01T20:00:00") };
    assert_eq!(of(&homeworks(), &[unknown]), ["on time", "missing"]);
    // Whose item it is at version 2 cannot be told by who changed it last.
    let changed = Sighting { by: By::Instructor, version: 2, ..new(1, 1, "hw1", "2026-12-01T20:00:00") };
    assert_eq!(of(&homeworks(), &[changed]), ["on time", "missing"]);
}

#[test]
fn uploads_that_no_rule_claims_are_unmatched_until_somebody_decides() {
    let mut decided = Decided::default();
    let lost = new(1, 7, "homework one", "2026-12-02T00:00:00");
    let note = Sighting { holds_file: false, ..new(2, 8, "a note", "2026-12-02T00:00:00") };
    let seen = [lost.clone(), note];
    let report = stands(&homeworks(), &decided, &seen);
    assert_eq!(report.unmatched.iter().map(|one| one.seq).collect::<Vec<_>>(), [7]);
    decided.items.insert(item(1), Some(id("hw1")));
    let report = stands(&homeworks(), &decided, &seen);
    assert_eq!((words(&report)[0].as_str(), report.unmatched.len()), ("late +00:01", 0));
    assert!(report.verdicts[0].handed_in.as_ref().unwrap().by_hand);
    decided.items.insert(item(1), None);
    let report = stands(&homeworks(), &decided, &seen);
    assert_eq!((words(&report)[0].as_str(), report.unmatched.len()), ("missing", 0));
    decided.items.insert(item(1), Some(id("forgotten")));
    assert_eq!(
        stands(&homeworks(), &decided, &seen).unmatched.len(),
        1,
        "a rule that is gone decides nothing"
    );
    let gone = removed(&lost, 9, "2026-12-03T00:00:00");
    assert!(stands(&homeworks(), &Decided::default(), &[lost, gone]).unmatched.is_empty());
}

#[test]
fn by_hand_an_item_counts_from_when_it_was_made() {
    let decided = Decided { items: [(item(1), Some(id("hw1")))].into(), ..Decided::default() };
    let made = Some(at("2026-12-01T20:00:00"));
    let edited = Sighting { version: 3, created: made, ..new(1, 1, "x", "2026-12-04T00:00:00") };
    let unseen = Moment { after: Some(at("2026-11-30T00:00:00")), ..edited.moment };
    let edited = Sighting { moment: unseen, ..edited };
    assert_eq!(words(&stands(&homeworks(), &decided, &[edited]))[0], "on time");
    // It was there before the first look, and only a later edit has arrived.
    let before = Sighting { created: made, ..new(1, 1, "x", "2026-12-01T20:00:00") };
    let late = Sighting { version: 9, ..updated(&before, 4, "x", "2026-12-04T00:00:00") };
    assert_eq!(words(&stands(&homeworks(), &decided, &[late]))[0], "on time");
}

#[test]
fn an_extension_moves_the_deadline_and_an_excuse_takes_it_away() {
    let late = [new(1, 1, "hw1", "2026-12-03T12:00:00")];
    let mut class = homeworks();
    let extension = |relief, reason: &str| Extension { student: student(), relief, reason: reason.into() };
    let until = |text: &str| Relief::Until(text.parse().unwrap());
    class.assignments[0].extensions = vec![extension(until("2026-12-03T12:00:00"), "ill")];
    class.assignments[0].accept_until = Some("2026-12-02T00:00:00".parse().unwrap());
    let report = stands(&class, &Decided::default(), &late);
    assert_eq!(report.verdicts[0].standing, Standing::OnTime);
    assert_eq!(report.verdicts[0].extended, Some("until 2026-12-03 12:00:00: ill".into()));
    // What was decided wins; and nobody has less time than the others.
    let key = (student(), id("hw1"));
    let decided =
        |relief| Decided { extensions: [(key.clone(), extension(relief, ""))].into(), ..Decided::default() };
    let report = stands(&class, &decided(until("2026-12-02T12:00:00")), &late);
    assert_eq!(words(&report)[0], "late +24:00");
    assert_eq!(report.verdicts[0].doubt, Some("after 2026-12-02 12:00:00, no longer accepted".into()));
    assert_eq!(stands(&class, &decided(until("2026-01-01T00:00:00")), &late).verdicts[0].due, at(HW1));
    let report = stands(&class, &decided(Relief::Excused), &late);
    assert_eq!(
        (report.verdicts[0].standing, report.verdicts[0].handed_in.is_some()),
        (Standing::Excused, true)
    );
}

#[test]
fn what_comes_at_the_last_second_is_still_accepted() {
    let mut class = homeworks();
    class.assignments[0].accept_until = Some("2026-12-02T12:00:00".parse().unwrap());
    for (time, doubt) in [
        ("2026-12-02T12:00:00", None),
        ("2026-12-02T12:00:01", Some("after 2026-12-02 12:00:00, no longer accepted".into())),
    ] {
        let report = stands(&class, &Decided::default(), &[new(1, 1, "hw1", time)]);
        assert!(matches!(report.verdicts[0].standing, Standing::Late(_)));
        assert_eq!(report.verdicts[0].doubt, doubt, "{time}");
        assert!(
            !report.verdicts[0].handed_in.as_ref().unwrap().updated_after_due,
            "it came late, and stayed"
        );
    }
}

#[test]
fn an_item_that_others_have_changed_since_counts_from_when_the_student_made_it() {
    let made = Some(at("2026-12-01T20:00:00"));
    let first = new(1, 1, "hw1", "2026-12-04T00:00:00");
    let unseen = Moment { after: Some(at("2026-11-30T00:00:00")), ..first.moment };
    for (by, version, stands) in [
        (By::Instructor, 2, "on time"),
        (By::Other, 3, "on time"),
        (By::ServiceAccount, 3, "on time"),
        (By::Student, 3, "late +2d 0h"),
    ] {
        let seen = Sighting { by, version, created: made, moment: unseen, ..first.clone() };
        assert_eq!(of(&homeworks(), &[seen])[0], stands, "{by:?} {version}");
    }
}

#[test]
fn without_a_look_after_the_deadline_nothing_is_called_missing() {
    let (class, decided) = (homeworks(), Decided::default());
    let judged = |now: &str, looked: Looked| {
        let bench = Bench { class: &class, decided: &decided, now: at(now) };
        bench.stands(&student(), Vec::new(), looked).verdicts.swap_remove(0)
    };
    assert_eq!(
        judged(HW1, Looked::Never).standing,
        Standing::NotYetDue,
        "the second of the deadline is still time"
    );
    let after = "2026-12-02T09:00:00";
    assert_eq!(judged(after, Looked::At(at("2026-12-02T00:00:00"))).standing, Standing::Missing);
    for (looked, doubt, words) in [
        (Looked::At(at(HW1)), "since 2026-12-01 23:59:00", "unknown"),
        (Looked::Never, "yet", "unknown"),
        (Looked::NoVault, "no vault", "no vault"),
    ] {
        let verdict = judged(after, looked);
        assert_eq!(verdict.standing, Standing::Unknown);
        assert_eq!(verdict.in_words().as_str(), words);
        assert!(verdict.doubt.unwrap().as_str().ends_with(doubt));
    }
}

#[test]
fn versions_that_nobody_saw_are_told_where_they_may_matter() {
    let first = new(1, 1, "hw1", "2026-12-02T12:00:00");
    let made = Some(at("2026-12-01T12:00:00"));
    let moment = Moment { after: Some(at("2026-12-01T11:00:00")), ..first.moment };
    let jumped = Sighting { version: 3, changes: 3, created: made, moment, ..first.clone() };
    let verdict = |seen: &Sighting| {
        stands(&homeworks(), &Decided::default(), std::slice::from_ref(seen)).verdicts.swap_remove(0)
    };
    let doubt = verdict(&jumped).doubt.unwrap();
    assert!(doubt.as_str().contains("it was made 2026-12-01 12:00:00; versions"), "{doubt}");
    assert_eq!(verdict(&first).doubt, None);
    let after = Sighting { created: Some(at("2026-12-02T11:00:00")), ..jumped };
    assert!(!verdict(&after).doubt.is_some_and(|doubt| doubt.as_str().contains("versions")));
}

#[test]
fn versions_before_one_that_came_late_matter_only_where_one_may_have_come_in_time() {
    let on_time = Some(at("2026-12-01T12:00:00"));
    let draft = new(1, 1, "draft", "2026-12-01T12:00:00");
    let late = updated(&draft, 2, "hw1", "2026-12-02T12:00:00");
    let looked = |time: &str| Moment { after: Some(at(time)), ..late.moment };
    let doubted = |seen: &[Sighting]| {
        let verdict = stands(&homeworks(), &Decided::default(), seen).verdicts.swap_remove(0);
        verdict.doubt.is_some_and(|doubt| doubt.as_str().contains("were not seen"))
    };
    // What was new when it was looked at first: what version it had, and when that was.
    let first = |version, after| Sighting {
        kind: ArrivalKind::New,
        version,
        created: on_time,
        moment: looked(after),
        ..late.clone()
    };
    assert!(doubted(&[first(2, "2026-12-01T12:00:00")]));
    assert!(!doubted(&[first(1, "2026-12-01T12:00:00")]), "there is no version before the first");
    assert!(!doubted(&[first(2, HW1)]), "it was not there when the deadline passed");
    // A change that nothing was seen before.
    assert!(doubted(&[Sighting { created: on_time, ..late.clone() }]));
    // One after others: changes between two looks, of which the first was before the deadline.
    let after = |changes, time: &str| Sighting { changes, moment: looked(time), ..late.clone() };
    let then = |sighting: Sighting| doubted(&[draft.clone(), sighting]);
    assert!(then(after(2, "2026-12-01T13:00:00")));
    assert!(!then(after(1, "2026-12-01T13:00:00")), "the only change is the one that was seen");
    assert!(!then(after(2, HW1)), "both came after the deadline");
}

#[test]
fn of_several_items_the_one_that_stands_best_counts() {
    let late = new(1, 1, "hw1", "2026-12-02T12:00:00");
    let first = new(2, 2, "hw1 a", "2026-12-01T12:00:00");
    let second = new(3, 3, "hw1 b", "2026-12-01T13:00:00");
    let report = stands(&homeworks(), &Decided::default(), &[late, second, first]);
    assert_eq!(report.verdicts[0].handed_in.as_ref().unwrap().seq, Some(2));
    let (later, latest) = (new(4, 4, "hw1", "2026-12-03T12:00:00"), new(5, 5, "hw1", "2026-12-04T12:00:00"));
    let best = |seen: &[Sighting], decided: &Decided| {
        stands(&homeworks(), decided, seen).verdicts[0].handed_in.as_ref().unwrap().seq
    };
    let nothing = Decided::default();
    assert_eq!(best(&[latest.clone(), later.clone()], &nothing), Some(4), "the least late");
    assert_eq!(best(&[later.clone(), latest.clone()], &nothing), Some(4));
    // Whether what nobody told a time of was in time is not known: it may have been, and late is late.
    let crossing =
        Moment { after: Some(at("2026-12-01T23:00:00")), seen: at("2026-12-02T00:30:00"), told: None };
    let unclear = Sighting { moment: crossing, created: None, ..new(6, 6, "hw1", "2026-12-02T00:30:00") };
    assert_eq!(best(&[later.clone(), unclear.clone()], &nothing), Some(6));
    let in_time = new(7, 7, "hw1", "2026-12-01T20:00:00");
    assert_eq!(best(&[unclear, in_time], &nothing), Some(7));
}

/// An arrival and what was known with it.
fn journal() -> impl Strategy<Value = Vec<Sighting>> {
    let one = (0..4usize, 0..4usize, -400_000..400_000i64, 0..3u8, any_by());
    proptest::collection::vec(one, 0..24).prop_map(|rows| {
        let mut last: Vec<Option<Sighting>> = vec![None; 4];
        let mut seen = Vec::new();
        let mut rows = rows;
        rows.sort_by_key(|row| row.2);
        for (seq, (n, title, offset, what, by)) in rows.into_iter().enumerate() {
            let title = ["hw1", "hw2", "other", "hw1 again"][title];
            let time = at(HW1) + jiff::SignedDuration::from_secs(offset);
            let time = time.to_zoned(jiff::tz::TimeZone::UTC).datetime().to_string();
            let seq = seq as u64 + 1;
            let next = match &last[n] {
                None => new(n, seq, title, &time),
                Some(before) if what == 0 => removed(before, seq, &time),
                Some(before) => updated(before, seq, title, &time),
            };
            let next = Sighting { by, ..next };
            last[n] = Some(next.clone());
            seen.push(next);
        }
        seen
    })
}

fn any_by() -> impl Strategy<Value = By> {
    prop_oneof![Just(By::Student), Just(By::Unknown), Just(By::Instructor)]
}

proptest! {
    #[test]
    fn the_order_of_reading_changes_nothing(seen in journal(), shuffled in any::<u64>()) {
        let mut other = seen.clone();
        let mut random = fastrand::Rng::with_seed(shuffled);
        random.shuffle(&mut other);
        let (class, decided) = (homeworks(), Decided::default());
        prop_assert_eq!(stands(&class, &decided, &seen), stands(&class, &decided, &other));
    }

    #[test]
    fn an_arrival_is_told_as_its_verdict_is(seen in journal(), hand in 0..4usize) {
        let class = homeworks();
        let decided = Decided { items: [(item(hand), Some(id("hw1")))].into(), ..Decided::default() };
        let bench = Bench { class: &class, decided: &decided, now: at("2026-12-20T12:00:00") };
        for verdict in stands(&class, &decided, &seen).verdicts {
            let Some(handed_in) = &verdict.handed_in else { continue };
            let known: Vec<Sighting> =
                seen.iter().filter(|one| one.at == handed_in.at && one.seq <= handed_in.seq).cloned().collect();
            let Placed { assignment, lateness_s: late, .. } = bench.placed(&student(), &known);
            prop_assert_eq!(assignment.as_ref(), Some(&verdict.assignment));
            let expected = match verdict.standing {
                Standing::OnTime => Some(0),
                Standing::Late(seconds) => Some(seconds),
                _ => None,
            };
            prop_assert_eq!(late, expected);
        }
    }
}

#[test]
fn what_is_due_in_this_moment_has_not_passed_and_the_excused_have_no_deadline() {
    let mut class = homeworks();
    let relief = |key: &str, relief| Extension {
        student: StudentKey::parse(key).unwrap(),
        relief,
        reason: "ill".into(),
    };
    let later = Relief::Until("2026-12-03T12:00:00".parse().unwrap());
    class.assignments[0].extensions = vec![relief("s1", later), relief("s2", Relief::Excused)];
    let passed = |now: &str| Grounds::passed(&class, &Decided::default(), at(now));
    let counts =
        ["2026-12-01T23:58:59", HW1, "2026-12-01T23:59:01", "2026-12-03T12:00:01", "2026-12-09T00:00:00"];
    assert_eq!(counts.map(passed), [0, 0, 1, 2, 3]);
}
