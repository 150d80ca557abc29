//! By what rows are sorted: names as people do it, numbers as numbers, and what is empty last.

use std::cmp::Ordering;

use super::columns::Field;
use crate::domain::text::fold;

/// How rows are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: By,
    /// Whether the last one comes first.
    pub reversed: bool,
}

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A column.
    Field(Field),
    /// The access in a column of the matrix, counted from the student's own.
    Access(usize),
}

impl Sort {
    /// The sign beside the heading: `^` for the first one first.
    pub fn sign(self) -> char {
        if self.reversed { 'v' } else { '^' }
    }
}

/// What a row is sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A number.
    Number(i64),
    /// A folded text.
    Text(String),
    /// Nothing; it comes last whichever way the others are sorted.
    Nothing,
}

impl Key {
    /// A text, folded; an empty one is nothing.
    pub fn text(text: &str) -> Self {
        if text.is_empty() { Self::Nothing } else { Self::Text(fold(text)) }
    }

    /// A number of things.
    pub fn count(count: usize) -> Self {
        Self::Number(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

/// Compares two rows by what they are sorted by.
fn compare(one: &Key, other: &Key, reversed: bool) -> Ordering {
    let turned = |order: Ordering| if reversed { order.reverse() } else { order };
    match (one, other) {
        (Key::Nothing, Key::Nothing) => Ordering::Equal,
        (Key::Number(one), Key::Number(other)) => turned(one.cmp(other)),
        (Key::Text(one), Key::Text(other)) => turned(natural(one, other)),
        (Key::Nothing, _) | (Key::Text(_), Key::Number(_)) => Ordering::Greater,
        (_, Key::Nothing) | (Key::Number(_), Key::Text(_)) => Ordering::Less,
    }
}

/// Compares folded texts, digits in them as the numbers they write: `s9` before `s10`.
pub fn natural(one: &str, other: &str) -> Ordering {
    let (mut left, mut right) = (one, other);
    loop {
        let (a, b) = (digits(left), digits(right));
        if a > 0 && b > 0 {
            let numbers = (left.get(..a).unwrap_or_default(), right.get(..b).unwrap_or_default());
            let plain = (numbers.0.trim_start_matches('0'), numbers.1.trim_start_matches('0'));
            let order = plain.0.len().cmp(&plain.1.len()).then_with(|| plain.0.cmp(plain.1));
            if order != Ordering::Equal {
                return order;
            }
            (left, right) = (left.get(a..).unwrap_or_default(), right.get(b..).unwrap_or_default());
            continue;
        }
        let (mut ahead, mut behind) = (left.chars(), right.chars());
        match (ahead.next(), behind.next()) {
            (None, None) => return one.cmp(other),
            (None, _) => return Ordering::Less,
            (_, None) => return Ordering::Greater,
            (Some(a), Some(b)) if a != b => return a.cmp(&b),
            _ => (left, right) = (ahead.as_str(), behind.as_str()),
        }
    }
}

/// How many digits a text begins with.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// The places of rows in their order: those that are alike stay as they come.
pub fn sorted(count: usize, reversed: bool, key: impl Fn(usize) -> Key) -> Vec<usize> {
    let mut keyed: Vec<(Key, usize)> = (0..count).map(|at| (key(at), at)).collect();
    keyed.sort_by(|(one, _), (other, _)| compare(one, other, reversed));
    keyed.into_iter().map(|(_, at)| at).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_text(texts: &[&str], reversed: bool) -> Vec<usize> {
        sorted(texts.len(), reversed, |at| Key::text(texts[at]))
    }

    #[test]
    fn numbers_within_names_count_as_numbers() {
        let texts = ["s10", "s9", "S09", "s1a", "", "Żółć", "zoe", "s"];
        let named = |order: Vec<usize>| order.into_iter().map(|at| texts[at]).collect::<Vec<_>>();
        assert_eq!(named(by_text(&texts, false)), ["s", "s1a", "S09", "s9", "s10", "zoe", "Żółć", ""]);
        assert_eq!(named(by_text(&texts, true)).last(), Some(&""), "what is empty comes last both ways");
    }

    #[test]
    fn rows_that_are_alike_stay_as_they_come_both_ways() {
        assert_eq!(by_text(&["b", "a", "b", "a"], false), [1, 3, 0, 2]);
        assert_eq!(by_text(&["b", "a", "b", "a"], true), [0, 2, 1, 3]);
    }

    proptest! {
        #[test]
        fn the_natural_order_is_an_order(a in "[a-c0-2]{0,6}", b in "[a-c0-2]{0,6}", c in "[a-c0-2]{0,6}") {
            prop_assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
            prop_assert_eq!(natural(&a, &b) == Ordering::Equal, a == b);
            if natural(&a, &b) != Ordering::Greater && natural(&b, &c) != Ordering::Greater {
                prop_assert_ne!(natural(&a, &c), Ordering::Greater);
            }
        }
    }
}
