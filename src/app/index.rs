//! What is looked up about the rows of a class, put together once when they change: where a student or a
//! vault is, what a filter looks through, and who is on whose vault. Nothing of it is made anew by a key.

use std::collections::HashMap;

use super::privacy::Veil;
use super::students::folded;
use crate::domain::access::{Cell, Principal};
use crate::domain::class::StudentKey;
use crate::domain::id::{PersonId, VaultId};
use crate::domain::query::StatusRow;

/// The access of a student to the vault of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abroad {
    /// What is known of it.
    pub cell: Cell,
    /// Whether an exception of the class file allows it.
    pub excepted: bool,
}

/// What is looked up about the rows of a class.
#[derive(Clone, Debug, Default)]
pub struct Index {
    folded: Vec<Box<str>>,
    students: HashMap<StudentKey, usize>,
    vaults: HashMap<VaultId, usize>,
    /// The rows of a person: one, unless the roster names somebody twice.
    people: HashMap<PersonId, Vec<usize>>,
    /// By the student's row and that of the vault's student: there are few.
    abroad: HashMap<(usize, usize), Abroad>,
    /// The rows with a vault, in order: the columns of the whole matrix.
    columns: Vec<usize>,
    /// How many of those have a list that nobody has read.
    unread: usize,
}

impl Index {
    /// Of these rows.
    pub(super) fn of(rows: &[StatusRow], veil: Option<&Veil>) -> Self {
        let columns: Vec<usize> = (0..rows.len()).filter(|at| rows[*at].vault.is_some()).collect();
        let mut people: HashMap<PersonId, Vec<usize>> = HashMap::new();
        for (at, row) in rows.iter().enumerate() {
            row.user.iter().for_each(|user| people.entry(user.clone()).or_default().push(at));
        }
        let mut index = Self {
            folded: rows.iter().map(|row| folded(row, veil)).collect(),
            students: rows.iter().enumerate().map(|(at, row)| (row.key.clone(), at)).collect(),
            vaults: columns.iter().filter_map(|at| Some((rows[*at].vault.clone()?, *at))).collect(),
            people,
            abroad: HashMap::new(),
            unread: columns.iter().filter(|at| rows[**at].others.is_none()).count(),
            columns,
        };
        rows.iter().enumerate().for_each(|(at, row)| index.note_others(at, row));
        index
    }

    /// Takes a row in the place of another one of the same student, whose person and vault are the same;
    /// whether they are. What is known of the others stays.
    pub(super) fn replace(
        &mut self,
        at: usize,
        before: &StatusRow,
        row: &StatusRow,
        veil: Option<&Veil>,
    ) -> bool {
        let same = before.key == row.key && before.user == row.user && before.vault == row.vault;
        if let Some(text) = self.folded.get_mut(at).filter(|_| same) {
            *text = folded(row, veil);
            let unread = |row: &StatusRow| usize::from(row.vault.is_some() && row.others.is_none());
            self.unread = self.unread + unread(row) - unread(before);
            self.abroad.retain(|(_, vault), _| *vault != at);
            self.note_others(at, row);
            return true;
        }
        false
    }

    /// Notes which students are on the vault of another one.
    fn note_others(&mut self, vault: usize, row: &StatusRow) {
        for other in row.others.iter().flatten() {
            let Principal::Person(person) = &other.who else { continue };
            for student in self.people.get(person).into_iter().flatten().filter(|at| **at != vault) {
                self.abroad.insert((*student, vault), Abroad { cell: other.cell, excepted: other.excepted });
            }
        }
    }

    /// What a filter looks through in a row.
    pub(super) fn folded(&self, at: usize) -> &str {
        self.folded.get(at).map_or("", |text| text)
    }

    /// The row of a student.
    pub(super) fn student(&self, key: &StudentKey) -> Option<usize> {
        self.students.get(key).copied()
    }

    /// The row of a vault's student.
    pub(super) fn vault(&self, vault: &VaultId) -> Option<usize> {
        self.vaults.get(vault).copied()
    }

    /// The access of the student of a row to the vault of another row, where the vault's list shows one.
    pub fn abroad(&self, student: usize, vault: usize) -> Option<Abroad> {
        self.abroad.get(&(student, vault)).copied()
    }

    /// The rows with a vault, in the order of the class.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// How many vaults have a list that nobody has read.
    pub(super) fn unread(&self) -> usize {
        self.unread
    }
}
