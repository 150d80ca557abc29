//! `download/1`: what was fetched, what was there, what failed.

use serde::Serialize;

use super::{Look, Page, Table, cell};
use crate::domain::fault::Kind;
use crate::domain::text::SafeText;
use crate::watch::download::{Fetched, Saved};

/// What came of a download.
#[derive(Serialize)]
pub struct Download<'a> {
    saved: &'a [Saved],
    /// The paths of what was there already.
    there: &'a [String],
    failed: Vec<Failed<'a>>,
}

#[derive(Serialize)]
struct Failed<'a> {
    what: &'a str,
    kind: Kind,
    message: &'a SafeText,
    hint: &'a Option<SafeText>,
}

impl<'a> Download<'a> {
    /// What came of it.
    pub fn new(fetched: &'a Fetched) -> Self {
        let failed = fetched.failed.iter().map(|(what, fault)| Failed {
            what,
            kind: fault.kind,
            message: &fault.message,
            hint: &fault.hint,
        });
        Self { saved: &fetched.saved, there: &fetched.there, failed: failed.collect() }
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
        for path in self.there {
            table.push(["there".into(), cell(path), none(), none(), none()]);
        }
        for failed in &self.failed {
            table.push(["failed".into(), cell(failed.what), none(), none(), failed.message.clone()]);
        }
        table
    }
}
