//! Many ways to a vault as people read them: those who are there alike are one line. Other programs get a
//! line a way, so nothing here is for them.

use std::collections::HashSet;

use super::{Way, cell};
use crate::domain::class::StudentKey;
use crate::domain::text::SafeText;

/// From so many on, those who are there alike are one line.
const MANY: usize = 2;

/// So many of them are named; other programs get all of them.
const NAMED: usize = 3;

/// Several people who are on a vault in the same way, which tells little about any one of them: by their
/// office, or by the same groups of which it is not shown who is in them.
pub(super) struct Folded<'a> {
    /// Who they are.
    names: Vec<&'a SafeText>,
    /// The groups; none for those who administer the account.
    groups: Vec<&'a SafeText>,
    /// The level of all of them.
    level: &'a SafeText,
}

impl Folded<'_> {
    /// Its line, under the head of the list.
    pub(super) fn row(&self, student: &StudentKey) -> [SafeText; 7] {
        let joined =
            |names: &[&SafeText]| names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join("; ");
        let via = match self.groups.as_slice() {
            [] => "administration".into(),
            [group] => cell(format_args!("group {group}, perhaps")),
            groups => cell(format_args!("groups {}, perhaps", joined(groups))),
        };
        let because = match self.groups.as_slice() {
            [] => "the account's owners or administrators",
            _ => "whether they are in it is not shown to this identity",
        };
        let first = joined(self.names.get(..NAMED).unwrap_or(&self.names));
        let names = match self.names.len().saturating_sub(NAMED) {
            0 => SafeText::new(&first),
            more => cell(format_args!("{first}; and {more} more")),
        };
        let [since, by] = <[SafeText; 2]>::default();
        [cell(student), names, via, self.level.clone(), since, by, because.into()]
    }
}

/// Those of one vault who are there alike, and the ways that stay a line each.
pub(super) fn fold<'a>(ways: &[&'a Way]) -> (Vec<Folded<'a>>, Vec<&'a Way>) {
    let is_perhaps = |way: &&Way| way.via == "group" && way.member.is_none();
    // By person: the groups that they are perhaps in, or that they have an office only.
    let mut alike: Vec<(Vec<&SafeText>, &SafeText, Vec<&Way>)> = Vec::new();
    let mut people: Vec<&str> = ways.iter().map(|way| way.who.as_str()).collect();
    let mut seen = HashSet::new();
    people.retain(|who| seen.insert(*who));
    for who in people {
        let own: Vec<&Way> = ways.iter().copied().filter(|way| way.who == who).collect();
        let by_office = own.iter().all(|way| way.via == "administration");
        let perhaps: Vec<&Way> = own.iter().copied().filter(|way| by_office || is_perhaps(way)).collect();
        let Some(level) = perhaps.first().map(|way| &way.shown) else { continue };
        if perhaps.iter().any(|way| way.shown != *level) {
            continue;
        }
        let groups: Vec<&SafeText> = perhaps.iter().filter_map(|way| way.group_name.as_ref()).collect();
        match alike.iter_mut().find(|(of, at, _)| *of == groups && *at == level) {
            Some((.., all)) => all.extend(perhaps),
            None => alike.push((groups, level, perhaps)),
        }
    }
    alike.retain(|(.., all)| all.len() >= MANY);
    let is_folded = |way: &&Way| alike.iter().any(|(.., all)| all.iter().any(|one| std::ptr::eq(*one, *way)));
    let rest = ways.iter().copied().filter(|way| !is_folded(way)).collect();
    let folded = alike.into_iter().map(|(groups, level, all)| {
        let mut named = HashSet::new();
        let once = all.iter().filter(|way| named.insert(way.who.as_str()));
        Folded { names: once.map(|way| &way.name).collect(), groups, level }
    });
    (folded.collect(), rest)
}
