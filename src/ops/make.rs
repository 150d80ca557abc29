//! Making a vault: sent once, looked for where the answer got lost, and bound to its student.

use std::collections::HashSet;

use serde_json::json;

use super::Ops;
use crate::audit::Intended;
use crate::domain::class::StudentKey;
use crate::domain::directory::{NewVault, Vault};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::VaultId;
use crate::domain::operation::{Call, Operation, Receipt};
use crate::domain::text::SafeText;
use crate::seeded::{self, Bug};

/// The letters of a nonce: easy to read out, none looks like another.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

impl Ops {
    /// Makes a vault and binds it, between its intent and its result.
    pub(super) async fn create(
        &self,
        student: &StudentKey,
        operation: &Operation,
        intended: &Intended,
        there: &HashSet<VaultId>,
    ) -> Result<VaultId> {
        let Operation::CreateVault { vault, .. } = operation else {
            return Err(Fault::new(Kind::Broken, "only making a vault makes one"));
        };
        if let Err(fault) = self.queries.provider.reserve(1) {
            self.skip(intended).await?;
            return Err(fault);
        }
        self.begin(intended);
        let made = self.make(vault, there).await;
        // The log tells what happened out there, also where keeping it here fails.
        let bound = match &made {
            Ok(id) if !seeded::is(Bug::GrantBeforeBind) => {
                self.bind(student, id, nonce(&vault.description)).await
            }
            _ => Ok(()),
        };
        self.conclude(intended, &made.clone().map(|id| json!({ "vault": id }))).await?;
        bound.and(made)
    }

    /// Makes a vault. Whether a call without a clear answer made one, only a look can tell; where it
    /// shows that a conflict of two writers made none, the call is sent once more.
    /// An answer that names a vault of those that were `there` before is none: whoever believed it would
    /// give a student the access to a vault of somebody else.
    async fn make(&self, new: &NewVault, there: &HashSet<VaultId>) -> Result<VaultId> {
        let call = Call::CreateVault(new.clone());
        let mut again = 1;
        loop {
            let fault = match self.queries.provider.apply(&call).await {
                Ok(Receipt::Vault(vault)) if there.contains(&vault.id) => {
                    Fault::new(Kind::Unknown, "the answer named a vault that was there before")
                }
                // The answer to another creation at the same time would give a student that vault.
                Ok(Receipt::Vault(vault))
                    if vault.name != SafeText::from(new.name.as_str()) && !seeded::is(Bug::SwapReply) =>
                {
                    Fault::new(Kind::Unknown, "the answer named another vault")
                }
                Ok(Receipt::Vault(vault)) => return Ok(vault.id),
                Ok(_) => return Err(Fault::new(Kind::Unknown, "the answer named no vault")),
                Err(fault) if !matches!(fault.kind, Kind::Unknown | Kind::Conflict) => return Err(fault),
                Err(fault) => fault,
            };
            match self.find_made(new).await {
                Ok(Some(vault)) => return Ok(vault),
                Ok(None) if (fault.kind == Kind::Conflict || seeded::is(Bug::RetryCreate)) && again > 0 => {
                    again -= 1;
                    self.queries.provider.reserve(1)?;
                }
                _ => return Err(fault),
            }
        }
    }

    /// Looks for a vault that may have been made.
    async fn find_made(&self, new: &NewVault) -> Result<Option<VaultId>> {
        let vaults = self.queries.provider.vaults().await?;
        let vaults = self.queries.candidates(&vaults, &new.name).await?;
        let is_it = |vault: &Vault| vault.description.as_ref().is_some_and(|d| d.raw() == new.description);
        Ok(vaults.into_iter().find(is_it).map(|vault| vault.id))
    }

    pub(super) async fn bind(&self, student: &StudentKey, vault: &VaultId, nonce: &str) -> Result<()> {
        let (student, vault, nonce) = (student.clone(), vault.clone(), nonce.to_owned());
        let now = self.queries.clock.now();
        self.queries.with_store(move |store| store.bind(&student, &vault, &nonce, now)).await
    }
}

/// The nonce of a marker at the end of a description of ours.
pub(super) fn nonce(description: &str) -> &str {
    description.rsplit_once(':').map_or("", |(_, nonce)| nonce.trim_end_matches(']'))
}

/// Eight letters that tell one attempt from every other.
pub(super) fn new_nonce() -> Result<String> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes)
        .map_err(|error| Fault::new(Kind::Local, format!("no random numbers: {error}")))?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}
