//! Which accesses should not be, judged by the rules of access and by what is known of each vault.
//!
//! Knows the frame; asks nobody. The one place that decides what is drift: lists, marks and mends follow it.

use super::{Drift, Drifts, Presence, Stray};
use crate::domain::access::{Cell, Level, Principal, Why};
use crate::domain::class::StudentKey;
use crate::domain::frame::{Frame, Standing};
use crate::domain::id::VaultId;
use crate::domain::operation::plain;
use crate::domain::roster::Student;

/// What is wrong with one access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Why it should not be so.
    pub kind: Stray,
    /// What is known of it.
    pub cell: Cell,
    /// What the class file asks for; none for whoever does not belong there.
    pub asked: Level,
}

impl Frame {
    /// Whether somebody has an access to a student's vault that the class file does not ask for; `None`
    /// where it is in order, where there is none, and where nothing is known of it.
    pub fn stray(&self, vault: &VaultId, who: &Principal) -> Option<Judged> {
        let owner = self.owner(vault)?;
        let cell = self.cell(vault, who);
        if !holds(cell) {
            return None;
        }
        let (kind, asked) = match self.standing(owner, who) {
            Standing::ServiceAccount | Standing::Administration => return None,
            Standing::Owner | Standing::Exception(_) if self.is_closed(&owner.key) => {
                (Stray::Closed, Level::None)
            }
            Standing::Owner => (Stray::Wider, self.own_level(&owner.key, self.class.student)),
            Standing::Staff(level) => (Stray::Wider, level),
            Standing::Exception(level) => (Stray::Wider, self.own_level(&owner.key, level)),
            Standing::OtherStudent(_) if self.ended_exception(owner, who).is_none() => {
                (Stray::Crossing, Level::None)
            }
            Standing::OtherStudent(_) => (Stray::Expired, Level::None),
            Standing::Stranger => (self.stranger(owner, who), Level::None),
        };
        (kind != Stray::Wider || self.is_wider(cell, asked)).then_some(Judged { kind, cell, asked })
    }

    fn stranger(&self, owner: &Student, who: &Principal) -> Stray {
        let Principal::Person(id) = who else { return Stray::Group };
        if self.ended_exception(owner, who).is_some() {
            return Stray::Expired;
        }
        let is_gone = self.gone.contains(&owner.key)
            && self.person(id).is_some_and(|person| owner.has_email(&person.email));
        if is_gone { Stray::Gone } else { Stray::Stranger }
    }

    /// Whether somebody is known to hold what a level has not. Where the account has no such level that
    /// cannot be told.
    fn is_wider(&self, cell: Cell, asked: Level) -> bool {
        let kind = self.identity.kind;
        let both = cell.set().zip(asked.permissions(kind));
        both.is_some_and(|(held, asked)| !(plain(held, kind) - plain(asked, kind)).is_empty())
    }
}

/// Whether there is an access, as far as anybody knows. What nobody has read is no access.
pub(super) fn holds(cell: Cell) -> bool {
    match cell {
        Cell::Unknown { why: Why::NotRead } => false,
        cell => cell.set().is_none_or(|set| !set.is_empty()),
    }
}

/// Every visible access to these students' vaults that the class file does not ask for, the gravest first;
/// no students is everybody who has a vault, those who are gone included.
pub fn drift(frame: &Frame, seen: &Presence, keys: &[StudentKey]) -> Drifts {
    let mut drifts = Drifts { unverified: frame.unverified(), ..Drifts::default() };
    let wanted = |key: &StudentKey| keys.is_empty() || keys.contains(key);
    for (key, vault) in frame.bindings.iter().filter(|(key, _)| wanted(key)) {
        match frame.listed.get(vault) {
            Some(at) => {
                drifts.compared += 1;
                drifts.oldest = Some(drifts.oldest.map_or(*at, |oldest| oldest.min(*at)));
            }
            None => drifts.unread.push((vault.clone(), Why::NotRead.words().into())),
        }
        let foreign = frame.is_foreign(vault);
        drifts.list.extend(frame.known(vault).filter_map(|(who, _)| {
            let Judged { kind, cell, asked } = frame.stray(vault, who)?;
            let present = seen.get(&(vault.clone(), who.clone()));
            Some(Drift {
                student: key.clone(),
                vault: vault.clone(),
                who: who.clone(),
                name: frame.name(who),
                kind,
                cell,
                asked,
                since: present.map(|present| present.since),
                absent: present.and_then(|present| present.absent),
                foreign,
            })
        }));
    }
    drifts.list.sort_by(|a, b| {
        let key = |drift: &Drift| (drift.kind, drift.student.clone(), drift.who.clone());
        key(a).cmp(&key(b))
    });
    drifts
}
