//! Checkpoints of the audit log in a vault of the instructors: where the log ended is kept apart from the
//! log.
//!
//! How far apart, the rights on that vault decide. Whoever has the token of a service account that can write
//! there can archive or delete what is in it, and the token lies on the machine of the log: a vault that
//! `--make` made is of that kind. Staff who look at it, a vault in which it may only create, or a file that
//! was carried elsewhere, prove more.
//!
//! A vault is told by its id or its exact name, and used only where no student is on it as far as can be
//! seen. Storing one is a change like every other: capability, intent, call, result, and nothing is sent
//! without a log. The checkpoint is of its own intent's record, so that no other program comes in between.

mod kept;
mod vault;

use serde_json::json;

use super::Ops;
use super::lock::Over;
use super::recover::Found;
use crate::audit::{About, Audit, Checkpoint, Code, Intended, Record};
use crate::domain::directory::{ItemRef, NewDocument, NewVault};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::operation::{Call, Capability, Receipt};
use crate::domain::text::SafeText;
pub use kept::{Kept, Noted};

/// How the title of every checkpoint begins.
const TITLE: &str = "Strongroom audit checkpoint";
/// The names of these changes in the log.
const STORE: &str = "checkpoint";
const MAKE: &str = "create-checkpoint-vault";
const CHOOSE: &str = "name a vault of the instructors under [audit] checkpoint_vault, by id or exact name; \
                      `strongroom audit checkpoint --make` makes one";

/// Where checkpoints are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The vault.
    pub vault: VaultId,
    /// Its name.
    pub name: SafeText,
    /// What could not be seen, and who else is on it.
    pub told: Vec<SafeText>,
}

/// A checkpoint that was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Where.
    pub place: Place,
    /// The item.
    pub item: ItemRef,
    /// What is in it.
    pub checkpoint: Checkpoint,
    /// Whether the vault was made for it.
    pub made: bool,
}

impl Ops {
    /// Stores where the log ends now as a document of one line of JSON. `anew` says that the log was begun
    /// anew on purpose or that this is the first one of it, so that it need not go with what is there.
    ///
    /// # Errors
    /// [`Kind::Refused`] where changes are refused, for a vault of a student or with a student on it, and
    /// for a log that is broken, that contradicts a checkpoint, or of which there is none among those that
    /// are there. [`Kind::Input`] where no vault is meant.
    /// A fault of the log, and then nothing is sent; and what the service says.
    pub async fn store_checkpoint(&self, vault: &str, anew: bool) -> Result<Stored> {
        let frame = self.ready_for_checkpoints().await?;
        let _lock = self.lock(Over::Checkpoints).await?;
        let place = self.place(&frame, vault).await?;
        self.put(&frame, place, anew, false).await
    }

    /// Makes a vault for checkpoints, which nobody is granted, and stores the first one in it. The account's
    /// administrators may manage it, as account policy has it.
    ///
    /// # Errors
    /// As [`Ops::store_checkpoint`]; [`Kind::Conflict`] where there is a vault of that name already.
    pub async fn make_checkpoint_vault(&self, anew: bool) -> Result<Stored> {
        let frame = self.ready_for_checkpoints().await?;
        let _lock = self.lock(Over::Checkpoints).await?;
        let name = format!("{} audit log", frame.class.id);
        if frame.class.student_of(&name).is_some() {
            let message = format!("\"{name}\" would be the name of a student's vault");
            return Err(Fault::refused(message).hint(CHOOSE));
        }
        if self.named(&name).await?.is_some() {
            let message = format!("there is a vault named \"{name}\" already");
            let hint = format!("name it in the class file, below [audit]: checkpoint_vault = \"{name}\"");
            return Err(Fault::new(Kind::Conflict, message).hint(hint));
        }
        let intended = self.intend_one(&frame, MAKE, json!({})).await?;
        let made = self.make_vault(&frame, &name, &intended).await;
        self.conclude(&intended, &made.clone().map(|id| json!({ "vault": id }))).await?;
        let place = Place { vault: made?, name: SafeText::new(&name), told: Vec::new() };
        self.put(&frame, place, anew, true).await
    }

    async fn ready_for_checkpoints(&self) -> Result<Frame> {
        self.may_change()?;
        if !self.queries.provider.capabilities().has(Capability::ReadItems) {
            return Err(Fault::unsupported("keep checkpoints"));
        }
        self.ready().await
    }

    async fn make_vault(&self, frame: &Frame, name: &str, intended: &Intended) -> Result<VaultId> {
        let description = format!("Checkpoints of the audit log of {}; for staff only", frame.class.id);
        let new = NewVault { name: name.to_owned(), description, icon: None, admins_can_manage: Some(true) };
        self.queries.provider.reserve(1)?;
        self.begin(intended);
        match self.queries.provider.apply(&Call::CreateVault(new)).await {
            Ok(Receipt::Vault(vault)) if vault.name.as_str() == name => Ok(vault.id),
            Ok(_) => Err(Fault::new(Kind::Unknown, "the answer was not about the vault that was to be made")),
            // Nobody had one of that name a moment ago: whatever is there now was made by this call.
            Err(fault) if fault.kind == Kind::Unknown => match self.named(name).await {
                Ok(Some(vault)) => Ok(vault.id),
                _ => Err(fault),
            },
            Err(fault) => Err(fault),
        }
    }

    /// Compares the log with the last checkpoint, and stores the next one.
    async fn put(&self, frame: &Frame, place: Place, anew: bool, made: bool) -> Result<Stored> {
        let kept = self.kept(&place.vault, place.name.clone(), made).await?;
        self.goes_with(&kept, anew).await?;
        let mut place = place;
        place.told.extend(kept.told);
        let args =
            if anew { json!({ "in": place.vault, "anew": true }) } else { json!({ "in": place.vault }) };
        let intended = self.intend_one(frame, STORE, args).await?;
        let actor = self.acting(frame);
        let (log, now) = (intended.head(), self.queries.clock.now());
        let (class, account) = (frame.class.id.clone(), frame.identity.account.to_string());
        let checkpoint = self.with_log(move |audit| {
            let first = audit.first()?.unwrap_or(log.mac);
            let about = About { class: &class, account: &account, actor: &actor, first, head: log };
            audit.checkpoint(&about, now)
        });
        let stored = match checkpoint.await {
            Ok(checkpoint) => {
                self.upload(&place.vault, &checkpoint, &intended).await.map(|item| (item, checkpoint))
            }
            Err(fault) => Err(fault),
        };
        let outcome = stored.clone().map(|(item, _)| json!({ "in": item.vault, "item": item.item }));
        self.conclude(&intended, &outcome).await?;
        self.with_log(Audit::flush).await?;
        let (item, checkpoint) = stored.map_err(needs_rights)?;
        let (at, json) = (item.clone(), checkpoint.to_json()?);
        self.queries.with_store(move |store| store.put_checkpoint(&at, &json)).await?;
        Ok(Stored { place, item, checkpoint, made })
    }

    /// Stores a checkpoint, once. Whether a call without a clear answer did, a look tells.
    async fn upload(&self, vault: &VaultId, checkpoint: &Checkpoint, intended: &Intended) -> Result<ItemRef> {
        let title = title(checkpoint);
        let file_name = format!("{title}.json").replace(' ', "-");
        let to = NewDocument { vault: vault.clone(), title: title.clone(), file_name };
        let json = checkpoint.to_json()?;
        self.begin(intended);
        let fault = match self.queries.provider.upload(&to, &mut json.as_bytes()).await {
            Err(fault) if fault.kind == Kind::Unknown => fault,
            answer => return answer,
        };
        let items = self.queries.provider.items(vault).await.map_err(|_| fault.clone())?;
        let found = items.into_iter().find(|item| item.title.as_str() == title);
        found.map(|item| ItemRef { vault: vault.clone(), item: item.id }).ok_or(fault)
    }

    /// Records that the end of storing a checkpoint was never told: the next one is of a later record
    /// anyway. What another program is at is left to it.
    pub(super) async fn recover_checkpoints(&self, open: &[Record]) -> Result<usize> {
        let is_ours = |record: &Record| [STORE, MAKE].contains(&record.op.as_str());
        if !open.iter().any(is_ours) {
            return Ok(0);
        }
        let Ok(_lock) = self.lock(Over::Checkpoints).await else { return Ok(0) };
        // Read again: whoever had the lock until now has told the end of it.
        let open = self.unfinished().await?;
        let left = open.iter().filter(|record| is_ours(record));
        let found = |record| (record, Found::unknown("the program ended before the answer came"));
        self.settle(left.map(found)).await
    }
}

/// What a person reads in the list of items: which class, which record, of which log (the beginning of its
/// first record's code), and the beginning of the record's code.
fn title(checkpoint: &Checkpoint) -> String {
    let Checkpoint { class, seq, first, mac, .. } = checkpoint;
    format!("{TITLE} {class} {seq} {} {}", digits(*first), digits(*mac))
}

fn digits(code: Code) -> String {
    code.to_string().chars().take(8).collect()
}

/// A refused upload has a mend of its own.
fn needs_rights(fault: Fault) -> Fault {
    match fault.kind {
        Kind::Denied => fault.hint(
            "a service account writes to a vault that it did not make only where write_items on it was given when \
             it was created; `strongroom audit checkpoint --make` makes one of its own",
        ),
        _ => fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refused_upload_is_told_of_the_right_to_write() {
        let hint = |kind| needs_rights(Fault::new(kind, "no")).hint;
        assert!(hint(Kind::Denied).unwrap().as_str().contains("write_items"));
        for kind in [Kind::Unknown, Kind::Refused, Kind::RateLimit] {
            assert_eq!(hint(kind), Fault::new(kind, "no").hint, "{kind:?}");
        }
    }
}
