//! What somebody could write into a name: every kind of character that is never shown as it is, at the
//! beginning, in the middle and at the end, and sequences that terminals obey.

/// Operating system commands with what they do.
const COMMANDS: [&str; 20] = [
    "0;owned",
    "1;icon",
    "2;owned",
    "4;1;rgb:ff/00/00",
    "7;file:///etc",
    "8;;http://evil.example",
    "9;pay now",
    "10;?",
    "11;?",
    "12;?",
    "50;?",
    "52;c;b3duZWQ=",
    "52;c;?",
    "104",
    "133;C",
    "633;E;rm",
    "777;notify;a;b",
    "1337;File=name=eA==:eA==",
    "1337;ReportCellSize",
    "99;i=1;x",
];
/// Control sequences: drawing, modes, reports that come back as keys.
const CONTROLS: [&str; 20] = [
    "2J", "3J", "H", "1;1r", "31m", "8m", "6n", "5n", "c", ">c", "=c", "21t", "20t", "18t", "?1049l",
    "?1003h", "?25l", "?2026h", "200~", "?2004l",
];
/// Strings that a terminal swallows up to their end: DCS, APC, PM, SOS, with ESC and as one character.
const STRINGS: [(&str, &str); 4] =
    [("\u{1b}P", "\u{90}"), ("\u{1b}_", "\u{9f}"), ("\u{1b}^", "\u{9e}"), ("\u{1b}X", "\u{98}")];

/// More than 120 sequences; many of them never end.
pub fn attacks() -> Vec<String> {
    let mut all = Vec::new();
    for command in COMMANDS {
        for (begins, ends) in
            [("\u{1b}]", "\u{7}"), ("\u{1b}]", "\u{1b}\\"), ("\u{9d}", "\u{9c}"), ("\u{1b}]", "")]
        {
            all.push(format!("{begins}{command}{ends}"));
        }
    }
    for control in CONTROLS {
        all.extend([format!("\u{1b}[{control}"), format!("\u{9b}{control}")]);
    }
    for (escaped, single) in STRINGS {
        for (begins, ends) in [(escaped, "\u{1b}\\"), (single, "\u{9c}"), (escaped, "")] {
            all.push(format!("{begins}1$r0;owned{ends}"));
        }
    }
    all.extend(
        ["\u{1b}c", "\u{1b}7", "\u{1b}(0", "\u{1b}#8", "a\rb", "ab\u{8}\u{8}c", "a\nb\u{85}c\u{2028}d"]
            .map(str::to_owned),
    );
    // Split over what stands side by side.
    all.extend(["x\u{1b}", "]2;split\u{7}", "[2Jx", "\u{1b}"].map(str::to_owned));
    all
}

/// Every character that is never shown as it is: controls, format characters, fillers, tags, selectors; of
/// the private planes a few.
pub fn characters() -> Vec<char> {
    let few = |c: &char| {
        !matches!(u32::from(*c), 0xe000..=0xf8ff | 0xe0080..=0x0010_ffff)
            || u32::from(*c).is_multiple_of(4_001)
    };
    let mut all: Vec<char> =
        ('\0'..=char::MAX).filter(|c| strongroom::domain::text::is_hostile(*c)).filter(few).collect();
    all.extend(['\u{e000}', '\u{f8ff}', '\u{fffff}', '\u{10fffd}', '\u{10ffff}']);
    all
}

/// All of it, as texts.
pub fn texts() -> Vec<String> {
    let mut all = attacks();
    for c in characters() {
        all.extend([format!("{c}ab"), format!("a{c}b"), format!("ab{c}")]);
    }
    all.push(format!("Z{}lgo", "\u{351}\u{34b}\u{36b}\u{322}".repeat(40)));
    all.push("\u{301}\u{302}".into());
    all
}

#[test]
fn the_corpus_is_as_large_as_it_says() {
    let (attacks, characters) = (attacks().len(), characters().len());
    println!("{attacks} sequences, {characters} characters, {} texts", texts().len());
    assert!(attacks >= 120 && characters > 400);
}
