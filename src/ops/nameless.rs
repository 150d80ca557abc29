//! What may stand in the log of what somebody said: no names, no addresses.
//!
//! The log cannot be edited, and names must be erasable. So a message of the service or of ours goes into
//! it with every name of the class replaced: those who look at the log look a pseudonym up.

use std::cmp::Reverse;

use super::Ops;
use crate::domain::fault::Result;
use crate::queries::blocking;

/// What stands for an address of whoever it is.
const ADDRESS: &str = "<address>";
/// What stands for a name.
const NAME: &str = "<name>";
/// A single letter is no name that anybody is known by.
const SHORTEST: usize = 2;

impl Ops {
    /// A message without the names, addresses and keys of students and people. A student's key is
    /// replaced by its pseudonym.
    pub(super) async fn nameless(&self, message: &str) -> Result<String> {
        let (ops, message) = (self.clone(), message.to_owned());
        blocking(move || {
            let students = ops.queries.store.students()?;
            let people = ops.queries.known_people()?;
            let mut words: Vec<(String, String)> = Vec::new();
            for row in &students {
                let key = row.student.key.as_str();
                words.push((row.student.name.to_string(), NAME.into()));
                words.push((ops.queries.class.vault_name(&row.student.key), "<vault>".into()));
                words.push((key.to_owned(), ops.audit.pseudonym(key)));
            }
            words.extend(people.iter().map(|person| (person.name.to_string(), NAME.into())));
            // The longest first, so that a part of a name never hides the rest of it.
            words.sort_by_key(|(word, _)| Reverse(word.len()));
            Ok(replaced(&without_addresses(&message), &words))
        })
        .await
    }
}

/// Whatever looks like an address is replaced as a whole.
fn without_addresses(text: &str) -> String {
    let words = text.split_inclusive(char::is_whitespace);
    let without = |word: &str| {
        let kept = word.trim_end();
        let after = word.get(kept.len()..).unwrap_or_default();
        if kept.contains('@') { format!("{ADDRESS}{after}") } else { word.to_owned() }
    };
    words.map(without).collect()
}

/// Replaces these words where they stand alone, whatever their capitals.
fn replaced(text: &str, words: &[(String, String)]) -> String {
    let known = words.iter().filter(|(word, _)| word.trim().len() >= SHORTEST);
    known.fold(text.to_owned(), |text, (word, by)| replace_word(&text, word, by))
}

fn replace_word(text: &str, word: &str, by: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = position(rest, word) {
        let (before, tail) = rest.split_at(at);
        let (found, after) = tail.split_at(word.len());
        out.push_str(before);
        let joined =
            out.chars().next_back().is_some_and(is_part) || after.chars().next().is_some_and(is_part);
        out.push_str(if joined { found } else { by });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Where a word begins, ASCII capitals making no difference.
fn position(text: &str, word: &str) -> Option<usize> {
    let is_it =
        |at: &usize| text.get(*at..*at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word));
    text.char_indices().map(|(at, _)| at).find(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_leave_a_message() {
        let words = [("Ngozi Abara", NAME), ("ngozi", "3f9a"), ("王伟", NAME), ("a", "x")];
        let words = words.map(|(word, by)| (word.to_owned(), by.to_owned()));
        let told = without_addresses("NGOZI abara (ngozi, ngozi@example.edu) and 王伟: a word, ngozis");
        assert_eq!(replaced(&told, &words), "<name> (3f9a, <address> and <name>: a word, ngozis");
    }
}
