//! The world without HTTP: what a change is, and whether rights follow from grants and groups.

use std::collections::{BTreeMap, BTreeSet};

use tempfile::TempDir;

use super::*;
use crate::domain::access::{Level, Permission, Permissions, Principal};
use crate::domain::id::{GroupId, PersonId, VaultId};

struct Bench {
    folder: TempDir,
    world: World,
    admin: Caller,
    service: Caller,
}

fn moment(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let world = World::open(&folder.path().join("world"), Rules::default()).unwrap();
    let founding = Founding::default();
    let (admin, service) =
        world.at(moment(0)).write(|turn| turn.found(&founding, "http://127.0.0.1:1")).unwrap();
    Bench { folder, world, admin, service }
}

fn person(turn: &Turn<'_>, admin: &Caller, name: &str) -> PersonId {
    let email = format!("{name}@example.edu");
    let new = NewPerson { name: name.to_owned(), email, kind: None, state: None };
    turn.add_person(admin, &new).unwrap().0.id
}

#[test]
fn a_change_that_fails_leaves_nothing_behind() {
    let Bench { folder: _kept, world, admin, service } = bench();
    let look = || world.at(moment(0)).read(|turn| Ok((turn.ledger()?, turn.people(&admin)?))).unwrap();
    let (before, tokens) = (look(), std::fs::read(world.tokens_file()).unwrap());
    let refused = world.at(moment(1)).write(|turn| {
        person(turn, &admin, "ngozi");
        turn.create_vault(&service, &Wanted { name: "v".to_owned(), ..Wanted::default() })?;
        turn.create_vault(&service, &Wanted::default())
    });
    assert_eq!(refused.unwrap_err().status, 400);
    assert_eq!(look(), before);
    assert_eq!(std::fs::read(world.tokens_file()).unwrap(), tokens);
}

#[test]
fn a_panic_in_a_change_leaves_the_world_usable() {
    let Bench { folder: _kept, world, admin, .. } = bench();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        drop(world.at(moment(1)).write(|turn| {
            person(turn, &admin, "ngozi");
            if turn.now() == moment(1) { panic!("a defect") } else { Ok(()) }
        }));
    }));
    assert!(caught.is_err());
    let people = world.at(moment(2)).read(|turn| turn.people(&admin)).unwrap();
    assert_eq!(people.len(), 1);
}

#[test]
fn bytes_that_no_row_names_are_swept_at_the_start() {
    let Bench { folder, world, service, .. } = bench();
    let kept = world
        .at(moment(1))
        .write(|turn| {
            let vault = turn.create_vault(&service, &Wanted { name: "v".to_owned(), ..Wanted::default() })?;
            let label = Label { vault: vault.id, item: None, title: None, name: "a".to_owned() };
            turn.store(&service, b"kept", &label)
        })
        .unwrap();
    drop(world);
    let root = folder.path().join("world");
    std::fs::write(root.join("files/sbxorphan"), "x").unwrap();
    std::fs::write(root.join("files/.part-abc"), "x").unwrap();
    let world = World::open(&root, Rules::default()).unwrap();
    let left: Vec<_> =
        std::fs::read_dir(root.join("files")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [kept.files[0].id.as_str()]);
    assert_eq!(world.rules().limits, Limits::None);
}

#[test]
fn changes_carry_the_time_they_are_told() {
    let Bench { folder: _kept, world, service, .. } = bench();
    let wanted = Wanted { name: "v".to_owned(), ..Wanted::default() };
    let vault = world.at(moment(86_400)).write(|turn| turn.create_vault(&service, &wanted)).unwrap();
    assert_eq!(vault.created, moment(86_400));
    let last = world.at(moment(0)).read(|turn| Ok(turn.ledger()?.pop())).unwrap().unwrap();
    assert_eq!((last.action.as_str(), last.time), ("vault.create", moment(86_400)));
}

/// What rights should be, kept by hand: the oracle of the next test.
#[derive(Default)]
struct Model {
    direct: BTreeMap<(usize, Principal), Permissions>,
    members: BTreeSet<(GroupId, PersonId)>,
}

impl Model {
    fn reach(&self, vault: usize, person: &PersonId) -> Permissions {
        self.direct
            .iter()
            .filter(|((at, who), _)| {
                *at == vault
                    && match who {
                        Principal::Person(id) => id == person,
                        Principal::Group(group) => self.members.contains(&(group.clone(), person.clone())),
                    }
            })
            .fold(Permissions::NONE, |set, (_, more)| set | *more)
    }
}

#[test]
fn rights_are_direct_ones_and_those_through_groups_whatever_happened() {
    let Bench { folder: _kept, world, admin, service } = bench();
    let at = world.at(moment(1));
    let (people, groups, vaults) = at
        .write(|turn| {
            let people: Vec<_> = (0..4).map(|n| person(turn, &admin, &format!("p{n}"))).collect();
            let group = |n| turn.add_group(&admin, &format!("g{n}")).map(|group| group.id);
            let vault = |n| {
                let wanted = Wanted { name: format!("v{n}"), ..Wanted::default() };
                turn.create_vault(&service, &wanted).map(|vault| vault.id)
            };
            let groups: Vec<GroupId> = (0..2).map(group).collect::<Result<_>>()?;
            let vaults: Vec<VaultId> = (0..3).map(vault).collect::<Result<_>>()?;
            Ok((people, groups, vaults))
        })
        .unwrap();
    let mut rng = fastrand::Rng::with_seed(42);
    let mut model = Model::default();
    for _ in 0..400 {
        let (who, group, v) = (rng.choice(&people).unwrap(), rng.choice(&groups).unwrap(), rng.usize(..3));
        let to = if rng.bool() { Principal::Person(who.clone()) } else { Principal::Group(group.clone()) };
        let level = *rng.choice(&[Level::Submit, Level::Read, Level::Write, Level::Manage]).unwrap();
        let set = level.permissions(crate::domain::access::AccountKind::Business).unwrap();
        let key = (v, to.clone());
        match rng.u8(..6) {
            0..3 => {
                let result = at.write(|turn| turn.grant(&service, &vaults[v], &to, set)).unwrap();
                let wanted = *model.direct.entry(key).and_modify(|held| *held = *held | set).or_insert(set);
                assert_eq!(result, wanted);
            }
            3 => {
                let done = at.write(|turn| turn.revoke(&service, &vaults[v], &to, None));
                assert_eq!(done.is_ok(), model.direct.remove(&key).is_some());
            }
            4 => {
                at.write(|turn| turn.join(&admin, group, who)).unwrap();
                model.members.insert((group.clone(), who.clone()));
            }
            _ => {
                let done = at.write(|turn| turn.leave(&admin, group, who));
                assert_eq!(done.is_ok(), model.members.remove(&(group.clone(), who.clone())));
            }
        }
        check(&at, &model, &people, &vaults);
    }
}

fn check(at: &At<'_>, model: &Model, people: &[PersonId], vaults: &[VaultId]) {
    at.read(|turn| {
        for person in people {
            let caller = Caller::new(person.clone(), Role::Person);
            let listed: BTreeSet<_> = turn.vaults(&caller)?.into_iter().map(|vault| vault.id).collect();
            for (v, vault) in vaults.iter().enumerate() {
                let wanted = model.reach(v, person);
                let found = turn.reach(&caller, vault).unwrap_or(Permissions::NONE);
                assert_eq!(found, wanted);
                assert_eq!(listed.contains(vault), !wanted.is_empty());
                let items = turn.items(&caller, vault, false).is_ok();
                assert_eq!(items, wanted.has(Permission::ViewItems));
            }
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn worlds_of_earlier_versions_are_taken_up() {
    for version in 1..=2 {
        taken_up(version);
    }
}

fn taken_up(version: u32) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world");
    let world = World::open(&path, Rules::default()).unwrap();
    let (admin, service) =
        world.at(moment(0)).write(|turn| turn.found(&Founding::default(), "http://127.0.0.1:1")).unwrap();
    let tables = |world: &World| {
        let db = world.lock();
        let mut tables = db
            .prepare("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
            .unwrap();
        let rows = tables.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect::<Vec<(String, Option<String>)>>()
    };
    let new = tables(&world);
    let earlier = if version == 1 { "DROP TABLE given; DROP TABLE setting;" } else { "" };
    world
        .lock()
        .execute_batch(&format!(
            "{earlier} DROP TABLE report; ALTER TABLE token DROP COLUMN scope;
             ALTER TABLE ledger DROP COLUMN client; PRAGMA user_version = {version}",
        ))
        .unwrap();
    drop(world);
    let world = World::open(&path, Rules::default()).unwrap();
    assert_eq!(tables(&world), new, "{version}");
    let wanted = Wanted { name: "material".to_owned(), ..Wanted::default() };
    let seen = world.at(moment(1)).write(|turn| {
        assert!(turn.may_create_vaults()?);
        let vault = turn.create_vault(&admin, &wanted)?.id;
        turn.give_vault(&admin, &vault, false)?;
        turn.vaults(&service)
    });
    assert_eq!(seen.unwrap().len(), 1);
}
