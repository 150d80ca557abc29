//! The columns of the tables as somebody wants them: which are shown, in which order and how wide, and by
//! which one the rows are sorted.

use std::fmt;

pub use super::fields::{Field, Spec, Table};
use super::msg::Step;
use super::order::Sort;
use crate::domain::nearest::nearest;

/// A column as somebody wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What it shows.
    pub field: Field,
    /// Whether it is shown.
    pub shown: bool,
    /// Its width in cells, where that was changed.
    pub cells: Option<u16>,
}

/// The columns of a table as somebody wants them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// Of which table.
    pub table: Table,
    /// All there are, shown or not, in the order in which they stand.
    pub list: Vec<Choice>,
    /// The chosen one, of all.
    pub at: usize,
    /// By what the rows are sorted; `None` leaves them as they come.
    pub sort: Option<Sort>,
}

/// The narrowest and the widest column.
const WIDTHS: (u16, u16) = (3, 120);

impl Columns {
    /// Those of a table, unchanged.
    pub fn of(table: Table) -> Self {
        let choice = |spec: &Spec| Choice { field: spec.field, shown: spec.shown, cells: None };
        Self { table, list: table.specs().iter().map(choice).collect(), at: 0, sort: None }
    }

    /// Reads what [`Display`](fmt::Display) writes, a word a column: `name`, `state=14`, `-email`. Columns that
    /// are not named stand behind the others, shown where they are by default.
    ///
    /// # Errors
    /// The word that names no column, with the one that was probably meant.
    pub fn parse(table: Table, words: &[String]) -> Result<Self, String> {
        let mut columns = Self { list: Vec::new(), ..Self::of(table) };
        for word in words {
            let (name, shown) = word.strip_prefix('-').map_or((word.as_str(), true), |name| (name, false));
            let (name, cells) =
                name.split_once('=').map_or((name, None), |(name, cells)| (name, Some(cells)));
            let known: Vec<&str> = table.specs().iter().map(|spec| spec.field.word()).collect();
            let Some(spec) = table.specs().iter().find(|spec| spec.field.word() == name) else {
                let mend = nearest(name, &known);
                let mend = mend.map_or_else(|| known.join(", "), |near| format!("did you mean {near}?"));
                return Err(format!("no column {name} in {}: {mend}", table.name()));
            };
            if !shown && spec.frozen {
                return Err(format!("{name} always stands: it says whose row it is"));
            }
            let cells = match cells.map(str::parse::<u16>) {
                None => None,
                Some(Ok(cells)) if (WIDTHS.0..=WIDTHS.1).contains(&cells) => Some(cells),
                Some(_) => return Err(format!("{word}: a width is {} to {} cells", WIDTHS.0, WIDTHS.1)),
            };
            if columns.list.iter().any(|choice| choice.field == spec.field) {
                return Err(format!("{name} stands twice in {}", table.name()));
            }
            columns.list.push(Choice { field: spec.field, shown, cells });
        }
        for choice in Self::of(table).list {
            if columns.list.iter().all(|one| one.field != choice.field) {
                columns.list.push(choice);
            }
        }
        // The first one says whose row it is, wherever it was named.
        let first = table.specs().first().map(|spec| spec.field);
        if let Some(at) = columns.list.iter().position(|choice| Some(choice.field) == first) {
            columns.list.get_mut(..=at).into_iter().for_each(|list| list.rotate_right(1));
        }
        Ok(columns)
    }

    /// The chosen column.
    pub fn chosen(&self) -> Option<Field> {
        self.list.get(self.at).map(|choice| choice.field)
    }

    /// Chooses the column beside, of those that are shown and have something to show.
    pub fn step(&mut self, step: Step, has: impl Fn(Field) -> bool) {
        let usable = |at: &usize| self.list[*at].shown && has(self.list[*at].field);
        let next = match step {
            Step::Left => (0..self.at).rev().find(usable),
            Step::Right => (self.at + 1..self.list.len()).find(usable),
            _ => None,
        };
        self.at = next.unwrap_or(self.at);
    }

    /// Makes the chosen column wider or narrower by so many cells; returns how wide it is then.
    pub fn widen(&mut self, now: u16, by: i16) -> u16 {
        let cells = now.saturating_add_signed(by).clamp(WIDTHS.0, WIDTHS.1);
        if let Some(choice) = self.list.get_mut(self.at) {
            choice.cells = Some(cells);
        }
        cells
    }

    /// Shows a column, or hides it; whether that is allowed: the ones that never scroll always stand.
    pub fn toggle(&mut self, at: usize) -> bool {
        let table = self.table;
        match self.list.get_mut(at) {
            Some(choice) if table.spec(choice.field).is_some_and(|spec| !spec.frozen) => {
                choice.shown = !choice.shown;
                if self.at == at {
                    self.at = 0;
                }
                true
            }
            _ => false,
        }
    }

    /// Moves a column up or down in the order; returns where it is then. Frozen ones stay in front.
    pub fn shift(&mut self, at: usize, step: Step) -> usize {
        let to = match step {
            Step::Up => at.checked_sub(1),
            Step::Down => Some(at + 1).filter(|to| *to < self.list.len()),
            _ => None,
        };
        let frozen = |at: usize| self.table.spec(self.list[at].field).is_some_and(|spec| spec.frozen);
        let Some(to) = to.filter(|to| at < self.list.len() && !frozen(at) && !frozen(*to)) else { return at };
        self.list.swap(at, to);
        if self.at == at {
            self.at = to;
        } else if self.at == to {
            self.at = at;
        }
        to
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, choice) in self.list.iter().enumerate() {
            let (space, sign) = (if at > 0 { " " } else { "" }, if choice.shown { "" } else { "-" });
            write!(f, "{space}{sign}{}", choice.field.word())?;
            if let Some(cells) = choice.cells {
                write!(f, "={cells}")?;
            }
        }
        Ok(())
    }
}

/// The columns of every table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    all: [Columns; Table::ALL.len()],
}

impl Default for Tables {
    fn default() -> Self {
        Self { all: Table::ALL.map(Columns::of) }
    }
}

impl Tables {
    /// Those of a table.
    pub fn of(&self, table: Table) -> &Columns {
        &self.all[table as usize]
    }

    /// The same, to be changed.
    pub fn of_mut(&mut self, table: Table) -> &mut Columns {
        &mut self.all[table as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn what_is_written_is_read_again() {
        for table in Table::ALL {
            let mut columns = Columns::of(table);
            assert_eq!(Columns::parse(table, &words(&columns.to_string())).unwrap(), columns);
            columns.at = columns.list.len() - 1;
            let cells = columns.widen(10, 4);
            assert_eq!(cells, 14);
            columns.toggle(1);
            columns.shift(1, Step::Down);
            let read = Columns::parse(table, &words(&columns.to_string())).unwrap();
            assert_eq!(read.list, columns.list, "{columns}");
            assert_eq!(Columns::parse(table, &[]).unwrap(), Columns::of(table));
        }
    }

    #[test]
    fn a_column_that_is_not_there_names_the_nearest() {
        let parse = |text: &str| Columns::parse(Table::Roster, &words(text)).unwrap_err();
        assert_eq!(parse("name stat"), "no column stat in roster: did you mean state?");
        assert!(parse("state=2").contains("3 to 120 cells") && parse("state=x").contains("3 to 120"));
        assert_eq!(parse("name name"), "name stands twice in roster");
        assert_eq!(parse("-name"), "name always stands: it says whose row it is");
    }

    #[test]
    fn the_first_column_stands_first_wherever_it_is_named() {
        let columns = Columns::parse(Table::Roster, &words("items name state")).unwrap();
        let first: Vec<Field> = columns.list.iter().take(3).map(|choice| choice.field).collect();
        assert_eq!(first, [Field::Name, Field::Items, Field::State]);
    }

    #[test]
    fn the_frozen_column_is_neither_hidden_nor_moved() {
        let mut columns = Columns::of(Table::Roster);
        assert!(!columns.toggle(0));
        assert_eq!(columns.shift(0, Step::Down), 0);
        assert_eq!(columns.shift(1, Step::Up), 1, "nothing stands before it");
        columns.step(Step::Right, |field| field != Field::State);
        assert_eq!(columns.chosen(), Some(Field::Due), "what has nothing to show is passed over");
        columns.step(Step::Left, |_| true);
        assert_eq!(columns.chosen(), Some(Field::State));
        assert!(columns.toggle(1));
        assert_eq!(columns.chosen(), Some(Field::Name), "a hidden column is not chosen");
    }

    #[test]
    fn every_column_and_every_field_has_a_word_of_its_own() {
        for table in Table::ALL {
            let mut words: Vec<&str> = table.specs().iter().map(|spec| spec.field.word()).collect();
            words.sort_unstable();
            words.dedup();
            assert_eq!(words.len(), table.specs().len());
            assert!(
                table.specs()[0].frozen && table.specs().iter().filter(|one| one.most.is_some()).count() == 1
            );
            let mut fields: Vec<&str> = table.fields().iter().map(|field| field.word()).collect();
            fields.sort_unstable();
            fields.dedup();
            assert_eq!(fields.len(), table.fields().len());
        }
    }
}
