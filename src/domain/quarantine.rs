//! A vault that a lost answer has left behind: making a vault is not idempotent, and a request whose answer
//! got lost may take effect long after a second one was sent and answered.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use super::class::{Class, Marker, StudentKey};
use super::directory::Vault;
use super::id::VaultId;

/// A vault that carries the mark of a student whose own vault is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// Which.
    pub vault: VaultId,
    /// Whose mark it carries.
    pub student: StudentKey,
    /// The nonce of the attempt that made it.
    pub nonce: String,
    /// How many items were in it when it was found; `None` where that was not told.
    pub items: Option<u64>,
    /// When it was found, by this machine's clock.
    pub found_at: Timestamp,
}

impl Quarantined {
    /// A vault with its mark, found now.
    pub fn of(vault: &Vault, marker: Marker, now: Timestamp) -> Self {
        let Marker { student, nonce } = marker;
        Self { vault: vault.id.clone(), student, nonce, items: vault.items, found_at: now }
    }
}

/// The vaults of a list that have the name of a student's vault without being it: what is worth one more
/// request each. `known` are those that were looked at before.
pub fn suspects<'a>(
    class: &Class,
    bindings: &BTreeMap<StudentKey, VaultId>,
    vaults: &'a [Vault],
    known: impl Fn(&VaultId) -> bool,
) -> Vec<&'a Vault> {
    let owned: HashSet<&VaultId> = bindings.values().collect();
    let is_one = |vault: &&Vault| {
        let student = class.student_of(vault.name.as_str());
        student.is_some_and(|student| bindings.contains_key(&student))
            && !owned.contains(&vault.id)
            && !known(&vault.id)
    };
    vaults.iter().filter(is_one).collect()
}

/// Whether a vault that was read with its description carries the mark of a student who has another one.
pub fn is_left_behind(
    bindings: &BTreeMap<StudentKey, VaultId>,
    vault: &Vault,
    now: Timestamp,
) -> Option<Quarantined> {
    let marker = Marker::read(vault.description.as_ref()?)?;
    let own = bindings.get(&marker.student)?;
    (*own != vault.id).then(|| Quarantined::of(vault, marker, now))
}
