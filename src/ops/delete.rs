//! Deleting a student's vault, the one change that cannot be taken back.
//!
//! It is looked right before: the vault must be there, nobody but staff may hold anything on it, and
//! everything that is in it must be among what was verified last. That it is gone is said only after a
//! clear answer, or after it was missing from the list of vaults twice and was not found by its id: one
//! answer that it is not found says nothing. What is said here stands in the log: it names no student.

use serde_json::json;

use super::Ops;
use super::job::Job;
use super::level::Halted;
use super::lock::Over;
use super::recover::Found;
use crate::audit::{Intended, Outcome as Recorded, Record};
use crate::domain::access::Permissions;
use crate::domain::class::StudentKey;
use crate::domain::digest::Digest;
use crate::domain::directory::{Item, ItemState, Vault};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::{Frame, Standing};
use crate::domain::id::VaultId;
use crate::domain::operation::{Call, Operation};
use crate::domain::term::{Detail, Forgone, Loss, Verified};
use crate::queries::blocking;
use crate::store::Store;

/// How often the list of vaults is read before a vault that is missing from it counts as gone.
const LOOKS: usize = 2;
const OP: &str = "delete-vault";
/// What is to be done where something is not kept.
const AGAIN: &str = "strongroom close-term --step pull, then --step verify";

impl Ops {
    /// Deletes a vault, between its intent and its result, if nothing of it would be lost.
    pub(super) async fn delete(
        &self,
        job: &Job,
        frame: &Frame,
        operation: &Operation,
        intended: &Intended,
    ) -> Result<(), Halted> {
        let Operation::DeleteVault { student, vault } = operation else {
            return Err(Fault::new(Kind::Broken, "this deletes no vault").into());
        };
        let left_behind = frame.owner(vault).is_none();
        let ready = if left_behind {
            self.may_discard(frame, student, vault).await
        } else {
            self.may_delete(job, frame, student, vault).await
        };
        let ready = ready.and_then(|kept| self.queries.provider.reserve(1).map(|()| kept));
        let kept = match ready {
            Ok(kept) => kept,
            // Nothing was sent: a ration that is used up leaves the row for later.
            Err(fault) if fault.kind == Kind::RateLimit => {
                self.skip(intended).await?;
                return Err(fault.into());
            }
            Err(fault) => {
                self.conclude(intended, &Err(fault.clone())).await?;
                return Err(fault.into());
            }
        };
        self.begin(intended);
        let gone = match self.queries.provider.apply(&Call::DeleteVault(vault.clone())).await {
            Ok(_) => Ok(()),
            Err(fault) if matches!(fault.kind, Kind::RateLimit | Kind::SignIn | Kind::Refused) => Err(fault),
            Err(fault) => self.settled(vault, fault).await,
        };
        // What is gone out there is noted here before the log tells it: a program that dies in between is
        // understood by the next one.
        let buried = match &gone {
            Ok(()) if left_behind => self.release(vault).await,
            Ok(()) => self.bury(student, vault, kept).await,
            Err(_) => Ok(()),
        };
        self.conclude(intended, &gone.clone().map(|()| json!({ "gone": vault }))).await?;
        Ok(gone.and(buried)?)
    }

    /// Whether a vault in quarantine may be deleted now: nothing is in it, and nobody but staff is on it.
    async fn may_discard(
        &self,
        frame: &Frame,
        student: &StudentKey,
        vault: &VaultId,
    ) -> Result<Option<Digest>> {
        let there = self.queries.provider.vault(vault).await.map_err(unseen)?;
        self.only_staff(frame, student, vault).await?;
        let items = self.queries.provider.whole_list(vault).await.map_err(unseen)?;
        if items.is_empty() && there.items.unwrap_or(0) == 0 {
            return Ok(None);
        }
        Err(Fault::refused("something is in the vault by now: it stays")
            .hint("look into it in 1Password, and move what is in it to the student's own vault first"))
    }

    /// Forgets a vault in quarantine.
    async fn release(&self, vault: &VaultId) -> Result<()> {
        let vault = vault.clone();
        self.queries.with_store(move |store| store.release_vault(&vault)).await.map(drop)
    }

    /// Whether a vault may be deleted now; the hash of the manifest that holds what is in it.
    async fn may_delete(
        &self,
        job: &Job,
        frame: &Frame,
        student: &StudentKey,
        vault: &VaultId,
    ) -> Result<Option<Digest>> {
        let provider = &self.queries.provider;
        let there = provider.vault(vault).await.map_err(unseen)?;
        self.only_staff(frame, student, vault).await?;
        let items = provider.whole_list(vault).await.map_err(unseen)?;
        let closing = self.queries.with_store(Store::closings).await?.remove(student).unwrap_or_default();
        if !closing.is_closed() {
            return Err(Fault::refused("the term goes on: the vault stays")
                .hint("strongroom close-term --step revoke"));
        }
        let verified = closing.verified().filter(|verified| verified.vault.as_ref() == Some(vault));
        let Some(verified) = verified else {
            return match job.forgone {
                Forgone::Everything => Ok(None),
                _ => Err(Fault::refused("the vault was not verified").hint(AGAIN)),
            };
        };
        is_kept(verified, job.forgone, &there, &items)?;
        self.has_copies(student, verified).await?;
        Ok(Some(verified.manifest))
    }

    /// Refuses to delete what is kept in copies that are not what they were; reads every one of them.
    async fn has_copies(&self, student: &StudentKey, verified: &Verified) -> Result<()> {
        if verified.files == 0 {
            return Ok(());
        }
        let Some(copies) = self.copies.clone() else {
            return Err(Fault::new(Kind::Broken, "nobody here can look at the copies"));
        };
        let (student, verified) = (student.clone(), verified.clone());
        blocking(move || copies(&student, &verified)).await.map_err(|fault| {
            let message = format!("the copies are not what was verified: {}", fault.message);
            Fault::refused(message).hint(AGAIN)
        })
    }

    /// Refuses to delete what somebody may be writing to.
    async fn only_staff(&self, frame: &Frame, student: &StudentKey, vault: &VaultId) -> Result<()> {
        let grants = self.queries.provider.grants(vault).await.map_err(unseen)?;
        let Some(owner) = frame.student(student) else {
            return Err(Fault::refused("the student is not in the roster"));
        };
        let other = grants.iter().find(|grant| {
            let holds = grant.permissions.is_none_or(|set| set != Permissions::NONE);
            let belongs = matches!(
                frame.standing(owner, &grant.who),
                Standing::Staff(_) | Standing::ServiceAccount | Standing::Administration
            );
            holds && !belongs
        });
        let Some(other) = other else { return Ok(()) };
        let message = format!("{} still has access to the vault", other.who);
        Err(Fault::refused(message)
            .hint(format!("strongroom close-term --step revoke {student}, then verify again")))
    }

    /// What became of a deletion that was not clearly answered: gone, or still there, or not known.
    async fn settled(&self, vault: &VaultId, fault: Fault) -> Result<()> {
        match self.is_gone(vault).await {
            Ok(true) => Ok(()),
            Ok(false) if fault.kind == Kind::Unknown => {
                let message = format!("{}; the vault is still there", fault.message);
                Err(Fault::new(Kind::Unknown, message).hint("run it again: it looks before it deletes"))
            }
            Ok(false) => Err(fault),
            Err(_) => Err(Fault::new(Kind::Unknown, fault.message.as_str())
                .hint("run it again when the service answers: it looks before it deletes")),
        }
    }

    /// Whether a vault that was visible before is gone.
    async fn is_gone(&self, vault: &VaultId) -> Result<bool> {
        for _ in 0..LOOKS {
            if self.queries.provider.vaults().await?.iter().any(|there| there.id == *vault) {
                return Ok(false);
            }
        }
        match self.queries.provider.vault(vault).await {
            Ok(_) => Ok(false),
            Err(fault) if fault.kind == Kind::NotFound => Ok(true),
            Err(fault) => Err(fault),
        }
    }

    /// Whether a vault is noted as the student's own.
    async fn is_own(&self, student: &StudentKey, vault: &VaultId) -> Result<bool> {
        let bindings = self.queries.with_store(Store::bindings).await?;
        Ok(bindings.iter().any(|one| one.student == *student && one.vault == *vault))
    }

    async fn bury(&self, student: &StudentKey, vault: &VaultId, manifest: Option<Digest>) -> Result<()> {
        let (student, vault, now) = (student.clone(), vault.clone(), self.queries.clock.now());
        let detail = Detail::Deleted { vault: vault.clone(), manifest };
        self.queries.with_store(move |store| store.bury(&student, &vault, &detail, now)).await
    }

    /// Looks after vaults that a program began to delete, each recorded as soon as that is known.
    pub(super) async fn recover_deletions(&self, open: &[Record]) -> Result<usize> {
        let whose = |record: &Record| {
            let student = record.args["student"].as_str().filter(|_| record.op.as_str() == OP)?;
            Some(student.to_owned())
        };
        let lost = self.lost(open, Over::Vault, whose).await?;
        for record in &lost.records {
            let Some((student, _)) = whose(record).and_then(|one| lost.held.get(&one)) else { continue };
            let vault: Option<VaultId> = serde_json::from_value(record.args["vault"].clone()).ok();
            let Some(vault) = vault else { continue };
            let found = self.recover_deletion(record, student, &vault).await?;
            self.settle([(record, found)]).await?;
        }
        Ok(lost.records.len())
    }

    async fn recover_deletion(
        &self,
        record: &Record,
        student: &StudentKey,
        vault: &VaultId,
    ) -> Result<Found> {
        let (outcome, message) = match self.is_gone(vault).await {
            Ok(true) => {
                self.release(vault).await?;
                // That a vault is gone says nothing of a student whose own is another one.
                let left_behind = record.args["left_behind"] == json!(true);
                if !left_behind && self.is_own(student, vault).await? {
                    let manifest = serde_json::from_value(record.args["manifest"].clone()).ok();
                    self.bury(student, vault, manifest).await?;
                }
                (Recorded::Done, "the program ended before the answer came; the vault is gone")
            }
            Ok(false) => (Recorded::Failed, "the program ended before this was done; the vault is there"),
            Err(fault) if matches!(fault.kind, Kind::Denied | Kind::NotFound) => {
                (Recorded::Unknown, "the program ended before the answer came; the vault cannot be seen")
            }
            // Told when the service answers again.
            Err(fault) => return Err(fault),
        };
        Ok(Found { outcome, message, after: None })
    }
}

/// Refuses where anything in the vault is not among what was verified, but what was agreed to be lost.
fn is_kept(verified: &Verified, forgone: Forgone, there: &Vault, items: &[Item]) -> Result<()> {
    let loss = Loss::of(verified, items).beyond(forgone);
    if !loss.is_nothing() {
        let message = format!("the vault holds more than what was pulled: {}", loss.in_words());
        return Err(Fault::refused(message).hint(AGAIN));
    }
    let active = items.iter().filter(|item| item.state == ItemState::Active).count() as u64;
    // A list that is not whole shows nothing new either: what the vault itself says has to agree.
    if there.content_version != verified.version || there.items.is_some_and(|count| count != active) {
        return Err(Fault::refused("the vault has changed since it was verified").hint(AGAIN));
    }
    Ok(())
}

/// A vault that is not found, or denied, before anything was sent: that proves nothing.
fn unseen(fault: Fault) -> Fault {
    match fault.kind {
        Kind::NotFound | Kind::Denied => {
            let message = format!("the vault cannot be looked at now: {}", fault.message);
            Fault::refused(message).hint("nothing was deleted; look at it in 1Password")
        }
        _ => fault,
    }
}
