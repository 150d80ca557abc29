//! The people of the account, and their way in and out.
//!
//! States are 1Password's raw words (types of `@1password/op-js`; `TRANSFER_*` is the sign-up of
//! somebody who was provisioned, says the CLI's page "User states").

use jiff::Timestamp;
use rusqlite::Row;
use serde::Deserialize;
use serde_json::json;

use super::caller::{By, Caller, Role};
use super::token::{self, Line};
use super::{Turn, fresh, id, time};
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

    /// Whether it is a person, as opposed to a service account or an integration.
    pub(super) fn is_human(&self) -> bool {
        is_human(&self.kind)
    }
}

fn is_human(kind: &str) -> bool {
    matches!(kind, "MEMBER" | "GUEST")
}

/// A person to be added.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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
pub(crate) enum Step {
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
    /// Everybody who is a person, by name. For administrators and the service account.
    pub(crate) fn people(&self, caller: &Caller) -> Result<Vec<PersonRow>> {
        if caller.role == Role::Person {
            return Err(Refusal::denied());
        }
        let people = "SELECT * FROM person WHERE type IN ('MEMBER', 'GUEST') ORDER BY folded";
        self.all(people, [], PersonRow::from_row)
    }

    /// One person, or the service account.
    pub(crate) fn person(&self, person: &PersonId) -> Result<PersonRow> {
        let found = self.one("SELECT * FROM person WHERE id = ?", [person.as_str()], PersonRow::from_row)?;
        found.ok_or_else(|| Refusal::missing("user", person.as_str()))
    }

    /// Adds a person and makes the token, which is told once.
    pub fn add_person(&self, caller: &Caller, new: &NewPerson) -> Result<(PersonRow, Secret)> {
        caller.administrator_only("add people")?;
        self.insert_person(caller.by(), new)
    }

    pub(super) fn insert_person(&self, by: By<'_>, new: &NewPerson) -> Result<(PersonRow, Secret)> {
        let kind = new.kind.as_deref().unwrap_or("MEMBER");
        let state = new.state.as_deref().unwrap_or("ACTIVE");
        let folded = fold_email(&new.email);
        if !is_human(kind) {
            return Err(Refusal::bad("type is MEMBER or GUEST"));
        }
        if !STATES.contains(&state) {
            return Err(Refusal::bad("state is not one of 1Password's words"));
        }
        if new.name.trim().is_empty() || !folded.contains('@') {
            return Err(Refusal::bad("a person has a name and an e-mail address"));
        }
        if self.any("SELECT 1 FROM person WHERE folded = ?", [&folded])? {
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
        let (folded, now) = (fold_email(email), self.millis());
        let stored = (row.id.as_str(), name, email, folded, kind, state, now, now);
        self.change("INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?, ?)", stored)?;
        Ok(row)
    }

    pub(super) fn keep_token(&self, person: &PersonId, token: &Secret) -> Result<()> {
        let row = (token::hash(token.expose_secret()), person.as_str());
        self.change("INSERT INTO token (hash, person) VALUES (?, ?)", row).map(drop)
    }

    /// Moves a person one step; a step that the state does not allow is refused with 400.
    pub(crate) fn step(&self, caller: &Caller, person: &PersonId, step: Step) -> Result<PersonRow> {
        caller.administrator_only("manage people")?;
        let (word, from, to) = step.table();
        let row = self.member(person)?;
        if !from.contains(&row.state.as_str()) {
            return Err(Refusal::bad(format!("cannot {word} somebody who is {}", row.state)));
        }
        if step == Step::Suspend {
            self.not_the_last_administrator(person)?;
        }
        self.put_in_state(caller, &row, to, &format!("person.{word}"))?;
        self.person(person)
    }

    /// Puts a person into any state, as things happen that no route stands for.
    pub(crate) fn force_state(&self, caller: &Caller, person: &PersonId, state: &str) -> Result<()> {
        caller.administrator_only("manage people")?;
        let row = self.member(person)?;
        if !STATES.contains(&state) {
            return Err(Refusal::bad("state is not one of 1Password's words"));
        }
        self.put_in_state(caller, &row, state, "person.state")
    }

    fn put_in_state(&self, caller: &Caller, person: &PersonRow, state: &str, action: &str) -> Result<()> {
        let row = (state, self.millis(), person.id.as_str());
        self.change("UPDATE person SET state = ?, updated = ? WHERE id = ?", row)?;
        let facts = json!({ "person": person.id, "before": person.state, "after": state });
        self.note(caller.by(), action, &facts)
    }

    /// Takes a person out of the account, with all access, memberships and the token.
    pub(crate) fn delete_person(&self, caller: &Caller, person: &PersonId) -> Result<()> {
        caller.administrator_only("delete people")?;
        let row = self.member(person)?;
        self.not_the_last_administrator(person)?;
        // While there is somebody to tell of.
        self.note(caller.by(), "person.delete", &json!({ "person": person, "email": row.email }))?;
        self.change("DELETE FROM access WHERE kind = 'person' AND who = ?", [person.as_str()])?;
        self.change("DELETE FROM person WHERE id = ?", [person.as_str()])?;
        self.with_tokens(|lines| lines.people.retain(|line| line.id != *person));
        Ok(())
    }

    /// A person, as opposed to a service account or an integration.
    pub(super) fn member(&self, person: &PersonId) -> Result<PersonRow> {
        let row = self.person(person)?;
        match row.kind.as_str() {
            _ if row.is_human() => Ok(row),
            "SERVICE_ACCOUNT" => {
                Err(Refusal::bad("a service account cannot be changed, it can only be replaced"))
            }
            _ => Err(Refusal::missing("user", person.as_str())),
        }
    }

    fn not_the_last_administrator(&self, person: &PersonId) -> Result<()> {
        if self.administers(person)? && self.administrators()?.iter().all(|one| one == person) {
            return Err(Refusal::bad("the account would be without an administrator"));
        }
        Ok(())
    }

    /// Owners and administrators who are ACTIVE, the first one of the account first.
    pub(super) fn administrators(&self) -> Result<Vec<PersonId>> {
        self.all(
            "SELECT m.person AS id FROM member m JOIN circle c ON c.id = m.circle
             JOIN person p ON p.id = m.person
             WHERE c.type IN ('OWNERS', 'ADMINISTRATORS') AND p.state = 'ACTIVE' ORDER BY p.created, p.id",
            [],
            |row| id(row, "id"),
        )
    }

    /// Whether somebody is an owner or administrator, ACTIVE or not.
    pub(super) fn administers(&self, person: &PersonId) -> Result<bool> {
        self.any(
            "SELECT 1 FROM member m JOIN circle c ON c.id = m.circle
             WHERE m.person = ? AND c.type IN ('OWNERS', 'ADMINISTRATORS')",
            [person.as_str()],
        )
    }
}
