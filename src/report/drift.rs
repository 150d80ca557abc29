//! `drift/1`: visible access that the class file does not ask for, and what takes it away.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use super::access::{Known, kind_of};
use super::{Look, Page, Table, cell, unverified};
use crate::domain::access::{AccountKind, Level};
use crate::domain::class::StudentKey;
use crate::domain::drift::{Drift, Drifts};
use crate::domain::id::VaultId;
use crate::domain::text::{SafeText, counted};

/// Every difference that can be seen, and what could not be looked at.
#[derive(Serialize)]
pub struct List {
    class: String,
    /// How many vaults' lists were compared.
    compared: u64,
    /// When the oldest of those was read.
    oldest: Option<Timestamp>,
    strays: Vec<Line>,
    unread: Vec<Unread>,
    /// What cannot be seen under this identity.
    unverified: Vec<SafeText>,
}

#[derive(Serialize)]
struct Line {
    student: StudentKey,
    vault: VaultId,
    who: String,
    name: SafeText,
    /// `person` or `group`.
    kind: &'static str,
    /// Why it should not be so, for example `crossing`.
    stray: &'static str,
    /// By which way: it was given to this person or group.
    via: &'static str,
    level: Option<&'static str>,
    known: &'static str,
    why: Option<&'static str>,
    /// What the class file asks for.
    asked: Level,
    /// The first list that showed them.
    since: Option<Timestamp>,
    /// The list before that one, which did not.
    absent: Option<Timestamp>,
    /// Whether a person has to mend it: the service account did not make the vault.
    foreign: bool,
    mend: SafeText,
    #[serde(skip)]
    text: SafeText,
}

#[derive(Serialize)]
struct Unread {
    vault: VaultId,
    why: SafeText,
}

impl List {
    /// What was found in a class; `names` are its students' names.
    pub fn new(
        class: &str,
        drifts: &Drifts,
        names: &HashMap<StudentKey, SafeText>,
        kind: AccountKind,
    ) -> Self {
        let line = |drift: &Drift| {
            let known = Known::new(drift.cell, kind);
            let whose = names.get(&drift.student).cloned();
            Line {
                student: drift.student.clone(),
                vault: drift.vault.clone(),
                who: drift.who.id().to_owned(),
                name: drift.name.clone(),
                kind: kind_of(&drift.who),
                stray: drift.kind.word(),
                via: "direct",
                level: known.level,
                known: known.basis,
                why: known.why,
                asked: drift.asked,
                since: drift.since,
                absent: drift.absent,
                foreign: drift.foreign,
                mend: drift.mend(),
                text: drift.in_words(&whose.unwrap_or_else(|| drift.student.as_str().into())),
            }
        };
        let unread = |(vault, why): &(VaultId, SafeText)| Unread { vault: vault.clone(), why: why.clone() };
        Self {
            class: class.to_owned(),
            compared: drifts.compared,
            oldest: drifts.oldest,
            strays: drifts.list.iter().map(line).collect(),
            unread: drifts.unread.iter().map(unread).collect(),
            unverified: drifts.unverified.clone(),
        }
    }
}

impl Page for List {
    fn schema(&self) -> &'static str {
        "drift/1"
    }

    fn table(&self, look: &Look) -> Table {
        let mut table = Table::new(["student", "stray", "who", "level", "first seen", "about", "mend"]);
        for line in &self.strays {
            table.push([
                cell(&line.student),
                line.stray.into(),
                line.who.as_str().into(),
                line.level.unwrap_or("?").into(),
                look.time(line.since),
                line.text.clone(),
                line.mend.clone(),
            ]);
        }
        table
    }

    fn nothing(&self) -> Option<SafeText> {
        let words = if self.compared == 0 {
            "no vault was compared"
        } else {
            "nobody has access that the class file does not ask for, as far as can be seen"
        };
        self.strays.is_empty().then(|| words.into())
    }

    fn notes(&self, look: &Look) -> Vec<SafeText> {
        let vaults = counted(self.compared, "vault");
        let mut notes: Vec<SafeText> = Vec::new();
        notes.extend(self.oldest.map(|oldest| {
            cell(format_args!(
                "compared: {vaults}, by lists read since {}; unexpected access: {}",
                look.time(Some(oldest)),
                self.strays.len()
            ))
        }));
        notes.extend(
            self.unread.iter().map(|Unread { vault, why }| cell(format_args!("not read: {vault}: {why}"))),
        );
        notes.extend(unverified(&self.unverified));
        notes
    }
}
