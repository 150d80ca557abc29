//! From a scenario to a world: people, groups, vaults, access, files.
//!
//! Everything is done through the world's own methods, by whoever does it in real life, so that
//! the ledger tells the same story. Must not write to the database itself.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::{Binding, Built, Class, Granted, Scenario, Student};
use crate::domain::access::{AccountKind, Level, Permissions, Principal};
use crate::domain::directory::fold_email;
use crate::domain::id::{PersonId, VaultId};
use crate::sandbox::refusal::{Refusal, Result};
use crate::sandbox::traffic::used_by;
use crate::sandbox::world::{
    Body, Caller, Field, Founding, Label, NewItem, NewPerson, Role, Turn, Wanted, nonce,
};

impl Scenario {
    /// Makes an empty world into this one. `kind` overrules the account's kind.
    pub(in crate::sandbox) fn build(
        &self,
        turn: &Turn<'_>,
        url: &str,
        kind: Option<AccountKind>,
    ) -> Result<Built> {
        let kind = kind.unwrap_or(self.account.kind);
        let began = turn.now() - SignedDuration::from_hours(24 * self.class.age_days);
        let past = turn.dated(began);
        let founding = Founding {
            account: self.account.name.clone(),
            kind,
            administrator: self.account.administrator.name.clone(),
            email: self.account.administrator.email.clone(),
            ..Founding::default()
        };
        let (admin, service) = past.found(&founding, url)?;
        let mut site = Site {
            turn,
            past: &past,
            kind,
            admin,
            service,
            people: BTreeMap::new(),
            vaults: BTreeMap::new(),
        };
        site.populate(self)?;
        let mut built = Built {
            class_id: self.class.id.clone(),
            title: self.class.title.clone(),
            students: self.student.iter().map(Student::enrolled).collect(),
            staff: site.staff(&self.class)?,
            bindings: Vec::new(),
            grants: Vec::new(),
        };
        past.let_create_vaults(&site.admin, self.service_account.can_create_vaults)?;
        for given in &self.service_account.vault {
            let wanted = Wanted { name: given.name.clone(), ..Wanted::default() };
            let vault = past.create_vault(&site.admin, &wanted)?.id;
            past.give_vault(&site.admin, &vault, given.write)?;
        }
        for student in &self.student {
            site.open_vault(&self.class, student, &mut built)?;
        }
        site.fill(self)?;
        Ok(built)
    }
}

/// A world that is being built.
struct Site<'t> {
    turn: &'t Turn<'t>,
    past: &'t Turn<'t>,
    kind: AccountKind,
    admin: Caller,
    service: Caller,
    people: BTreeMap<String, PersonId>,
    /// By key: the vault, and who is to fill it.
    vaults: BTreeMap<String, (VaultId, Caller)>,
}

impl Site<'_> {
    /// People and groups. Whoever has a vault was ACTIVE once, whatever became of that.
    fn populate(&mut self, scenario: &Scenario) -> Result<()> {
        for student in scenario.student.iter().filter(|student| student.account) {
            let state = if student.level().is_some() { None } else { student.state.clone() };
            self.add(&student.name, &student.email, student.kind.clone(), state)?;
        }
        let groups = self.past.groups(&self.admin)?;
        for other in &scenario.person {
            self.add(&other.name, &other.email, other.kind.clone(), other.state.clone())?;
            let admins = groups.iter().find(|group| other.administrator && group.kind == "ADMINISTRATORS");
            if let Some(group) = admins {
                self.past.join(&self.admin, &group.id, self.find(&other.email)?)?;
            }
        }
        for group in &scenario.group {
            let row = self.past.add_group(&self.admin, &group.name)?;
            for member in &group.members {
                self.past.join(&self.admin, &row.id, self.find(member)?)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, name: &str, email: &str, kind: Option<String>, state: Option<String>) -> Result<()> {
        let new = NewPerson { name: name.to_owned(), email: email.to_owned(), kind, state };
        let (person, _) = self.past.add_person(&self.admin, &new)?;
        self.people.insert(fold_email(email), person.id);
        Ok(())
    }

    fn find(&self, email: &str) -> Result<&PersonId> {
        let unknown = || Refusal::bad(format!("the scenario: nobody has the address {email}"));
        self.people.get(&fold_email(email)).ok_or_else(unknown)
    }

    /// Who the staff are. A Families account cannot share with groups: their members stand in.
    fn staff(&self, class: &Class) -> Result<Vec<(Principal, Level)>> {
        let groups = self.past.groups(&self.admin)?;
        let mut found = Vec::new();
        for staff in &class.staff {
            match (&staff.group, &staff.user) {
                (Some(name), None) => {
                    let unknown = || Refusal::bad(format!("the scenario: no group is called {name}"));
                    let group = groups.iter().find(|group| group.name == *name).ok_or_else(unknown)?;
                    if self.kind == AccountKind::Families {
                        let members = group.members.iter().flatten().cloned().map(Principal::Person);
                        found.extend(members.map(|member| (member, staff.level)));
                    } else {
                        found.push((Principal::Group(group.id.clone()), staff.level));
                    }
                }
                (None, Some(email)) => {
                    found.push((Principal::Person(self.find(email)?.clone()), staff.level));
                }
                _ => return Err(Refusal::bad("the scenario: staff is a group or a user")),
            }
        }
        Ok(found)
    }

    /// The permissions of a level. Where there is no drop box (outside Business) a student gets the
    /// least that can add items, which is to write.
    fn permissions(&self, level: Level) -> Result<Permissions> {
        let level = match level {
            Level::Submit if self.kind != AccountKind::Business => Level::Write,
            level => level,
        };
        let cannot = || Refusal::bad(format!("the scenario: nobody can be given {level}"));
        level.permissions(self.kind).ok_or_else(cannot)
    }

    /// A student's vault, shared with its student and the staff.
    fn open_vault(&mut self, class: &Class, student: &Student, built: &mut Built) -> Result<()> {
        let Some(level) = student.level() else { return Ok(()) };
        let nonce = nonce()?;
        let wanted = Wanted {
            name: format!("{}-{}", class.id, student.key),
            description: format!("{}: {} [sr:{}:{nonce}]", class.title, student.name, student.key),
            icon: Some("green-backpack".to_owned()),
            admins_can_manage: None,
        };
        let vault = self.past.create_vault(&self.service, &wanted)?.id;
        let owner = self.find(&student.email)?.clone();
        let filling = Caller::new(owner.clone(), Role::Person).using(Some(used_by(&student.email)));
        let first = (Principal::Person(owner), level);
        for (who, level) in std::iter::once(&first).chain(&built.staff) {
            let set = self.past.grant(&self.service, &vault, who, self.permissions(*level)?)?;
            built.grants.push(Granted { vault: vault.clone(), who: who.clone(), set });
        }
        self.vaults.insert(student.key.clone(), (vault.clone(), filling));
        built.bindings.push(Binding { key: student.key.clone(), vault, nonce });
        Ok(())
    }

    /// What students put in, what became of some of them, and what nobody asked for.
    fn fill(&self, scenario: &Scenario) -> Result<()> {
        for file in &scenario.file {
            let (caller, vault) = self.owner(&file.student)?;
            let label = Label { vault, item: None, title: file.title.clone(), name: file.name.clone() };
            let bytes =
                file.text.clone().map_or_else(|| pdf(file.pdf_bytes.unwrap_or(1024)), String::into_bytes);
            self.ago(file.hours_ago).store(&caller, &bytes, &label)?;
        }
        for note in &scenario.note {
            let (caller, vault) = self.owner(&note.student)?;
            self.ago(note.hours_ago).create_item(&caller, &vault, secure_note(&note.title, &note.text))?;
        }
        for stray in &scenario.stray {
            let (_, vault) = self.owner(&stray.student)?;
            let who = Principal::Person(self.find(&stray.who)?.clone());
            self.turn.grant(&self.admin, &vault, &who, self.permissions(stray.level)?)?;
        }
        for student in scenario.student.iter().filter(|student| student.level().is_some()) {
            if let Some(state) = student.state.as_deref().filter(|state| *state != "ACTIVE") {
                self.turn.force_state(&self.admin, self.find(&student.email)?, state)?;
            }
        }
        Ok(())
    }

    fn ago(&self, hours: i64) -> Turn<'_> {
        self.turn.dated(self.turn.now() - SignedDuration::from_hours(hours))
    }

    fn owner(&self, key: &str) -> Result<(Caller, VaultId)> {
        let unknown = || Refusal::bad(format!("the scenario: {key} has no vault"));
        let (vault, owner) = self.vaults.get(key).ok_or_else(unknown)?;
        Ok((owner.clone(), vault.clone()))
    }
}

/// A secure note, as 1Password's apps make one.
fn secure_note(title: &str, text: &str) -> NewItem {
    let field = Field {
        id: "notesPlain".to_owned(),
        section: None,
        kind: "STRING".to_owned(),
        purpose: "NOTES".to_owned(),
        label: "notesPlain".to_owned(),
        value: text.to_owned(),
        generate: false,
        recipe: None,
    };
    let body = Body { fields: vec![field], ..Body::default() };
    NewItem { title: title.to_owned(), category: "SECURE_NOTE".to_owned(), body, ..NewItem::default() }
}

/// So many bytes that begin and end like a PDF.
fn pdf(length: usize) -> Vec<u8> {
    let (head, tail) = (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", b"\n%%EOF\n");
    let filling = length.saturating_sub(head.len() + tail.len());
    let line = b"% simulated submission, no real content\n".iter().copied().cycle().take(filling);
    head.iter().copied().chain(line).chain(tail.iter().copied()).collect()
}
