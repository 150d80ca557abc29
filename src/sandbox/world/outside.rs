//! What happens in 1Password's apps behind everybody's back: names and addresses of people change, and a
//! service account loses a vault. Only administrators do that here, and the ledger tells it. For tests: no route
//! stands for any of it.

use serde_json::json;

use super::{Caller, Role, Turn};
use crate::domain::directory::fold_email;
use crate::domain::id::{PersonId, VaultId};
use crate::sandbox::refusal::{Refusal, Result};

impl Turn<'_> {
    /// Gives a person another name; two people may have the same one.
    pub(crate) fn rename_person(&self, caller: &Caller, person: &PersonId, name: &str) -> Result<()> {
        caller.administrator_only("manage people")?;
        let before = self.member(person)?.name;
        if name.trim().is_empty() {
            return Err(Refusal::bad("a person has a name"));
        }
        let row = (name, self.millis(), person.as_str());
        self.change("UPDATE person SET name = ?, updated = ? WHERE id = ?", row)?;
        let facts = json!({ "person": person, "before": before, "after": name });
        self.note(caller.by(), "person.rename", &facts)
    }

    /// Gives people other addresses, all at once, so that two of them can change theirs for the other's.
    /// No two people may have the same one afterwards.
    pub(crate) fn readdress(&self, caller: &Caller, people: &[(PersonId, String)]) -> Result<()> {
        caller.administrator_only("manage people")?;
        let update = |email: &str, folded: &str, person: &PersonId| {
            let row = (email, folded, self.millis(), person.as_str());
            self.change("UPDATE person SET email = ?, folded = ?, updated = ? WHERE id = ?", row)
        };
        let mut before = Vec::new();
        for (person, _) in people {
            before.push(self.member(person)?.email);
            update("", person.as_str(), person)?;
        }
        for ((person, email), before) in people.iter().zip(before) {
            let folded = fold_email(email);
            if !folded.contains('@') || self.any("SELECT 1 FROM person WHERE folded = ?", [&folded])? {
                return Err(Refusal::bad("a person has an e-mail address that nobody else has"));
            }
            update(email.trim(), &folded, person)?;
            let facts = json!({ "person": person, "before": before, "after": email.trim() });
            self.note(caller.by(), "person.readdress", &facts)?;
        }
        Ok(())
    }

    /// Takes a vault away from the service account that made it, or gives it back to `to`: whoever made a
    /// vault has it, and nothing lists that.
    pub(crate) fn hand_over(&self, caller: &Caller, vault: &VaultId, to: &PersonId) -> Result<()> {
        caller.administrator_only("take vaults from service accounts")?;
        let Some((_, before)) = self.vault_facts(vault)? else {
            return Err(Refusal::missing("vault", vault.as_str()));
        };
        self.person(to)?;
        self.change("UPDATE vault SET creator = ? WHERE id = ?", (to.as_str(), vault.as_str()))?;
        let facts = json!({ "vault": vault, "before": before, "after": to });
        self.note(caller.by(), "vault.hand-over", &facts)
    }

    /// Another service account, as another class or colleague would have one. It has no token: who acts
    /// for it runs in the same process.
    pub(crate) fn add_service_account(&self, caller: &Caller, name: &str) -> Result<Caller> {
        caller.administrator_only("make service accounts")?;
        let address = format!("{}@1passwordserviceaccounts.lcl", super::nonce()?);
        let row = self.store_person(name, &address, "SERVICE_ACCOUNT", "ACTIVE")?;
        self.note(caller.by(), "service-account.create", &json!({ "person": row.id }))?;
        Ok(Caller::new(row.id, Role::ServiceAccount))
    }
}
