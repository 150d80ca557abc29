//! The people of the account, their way in and out, and what a caller is.
//!
//! States are 1Password's raw words (types of `@1password/op-js`; `TRANSFER_*` is the sign-up of
//! somebody who was provisioned, says the CLI's page "User states").

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::client::By;
use super::scope::Scope;
use super::token::{self, Line};
use super::{Client, Turn, fresh, id, time};
use crate::domain::directory::fold_email;
use crate::domain::id::PersonId;
use crate::domain::secret::{Expose as _, Secret};
use crate::sandbox::refusal::{Refusal, Result};

/// Every state that a person can be put in.
const STATES: [&str; 13] = [
    "ACTIVE",
    "PENDING",
    "DELETED",
    "SUSPENDED",
    "RECOVERY_STARTED",
    "RECOVERY_ACCEPTED",
    "TRANSFER_PENDING",
    "TRANSFER_STARTED",
    "TRANSFER_ACCEPTED",
    "TRANSFER_SUSPENDED",
    "EMAIL_VERIFIED_BUT_REGISTRATION_INCOMPLETE",
    "TEAM_REGISTRATION_INITIATED",
    "UNKNOWN",
];

/// What somebody may do on the account itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The service account: makes vaults, and has full access to those it made.
    ServiceAccount,
    /// An owner or administrator: people, groups, vaults.
    Administrator,
    /// Everybody else, and whatever a token of Connect or of the Events API stands for.
    Person,
}

/// Who is behind a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Decides.
    pub id: PersonId,
    /// What that one may do on the account.
    pub role: Role,
    /// What the token is good for.
    pub scope: Scope,
    /// How the service answers during a visit of the CLI; `None` outside of one.
    pub visit: Option<Favours>,
    /// By which kind of program.
    pub client: Client,
}

/// Points on which it is not known how the real service treats a service account. The imitation
/// answers with no by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Favours {
    /// Lists of who has access show the permissions.
    pub levels: bool,
    /// A part of an access can be taken away.
    pub partial_revoke: bool,
    /// A vault can be renamed.
    pub vault_edit: bool,
}

impl Caller {
    /// Somebody outside of a visit, with a token for all that this one may do, who uses what is usual.
    pub fn new(id: PersonId, role: Role) -> Self {
        Self { id, role, scope: Scope::Account, visit: None, client: Client::usual(role) }
    }

    /// What this one is let do beyond the default.
    pub(super) fn favours(&self) -> Favours {
        self.visit.unwrap_or_default()
    }

    /// Whether it is the service account.
    pub fn is_service_account(&self) -> bool {
        self.role == Role::ServiceAccount
    }
}

/// A person as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// Decides.
    pub id: PersonId,
    /// Decorates.
    pub name: String,
    /// The address of the sign-up.
    pub email: String,
    /// `MEMBER`, `GUEST` or `SERVICE_ACCOUNT`.
    pub kind: String,
    /// The raw word of 1Password.
    pub state: String,
    /// When the person came to the account.
    pub created: Timestamp,
    /// When the person last changed.
    pub updated: Timestamp,
}

impl PersonRow {
    pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: id(row, "id")?,
            name: row.get("name")?,
            email: row.get("email")?,
            kind: row.get("type")?,
            state: row.get("state")?,
            created: time(row, "created")?,
            updated: time(row, "updated")?,
        })
    }
}

/// A person to be added.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct NewPerson {
    /// Decorates.
    pub name: String,
    /// Must not be in the account yet.
    pub email: String,
    /// `MEMBER` (default) or `GUEST`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// One of 1Password's words; `ACTIVE` by default.
    pub state: Option<String>,
}

/// One step of the way in or out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The invited person signs up (done by an administrator here, in the person's place).
    Accept,
    /// An administrator confirms who accepted.
    Confirm,
    /// An administrator suspends.
    Suspend,
    /// An administrator takes a suspension back.
    Reactivate,
}

impl Step {
    /// The word of the route, the states it starts from, and the state it leads to.
    fn table(self) -> (&'static str, &'static [&'static str], &'static str) {
        match self {
            Self::Accept => (
                "accept",
                &[
                    "TRANSFER_STARTED",
                    "TRANSFER_PENDING",
                    "TEAM_REGISTRATION_INITIATED",
                    "EMAIL_VERIFIED_BUT_REGISTRATION_INCOMPLETE",
                ],
                "TRANSFER_ACCEPTED",
            ),
            Self::Confirm => ("confirm", &["TRANSFER_ACCEPTED", "PENDING", "RECOVERY_ACCEPTED"], "ACTIVE"),
            Self::Suspend => ("suspend", &["ACTIVE"], "SUSPENDED"),
            Self::Reactivate => ("reactivate", &["SUSPENDED"], "ACTIVE"),
        }
    }
}

impl Turn<'_> {
    /// Refuses whoever is no administrator.
    pub fn administrator_only(&self, caller: &Caller, what: &str) -> Result<()> {
        match caller.role {
            Role::Administrator => Ok(()),
            Role::ServiceAccount => Err(Refusal::not_for_service_accounts(what)),
            Role::Person => Err(Refusal::denied()),
        }
    }

    /// Everybody who is a person, by name. For administrators and the service account.
    pub fn people(&self, caller: &Caller) -> Result<Vec<PersonRow>> {
        if caller.role == Role::Person {
            return Err(Refusal::denied());
        }
        let mut people = self
            .db
            .prepare_cached("SELECT * FROM person WHERE type IN ('MEMBER', 'GUEST') ORDER BY folded")?;
        let people = people.query_map([], PersonRow::from_row)?;
        Ok(people.collect::<rusqlite::Result<_>>()?)
    }

    /// One person, or the service account.
    pub fn person(&self, person: &PersonId) -> Result<PersonRow> {
        self.db
            .prepare_cached("SELECT * FROM person WHERE id = ?")?
            .query_row([person.as_str()], PersonRow::from_row)
            .optional()?
            .ok_or_else(|| Refusal::missing("user", person.as_str()))
    }

    /// Adds a person and makes the token, which is told once.
    pub fn add_person(&self, caller: &Caller, new: &NewPerson) -> Result<(PersonRow, Secret)> {
        self.administrator_only(caller, "add people")?;
        self.insert_person(caller.by(), new)
    }

    pub(super) fn insert_person(&self, by: By<'_>, new: &NewPerson) -> Result<(PersonRow, Secret)> {
        let kind = new.kind.as_deref().unwrap_or("MEMBER");
        let state = new.state.as_deref().unwrap_or("ACTIVE");
        let folded = fold_email(&new.email);
        if !matches!(kind, "MEMBER" | "GUEST") {
            return Err(Refusal::bad("type is MEMBER or GUEST"));
        }
        if !STATES.contains(&state) {
            return Err(Refusal::bad("state is not one of 1Password's words"));
        }
        if new.name.trim().is_empty() || !folded.contains('@') {
            return Err(Refusal::bad("a person has a name and an e-mail address"));
        }
        let mut same = self.db.prepare_cached("SELECT 1 FROM person WHERE folded = ?")?;
        if same.exists([&folded])? {
            return Err(Refusal::bad("a person with this e-mail address is in the account already"));
        }
        let row = self.store_person(&new.name, new.email.trim(), kind, state)?;
        let token = token::of_person()?;
        self.keep_token(&row.id, &token)?;
        self.with_tokens(|lines| {
            let token = token.expose_secret().to_owned();
            lines.people.push(Line { id: row.id.clone(), email: row.email.clone(), token });
        });
        self.note(
            by,
            "person.create",
            &json!({ "person": row.id, "email": row.email, "type": kind, "state": state }),
        )?;
        Ok((row, token))
    }

    pub(super) fn store_person(&self, name: &str, email: &str, kind: &str, state: &str) -> Result<PersonRow> {
        let row = PersonRow {
            id: fresh()?,
            name: name.to_owned(),
            email: email.to_owned(),
            kind: kind.to_owned(),
            state: state.to_owned(),
            created: self.now,
            updated: self.now,
        };
        self.db.prepare_cached("INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?.execute((
            row.id.as_str(),
            name,
            email,
            fold_email(email),
            kind,
            state,
            self.millis(),
            self.millis(),
        ))?;
        Ok(row)
    }

    pub(super) fn keep_token(&self, person: &PersonId, token: &Secret) -> Result<()> {
        let hash = token::hash(token.expose_secret());
        self.db
            .prepare_cached("INSERT INTO token (hash, person) VALUES (?, ?)")?
            .execute((hash, person.as_str()))?;
        Ok(())
    }

    /// Moves a person one step; a step that the state does not allow is refused with 400.
    pub fn step(&self, caller: &Caller, person: &PersonId, step: Step) -> Result<PersonRow> {
        self.administrator_only(caller, "manage people")?;
        let (word, from, to) = step.table();
        let row = self.member(person)?;
        if !from.contains(&row.state.as_str()) {
            return Err(Refusal::bad(format!("cannot {word} somebody who is {}", row.state)));
        }
        if step == Step::Suspend {
            self.not_the_last_administrator(person)?;
        }
        self.db.prepare_cached("UPDATE person SET state = ?, updated = ? WHERE id = ?")?.execute((
            to,
            self.millis(),
            person.as_str(),
        ))?;
        let facts = json!({ "person": person, "before": row.state, "after": to });
        self.note(caller.by(), &format!("person.{word}"), &facts)?;
        self.person(person)
    }

    /// Puts a person into any state, as things happen that no route stands for.
    pub fn force_state(&self, caller: &Caller, person: &PersonId, state: &str) -> Result<()> {
        self.administrator_only(caller, "manage people")?;
        let before = self.member(person)?.state;
        if !STATES.contains(&state) {
            return Err(Refusal::bad("state is not one of 1Password's words"));
        }
        self.db.prepare_cached("UPDATE person SET state = ?, updated = ? WHERE id = ?")?.execute((
            state,
            self.millis(),
            person.as_str(),
        ))?;
        let facts = json!({ "person": person, "before": before, "after": state });
        self.note(caller.by(), "person.state", &facts)
    }

    /// Takes a person out of the account, with all access, memberships and the token.
    pub fn delete_person(&self, caller: &Caller, person: &PersonId) -> Result<()> {
        self.administrator_only(caller, "delete people")?;
        let row = self.member(person)?;
        self.not_the_last_administrator(person)?;
        // While there is somebody to tell of.
        self.note(caller.by(), "person.delete", &json!({ "person": person, "email": row.email }))?;
        let id = person.as_str();
        self.db.prepare_cached("DELETE FROM access WHERE kind = 'person' AND who = ?")?.execute([id])?;
        self.db.prepare_cached("DELETE FROM person WHERE id = ?")?.execute([id])?;
        self.with_tokens(|lines| lines.people.retain(|line| line.id != *person));
        Ok(())
    }

    /// A person, as opposed to a service account or an integration.
    pub(super) fn member(&self, person: &PersonId) -> Result<PersonRow> {
        let row = self.person(person)?;
        match row.kind.as_str() {
            "MEMBER" | "GUEST" => Ok(row),
            "SERVICE_ACCOUNT" => {
                Err(Refusal::bad("a service account cannot be changed, it can only be replaced"))
            }
            _ => Err(Refusal::missing("user", person.as_str())),
        }
    }

    pub(super) fn not_the_last_administrator(&self, person: &PersonId) -> Result<()> {
        let mut others = self.db.prepare_cached(
            "SELECT 1 FROM member m JOIN circle c ON c.id = m.circle JOIN person p ON p.id = m.person
             WHERE c.type IN ('OWNERS', 'ADMINISTRATORS') AND p.state = 'ACTIVE' AND p.id <> ?",
        )?;
        if self.administers(person)? && !others.exists([person.as_str()])? {
            return Err(Refusal::bad("the account would be without an administrator"));
        }
        Ok(())
    }

    pub(super) fn administers(&self, person: &PersonId) -> Result<bool> {
        let mut found = self.db.prepare_cached(
            "SELECT 1 FROM member m JOIN circle c ON c.id = m.circle
             WHERE m.person = ? AND c.type IN ('OWNERS', 'ADMINISTRATORS')",
        )?;
        Ok(found.exists([person.as_str()])?)
    }
}
