//! The judge: sees every call before it is made, and says which invariant it would break. What is on the
//! vaults it knows from the server's ledger, who is who from the model, and what the program may believe
//! from the answers that it was given.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use serde_json::Value;

use super::ground::Ground;
use super::model::{Model, STUDENTS, Who};
use super::moves::Wish;
use crate::domain::access::{Level, Permission, Permissions, Principal};
use crate::domain::class::StudentKey;
use crate::domain::directory::{Grant, NewVault, Vault};
use crate::domain::fault::{Kind, Result};
use crate::domain::id::{GroupId, PersonId, VaultId};
use crate::domain::operation::{Call, Receipt};
use crate::sandbox::World;
use crate::sandbox::world::Entry;
use crate::seeded;
use crate::store::Store;

pub(super) type At = (VaultId, Principal);

/// What the judge knows.
pub(super) struct Judge {
    pub(super) model: Model,
    /// The ids of the model's people, by their places.
    pub(super) ids: Vec<PersonId>,
    pub(super) staff: GroupId,
    pub(super) others: GroupId,
    /// Whose calls are judged.
    pub(super) me: PersonId,
    pub(super) store: Option<Store>,
    pub(super) log: PathBuf,
    log_at: u64,
    /// Intents in the durable part of the log that have no result there.
    open: BTreeMap<u64, Value>,
    /// Whose vault each is that we made, and under which name.
    pub(super) owners: BTreeMap<VaultId, usize>,
    /// What everybody really holds directly.
    pub(super) acl: BTreeMap<At, Permissions>,
    /// How many items were put into each vault.
    pub(super) items: BTreeMap<VaultId, u64>,
    ledger_at: u64,
    /// What the program was told that somebody holds; `None` where it cannot know.
    known: HashMap<At, Option<Permissions>>,
    /// The last list of each vault, as it was told.
    pub(super) lists: HashMap<VaultId, BTreeMap<Principal, Option<Permissions>>>,
    /// Who was on a vault when that was last told, and what became of it by our own changes.
    shown: HashMap<VaultId, BTreeSet<Principal>>,
    /// Under which names vaults were told of last.
    listed: Vec<(VaultId, String)>,
    /// What the program was told to do just now.
    pub(super) asked: Vec<Wish>,
    /// What a plan rests on that is carried out just now, by students with steps in it.
    pub(super) ground: Vec<Ground>,
    /// For whom a vault was asked for in this run without a clear answer.
    unclear: BTreeSet<usize>,
    /// How many changes were sent.
    pub(super) sent: usize,
    pub(super) violations: Vec<String>,
}

impl Judge {
    pub(super) fn new(model: Model, ids: Vec<PersonId>, groups: (GroupId, GroupId), me: PersonId) -> Self {
        let (staff, others) = groups;
        Self {
            model,
            ids,
            staff,
            others,
            me,
            store: None,
            log: PathBuf::new(),
            log_at: 0,
            open: BTreeMap::new(),
            owners: BTreeMap::new(),
            acl: BTreeMap::new(),
            items: BTreeMap::new(),
            ledger_at: 0,
            known: HashMap::new(),
            lists: HashMap::new(),
            shown: HashMap::new(),
            listed: Vec::new(),
            asked: Vec::new(),
            ground: Vec::new(),
            unclear: BTreeSet::new(),
            sent: 0,
            violations: Vec::new(),
        }
    }

    /// The program was told to do these from now on.
    pub(super) fn ask(&mut self, wishes: Vec<Wish>) {
        self.asked = wishes;
        self.unclear.clear();
        self.ground.clear();
    }

    /// The program was started anew: it knows what it has written down, and what that is, is not certain.
    pub(super) fn restarted(&mut self, store: Store) {
        self.store = Some(store);
        self.known.clear();
        self.log_at = 0;
        self.open.clear();
    }

    /// Somebody's id.
    pub(super) fn principal(&self, who: Who) -> Principal {
        match who {
            Who::Person(at) => Principal::Person(self.ids[at].clone()),
            Who::Staff => Principal::Group(self.staff.clone()),
            Who::Others => Principal::Group(self.others.clone()),
        }
    }

    pub(super) fn who(&self, principal: &Principal) -> Option<Who> {
        match principal {
            Principal::Person(id) => self.ids.iter().position(|known| known == id).map(Who::Person),
            Principal::Group(id) if *id == self.staff => Some(Who::Staff),
            Principal::Group(id) => (*id == self.others).then_some(Who::Others),
        }
    }

    pub(super) fn bad(&mut self, what: impl Into<String>) {
        self.violations.push(what.into());
    }

    /// What somebody really holds directly.
    pub(super) fn held(&self, vault: &VaultId, who: &Principal) -> Permissions {
        self.acl.get(&(vault.clone(), who.clone())).copied().unwrap_or_default()
    }

    /// Whose vault it is by the local state.
    fn bound(&self, vault: &VaultId) -> Option<StudentKey> {
        let bindings = self.store.as_ref()?.bindings().ok()?;
        bindings.into_iter().find(|binding| binding.vault == *vault).map(|binding| binding.student)
    }

    /// Reads what really happened since the last time.
    pub(super) fn observe(&mut self, world: &World) {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let entries = world.at(now).read(|turn| turn.ledger_after(self.ledger_at)).unwrap();
        for entry in entries {
            self.ledger_at = entry.seq;
            self.note(&entry);
        }
    }

    fn note(&mut self, entry: &Entry) {
        let word = |name: &str| entry.facts.get(name).and_then(Value::as_str).unwrap_or_default();
        match entry.action.as_str() {
            "vault.create" if entry.actor == self.me.as_str() => {
                let student = (0..STUDENTS).find(|at| word("name") == format!("CS101-s{at}"));
                if let Some(student) = student {
                    self.owners.insert(VaultId::parse(word("vault")).unwrap(), student);
                }
            }
            "grant.person" | "revoke.person" | "grant.group" | "revoke.group" => {
                let who = if entry.action.ends_with("group") {
                    Principal::Group(GroupId::parse(word("group")).unwrap())
                } else {
                    Principal::Person(PersonId::parse(word("person")).unwrap())
                };
                let at = (VaultId::parse(word("vault")).unwrap(), who);
                let after: Permissions = serde_json::from_value(entry.facts["after"].clone()).unwrap();
                if after.is_empty() {
                    self.acl.remove(&at)
                } else {
                    self.acl.insert(at, after)
                };
            }
            "person.delete" => self.acl.retain(|(_, who), _| who.id() != word("person")),
            // Only the world outside puts anything in; nobody in a case takes anything out.
            "item.create" => *self.items.entry(VaultId::parse(word("vault")).unwrap()).or_default() += 1,
            "vault.delete" | "item.delete" | "item.archive" | "item.update" => {
                self.bad(format!("I20: {} of the vault {}", entry.action, word("vault")));
            }
            _ => {}
        }
    }

    /// A call is about to be made.
    pub(super) fn before(&mut self, world: &World, call: &Call) {
        self.observe(world);
        self.sent += 1;
        self.written_ahead(call);
        self.unchanged();
        match call {
            Call::CreateVault(new) => self.before_vault(new),
            Call::Grant { vault, who, permissions } => self.before_grant(vault, who, *permissions),
            Call::Revoke { vault, who, permissions } => self.before_revoke(vault, who, *permissions),
            _ => self.bad(format!("I6: nobody asked for {call:?}")),
        }
    }

    /// I14: the durable part of the log tells the call, and that it is not over.
    fn written_ahead(&mut self, call: &Call) {
        self.read_log();
        let told = self.open.values().any(|record| match call {
            Call::CreateVault(new) => {
                let nonce = record["args"]["nonce"].as_str().unwrap_or("none");
                record["op"] == "create-vault" && new.description.ends_with(&format!(":{nonce}]"))
            }
            Call::Grant { vault, who, .. } => record["op"] == "grant" && is_about(record, vault, who),
            Call::Revoke { vault, who, .. } => {
                (record["op"] == "grant" || record["op"] == "revoke") && is_about(record, vault, who)
            }
            _ => false,
        });
        if !told {
            self.bad(format!("I14: no durable intent before {call:?}"));
        }
    }

    fn read_log(&mut self) {
        let Ok(mut file) = std::fs::File::open(&self.log) else { return };
        let (from, until) = (self.log_at, seeded::durable());
        let mut text = String::new();
        file.seek(SeekFrom::Start(from)).unwrap();
        file.take(until.saturating_sub(from)).read_to_string(&mut text).unwrap();
        self.log_at = until.max(from);
        for line in text.lines() {
            let record: Value = serde_json::from_str(line).unwrap();
            match record["of"].as_u64() {
                Some(of) => drop(self.open.remove(&of)),
                None => drop(self.open.insert(record["seq"].as_u64().unwrap(), record)),
            }
        }
    }

    fn before_vault(&mut self, new: &NewVault) {
        let Some(student) = (0..STUDENTS).find(|at| new.name == format!("CS101-s{at}")) else {
            return self.bad(format!("I6: a vault named {} is no student's", new.name));
        };
        if !new.description.contains(&format!("[sr:s{student}:")) {
            self.bad(format!("I5: the vault of s{student} has another one's mark"));
        }
        let asked = self.asked.iter().any(|wish| match wish {
            Wish::Provision(only) | Wish::Class(only) => only.is_none_or(|only| only == student),
            Wish::Mend(_) | Wish::Change(_) => false,
        });
        if !asked {
            self.bad(format!("I6: nobody asked for a vault of s{student}"));
        }
        if self.model.own(student).is_none() {
            self.bad(format!("I7: a vault for s{student}, who is nobody for certain"));
        }
        let bindings = self.store.as_ref().unwrap().bindings().unwrap();
        if bindings.iter().any(|binding| binding.student.as_str() == format!("s{student}")) {
            self.bad(format!("I5: a second vault for s{student}"));
        }
        if self.unclear.contains(&student) {
            self.bad(format!("a vault for s{student} was asked for again without a clear answer"));
        }
        let there =
            |(vault, name): &(VaultId, String)| *name == new.name && self.owners.get(vault) == Some(&student);
        if self.listed.iter().any(there) {
            self.bad(format!("I5: the vault of s{student} was listed, and another one is made"));
        }
    }

    /// I4, I11: whose vault it is, if it is one that may be changed.
    fn ours(&mut self, vault: &VaultId, who: &Principal) -> Option<usize> {
        if who.id() == self.me.as_str() {
            self.bad("I4: the access of whoever acts is changed");
        }
        let Some(student) = self.owners.get(vault).copied() else {
            self.bad(format!("I11: {vault} is none of ours"));
            return None;
        };
        if self.bound(vault).is_none_or(|key| key.as_str() != format!("s{student}")) {
            self.bad(format!("I11: {vault} is not known as the vault of s{student}"));
        }
        Some(student)
    }

    /// The levels that somebody was to be brought to on a student's vault.
    fn targets(&self, student: usize, who: Who) -> Vec<Level> {
        let targets = |wish: &Wish| match wish {
            Wish::Provision(only) => {
                let is_own = only.is_none_or(|only| only == student)
                    && matches!(who, Who::Person(at) if self.model.is_own(student, at));
                if is_own { vec![Level::Write] } else { Vec::new() }
            }
            Wish::Class(only) | Wish::Mend(only) if only.is_none_or(|only| only == student) => {
                vec![self.model.desired(student, who)]
            }
            Wish::Class(_) | Wish::Mend(_) => Vec::new(),
            Wish::Change(list) => {
                let same = list.iter().filter(|(at, whom, _)| *at == student && *whom == who);
                same.map(|(.., level)| *level).collect()
            }
        };
        self.asked.iter().flat_map(targets).collect()
    }

    fn before_grant(&mut self, vault: &VaultId, principal: &Principal, named: Permissions) {
        let Some(student) = self.ours(vault, principal) else { return };
        let Some(who) = self.who(principal) else {
            return self.bad(format!("I1: {principal:?} is nobody we know"));
        };
        let said = format!("{who:?} gets {named:?} on the vault of s{student}");
        let limit = self.model.limit(student, who).and_then(|level| self.model.set(level));
        if !limit.is_some_and(|limit| limit.contains(named)) {
            let crosses = matches!(who, Who::Person(at) if self.model.is_other_student(student, at));
            let rule = if crosses { "I2" } else { "I1, I3, I7, I8, I9" };
            self.bad(format!("{rule}: {said}"));
        }
        let targets = self.targets(student, who);
        let sets: Vec<_> = targets.iter().filter_map(|level| self.model.set(*level)).collect();
        if !sets.iter().any(|set| set.contains(named)) {
            self.bad(format!("I6: {said}, which nobody asked for"));
        }
        let before = self.known.get(&(vault.clone(), principal.clone())).copied().flatten();
        if let Some(before) = before {
            let after = before | named;
            if after != before && !sets.iter().any(|set| set.contains(after)) {
                self.bad(format!("I10: {said} beside {before:?}"));
            }
        }
        if matches!(who, Who::Person(at) if self.model.is_own(student, at)) {
            self.vacant(student, vault, principal);
        }
    }

    /// I2: another student who was seen on the vault keeps it from being given.
    fn vacant(&mut self, student: usize, vault: &VaultId, who: &Principal) {
        let shown = self.shown.get(vault).cloned().unwrap_or_default();
        for other in shown.iter().filter(|other| *other != who) {
            let Some(Who::Person(at)) = self.who(other) else { continue };
            let limit = self.model.limit(student, Who::Person(at));
            if self.model.is_other_student(student, at) && limit.is_none() {
                self.bad(format!("I2: s{student} gets a vault that {:?} is on", self.model.people[at].email));
            }
        }
    }

    fn before_revoke(&mut self, vault: &VaultId, principal: &Principal, part: Option<Permissions>) {
        let Some(student) = self.ours(vault, principal) else { return };
        let said = format!("{part:?} of {principal:?} is taken on the vault of s{student}");
        let targets = self.who(principal).map(|who| self.targets(student, who)).unwrap_or_default();
        let sets: Vec<_> = targets.iter().filter_map(|level| self.model.set(*level)).collect();
        // Taking all is the first half of a narrowing, where there is something to narrow.
        let known = self.known.get(&(vault.clone(), principal.clone())).copied().flatten();
        let keeps = |set: &Permissions| match part {
            Some(part) => (part & *set).is_empty(),
            None => set.is_empty() || known.is_none_or(|known| !set.contains(known)),
        };
        // Whoever is nobody the model knows belongs nowhere.
        let whole = |wish: &Wish| matches!(wish, Wish::Class(_) | Wish::Mend(_));
        let stranger = self.who(principal).is_none() && self.asked.iter().any(whole);
        if !stranger && !sets.iter().any(keeps) {
            self.bad(format!("I6: {said}, which nobody asked for"));
        }
    }

    /// A call was answered.
    pub(super) fn after(&mut self, world: &World, call: &Call, answer: &Result<Receipt>) {
        self.observe(world);
        let unknown = answer.as_ref().is_err_and(|fault| fault.kind == Kind::Unknown);
        match call {
            Call::CreateVault(new) if unknown => {
                let student = (0..STUDENTS).find(|at| new.name == format!("CS101-s{at}"));
                self.unclear.extend(student);
            }
            Call::CreateVault(_) => {
                if let Ok(Receipt::Vault(vault)) = answer {
                    self.shown.insert(vault.id.clone(), BTreeSet::new());
                }
            }
            Call::Grant { vault, who, .. } | Call::Revoke { vault, who, .. } => {
                let at = (vault.clone(), who.clone());
                let before = self.known.get(&at).copied().flatten();
                let now = match (answer, call) {
                    (Ok(Receipt::Access(set)), _) => Some(*set - moving()),
                    (Ok(_), Call::Revoke { permissions: None, .. }) => Some(Permissions::NONE),
                    (Ok(_), Call::Revoke { permissions: Some(part), .. }) => before.map(|set| set - *part),
                    _ if unknown => None,
                    _ => before,
                };
                if answer.is_ok() {
                    let shown = self.shown.entry(vault.clone()).or_default();
                    let gone = now.is_some_and(Permissions::is_empty);
                    if gone {
                        shown.remove(who)
                    } else {
                        shown.insert(who.clone())
                    };
                }
                self.known.insert(at, now);
            }
            _ => {}
        }
    }

    /// A change that seemed lost was made after all, or came too late.
    pub(super) fn landed(&mut self, world: &World) {
        self.observe(world);
    }

    pub(super) fn shown_vaults(&mut self, list: &[Vault]) {
        self.listed = list.iter().map(|vault| (vault.id.clone(), vault.name.as_str().to_owned())).collect();
    }

    pub(super) fn shown_grants(&mut self, vault: &VaultId, list: &[Grant], is_old: bool) {
        if is_old {
            // What is told wrong nobody can notice.
            self.ground.retain(|ground| ground.vault.as_ref() != Some(vault));
        }
        self.lists.insert(vault.clone(), list.iter().map(|g| (g.who.clone(), g.permissions)).collect());
        self.shown.insert(vault.clone(), list.iter().map(|grant| grant.who.clone()).collect());
        for ((at, who), known) in &mut self.known {
            if at == vault && list.iter().all(|grant| grant.who != *who) {
                *known = Some(Permissions::NONE);
            }
        }
        for grant in list {
            let known = self.known.entry((vault.clone(), grant.who.clone())).or_default();
            *known = match grant.permissions {
                Some(set) => Some(set - moving()),
                None => known.filter(|set| !set.is_empty()),
            };
        }
    }
}

fn moving() -> Permissions {
    Permissions::of(&[Permission::MoveItems])
}

fn is_about(record: &Value, vault: &VaultId, who: &Principal) -> bool {
    let principal = serde_json::from_value::<Principal>(record["args"]["who"].clone());
    record["args"]["vault"] == vault.as_str() && principal.is_ok_and(|principal| principal == *who)
}
