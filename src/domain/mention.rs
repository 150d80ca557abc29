//! Whether a text names somebody, and the text without the name.
//!
//! Knows letters: capitals, accents however they are written, and where a word ends. Must not know whose
//! names they are.

use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// A text made ready to look for words in, whatever their capitals. Words are found where they stand alone.
#[derive(Clone, Debug)]
pub struct Mentions<'t> {
    text: &'t str,
    /// The text's letters without capitals and taken apart, each with the character that it comes from: its
    /// first byte, and the first one after it.
    letters: Vec<(char, usize, usize)>,
}

impl<'t> Mentions<'t> {
    /// Makes a text ready.
    pub fn of(text: &'t str) -> Self {
        let mut letters = Vec::with_capacity(text.len());
        for (at, whole) in text.char_indices() {
            plain(whole, |letter| letters.push((letter, at, at + whole.len_utf8())));
        }
        Self { text, letters }
    }

    /// Whether the word stands in the text. No word at all stands nowhere.
    pub fn has(&self, word: &str) -> bool {
        self.find(&taken_apart(word), 0).is_some()
    }

    /// The text with another one wherever the word stands.
    pub fn replaced(&self, word: &str, by: &str) -> String {
        let word = taken_apart(word);
        let (mut out, mut after, mut from) = (String::with_capacity(self.text.len()), 0, 0);
        while let Some(at) = self.find(&word, from) {
            from = at + word.len();
            let begins = self.letters.get(at).map_or(after, |letter| letter.1);
            out.push_str(self.text.get(after..begins).unwrap_or_default());
            out.push_str(by);
            after = self.letters.get(from - 1).map_or(after, |letter| letter.2);
        }
        out.push_str(self.text.get(after..).unwrap_or_default());
        out
    }

    /// At which letter, from one on, a word begins.
    fn find(&self, word: &[char], from: usize) -> Option<usize> {
        let (first, last) = (*word.first()?, self.letters.len().checked_sub(word.len())?);
        (from..=last).find(|at| {
            let here = self.letters.get(*at..at + word.len()).unwrap_or_default();
            let is_it = || here.iter().map(|letter| letter.0).eq(word.iter().copied());
            let before = at.checked_sub(1).and_then(|before| self.letters.get(before));
            let after = self.letters.get(at + word.len());
            let joined = |other: Option<&(char, usize, usize)>| other.is_some_and(|other| is_part(other.0));
            here.first().is_some_and(|letter| letter.0 == first)
                && is_it()
                && !joined(before)
                && !joined(after)
        })
    }
}

/// Whether a letter belongs to the word beside it.
fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || is_combining_mark(letter)
}

fn taken_apart(word: &str) -> Vec<char> {
    let mut letters = Vec::new();
    word.trim().chars().for_each(|whole| plain(whole, |letter| letters.push(letter)));
    letters
}

/// A character without capitals, its accents apart from it. By way of the capital, so that ß and SS are one.
fn plain(whole: char, mut letter: impl FnMut(char)) {
    for low in whole.to_uppercase().flat_map(char::to_lowercase) {
        decompose_canonical(low, &mut letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_whatever_its_capitals_and_however_its_accents_are_written() {
        let found = [
            ("ÉLODIE was here", "Élodie"),
            ("E\u{301}lodie was here", "élodie"),
            ("\u{c9}lodie", "e\u{301}lodie"),
            ("at GROSSMANN'S", "Großmann"),
            ("王伟", "王伟"),
            ("(ada)", "Ada"),
        ];
        for (text, word) in found {
            assert!(Mentions::of(text).has(word), "{word} in {text}");
        }
        let other = [("adas", "ada"), ("x_ada", "ada"), ("Élodie", "Elodi"), ("E\u{301}", "E"), ("ada", "")];
        for (text, word) in other {
            assert!(!Mentions::of(text).has(word), "{word} in {text}");
        }
    }

    #[test]
    fn what_stands_beside_a_word_stays_as_it_was() {
        let text = "ÉLODIE, élodie; E\u{301}lodie";
        assert_eq!(Mentions::of(text).replaced("Élodie", "<name>"), "<name>, <name>; <name>");
        assert_eq!(Mentions::of("ßa a").replaced("a", "<name>"), "ßa <name>");
        assert_eq!(Mentions::of("ada ada").replaced("ada", "ada ada"), "ada ada ada ada");
    }
}
