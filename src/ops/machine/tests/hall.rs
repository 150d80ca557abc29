//! The way between the program and the world, in one process: a provider over the sandbox's world that
//! shows every call to the judge before it is made, goes wrong where it is told to, and can stand still for
//! ever where the program is to die.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;

use super::clock::Hand;
use super::judge::Judge;
use super::moves::Mishap;
use crate::domain::access::Principal;
use crate::domain::directory::{Grant, Group, Identity, Person, PersonKind, PersonState, Vault};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::VaultId;
use crate::domain::job::{State as Stands, Wanted as OfJob};
use crate::domain::operation::{Call, Capabilities, Capability, Receipt};
use crate::domain::text::Untrusted;
use crate::domain::vault_list::VaultList;
use crate::provider::Provider;
use crate::sandbox::World;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::world::{Caller, Turn, VaultRow, Wanted};

/// How often a call whose answer is to be swapped lets others go first.
const TURNS: usize = 24;

/// What the program takes for the service.
pub(super) struct Hall {
    pub(super) world: Arc<World>,
    pub(super) hand: Hand,
    pub(super) caller: Caller,
    pub(super) identity: Identity,
    /// Told when the program is to die.
    pub(super) dies: Notify,
    state: Mutex<State>,
}

struct State {
    judge: Judge,
    /// What goes wrong, each after so many calls of its kind.
    armed: Vec<(usize, Mishap)>,
    /// After how many calls the program dies, and whether the last one comes through.
    death: Option<(usize, bool)>,
    /// After how many calls another program wants something of the job under way, and what.
    asks: Option<(usize, OfJob)>,
    /// Changes that seem lost and are made after so many moves.
    late: Vec<(u8, Call)>,
    vaults: Vec<Vault>,
    grants: HashMap<VaultId, Vec<Grant>>,
    swap: Swap,
}

/// Two answers on their way to each other's question.
#[derive(Default)]
struct Swap {
    waiting: Option<Vault>,
    returned: Option<Vault>,
}

impl Hall {
    pub(super) fn new(
        world: Arc<World>,
        hand: Hand,
        caller: Caller,
        identity: Identity,
        judge: Judge,
    ) -> Self {
        let state = State {
            judge,
            armed: Vec::new(),
            death: None,
            asks: None,
            late: Vec::new(),
            vaults: Vec::new(),
            grants: HashMap::new(),
            swap: Swap::default(),
        };
        Self { world, hand, caller, identity, dies: Notify::new(), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the judge.
    pub(super) fn judge<T>(&self, work: impl FnOnce(&mut Judge) -> T) -> T {
        work(&mut self.state().judge)
    }

    /// Something goes wrong from now on.
    pub(super) fn arm(&self, after: usize, mishap: Mishap) {
        self.state().armed.push((after, mishap));
    }

    /// The program dies at that call from now.
    pub(super) fn die_at(&self, death: Option<(usize, bool)>) {
        self.state().death = death;
    }

    /// Another program wants something of the job under way at that call from now.
    pub(super) fn ask_at(&self, asks: Option<(usize, OfJob)>) {
        self.state().asks = asks;
    }

    /// Whether every answer tells what is so.
    pub(super) fn is_honest(&self) -> bool {
        self.state().armed.iter().all(|(_, mishap)| mishap.is_of_changes())
    }

    /// Nothing goes wrong any more, and what was late is made now.
    pub(super) fn calm(&self) {
        self.state().armed.clear();
        self.pass(u8::MAX);
    }

    /// Whether a change of somebody's access is still on its way.
    pub(super) fn is_late(&self, vault: &VaultId, who: &Principal) -> bool {
        self.state().late.iter().any(|(_, call)| {
            matches!(call, Call::Grant { vault: v, who: w, .. } | Call::Revoke { vault: v, who: w, .. } if v == vault && w == who)
        })
    }

    /// So many moves pass: what was late until then is made.
    pub(super) fn pass(&self, moves: u8) {
        let mut due = Vec::new();
        self.state().late.retain_mut(|(left, call)| {
            let is_due = *left < moves;
            *left = left.saturating_sub(moves);
            if is_due {
                due.push(call.clone());
            }
            !is_due
        });
        for call in due {
            // One that has come too late for what is there now is refused.
            drop(self.carry_out(&call));
            self.state().judge.landed(&self.world);
        }
    }

    fn write<T>(&self, work: impl FnOnce(&Turn<'_>) -> crate::sandbox::refusal::Result<T>) -> Result<T> {
        self.world.at(self.hand.now()).write(work).map_err(|refusal| fault(&refusal))
    }

    fn read<T>(&self, work: impl FnOnce(&Turn<'_>) -> crate::sandbox::refusal::Result<T>) -> Result<T> {
        self.world.at(self.hand.now()).read(work).map_err(|refusal| fault(&refusal))
    }

    fn carry_out(&self, call: &Call) -> Result<Receipt> {
        let caller = &self.caller;
        match call {
            Call::CreateVault(new) => {
                let wanted = Wanted {
                    name: new.name.clone(),
                    description: new.description.clone(),
                    icon: new.icon.clone(),
                    admins_can_manage: new.admins_can_manage,
                };
                self.write(|turn| turn.create_vault(caller, &wanted))
                    .map(|row| Receipt::Vault(Box::new(vault(row))))
            }
            Call::DeleteVault(vault) => {
                self.write(|turn| turn.delete_vault(caller, vault)).map(|()| Receipt::Done)
            }
            Call::Grant { vault, who, permissions } => {
                self.write(|turn| turn.grant(caller, vault, who, *permissions)).map(Receipt::Access)
            }
            Call::Revoke { vault, who, permissions } => {
                self.write(|turn| turn.revoke(caller, vault, who, *permissions)).map(|_| Receipt::Done)
            }
            _ => Err(Fault::unsupported("change people")),
        }
    }

    /// Before or after a call: where the program is to die there, that is told, and nothing more happens.
    async fn step(&self, after: bool) {
        if !after {
            self.asked();
        }
        if self.is_end(after) {
            self.dies.notify_one();
            std::future::pending::<()>().await;
        }
    }

    fn asked(&self) {
        let mut state = self.state();
        match &mut state.asks {
            Some((0, wanted)) => {
                let (wanted, store) = (*wanted, state.judge.store.clone().unwrap());
                state.asks = None;
                for head in store.jobs(0).unwrap().iter().filter(|head| head.state == Stands::Running) {
                    store.want_job(&head.id, wanted).unwrap();
                }
            }
            Some((left, _)) => *left -= 1,
            None => {}
        }
    }

    fn is_end(&self, after: bool) -> bool {
        match &mut self.state().death {
            Some((0, at)) => *at == after,
            Some((left, _)) if !after => {
                *left -= 1;
                false
            }
            _ => false,
        }
    }

    fn mishap(&self, matching: impl Fn(Mishap) -> bool) -> Option<Mishap> {
        let mut state = self.state();
        let at = state.armed.iter().position(|(_, mishap)| matching(*mishap))?;
        if state.armed[at].0 == 0 {
            return Some(state.armed.remove(at).1);
        }
        state.armed[at].0 -= 1;
        None
    }

    async fn answered(&self, call: &Call, mishap: Option<Mishap>) -> Result<Receipt> {
        let lost = || Err(Fault::new(Kind::Unknown, "the answer got lost"));
        match mishap {
            Some(Mishap::Lost) => self.carry_out(call).and_then(|_| lost()),
            Some(Mishap::Late(moves)) => {
                self.state().late.push((moves, call.clone()));
                lost()
            }
            Some(Mishap::Broken) => lost(),
            Some(Mishap::TooSoon) => {
                Err(Fault::new(Kind::RateLimit, "too soon").retry_after(Duration::from_secs(1)))
            }
            Some(Mishap::Rationed) => {
                Err(Fault::new(Kind::RateLimit, "used up").retry_after(Duration::from_hours(1)))
            }
            Some(Mishap::NotFound) => Err(Fault::new(Kind::NotFound, "there is no such thing")),
            Some(Mishap::Denied) => Err(Fault::new(Kind::Denied, "not allowed")),
            Some(Mishap::Conflict) => Err(Fault::new(Kind::Conflict, "somebody else wrote")),
            swaps => match self.carry_out(call)? {
                Receipt::Vault(made) => {
                    let made = self.exchanged(*made, swaps == Some(Mishap::Swapped)).await;
                    Ok(Receipt::Vault(Box::new(made)))
                }
                receipt => Ok(receipt),
            },
        }
    }

    /// The vault that an answer tells: another one where two answers are swapped.
    async fn exchanged(&self, made: Vault, swaps: bool) -> Vault {
        {
            let mut state = self.state();
            if let Some(other) = state.swap.waiting.take() {
                state.swap.returned = Some(made);
                return other;
            }
            if !swaps {
                return made;
            }
            state.swap.waiting = Some(made.clone());
        }
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
            if let Some(other) = self.state().swap.returned.take() {
                return other;
            }
        }
        self.state().swap.waiting.take();
        made
    }
}

#[async_trait]
impl Provider for Hall {
    fn capabilities(&self) -> Capabilities {
        use Capability as C;
        Capabilities::of(&[
            C::ReadPeople,
            C::ReadAccess,
            C::ReadItems,
            C::CreateVaults,
            C::ChangeAccess,
            C::RevokePartly,
        ])
    }

    async fn identity(&self) -> Result<Identity> {
        Ok(self.identity.clone())
    }

    async fn people(&self) -> Result<Vec<Person>> {
        self.step(false).await;
        let rows = self.read(|turn| turn.people(&self.caller))?;
        let person = |row: crate::sandbox::world::PersonRow| Person {
            id: row.id,
            name: row.name.as_str().into(),
            email: Untrusted::new(row.email),
            kind: PersonKind::parse(&row.kind),
            state: PersonState::parse(&row.state),
        };
        Ok(rows.into_iter().map(person).collect())
    }

    async fn groups(&self) -> Result<Vec<Group>> {
        self.step(false).await;
        let rows = self.read(|turn| turn.groups(&self.caller))?;
        let group = |row: crate::sandbox::world::GroupRow| Group {
            id: row.id,
            name: row.name.as_str().into(),
            is_administration: row.kind != "USER_DEFINED",
            members: row.members,
        };
        Ok(rows.into_iter().map(group).collect())
    }

    async fn vaults(&self) -> Result<VaultList> {
        self.step(false).await;
        tokio::task::yield_now().await;
        let mishap = self.mishap(|mishap| matches!(mishap, Mishap::OldVaults | Mishap::Mute));
        if mishap == Some(Mishap::Mute) {
            return Err(Fault::new(Kind::Unreachable, "no answer"));
        }
        let now: Vec<Vault> = self.read(|turn| turn.vaults(&self.caller))?.into_iter().map(vault).collect();
        let mut state = self.state();
        let shown = if mishap.is_some() { state.vaults.clone() } else { now.clone() };
        state.vaults = now;
        state.judge.shown_vaults(&shown);
        Ok(shown.into_iter().collect())
    }

    async fn vault(&self, id: &VaultId) -> Result<Vault> {
        self.step(false).await;
        self.read(|turn| turn.vault(&self.caller, id)).map(vault)
    }

    async fn grants(&self, vault: &VaultId) -> Result<Vec<Grant>> {
        self.step(false).await;
        tokio::task::yield_now().await;
        let mishap = self.mishap(|mishap| matches!(mishap, Mishap::OldGrants | Mishap::Mute));
        if mishap == Some(Mishap::Mute) {
            return Err(Fault::new(Kind::Unreachable, "no answer"));
        }
        let rows = self.read(|turn| turn.grants(&self.caller, vault))?;
        let people = rows.people.into_iter();
        let people = people.map(|(row, set)| Grant { who: Principal::Person(row.id), permissions: set });
        let groups = rows.groups.into_iter();
        let groups = groups.map(|(id, _, set)| Grant { who: Principal::Group(id), permissions: set });
        let now: Vec<Grant> = people.chain(groups).collect();
        let mut state = self.state();
        let before = state.grants.insert(vault.clone(), now.clone());
        let is_old = mishap.is_some() && before.is_some();
        let shown = before.filter(|_| is_old).unwrap_or(now);
        state.judge.shown_grants(vault, &shown, is_old);
        Ok(shown.into_iter().collect())
    }

    async fn apply(&self, call: &Call) -> Result<Receipt> {
        tokio::task::yield_now().await;
        self.step(false).await;
        self.state().judge.before(&self.world, call);
        let creates = matches!(call, Call::CreateVault(_));
        let fits = |mishap: Mishap| mishap.is_of_changes() && (creates || mishap != Mishap::Swapped);
        let mishap = self.mishap(fits);
        let answer = self.answered(call, mishap).await;
        self.state().judge.after(&self.world, call, &answer);
        self.step(true).await;
        answer
    }
}

fn vault(row: VaultRow) -> Vault {
    Vault {
        id: row.id,
        name: row.name.as_str().into(),
        description: Some(Untrusted::new(row.description)),
        content_version: row.content_version,
        items: Some(row.items),
        created_at: Some(row.created),
    }
}

/// What the provider makes of a refusal.
fn fault(refusal: &Refusal) -> Fault {
    let kind = match refusal.status {
        401 => Kind::SignIn,
        403 => Kind::Denied,
        404 => Kind::NotFound,
        409 => Kind::Conflict,
        429 => Kind::RateLimit,
        _ => Kind::Broken,
    };
    Fault::new(kind, &refusal.message)
}
