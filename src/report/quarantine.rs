//! `quarantine/1`: vaults that a lost answer has left behind.

use jiff::Timestamp;
use serde::Serialize;

use super::{Look, Page, Table, cell};
use crate::domain::class::StudentKey;
use crate::domain::id::VaultId;
use crate::domain::text::SafeText;

/// Every vault in quarantine.
#[derive(Serialize)]
pub struct Quarantine {
    /// By id.
    pub vaults: Vec<Vault>,
}

/// One of them.
#[derive(Serialize)]
pub struct Vault {
    /// Its id.
    pub vault: VaultId,
    /// Its name, as it was read a moment ago.
    pub name: SafeText,
    /// Whose mark it carries.
    pub student: StudentKey,
    /// The student's own vault.
    pub own: Option<VaultId>,
    /// How many items are in it; `null` where that is not told.
    pub items: Option<u64>,
    /// When it was found.
    pub found_at: Timestamp,
}

impl Page for Quarantine {
    fn schema(&self) -> &'static str {
        "quarantine/1"
    }

    fn table(&self, look: &Look) -> Table {
        let mut table = Table::new(["vault", "name", "student", "the student's own", "items", "found"]);
        for one in &self.vaults {
            table.push([
                cell(&one.vault),
                one.name.clone(),
                cell(&one.student),
                one.own.as_ref().map(cell).unwrap_or_default(),
                one.items.map_or_else(|| "?".into(), cell),
                look.time(Some(one.found_at)),
            ]);
        }
        table
    }

    fn nothing(&self) -> Option<SafeText> {
        self.vaults.is_empty().then(|| "no vault was left behind".into())
    }

    fn notes(&self, _: &Look) -> Vec<SafeText> {
        if self.vaults.is_empty() {
            return Vec::new();
        }
        vec![
            "nobody is given access to them; an empty one goes with strongroom quarantine --delete VAULT"
                .into(),
        ]
    }
}
