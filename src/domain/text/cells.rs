//! How many cells of a terminal a text takes, and the text cut, filled or broken to a width.
//!
//! [`width`], [`fit`] and [`wrap`] measure by grapheme as the terminal library does. Text of others
//! is wrapped here and never by the library, whose own wrapping panics on some wide or combining
//! text (ratatui 0.30.2, issues 2679 and 2695).

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The number of terminal cells a text takes.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// Cuts a text to at most `cells` terminal cells; what was cut ends in `…`.
pub fn fit(text: &str, cells: usize) -> std::borrow::Cow<'_, str> {
    if width(text) <= cells {
        return text.into();
    }
    if cells == 0 {
        return "".into();
    }
    let (mut out, mut used) = (String::new(), 0);
    for grapheme in text.graphemes(true) {
        let next = UnicodeWidthStr::width(grapheme);
        if used + next > cells - 1 {
            break;
        }
        out.push_str(grapheme);
        used += next;
    }
    out.push('…');
    out.into()
}

/// Cuts or fills a text to exactly `cells` terminal cells.
pub fn pad(text: &str, cells: usize) -> String {
    let mut out = fit(text, cells).into_owned();
    let missing = cells.saturating_sub(width(&out));
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// The words of a text and what lies between them; what ends a clause belongs to the word before it, so that
/// no line begins with a full stop. A time of the clock is one word.
fn words(text: &str) -> Vec<&str> {
    let ends = |word: &str| word.chars().all(|c| ".,;:!?)]}".contains(c));
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let digit = |c: char| c.is_ascii_digit();
    let clock = |hours: &str, word: &str| {
        word.starts_with(digit) && hours.strip_suffix(':').is_some_and(|hours| hours.ends_with(digit))
    };
    let mut bounds: Vec<(usize, usize)> = Vec::new();
    for (at, word) in text.split_word_bound_indices() {
        match bounds.last_mut() {
            Some((from, to)) if ends(word) && !part(*from, *to).trim().is_empty() => *to = at + word.len(),
            Some((from, to)) if clock(part(*from, *to), word) => *to = at + word.len(),
            _ => bounds.push((at, at + word.len())),
        }
    }
    bounds.into_iter().map(|(from, to)| part(from, to)).collect()
}

/// Breaks a text into lines of at most `cells` cells: at spaces where possible, else by grapheme.
/// A grapheme wider than a line is replaced by `…`, so that no line is ever too wide.
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(1);
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for word in words(text) {
        let size = width(word);
        if used + size <= cells {
            line.push_str(word);
            used += size;
            continue;
        }
        if used > 0 && size <= cells {
            lines.push(std::mem::take(&mut line));
            used = 0;
            if word.trim().is_empty() {
                continue;
            }
        }
        for grapheme in word.graphemes(true) {
            let (grapheme, size) = match UnicodeWidthStr::width(grapheme) {
                size if size > cells => ("…", 1),
                size => (grapheme, size),
            };
            if used + size > cells {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push_str(grapheme);
            used += size;
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::text::SafeText;

    #[test]
    fn no_line_begins_with_what_ends_a_clause() {
        assert_eq!(wrap("it leaves 400 writes. Then", 20), ["it leaves 400", "writes. Then"]);
        assert_eq!(wrap("(one two)", 8), ["(one", "two)"]);
    }

    #[test]
    fn cutting_keeps_whole_letters() {
        assert_eq!(fit("Abara, Ngozi", 7), "Abara,…");
        assert_eq!(fit("学生学生", 5), "学生…");
        assert_eq!(fit("学生", 0), "");
        assert_eq!(pad("学", 4), "学  ");
    }

    #[test]
    fn wrapping_breaks_at_spaces() {
        assert_eq!(wrap("the vault was not found", 10), ["the vault", "was not", "found"]);
        assert_eq!(wrap("checked at 13:04:10", 15), ["checked at", "13:04:10"]);
        assert_eq!(wrap("", 5), [""]);
        assert_eq!(wrap("学", 1), ["…"]);
    }

    proptest! {
        #[test]
        fn fitted_and_wrapped_text_is_never_too_wide(text in any::<String>(), cells in 0_usize..40) {
            let safe = SafeText::new(&text);
            prop_assert!(width(&fit(safe.as_str(), cells)) <= cells);
            prop_assert_eq!(width(&pad(safe.as_str(), cells)), cells);
            for line in wrap(safe.as_str(), cells) {
                prop_assert!(width(&line) <= cells.max(1));
            }
        }
    }
}
