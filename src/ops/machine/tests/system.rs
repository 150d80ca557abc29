//! The program as it is: planner, rules, log, local state and the world, in a folder of its own, driven
//! move by move.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;

use super::clock::Hand;
use super::hall::Hall;
use super::judge::Judge;
use super::model::{ASSISTANT, AUDITOR, GROUP, Model, STUDENTS, Sight, UNTIL, Who};
use super::moves::{Move, Outside, Wish};
use super::settled::{Settled, person};
use crate::audit::{Actor, Audit};
use crate::domain::access::Level;
use crate::domain::class::{Class, Exception, Staff, StaffName, StudentKey};
use crate::domain::directory::Identity;
use crate::domain::fault::Result;
use crate::domain::id::{PersonId, VaultId};
use crate::domain::plan::{Change, Outcome, Plan, Wish as Planned};
use crate::domain::roster::Student;
use crate::domain::text::{SafeText, Untrusted};
use crate::ops::{Ended, Ops, Patience};
use crate::queries::{Acting, Queries};
use crate::sandbox::World;
use crate::sandbox::refusal::Result as Answer;
use crate::sandbox::world::{Caller, Founding, NewItem, Rules, Turn, View, Wanted};
use crate::seeded;
use crate::store::Store;

/// A day, in seconds.
const DAY: i64 = 86_400;

/// Everything of one case.
pub(super) struct System {
    pub(super) hall: Arc<Hall>,
    pub(super) ops: Ops,
    pub(super) model: Model,
    folder: TempDir,
    pub(super) runtime: Runtime,
    class: Class,
    /// Somebody else who administers the account.
    admin: Caller,
    twin: Caller,
    service: PersonId,
    pub(super) hand: Hand,
}

pub(super) fn key(student: usize) -> StudentKey {
    StudentKey::parse(&format!("s{student}")).unwrap()
}

fn class(hand: &Hand) -> Class {
    let staff = |who, level| Staff { who, level };
    let today = hand.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let until = |days: i64| today.checked_add(jiff::Span::new().days(days)).unwrap();
    let excepted = |who: &str, student, days| Exception {
        who: who.to_owned(),
        vault: key(student),
        level: Level::Read,
        reason: SafeText::new("partners"),
        until: until(days),
    };
    Class {
        staff: vec![
            staff(StaffName::User(ASSISTANT.into()), Level::Read),
            staff(StaffName::Group(GROUP.into()), Level::Write),
        ],
        exceptions: vec![excepted(AUDITOR, 0, UNTIL[0]), excepted("s1", 2, UNTIL[1])],
        ..Class::new("CS101")
    }
}

impl System {
    pub(super) fn new(model: &Model) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hand = Hand::new();
        seeded::synced(0);
        let view = if model.sight == Sight::Blind { View::ServiceAccount } else { View::Person };
        let rules = Rules { view, ..Rules::default() };
        let world = Arc::new(World::open(&folder.path().join("world"), rules).unwrap());
        let founding = Founding { kind: model.kind, ..Founding::default() };
        let at = world.at(hand.now());
        let settled = at.write(|turn| Settled::make(turn, &founding, model)).unwrap();
        let caller = if model.sight == Sight::Person { &settled.founder } else { &settled.service };
        let identity = Identity {
            account: settled.account.clone(),
            account_name: "University".into(),
            kind: model.kind,
            id: caller.id.clone(),
            name: "Strongroom".into(),
            is_service_account: model.sight != Sight::Person,
            sees_levels: model.sight != Sight::Blind,
        };
        let mut judge = Judge::new(model.clone(), settled.ids, settled.groups, caller.id.clone());
        judge.log = folder.path().join("state").join("audit.jsonl");
        let hall = Arc::new(Hall::new(world, hand.clone(), caller.clone(), identity, judge));
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let class = class(&hand);
        let ops = ops(&folder.path().join("state"), &hall, &class);
        let system = Self {
            hall,
            ops,
            model: model.clone(),
            folder,
            runtime,
            class,
            admin: settled.admin,
            twin: settled.twin,
            service: settled.service.id,
            hand,
        };
        system.enroll();
        let store = system.ops.queries.store.clone();
        system.hall.judge(|judge| judge.restarted(store));
        system
    }

    /// Carries a move out; `model` is what is so after it.
    pub(super) fn go(&mut self, what: &Move, model: &Model) {
        self.hand.pass(1);
        self.hall.pass(1);
        match what {
            Move::Outside(outside) => self.befall(outside, model),
            Move::Apply(wish) => drop(self.perform(wish)),
            Move::Stale(wish, outside) => self.stale(wish, outside, model),
            Move::Two(one, other) => self.two(one, other),
            Move::Crash { wish, at, after, power } => self.crash(wish, (*at, *after), *power),
            Move::Trouble(after, mishap) => self.hall.arm(*after, *mishap),
            Move::Restart => self.restart(),
            Move::Asked { wish, at, ends } => self.asked(wish, *at, *ends),
            Move::Resume => self.resume(),
            Move::Undo => self.undo(),
            Move::Look => {
                drop(self.look());
                self.reported();
            }
            Move::Settle => self.settle(),
        }
        let world = self.hall.world.clone();
        self.hall.judge(|judge| {
            judge.ask(Vec::new());
            judge.observe(&world);
            judge.bindings_hold();
        });
    }

    /// What was found wrong so far.
    pub(super) fn violations(&self) -> Vec<String> {
        self.hall.judge(|judge| judge.violations.clone())
    }

    fn enroll(&self) {
        let students: Vec<(usize, Student)> = self
            .model
            .roster
            .iter()
            .enumerate()
            .map(|(at, row)| {
                let (name, email) = (SafeText::new(&row.name), Untrusted::new(row.email.clone()));
                (at, Student { key: key(at), name, email })
            })
            .collect();
        let is_gone = |at: usize| self.model.roster[at].gone;
        let gone: Vec<_> = (0..STUDENTS).filter(|at| is_gone(*at)).map(key).collect();
        let here: Vec<_> = students.into_iter().filter(|(at, _)| !is_gone(*at)).map(|(_, s)| s).collect();
        self.ops.queries.store.apply_roster(&here, &gone).unwrap();
    }

    fn befall(&mut self, outside: &Outside, model: &Model) {
        let before = std::mem::replace(&mut self.model, model.clone());
        self.hall.judge(|judge| judge.model = model.clone());
        match outside {
            Outside::Enrol(..) | Outside::Leave(..) => self.enroll(),
            Outside::Days(days) => self.hand.pass(days * DAY),
            outside => {
                let world = self.hall.world.clone();
                let at = world.at(self.hand.now());
                // What is not possible as things are does not happen.
                drop(at.write(|turn| self.outside(turn, outside, &before)));
            }
        }
    }

    fn outside(&self, turn: &Turn<'_>, what: &Outside, before: &Model) -> Answer<()> {
        let admin = &self.admin;
        let id = |at: usize| self.hall.judge(|judge| judge.ids[at].clone());
        let is_there = |at: usize| before.people[at].there;
        match what {
            Outside::Rename(at, name) if is_there(*at) => turn.rename_person(admin, &id(*at), name),
            Outside::Swap(one, other) if one != other && is_there(*one) && is_there(*other) => {
                let email = |at: usize| before.people[at].email.clone();
                turn.readdress(admin, &[(id(*one), email(*other)), (id(*other), email(*one))])
            }
            Outside::Reinvite(at) if is_there(*at) => {
                turn.delete_person(admin, &id(*at))?;
                let again = person(&before.people[*at].name, &before.people[*at].email);
                let row = turn.add_person(admin, &again)?.0;
                self.hall.judge(|judge| judge.ids.push(row.id));
                Ok(())
            }
            Outside::State(at, state) if is_there(*at) => turn.force_state(admin, &id(*at), state),
            Outside::Member(at, joins) if is_there(*at) => {
                let group = self.hall.judge(|judge| judge.staff.clone());
                if *joins { turn.join(admin, &group, &id(*at)) } else { turn.leave(admin, &group, &id(*at)) }
            }
            Outside::Stray(place, who, level) => {
                let (Some(vault), Some(set)) = (self.vault(*place), before.set(*level)) else {
                    return Ok(());
                };
                turn.grant(admin, &vault, &self.principal(*who), set).map(drop)
            }
            Outside::Take(place, who) => {
                let Some(vault) = self.vault(*place) else { return Ok(()) };
                turn.revoke(admin, &vault, &self.principal(*who), None).map(drop)
            }
            Outside::Title(place, other) => {
                let Some(vault) = self.vault(*place) else { return Ok(()) };
                turn.rename_vault(admin, &vault, &format!("CS101-s{other}")).map(drop)
            }
            Outside::Disown(place, lost) => {
                let Some(vault) = self.vault(*place) else { return Ok(()) };
                turn.hand_over(admin, &vault, if *lost { &admin.id } else { &self.service })
            }
            Outside::Item(place) => {
                let Some(vault) = self.vault(*place) else { return Ok(()) };
                let item = NewItem { category: "SECURE_NOTE".into(), ..NewItem::default() };
                turn.create_item(&self.hall.caller, &vault, item).map(drop)
            }
            Outside::Twin(student) => {
                let description = format!("another one's [sr:s{student}:abcdefgh]");
                let name = format!("CS101-s{student}");
                let wanted = Wanted { name, description, icon: None, admins_can_manage: Some(false) };
                turn.create_vault(&self.twin, &wanted).map(drop)
            }
            _ => Ok(()),
        }
    }

    fn principal(&self, who: Who) -> crate::domain::access::Principal {
        self.hall.judge(|judge| judge.principal(who))
    }

    /// The vault that is known as a student's.
    pub(super) fn vault(&self, student: usize) -> Option<VaultId> {
        let bindings = self.ops.queries.store.bindings().unwrap();
        bindings.into_iter().find(|binding| binding.student == key(student)).map(|binding| binding.vault)
    }

    /// The wish as the program takes it; `None` where there is no vault that it could be about.
    pub(super) fn planned(&self, wish: &Wish) -> Option<Planned> {
        let changes = match wish {
            Wish::Provision(None) => return Some(Planned::Provision(Vec::new())),
            Wish::Provision(Some(student)) => return Some(Planned::Provision(vec![key(*student)])),
            Wish::Class(None) => return Some(Planned::Class(Vec::new())),
            Wish::Class(Some(student)) => return Some(Planned::Class(vec![key(*student)])),
            Wish::Mend(None) => return Some(Planned::Mend(Vec::new())),
            Wish::Mend(Some(student)) => return Some(Planned::Mend(vec![key(*student)])),
            Wish::Change(changes) => changes,
        };
        // One cell of the matrix has one level.
        let cells: BTreeMap<(usize, Who), Level> =
            changes.iter().map(|(at, who, level)| ((*at, *who), *level)).collect();
        let change = |((at, who), to): ((usize, Who), Level)| {
            Some(Change { vault: self.vault(at)?, who: self.principal(who), to })
        };
        let changes: Vec<Change> = cells.into_iter().filter_map(change).collect();
        (!changes.is_empty()).then_some(Planned::Access(changes))
    }

    /// Plans a wish and carries the plan out.
    pub(super) fn perform(&self, wish: &Wish) -> Option<Result<Ended>> {
        let planned = self.planned(wish)?;
        self.hall.judge(|judge| judge.ask(vec![wish.clone()]));
        let ended = self.runtime.block_on(async {
            let plan = self.ops.plan(&planned).await?;
            run(&self.ops, plan).await
        });
        if let Ok(ended) = &ended {
            self.is_real(ended);
        }
        Some(ended)
    }

    /// I13, I19: what is told to be done is so.
    pub(super) fn is_real(&self, ended: &Ended) {
        let world = self.hall.world.clone();
        let done = ended.plan.rows.iter().filter(|row| row.outcome == Outcome::Done);
        for row in done {
            let Some(vault) = &row.vault else { continue };
            for step in &row.steps {
                let (Some(who), Some(level)) = (step.who(), step.level()) else { continue };
                if self.hall.is_late(vault, who) {
                    continue;
                }
                self.hall.judge(|judge| {
                    judge.observe(&world);
                    let (held, wanted) = (judge.held(vault, who), judge.model.set(level));
                    if wanted != Some(held) {
                        judge.bad(format!("I13, I19: told {level} for {who:?} is done, and it is {held:?}"));
                    }
                });
            }
        }
    }

    fn stale(&mut self, wish: &Wish, outside: &Outside, model: &Model) {
        let planned = self.planned(wish);
        let plan = planned.and_then(|planned| self.runtime.block_on(self.ops.plan(&planned)).ok());
        let world = self.hall.world.clone();
        let ground = plan.as_ref().map(|plan| {
            self.hall.judge(|judge| {
                judge.observe(&world);
                judge.ground_of(plan)
            })
        });
        self.befall(outside, model);
        let (Some(plan), Some(ground)) = (plan, ground) else { return };
        self.hall.judge(|judge| {
            judge.ask(vec![wish.clone()]);
            judge.ground = ground;
        });
        if let Ok(ended) = self.runtime.block_on(run(&self.ops, plan)) {
            self.is_real(&ended);
        }
    }

    fn two(&self, one: &Wish, other: &Wish) {
        let (Some(first), Some(second)) = (self.planned(one), self.planned(other)) else { return };
        let beside = ops(&self.folder.path().join("state"), &self.hall, &self.class);
        self.hall.judge(|judge| judge.ask(vec![one.clone(), other.clone()]));
        self.runtime.block_on(async {
            let (mine, theirs) = (performed(&self.ops, &first), performed(&beside, &second));
            drop(tokio::join!(mine, theirs));
        });
    }

    fn crash(&mut self, wish: &Wish, death: (usize, bool), power: bool) {
        let Some(planned) = self.planned(wish) else { return };
        self.hall.judge(|judge| judge.ask(vec![wish.clone()]));
        self.hall.die_at(Some(death));
        let died = self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = self.hall.dies.notified() => true,
                _ = performed(&self.ops, &planned) => false,
            }
        });
        self.hall.die_at(None);
        if died && power {
            let log = self.log();
            if let Ok(file) = std::fs::OpenOptions::new().write(true).open(&log) {
                file.set_len(seeded::durable()).unwrap();
            }
        }
        self.restart();
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("state").join("audit.jsonl")
    }

    /// Whether the log is whole.
    pub(super) fn verified(&self) -> bool {
        let (log, key) = (self.log(), self.folder.path().join("state-key").join("audit.key"));
        !log.exists() || crate::audit::verify(&log, &key).is_ok_and(|found| found.first_bad.is_none())
    }

    pub(super) fn restart(&mut self) {
        self.ops = ops(&self.folder.path().join("state"), &self.hall, &self.class);
        let store = self.ops.queries.store.clone();
        self.hall.judge(|judge| judge.restarted(store));
    }

    /// Reads who is on every vault.
    pub(super) fn look(&self) -> Result<()> {
        let keys: Vec<_> = (0..STUDENTS).map(key).collect();
        self.runtime.block_on(async {
            self.ops.queries.refresh().await?;
            self.ops.queries.access(&keys).await.map(drop)
        })
    }
}

/// Carries out a plan, to all of which somebody has agreed.
pub(super) async fn run(ops: &Ops, mut plan: Plan) -> Result<Ended> {
    plan.typed = plan.guard.as_ref().map(|guard| guard.word.as_str().to_owned());
    ops.run(plan, Patience::Stop, CancellationToken::new(), Arc::new(|_| {})).await
}

pub(super) async fn performed(ops: &Ops, wish: &Planned) -> Result<Ended> {
    let plan = ops.plan(wish).await?;
    run(ops, plan).await
}

/// The program, over the files of that folder.
fn ops(state: &std::path::Path, hall: &Arc<Hall>, class: &Class) -> Ops {
    let store = Store::open(&state.join("store.db")).unwrap();
    let key = state.with_file_name("state-key").join("audit.key");
    let audit = Audit::open(&state.join("audit.jsonl"), &key).unwrap();
    let (provider, class) = (hall.clone(), Arc::new(class.clone()));
    let queries = Queries { provider, store, class, clock: hall.hand.clock(), acting: Acting::default() };
    let actor = Actor { machine: "m".into(), user: "u".into(), ..Actor::default() };
    Ops::new(queries, audit, actor, false, state.join("locks"))
}
