//! A class whose store is written by the test, as a look would: nobody asks a service.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use jiff::Timestamp;
use strongroom::clock::Clock;
use strongroom::domain::arrival::{ArrivalKind, By, NewArrival};
use strongroom::domain::assignment::{Assignment, AssignmentId, Rule, TitlePattern};
use strongroom::domain::class::{Class, StudentKey};
use strongroom::domain::id::VaultId;
use strongroom::domain::secret::Secret;
use strongroom::domain::text::SafeText;
use strongroom::provider::sandbox::Sandbox;
use strongroom::queries::{Acting, Queries};
use strongroom::store::{SeenItem, Store};

use crate::arrival::found;

pub(crate) fn queries(store: Store, assignments: Vec<Assignment>, clock: Clock) -> Queries {
    let provider = Arc::new(Sandbox::at("http://127.0.0.1:9", Secret::from("nobody asks")).unwrap());
    let class = Arc::new(Class { assignments, ..Class::new("CS101") });
    Queries { provider, store, class, clock, acting: Acting::default() }
}

pub(crate) fn assignment(id: &str, pattern: &str, due: jiff::civil::DateTime) -> Assignment {
    Assignment {
        id: AssignmentId::parse(id).unwrap(),
        title: SafeText::new(id),
        rule: Rule { title: TitlePattern::parse(pattern).ok(), ..Rule::default() },
        due,
        accept_until: None,
        extensions: Vec::new(),
    }
}

/// What came of an item between two looks.
pub(crate) fn arrival(
    kind: ArrivalKind,
    of: (StudentKey, VaultId),
    seen: &SeenItem,
    [since, now]: [Timestamp; 2],
) -> NewArrival {
    let found = found(of, &seen.item, seen.files.clone(), now);
    NewArrival { kind, not_before: Some(since), by: By::Unknown, ..found }
}
