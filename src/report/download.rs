//! `download/1`: what was fetched, what was there, what failed. `download-plan/1`: how much there is to
//! fetch. `download-verify/1`: whether what was fetched is still what it was. And how far it has come.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::progress::Ticker;
use super::{Format, Look, Page, Report, Table, cell};
use crate::domain::fault::{Fault, Kind};
use crate::domain::text::{SafeText, counted, fit};
use crate::domain::transfer::{Progress, bytes};
use crate::download::{Checked, Fetched, Found, Outlook, Saved};

/// The cells of a line that is replaced again and again: what the smallest terminal has.
const LINE: usize = 79;

/// What came of a download.
#[derive(Serialize)]
pub struct Download<'a> {
    saved: &'a [Saved],
    /// The paths of what was there already.
    there: Vec<&'a str>,
    failed: Vec<Failed<'a>>,
    /// How many files were not tried, because something stopped the run.
    left: u64,
}

#[derive(Serialize)]
struct Failed<'a> {
    what: &'a str,
    kind: Kind,
    message: &'a SafeText,
    hint: &'a Option<SafeText>,
}

impl<'a> Failed<'a> {
    fn of((what, fault): &'a (String, Fault)) -> Self {
        Self { what, kind: fault.kind, message: &fault.message, hint: &fault.hint }
    }
}

impl<'a> Download<'a> {
    /// What came of it.
    pub fn new(fetched: &'a Fetched) -> Self {
        let there = fetched.there.iter().map(|saved| saved.path.as_str()).collect();
        let failed = fetched.failed.iter().map(Failed::of).collect();
        Self { saved: &fetched.saved, there, failed, left: fetched.left }
    }
}

impl Page for Download<'_> {
    fn schema(&self) -> &'static str {
        "download/1"
    }

    fn table(&self, _: &Look) -> Table {
        let mut table = Table::new(["outcome", "path", "bytes", "sha256", "message"]);
        let none = SafeText::default;
        for saved in self.saved {
            let row = ["saved".into(), cell(&saved.path), cell(saved.size), cell(&saved.sha256), none()];
            table.push(row);
        }
        for path in &self.there {
            table.push(["there".into(), cell(path), none(), none(), none()]);
        }
        for failed in &self.failed {
            table.push(["failed".into(), cell(failed.what), none(), none(), failed.message.clone()]);
        }
        table
    }

    fn nothing(&self) -> Option<SafeText> {
        let empty = self.saved.is_empty() && self.there.is_empty() && self.failed.is_empty();
        (empty && self.left == 0).then(|| "there is no file to fetch".into())
    }

    fn notes(&self, _: &Look) -> Vec<SafeText> {
        let hint = self.failed.iter().find_map(|failed| failed.hint.clone());
        let left = (self.left > 0)
            .then(|| cell(format_args!("{} left: the same command goes on", counted(self.left, "file"))));
        hint.into_iter().chain(left).collect()
    }
}

/// How much there is to fetch.
#[derive(Serialize)]
pub struct Planned<'a> {
    files: u64,
    bytes: u64,
    fetch: Amount,
    requests: u64,
    failed: Vec<Failed<'a>>,
}

#[derive(Serialize)]
struct Amount {
    files: u64,
    bytes: u64,
}

impl<'a> Planned<'a> {
    /// What a plan comes to, and what of it could not be planned.
    pub fn new(outlook: &Outlook, failed: &'a [(String, Fault)]) -> Self {
        Self {
            files: outlook.files,
            bytes: outlook.bytes,
            fetch: Amount { files: outlook.fetch_files, bytes: outlook.fetch_bytes },
            requests: outlook.requests,
            failed: failed.iter().map(Failed::of).collect(),
        }
    }
}

impl Page for Planned<'_> {
    fn schema(&self) -> &'static str {
        "download-plan/1"
    }

    fn table(&self, _: &Look) -> Table {
        let mut table = Table::new(["what", "files", "bytes", "requests", "message"]);
        let (none, fetch) = (SafeText::default, &self.fetch);
        let there = (self.files - fetch.files, self.bytes - fetch.bytes);
        let requests = cell(self.requests);
        table.push(["to fetch".into(), cell(fetch.files), cell(fetch.bytes), requests, none()]);
        table.push(["there".into(), cell(there.0), cell(there.1), none(), none()]);
        for failed in &self.failed {
            table.push([cell(failed.what), none(), none(), none(), failed.message.clone()]);
        }
        table
    }
}

/// Whether what was fetched is still what it was.
pub struct Verified<'a> {
    /// Every file of the manifest.
    pub files: &'a [Checked],
}

impl Verified<'_> {
    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.files.iter().map(|Checked { saved, found }| {
            let (outcome, now, message) = match found {
                Found::Same => ("same", None, None),
                Found::Other(sha256) => ("differs", Some(sha256.as_str()), None),
                Found::Nothing => ("missing", None, None),
                Found::Unreadable(fault) => ("unreadable", None, Some(&fault.message)),
            };
            Row { outcome, path: &saved.path, sha256: &saved.sha256, now, message }
        })
    }
}

/// A file that was read again.
#[derive(Serialize)]
struct Row<'a> {
    outcome: &'static str,
    path: &'a str,
    sha256: &'a str,
    now: Option<&'a str>,
    message: Option<&'a SafeText>,
}

impl Serialize for Verified<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let rows: Vec<_> = self.rows().collect();
        let same = rows.iter().filter(|row| row.outcome == "same").count();
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("same", &same)?;
        map.serialize_entry(
            "differences",
            &rows.iter().filter(|row| row.outcome != "same").collect::<Vec<_>>(),
        )?;
        map.end()
    }
}

impl Page for Verified<'_> {
    fn schema(&self) -> &'static str {
        "download-verify/1"
    }

    fn table(&self, _: &Look) -> Table {
        let mut table = Table::new(["outcome", "path", "sha256", "now", "message"]);
        for row in self.rows() {
            let message = row.message.cloned().unwrap_or_default();
            let now = cell(row.now.unwrap_or_default());
            table.push([row.outcome.into(), cell(row.path), cell(row.sha256), now, message]);
        }
        table
    }

    fn nothing(&self) -> Option<SafeText> {
        self.files.is_empty().then(|| "no file was fetched there".into())
    }
}

/// How far a download has come, on standard error while it runs: on a terminal one line that is
/// replaced, elsewhere a line a file.
pub struct Transfer {
    /// `None` where nobody reads along.
    ticker: Option<Ticker>,
    /// How many files the last line told of.
    told: Mutex<u64>,
}

impl Transfer {
    /// Tells whoever reads what this report says.
    pub fn of(report: &Report) -> Self {
        let ticker = (report.format() == Format::Table).then(|| Ticker { live: report.is_live() });
        Self { ticker, told: Mutex::new(0) }
    }

    /// Tells how far it is.
    pub fn tell(&self, told: &Progress) {
        let Some(ticker) = self.ticker else { return };
        let mut before = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = std::mem::replace(&mut *before, told.files_done) != told.files_done;
        let text = in_words(told);
        if ticker.live {
            ticker.show(&fit(&text, LINE));
        } else if ended {
            ticker.show(&text);
        }
    }

    /// Clears the line, so that what follows begins on a clean one.
    pub fn end(&self) {
        if let Some(ticker) = self.ticker {
            ticker.clear();
        }
    }
}

/// `12/40 3.1 MiB of 9 MiB, 1.2 MiB/s, 5 s left: CS101/hw1/s1/…`.
fn in_words(told: &Progress) -> String {
    let (done, all) = (bytes(told.bytes_done), bytes(told.bytes));
    let rate =
        if told.rate_bytes_s > 0 { format!(", {}/s", bytes(told.rate_bytes_s)) } else { String::new() };
    let left = told.eta.filter(|left| !left.is_zero()).map(|left| {
        match (left.as_secs() / 60, left.as_secs() % 60) {
            (0, seconds) => format!(", {seconds} s left"),
            (minutes, seconds) => format!(", {minutes}:{seconds:02} min left"),
        }
    });
    let left = left.unwrap_or_default();
    format!("{}/{} {done} of {all}{rate}{left}: {}", told.files_done, told.files, told.current)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn progress_tells_files_bytes_rate_and_what_is_left() {
        let mut told = Progress { files: 40, bytes: 9 << 20, current: "C/a".into(), ..Progress::default() };
        assert_eq!(in_words(&told), "0/40 0 B of 9 MiB: C/a");
        (told.files_done, told.bytes_done, told.rate_bytes_s) = (12, 3 << 20, 1_536);
        told.eta = Some(Duration::from_secs(65));
        assert_eq!(in_words(&told), "12/40 3 MiB of 9 MiB, 1.5 KiB/s, 1:05 min left: C/a");
    }
}
