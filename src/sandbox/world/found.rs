//! Founding a world: account, first administrator, service account, built-in groups and vaults.

use serde_json::json;

use super::caller::By;
use super::token::{self, Lines};
use super::{Caller, NewPerson, Role, Turn, fresh};
use crate::domain::access::AccountKind;
use crate::domain::id::{AccountId, PersonId};
use crate::domain::secret::{Expose as _, Secret};
use crate::sandbox::refusal::{Refusal, Result};

/// What a new world starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Founding {
    /// The account's name.
    pub(crate) account: String,
    /// Its kind.
    pub(crate) kind: AccountKind,
    /// The first administrator's name.
    pub(crate) administrator: String,
    /// The first administrator's address.
    pub(crate) email: String,
    /// The service account's name.
    pub(crate) service_account: String,
}

impl Default for Founding {
    fn default() -> Self {
        Self {
            account: "Sandbox".to_owned(),
            kind: AccountKind::Business,
            administrator: "Sandbox Administrator".to_owned(),
            email: "administrator@sandbox.example".to_owned(),
            service_account: "Strongroom".to_owned(),
        }
    }
}

/// The account as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct AccountRow {
    pub(in crate::sandbox) id: AccountId,
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) kind: AccountKind,
}

impl Turn<'_> {
    /// Whether there is an account already.
    pub(crate) fn is_founded(&self) -> Result<bool> {
        self.any("SELECT 1 FROM account", [])
    }

    /// Makes the account. The service account's token names `url`, where the sandbox is reached.
    pub(crate) fn found(&self, founding: &Founding, url: &str) -> Result<(Caller, Caller)> {
        if self.is_founded()? {
            return Err(Refusal::bad("this world exists already"));
        }
        let account: AccountId = fresh()?;
        let kind = serde_json::to_value(founding.kind)?;
        let row = (account.as_str(), &founding.account, kind.as_str());
        self.change("INSERT INTO account VALUES (?, ?, ?)", row)?;
        self.note(By::WORLD, "account.create", &json!({ "account": account, "kind": kind }))?;
        let owners = self.insert_group(By::WORLD, "Owners", "OWNERS")?;
        let admins = self.insert_group(By::WORLD, "Administrators", "ADMINISTRATORS")?;
        let new = NewPerson {
            name: founding.administrator.clone(),
            email: founding.email.clone(),
            kind: None,
            state: None,
        };
        let (admin, admin_token) = self.insert_person(By::WORLD, &new)?;
        self.insert_member(By::WORLD, &owners.id, &admin.id)?;
        self.insert_member(By::WORLD, &admins.id, &admin.id)?;
        let address = format!("{}@1passwordserviceaccounts.lcl", token::letters(token::LOWER, 13)?);
        let service = self.store_person(&founding.service_account, &address, "SERVICE_ACCOUNT", "ACTIVE")?;
        self.note(By::WORLD, "service-account.create", &json!({ "person": service.id }))?;
        self.with_tokens(|lines| admin_token.expose_secret().clone_into(&mut lines.admin));
        self.renew(&service.id, &token::of_service_account(url)?, |lines| &mut lines.service_account)?;
        self.insert_builtin("Private", "PERSONAL", &admin.id)?;
        self.insert_builtin("Shared", "EVERYONE", &admin.id)?;
        Ok((Caller::new(admin.id, Role::Administrator), Caller::new(service.id, Role::ServiceAccount)))
    }

    /// The account.
    pub(in crate::sandbox) fn account(&self) -> Result<AccountRow> {
        let account = self.one("SELECT * FROM account", [], |row| {
            let kind = match row.get::<_, String>("kind")?.as_str() {
                "teams" => AccountKind::Teams,
                "families" => AccountKind::Families,
                _ => AccountKind::Business,
            };
            Ok(AccountRow { id: super::id(row, "id")?, name: row.get("name")?, kind })
        })?;
        account.ok_or_else(|| Refusal::new(500, "the world has no account"))
    }

    /// Makes the tokens of an existing world usable again: a service account's token that names
    /// another address gets a successor (the old one stays valid), a lost `tokens.json` is started
    /// anew for the administrator and the service account, and stale lines are dropped.
    pub(crate) fn refresh_tokens(&self, url: &str) -> Result<()> {
        let nobody = || Refusal::new(500, "the world has no administrator or no service account");
        let lines = Lines::read(&self.world.folder);
        if self.sign_in(&lines.admin).is_err() {
            let admin = self.administrators()?.into_iter().next().ok_or_else(nobody)?;
            self.renew(&admin, &token::of_person()?, |lines| &mut lines.admin)?;
        }
        let known = self.sign_in(&lines.service_account).is_ok();
        if !known || token::address(&lines.service_account.clone().into()).as_deref() != Some(url) {
            let service = "SELECT id FROM person WHERE type = 'SERVICE_ACCOUNT'";
            let service = self.one(service, [], |row| super::id(row, "id"))?.ok_or_else(nobody)?;
            self.renew(&service, &token::of_service_account(url)?, |lines| &mut lines.service_account)?;
        }
        let mut stale = Vec::new();
        for line in &lines.people {
            if self.person(&line.id).is_err() {
                stale.push(line.id.clone());
            }
        }
        if !stale.is_empty() {
            self.with_tokens(|lines| lines.people.retain(|line| !stale.contains(&line.id)));
        }
        Ok(())
    }

    /// Gives somebody one more token, and writes it where `tokens.json` has that one's.
    fn renew(
        &self,
        who: &PersonId,
        token: &Secret,
        place: impl FnOnce(&mut Lines) -> &mut String,
    ) -> Result<()> {
        self.keep_token(who, token)?;
        self.with_tokens(|lines| token.expose_secret().clone_into(place(lines)));
        self.note(By::WORLD, "token.renew", &json!({ "person": who }))
    }
}
