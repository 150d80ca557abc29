//! Which accesses should not be, judged by the rules of access and by what is known of each vault.
//!
//! Knows the frame; asks nobody. The one place that decides what is drift: lists, marks and mends follow it.

use super::{Drift, Drifts, Presence, Stray};
use crate::domain::access::{Cell, Level, Principal, Why};
use crate::domain::class::{StaffName, StudentKey};
use crate::domain::frame::{Frame, Standing};
use crate::domain::id::VaultId;
use crate::domain::roster::Student;
use crate::domain::text::SafeText;

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
    /// where it is in order, where there is none, and where nothing is known of it. Whoever acts is left
    /// alone, and so is every group while it is not known which are the staff's and the administrators'.
    pub fn stray(&self, vault: &VaultId, who: &Principal) -> Option<Judged> {
        let owner = self.owner(vault)?;
        let cell = self.cell(vault, who);
        if !cell.is_held() || self.acts(who) {
            return None;
        }
        let asked = self.asked(owner, who).unwrap_or(Level::None);
        let kind = match self.standing(owner, who) {
            Standing::ServiceAccount | Standing::Administration => return None,
            Standing::Owner | Standing::Exception(_) if self.is_closed(&owner.key) => Stray::Closed,
            Standing::Staff(_) if self.student_in(who).is_some() => Stray::ByGroup,
            Standing::Owner | Standing::Exception(_) | Standing::Staff(_) => Stray::Wider,
            Standing::OtherStudent(_) if self.ended_exception(owner, who).is_none() => Stray::Crossing,
            Standing::OtherStudent(_) => Stray::Expired,
            Standing::Stranger if self.unanswered.groups && matches!(who, Principal::Group(_)) => {
                return None;
            }
            Standing::Stranger => self.stranger(owner, who),
        };
        (kind != Stray::Wider || self.is_wider(cell, asked)).then_some(Judged { kind, cell, asked })
    }

    /// Everybody on a vault who is a [`stray`](Self::stray), in the order of their ids.
    pub fn strays(&self, vault: &VaultId) -> Vec<(Principal, Judged)> {
        let judged = |(who, _): (&Principal, Cell)| Some((who.clone(), self.stray(vault, who)?));
        let mut strays: Vec<_> = self.known(vault).filter_map(judged).collect();
        strays.sort_by(|(one, _), (other, _)| one.cmp(other));
        strays
    }

    /// The level that somebody who belongs on a student's vault is to have there; `None` for everybody else.
    pub fn asked(&self, owner: &Student, who: &Principal) -> Option<Level> {
        match self.standing(owner, who) {
            Standing::Owner => Some(self.own_level(&owner.key, self.class.student)),
            Standing::Exception(level) => Some(self.own_level(&owner.key, level)),
            Standing::Staff(level) => Some(level),
            _ => None,
        }
    }

    /// Why no plan takes a stray away, though it is told: a person has to say whom the class file means, or
    /// who is to be in a group.
    pub(in crate::domain) fn spared(&self, who: &Principal, kind: Stray) -> Option<SafeText> {
        let name = self.name(who);
        let is_group = matches!(who, Principal::Group(_));
        let why = match kind {
            Stray::ByGroup => format!(
                "{} is in the group {name} and gets to the vault by it: needs a person, who takes them out of it",
                self.student_in(who)?.key
            ),
            Stray::Stranger | Stray::Group => {
                let unresolved = self.unresolved_staff().into_iter();
                let mut unresolved =
                    unresolved.filter(|staff| matches!(staff, StaffName::Group(_)) == is_group);
                let staff = unresolved.next()?;
                format!(
                    "{name} is on the vault and may be staff: \"{}\" of the class file {}",
                    staff.as_str(),
                    self.why_unresolved(staff)
                )
            }
            _ => return None,
        };
        Some(SafeText::new(&why))
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
        both.is_some_and(|(held, asked)| !(held.plain(kind) - asked.plain(kind)).is_empty())
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
        drifts.list.extend(frame.strays(vault).into_iter().map(|(who, Judged { kind, cell, asked })| {
            let present = seen.get(&(vault.clone(), who.clone()));
            Drift {
                student: key.clone(),
                vault: vault.clone(),
                name: frame.name(&who),
                who,
                kind,
                cell,
                asked,
                since: present.map(|present| present.since),
                absent: present.and_then(|present| present.absent),
                foreign,
            }
        }));
    }
    drifts.list.sort_by(|a, b| {
        let key = |drift: &Drift| (drift.kind, drift.student.clone(), drift.who.clone());
        key(a).cmp(&key(b))
    });
    drifts
}
