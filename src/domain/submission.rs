//! What a student has handed in for an assignment, and how that stands against the deadline.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::arrival::{ArrivalItem, ArrivalKind, By, NewArrival};
use super::assignment::AssignmentId;
use super::class::StudentKey;
use super::directory::ItemRef;
use super::id::{ItemId, VaultId};
use super::text::SafeText;

/// What is known of when something happened in a vault.
///
/// It happened after the last good look that did not show it, and before the look that did. The
/// item's own time says more, but it is what the student's device or 1Password claims: it counts
/// within these two, never beyond them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The last good look before; `None` where nobody had looked.
    pub after: Option<Timestamp>,
    /// The look that showed it.
    pub seen: Timestamp,
    /// The item's own time, where the service tells it.
    pub told: Option<Timestamp>,
}

/// One version of an item as somebody saw it: what verdicts are made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Which item.
    pub at: ItemRef,
    /// The arrival that told of it; `None` for what was there before the first look.
    pub seq: Option<u64>,
    /// What happened.
    pub kind: ArrivalKind,
    /// The title then.
    pub title: SafeText,
    /// The category then.
    pub category: SafeText,
    /// The tags then.
    pub tags: Vec<SafeText>,
    /// The version.
    pub version: u64,
    /// Whether it held a file, or is a document.
    pub holds_file: bool,
    /// Who did it.
    pub by: By,
    /// When.
    pub moment: Moment,
    /// When the item was made, by the service's clock.
    pub created: Option<Timestamp>,
    /// How many versions it stands for.
    pub changes: u64,
}

impl Sighting {
    /// An item as a look at its vault showed it at `seen`, by nobody knows whom; `after` is the last good look
    /// before that one. No arrival tells of it.
    pub fn new(
        vault: VaultId,
        item: ArrivalItem,
        has_files: bool,
        after: Option<Timestamp>,
        seen: Timestamp,
    ) -> Self {
        Self {
            at: ItemRef { vault, item: item.id },
            seq: None,
            kind: ArrivalKind::New,
            holds_file: has_files || item.category.as_str() == ArrivalItem::DOCUMENT,
            title: item.title,
            category: item.category,
            tags: item.tags,
            version: item.version,
            by: By::Unknown,
            moment: Moment { after, seen, told: own_time(item.version, item.created_at, item.updated_at) },
            created: item.created_at,
            changes: 1,
        }
    }

    /// What an arrival tells.
    pub fn of(seq: u64, found: &NewArrival) -> Self {
        let NewArrival { vault, item, files, not_before, detected_at, .. } = found;
        let item = Self::new(vault.id.clone(), item.clone(), !files.is_empty(), *not_before, *detected_at);
        Self { seq: Some(seq), kind: found.kind, by: found.by, changes: found.changes, ..item }
    }
}

/// The time that an item claims for a version: of the first one when it was made, of others when it
/// changed last. A time before 1970 is how services write that there is none.
fn own_time(version: u64, created: Option<Timestamp>, updated: Option<Timestamp>) -> Option<Timestamp> {
    let told = if version <= 1 { created.or(updated) } else { updated };
    told.filter(|time| *time > Timestamp::UNIX_EPOCH)
}

/// How a student stands with an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "standing", content = "by_s")]
pub enum Standing {
    /// Nothing has to be handed in.
    Excused,
    /// Nothing is there, and there is still time.
    NotYetDue,
    /// Nothing is there, and it was due.
    Missing,
    /// Handed in by the deadline.
    OnTime,
    /// Handed in so many seconds after the deadline.
    Late(i64),
    /// It cannot be told: the vault cannot be read, or nobody watched at the deadline and the item
    /// has no time of its own.
    Unknown,
}

impl Standing {
    /// The word in tables and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Excused => "excused",
            Self::NotYetDue => "not yet due",
            Self::Missing => "missing",
            Self::OnTime => "on time",
            Self::Late(_) => "late",
            Self::Unknown => "unknown",
        }
    }

    /// The word, with how late: `late +3 s`, from a minute on `late +26:10` for 26 hours and 10 minutes,
    /// begun minutes counted, and from two days on `late +4d 9h`.
    pub fn in_words(self) -> String {
        let Self::Late(seconds) = self else { return self.word().to_owned() };
        let (seconds, hours) = (seconds.max(0), seconds / 3_600);
        if seconds < 60 {
            return format!("late +{seconds} s");
        }
        if hours >= 48 {
            return format!("late +{}d {}h", hours / 24, hours % 24);
        }
        let minutes = seconds.div_euclid(60) + i64::from(seconds.rem_euclid(60) > 0);
        format!("late +{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// The item by which a student's standing is judged: the first that satisfied the rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedIn {
    /// Which item.
    pub at: ItemRef,
    /// Its title as it was then.
    pub title: SafeText,
    /// The first version that satisfied the rule.
    pub version: u64,
    /// The arrival that told of it; `None` for what was there before the first look.
    pub seq: Option<u64>,
    /// When, as it is claimed and as it was seen.
    pub moment: Moment,
    /// When, as it was judged: the item's own time within what was seen.
    pub judged_at: Timestamp,
    /// Whether a person said that it belongs here.
    pub by_hand: bool,
    /// Whether the item has changed after the deadline.
    pub updated_after_due: bool,
    /// Whether it is gone now.
    pub removed: bool,
}

/// How a student's vault was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// There is none.
    NoVault,
    /// Not yet.
    Never,
    /// When it was last, and well.
    At(Timestamp),
}

/// Why nothing can be told of a student without a vault.
pub const NO_VAULT: &str = "no vault";

/// How one student stands with one assignment, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Who.
    pub student: StudentKey,
    /// With what.
    pub assignment: AssignmentId,
    /// How.
    #[serde(flatten)]
    pub standing: Standing,
    /// When it is due for this student.
    pub due: Timestamp,
    /// Whether that is later than for the others, and why.
    pub extended: Option<SafeText>,
    /// By what.
    pub handed_in: Option<HandedIn>,
    /// What could not be observed, or does not fit together, in words.
    pub doubt: Option<SafeText>,
}

impl Verdict {
    /// The standing in words, with how late; that there is no vault to hand in to is told in its place.
    pub fn in_words(&self) -> SafeText {
        if self.has_no_vault() {
            return NO_VAULT.into();
        }
        SafeText::new(&self.standing.in_words())
    }

    /// Whether nothing can be told since there is no vault to hand in to.
    pub fn has_no_vault(&self) -> bool {
        let doubt = self.doubt.as_ref().map(SafeText::as_str);
        self.standing == Standing::Unknown && doubt == Some(NO_VAULT)
    }
}

/// An item that nobody's rule claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmatched {
    /// Whose vault it is in.
    pub student: StudentKey,
    /// Which vault.
    pub vault: VaultId,
    /// Which item.
    pub item: ItemId,
    /// A student wrote it.
    pub title: SafeText,
    /// The arrival that told of it first.
    pub seq: u64,
    /// When it was seen first.
    pub seen: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::arrival::{ArrivalStudent, ArrivalVault};
    use crate::domain::directory::FileMeta;
    use crate::domain::id::FileId;
    use crate::domain::text::Untrusted;

    #[test]
    fn an_arrival_holds_a_file_if_it_has_one_or_is_a_document() {
        let id = FileId::parse(&"f".repeat(26)).unwrap();
        let file = || FileMeta { id: id.clone(), name: Untrusted::new("hw1.pdf"), size: 1 };
        for (category, files, holds_file) in [
            ("DOCUMENT", vec![], true),
            ("SECURE_NOTE", vec![file()], true),
            ("DOCUMENT", vec![file()], true),
            ("SECURE_NOTE", vec![], false),
        ] {
            let vault =
                ArrivalVault { id: VaultId::parse(&"v".repeat(26)).unwrap(), name: SafeText::default() };
            let key = StudentKey::parse("ada").unwrap();
            let student = ArrivalStudent { email: Untrusted::new("ada@example.edu"), key, user_id: None };
            let item = ArrivalItem::document(ItemId::parse(&"i".repeat(26)).unwrap(), "hw1");
            let item = ArrivalItem { category: category.into(), ..item };
            let found = NewArrival::new(Timestamp::UNIX_EPOCH, student, vault, item);
            let found = NewArrival { files, ..found };
            assert_eq!(Sighting::of(7, &found).holds_file, holds_file, "{found:?}");
        }
    }

    #[test]
    fn how_late_is_said_in_seconds_minutes_and_days() {
        let late = |seconds| Standing::Late(seconds).in_words();
        assert_eq!([3, 59, 60, 61].map(late), ["late +3 s", "late +59 s", "late +00:01", "late +00:02"]);
        assert_eq!([3_541, 3_601, 94_200].map(late), ["late +01:00", "late +01:01", "late +26:10"]);
        assert_eq!([172_799, 172_800, 378_000].map(late), ["late +48:00", "late +2d 0h", "late +4d 9h"]);
    }
}
