//! `attention/1`: what needs the instructor now, and what happened since the last look.

use serde::Serialize;

use super::{Look, Page, Table, cell};
use crate::domain::attention::{Attention, Need};
use crate::domain::text::{SafeText, counted};

/// The list.
#[derive(Serialize)]
pub struct List {
    class: String,
    #[serde(flatten)]
    attention: Attention,
}

impl List {
    /// The list of a class.
    pub fn new(class: &str, attention: Attention) -> Self {
        Self { class: class.to_owned(), attention }
    }

    /// Whether nothing needs anybody.
    pub fn is_empty(&self) -> bool {
        self.attention.needs.is_empty()
    }
}

impl Page for List {
    fn schema(&self) -> &'static str {
        "attention/1"
    }

    fn table(&self, look: &Look) -> Table {
        let mut table = Table::new(["what", "since", "about", "next"]);
        for Need { reason, text, next, since, .. } in &self.attention.needs {
            table.push([cell(reason.word()), look.time(*since), text.clone(), next.clone()]);
        }
        table
    }

    fn nothing(&self) -> Option<SafeText> {
        self.is_empty().then(|| "nothing needs you".into())
    }

    fn notes(&self, look: &Look) -> Vec<SafeText> {
        let since = &self.attention.since;
        let mut notes = Vec::new();
        let (new, updated, removed) = (since.new, since.updated, since.removed);
        let when = match since.at {
            Some(at) => format!("since you last looked, {}", look.time(Some(at))),
            None => "so far".to_owned(),
        };
        notes.push(cell(format_args!(
            "{when}: {new} new, {updated} updated, {removed} removed, from {}",
            counted(since.students, "student")
        )));
        notes.push(match since.checked_at {
            Some(at) => cell(format_args!("every vault was looked at whole since {}", look.time(Some(at)))),
            None => "some vault was never looked at whole: `strongroom watch --once`".into(),
        });
        notes
    }
}
