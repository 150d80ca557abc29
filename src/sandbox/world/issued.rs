//! Who is behind a token, and tokens that are good for less than an account: made, listed, taken back.
//!
//! A Connect token acts as the Connect server, and one of the Events API as its integration: principals that
//! stand in no list of people, made when their first token is. The database knows of a token its hash and its
//! scope; the token itself is told once.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::caller::By;
use super::scope::{Feature, Issue, Opened, Rights, Scope};
use super::{Caller, Role, Turn, id, token};
use crate::domain::id::{PersonId, VaultId};
use crate::domain::secret::{Expose as _, Secret};
use crate::sandbox::refusal::{Refusal, Result};

/// The types of principals that are no people, as they stand in the table of people.
const CONNECT_SERVER: &str = "CONNECT_SERVER";
const EVENTS_REPORTING: &str = "EVENTS_REPORTING";

/// A Connect token to be made, as `op connect token create` makes one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewConnectToken {
    /// Decorates.
    pub(crate) name: String,
    /// At least one; built-in private ones are refused.
    pub(crate) vaults: Vec<NewOpened>,
    /// Seconds until it ends; never without it.
    pub(crate) expires_in_s: Option<u32>,
}

/// A vault that a Connect token is to open.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOpened {
    /// The vault.
    pub(crate) id: VaultId,
    /// `r`, `w` or `rw`; the last without it.
    pub(crate) rights: Option<String>,
}

/// A token of the Events API to be made, as `op events-api create` makes one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEventsToken {
    /// Decorates.
    pub(crate) name: String,
    /// At least one.
    pub(crate) features: Vec<Feature>,
    /// Seconds until it ends; never without it.
    pub(crate) expires_in_s: Option<u32>,
    /// The claim `aud`: the host to call. Without it the old word that names none.
    pub(crate) audience: Option<String>,
}

/// A token as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Whose name its changes carry.
    pub(crate) principal: PersonId,
    /// What it is good for.
    pub(crate) scope: Scope,
}

impl Turn<'_> {
    /// Who is behind a token: the service account, a person who is ACTIVE, or what a token of Connect or of
    /// the Events API stands for as long as it is good.
    pub fn sign_in(&self, token: &str) -> Result<Caller> {
        let found = self.one(
            "SELECT p.id, p.type, p.state, t.scope FROM token t JOIN person p ON p.id = t.person
             WHERE t.hash = ?",
            [token::hash(token)],
            |row| {
                let (kind, state): (String, String) = (row.get("type")?, row.get("state")?);
                Ok((id(row, "id")?, kind, state, row.get::<_, Option<String>>("scope")?))
            },
        )?;
        let Some((id, kind, state, scope)) = found else { return Err(Refusal::foreign_token(token)) };
        if state != "ACTIVE" {
            return Err(Refusal::unknown_token());
        }
        let scope: Scope = match scope {
            None => Scope::Account,
            Some(scope) => serde_json::from_str(&scope)?,
        };
        if scope.issue().is_some_and(|issue| !issue.is_good_at(self.now)) {
            return Err(Refusal::unknown_token());
        }
        let role = match kind.as_str() {
            "SERVICE_ACCOUNT" => Role::ServiceAccount,
            _ if self.administers(&id)? => Role::Administrator,
            _ => Role::Person,
        };
        Ok(Caller { scope, ..Caller::new(id, role) }.using(None))
    }

    /// Makes a Connect token, which is told once. Only for administrators.
    pub(crate) fn issue_connect(&self, caller: &Caller, new: &NewConnectToken) -> Result<(Listed, Secret)> {
        caller.administrator_only("make Connect tokens")?;
        if new.vaults.is_empty() {
            return Err(Refusal::bad("a Connect token has at least one vault"));
        }
        let mut vaults: Vec<Opened> = Vec::with_capacity(new.vaults.len());
        for NewOpened { id, rights } in &new.vaults {
            let rights = Rights::parse(rights.as_deref().unwrap_or("rw"));
            let rights = rights.ok_or_else(|| Refusal::bad("rights are r, w or rw"))?;
            if vaults.iter().any(|opened| opened.vault == *id) {
                return Err(Refusal::bad("a vault is named twice"));
            }
            match self.vault_facts(id)? {
                None => return Err(Refusal::missing("vault", id.as_str())),
                Some((kind, _)) if kind == "PERSONAL" => {
                    return Err(Refusal::bad("a private vault cannot be opened to Connect"));
                }
                Some(_) => vaults.push(Opened { vault: id.clone(), rights }),
            }
        }
        let server = self.integration(CONNECT_SERVER, "Connect server")?;
        let issue = self.issue(&new.name, token::letters(token::LOWER, 26)?, new.expires_in_s)?;
        let token = token::of_connect(self.account()?.id.as_str(), &server, &issue, &vaults)?;
        self.keep_issue(caller, server, Scope::Connect { issue, vaults }, token)
    }

    /// Makes a token of the Events API, which is told once. Only for administrators.
    pub(crate) fn issue_events(&self, caller: &Caller, new: &NewEventsToken) -> Result<(Listed, Secret)> {
        caller.administrator_only("make tokens of the Events API")?;
        if new.features.is_empty() {
            return Err(Refusal::bad("a token of the Events API has at least one feature"));
        }
        let integration = self.integration(EVENTS_REPORTING, "Events reporting")?;
        let issue = self.issue(&new.name, token::letters(token::UPPER, 26)?, new.expires_in_s)?;
        let (account, audience) = (self.account()?.id, new.audience.as_deref());
        let token = token::of_events(account.as_str(), &integration, &issue, &new.features, audience)?;
        let features = new.features.clone();
        self.keep_issue(caller, integration, Scope::Events { issue, features }, token)
    }

    /// All tokens of Connect and of the Events API, those that are good no more as well, oldest first. Only
    /// for administrators.
    pub(crate) fn issued(&self, caller: &Caller) -> Result<Vec<Listed>> {
        caller.administrator_only("see tokens")?;
        let rows = self.all("SELECT person, scope FROM token WHERE scope IS NOT NULL", [], |row| {
            Ok((id(row, "person")?, row.get::<_, String>("scope")?))
        })?;
        let mut all = Vec::new();
        for (principal, scope) in rows {
            all.push(Listed { principal, scope: serde_json::from_str(&scope)? });
        }
        let at = |listed: &Listed| listed.scope.issue().map(|issue| (issue.issued, issue.id.clone()));
        all.sort_by_key(at);
        Ok(all)
    }

    /// Takes a token of Connect or of the Events API back. Only for administrators.
    pub(crate) fn revoke_issue(&self, caller: &Caller, wanted: &str) -> Result<()> {
        caller.administrator_only("take tokens back")?;
        let all = self.issued(caller)?;
        let good = |scope: &Scope| scope.issue().is_some_and(|issue| issue.id == wanted && !issue.revoked);
        if !all.iter().any(|listed| good(&listed.scope)) {
            return Err(Refusal::missing("token", wanted));
        }
        self.change(
            "UPDATE token SET scope = json_set(scope, '$.issue.revoked', json('true'))
             WHERE json_extract(scope, '$.issue.id') = ?",
            [wanted],
        )?;
        self.note(caller.by(), "token.revoke", &json!({ "token": wanted }))
    }

    fn issue(&self, name: &str, id: String, expires_in: Option<u32>) -> Result<Issue> {
        if name.trim().is_empty() {
            return Err(Refusal::bad("a token has a name"));
        }
        // Whole seconds, as in its claims.
        let issued = Timestamp::from_second(self.now.as_second()).unwrap_or(self.now);
        let end = |seconds| issued.checked_add(SignedDuration::from_secs(i64::from(seconds)));
        let expires = expires_in.map(end).transpose().map_err(|_| Refusal::bad("that is too late an end"))?;
        Ok(Issue { id, name: name.trim().to_owned(), issued, expires, revoked: false })
    }

    fn keep_issue(
        &self,
        caller: &Caller,
        principal: PersonId,
        scope: Scope,
        token: Secret,
    ) -> Result<(Listed, Secret)> {
        let hash = token::hash(token.expose_secret());
        let row = (hash, principal.as_str(), serde_json::to_string(&scope)?);
        self.change("INSERT INTO token (hash, person, scope) VALUES (?, ?, ?)", row)?;
        let facts =
            json!({ "token": scope.issue().map(|issue| &issue.id), "principal": principal, "scope": scope });
        self.note(caller.by(), "token.issue", &facts)?;
        Ok((Listed { principal, scope }, token))
    }

    /// The one principal of that type, made if there is none yet.
    fn integration(&self, kind: &str, name: &str) -> Result<PersonId> {
        if let Some(known) = self.one("SELECT id FROM person WHERE type = ?", [kind], |row| id(row, "id"))? {
            return Ok(known);
        }
        let address = format!("{}@sandbox.example", super::nonce()?);
        let row = self.store_person(name, &address, kind, "ACTIVE")?;
        self.note(By::WORLD, "integration.create", &json!({ "person": row.id, "type": kind }))?;
        Ok(row.id)
    }
}
