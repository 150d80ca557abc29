//! The tables of `access --why`: every way to a vault, for other programs and for people.

use super::fold::fold;
use super::{Access, Way};
use crate::domain::text::SafeText;
use crate::report::{Look, Table, cell};

impl Access {
    /// A line a way.
    pub(super) fn list(&self, look: &Look) -> Table {
        let head = ["student", "who", "name", "kind", "via", "level", "known", "since", "by", "because"];
        let mut table = Table::new(head);
        for vault in &self.vaults {
            for way in vault.ways.iter().flatten() {
                table.push([
                    cell(&vault.student),
                    way.who.as_str().into(),
                    way.name.clone(),
                    way.kind.into(),
                    way.through(),
                    way.shown.clone(),
                    way.known.into(),
                    look.time(way.since),
                    way.by.clone().unwrap_or_default(),
                    way.because.clone(),
                ]);
            }
        }
        table
    }

    /// The same as people read it: without ids, which other programs get, and with a line for all who are there
    /// alike by office or perhaps.
    pub(super) fn folded_list(&self, look: &Look) -> Table {
        let mut table = Table::new(["student", "name", "via", "level", "since", "by", "because"]);
        for vault in &self.vaults {
            let ways: Vec<&Way> = vault.ways.iter().flatten().collect();
            let (folded, ways) = fold(&ways);
            for way in ways {
                let name = if way.kind == "group" {
                    cell(format_args!("{} (group)", way.name))
                } else {
                    way.name.clone()
                };
                table.push([
                    cell(&vault.student),
                    name,
                    way.through(),
                    way.shown.clone(),
                    look.time(way.since),
                    way.by.clone().unwrap_or_default(),
                    way.because.clone(),
                ]);
            }
            for all in folded {
                table.push(all.row(&vault.student));
            }
        }
        table
    }
}

impl Way {
    /// By what: the group, where it is one.
    fn through(&self) -> SafeText {
        match (&self.group_name, self.member) {
            (Some(name), Some(_)) => cell(format_args!("group {name}")),
            (Some(name), None) => cell(format_args!("group {name}, perhaps")),
            (None, _) => self.via.into(),
        }
    }
}
