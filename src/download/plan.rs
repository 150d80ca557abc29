//! What there is to fetch, before anything is fetched.
//!
//! One request tells which vaults are as they were last looked at; of those everything is known. Only
//! the others are listed, and only items whose files nobody has read yet are read.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Wanted;
use super::manifest::Identity;
use crate::domain::assignment::AssignmentId;
use crate::domain::budget::Cost;
use crate::domain::class::StudentKey;
use crate::domain::directory::{FileMeta, Item, ItemDetail, ItemRef, ItemState};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::id::{ItemId, VaultId};
use crate::domain::text::fold;
use crate::queries::{Queries, blocking, each};
use crate::store::SeenItem;

/// Where a version of an item belongs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Belongs {
    /// The assignment it is handed in for.
    pub assignment: Option<AssignmentId>,
    /// How many seconds after the deadline it came; 0 in time, `None` where that cannot be told.
    pub lateness_s: Option<i64>,
}

/// Tells where an item belongs: of whom, where it is, as it is listed, and its files.
pub type Sort = Arc<dyn Fn(&StudentKey, &ItemRef, &Item, &[FileMeta]) -> Belongs + Send + Sync>;

/// Where items belong by the rules and decisions of this class.
pub async fn sort(queries: &Queries) -> Result<Sort> {
    let placing = queries.placing().await?;
    Ok(Arc::new(move |student, at, item, files| {
        let placed = placing.of(student, at, item, !files.is_empty());
        Belongs { assignment: placed.assignment, lateness_s: placed.lateness_s }
    }))
}

/// An item whose files are to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Whose vault it is in.
    pub student: StudentKey,
    /// Where it is.
    pub at: ItemRef,
    /// As it was listed.
    pub item: Item,
    /// Its files; at least one.
    pub files: Vec<FileMeta>,
    /// Where it belongs.
    pub belongs: Belongs,
}

/// What there is to fetch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The items, student by student.
    pub items: Vec<Planned>,
    /// What could not be planned, and why.
    pub failed: Vec<(String, Fault)>,
}

/// What a plan comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// How many files there are.
    pub files: u64,
    /// Their bytes, as the service says.
    pub bytes: u64,
    /// How many of them are to be fetched: the others are there.
    pub fetch_files: u64,
    /// The bytes of those.
    pub fetch_bytes: u64,
    /// How many requests that takes of the ration.
    pub requests: u64,
}

impl Planned {
    /// What makes a file of it this file and no other.
    pub(super) fn identity(&self, file: &FileMeta) -> Identity {
        Identity { at: self.at.clone(), version: self.item.version, file: file.id.clone() }
    }
}

impl Plan {
    /// Leaves items whose title and file names do not pass a filter: none of them holds it, accents and
    /// capitals aside. A `!` in front turns it round; an empty one lets everything pass.
    pub fn only(&mut self, filter: &str) {
        self.items.retain(|planned| {
            let names: Vec<_> = planned.files.iter().map(|file| file.name.safe()).collect();
            let texts = names.iter().map(AsRef::as_ref).chain([planned.item.title.as_str()]);
            accepts(filter, texts)
        });
    }

    /// What it comes to, where a file may be there already.
    pub fn outlook(&self, is_there: impl Fn((&Planned, &FileMeta)) -> bool) -> Outlook {
        let mut outlook = Outlook::default();
        for planned in &self.items {
            let before = outlook.fetch_files;
            for file in &planned.files {
                outlook.files += 1;
                outlook.bytes = outlook.bytes.saturating_add(file.size);
                if !is_there((planned, file)) {
                    outlook.fetch_files += 1;
                    outlook.fetch_bytes = outlook.fetch_bytes.saturating_add(file.size);
                }
            }
            let files = outlook.fetch_files - before;
            // Afterwards the item is read once more: whether it still has that version.
            let once = if files > 0 { u64::from(Cost::ITEM.total()) } else { 0 };
            outlook.requests += files * u64::from(Cost::FILE.total()) + once;
        }
        outlook
    }
}

/// What there is to fetch of what is wanted.
///
/// # Errors
/// What concerns everything alike: the class is not known yet, the service is away, the ration is
/// used up. A single vault that cannot be read stands in the plan.
pub async fn plan(queries: &Queries, wanted: &[Wanted], sort: &Sort) -> Result<Plan> {
    let frame = queries.frame(false).await?;
    let whole = wanted.iter().any(|wish| !matches!(wish, Wanted::Item(..)));
    let current: HashSet<VaultId> = if whole { current(queries).await? } else { HashSet::new() };
    let lists = each(wanted.to_vec(), |wish| {
        let (frame, current) = (&frame, &current);
        async move {
            let found = one(queries, frame, current, &wish).await;
            match found {
                Err(fault) if ends_all(&fault) => Err(fault),
                found => Ok((wish, found)),
            }
        }
    });
    let (mut plan, mut met) = (Plan::default(), HashSet::new());
    for (wish, found) in lists.await? {
        let student = wish.student();
        let (items, failed) = match found {
            Ok(found) => found,
            Err(fault) => {
                plan.failed.push((student.to_string(), fault));
                continue;
            }
        };
        plan.failed.extend(failed);
        for (at, item, files) in items {
            let belongs = sort(student, &at, &item, &files);
            let fits = match &wish {
                Wanted::Assignment(_, id) => belongs.assignment.as_ref() == Some(id),
                _ => true,
            };
            if fits && !files.is_empty() && met.insert(at.clone()) {
                plan.items.push(Planned { student: student.clone(), at, item, files, belongs });
            }
        }
    }
    Ok(plan)
}

/// What a student's vault holds now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// Every active item with its files; there may be none.
    pub items: Vec<(Item, Vec<FileMeta>)>,
    /// What is in the archive, from which nothing is fetched.
    pub archived: Vec<Item>,
    /// What could not be read, and why.
    pub failed: Vec<(String, Fault)>,
}

/// What a student's vault holds, by a list of now; only items are read of which no file is known.
///
/// # Errors
/// Where the vault cannot be listed.
pub async fn holding(queries: &Queries, frame: &Frame, student: &StudentKey) -> Result<Holding> {
    let vault = own_vault(frame, student)?;
    let (store, id) = (queries.store.clone(), vault.clone());
    let seen = blocking(move || store.seen_items(&id)).await?;
    let listed = queries.provider.whole_list(&vault).await?;
    let archived = listed.iter().filter(|item| item.state == ItemState::Archived).cloned().collect();
    let (items, failed) = with_files(queries, &vault, &seen, listed).await?;
    let items = items.into_iter().map(|(_, item, files)| (item, files)).collect();
    Ok(Holding { items, archived, failed })
}

impl Wanted {
    pub(super) fn student(&self) -> &StudentKey {
        match self {
            Self::Student(student) | Self::Assignment(student, _) | Self::Item(student, _) => student,
        }
    }
}

/// Whether a fault concerns everything that is still to be asked.
pub fn ends_all(fault: &Fault) -> bool {
    matches!(fault.kind, Kind::RateLimit | Kind::SignIn | Kind::Unreachable)
}

/// The vaults that are as they were when they were last looked at. One request.
async fn current(queries: &Queries) -> Result<HashSet<VaultId>> {
    let vaults = queries.provider.vaults().await?;
    let store = queries.store.clone();
    let seen = blocking(move || store.seen_versions()).await?;
    let same = vaults.into_iter().filter(|vault| seen.get(&vault.id) == Some(&Some(vault.content_version)));
    Ok(same.map(|vault| vault.id).collect())
}

type Listed = (ItemRef, Item, Vec<FileMeta>);
type Found = (Vec<Listed>, Vec<(String, Fault)>);

async fn one(queries: &Queries, frame: &Frame, current: &HashSet<VaultId>, wish: &Wanted) -> Result<Found> {
    if let Wanted::Item(_, at) = wish {
        let ItemDetail { item, files, .. } = queries.provider.item(at).await?;
        return Ok((vec![(at.clone(), item, files)], Vec::new()));
    }
    let vault = own_vault(frame, wish.student())?;
    let (store, id) = (queries.store.clone(), vault.clone());
    let seen = blocking(move || store.seen_items(&id)).await?;
    let items: Vec<Item> = if current.contains(&vault) {
        seen.iter().map(|seen| seen.item.clone()).collect()
    } else {
        queries.provider.items(&vault).await?
    };
    with_files(queries, &vault, &seen, items).await
}

fn own_vault(frame: &Frame, student: &StudentKey) -> Result<VaultId> {
    let vault = frame.bindings.get(student).cloned();
    vault.ok_or_else(|| Fault::new(Kind::NotFound, format!("{student} has no vault")))
}

/// Those of these items that are in use, with their files; only items are read of which no file is known.
async fn with_files(
    queries: &Queries,
    vault: &VaultId,
    seen: &[SeenItem],
    mut items: Vec<Item>,
) -> Result<Found> {
    items.retain(|item| item.state == ItemState::Active);
    items.sort_by(|one, other| one.id.cmp(&other.id));
    let seen: HashMap<&ItemId, &SeenItem> = seen.iter().map(|seen| (&seen.item.id, seen)).collect();
    let (mut found, mut failed) = (Vec::new(), Vec::new());
    for item in items {
        let at = ItemRef { vault: vault.clone(), item: item.id.clone() };
        let known =
            seen.get(&item.id).filter(|seen| seen.item.version == item.version && !seen.files.is_empty());
        if let Some(seen) = known {
            found.push((at, item, seen.files.clone()));
            continue;
        }
        match queries.provider.item(&at).await {
            Ok(detail) => found.push((at, detail.item, detail.files)),
            Err(fault) if ends_all(&fault) => return Err(fault),
            Err(fault) => failed.push((at.to_string(), fault)),
        }
    }
    Ok((found, failed))
}

/// Whether something with these texts passes a filter.
fn accepts<'a>(filter: &str, texts: impl IntoIterator<Item = &'a str>) -> bool {
    let (inverse, wanted) = filter.strip_prefix('!').map_or((false, filter), |rest| (true, rest));
    let wanted = fold(wanted.trim());
    wanted.is_empty() || texts.into_iter().any(|text| fold(text).contains(&wanted)) != inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_looks_for_plain_letters_and_may_be_turned_round() {
        assert!(accepts("resume", ["Résumé.pdf"]) && accepts("", []) && accepts("!", ["x"]));
        assert!(!accepts("!resume", ["hw1", "Résumé.pdf"]) && accepts("!resume", ["hw1"]));
    }
}
