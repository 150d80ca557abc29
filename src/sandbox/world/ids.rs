//! The ids of everything of one kind, for whoever is to be told of another one than the one meant.

use super::Turn;
use crate::sandbox::refusal::Result;

/// What an id can be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Noun {
    Vault,
    Item,
    File,
    Person,
    Group,
}

impl Turn<'_> {
    /// All ids of that kind, in the order in which they were made.
    pub(in crate::sandbox) fn ids(&self, noun: Noun) -> Result<Vec<String>> {
        let question = match noun {
            Noun::Vault => "SELECT id FROM vault ORDER BY rowid",
            Noun::Item => "SELECT id FROM item ORDER BY rowid",
            Noun::File => "SELECT id FROM file ORDER BY rowid",
            Noun::Person => "SELECT id FROM person ORDER BY rowid",
            Noun::Group => "SELECT id FROM circle ORDER BY rowid",
        };
        self.all(question, [], |row| row.get(0))
    }
}
