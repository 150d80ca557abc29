//! Reads what a program has written into a terminal, as a terminal does, and says what was in it.

use std::collections::BTreeMap;

use strongroom::domain::text::is_hostile;
use vte::{Params, Parser, Perform};

/// Modes that are switched on or off: cursor, mouse, focus, paste, frames, light and dark, main screen.
const MODES: [u16; 10] = [25, 1_000, 1_002, 1_003, 1_004, 1_006, 1_049, 2_004, 2_026, 2_031];

/// What was found.
#[derive(Default)]
pub struct Found {
    /// How often each kind of sequence stands there.
    pub kinds: BTreeMap<String, usize>,
    /// Letters.
    pub letters: usize,
    /// What should not be there.
    pub wrong: Vec<String>,
    /// Whether line ends are part of it: they are of what a command prints.
    lines: bool,
    last: Option<char>,
}

impl Found {
    fn saw(&mut self, kind: String, allowed: bool) {
        if !allowed {
            self.wrong.push(kind.clone());
        }
        *self.kinds.entry(kind).or_default() += 1;
    }

    /// Adds what another one has found.
    pub fn add(&mut self, other: Self) {
        self.letters += other.letters;
        self.wrong.extend(other.wrong);
        for (kind, count) in other.kinds {
            *self.kinds.entry(kind).or_default() += count;
        }
    }
}

impl Perform for Found {
    fn print(&mut self, c: char) {
        self.letters += 1;
        // Within a picture, or between letters of scripts that need them.
        let joins = matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0f}')
            && self.last.is_some_and(|last| !last.is_ascii());
        if is_hostile(c) && !joins {
            self.wrong.push(format!("U+{:04X} behind {:?}", u32::from(c), self.last));
        }
        self.last = Some(c);
    }

    fn execute(&mut self, byte: u8) {
        self.saw(format!("C0 {byte:02x}"), self.lines && matches!(byte, b'\r' | b'\n'));
    }

    fn hook(&mut self, _: &Params, _: &[u8], _: bool, action: char) {
        self.saw(format!("DCS {action}"), false);
    }

    fn osc_dispatch(&mut self, params: &[&[u8]], _: bool) {
        let title = matches!(params, [b"2", b"strongroom T1"]);
        let copied = matches!(params, [b"52", b"c", text] if !text.contains(&b'?'));
        let kind = params.first().map(|kind| String::from_utf8_lossy(kind).into_owned());
        self.saw(format!("OSC {}", kind.unwrap_or_default()), title || copied);
    }

    fn csi_dispatch(&mut self, params: &Params, between: &[u8], ignored: bool, action: char) {
        let numbers: Vec<u16> = params.iter().flatten().copied().collect();
        let allowed = match (between, action) {
            (b"", 'm' | 'H' | 'J' | 'K') => true,
            (b"", 't') => matches!(numbers[..], [22 | 23, 2]),
            (b"?", 'h' | 'l') => numbers.iter().all(|mode| MODES.contains(mode)),
            _ => false,
        };
        let kind = match (between, action) {
            (b"?", _) | (_, 't') => format!("CSI {}{numbers:?}{action}", String::from_utf8_lossy(between)),
            _ => format!("CSI {}{action}", String::from_utf8_lossy(between)),
        };
        self.saw(kind, allowed && !ignored);
    }

    fn esc_dispatch(&mut self, between: &[u8], _: bool, byte: u8) {
        // The end of a title.
        self.saw(format!("ESC {}", char::from(byte)), between.is_empty() && byte == b'\\');
    }
}

/// Reads all of it; nothing may be left open at its end.
pub fn read(raw: &[u8], lines: bool) -> Found {
    let (mut parser, mut found) = (Parser::new(), Found { lines, ..Found::default() });
    parser.advance(&mut found, raw);
    let before = found.letters;
    parser.advance(&mut found, b"x");
    if found.letters != before + 1 {
        found.wrong.push("a sequence that does not end".into());
    }
    found
}

#[test]
fn what_should_not_be_there_is_found() {
    for raw in [
        "\u{1b}]0;x\u{7}",
        "\u{1b}[6n",
        "\u{1b}[?1000$p",
        "a\u{202e}b",
        "\u{1b}Pq\u{1b}\\",
        "\u{7}",
        "\u{1b}c",
        "\u{1b}]2;open",
        "\u{9b}2J",
        "a\u{200d}b",
    ] {
        assert!(!read(raw.as_bytes(), true).wrong.is_empty(), "{raw:?}");
    }
    assert_eq!(read("\u{1b}[1;2H\u{1b}[38;5;1mŁ\u{1b}[?2026l".as_bytes(), false).wrong, [""; 0]);
}
