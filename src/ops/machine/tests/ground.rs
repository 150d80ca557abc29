//! What a plan rests on, as the service shows it, and whether that is another when the first change is sent
//! (I18). Independent of how the program keeps it.

use std::collections::BTreeMap;

use super::judge::Judge;
use super::model::{Sight, Who};
use super::system::key;
use crate::domain::access::{Level, Permissions, Principal};
use crate::domain::id::VaultId;
use crate::domain::plan::{Outcome, Plan};

/// Somebody's address and state.
type Standing = (String, &'static str);

/// The ground of one row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ground {
    student: usize,
    pub(super) vault: Option<VaultId>,
    /// Address and whether the student is gone, and who is at that address in which state.
    line: (String, bool, Vec<(usize, &'static str)>),
    /// Who is on the vault, with what where that is shown; nothing where the plan was not made by the list
    /// of just now.
    list: Option<BTreeMap<Principal, Option<Permissions>>>,
    /// Of those whom steps name: address, state, and the most they may have.
    named: Vec<(Who, Option<Standing>, Option<Level>)>,
    /// Who is in the group of staff, where that is shown.
    members: Vec<usize>,
}

impl Judge {
    /// What the rows of a plan rest on that send something.
    pub(super) fn ground_of(&self, plan: &Plan) -> Vec<Ground> {
        let planned = plan.rows.iter().filter(|row| row.outcome == Outcome::Planned);
        let ground = planned.filter_map(|row| {
            let student = (0..self.model.roster.len()).find(|at| key(*at) == row.student)?;
            let named = row.steps.iter().filter_map(|step| self.who(step.who()?)).collect();
            let ground = self.ground(student, row.vault.clone(), named);
            let told = row.vault.as_ref().and_then(|vault| self.lists.get(vault));
            let list = ground.list.clone().filter(|list| told == Some(list));
            Some(Ground { list, ..ground })
        });
        ground.collect()
    }

    fn ground(&self, student: usize, vault: Option<VaultId>, named: Vec<Who>) -> Ground {
        let (model, row) = (&self.model, &self.model.roster[student]);
        let people = model.people.iter().enumerate();
        // The line of a student who is gone is not taken over any more.
        let email = if row.gone { String::new() } else { row.email.clone() };
        let same = people.filter(|(_, person)| person.there && person.email == email);
        let same: Vec<_> = same.collect();
        let line =
            (email.clone(), row.gone, same.into_iter().map(|(at, person)| (at, person.state)).collect());
        let blind = model.sight == Sight::Blind;
        let list = vault.as_ref().map(|vault| {
            let held = self.acl.iter().filter(|((at, _), _)| at == vault);
            held.map(|((_, who), set)| (who.clone(), (!blind).then_some(*set))).collect()
        });
        let named = named.into_iter().map(|who| {
            let person = if let Who::Person(at) = who { Some(&model.people[at]) } else { None };
            let person = person.filter(|person| person.there);
            (who, person.map(|person| (person.email.clone(), person.state)), model.limit(student, who))
        });
        let named = named.collect();
        let members = if blind { Vec::new() } else { model.members.iter().copied().collect() };
        Ground { student, vault, line, list, named, members }
    }

    /// I18: a change is sent only where all that the plan rests on is as it was. Asked at the first one, as
    /// the others see what that one has done.
    pub(super) fn unchanged(&mut self) {
        for before in std::mem::take(&mut self.ground) {
            let named = before.named.iter().map(|(who, ..)| *who).collect();
            let mut now = self.ground(before.student, before.vault.clone(), named);
            if before.list.is_none() {
                now.list = None;
            }
            if now != before {
                self.bad(format!("I18: something is sent by {before:?}, and it is {now:?}"));
            }
        }
    }
}
