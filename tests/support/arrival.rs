//! An arrival that is made up: what a look would have found.

use jiff::Timestamp;
use strongroom::domain::arrival::{ArrivalItem, ArrivalKind, ArrivalStudent, ArrivalVault, By, NewArrival};
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
    NewArrival {
        kind: ArrivalKind::New,
        detected_at: now,
        not_before: None,
        changes: 1,
        vault: ArrivalVault { id: vault, name: SafeText::new(&format!("CS101-{student}")) },
        student: ArrivalStudent {
            email: Untrusted::new(format!("{student}@example.edu")),
            key: student,
            user_id: None,
        },
        item: item.into(),
        files,
        by: By::Student,
    }
}
