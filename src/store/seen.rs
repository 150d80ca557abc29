//! What each vault looked like when it was last looked at, and what that makes news.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use rusqlite::{Connection, Row, Transaction};

use super::row::{all, count, first, from_json, id, maybe, number, run, stamp, text, time, to_json};
use super::{Store, Trouble, arrivals};
use crate::domain::activity::{Arrival, NewArrival};
use crate::domain::directory::{FileMeta, ItemState};
use crate::domain::fault::Fault;
use crate::domain::id::{ItemId, PersonId, VaultId};
use crate::domain::text::SafeText;

/// When a vault was last looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenVault {
    /// The content version that was looked at; `None` while the first look is still to come.
    pub content_version: Option<u64>,
    /// When its items were last listed; `None` while the first look is still to come.
    pub full_at: Option<Timestamp>,
}

/// An item as it was last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenItem {
    /// Which.
    pub item: ItemId,
    /// Its version.
    pub version: u64,
    /// In use or archived.
    pub state: ItemState,
    /// Decorates.
    pub title: SafeText,
    /// For example `DOCUMENT`.
    pub category: SafeText,
    /// Labels.
    pub tags: Vec<SafeText>,
    /// When it was made, by the service's clock.
    pub created_at: Option<Timestamp>,
    /// When it last changed, by the service's clock.
    pub updated_at: Option<Timestamp>,
    /// Who changed it last, where the service tells.
    pub last_edited_by: Option<PersonId>,
    /// Its files, as far as they were read.
    pub files: Vec<FileMeta>,
}

/// What is stored of a vault before it is settled.
enum Before {
    /// What is there now was there before we came: it is no news.
    Baseline,
    /// Seen at this version and time, or never: then what is there now is new.
    Seen(Option<(u64, Timestamp)>),
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
        const SQL: &str = "SELECT vault, content_version, full_at FROM seen_vault";
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

    /// Takes over what a vault looks like now, and numbers and keeps what is new, in one step that
    /// happens wholly or not at all, whoever else is looking.
    ///
    /// `looked_at` is when the items were listed, and `content_version` the version they were
    /// listed at. `compare` gets the items as last seen and whether this is the first look at what
    /// was there before us; it answers with the items to keep and with the news. On such a first
    /// look no news is taken. An older listing than the stored one (a lower version, or the same
    /// version listed earlier) changes nothing, and `compare` is not called.
    ///
    /// `compare` runs inside the transaction: it must not call the store.
    pub fn settle(
        &self,
        vault: &VaultId,
        content_version: u64,
        looked_at: Timestamp,
        compare: impl FnOnce(&[SeenItem], bool) -> (Vec<SeenItem>, Vec<NewArrival>),
    ) -> Result<Vec<Arrival>, Fault> {
        const VAULT: &str = "INSERT INTO seen_vault (vault, content_version, full_at) VALUES (?1, ?2, ?3)
            ON CONFLICT (vault) DO UPDATE
            SET content_version = excluded.content_version, full_at = excluded.full_at";
        self.write(|transaction| {
            let before = before(transaction, vault)?;
            if let Before::Seen(Some(stored)) = before
                && (content_version, looked_at) < stored
            {
                return Ok(Vec::new());
            }
            let old = items(transaction, vault)?;
            let baseline = matches!(before, Before::Baseline);
            let (new, news) = compare(&old, baseline);
            run(transaction, VAULT, (vault.as_str(), number(content_version)?, stamp(looked_at)))?;
            replace(transaction, vault, &old, &new)?;
            let news = if baseline { Vec::new() } else { news };
            news.into_iter().map(|arrival| arrivals::add(transaction, arrival)).collect()
        })
    }
}

fn seen_vault(row: &Row<'_>, at: usize) -> Result<SeenVault, Trouble> {
    let version: Option<i64> = row.get(at)?;
    let content_version = version.map(|_| count(row, at)).transpose()?;
    Ok(SeenVault { content_version, full_at: maybe(row, at + 1)?.map(time).transpose()? })
}

fn before(connection: &Connection, vault: &VaultId) -> Result<Before, Trouble> {
    const SQL: &str = "SELECT content_version, full_at FROM seen_vault WHERE vault = ?1";
    if let Some(seen) = first(connection, SQL, [vault.as_str()], |row| seen_vault(row, 0))? {
        let settled = seen.content_version.zip(seen.full_at);
        return Ok(settled.map_or(Before::Baseline, |settled| Before::Seen(Some(settled))));
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
        Ok(SeenItem {
            item: id(text(row, 0)?)?,
            version: count(row, 1)?,
            state: state(text(row, 2)?)?,
            title: SafeText::new(text(row, 3)?),
            category: SafeText::new(text(row, 4)?),
            created_at: maybe(row, 5)?.map(time).transpose()?,
            updated_at: maybe(row, 6)?.map(time).transpose()?,
            last_edited_by: maybe(row, 7)?.map(id).transpose()?,
            files: from_json(text(row, 8)?)?,
            tags: from_json(text(row, 9)?)?,
        })
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
    let kept: HashSet<&ItemId> = new.iter().map(|seen| &seen.item).collect();
    for gone in old.iter().filter(|seen| !kept.contains(&seen.item)) {
        let delete = "DELETE FROM seen_item WHERE vault = ?1 AND item = ?2";
        run(transaction, delete, (vault.as_str(), gone.item.as_str()))?;
    }
    let old: HashMap<&ItemId, &SeenItem> = old.iter().map(|seen| (&seen.item, seen)).collect();
    for seen in new.iter().filter(|seen| old.get(&seen.item) != Some(seen)) {
        run(
            transaction,
            ITEM,
            (
                vault.as_str(),
                seen.item.as_str(),
                number(seen.version)?,
                word(seen.state),
                seen.title.as_str(),
                seen.category.as_str(),
                seen.created_at.map(stamp),
                seen.updated_at.map(stamp),
                seen.last_edited_by.as_ref().map(PersonId::as_str),
                to_json(&seen.files)?,
                to_json(&seen.tags)?,
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
