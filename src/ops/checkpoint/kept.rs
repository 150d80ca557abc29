//! Which checkpoints are there, and which of them are to be believed: those under the key of this log, whatever
//! their titles say and whoever else writes to the vault.
//!
//! Knows the chain's words and the vault's items. It stores nothing.

use tokio::io::AsyncWriteExt as _;

use super::vault::{cell, nowhere};
use super::{TITLE, digits};
use crate::audit::{Audit, Checkpoint, Code, LARGEST_CHECKPOINT};
use crate::domain::directory::{FileRef, Item, ItemRef, ItemState};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::{ItemId, VaultId};
use crate::domain::text::SafeText;
use crate::ops::Ops;
use crate::store::Store;

/// How many items are read to find the last checkpoint of this log.
const TRIED: usize = 8;
const ANEW: &str = "look with `strongroom audit verify`; where the log was begun anew on purpose, or this is the \
                    first checkpoint of it, add --anew";

/// A checkpoint that is to be compared with the log, and where it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// A vault's name, or that it is the state of this machine.
    pub kept_in: SafeText,
    /// Whether it is in the vault.
    pub in_vault: bool,
    /// What it says.
    pub checkpoint: Checkpoint,
}

/// The checkpoints of this log that were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Where they are kept.
    pub vault: VaultId,
    /// The vault's name, or its id where the name was not asked for.
    pub name: SafeText,
    /// Those in the vault that are of this log's keeper and were read, the last record first; then the last
    /// one that this machine stored, as its state has it.
    pub noted: Vec<Noted>,
    /// What there is to say: of other logs, archived, not to be believed. One line each.
    pub told: Vec<SafeText>,
    /// How many items under the title of this class's checkpoints there are.
    pub count: usize,
    /// The highest number that stands in the title of an item of this log that is not to be believed.
    doubtful: Option<(u64, ItemId)>,
}

impl Kept {
    /// Why what is there is not to be gone by, though nothing in it contradicts a log of so many records.
    pub fn doubt(&self, records: u64) -> Option<Fault> {
        let name = &self.name;
        if let Some((number, item)) = self.doubtful.as_ref().filter(|(number, _)| *number > records) {
            let message = format!(
                "the item {item} in {name} is titled as of record {number}, the log ends with {records}, and what \
                 the item holds cannot be believed"
            );
            let hint = "find out who put it there or changed it; it counts until it is taken away";
            return Some(Fault::refused(message).hint(hint));
        }
        (self.count > 0 && !self.noted.iter().any(|one| one.in_vault)).then(|| {
            let message =
                format!("none of the {} checkpoints in {name} that were read is of this log", self.count);
            Fault::refused(message).hint(ANEW)
        })
    }
}

/// An item under the title of a checkpoint of this class.
struct Titled {
    item: ItemId,
    /// The number of the record.
    number: u64,
    /// The beginning of the code of the log's first record.
    log: String,
    archived: bool,
}

impl Titled {
    fn of(item: Item, prefix: &str) -> Option<Self> {
        let mut words = item.title.as_str().strip_prefix(prefix)?.split(' ');
        let number = words.next().and_then(|word| word.parse().ok()).unwrap_or_default();
        // Without the code of a record behind it the word is none of a log.
        let log = words.next().filter(|_| words.next().is_some()).unwrap_or_default().to_owned();
        Some(Self { item: item.id, number, log, archived: item.state != ItemState::Active })
    }
}

impl Ops {
    /// The checkpoints of this log in a vault, from the last record on. Two requests and two for each that
    /// is read, which is one as a rule; one more where the vault is told by its name.
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
        self.kept(&vault, name, false).await
    }

    /// The same of a known vault; one that was just made is not read.
    pub(super) async fn kept(&self, vault: &VaultId, name: SafeText, made: bool) -> Result<Kept> {
        let first = self.with_log(Audit::first).await?;
        let prefix = format!("{TITLE} {} ", self.queries.class.id);
        let items = if made { Vec::new() } else { self.queries.provider.items(vault).await? };
        let titled: Vec<Titled> = items.into_iter().filter_map(|item| Titled::of(item, &prefix)).collect();
        let mut kept = Kept {
            vault: vault.clone(),
            name,
            noted: Vec::new(),
            told: Vec::new(),
            count: titled.len(),
            doubtful: None,
        };
        let ours = first.map(digits);
        let (mine, others): (Vec<_>, Vec<_>) =
            titled.into_iter().partition(|one| Some(&one.log) == ours.as_ref());
        if !others.is_empty() {
            let (count, name) = (others.len(), &kept.name);
            kept.told.push(cell(format_args!("titled as of another log in {name}: {count}")));
        }
        // Where none is of a log that begins like this one, it may have been begun anew.
        let (titled, of) = if mine.is_empty() { (others, None) } else { (mine, first) };
        self.read_titled(titled, of, &mut kept).await?;
        self.remembered(&mut kept).await?;
        Ok(kept)
    }

    /// Reads from the highest number down to the last checkpoint that is to be believed, of the log that
    /// begins with this code or of any under its key. A title may lie, so that only one whose record is that
    /// of its title ends it.
    async fn read_titled(&self, mut titled: Vec<Titled>, of: Option<Code>, kept: &mut Kept) -> Result<()> {
        titled.sort_by(|a, b| (b.number, &b.item).cmp(&(a.number, &a.item)));
        let archived = titled.iter().filter(|one| one.archived).count();
        if archived > 0 {
            kept.told.push(cell(format_args!("archived in {} by somebody: {archived}", kept.name)));
        }
        for one in titled.into_iter().take(TRIED) {
            let at = ItemRef { vault: kept.vault.clone(), item: one.item };
            let why = match self.read_checkpoint(&at).await {
                Ok(checkpoint) if of.is_some_and(|first| first != checkpoint.first) => {
                    "it is of another log".to_owned()
                }
                Ok(checkpoint) if self.believes(&checkpoint).await => {
                    let ended = checkpoint.seq.0 == one.number;
                    let kept_in = kept.name.clone();
                    kept.noted.push(Noted { kept_in, in_vault: true, checkpoint });
                    if ended {
                        break;
                    }
                    "its title is not of its record".to_owned()
                }
                Ok(_) => "it is not of this class, or not written under the key of this log".to_owned(),
                Err(fault) if matches!(fault.kind, Kind::Input | Kind::NotFound | Kind::Broken) => {
                    fault.message.to_string()
                }
                Err(fault) => return Err(fault),
            };
            if of.is_some() {
                kept.told.push(cell(format_args!("the item {} is not to be believed: {why}", at.item)));
                kept.doubtful = kept.doubtful.take().or(Some((one.number, at.item)));
            }
        }
        kept.noted.sort_by_key(|one| std::cmp::Reverse(one.checkpoint.seq));
        Ok(())
    }

    /// Whether the keeper of this log wrote it, for this class in this account.
    async fn believes(&self, checkpoint: &Checkpoint) -> bool {
        let account = self.queries.frame(false).await.ok().map(|frame| frame.identity.account.clone());
        self.audit.wrote(checkpoint)
            && checkpoint.class.as_str() == self.queries.class.id
            && account.is_none_or(|account| account.as_str() == checkpoint.account.as_str())
    }

    /// Adds the last one that was stored from here.
    async fn remembered(&self, kept: &mut Kept) -> Result<()> {
        let Some((at, json)) = self.queries.with_store(Store::checkpoint).await? else { return Ok(()) };
        let checkpoint = Checkpoint::parse(json.as_bytes())
            .map_err(|fault| fault.during("the checkpoint in the state of this machine"))?;
        let there = kept.noted.iter().any(|one| one.checkpoint.seq >= checkpoint.seq);
        if at.vault == kept.vault && !there {
            kept.told.push(cell(format_args!(
                "the checkpoint of record {} that was stored there (item {}) is not there any more, or not as it was",
                checkpoint.seq, at.item
            )));
        }
        let kept_in = "the state of this machine".into();
        kept.noted.push(Noted { kept_in, in_vault: false, checkpoint });
        Ok(())
    }

    /// Refuses to note the end of a log that is broken, that has lost what a checkpoint proves, or of which
    /// none of those that are there is: the note would hide it.
    pub(super) async fn goes_with(&self, kept: &Kept, anew: bool) -> Result<()> {
        let checkpoints: Vec<Checkpoint> = kept.noted.iter().map(|one| one.checkpoint.clone()).collect();
        let (verified, compared) = self.with_log(move |audit| audit.verify_against(&checkpoints)).await?;
        if let Some(bad) = verified.first_bad {
            return Err(Fault { kind: Kind::Refused, ..self.audit.damage(&bad) });
        }
        if anew {
            return Ok(());
        }
        let met = kept.noted.iter().zip(compared).find(|(_, compared)| compared.denies());
        if let Some((one, compared)) = met {
            let Noted { kept_in, checkpoint, .. } = one;
            let message = format!("the {checkpoint}, kept in {kept_in}, {}", compared.words());
            return Err(Fault::refused(message).hint(ANEW));
        }
        kept.doubt(verified.records).map_or(Ok(()), Err)
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
}
