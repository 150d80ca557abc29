//! Delimited text as cells with their places. Knows RFC 4180 and what spreadsheets make of it;
//! knows nothing of students.
//!
//! This is not left to the `csv` crate for two reasons: a message has to name the line and
//! character of a cell, also after quoted line breaks, and a quote that is never closed must be an
//! error, since it swallows the rest of a class. The tests read back what that crate writes.

use super::problem::Problem;

/// One cell and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// Its text without the quotes, trimmed.
    pub text: String,
    /// Line and character, counted from 1.
    pub at: (usize, usize),
}

/// The cells of one record.
pub(super) type Row = Vec<Cell>;

/// A header and the rows below it, without the empty ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub header: Row,
    pub rows: Vec<Row>,
}

/// The delimiters that are recognised; the first wins a tie.
const DELIMITERS: [char; 3] = [',', ';', '\t'];

impl Table {
    /// Reads a file: decodes it, finds the delimiter by the header, and splits it.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        let text = decode(bytes).map_err(|problem| vec![problem])?;
        let (delimiter, said) = delimiter(text);
        let mut rows = Splitter::new(text, delimiter).rows().map_err(|problem| vec![problem])?;
        if said {
            rows.remove(0);
        }
        rows.retain(|row| row.iter().any(|cell| !cell.text.is_empty()));
        if rows.is_empty() {
            let mend = "export the class list again; the first line names the columns";
            return Err(vec![Problem::new((1, 1), "the file is empty", mend)]);
        }
        let header = rows.remove(0);
        Ok(Self { header, rows })
    }
}

/// The text of a file in UTF-8, without its byte order mark.
fn decode(bytes: &[u8]) -> Result<&str, Problem> {
    const MEND: &str = "save it as \"CSV UTF-8\"";
    let wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    if wide {
        return Err(Problem::new((1, 1), "the file is in UTF-16, not in UTF-8", MEND));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let (valid, bad) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, text.find('\0').map(|at| (at, 0))),
        Err(error) => {
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            let valid = std::str::from_utf8(valid).unwrap_or_default();
            (valid, Some((valid.len(), rest.first().copied().unwrap_or_default())))
        }
    };
    let Some((at, byte)) = bad else { return Ok(valid) };
    let before = valid.get(..at).unwrap_or_default();
    let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
    let breaks = before.replace("\r\n", "\n").matches(['\n', '\r']).count();
    let message = format!("the byte 0x{byte:02x} is not text in UTF-8");
    Err(Problem::new((breaks + 1, line.chars().count() + 1), message, MEND))
}

/// The delimiter, and whether the first line does nothing but say it (`sep=;`, as Excel writes).
fn delimiter(text: &str) -> (char, bool) {
    let line = text.lines().next().unwrap_or_default();
    if let Some(said) = line.strip_prefix("sep=") {
        let mut said = said.chars();
        if let (Some(c), None) = (said.next().filter(|c| DELIMITERS.contains(c)), said.next()) {
            return (c, true);
        }
    }
    let (mut counts, mut quoted, mut seen) = ([0_usize; DELIMITERS.len()], false, false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '\n' | '\r' if !quoted && seen => break,
            c if !quoted => {
                seen |= !c.is_whitespace();
                if let Some(at) = DELIMITERS.iter().position(|delimiter| *delimiter == c) {
                    counts[at] += 1;
                }
            }
            _ => {}
        }
    }
    let best = (0..DELIMITERS.len()).rev().max_by_key(|at| counts[*at]).unwrap_or(0);
    (DELIMITERS[best], false)
}

/// Walks through a text and remembers where it is.
struct Splitter<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    delimiter: char,
    at: (usize, usize),
}

/// What stood behind a cell.
#[derive(PartialEq, Eq)]
enum After {
    Delimiter,
    Line,
    End,
}

impl<'a> Splitter<'a> {
    fn new(text: &'a str, delimiter: char) -> Self {
        Self { rest: text.chars().peekable(), delimiter, at: (1, 1) }
    }

    /// Every record, the empty ones included.
    fn rows(mut self) -> Result<Vec<Row>, Problem> {
        let (mut rows, mut row) = (Vec::new(), Row::new());
        loop {
            let (cell, after) = self.cell()?;
            row.push(cell);
            if after != After::Delimiter {
                rows.push(std::mem::take(&mut row));
            }
            if after == After::End {
                return Ok(rows);
            }
        }
    }

    fn cell(&mut self) -> Result<(Cell, After), Problem> {
        // Only a space: a tab may be the delimiter.
        while self.rest.peek() == Some(&' ') {
            self.next();
        }
        let at = self.at;
        let (mut text, quoted) = (String::new(), self.rest.peek() == Some(&'"'));
        if quoted {
            self.next();
            self.quoted(&mut text, at)?;
        }
        loop {
            let after = match self.next() {
                None => After::End,
                Some('\n') => After::Line,
                Some(c) if c == self.delimiter => After::Delimiter,
                Some(c) if quoted && !c.is_whitespace() => {
                    let mend = "write a quote inside a quoted cell twice: \"\"";
                    return Err(Problem::new(
                        at,
                        "there is text behind the closing quote of this cell",
                        mend,
                    ));
                }
                Some(c) => {
                    text.push(c);
                    continue;
                }
            };
            return Ok((Cell { text: text.trim().to_owned(), at }, after));
        }
    }

    /// The rest of a quoted cell, to its closing quote.
    fn quoted(&mut self, text: &mut String, at: (usize, usize)) -> Result<(), Problem> {
        while let Some(c) = self.next() {
            if c != '"' {
                text.push(c);
            } else if self.rest.peek() == Some(&'"') {
                self.next();
                text.push('"');
            } else {
                return Ok(());
            }
        }
        Err(Problem::new(at, "the quote that opens this cell is never closed", "close or remove the quote"))
    }

    /// The next character; every kind of line break is a `\n`.
    fn next(&mut self) -> Option<char> {
        let mut c = self.rest.next()?;
        if c == '\r' {
            self.rest.next_if_eq(&'\n');
            c = '\n';
        }
        self.at = if c == '\n' { (self.at.0 + 1, 1) } else { (self.at.0, self.at.1 + 1) };
        Some(c)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(bytes: &[u8]) -> Vec<Vec<String>> {
        let table = Table::read(bytes).unwrap();
        let rows = std::iter::once(table.header).chain(table.rows);
        rows.map(|row| row.into_iter().map(|cell| cell.text).collect()).collect()
    }

    fn refused(bytes: &[u8]) -> String {
        Table::read(bytes).unwrap_err()[0].to_string()
    }

    #[test]
    fn delimiters_line_ends_and_marks_are_recognised() {
        for text in [
            "a,b\nc,d\n",
            "a;b\r\nc;d",
            "a\tb\rc\td",
            "\u{feff}a,b\n\n , \nc,d\n\n",
            "sep=;\na;b\nc;d",
            "\n\n\"a\";\"b\"\n\"c\";d",
        ] {
            assert_eq!(texts(text.as_bytes()), [["a", "b"], ["c", "d"]], "{text:?}");
        }
        assert_eq!(texts(b"\"x,y,z\";b\n1;2")[0], ["x,y,z", "b"]);
        assert_eq!(texts(b"name\nonly")[1], ["only"]);
    }

    #[test]
    fn quotes_hold_delimiters_line_breaks_and_quotes() {
        let table = Table::read(b"a,b\n\"x\r\n\"\"y\"\"\",  z\nq,\"r\" \n").unwrap();
        assert_eq!(table.rows[0][0].text, "x\n\"y\"");
        assert_eq!(table.rows[0][1].at, (3, 10), "after a quoted line break");
        assert_eq!(table.rows[1][1], Cell { text: "r".into(), at: (4, 3) });
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_place() {
        assert!(refused(b"").contains("empty"));
        assert!(refused(b"\xff\xfea\0").contains("UTF-16"));
        assert_eq!(
            refused(b"a,b\r\nc,\xe9"),
            "2:3: the byte 0xe9 is not text in UTF-8 (save it as \"CSV UTF-8\")"
        );
        assert!(refused(b"a\0,\0b\0").starts_with("1:2: the byte 0x00"));
        assert!(refused(b"a,b\nc,\"d\ne,f\n").starts_with("2:3: the quote that opens"));
        assert!(refused(b"a,b\n\"c\"d,e\n").starts_with("2:1: there is text behind"));
    }

    proptest! {
        #[test]
        fn reads_what_the_csv_crate_writes(
            rows in prop::collection::vec(prop::collection::vec("[a-z\",;\n\té]{0,6}", 3), 1..8),
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["one", "two", "three"]).unwrap();
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let read = texts(&writer.into_inner().unwrap());
            let kept = rows.iter().map(|row| row.iter().map(|cell| cell.trim().to_owned()).collect());
            let kept: Vec<Vec<String>> = kept.collect();
            let kept = kept.into_iter().filter(|row| row.iter().any(|cell| !cell.is_empty()));
            prop_assert_eq!(read[1..].to_vec(), kept.collect::<Vec<_>>());
        }

        #[test]
        fn never_panics(bytes in any::<Vec<u8>>()) {
            drop(Table::read(&bytes));
        }
    }
}
