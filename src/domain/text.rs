//! Text that others chose, made safe to show; and one way to fold, count and measure it.
//!
//! Item titles, people's names and error bodies come from the service, and a student writes some
//! of them. [`Untrusted`] is such text as it came; it cannot be displayed. [`SafeText`] can: what
//! could move the cursor, hide or reorder letters is replaced by a visible token such as `<ESC>`
//! or `<U+202E>`. It is shown, not deleted, since deleting makes two different names look equal.

mod cells;

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

pub use cells::{fit, pad, width, wrap};

/// The longest text kept, in bytes; what is longer is cut and ends in an ellipsis.
pub const LIMIT: usize = 1024;
/// The most combining marks kept on one letter, and the most bytes of one cell.
const MARKS: usize = 8;
const CELL_BYTES: usize = 64;

/// Text as somebody else wrote it. It has no `Display`: make it [`SafeText`] first.
#[derive(Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Untrusted(String);

impl Untrusted {
    /// Wraps text from outside.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The only way to show it.
    pub fn safe(&self) -> SafeText {
        SafeText::new(&self.0)
    }

    /// The text as it is, for comparing, hashing and sending back; never for showing.
    pub fn raw(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.safe().as_str())
    }
}

/// Text that can be drawn, printed and logged: one line, no control, reordering or invisible
/// characters, no endless combining marks, at most [`LIMIT`] bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SafeText(Box<str>);

impl SafeText {
    /// Makes any text safe.
    pub fn new(text: &str) -> Self {
        if text.len() <= LIMIT && text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            return Self(text.into());
        }
        let mut out = String::with_capacity(text.len().min(LIMIT) + 8);
        for grapheme in text.graphemes(true) {
            push_grapheme(&mut out, grapheme);
            if out.len() > LIMIT {
                let end = (0..=LIMIT).rev().find(|at| out.is_char_boundary(*at)).unwrap_or(0);
                out.truncate(end);
                out.push('…');
                break;
            }
        }
        Self(out.into())
    }

    /// The safe text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl AsRef<str> for SafeText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SafeText {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl Serialize for SafeText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SafeText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(&String::deserialize(deserializer)?))
    }
}

/// Adds one grapheme, hostile characters as tokens and surplus marks left out.
fn push_grapheme(out: &mut String, grapheme: &str) {
    let emoji = grapheme.chars().next().is_some_and(is_pictograph);
    let (start, mut marks) = (out.len(), 0);
    for (at, c) in grapheme.chars().enumerate() {
        // A joiner or a variation selector inside an emoji is part of one picture; a joiner
        // between letters is needed by Persian and Indic scripts.
        let joins = at > 0 && (emoji && matches!(c, '\u{200d}' | '\u{fe0f}'))
            || at > 0 && matches!(c, '\u{200c}' | '\u{200d}') && needs_joiner(grapheme);
        if is_hostile(c) && !joins {
            push_token(out, c);
            continue;
        }
        let mark = at > 0 && UnicodeWidthStr::width(c.encode_utf8(&mut [0; 4]) as &str) == 0;
        marks += usize::from(mark);
        if mark && (marks > MARKS || out.len() - start + c.len_utf8() > CELL_BYTES) {
            continue;
        }
        if at == 0 && is_combining(c) && !out.ends_with('◌') {
            out.push('◌'); // a mark without a letter gets the usual carrier
        }
        out.push(c);
    }
}

fn push_token(out: &mut String, c: char) {
    match c {
        '\u{1b}' => out.push_str("<ESC>"),
        '\n' | '\r' if !out.ends_with('⏎') => out.push('⏎'),
        '\n' | '\r' => {}
        '\t' => out.push(' '),
        '\u{7}' => out.push_str("<BEL>"),
        '\u{0}' => out.push_str("<NUL>"),
        _ => drop(write!(out, "<U+{:04X}>", u32::from(c))), // a String takes every write
    }
}

/// A number of things in words: `1 student`, `2 students`.
pub fn counted<N: Copy + fmt::Display + PartialEq + From<u8>>(count: N, what: &str) -> String {
    format!("{count} {what}{}", if count == N::from(1) { "" } else { "s" })
}

/// JSON in plain ASCII: nothing in it can move a cursor or hide a letter when it is printed by a
/// program that knows nothing of JSON.
pub fn ascii(json: &str) -> String {
    escaped(json, |c| !(' '..='~').contains(&c))
}

/// JSON in which nothing hostile is left as it is, and every other letter can be read.
pub fn harmless(json: &str) -> String {
    escaped(json, is_hostile)
}

/// JSON with `\uXXXX` for some letters, which reads back as what was there. They stand in strings only: the
/// rest of compact JSON is plain.
fn escaped(json: &str, which: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if which(c) {
            // Beyond the first plane JSON writes two surrogates (RFC 8259, section 7).
            out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out
}

/// Characters that are never shown as they are: controls, format characters, line separators,
/// invisible fillers, tags, private use and non-characters.
pub fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xad | 0x34f | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x890..=0x891 | 0x8e2
            | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f
            | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xe000..=0xf8ff | 0xfdd0..=0xfdef
            | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0x110bd | 0x110cd
            | 0x13430..=0x1345f | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0x0010_ffff)
        || u32::from(c) & 0xfffe == 0xfffe
}

fn is_pictograph(c: char) -> bool {
    matches!(u32::from(c), 0x2190..=0x2bff | 0x3030 | 0x303d | 0x3297 | 0x3299 | 0x1f000..=0x1faff)
}

fn is_combining(c: char) -> bool {
    !c.is_control() && !is_hostile(c) && UnicodeWidthStr::width(c.encode_utf8(&mut [0; 4]) as &str) == 0
}

fn needs_joiner(grapheme: &str) -> bool {
    grapheme.chars().any(|c| matches!(u32::from(c), 0x600..=0x6ff | 0x750..=0x77f | 0x900..=0xdff))
}

/// A text as people look it up and sort it: lower case, without accents.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let plain = text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    // Letters whose stroke or missing dot is no mark of its own.
    plain
        .map(|c| match c {
            'ł' => 'l',
            'đ' => 'd',
            'ø' => 'o',
            'ı' => 'i',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hostile_characters_are_shown_not_deleted() {
        let cases = [
            ("\u{1b}]52;c;eA==\u{7}", "<ESC>]52;c;eA==<BEL>"),
            ("cod\u{202e}gpj.exe", "cod<U+202E>gpj.exe"),
            ("ad\u{200b}min", "ad<U+200B>min"),
            ("a\r\nb", "a⏎b"),
            ("x\u{9b}2J", "x<U+009B>2J"),
            ("tag\u{e0041}", "tag<U+E0041>"),
            ("a\tb", "a b"),
            ("nul\u{0}byte", "nul<NUL>byte"),
            // A mark with no letter before it gets one to stand on.
            ("\u{301}x", "◌\u{301}x"),
            // A joiner hides in Latin letters, and belongs between those of Persian.
            ("ad\u{200c}min", "ad<U+200C>min"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
        ];
        for (raw, shown) in cases {
            assert_eq!(SafeText::new(raw).as_str(), shown);
        }
    }

    #[test]
    fn real_names_stay_as_they_are() {
        for name in ["Nguyễn Thị Ánh", "王小明", "محمد علی", "Łukasz Żółć", "Ólafur", "क्षत्रिय", "👩‍👧 Ines"]
        {
            assert_eq!(SafeText::new(name).as_str(), name);
        }
    }

    #[test]
    fn marks_on_one_letter_are_limited() {
        let zalgo = format!("a{}", "\u{301}".repeat(10_000));
        assert!(SafeText::new(&zalgo).as_str().len() <= CELL_BYTES);
        let marked = |count: usize| format!("a{}", "\u{301}".repeat(count));
        assert_eq!(SafeText::new(&marked(MARKS)).as_str(), marked(MARKS));
        assert_eq!(SafeText::new(&marked(MARKS + 1)).as_str(), marked(MARKS));
    }

    proptest! {
        #[test]
        fn whatever_comes_in_nothing_hostile_comes_out(text in any::<String>()) {
            let safe = SafeText::new(&text);
            for c in safe.as_str().chars() {
                let hidden = is_hostile(c) && !matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0f}');
                prop_assert!(!c.is_control() && !hidden);
            }
            prop_assert!(safe.as_str().len() <= LIMIT + 8);
        }

        #[test]
        fn safe_text_stays_the_same_when_made_safe_again(text in any::<String>()) {
            let once = SafeText::new(&text);
            if once.as_str().len() <= LIMIT {
                prop_assert_eq!(SafeText::new(once.as_str()), once.clone());
            }
        }
    }
}
