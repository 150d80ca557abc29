//! Uploads as they are noticed: a line each while they come, `watch/1` at the end.

use serde::Serialize;

use super::{Look, Page, Table, cell};
use crate::domain::arrival::{Arrival, By};
use crate::domain::events::{Actor, Client};
use crate::domain::text::SafeText;

/// Everything that was noticed.
#[derive(Serialize)]
pub struct Arrivals {
    /// In the order of the journal.
    pub arrivals: Vec<Arrival>,
}

/// One arrival as a line for people.
pub fn line(arrival: &Arrival, look: &Look) -> SafeText {
    let [_, when, kind, student, title, files, by, actor, client] = cells(arrival, look);
    let files = if files.is_empty() { String::new() } else { format!(" [{files}]") };
    let changes = arrival.changes_in_words().map_or_else(String::new, |words| format!("  ({words})"));
    let told = [actor, client].into_iter().filter(|part| !part.is_empty());
    let told = told.map(|part| part.to_string()).collect::<Vec<_>>().join(", ");
    let told = if told.is_empty() { told } else { format!(" ({told})") };
    cell(format_args!("{when}  {kind:7}  {student}  {title}{files}  by {by}{told}{changes}"))
}

fn cells(arrival: &Arrival, look: &Look) -> [SafeText; 9] {
    let files: Vec<String> =
        arrival.files.iter().map(|file| format!("{}, {} bytes", file.name.safe(), file.size)).collect();
    [
        cell(arrival.seq),
        look.time(Some(arrival.detected_at)),
        arrival.kind.word().into(),
        cell(&arrival.student.key),
        arrival.item.title.clone(),
        SafeText::new(&files.join("; ")),
        match arrival.by {
            By::Student => "student".into(),
            By::Instructor => "instructor".into(),
            By::ServiceAccount => "service-account".into(),
            By::Other => "other".into(),
            By::Unknown => "unknown".into(),
        },
        arrival.actor.as_ref().and_then(Actor::in_words).unwrap_or_default(),
        arrival.client.as_ref().and_then(Client::in_words).unwrap_or_default(),
    ]
}

impl Page for Arrivals {
    fn schema(&self) -> &'static str {
        "watch/1"
    }

    fn table(&self, look: &Look) -> Table {
        let head = ["seq", "noticed", "what", "student", "title", "files", "by", "actor", "client"];
        let mut table = Table::new(head);
        self.arrivals.iter().for_each(|arrival| table.push(cells(arrival, look)));
        table
    }
}
