//! Fuzzy search over texts as people look them up: without case and accents, words in any order, letters
//! in order. Knows texts only.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::domain::text::fold;

/// What is looked for.
pub struct Wanted {
    pattern: Pattern,
    words: Pattern,
    matcher: Matcher,
}

/// How well a text fits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fit {
    /// The higher, the better; 0 where nothing is looked for.
    pub score: u32,
    /// The letters (graphemes) of the text that were found, by their number, in order.
    pub letters: Vec<usize>,
}

impl Wanted {
    /// Looks for this; each of its words has to be found.
    pub fn new(text: &str) -> Self {
        let text = fold(text.trim());
        let pattern = |kind| Pattern::new(&text, CaseMatching::Ignore, Normalization::Never, kind);
        let (pattern, words) = (pattern(AtomKind::Fuzzy), pattern(AtomKind::Substring));
        Self { pattern, words, matcher: Matcher::new(Config::DEFAULT) }
    }

    /// Whether nothing is looked for: then everything fits.
    pub fn is_empty(&self) -> bool {
        self.pattern.atoms.is_empty()
    }

    /// How well a text fits, its letters apart or together; `None` where it does not. For names: in a long
    /// text nearly everything is found so.
    pub fn fit(&mut self, text: &str) -> Option<Fit> {
        fitted(&self.pattern, &mut self.matcher, text)
    }

    /// The same for longer texts: each word stands in it as a whole.
    pub fn fit_words(&mut self, text: &str) -> Option<Fit> {
        fitted(&self.words, &mut self.matcher, text)
    }
}

/// Whether a word of a folded text begins with what is looked for, folded as well.
pub(super) fn begins_word(text: &str, wanted: &str) -> bool {
    let mut before = None;
    text.char_indices().any(|(at, c)| {
        let begins = before.replace(c).is_none_or(|before: char| !before.is_alphanumeric());
        begins && text.get(at..).is_some_and(|rest| rest.starts_with(wanted))
    })
}

fn fitted(pattern: &Pattern, matcher: &mut Matcher, text: &str) -> Option<Fit> {
    if pattern.atoms.is_empty() {
        return Some(Fit::default());
    }
    // Folding may make several letters of one, or none: each remembers which it comes from.
    let (mut letters, mut origins) = (Vec::new(), Vec::new());
    for (at, letter) in text.graphemes(true).enumerate() {
        for folded in fold(letter).chars() {
            letters.push(folded);
            origins.push(at);
        }
    }
    let mut found = Vec::new();
    // The matcher takes ASCII for what it is only where it is told.
    let plain: Option<Vec<u8>> = letters.iter().map(|c| u8::try_from(*c).ok().filter(u8::is_ascii)).collect();
    let haystack = plain.as_deref().map_or(Utf32Str::Unicode(&letters), Utf32Str::Ascii);
    let score = pattern.indices(haystack, matcher, &mut found)?;
    let mut found: Vec<usize> =
        found.into_iter().filter_map(|at| origins.get(usize::try_from(at).ok()?).copied()).collect();
    found.sort_unstable();
    found.dedup();
    Some(Fit { score, letters: found })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(wanted: &str, text: &str) -> Option<Vec<usize>> {
        Wanted::new(wanted).fit(text).map(|fit| fit.letters)
    }

    #[test]
    fn letters_are_found_in_order_without_case_and_accents() {
        assert_eq!(letters("lukz", "Łukasz"), Some(vec![0, 1, 2, 5]));
        assert_eq!(letters("anh ngo", "Ngô Thị Ánh"), Some(vec![0, 1, 2, 8, 9, 10]));
        assert_eq!(letters("zl", "Łukasz"), None);
        assert_eq!(letters("小明", "王小明"), Some(vec![1, 2]));
    }

    #[test]
    fn letters_of_several_characters_are_counted_once() {
        assert_eq!(letters("b", "e\u{301}b"), Some(vec![1]));
        assert_eq!(letters("e", "e\u{301}b"), Some(vec![0]));
    }

    #[test]
    fn whatever_is_typed_stands_for_itself() {
        assert_eq!(letters("!x", "a!x"), Some(vec![1, 2]));
        assert_eq!(letters("^a", "a"), None);
        assert!(Wanted::new("  ").is_empty());
    }

    #[test]
    fn longer_texts_hold_whole_words() {
        let mut wanted = Wanted::new("vault mis");
        assert_eq!(wanted.fit_words("missing Vault").map(|fit| fit.letters.len()), Some(8));
        assert_eq!(wanted.fit_words("v a u l t mis"), None);
    }

    #[test]
    fn words_begin_behind_what_is_no_letter() {
        assert!(begins_word("zolc, lukasz", "luk") && begins_word("zolc, lukasz", "zo"));
        assert!(!begins_word("zolc, lukasz", "olc") && begins_word("a", ""));
    }

    #[test]
    fn what_begins_so_fits_better() {
        let score = |text| Wanted::new("dow").fit(text).map(|fit| fit.score);
        assert!(score("download") > score("d-open-w"));
    }
}
