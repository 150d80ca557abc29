//! What reaches each stream, in each format.

use std::sync::{Arc, Mutex};

use super::*;

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

struct Gone;

impl Write for Gone {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(ErrorKind::BrokenPipe.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Serialize)]
struct Titles {
    titles: Vec<String>,
}

impl Page for Titles {
    fn schema(&self) -> &'static str {
        "titles/1"
    }
    fn table(&self, _: &Look) -> Table {
        let mut table = Table::new(["title"]);
        self.titles.iter().for_each(|title| table.push([SafeText::new(title)]));
        table
    }
    fn notes(&self, _: &Look) -> Vec<SafeText> {
        vec!["a note".into()]
    }
    fn nothing(&self) -> Option<SafeText> {
        self.titles.is_empty().then(|| "no titles".into())
    }
}

/// All formats, each behind the one before: the compiler says which is missing.
fn formats() -> impl Iterator<Item = Format> {
    std::iter::successors(Some(Format::Table), |format| match format {
        Format::Table => Some(Format::Json),
        Format::Json => Some(Format::Csv),
        Format::Csv => Some(Format::Markdown),
        Format::Markdown => None,
    })
}

fn printed(format: Format) -> String {
    of(format, vec!["\u{1b}[2J\u{202e}x\u{9b}".into()])
}

fn of(format: Format, titles: Vec<String>) -> String {
    let (out, messages) = (Kept::default(), Kept::default());
    let titles = Titles { titles };
    Report::to(format, out.clone(), messages.clone()).page(&titles).unwrap();
    assert_eq!(messages.text(), "");
    out.text()
}

#[test]
fn no_format_lets_a_title_reach_the_terminal() {
    assert_eq!(printed(Format::Table), "title\n<ESC>[2J<U+202E>x<U+009B>\n\na note\n");
    assert_eq!(
        printed(Format::Json),
        "{\"schema\":\"strongroom.titles/1\",\"titles\":[\"\\u001b[2J\\u202ex\\u009b\"]}\n"
    );
    for format in formats() {
        assert!(!printed(format).chars().any(|c| c != '\n' && is_hostile(c)));
    }
}

#[test]
fn where_there_is_nothing_people_read_a_sentence_and_programs_an_empty_table() {
    for format in [Format::Table, Format::Markdown] {
        assert_eq!(of(format, Vec::new()), "no titles\n\na note\n");
    }
    assert_eq!(of(Format::Csv, Vec::new()), "title\n");
}

#[test]
fn a_reader_who_has_gone_is_no_error() {
    let mut report = Report::to(Format::Table, Gone, Kept::default());
    assert!(!report.is_closed());
    report.line(&"x".into()).unwrap();
    assert!(report.is_closed());
    report.line(&"y".into()).unwrap();
}

#[test]
fn errors_have_a_hint_and_a_json_form() {
    let fault =
        Fault::new(Kind::RateLimit, "too many").hint("wait").retry_after(std::time::Duration::from_secs(9));
    let say = |format| {
        let messages = Kept::default();
        Report::to(format, Kept::default(), messages.clone()).fault(&fault);
        messages.text()
    };
    assert_eq!(say(Format::Table), "error: too many\nhint: wait\nhint: try again in 9 s\n");
    assert_eq!(
        say(Format::Json),
        "{\"schema\":\"strongroom.error/1\",\"kind\":\"rate-limit\",\"message\":\"too many\",\"hint\":\"wait\",\"retry_after_s\":9}\n"
    );
}

#[test]
fn times_are_local_for_people_and_universal_for_programs() {
    let time = "2026-11-02T09:30:00Z".parse().ok();
    let shown = |format| {
        let mut report = Report::to(format, Kept::default(), Kept::default());
        report.in_zone(TimeZone::get("Europe/Zurich").unwrap());
        report.look().time(time)
    };
    assert_eq!(shown(Format::Table).as_str(), "2026-11-02 10:30:00");
    assert_eq!(shown(Format::Csv).as_str(), "2026-11-02T09:30:00Z");
}
