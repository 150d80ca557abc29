//! Groups and who is in them.
//!
//! `Owners` and `Administrators` exist from the start; being in one of them makes an administrator.

use jiff::Timestamp;
use serde_json::json;

use super::caller::By;
use super::{Caller, Role, Turn, View, fresh, id, time};
use crate::domain::id::{GroupId, PersonId};
use crate::sandbox::refusal::{Refusal, Result};

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GroupRow {
    /// Decides.
    pub(crate) id: GroupId,
    /// Decorates.
    pub(crate) name: String,
    /// `OWNERS`, `ADMINISTRATORS` or `USER_DEFINED` (`type` of `op group get`).
    pub(crate) kind: String,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// Who is in it; `None` for whoever is not shown that.
    pub(crate) members: Option<Vec<PersonId>>,
}

impl Turn<'_> {
    /// All groups, by name; with their members for administrators (and for the service account
    /// under [`View::Person`]).
    pub(crate) fn groups(&self, caller: &Caller) -> Result<Vec<GroupRow>> {
        if caller.role == Role::Person {
            return Err(Refusal::denied());
        }
        let mut groups = self.all("SELECT * FROM circle ORDER BY name, id", [], |row| {
            Ok(GroupRow {
                id: id(row, "id")?,
                name: row.get("name")?,
                kind: row.get("type")?,
                created: time(row, "created")?,
                members: None,
            })
        })?;
        if self.view(caller) == View::Person {
            for group in &mut groups {
                group.members = Some(self.members(&group.id)?);
            }
        }
        Ok(groups)
    }

    fn members(&self, group: &GroupId) -> Result<Vec<PersonId>> {
        let members = "SELECT person AS id FROM member WHERE circle = ? ORDER BY person";
        self.all(members, [group.as_str()], |row| id(row, "id"))
    }

    /// Makes a group.
    pub(crate) fn add_group(&self, caller: &Caller, name: &str) -> Result<GroupRow> {
        caller.administrator_only("manage groups")?;
        if name.trim().is_empty() || self.any("SELECT 1 FROM circle WHERE name = ?", [name])? {
            return Err(Refusal::bad("a group has a name that no other group has"));
        }
        self.insert_group(caller.by(), name, "USER_DEFINED")
    }

    pub(super) fn insert_group(&self, by: By<'_>, name: &str, kind: &str) -> Result<GroupRow> {
        let group = GroupRow {
            id: fresh()?,
            name: name.to_owned(),
            kind: kind.to_owned(),
            created: self.now,
            members: Some(Vec::new()),
        };
        let row = (group.id.as_str(), name, kind, self.millis());
        self.change("INSERT INTO circle VALUES (?, ?, ?, ?)", row)?;
        self.note(by, "group.create", &json!({ "group": group.id, "name": name }))?;
        Ok(group)
    }

    /// Puts a person into a group; being in it already is no change. Whoever becomes an owner or
    /// administrator gets a private vault.
    pub(crate) fn join(&self, caller: &Caller, group: &GroupId, person: &PersonId) -> Result<()> {
        caller.administrator_only("manage groups")?;
        let kind = self.group_kind(group)?;
        let row = self.member(person)?;
        if row.kind == "GUEST" {
            return Err(Refusal::bad("a guest cannot be in a group"));
        }
        self.insert_member(caller.by(), group, person)?;
        let private = "SELECT 1 FROM vault WHERE type = 'PERSONAL' AND creator = ?";
        if kind != "USER_DEFINED" && !self.any(private, [person.as_str()])? {
            self.insert_builtin("Private", "PERSONAL", person)?;
        }
        Ok(())
    }

    pub(super) fn insert_member(&self, by: By<'_>, group: &GroupId, person: &PersonId) -> Result<()> {
        let row = (group.as_str(), person.as_str());
        if self.change("INSERT OR IGNORE INTO member VALUES (?, ?)", row)? == 1 {
            self.note(by, "group.join", &json!({ "group": group, "person": person }))?;
        }
        Ok(())
    }

    /// Takes a person out of a group.
    pub(crate) fn leave(&self, caller: &Caller, group: &GroupId, person: &PersonId) -> Result<()> {
        caller.administrator_only("manage groups")?;
        let kind = self.group_kind(group)?;
        self.member(person)?;
        let row = (group.as_str(), person.as_str());
        if self.change("DELETE FROM member WHERE circle = ? AND person = ?", row)? == 0 {
            return Err(Refusal::missing("member", person.as_str()));
        }
        if kind != "USER_DEFINED" && self.administrators()?.is_empty() {
            return Err(Refusal::bad("the account would be without an administrator"));
        }
        self.note(caller.by(), "group.leave", &json!({ "group": group, "person": person }))
    }

    /// The kind of a group that exists.
    pub(super) fn group_kind(&self, group: &GroupId) -> Result<String> {
        let kind = self.one("SELECT type FROM circle WHERE id = ?", [group.as_str()], |row| row.get(0))?;
        kind.ok_or_else(|| Refusal::missing("group", group.as_str()))
    }
}
