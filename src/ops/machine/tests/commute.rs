//! I17: what is done for one student and what is done for another leave the same access, whichever comes
//! first.

use std::cell::Cell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine as _;

use super::model::{Model, STUDENTS, Who};
use super::moves::{Machine, Move, Wish, wish};
use super::system::System;
use super::{number, runner};
use crate::domain::access::Permissions;

/// How many cases are played, and of how many moves before.
const CASES: u32 = 24;
const BEFORE: usize = 12;

/// What everybody holds on whose vault.
type Held = BTreeMap<(usize, Who), Permissions>;

fn played(mut model: Model, moves: &[Move]) -> Held {
    let mut system = System::new(&model);
    for what in moves {
        model = Machine::apply(model, what);
        system.go(what, &model);
        assert_eq!(system.violations(), Vec::<String>::new(), "after {what:?}");
    }
    let world = system.hall.world.clone();
    system.hall.judge(|judge| {
        judge.observe(&world);
        let held = judge.acl.iter().filter_map(|((vault, who), set)| {
            let owner = judge.owners.get(vault)?;
            Some(((*owner, judge.who(who)?), *set))
        });
        held.collect()
    })
}

/// A wish about one student only.
fn about(student: usize, wish: Wish) -> Wish {
    match wish {
        Wish::Provision(_) => Wish::Provision(Some(student)),
        Wish::Class(_) => Wish::Class(Some(student)),
        Wish::Mend(_) => Wish::Mend(Some(student)),
        Wish::Change(list) => {
            Wish::Change(list.into_iter().map(|(_, who, level)| (student, who, level)).collect())
        }
    }
}

/// What happens before: nothing that goes by how many calls were made, since ids differ between two worlds
/// and with them the order of calls.
fn is_steady(what: &Move) -> bool {
    matches!(what, Move::Outside(_) | Move::Apply(_) | Move::Stale(..) | Move::Restart | Move::Look)
}

#[test]
fn what_is_done_for_two_students_is_the_same_in_either_order() {
    let seed = number("STRONGROOM_SEED", 5);
    let people = STUDENTS + 4;
    let case = (
        Machine::sequential_strategy(BEFORE),
        (0..STUDENTS, 1..STUDENTS).prop_map(|(one, step)| (one, (one + step) % STUDENTS)),
        (wish(people), wish(people)),
    );
    let mut runner = runner(seed, CASES);
    let differs = Cell::new(0);
    runner
        .run(&case, |((model, moves, _), (one, other), (first, second))| {
            let before: Vec<Move> = moves.into_iter().filter(is_steady).collect();
            let (first, second) = (Move::Apply(about(one, first)), Move::Apply(about(other, second)));
            let start = played(model.clone(), &before);
            let forth = played(model.clone(), &[&before[..], &[first.clone(), second.clone()]].concat());
            let back = played(model.clone(), &[&before[..], &[second.clone(), first.clone()]].concat());
            assert_eq!(forth, back, "{model:?}: {before:?}, then {first:?} and {second:?}");
            differs.set(differs.get() + u32::from(start != forth));
            Ok(())
        })
        .unwrap();
    let differs = differs.get();
    assert!(differs > 0, "nothing was ever changed");
    eprintln!("{CASES} cases in either order, {differs} of which changed something (seed {seed})");
}
