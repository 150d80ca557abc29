//! Changes: each call as one command, and what its answer proves.
//!
//! A change is sent once. The one exception is a conflict of two writers (409), at which 1Password
//! has written nothing: it is sent again, three times at most, after a growing wait with some chance
//! in it (as 1Password's own Terraform provider does). Making a vault and inviting somebody are not:
//! done twice they would stay so, and whoever asked looks first. Whatever leaves open whether it happened is of
//! [`Kind::Unknown`]; what the CLI refused in clear words is not.

use std::time::Duration;

use serde::Deserialize;

use super::program::Ask;
use super::{Op, answer, parsed, wire};
use crate::domain::access::{Permissions, Principal};
use crate::domain::directory::{NewVault, Vault, fold_email};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::{PersonId, VaultId};
use crate::domain::operation::{Call, Receipt};
use crate::domain::text::Untrusted;
use crate::provider::wire::WireVault;
use crate::provider::{Provider as _, crossed};

/// How often a change is sent again after a conflict.
const AGAIN: u32 = 3;
/// The least wait before that.
const PAUSE: Duration = Duration::from_millis(100);

/// A fault after something was sent whose outcome it leaves open.
pub(super) fn unknown(fault: Fault) -> Fault {
    let hint = fault.hint.clone();
    let fault = Fault { kind: Kind::Unknown, ..fault };
    if hint.is_some() { fault } else { fault.hint("it may have happened: look before trying again") }
}

/// A fault of running the child: one that took too long may have done its work, one that was never
/// started has not.
pub(super) fn unsure(fault: Fault) -> Fault {
    if fault.kind == Kind::Unreachable {
        let fault = Fault { hint: None, ..fault };
        return unknown(fault);
    }
    fault
}

/// The answer to a change of a person: who it was about.
#[derive(Deserialize)]
struct About {
    id: Option<PersonId>,
    email: Option<Untrusted>,
}

impl Op {
    /// Sends a change; sends it again where 1Password says that nothing was written.
    async fn change(&self, ask: &Ask) -> Result<Vec<u8>> {
        self.send(ask, AGAIN).await
    }

    async fn send(&self, ask: &Ask, again: u32) -> Result<Vec<u8>> {
        let limits = self.limits();
        for round in 0..=again {
            let ended = self.program.run(ask, limits.change).await.map_err(unsure)?;
            match self.judge(ask, ended, true).await {
                Err(fault) if fault.kind == Kind::Conflict && round < again => {
                    let chance = 0.5 + fastrand::f64() / 2.0;
                    tokio::time::sleep(
                        PAUSE.min(limits.conflict) + (limits.conflict * 2_u32.pow(round)).mul_f64(chance),
                    )
                    .await;
                }
                answer => return answer,
            }
        }
        Err(Fault::new(Kind::Conflict, "1Password was changed by others all the time"))
    }

    pub(super) async fn carry_out(&self, call: &Call) -> Result<Receipt> {
        self.ready().await?;
        match call {
            Call::CreateVault(new) => self.create_vault(new).await,
            Call::DeleteVault(vault) => {
                self.admit([vault.is_sandbox()]).await?;
                let _writer = self.writer(vault).await;
                self.change(&Ask::new("vault delete").word(vault.as_str())).await?;
                Ok(Receipt::Done)
            }
            Call::Grant { vault, who, permissions } => self.grant(vault, who, *permissions).await,
            Call::Revoke { vault, who, permissions } => self.revoke(vault, who, *permissions).await,
            Call::Invite { email, name } => self.invite(email, name).await,
            Call::Confirm(person) => self.step("user confirm", person).await,
            Call::Suspend(person) => self.step("user suspend", person).await,
            Call::Reactivate(person) => self.step("user reactivate", person).await,
        }
    }

    /// The name stands alone, since `op vault create` has no `--name`; so it must not look like a
    /// flag.
    async fn create_vault(&self, new: &NewVault) -> Result<Receipt> {
        if new.name.trim().is_empty() || new.name.starts_with('-') {
            let message = "a vault's name must not be empty nor begin with `-`";
            return Err(Fault::new(Kind::Input, message).hint("change the naming in the class file"));
        }
        let mut ask = Ask::new("vault create").word(&new.name).flag("description", &new.description);
        if let Some(icon) = &new.icon {
            ask = ask.flag("icon", icon);
        }
        if let Some(may) = new.admins_can_manage {
            ask = ask.flag("allow-admins-to-manage", may);
        }
        let world = self.world().await?;
        let printed = self.send(&ask, 0).await?;
        let made: WireVault = parsed(&ask, answer::one(&printed)).map_err(unknown)?;
        world.admit(made.id.is_sandbox()).map_err(unknown)?;
        let made = Vault::from(made);
        let description = made.description.or_else(|| Some(Untrusted::new(&new.description)));
        Ok(Receipt::Vault(Box::new(Vault { description, ..made })))
    }

    async fn grant(&self, vault: &VaultId, who: &Principal, permissions: Permissions) -> Result<Receipt> {
        let permissions = permissions.with_needed();
        if permissions.is_empty() {
            return Err(Fault::new(Kind::Input, "a grant of nothing"));
        }
        self.admit([vault.is_sandbox(), is_sandbox(who)]).await?;
        let ask = accessor(["vault user grant", "vault group grant"], vault, who);
        let ask = ask.flag("permissions", permissions.names().join(",")).word("--no-input");
        let _writer = self.writer(vault).await;
        let printed = self.change(&ask).await?;
        let changed = changed(&ask, &printed, vault, who)?;
        let names = changed.and_then(|changed| changed.permissions);
        match names.and_then(|names| names.set()).filter(|set| !set.is_empty()) {
            Some(set) => Ok(Receipt::Access(set)),
            None => self.read_back(vault, who).await,
        }
    }

    /// What somebody holds, read after a grant whose answer did not tell. Only a signed-in person is
    /// shown levels: for a service account nothing else tells, and asking again would print as
    /// little, so the outcome stays unknown.
    async fn read_back(&self, vault: &VaultId, who: &Principal) -> Result<Receipt> {
        let untold = || {
            Fault::new(Kind::Unknown, "the grant was taken, but the answer does not tell the level")
                .hint("look as a signed-in person, or grant again")
        };
        if self.has_token() {
            return Err(untold());
        }
        let grants = self.grants(vault).await.map_err(unknown)?;
        let held = grants.into_iter().find(|grant| grant.who == *who);
        held.and_then(|grant| grant.permissions).map(Receipt::Access).ok_or_else(untold)
    }

    /// Takes a part, or everything: without `--permissions` the whole access goes. What it prints is
    /// not documented, so only the ids in it are looked at.
    async fn revoke(&self, vault: &VaultId, who: &Principal, part: Option<Permissions>) -> Result<Receipt> {
        if part.is_some_and(Permissions::is_empty) {
            return Err(Fault::new(Kind::Input, "a revoke of nothing"));
        }
        self.admit([vault.is_sandbox(), is_sandbox(who)]).await?;
        let mut ask = accessor(["vault user revoke", "vault group revoke"], vault, who);
        if let Some(part) = part {
            ask = ask.flag("permissions", part.names().join(","));
        }
        let ask = ask.word("--no-input");
        let _writer = self.writer(vault).await;
        let printed = match self.change(&ask).await {
            // With a token the same words mean that it may not, whatever is held.
            Err(fault) if part.is_some() && self.has_token() && fault.kind == Kind::NotFound => {
                return Err(Fault { kind: Kind::Denied, ..fault }
                    .hint("a service account can only take all access, and then grant the smaller set"));
            }
            printed => printed?,
        };
        changed(&ask, &printed, vault, who).map(|_| Receipt::Done)
    }

    async fn invite(&self, email: &str, name: &str) -> Result<Receipt> {
        self.needs_a_person("invite people")?;
        let world = self.world().await?;
        let ask = Ask::new("user provision").flag("email", email).flag("name", name);
        let printed = self.send(&ask, 0).await?;
        let about: About = parsed(&ask, answer::one(&printed)).map_err(unknown)?;
        let same = about.email.is_none_or(|told| fold_email(told.raw()) == fold_email(email));
        match about.id {
            Some(id) if same => world.admit(id.is_sandbox()).map(|()| Receipt::Person(id)).map_err(unknown),
            _ => Err(unknown(crossed("person"))),
        }
    }

    /// Moves a person one step on the way in or out.
    async fn step(&self, verb: &'static str, person: &PersonId) -> Result<Receipt> {
        self.needs_a_person("confirm, suspend or reactivate people")?;
        self.admit([person.is_sandbox()]).await?;
        let printed = self.change(&Ask::new(verb).word(person.as_str())).await?;
        // Printed or not, and in which words, is not documented: only another person's id is news.
        match answer::maybe::<About>(&printed) {
            Ok(Some(About { id: Some(id), .. })) if id != *person => Err(unknown(crossed("person"))),
            _ => Ok(Receipt::Done),
        }
    }

    fn needs_a_person(&self, what: &str) -> Result<()> {
        if !self.has_token() {
            return Ok(());
        }
        let message = format!("a service account cannot {what}");
        Err(Fault::new(Kind::Unsupported, message).hint("sign in as an administrator, without a token"))
    }
}

fn is_sandbox(who: &Principal) -> bool {
    match who {
        Principal::Person(id) => id.is_sandbox(),
        Principal::Group(id) => id.is_sandbox(),
    }
}

/// Asks for a change of somebody's access: by the first verb of a person's, by the second of a group's.
fn accessor([of_person, of_group]: [&'static str; 2], vault: &VaultId, who: &Principal) -> Ask {
    let (verb, kind) = match who {
        Principal::Person(_) => (of_person, "user"),
        Principal::Group(_) => (of_group, "group"),
    };
    Ask::new(verb).flag("vault", vault).flag(kind, who)
}

/// What was told of an access that was changed, where anything was; refused where it is about another vault or
/// another person than was asked for.
fn changed(ask: &Ask, printed: &[u8], vault: &VaultId, who: &Principal) -> Result<Option<wire::Changed>> {
    let changed: Option<wire::Changed> = parsed(ask, answer::maybe(printed)).map_err(unknown)?;
    if let Some(told) = &changed {
        let person = told.user_id.clone().map(Principal::Person);
        let named = person.or_else(|| told.group_id.clone().map(Principal::Group));
        if told.vault_id.as_ref().is_some_and(|id| id != vault) || named.is_some_and(|one| one != *who) {
            return Err(unknown(crossed("vault or person")));
        }
    }
    Ok(changed)
}

#[cfg(test)]
#[path = "changes_tests.rs"]
mod tests;
