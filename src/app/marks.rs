//! The marks of a list: what is marked, and the range that is being marked. Knows rows by what they are and
//! never by their place, so that marks stay where rows are filtered, sorted or read again.

use std::collections::BTreeSet;

/// What is marked.
#[derive(Clone, Debug)]
pub struct Marks<K> {
    all: BTreeSet<K>,
    /// Where a range of marks began, and the marks before it.
    range: Option<(K, BTreeSet<K>)>,
}

impl<K> Default for Marks<K> {
    fn default() -> Self {
        Self { all: BTreeSet::new(), range: None }
    }
}

impl<K: Ord + Clone> Marks<K> {
    /// How many are marked, shown or not.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether nothing is marked.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether this one is marked.
    pub fn contains(&self, key: &K) -> bool {
        self.all.contains(key)
    }

    /// All that are marked.
    pub fn iter(&self) -> impl Iterator<Item = &K> {
        self.all.iter()
    }

    /// Whether a range is being marked.
    pub(super) fn has_range(&self) -> bool {
        self.range.is_some()
    }

    /// Ends a range; what it has marked stays.
    pub(super) fn end_range(&mut self) {
        self.range = None;
    }

    /// Marks one, or takes its mark away.
    pub(super) fn toggle(&mut self, key: K) {
        if !self.all.remove(&key) {
            self.all.insert(key);
        }
        self.end_range();
    }

    /// Begins a range at this one, or ends the one that was begun.
    pub(super) fn toggle_range(&mut self, key: Option<K>) {
        let began = key.map(|key| (key, self.all.clone()));
        self.range = if self.has_range() { None } else { began };
    }

    /// Has a range reach to the selected row; `place` tells where its beginning is, and `key` what stands at a
    /// place. One whose beginning is hidden has ended.
    pub(super) fn stretch(
        &mut self,
        selected: usize,
        place: impl Fn(&K) -> Option<usize>,
        key: impl Fn(usize) -> Option<K>,
    ) {
        let begun = self.range.as_ref().and_then(|(from, before)| Some((place(from)?, before.clone())));
        let Some((from, before)) = begun else { return self.end_range() };
        self.all = before;
        self.all.extend((from.min(selected)..=from.max(selected)).filter_map(key));
    }

    /// Marks all that are shown; where some of them are marked, turns the marks round. Those that are hidden
    /// stay as they are.
    pub(super) fn toggle_all(&mut self, shown: impl Iterator<Item = K>) {
        let (marked, rest): (Vec<K>, Vec<K>) = shown.partition(|key| self.contains(key));
        self.remove(&marked);
        self.all.extend(rest);
    }

    /// Takes the marks of these away: they were acted upon.
    pub(super) fn remove<'a>(&mut self, keys: impl IntoIterator<Item = &'a K>)
    where
        K: 'a,
    {
        for key in keys {
            self.all.remove(key);
        }
        self.end_range();
    }

    /// Takes the marks of those away that are not there any more.
    pub(super) fn retain(&mut self, is_there: impl FnMut(&K) -> bool) {
        self.all.retain(is_there);
    }

    /// Takes all marks away, those that are hidden, too.
    pub(super) fn clear(&mut self) {
        self.all.clear();
        self.end_range();
    }
}
