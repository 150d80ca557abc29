//! What holds for every plan of a random class, and on the way while it is carried out.

use proptest::prelude::*;

use super::*;

/// A class of that kind in which anybody may be anywhere, with any state and exceptions.
fn classes() -> impl Strategy<Value = (Facts, World)> {
    let whos = ["a", "b", "c", "d", "e", "t", "x"];
    let levels = [Level::None, Level::Read, Level::Write, Level::Manage];
    let cells = prop::collection::vec((0..3_usize, 0..8_usize, 0..4_usize), 0..14);
    let people = prop::collection::vec(0..4_usize, whos.len());
    let kinds = prop::sample::select(vec![AccountKind::Business, AccountKind::Teams, AccountKind::Families]);
    let exceptions = prop::collection::vec((0..7_usize, 0..3_usize, any::<bool>()), 0..4);
    (cells, people, kinds, exceptions, any::<bool>(), any::<bool>()).prop_map(
        move |(cells, states, kind, exceptions, person, in_group)| {
            let mut facts = facts();
            facts.identity.kind = kind;
            facts.identity.is_service_account = !person;
            for (at, who) in whos.iter().enumerate() {
                let state = if states[at] == 0 { PersonState::Suspended } else { PersonState::Active };
                facts.people.iter_mut().find(|p| p.id == id(who)).unwrap().state = state;
            }
            if in_group {
                facts.groups[0].members = Some(vec![id("t")]);
            }
            let until = |lives| if lives { "2026-12-01" } else { "2026-11-01" };
            facts.class.exceptions = exceptions
                .iter()
                .map(|(w, v, l)| exception(whos[*w], ["a", "b", "e"][*v], until(*l)))
                .collect();
            let mut world: World = ["a", "b", "e"].map(|of| (vault(of), BTreeMap::new())).into();
            for (of, who, level) in cells {
                let who = whos.get(who).map_or_else(tas, |who| someone(who));
                let held = set(levels[level], kind);
                if !held.is_empty() {
                    world.get_mut(&vault(["a", "b", "e"][of])).unwrap().insert(who, held);
                }
            }
            (facts, world)
        },
    )
}

/// Carries out a plan call by call, as `ops` does; tells of every state on the way.
fn carry_out(facts: &Facts, world: &mut World, plan: &Plan, mut each: impl FnMut(&World)) {
    let (kind, at) = (facts.identity.kind, Timestamp::UNIX_EPOCH);
    for row in plan.rows.iter().filter(|row| row.outcome == Outcome::Planned) {
        let vault = row.vault.clone().unwrap_or_else(|| vault(row.student.as_str()));
        let cells = world.entry(vault.clone()).or_default().clone();
        for step in &row.steps {
            let (Some(who), Some(level)) = (step.who(), step.level()) else { continue };
            let held = cells.get(who).copied().unwrap_or_default();
            let known = Cell::Proved { set: held, at };
            let partly = !facts.identity.is_service_account;
            for call in calls((&vault, who), known, set(level, kind), kind, partly) {
                let cells = world.get_mut(&vault).unwrap();
                let held = cells.get(who).copied().unwrap_or_default();
                let after = match call {
                    Call::Grant { permissions, .. } => held.plain(kind) | permissions,
                    Call::Revoke { permissions, .. } => permissions.map_or(Permissions::NONE, |p| held - p),
                    _ => held,
                };
                cells.insert(who.clone(), after);
                cells.retain(|_, set| !set.is_empty());
                each(world);
            }
        }
    }
}

fn held(world: &World, vault: &VaultId, who: &Principal) -> Permissions {
    world.get(vault).and_then(|cells| cells.get(who)).copied().unwrap_or_default()
}

proptest! {
    #[test]
    fn no_part_of_a_plan_gives_anybody_more_than_before_or_after((facts, before) in classes()) {
        let plan = plan(&facts, &before);
        let mut after = before.clone();
        carry_out(&facts, &mut after, &plan, |_| {});
        let mut world = before.clone();
        let mut worst = None;
        carry_out(&facts, &mut world, &plan, |now| {
            for (vault, cells) in now {
                for (who, set) in cells {
                    let allowed = held(&before, vault, who).contains(*set) || held(&after, vault, who).contains(*set);
                    worst = worst.take().or((!allowed).then(|| (vault.clone(), who.clone(), *set)));
                }
            }
        });
        prop_assert_eq!(worst, None);
    }

    #[test]
    fn a_plan_that_was_carried_out_leaves_nothing_to_plan((facts, before) in classes()) {
        let first = plan(&facts, &before);
        let mut world = before.clone();
        carry_out(&facts, &mut world, &first, |_| {});
        let mut facts = facts;
        for row in first.rows.iter().filter(|row| row.steps.contains(&Step::CreateVault)) {
            facts.bindings.insert(row.student.clone(), vault(row.student.as_str()));
        }
        let again = plan(&facts, &world);
        prop_assert_eq!(again.changes(), 0, "{:?}", told(&again));
        // Whoever is left belongs there.
        let frame = frame_of(&facts, &world);
        for (vault, cells) in &world {
            let owner = frame.owner(vault).unwrap();
            for who in cells.keys() {
                let standing = frame.standing(owner, who);
                prop_assert!(!matches!(standing, Standing::OtherStudent(_) | Standing::Stranger), "{standing:?}");
            }
        }
    }

    #[test]
    fn a_plan_takes_first_and_deletes_nothing((facts, world) in classes()) {
        for row in plan(&facts, &world).rows {
            let gives: Vec<bool> = row.steps.iter().map(|step| match step {
                Step::Revoke { .. } => false,
                Step::Grant { from: Some(from), to, .. } => from < to || *from == Level::None,
                _ => true,
            }).collect();
            prop_assert!(gives.is_sorted(), "{:?}", row.steps);
            let deletes = row.steps.iter().any(|step| matches!(step, Step::DeleteVault { .. }));
            prop_assert!(!deletes);
        }
    }
}
