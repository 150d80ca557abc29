//! The items of the selected student's vault: in which order they are shown, and which are marked.

use std::borrow::Cow;
use std::collections::HashMap;

use super::State;
use super::columns::{Field, Table};
use super::filter::Filter;
use super::jobs::urgency;
use super::marks::Marks;
use super::msg::{Fetch, Step};
use super::order::{By, Key, sorted};
use super::remote::Kept;
use super::roster::{around, stepped};
use crate::domain::calendar::to_minute;
use crate::domain::directory::{Item, ItemRef, ItemState};
use crate::domain::handoff::Handed;
use crate::domain::id::VaultId;
use crate::domain::query::{LocalCopy, StatusRow};
use crate::domain::text::fold;

/// The items of the vaults, and which of the selected student's are shown, selected and marked.
#[derive(Clone, Debug, Default)]
pub struct Items {
    /// Those of the vaults on and near the screen.
    pub lists: HashMap<VaultId, Vec<Item>>,
    /// The copies on this machine of a vault's files: those of the selected student.
    pub copies: Kept<(VaultId, Vec<LocalCopy>)>,
    /// The selected one of those that are shown.
    pub cursor: usize,
    /// What is typed after `/`.
    pub filter: Filter,
    /// Marked items, of any vault: they stay marked when another student is selected.
    pub marks: Marks<ItemRef>,
    /// The item that was selected after the last event: it stays selected where the order changes.
    selected: Option<ItemRef>,
    /// The places of the items that pass the filter, in their order, in the vault they are of.
    order: Option<(VaultId, Vec<usize>)>,
}

/// What an item is, in a word.
pub fn kind(item: &Item) -> String {
    item.category.as_str().to_lowercase().replace('_', " ")
}

/// Whether an item is in use, in a word.
pub(super) fn state_word(item: &Item) -> &'static str {
    match item.state {
        ItemState::Active => "active",
        ItemState::Archived => "archived",
        ItemState::Deleted => "deleted",
    }
}

/// Who changed the item last, in a word; empty where nobody tells.
pub fn editor(item: &Item, row: &StatusRow, state: &State) -> &'static str {
    let ours = state.view().and_then(|view| view.identity.as_ref()).map(|identity| &identity.id);
    match &item.last_edited_by {
        None => "",
        by if *by == row.user => "student",
        Some(by) if Some(by) == ours => "service",
        Some(_) => "other",
    }
}

impl State {
    /// The items of the selected student that pass the filter; `None` until they are known.
    pub fn shown_items(&self) -> Option<Vec<&Item>> {
        let row = self.selected()?;
        let vault = row.vault.as_ref()?;
        let items = self.items.lists.get(vault)?;
        let places = |order: &[usize]| order.iter().filter_map(|at| items.get(*at)).collect();
        match &self.items.order {
            Some((of, order)) if of == vault => Some(places(order)),
            _ => Some(places(&self.in_order(items, row, vault))),
        }
    }

    /// The selected one.
    pub fn selected_item(&self) -> Option<&Item> {
        let vault = self.selected()?.vault.as_ref()?;
        match &self.items.order {
            // As a rule they are in order: the others need not be looked at.
            Some((of, order)) if of == vault => self.items.lists.get(of)?.get(*order.get(self.items.cursor)?),
            _ => self.shown_items()?.get(self.items.cursor).copied(),
        }
    }

    /// The same with its vault.
    pub(super) fn selected_item_ref(&self) -> Option<ItemRef> {
        let vault = self.selected()?.vault.clone()?;
        Some(ItemRef { vault, item: self.selected_item()?.id.clone() })
    }

    fn in_order(&self, items: &[Item], row: &StatusRow, vault: &VaultId) -> Vec<usize> {
        let mut sieve = self.items.filter.sieve(Table::Items.fields());
        let mut passes = |at: &usize| self.finds(&mut sieve, &items[*at], row, vault);
        let order = match self.tables.of(Table::Items).sort {
            None => (0..items.len()).collect(),
            Some(sort) => {
                sorted(items.len(), sort.reversed, |at| self.item_key(&items[at], row, vault, sort.by))
            }
        };
        if self.items.filter.is_active() {
            order.into_iter().filter(|at| passes(at)).collect()
        } else {
            order
        }
    }

    fn finds(
        &self,
        sieve: &mut super::terms::Sieve<'_>,
        item: &Item,
        row: &StatusRow,
        vault: &VaultId,
    ) -> bool {
        let title = self.titled(item.title.as_str());
        let text = fold(&format!("{title}\n{}\n{}", item.category, kind(item)));
        let at = ItemRef { vault: vault.clone(), item: item.id.clone() };
        sieve.accepts(&text, |field| self.item_told(item, row, &at, field))
    }

    fn item_told<'a>(
        &'a self,
        item: &'a Item,
        row: &StatusRow,
        at: &'a ItemRef,
        field: Field,
    ) -> Cow<'a, str> {
        match field {
            Field::Title => self.titled(item.title.as_str()),
            Field::Kind => kind(item).into(),
            Field::Version => format!("v{}", item.version).into(),
            Field::By => editor(item, row, self).into(),
            Field::Updated => {
                item.updated_at.map_or("".into(), |at| to_minute(at, &self.setting.zone).into())
            }
            Field::State => state_word(item).into(),
            Field::Marked => if self.items.marks.contains(at) { "yes" } else { "no" }.into(),
            Field::Assignment => match self.activity.of_item(at).next() {
                Some(arrival) if arrival.unmatched => "unmatched".into(),
                Some(arrival) => arrival.assignment.as_ref().map_or("", |id| id.as_str()).into(),
                None => "".into(),
            },
            Field::Copy => if self.copy_of(at).is_some() { "yes" } else { "" }.into(),
            Field::Hash => self.copy_of(at).map_or("", |copy| copy.sha256.as_str()).into(),
            Field::Handed => {
                let arrival = self.activity.of_item(at).next();
                arrival.and_then(|arrival| self.jobs.handed(arrival.seq)).map_or("", handed_word).into()
            }
            _ => "".into(),
        }
    }

    fn copy_of(&self, at: &ItemRef) -> Option<&LocalCopy> {
        self.items.copies.value().into_iter().flat_map(|(_, all)| all).find(|copy| copy.at == *at)
    }

    fn item_key(&self, item: &Item, row: &StatusRow, vault: &VaultId, by: By) -> Key {
        let at = ItemRef { vault: vault.clone(), item: item.id.clone() };
        let By::Field(field) = by else { return Key::Nothing };
        match field {
            Field::Version => Key::Number(i64::try_from(item.version).unwrap_or(i64::MAX)),
            Field::Updated => item.updated_at.map_or(Key::Nothing, |at| Key::Number(at.as_second())),
            Field::Assignment => {
                let arrival = self.activity.of_item(&at).next();
                arrival.map_or(Key::Nothing, super::activity::work_key)
            }
            Field::Copy => self
                .copy_of(&at)
                .map_or(Key::Nothing, |copy| Key::Number(i64::try_from(copy.version).unwrap_or(0))),
            Field::Hash => self.copy_of(&at).map_or(Key::Nothing, |copy| Key::text(&copy.sha256)),
            Field::Handed => {
                let handed =
                    self.activity.of_item(&at).next().and_then(|arrival| self.jobs.handed(arrival.seq));
                handed.map_or(Key::Nothing, |handed| Key::Number(urgency(handed)))
            }
            field => Key::text(&self.item_told(item, row, &at, field)),
        }
    }

    /// Puts the items of the selected vault in order, where that is not done, and notes which is selected.
    pub(super) fn shelve(&mut self) {
        self.put_in_order();
        self.items.selected = self.selected_item_ref();
    }

    fn put_in_order(&mut self) {
        let Some((row, vault)) = self.selected().and_then(|row| Some((row, row.vault.as_ref()?))) else {
            return;
        };
        if self.items.order.as_ref().is_some_and(|(of, _)| of == vault) {
            return;
        }
        let order =
            self.items.lists.get(vault).map(|items| (vault.clone(), self.in_order(items, row, vault)));
        self.items.order = order;
    }

    /// Forgets the order: the items, the filter or the sort have changed.
    pub(super) fn unshelve(&mut self) {
        self.items.order = None;
    }

    /// Puts them in order anew, since what decides over it has changed; the selected one stays selected.
    pub(super) fn shelve_again(&mut self) {
        self.unshelve();
        self.put_in_order();
        let vault = self.selected().and_then(|row| row.vault.as_ref());
        let Some(at) = self.items.selected.as_ref().filter(|at| Some(&at.vault) == vault) else { return };
        let same = self.shown_items().and_then(|items| items.iter().position(|item| item.id == at.item));
        self.items.cursor = same.unwrap_or(self.items.cursor);
    }

    fn item_refs(&self) -> Vec<ItemRef> {
        let vault = self.selected().and_then(|row| row.vault.clone());
        let items = self.shown_items().unwrap_or_default();
        let at = |item: &&Item| vault.clone().map(|vault| ItemRef { vault, item: item.id.clone() });
        items.iter().filter_map(at).collect()
    }

    /// Moves the selection, and the end of a range with it.
    pub(super) fn step_item(&mut self, step: Step, page: usize) {
        let refs = self.item_refs();
        self.items.cursor = stepped(self.items.cursor, step, refs.len(), page);
        let place = |key: &ItemRef| refs.iter().position(|at| at == key);
        self.items.marks.stretch(self.items.cursor, place, |at| refs.get(at).cloned());
    }

    /// Marks the selected item and moves on, or takes its mark away.
    pub(super) fn mark_item(&mut self) {
        if let Some(at) = self.selected_item_ref() {
            self.items.marks.toggle(at);
            self.step_item(Step::Down, 1);
        }
    }

    /// Begins a range at the selected item, or ends it.
    pub(super) fn range_items(&mut self) {
        let selected = self.selected_item_ref();
        self.items.marks.toggle_range(selected);
        self.step_item(Step::Left, 0);
    }

    /// Marks every item shown, or turns the marks round.
    pub(super) fn mark_items(&mut self) {
        let shown = self.item_refs();
        self.items.marks.toggle_all(shown.into_iter());
    }

    /// How many marked items are not shown: those of other vaults, and those that the filter hides.
    pub fn hidden_items(&self) -> usize {
        let shown = self.item_refs().iter().filter(|at| self.items.marks.contains(at)).count();
        self.items.marks.len() - shown
    }

    /// What a download of items means: the marked ones of every vault, else the selected one.
    pub(super) fn meant_items(&self) -> Result<Vec<Fetch>, String> {
        if self.items.marks.is_empty() {
            let row = self.selected().ok_or("nobody is selected")?;
            let at = self.selected_item_ref().ok_or("no item is selected")?;
            return Ok(vec![Fetch::Item(row.key.clone(), at)]);
        }
        let whose = |at: &ItemRef| Some(self.all_rows().get(self.rows.index.vault(&at.vault)?)?.key.clone());
        let fetch = |at: &ItemRef| Some(Fetch::Item(whose(at)?, at.clone()));
        let what: Vec<Fetch> = self.items.marks.iter().filter_map(fetch).collect();
        if what.is_empty() {
            Err("the vaults of the marked items are nobody's any more".into())
        } else {
            Ok(what)
        }
    }

    /// The place of the next item that the last filter finds, or of the one before.
    pub(super) fn next_item(&self, forward: bool) -> Option<usize> {
        let row = self.selected()?;
        let vault = row.vault.as_ref()?;
        let items = self.shown_items()?;
        let mut sieve = self.items.filter.last(Table::Items.fields())?;
        around(self.items.cursor, items.len(), forward)
            .find(|at| self.finds(&mut sieve, items[*at], row, vault))
    }
}

/// How an arrival stands with those who take it, in a word that a filter finds.
fn handed_word(handed: Handed) -> &'static str {
    match handed {
        Handed::SetAside => "set aside",
        Handed::Retrying(_) => "retrying",
        Handed::Waiting => "waiting",
        Handed::Done => "done",
    }
}
