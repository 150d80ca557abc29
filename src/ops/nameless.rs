//! What may stand in the log of what somebody said: no names, no addresses.
//!
//! The log cannot be edited, and names must be erasable. So a message of the service or of ours goes into
//! it with every name of the class replaced: those who look at the log look a pseudonym up.

use std::cmp::Reverse;

use super::Ops;
use crate::domain::fault::Result;
use crate::domain::mention::Mentions;
use crate::queries::blocking;

/// What stands for an address of whoever it is.
const ADDRESS: &str = "<address>";
/// What stands for a name.
const NAME: &str = "<name>";
/// A single letter is no name that anybody is known by.
const SHORTEST: usize = 2;
/// How an address is told from a word: the sign itself, as it stands in links, and as wide letters have it.
const SIGNS: [&str; 4] = ["@", "%40", "&#64;", "\u{ff20}"];

/// The names of a class as they are known at a time, and what stands for each.
pub(super) struct Names {
    words: Vec<(String, String)>,
}

impl Ops {
    /// The names of the class: those of students and people, and keys, for which their pseudonyms stand.
    /// Blocks.
    pub(super) fn names(&self) -> Result<Names> {
        let students = self.queries.store.students()?;
        let people = self.queries.known_people()?;
        let mut words: Vec<(String, String)> = Vec::new();
        for row in &students {
            let key = row.student.key.as_str();
            words.push((row.student.name.to_string(), NAME.into()));
            words.push((self.queries.class.vault_name(&row.student.key), "<vault>".into()));
            words.push((key.to_owned(), self.audit.pseudonym(key)));
        }
        words.extend(people.iter().map(|person| (person.name.to_string(), NAME.into())));
        // The longest first, so that a part of a name never hides the rest of it.
        words.sort_by_key(|(word, _)| Reverse(word.len()));
        words.retain(|(word, _)| word.trim().len() >= SHORTEST);
        Ok(Names { words })
    }

    /// A message without the names, addresses and keys of students and people.
    pub(super) async fn nameless(&self, message: &str) -> Result<String> {
        let (ops, message) = (self.clone(), message.to_owned());
        blocking(move || Ok(ops.names()?.out_of(&message))).await
    }
}

impl Names {
    /// A message without them and without addresses.
    pub(super) fn out_of(&self, message: &str) -> String {
        let without = without_addresses(message);
        self.words.iter().fold(without, |text, (word, by)| Mentions::of(&text).replaced(word, by))
    }
}

/// Whatever looks like an address is replaced as a whole.
fn without_addresses(text: &str) -> String {
    let words = text.split_inclusive(char::is_whitespace);
    let without = |word: &str| {
        let kept = word.trim_end();
        let after = word.get(kept.len()..).unwrap_or_default();
        let is_one = SIGNS.iter().any(|sign| kept.contains(sign));
        if is_one { format!("{ADDRESS}{after}") } else { word.to_owned() }
    };
    words.map(without).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_leave_a_message() {
        let words = [("Ngozi Abara", NAME), ("Élodie", NAME), ("ngozi", "3f9a"), ("王伟", NAME)];
        let names = Names { words: words.map(|(word, by)| (word.to_owned(), by.to_owned())).into() };
        let told = [
            (
                "NGOZI abara (ngozi, ngozi@example.edu) and 王伟: ngozis",
                "<name> (3f9a, <address> and <name>: ngozis",
            ),
            ("ÉLODIE, E\u{301}lodie", "<name>, <name>"),
            ("GET /users/ngozi%40example.edu failed", "GET <address> failed"),
            ("ngozi＠example.edu", "<address>"),
        ];
        for (message, without) in told {
            assert_eq!(names.out_of(message), without);
        }
    }
}
