//! Checkpoints of the audit log in a vault of the instructors: where the log ended is kept where whoever
//! can cut the log cannot reach it.
//!
//! A vault is told by its id or its exact name, and used only where no student is on it as far as can be
//! seen. Storing one is a change like every other: capability, intent, call, result, and nothing is sent
//! without a log. The checkpoint is of its own intent's record, so that no other program comes in between.

mod vault;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use super::Ops;
use super::lock::Lock;
use crate::audit::{About, Checkpoint, Intended, Intent, LARGEST_CHECKPOINT, Outcome as Recorded, Record};
use crate::domain::class::StudentKey;
use crate::domain::directory::{FileRef, Item, ItemRef, ItemState, NewDocument, NewVault};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::operation::{Call, Capability, Receipt};
use crate::domain::text::SafeText;
use crate::queries::blocking;
use vault::{cell, nowhere};

/// How the title of every checkpoint begins.
const TITLE: &str = "Strongroom audit checkpoint";
/// How many are read to find one that can be believed.
const TRIED: usize = 3;
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

/// The newest checkpoint that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Where they are kept.
    pub vault: VaultId,
    /// The vault's name, or its id where the name was not asked for.
    pub name: SafeText,
    /// The newest first: those that were read.
    pub checkpoints: Vec<Checkpoint>,
    /// How many there are.
    pub count: usize,
    /// What could not be read, one line each.
    pub told: Vec<SafeText>,
}

impl Ops {
    /// Stores where the log ends now as a document of one line of JSON. `anew` says that the log was begun
    /// anew on purpose, so that it need not go with the last checkpoint.
    ///
    /// # Errors
    /// [`Kind::Refused`] where changes are refused, for a vault of a student or with a student on it, and
    /// for a log that is broken or contradicts the last checkpoint. [`Kind::Input`] where no vault is meant.
    /// A fault of the log, and then nothing is sent; and what the service says.
    pub async fn store_checkpoint(&self, vault: &str, anew: bool) -> Result<Stored> {
        let frame = self.ready_for_checkpoints().await?;
        let _lock = self.checkpoint_lock().await?;
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
        let _lock = self.checkpoint_lock().await?;
        let name = format!("{} audit log", frame.class.id);
        if frame.class.student_of(&name).is_some() {
            let message = format!("\"{name}\" would be the name of a student's vault");
            return Err(Fault::new(Kind::Refused, message).hint(CHOOSE));
        }
        if self.named(&name).await?.is_some() {
            let message = format!("there is a vault named \"{name}\" already");
            let hint = format!("name it in the class file: [audit] checkpoint_vault = \"{name}\"");
            return Err(Fault::new(Kind::Conflict, message).hint(hint));
        }
        let intended = self.intend_checkpoint(&frame, MAKE, json!({})).await?;
        let made = self.make_vault(&frame, &name, &intended).await;
        self.conclude(&intended, &made.clone().map(|id| json!({ "vault": id }))).await?;
        let place = Place { vault: made?, name: SafeText::new(&name), told: Vec::new() };
        self.put(&frame, place, anew, true).await
    }

    /// The newest checkpoints of this class in a vault, read until one is found that can be read. Two
    /// requests and two for each that is read; one more where the vault is told by its name.
    ///
    /// # Errors
    /// [`Kind::Input`] where no vault is meant, and what the service says.
    pub async fn checkpoints(&self, vault: &str) -> Result<Kept> {
        let (vault, name) = match VaultId::parse(vault) {
            Ok(id) => (id.clone(), SafeText::new(id.as_str())),
            Err(_) => {
                self.named(vault).await?.map(|found| (found.id, found.name)).ok_or_else(|| nowhere(vault))?
            }
        };
        self.read_checkpoints(&vault, name).await
    }

    async fn ready_for_checkpoints(&self) -> Result<Frame> {
        if self.read_only {
            return Err(Fault::new(Kind::Refused, "read-only: changes are refused"));
        }
        if !self.queries.provider.capabilities().has(Capability::ReadItems) {
            return Err(Fault::unsupported("keep checkpoints"));
        }
        self.ready().await
    }

    /// One program at a time stores checkpoints.
    async fn checkpoint_lock(&self) -> Result<Lock> {
        let folder = self.locks.join("checkpoints");
        let name = StudentKey::parse(STORE).ok_or_else(|| Fault::new(Kind::Broken, "a lock has no name"))?;
        blocking(move || Lock::take(&folder, &name)).await.map_err(|fault| match fault.kind {
            Kind::Conflict => Fault::new(Kind::Conflict, "another program is storing a checkpoint")
                .hint("run it again when that program has ended"),
            _ => fault,
        })
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
        let kept =
            if made { None } else { Some(self.read_checkpoints(&place.vault, place.name.clone()).await?) };
        self.goes_with(frame, kept.as_ref(), anew).await?;
        let args =
            if anew { json!({ "in": place.vault, "anew": true }) } else { json!({ "in": place.vault }) };
        let intended = self.intend_checkpoint(frame, STORE, args).await?;
        let actor = self.actor_of_decisions().await;
        let (audit, log, now) = (self.audit.clone(), intended.head(), self.queries.clock.now());
        let (class, account) = (frame.class.id.clone(), frame.identity.account.to_string());
        let checkpoint = blocking(move || {
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
        let audit = self.audit.clone();
        blocking(move || audit.flush()).await?;
        let (item, checkpoint) = stored.map_err(needs_rights)?;
        Ok(Stored { place, item, checkpoint, made })
    }

    /// Refuses to note the end of a log that is broken, or that has lost what the last checkpoint proves:
    /// the note would hide it.
    async fn goes_with(&self, frame: &Frame, kept: Option<&Kept>, anew: bool) -> Result<()> {
        let ours = |one: &&Checkpoint| is_ours(frame, one);
        let checkpoints: Vec<_> =
            kept.iter().flat_map(|kept| &kept.checkpoints).filter(ours).cloned().collect();
        let audit = self.audit.clone();
        let (verified, compared) = blocking(move || audit.verify_against(&checkpoints)).await?;
        if let Some(bad) = verified.first_bad {
            let message = format!("the audit log is damaged: line {} {}", bad.line, bad.why);
            return Err(Fault::new(Kind::Refused, message).hint("look with `strongroom audit verify`"));
        }
        match compared.iter().find(|one| one.contradicts()).filter(|_| !anew) {
            Some(why) => Err(Fault::new(Kind::Refused, format!("the last checkpoint {}", why.words())).hint(
                "look with `strongroom audit verify`; where the log was begun anew on purpose, add --anew",
            )),
            None => Ok(()),
        }
    }

    async fn intend_checkpoint(
        &self,
        frame: &Frame,
        op: &'static str,
        args: serde_json::Value,
    ) -> Result<Intended> {
        let mut actor = self.actor.clone();
        let id = SafeText::from(frame.identity.id.as_str());
        if frame.identity.is_service_account {
            actor.service_account = id;
        } else {
            actor.person = Some(id);
        }
        let intent = Intent { op, args, actor, plan: None, before: None };
        let (audit, now) = (self.audit.clone(), self.queries.clock.now());
        let intended = blocking(move || audit.intend(&[intent], now)).await?;
        let intended = intended.into_iter().next();
        intended
            .inspect(|intended| self.fly(intended))
            .ok_or_else(|| Fault::new(Kind::Broken, "the log took no record"))
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

    async fn read_checkpoints(&self, vault: &VaultId, name: SafeText) -> Result<Kept> {
        let prefix = format!("{TITLE} {} ", self.queries.class.id);
        let number =
            |item: &Item| item.title.as_str().strip_prefix(&prefix)?.split(' ').next()?.parse::<u64>().ok();
        let items = self.queries.provider.items(vault).await?.into_iter();
        let found = items.filter(|item| item.state == ItemState::Active);
        // The newest last, by the service's clock: after a log was begun anew its numbers are smaller.
        let found: BTreeMap<(Option<Timestamp>, u64, _), Item> = found
            .filter_map(|item| Some(((item.created_at, number(&item)?, item.id.clone()), item)))
            .collect();
        let (mut checkpoints, mut told, count) = (Vec::new(), Vec::new(), found.len());
        for item in found.into_values().rev().take(TRIED) {
            let at = ItemRef { vault: vault.clone(), item: item.id };
            match self.read_checkpoint(&at).await {
                Ok(checkpoint) => {
                    checkpoints.push(checkpoint);
                    break;
                }
                Err(fault) if matches!(fault.kind, Kind::Input | Kind::NotFound | Kind::Broken) => {
                    told.push(cell(format_args!(
                        "the item {} could not be read: {}",
                        at.item, fault.message
                    )));
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(Kept { vault: vault.clone(), name, checkpoints, count, told })
    }

    async fn read_checkpoint(&self, at: &ItemRef) -> Result<Checkpoint> {
        let detail = self.queries.provider.item(at).await?;
        let [file] = detail.files.as_slice() else {
            return Err(Fault::new(Kind::Input, "it does not hold exactly one file"));
        };
        if file.size > LARGEST_CHECKPOINT {
            return Err(Fault::new(Kind::Input, "it is too large for a checkpoint"));
        }
        let file = FileRef { at: at.clone(), file: file.id.clone(), size: file.size };
        let mut bytes: Vec<u8> = Vec::new();
        self.queries.provider.download(&file, &mut bytes).await?;
        bytes.flush().await.map_err(|error| Fault::new(Kind::Local, error.to_string()))?;
        Checkpoint::parse(&bytes)
    }

    /// Records that the end of storing a checkpoint was never told: the next one is of a later record
    /// anyway. What another program is at is left to it.
    pub(super) async fn recover_checkpoints(&self, open: &[Record]) -> Result<usize> {
        let is_ours = |record: &Record| [STORE, MAKE].contains(&record.op.as_str());
        if !open.iter().any(is_ours) {
            return Ok(0);
        }
        let Ok(_lock) = self.checkpoint_lock().await else { return Ok(0) };
        // Read again: whoever had the lock until now has told the end of it.
        let left: Vec<_> = self
            .unfinished()
            .await?
            .iter()
            .filter(|record| is_ours(record))
            .filter_map(Record::intended)
            .collect();
        let (audit, now, count) = (self.audit.clone(), self.queries.clock.now(), left.len());
        blocking(move || {
            let message = "the program ended before the answer came";
            for intended in &left {
                audit.conclude(intended, Recorded::Unknown, Some(message), None, now)?;
            }
            audit.flush()
        })
        .await?;
        Ok(count)
    }
}

/// Whether a checkpoint is of this class in this account.
fn is_ours(frame: &Frame, checkpoint: &Checkpoint) -> bool {
    checkpoint.class.as_str() == frame.class.id
        && checkpoint.account.as_str() == frame.identity.account.as_str()
}

/// What a person reads in the list of items: which class, which record, and the beginning of its code.
fn title(checkpoint: &Checkpoint) -> String {
    let mac: String = checkpoint.mac.to_string().chars().take(8).collect();
    format!("{TITLE} {} {} {mac}", checkpoint.class, checkpoint.seq)
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
