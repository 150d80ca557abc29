//! An arrival that is made up: what a look would have found.

use jiff::Timestamp;
use strongroom::domain::arrival::{ArrivalItem, ArrivalStudent, ArrivalVault, By, NewArrival};
use strongroom::domain::class::StudentKey;
use strongroom::domain::directory::FileMeta;
use strongroom::domain::id::VaultId;
use strongroom::domain::text::{SafeText, Untrusted};

/// What a student has put into the vault of CS101; nobody had looked at that before.
pub(crate) fn found(
    (student, vault): (StudentKey, VaultId),
    item: impl Into<ArrivalItem>,
    files: Vec<FileMeta>,
    now: Timestamp,
) -> NewArrival {
    let vault = ArrivalVault { id: vault, name: SafeText::new(&format!("CS101-{student}")) };
    let email = Untrusted::new(format!("{student}@example.edu"));
    let student = ArrivalStudent { key: student, email, user_id: None };
    NewArrival { files, by: By::Student, ..NewArrival::new(now, student, vault, item.into()) }
}
