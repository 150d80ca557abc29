//! What each vault looked like when it was last looked at, and what that makes news.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use rusqlite::{Connection, Row, Transaction};

use super::row::{
    all, count, first, from_json, id, maybe, maybe_count, number, run, stamp, text, time, to_json,
};
use super::{Span, Store, Trouble, arrivals, baseline as first_seen, watched};
use crate::domain::arrival::{Arrival, NewArrival};
use crate::domain::directory::{FileMeta, Item, ItemState};
use crate::domain::fault::Fault;
use crate::domain::id::{ItemId, PersonId, VaultId};
use crate::domain::text::SafeText;

/// When a vault was last looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenVault {
    /// The content version that was looked at; `None` while the first look is still to come.
    pub content_version: Option<u64>,
    /// When its items were last listed and all read; `None` where they never were.
    pub full_at: Option<Timestamp>,
    /// Until when it was known, where it was left waiting to be read: `Some(None)` is not at all.
    /// `None` is as long as somebody watched.
    pub known_until: Option<Option<Timestamp>>,
}

/// A list of a vault's items, and what is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The content version of the vault just before.
    pub version: u64,
    /// Whether everything in it was read; else the vault counts as seen at the version before.
    pub whole: bool,
    /// When it was asked for.
    pub at: Timestamp,
    /// How often the vault had been taken over before it was asked for, as [`Store::seen`] told.
    pub looks: u64,
    /// The span in which it was asked for: arrivals are never written down without it.
    pub span: Option<Span>,
    /// Whether the version went back for good: then a lower one than the stored one counts.
    pub fell: bool,
}

/// An item as it was last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenItem {
    /// As it was listed.
    pub item: Item,
    /// Its files, as far as they were read.
    pub files: Vec<FileMeta>,
}

/// What is stored of a vault before it is settled.
enum Before {
    /// What is there now was there before we came: it is no news.
    Baseline,
    /// Seen at this version, or never: then what is there now is new.
    Seen(Option<u64>),
}

impl Store {
    /// Begins the first look at the class, and tells whether this call began it.
    ///
    /// The vaults given then wait for a look that announces nothing, also if the program ends in
    /// between; what is in vaults that come later is news. A later call changes nothing.
    pub fn first_look(&self, vaults: &[VaultId]) -> Result<bool, Fault> {
        self.write(|transaction| {
            if run(transaction, "INSERT INTO first_look (began) VALUES (1) ON CONFLICT DO NOTHING", [])? == 0
            {
                return Ok(false);
            }
            for vault in vaults {
                let pending = "INSERT INTO seen_vault (vault) VALUES (?1) ON CONFLICT DO NOTHING";
                run(transaction, pending, [vault.as_str()])?;
            }
            Ok(true)
        })
    }

    /// When each vault was last looked at, and at which version.
    pub fn seen_vaults(&self) -> Result<HashMap<VaultId, SeenVault>, Fault> {
        const SQL: &str = "SELECT vault, content_version, full_at, known_until FROM seen_vault";
        let read = |row: &Row<'_>| Ok((id(text(row, 0)?)?, seen_vault(row, 1)?));
        Ok(self.read(|connection| all(connection, SQL, [], read))?.into_iter().collect())
    }

    /// The version at which each vault was last looked at; `None` while its first look is still to
    /// come. What a beat compares with the list of vaults.
    pub fn seen_versions(&self) -> Result<HashMap<VaultId, Option<u64>>, Fault> {
        Ok(self.seen_vaults()?.into_iter().map(|(vault, seen)| (vault, seen.content_version)).collect())
    }

    /// The items of a vault as they were last seen, by id.
    pub fn seen_items(&self, vault: &VaultId) -> Result<Vec<SeenItem>, Fault> {
        self.read(|connection| items(connection, vault))
    }

    /// The same, and how often the vault was taken over by now.
    pub fn seen(&self, vault: &VaultId) -> Result<(u64, Vec<SeenItem>), Fault> {
        self.read(|connection| {
            let snapshot = connection.unchecked_transaction()?; // both statements see the same
            Ok((looks(&snapshot, vault)?, items(&snapshot, vault)?))
        })
    }

    /// Takes over what a vault looks like now, and numbers and keeps what is new, in one step that
    /// happens wholly or not at all, whoever else is looking.
    ///
    /// `compare` gets the items as last seen and whether this is the first look at what was there
    /// before us; it answers with the items to keep and with the news. On such a first look no news is
    /// taken. A listing with a lower version than the stored one changes nothing, unless that went back
    /// for good, and neither does one during which somebody else took the vault over: then `compare` is
    /// not called, and the answer is `None`. Clocks play no part in that, since they are set back at
    /// times.
    ///
    /// `compare` runs inside the transaction: it must not call the store.
    pub fn settle(
        &self,
        vault: &VaultId,
        listing: Listing,
        compare: impl FnOnce(&[SeenItem], bool) -> (Vec<SeenItem>, Vec<NewArrival>),
    ) -> Result<Option<Vec<Arrival>>, Fault> {
        // Whoever starts later has to look again as long as something is left.
        let version = listing.version.checked_sub(u64::from(!listing.whole));
        let Some(version) = version else { return Ok(None) };
        self.write(|transaction| {
            let before = before(transaction, vault)?;
            let old_version = matches!(before, Before::Seen(Some(stored)) if listing.version < stored);
            if (old_version && !listing.fell) || looks(transaction, vault)? != listing.looks {
                return Ok(None);
            }
            let old = items(transaction, vault)?;
            let baseline = matches!(before, Before::Baseline);
            let (new, news) = compare(&old, baseline);
            let full_at = listing.whole.then(|| stamp(listing.at));
            run(transaction, VAULT, (vault.as_str(), number(version)?, full_at))?;
            replace(transaction, vault, &old, &new)?;
            if baseline {
                first_seen::keep(transaction, vault, &new, listing.at)?;
            }
            let news = if baseline { Vec::new() } else { news };
            if let Some(span) = listing.span.filter(|_| !news.is_empty()) {
                watched::lasts(transaction, span)?;
            }
            let told: Result<Vec<Arrival>, Trouble> =
                news.into_iter().map(|arrival| arrivals::add(transaction, arrival)).collect();
            told.map(Some)
        })
    }
}

/// Takes a vault over: what was not read whole stays known as long as it was.
const VAULT: &str = "INSERT INTO seen_vault (vault, content_version, full_at, looks) VALUES (?1, ?2, ?3, 1)
    ON CONFLICT (vault) DO UPDATE SET content_version = excluded.content_version, looks = looks + 1,
    known_until = CASE WHEN excluded.full_at IS NULL THEN known_until END,
    full_at = coalesce(excluded.full_at, full_at)";

/// How often a vault was taken over.
fn looks(connection: &Connection, vault: &VaultId) -> Result<u64, Trouble> {
    const SQL: &str = "SELECT looks FROM seen_vault WHERE vault = ?1";
    Ok(first(connection, SQL, [vault.as_str()], |row| count(row, 0))?.unwrap_or_default())
}

fn seen_vault(row: &Row<'_>, at: usize) -> Result<SeenVault, Trouble> {
    let content_version = maybe_count(row, at)?;
    let full_at = maybe(row, at + 1)?.map(time).transpose()?;
    let known = |text: &str| if text.is_empty() { Ok(None) } else { time(text).map(Some) };
    Ok(SeenVault { content_version, full_at, known_until: maybe(row, at + 2)?.map(known).transpose()? })
}

fn before(connection: &Connection, vault: &VaultId) -> Result<Before, Trouble> {
    const SQL: &str = "SELECT content_version, full_at, known_until FROM seen_vault WHERE vault = ?1";
    if let Some(seen) = first(connection, SQL, [vault.as_str()], |row| seen_vault(row, 0))? {
        return Ok(seen.content_version.map_or(Before::Baseline, |seen| Before::Seen(Some(seen))));
    }
    // Without a first look nothing is known of what was there before us.
    let began = first(connection, "SELECT began FROM first_look", [], |_| Ok(()))?.is_some();
    Ok(if began { Before::Seen(None) } else { Before::Baseline })
}

fn items(connection: &Connection, vault: &VaultId) -> Result<Vec<SeenItem>, Trouble> {
    const SQL: &str =
        "SELECT item, version, state, title, category, created_at, updated_at, last_edited_by, files, tags
        FROM seen_item WHERE vault = ?1 ORDER BY item";
    all(connection, SQL, [vault.as_str()], |row| {
        let item = Item {
            id: id(text(row, 0)?)?,
            version: count(row, 1)?,
            state: state(text(row, 2)?)?,
            title: SafeText::new(text(row, 3)?),
            category: SafeText::new(text(row, 4)?),
            created_at: maybe(row, 5)?.map(time).transpose()?,
            updated_at: maybe(row, 6)?.map(time).transpose()?,
            last_edited_by: maybe(row, 7)?.map(id).transpose()?,
            tags: from_json(text(row, 9)?)?,
        };
        Ok(SeenItem { item, files: from_json(text(row, 8)?)? })
    })
}

/// Makes the stored items those of `new`, and writes only what differs from `old`.
fn replace(
    transaction: &Transaction<'_>,
    vault: &VaultId,
    old: &[SeenItem],
    new: &[SeenItem],
) -> Result<(), Trouble> {
    const ITEM: &str = "INSERT OR REPLACE INTO seen_item (vault, item, version, state, title, category,
        created_at, updated_at, last_edited_by, files, tags)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    let kept: HashSet<&ItemId> = new.iter().map(|seen| &seen.item.id).collect();
    for gone in old.iter().filter(|seen| !kept.contains(&seen.item.id)) {
        let delete = "DELETE FROM seen_item WHERE vault = ?1 AND item = ?2";
        run(transaction, delete, (vault.as_str(), gone.item.id.as_str()))?;
    }
    let old: HashMap<&ItemId, &SeenItem> = old.iter().map(|seen| (&seen.item.id, seen)).collect();
    for seen in new.iter().filter(|seen| old.get(&seen.item.id) != Some(seen)) {
        let item = &seen.item;
        run(
            transaction,
            ITEM,
            (
                vault.as_str(),
                item.id.as_str(),
                number(item.version)?,
                word(item.state),
                item.title.as_str(),
                item.category.as_str(),
                item.created_at.map(stamp),
                item.updated_at.map(stamp),
                item.last_edited_by.as_ref().map(PersonId::as_str),
                to_json(&seen.files)?,
                to_json(&item.tags)?,
            ),
        )?;
    }
    Ok(())
}

fn word(state: ItemState) -> &'static str {
    match state {
        ItemState::Active => "active",
        ItemState::Archived => "archived",
        ItemState::Deleted => "deleted",
    }
}

fn state(word: &str) -> Result<ItemState, Trouble> {
    match word {
        "active" => Ok(ItemState::Active),
        "archived" => Ok(ItemState::Archived),
        "deleted" => Ok(ItemState::Deleted),
        _ => Err(Trouble::Damaged("the state of an item is not one that this version knows")),
    }
}
