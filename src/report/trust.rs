//! `trust/1`: what a class file may run and contact from now on.

use serde::Serialize;

use super::{Look, Page, Table, cell};
use crate::domain::text::SafeText;

/// A class file that is trusted, or needs no trust.
#[derive(Serialize)]
pub struct Trusted {
    /// The file.
    pub file: SafeText,
    /// The settings that run a program or contact an address, each with its words.
    pub runs: Vec<(&'static str, SafeText)>,
    /// Of the content that was trusted; `None` where there is nothing to trust.
    pub sha256: Option<String>,
}

impl Page for Trusted {
    fn schema(&self) -> &'static str {
        "trust/1"
    }

    fn table(&self, _: &Look) -> Table {
        let mut table = Table::new(["setting", "runs or contacts"]);
        for (setting, words) in &self.runs {
            table.push([SafeText::from(*setting), words.clone()]);
        }
        table
    }

    fn notes(&self, _: &Look) -> Vec<SafeText> {
        match &self.sha256 {
            Some(hash) => vec![
                cell(format_args!("{} may do this; its SHA-256 is {hash}", self.file)),
                "any edit of the file takes the trust away: look at it and trust it again".into(),
            ],
            None => vec![cell(format_args!("{} runs and contacts nothing, so it needs no trust", self.file))],
        }
    }
}
