//! The rows of each pane as they are copied or written to a file: those that are shown, or the marked ones
//! where some are. The columns are the widest that the view has, whatever the screen has room for.

use jiff::Timestamp;

use super::actors::client;
use super::assignments::handed_in;
use super::jobs::Entry;
use super::msg::Pane;
use super::{State, items, matrix};
use crate::domain::access::Level;
use crate::domain::calendar::to_second;
use crate::domain::directory::{Item, ItemRef};
use crate::domain::query::StatusRow;
use crate::domain::sheet::Sheet;
use crate::domain::text::SafeText;

/// Which rows of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The marked ones where there are some, else those that are shown.
    Meant,
    /// Those that are shown.
    Shown,
    /// The selected one.
    Selected,
}

impl State {
    /// Rows of the pane that has the keys, as they would be written.
    pub fn sheet(&self, which: Which) -> Sheet {
        let (mut sheet, at) = match self.looked_at() {
            Pane::Roster | Pane::Inspector => return self.roster_sheet(which),
            Pane::Access => return self.access_sheet(which),
            Pane::Items => (self.item_sheet(which), self.items.cursor),
            Pane::Activity => (self.activity_sheet(), self.activity.cursor),
            Pane::Attention => (self.need_sheet(), self.attention.cursor),
            Pane::Jobs => (self.job_sheet(), self.jobs.cursor),
        };
        if which == Which::Selected {
            sheet.rows = sheet.rows.into_iter().nth(at).into_iter().collect();
        }
        sheet
    }

    /// How many rows the pane that has the keys shows, its marked ones included.
    pub(super) fn row_count(&self) -> usize {
        match self.looked_at() {
            Pane::Roster | Pane::Access | Pane::Inspector => self.rows.shown.len().max(self.rows.marks.len()),
            Pane::Items => self.shown_items().map_or(0, |items| items.len()).max(self.items.marks.len()),
            Pane::Activity => self.activity.shown().count(),
            Pane::Attention => self.needs().len(),
            Pane::Jobs => self.entries().len(),
        }
    }

    fn of_view<'a>(&self, view: &'static str, columns: impl IntoIterator<Item = &'a str>) -> Sheet {
        Sheet::new(&self.setting.class, view, columns)
    }

    fn time(&self, at: Option<Timestamp>) -> String {
        at.map_or_else(String::new, |at| to_second(at, &self.setting.zone))
    }

    fn students(&self, which: Which) -> Vec<&StatusRow> {
        let rows = self.all_rows();
        match which {
            Which::Selected => self.selected().into_iter().collect(),
            Which::Meant if !self.rows.marks.is_empty() => {
                // In the order of the screen; those that are hidden come after.
                let shown = self.rows.shown.iter().map(|at| &rows[*at]);
                let hidden = rows.iter().filter(|row| self.rows.place(&row.key).is_none());
                shown.chain(hidden).filter(|row| self.rows.marks.contains(&row.key)).collect()
            }
            Which::Meant | Which::Shown => self.rows.shown.iter().map(|at| &rows[*at]).collect(),
        }
    }

    fn roster_sheet(&self, which: Which) -> Sheet {
        let heads = self.assignments();
        let columns = ["name", "student", "e-mail", "state"].into_iter();
        let columns = columns.chain(heads.iter().map(|head| head.id.as_str()));
        let columns = columns.chain(["self", "submitted", "items", "others", "last upload", "vault"]);
        let mut sheet = self.of_view("roster", columns);
        for row in self.students(which) {
            let (done, of) = handed_in(row);
            let state = if row.gone {
                "gone"
            } else {
                row.closing.as_ref().map_or(row.state.label(), SafeText::as_str)
            };
            let mut cells =
                vec![row.name.to_string(), row.key.to_string(), row.email.to_string(), state.to_owned()];
            let stands = |at: usize| row.standings.get(at).map_or_else(String::new, |one| one.in_words());
            cells.extend((0..heads.len()).map(stands));
            let held = row.vault.is_some();
            let only = |text: String| if held { text } else { String::new() };
            cells.extend([
                only(row.own.level(self.kind()).map_or("unknown", Level::name).to_owned()),
                if heads.is_empty() { String::new() } else { format!("{done} of {of}") },
                only(row.items.to_string()),
                only(row.others.as_ref().map_or("unknown".into(), |_| row.strays().to_string())),
                self.time(row.last_upload),
                only(row.vault_name.to_string()),
            ]);
            sheet.push(cells);
        }
        sheet
    }

    fn access_sheet(&self, which: Which) -> Sheet {
        let staff = self.view().map_or(&[][..], |view| &view.staff);
        let columns = ["name", "student", "vault", "self"].into_iter();
        let columns = columns.chain(staff.iter().map(|column| column.name.as_str())).chain(["others"]);
        let mut sheet = self.of_view("access", columns);
        let Some(view) = self.view() else { return sheet };
        for row in self.students(which) {
            let mut cells = vec![row.name.to_string(), row.key.to_string()];
            cells.push(row.vault.as_ref().map_or_else(String::new, |_| row.vault_name.to_string()));
            for column in 0..=staff.len() {
                let level = matrix::cell(view, row, column).map(|(.., cell)| cell.level(self.kind()));
                let level = level.map(|level| level.map_or("unknown", Level::name));
                cells.push(level.unwrap_or_default().to_owned());
            }
            let others = row.others.as_ref().filter(|_| row.vault.is_some());
            cells.push(others.map_or_else(String::new, |all| {
                all.iter().map(|other| other.name.to_string()).collect::<Vec<_>>().join("; ")
            }));
            sheet.push(cells);
        }
        sheet
    }

    /// Items and whose they are: those of the selected student that are shown, or every marked one whose list is
    /// known.
    fn items_of(&self, which: Which) -> Vec<(&StatusRow, &Item)> {
        let here = self.selected().into_iter();
        let shown = here
            .flat_map(|row| self.shown_items().unwrap_or_default().into_iter().map(move |item| (row, item)));
        let marks = &self.items.marks;
        if which != Which::Meant || marks.is_empty() {
            return shown.collect();
        }
        let marked = |row: &StatusRow, item: &Item| {
            let at = row.vault.clone().map(|vault| ItemRef { vault, item: item.id.clone() });
            at.is_some_and(|at| marks.contains(&at))
        };
        let mut found: Vec<_> = shown.filter(|(row, item)| marked(row, item)).collect();
        let all = self.all_rows().iter();
        let listed = all.flat_map(|row| {
            let list = row.vault.as_ref().and_then(|vault| self.items.lists.get(vault));
            list.into_iter().flatten().map(move |item| (row, item))
        });
        let rest: Vec<_> = listed
            .filter(|(row, item)| marked(row, item) && !found.iter().any(|(_, one)| one.id == item.id))
            .collect();
        found.extend(rest);
        found
    }

    fn item_sheet(&self, which: Which) -> Sheet {
        let mut sheet =
            self.of_view("items", ["title", "kind", "version", "updated", "state", "student", "id"]);
        for (row, item) in self.items_of(which) {
            sheet.push([
                item.title.as_str(),
                item.category.as_str(),
                &item.version.to_string(),
                &self.time(item.updated_at),
                items::state_word(item),
                row.key.as_str(),
                item.id.as_str(),
            ]);
        }
        sheet
    }

    fn activity_sheet(&self) -> Sheet {
        let columns =
            ["time", "what", "name", "student", "title", "version", "assignment", "late by (s)", "number"];
        let columns = columns.into_iter().chain(["actor", "client"]);
        let mut sheet = self.of_view("activity", columns);
        for arrival in self.activity.shown() {
            sheet.push([
                self.time(Some(arrival.detected_at)).as_str(),
                arrival.kind.word(),
                self.row(&arrival.student.key).map_or("", |row| row.name.as_str()),
                arrival.student.key.as_str(),
                arrival.item.title.as_str(),
                &arrival.item.version.to_string(),
                arrival.assignment.as_ref().map_or("", |id| id.as_str()),
                &arrival.lateness_s.map_or_else(String::new, |late| late.to_string()),
                &arrival.seq.to_string(),
                &self.actor(arrival).unwrap_or_default(),
                &client(arrival).unwrap_or_default(),
            ]);
        }
        sheet
    }

    fn need_sheet(&self) -> Sheet {
        let mut sheet = self.of_view("attention", ["reason", "name", "student", "what", "next", "since"]);
        for need in self.needs() {
            let row = need.student.as_ref().and_then(|key| self.row(key));
            sheet.push([
                need.reason.word(),
                row.map_or("", |row| row.name.as_str()),
                need.student.as_ref().map_or("", |key| key.as_str()),
                need.text.as_str(),
                need.next.as_str(),
                &self.time(need.since),
            ]);
        }
        sheet
    }

    fn job_sheet(&self) -> Sheet {
        let mut sheet = self.of_view("jobs", ["what", "name", "state"]);
        for entry in self.entries() {
            let (what, name, state) = match entry {
                Entry::Plan(review) => {
                    let (done, of) = review.progress();
                    ("plan", review.title(), format!("{done} of {of}"))
                }
                Entry::Other(head) => (
                    "plan",
                    head.title.to_string(),
                    format!("{}, {} of {}", head.state.word(), head.ended, head.rows),
                ),
                Entry::Download(download) => {
                    let ended =
                        download.ended.as_ref().map(|end| end.as_ref().unwrap_or_else(|why| why).to_string());
                    (
                        download.task.name(),
                        download.task.folder().to_owned(),
                        ended.unwrap_or_else(|| "running".into()),
                    )
                }
                Entry::Consumer(one) => (
                    "consumer",
                    one.consumer.to_string(),
                    format!("to {}, {} waiting", one.acked, one.waiting),
                ),
                Entry::Attempt(one) => {
                    ("attempt", one.consumer.to_string(), format!("arrival {}, {}", one.seq, one.why))
                }
            };
            sheet.push([what, &name, &state]);
        }
        sheet
    }
}
