//! What another program does between the last look of a plan and the lock of a vault.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::model::{Model, Sight, Who};
use super::moves::{Move, Wish};
use super::system::{System, key};
use crate::domain::access::{AccountKind, Level};
use crate::domain::job::State;
use crate::domain::plan::Outcome;
use crate::ops::check::Ground;
use crate::ops::job::Job;
use crate::ops::journal::Journal;
use crate::ops::vaults::Run;
use crate::ops::{Ended, Patience};

fn own(level: Level) -> Wish {
    Wish::Change(vec![(0, Who::Person(0), level)])
}

/// A plan for the first student is worked out and looked at, another program does something, and then the
/// plan gets the vault's lock; how it ended, and how many changes it sent.
fn overtaken_after(before: &[Wish], sight: Sight, mine: &Wish, theirs: &[Wish]) -> (Ended, usize) {
    let model = Model::new(AccountKind::Business, sight);
    let mut system = System::new(&model);
    for wish in before {
        system.go(&Move::Apply(wish.clone()), &model);
    }
    let planned = system.planned(mine).unwrap();
    let (mut plan, frame) = system
        .runtime
        .block_on(async { (system.ops.plan(&planned).await.unwrap(), system.ops.ready().await.unwrap()) });
    let read_at = system.ops.queries.clock.now();
    assert_eq!(plan.changes(), 1);
    for wish in theirs {
        system.go(&Move::Apply(wish.clone()), &model);
    }
    let before = system.hall.judge(|judge| {
        judge.ask(vec![mine.clone()]);
        judge.sent
    });
    let ended = system.runtime.block_on(async {
        let journal = Journal::begin(&system.ops, &mut plan, State::Running).await.unwrap();
        let cancel = CancellationToken::new();
        let job = Job::new(&plan, journal, Patience::Stop, &cancel, Arc::new(|_| {}));
        let ground = Ground { frame, read_at };
        Run::new(&system.ops, ground, plan, &job).go().await
    });
    assert_eq!(system.violations(), Vec::<String>::new());
    (ended, system.hall.judge(|judge| judge.sent) - before)
}

/// The same where everybody had their vault before.
fn overtaken(sight: Sight, mine: &Wish, theirs: &Wish) -> (Ended, usize) {
    overtaken_after(&[Wish::Provision(None)], sight, mine, std::slice::from_ref(theirs))
}

#[test]
fn what_another_program_has_changed_since_the_look_is_not_changed_again() {
    for sight in [Sight::Blind, Sight::Seeing, Sight::Person] {
        let (ended, sent) = overtaken(sight, &own(Level::Read), &own(Level::Submit));
        let row = ended.plan.rows.iter().find(|row| row.student == key(0)).unwrap();
        let why = row.outcome.message().map_or("", |why| why.as_str());
        assert!(matches!(row.outcome, Outcome::Refused(_)), "{:?}", row.outcome);
        assert!(why.starts_with("another program has changed the vault: "), "{why}");
        assert!(why.contains("Student 0 has submit on the vault, not write"), "{why}");
        assert_eq!(sent, 0);
    }
}

#[test]
fn what_another_program_has_done_since_the_look_is_not_done_again() {
    for sight in [Sight::Blind, Sight::Seeing, Sight::Person] {
        let (ended, sent) = overtaken(sight, &own(Level::Read), &own(Level::Read));
        let row = ended.plan.rows.iter().find(|row| row.student == key(0)).unwrap();
        assert_eq!((&row.outcome, sent), (&Outcome::Unchanged, 0));
    }
}

#[test]
fn what_another_program_does_on_another_vault_is_in_nobodys_way() {
    let theirs = Wish::Change(vec![(1, Who::Person(1), Level::Read)]);
    let (ended, sent) = overtaken(Sight::Blind, &own(Level::Read), &theirs);
    let row = ended.plan.rows.iter().find(|row| row.student == key(0)).unwrap();
    assert_eq!((&row.outcome, sent), (&Outcome::Done, 2));
}

#[test]
fn a_vault_that_another_program_made_meanwhile_is_given_to_nobody_whose_access_it_has_changed_since() {
    let mine = Wish::Provision(Some(0));
    for sight in [Sight::Blind, Sight::Seeing, Sight::Person] {
        let (ended, sent) = overtaken_after(&[], sight, &mine, std::slice::from_ref(&mine));
        assert_eq!((&ended.plan.rows[0].outcome, sent), (&Outcome::Unchanged, 0), "it is made once");
        let (ended, sent) = overtaken_after(&[], sight, &mine, &[mine.clone(), own(Level::Read)]);
        let why = ended.plan.rows[0].outcome.message().map_or("", |why| why.as_str());
        assert!(
            why.contains("what Student 0 has on the vault has changed"),
            "{:?}",
            ended.plan.rows[0].outcome
        );
        assert_eq!(sent, 0);
    }
}
