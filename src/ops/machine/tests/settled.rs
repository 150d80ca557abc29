//! What the world of a case holds before anything happens.

use super::model::{GROUP, Model};
use crate::domain::id::{AccountId, GroupId, PersonId};
use crate::sandbox::refusal::Result as Answer;
use crate::sandbox::world::{Caller, Founding, NewPerson, Role, Turn};

/// What a new world holds.
pub(super) struct Settled {
    pub(super) account: AccountId,
    pub(super) founder: Caller,
    pub(super) service: Caller,
    pub(super) admin: Caller,
    pub(super) twin: Caller,
    pub(super) ids: Vec<PersonId>,
    pub(super) groups: (GroupId, GroupId),
}

pub(super) fn person(name: &str, email: &str) -> NewPerson {
    NewPerson { name: name.to_owned(), email: email.to_owned(), kind: None, state: None }
}

impl Settled {
    pub(super) fn make(turn: &Turn<'_>, founding: &Founding, model: &Model) -> Answer<Self> {
        let (founder, service) = turn.found(founding, "http://127.0.0.1:1")?;
        let entries = turn.ledger()?;
        let account = entries.iter().find_map(|entry| entry.facts.get("account")?.as_str());
        let account = AccountId::parse(account.unwrap_or_default()).unwrap();
        let admin = turn.add_person(&founder, &person("Other Admin", "admin@example.edu"))?.0.id;
        let admins = turn.groups(&founder)?.into_iter().find(|group| group.kind == "ADMINISTRATORS").unwrap();
        turn.join(&founder, &admins.id, &admin)?;
        let admin = Caller::new(admin, Role::Administrator);
        let mut ids = Vec::new();
        for somebody in &model.people {
            ids.push(turn.add_person(&admin, &person(&somebody.name, &somebody.email))?.0.id);
        }
        let staff = turn.add_group(&admin, GROUP)?.id;
        let others = turn.add_group(&admin, "Others")?.id;
        for member in &model.members {
            turn.join(&admin, &staff, &ids[*member])?;
        }
        let twin = turn.add_service_account(&admin, "Another class")?;
        Ok(Self { account, founder, service, admin, twin, ids, groups: (staff, others) })
    }
}
