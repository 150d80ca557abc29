//! Everything that was seen of the students' items: what was there before the first look, and since then
//! the journal.

use std::collections::HashMap;

use super::Queries;
use crate::domain::class::StudentKey;
use crate::domain::directory::ItemRef;
use crate::domain::fault::Result;
use crate::domain::frame::Frame;
use crate::domain::submission::Sighting;
use crate::store::FirstSeen;

impl Queries {
    /// What was there before the first look, with whose it is. Blocks.
    pub(super) fn baseline(&self) -> Result<Vec<(StudentKey, Sighting)>> {
        self.authored(self.store.baseline()?)
    }

    /// What was seen of some items, each up to the number beside it, oldest first. Blocks.
    pub(super) fn sightings_of(
        &self,
        wanted: &HashMap<ItemRef, u64>,
    ) -> Result<HashMap<ItemRef, Vec<Sighting>>> {
        let mut first = Vec::new();
        for at in wanted.keys() {
            first.extend(self.store.baseline_of(at)?);
        }
        let mut all: HashMap<ItemRef, Vec<Sighting>> =
            self.authored(first)?.into_iter().map(|(_, one)| (one.at.clone(), vec![one])).collect();
        for (at, until) in wanted {
            let more = self.store.sightings_of(at, *until)?.into_iter().map(|(_, one)| one);
            all.entry(at.clone()).or_default().extend(more);
        }
        Ok(all)
    }

    /// Adds who did it, where that can be told.
    fn authored(&self, first: Vec<FirstSeen>) -> Result<Vec<(StudentKey, Sighting)>> {
        let asked = first.iter().any(|one| one.editor.is_some());
        let frame = if asked { self.known_frame()? } else { None };
        Ok(authored(frame.as_ref(), first))
    }
}

/// Adds who did it; before the service has answered once, that is nobody known.
pub(super) fn authored(frame: Option<&Frame>, first: Vec<FirstSeen>) -> Vec<(StudentKey, Sighting)> {
    let told = |one: FirstSeen| {
        let FirstSeen { student, mut sighting, editor } = one;
        if let Some((frame, owner)) = frame.and_then(|frame| Some((frame, frame.student(&student)?))) {
            sighting.by = frame.by(owner, editor.as_ref());
        }
        (student, sighting)
    };
    first.into_iter().map(told).collect()
}
