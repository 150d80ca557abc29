//! Taking back: exactly what was before, nothing else, and never against the rules.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::domain::access::Cell;
use crate::domain::directory::PersonState;
use crate::domain::frame::tests::{frame, group, id, key, set, someone, vault};
use crate::domain::history::{Changed, DONE, OPEN};
use crate::domain::job::JobId;

/// What everybody holds.
type Held = BTreeMap<(VaultId, Principal), Permissions>;

fn job(name: &str) -> Option<JobId> {
    JobId::parse(&format!("{name:a<8}"))
}

fn entry(name: &str, changes: Vec<Changed>) -> Entry {
    let at = Timestamp::UNIX_EPOCH;
    Entry {
        job: job(name),
        seq: 1,
        at,
        by: "u on m".into(),
        changes,
        undone_by: None,
        undoes: None,
        elsewhere: None,
    }
}

fn access(
    of: &str,
    who: &Principal,
    before: Option<Permissions>,
    after: Option<Permissions>,
    outcome: &'static str,
) -> Changed {
    let what = What::Access { vault: vault(of), who: who.clone(), name: "n".into(), before, after };
    Changed { what, student: Some(key(of)), outcome, message: None }
}

fn knowing(held: &Held) -> Frame {
    let mut frame = frame(|_| {});
    for ((vault, who), set) in held {
        frame.know(vault, who, Cell::Proved { set: *set, at: Timestamp::UNIX_EPOCH });
        frame.listed.insert(vault.clone(), Timestamp::UNIX_EPOCH);
    }
    frame
}

/// Carries out what is planned, and tells it as the log would.
fn carry_out(held: &mut Held, plan: &Plan) -> Entry {
    let mut changes = Vec::new();
    for row in plan.rows.iter().filter(|row| row.outcome == Outcome::Planned) {
        for step in &row.steps {
            let (vault, who) = (row.vault.clone().unwrap(), step.who().unwrap().clone());
            let after = set(step.level().unwrap());
            let before = held.insert((vault, who.clone()), after).unwrap_or_default();
            changes.push(access(row.student.as_str(), &who, Some(before), Some(after), DONE));
        }
    }
    entry("undo", changes)
}

/// Students on their own vaults, staff and a group of staff on any.
fn places() -> Vec<(&'static str, Principal)> {
    let staff = [someone("t"), Principal::Group(group("tas"))];
    let of_staff = ["a", "b"].into_iter().flat_map(|of| staff.clone().map(|who| (of, who)));
    [("a", someone("a")), ("b", someone("b"))].into_iter().chain(of_staff).collect()
}

fn levels() -> impl Strategy<Value = Level> {
    prop::sample::select(vec![Level::None, Level::Submit, Level::Read, Level::Write, Level::Manage])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever a job did, undo brings back exactly what was, undo of that exactly what the job left, and
    /// neither touches anything that the job did not.
    #[test]
    fn undo_restores_exactly_and_undone_twice_is_as_after_the_job(
        start in prop::collection::vec(levels(), 6),
        acts in prop::collection::vec((0..6_usize, levels(), 0..5_u8), 1..24),
    ) {
        let places = places();
        let own = |at: usize| at < 2;
        let level = |at: usize, level: Level| if own(at) { level.min(Level::Write) } else { level };
        let mut held: Held = Held::new();
        for (at, (of, who)) in places.iter().enumerate() {
            held.insert((vault(of), who.clone()), set(level(at, start[at])));
        }
        let before = held.clone();
        let mut changes = Vec::new();
        for (at, to, luck) in acts {
            let (of, who) = &places[at];
            let (was, to) = (held[&(vault(of), who.clone())], set(level(at, to)));
            if luck == 0 {
                changes.push(access(of, who, Some(was), Some(was), "refused"));
            } else {
                held.insert((vault(of), who.clone()), to);
                changes.push(access(of, who, Some(was), Some(to), DONE));
            }
        }
        prop_assume!(changes.iter().any(Changed::is_done));
        let after = held.clone();
        let done = entry("job", changes);
        let plan = inverse(&knowing(&held), &done).unwrap();
        prop_assert!(plan.rows.iter().all(|row| !matches!(row.outcome, Outcome::Refused(_))), "{:?}", plan);
        prop_assert_eq!(&plan.undoes, &done.job);
        let undone = carry_out(&mut held, &plan);
        prop_assert_eq!(&held, &before);
        if undone.has_changed() {
            let plan = inverse(&knowing(&held), &undone).unwrap();
            carry_out(&mut held, &plan);
            prop_assert_eq!(&held, &after);
        } else {
            prop_assert_eq!(&before, &after);
        }
    }
}

fn refusal(plan: &Plan) -> &str {
    assert_eq!(plan.changes(), 0, "{plan:?}");
    plan.rows[0].outcome.message().unwrap().as_str()
}

#[test]
fn what_was_not_known_or_is_no_level_is_refused_with_the_reason() {
    let own = someone("a");
    let frame = knowing(&[((vault("a"), own.clone()), set(Level::Write))].into());
    let plan = inverse(&frame, &entry("x", vec![access("a", &own, None, Some(set(Level::Write)), DONE)]));
    assert!(refusal(&plan.unwrap()).starts_with("what a held before was not known"));
    let odd = Permissions::parse(["view_items", "print_items"]).unwrap();
    let plan =
        inverse(&frame, &entry("x", vec![access("a", &own, Some(odd), Some(set(Level::Write)), DONE)]));
    assert!(refusal(&plan.unwrap()).contains("no level (view_items, print_items)"));
}

#[test]
fn a_stray_that_was_taken_away_is_not_given_back() {
    let frame = knowing(&Held::new());
    for (who, before, why) in [
        ("x", Some(set(Level::Read)), "read cannot be given back to x: x is neither the student nor staff"),
        ("x", None, "nothing can be given back to x: x is neither the student nor staff"),
        ("b", Some(set(Level::Read)), "read cannot be given back to b: b would get access to the vault of a"),
    ] {
        let mended = entry("x", vec![access("a", &someone(who), before, Some(Permissions::NONE), DONE)]);
        let plan = inverse(&frame, &mended).unwrap();
        assert!(refusal(&plan).starts_with(why), "{}", refusal(&plan));
        assert!(refusal(&plan).contains("class file"), "what mends it: {}", refusal(&plan));
    }
}

#[test]
fn what_has_changed_since_is_told_and_the_first_state_of_several_counts() {
    let own = someone("a");
    let (read, write) = (set(Level::Read), set(Level::Write));
    let twice = entry(
        "x",
        vec![
            access("a", &own, Some(read), Some(Permissions::NONE), DONE),
            access("a", &own, Some(Permissions::NONE), Some(write), DONE),
        ],
    );
    let plan = inverse(&knowing(&[((vault("a"), own.clone()), write)].into()), &twice).unwrap();
    assert_eq!(plan.notes, [] as [SafeText; 0]);
    let step = |from| Step::Grant { who: own.clone(), name: "a".into(), from, to: Level::Read };
    assert_eq!(plan.rows[0].steps, [step(Some(Level::Write))]);
    assert_eq!(plan.taken, [key("a")], "it is another level than the class's");
    let plan = inverse(&knowing(&[((vault("a"), own.clone()), set(Level::Submit))].into()), &twice).unwrap();
    assert!(plan.notes[0].as_str().contains("the job left write, which has changed since; now it is submit"));
    assert_eq!(plan.rows[0].steps, [step(Some(Level::Submit))]);
    let plan = inverse(&knowing(&[((vault("a"), own), read)].into()), &twice).unwrap();
    assert_eq!(plan.rows[0].outcome, Outcome::Unchanged, "it is as it was before");
}

#[test]
fn a_vault_that_was_made_stays_and_its_access_is_taken_back() {
    let (own, made) = (someone("a"), What::Made(Some(vault("a"))));
    let write = set(Level::Write);
    let made = Changed { what: made, student: Some(key("a")), outcome: DONE, message: None };
    let done = entry("x", vec![made, access("a", &own, Some(Permissions::NONE), Some(write), DONE)]);
    let plan = inverse(&knowing(&[((vault("a"), own.clone()), write)].into()), &done).unwrap();
    let revoke = Step::Revoke { who: own, name: "a".into(), from: Some(Level::Write) };
    assert_eq!(plan.rows[0].steps, [revoke]);
    let stays = "the vault of a that the job made stays: undo takes access back and deletes no vault";
    assert_eq!(plan.notes, [SafeText::new(stays)]);
}

#[test]
fn many_vaults_that_were_made_are_one_line_by_whose_they_are() {
    let made = |of: &str| Changed {
        what: What::Made(Some(vault(of))),
        student: Some(key(of)),
        outcome: DONE,
        message: None,
    };
    let given = access("a", &someone("t"), Some(Permissions::NONE), Some(set(Level::Read)), DONE);
    let done = entry("x", vec![given, made("a"), made("b"), made("e"), made("x")]);
    let plan = inverse(&frame(|_| {}), &done).unwrap();
    let stay = "the 4 vaults that the job made stay, those of a; b; e; and 1 more: undo takes access back and \
                deletes no vault";
    assert!(plan.notes.contains(&SafeText::new(stay)), "{:?}", plan.notes);
}

#[test]
fn a_suspension_is_taken_back_as_a_person_and_an_invitation_is_not() {
    let of = |act| {
        entry(
            "x",
            vec![Changed {
                what: What::Admission(act),
                student: Some(key("b")),
                outcome: DONE,
                message: None,
            }],
        )
    };
    let service = frame(|_| {});
    assert_eq!(inverse(&service, &of(Admission::Suspend)).unwrap_err().kind, Kind::Denied);
    let suspended = |state: PersonState| {
        frame(|facts| {
            facts.identity.is_service_account = false;
            facts.people.iter_mut().filter(|p| p.id == id("b")).for_each(|p| p.state = state.clone());
        })
    };
    let plan = inverse(&suspended(PersonState::Suspended), &of(Admission::Suspend)).unwrap();
    assert_eq!(plan.rows[0].steps[0].admission(), Some(Admission::Reactivate));
    let plan = inverse(&suspended(PersonState::Active), &of(Admission::Reactivate)).unwrap();
    assert_eq!(plan.rows[0].steps[0].admission(), Some(Admission::Suspend));
    let plan = inverse(&suspended(PersonState::Active), &of(Admission::Confirm)).unwrap();
    assert_eq!(refusal(&plan), "a confirmation is not taken back: to keep them out, strongroom suspend b");
    let plan = inverse(&suspended(PersonState::Active), &of(Admission::Invite)).unwrap();
    assert!(refusal(&plan).contains("in 1Password"));
}

#[test]
fn what_did_nothing_cannot_be_taken_back() {
    let fault = inverse(&frame(|_| {}), &entry("x", vec![])).unwrap_err();
    assert_eq!(
        (fault.kind, fault.message.as_str()),
        (Kind::Input, "job xaaaaaaa changed nothing that can be taken back")
    );
    let unknown = entry("x", vec![access("a", &someone("a"), Some(set(Level::Read)), None, "unknown")]);
    let fault = inverse(&frame(|_| {}), &unknown).unwrap_err();
    assert!(fault.message.as_str().ends_with("are not taken back: 1"), "{fault}");
}

#[test]
fn the_plan_says_which_job_it_takes_back_and_what_could_not_be_checked() {
    let frame = frame(|_| {});
    let read = Some(set(Level::Read));
    let given = access("a", &someone("t"), Some(Permissions::NONE), read, DONE);
    let plan = inverse(&frame, &entry("x", vec![given])).unwrap();
    assert_eq!((plan.title.as_str(), &plan.undoes), ("undo xaaaaaaa", &job("x")));
    assert!(!frame.unverified().is_empty());
    assert_eq!(plan.unverified, frame.unverified());
}

#[test]
fn only_what_was_done_is_told_to_stay_and_each_access_is_its_own() {
    let read = Some(set(Level::Read));
    let now = knowing(&Held::from([((vault("a"), someone("t")), set(Level::Read))]));
    let change = |what: What, outcome| Changed { what, student: Some(key("a")), outcome, message: None };
    let notes = |outcome| {
        let changes = vec![
            access("a", &someone("t"), Some(Permissions::NONE), read, DONE),
            change(What::Made(Some(vault("a"))), outcome),
            change(What::Decided { op: "accept".into(), words: "accepted".into() }, outcome),
        ];
        inverse(&now, &entry("x", changes)).unwrap().notes
    };
    assert_eq!(notes("failed"), Vec::<SafeText>::new());
    let told = notes(DONE);
    assert!(told[0].as_str().contains("that the job made stays") && told.len() == 2, "{told:?}");
    // Neither another one on the vault nor the same one elsewhere is a part of what is taken back.
    for (of, who) in [("a", "x"), ("b", "t")] {
        let changes = vec![
            access("a", &someone("t"), Some(Permissions::NONE), read, DONE),
            access(of, &someone(who), read, None, "failed"),
        ];
        let notes = inverse(&now, &entry("x", changes)).unwrap().notes;
        assert!(
            notes.iter().any(|note| note.as_str().ends_with("are not taken back: 1")),
            "{of} {who}: {notes:?}"
        );
    }
}

#[test]
fn whoever_names_no_job_is_told_of_newer_decisions_that_stay() {
    let extended = Changed {
        what: What::Decided { op: "extend".into(), words: "extended hw1".into() },
        student: None,
        outcome: DONE,
        message: None,
    };
    let mut history = vec![entry("one", vec![]), Entry { job: None, seq: 2, ..entry("x", vec![extended]) }];
    let told = Entry::decided_since(&history, 1).unwrap();
    assert_eq!(told.as_str(), "not taken back by this: 1 newer decision about submissions, the last: extend");
    assert_eq!(Entry::decided_since(&history, 2), None);
    history[1].changes[0].outcome = "refused";
    assert_eq!(Entry::decided_since(&history, 1), None);
}

#[test]
fn the_last_job_in_force_is_meant_and_a_taking_back_that_was_taken_back_counts_no_more() {
    let change = || vec![access("a", &someone("a"), Some(Permissions::NONE), Some(set(Level::Read)), DONE)];
    let undo = |name: &str, of: &str| Entry { undoes: job(of), ..entry(name, change()) };
    let mut history =
        vec![entry("one", change()), entry("two", change()), entry("nix", vec![]), undo("u", "two")];
    Entry::relate(&mut history);
    assert_eq!(history[1].undone_by, job("u"));
    assert_eq!(Entry::last_in_force(&history).unwrap().job, job("one"));
    history.push(undo("v", "u"));
    Entry::relate(&mut history);
    assert_eq!((history[1].undone_by.clone(), history[3].undone_by.clone()), (None, job("v")));
    assert_eq!(Entry::last_in_force(&history).unwrap().job, job("two"));
    history.push(Entry { changes: vec![], ..undo("w", "one") });
    Entry::relate(&mut history);
    assert_eq!(history[0].undone_by, None, "it took nothing back");
}

#[test]
fn a_narrowing_that_was_halted_halfway_is_taken_back_to_what_was_before_it() {
    let (who, none) = (someone("a"), Some(Permissions::NONE));
    let (write, read) = (Some(set(Level::Write)), Some(set(Level::Read)));
    let frame = knowing(&Held::from([((vault("a"), who.clone()), set(Level::Read))]));
    let levels = |changes| {
        let plan = inverse(&frame, &entry("j", changes)).unwrap();
        assert_eq!(plan.notes, [], "nothing of it is left out");
        plan.rows.iter().flat_map(|row| &row.steps).filter_map(Step::level).collect::<Vec<_>>()
    };
    for halted in ["failed", "unknown", OPEN] {
        let first = access("a", &who, write, None, halted);
        assert_eq!(levels(vec![first, access("a", &who, none, read, DONE)]), [Level::Write], "{halted}");
    }
    // What was refused was never sent: what it would have changed was not what the job found.
    let refused = access("a", &who, Some(set(Level::Manage)), Some(set(Level::Manage)), "refused");
    assert_eq!(levels(vec![refused, access("a", &who, write, read, DONE)]), [Level::Write]);
}

#[test]
fn what_was_never_sent_is_counted_apart_and_a_deletion_of_many_is_told_in_short() {
    let deleted = |n: usize| {
        let what = What::Deleted(vault(if n == 0 { "a" } else { "b" }));
        Changed { what, student: None, outcome: DONE, message: None }
    };
    let mut job = entry("del", vec![deleted(0), deleted(1)]);
    let fault = inverse(&frame(|_| {}), &job).unwrap_err();
    assert!(fault.message.as_str().ends_with("; 2 vaults were deleted and are not brought back"), "{fault}");
    job.changes.push(access("a", &someone("a"), None, None, "refused"));
    job.changes.push(access("b", &someone("b"), None, None, "unknown"));
    assert_eq!(job.counts(), (2, 1, 1));
}
