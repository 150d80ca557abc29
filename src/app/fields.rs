//! Which columns the tables have, what they are called, how wide they are, and which fold first. Knows names
//! and widths; what stands in a column is known beside its rows.

/// A table whose columns can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Table {
    /// The students.
    Roster,
    /// The items of a vault.
    Items,
    /// What arrived.
    Activity,
    /// What needs the instructor.
    Attention,
    /// What runs, and who takes the arrivals.
    Jobs,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 5] = [Self::Roster, Self::Items, Self::Activity, Self::Attention, Self::Jobs];

    /// The word in titles and settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Roster => "roster",
            Self::Items => "items",
            Self::Activity => "activity",
            Self::Attention => "attention",
            Self::Jobs => "jobs",
        }
    }

    /// Its columns, in the order in which they stand unless somebody chooses another one.
    pub fn specs(self) -> &'static [Spec] {
        match self {
            Self::Roster => &ROSTER,
            Self::Items => &ITEMS,
            Self::Activity => &ACTIVITY,
            Self::Attention => &ATTENTION,
            Self::Jobs => &JOBS,
        }
    }

    /// What stands in a column.
    pub fn spec(self, field: Field) -> Option<&'static Spec> {
        self.specs().iter().find(|spec| spec.field == field)
    }

    /// The fields that a filter can ask for: columns that say a word, and what has none.
    pub fn fields(self) -> &'static [Field] {
        use Field as F;
        match self {
            Self::Roster => &[
                F::Name,
                F::State,
                F::Due,
                F::Level,
                F::Submitted,
                F::Items,
                F::Others,
                F::Last,
                F::Staff,
                F::Email,
                F::Key,
                F::Vault,
                F::Marked,
            ],
            Self::Items => &[
                F::Title,
                F::Kind,
                F::Version,
                F::By,
                F::Updated,
                F::Assignment,
                F::Copy,
                F::Hash,
                F::Handed,
                F::State,
                F::Marked,
            ],
            Self::Activity => &[
                F::Student,
                F::Title,
                F::Kind,
                F::Version,
                F::Assignment,
                F::By,
                F::Actor,
                F::Client,
                F::Copy,
                F::Key,
                F::Vault,
            ],
            Self::Attention => &[F::Reason, F::Student, F::Text, F::Next, F::Assignment],
            Self::Jobs => &[F::Kind, F::Name, F::State],
        }
    }
}

/// What a column shows, and what a filter can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is the word that it is called by")]
pub enum Field {
    Name,
    State,
    Due,
    Level,
    Submitted,
    Items,
    Others,
    Last,
    Staff,
    Email,
    Key,
    Vault,
    Marked,
    Title,
    Kind,
    Version,
    By,
    Updated,
    Assignment,
    Copy,
    Hash,
    Handed,
    Time,
    Student,
    Size,
    Notes,
    Reason,
    Text,
    Next,
    Actor,
    Client,
}

impl Field {
    /// The word in filters, in the overlay of columns, and in settings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::State => "state",
            Self::Due => "due",
            Self::Level => "level",
            Self::Submitted => "submitted",
            Self::Items => "items",
            Self::Others => "others",
            Self::Last => "last",
            Self::Staff => "staff",
            Self::Email => "email",
            Self::Key => "key",
            Self::Vault => "vault",
            Self::Marked => "marked",
            Self::Title => "title",
            Self::Kind => "kind",
            Self::Version => "version",
            Self::By => "by",
            Self::Updated => "updated",
            Self::Assignment => "assignment",
            Self::Copy => "copy",
            Self::Hash => "sha256",
            Self::Handed => "hand-off",
            Self::Time => "time",
            Self::Student => "student",
            Self::Size => "size",
            Self::Notes => "notes",
            Self::Reason => "reason",
            Self::Text => "text",
            Self::Next => "next",
            Self::Actor => "actor",
            Self::Client => "client",
        }
    }
}

/// A column as it is before somebody changes it.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// What it shows.
    pub field: Field,
    /// The heading.
    pub heading: &'static str,
    /// Its width in cells, without the space behind it.
    pub cells: u16,
    /// How narrow it gets where there is too little room for those that never fold.
    pub least: u16,
    /// Which fold first where there is too little room: the highest; 0 never does.
    pub folds: u8,
    /// Whether it is shown.
    pub shown: bool,
    /// Whether it stays where the others scroll.
    pub frozen: bool,
    /// Whether it takes the room that is left, up to so many cells.
    pub most: Option<u16>,
}

const fn spec(field: Field, heading: &'static str, cells: u16, folds: u8) -> Spec {
    Spec { field, heading, cells, least: cells, folds, shown: true, frozen: false, most: None }
}

const fn hidden(spec: Spec) -> Spec {
    Spec { shown: false, ..spec }
}

const fn frozen(spec: Spec) -> Spec {
    Spec { frozen: true, ..spec }
}

/// Takes what is left.
const fn wide(spec: Spec, least: u16, most: u16) -> Spec {
    Spec { least, most: Some(most), ..spec }
}

const fn shrinks(spec: Spec, least: u16) -> Spec {
    Spec { least, ..spec }
}

const ROSTER: [Spec; 12] = [
    frozen(wide(spec(Field::Name, "NAME", 16, 0), 14, 200)),
    spec(Field::State, "STATE", 11, 0),
    shrinks(spec(Field::Due, "DUE", 13, 1), 7),
    spec(Field::Level, "SELF", 4, 2),
    spec(Field::Submitted, "SUBM", 5, 3),
    spec(Field::Items, "ITEMS", 5, 7),
    spec(Field::Others, "OTH", 3, 5),
    spec(Field::Last, "LAST UPLOAD", 12, 6),
    hidden(spec(Field::Staff, "STAFF", 7, 4)),
    hidden(spec(Field::Email, "E-MAIL", 26, 10)),
    hidden(spec(Field::Key, "KEY", 14, 9)),
    hidden(spec(Field::Vault, "VAULT", 18, 8)),
];

const ITEMS: [Spec; 9] = [
    frozen(wide(spec(Field::Title, "TITLE", 20, 0), 12, 200)),
    spec(Field::Kind, "KIND", 12, 7),
    spec(Field::Version, "VER", 4, 0),
    spec(Field::By, "BY", 9, 6),
    spec(Field::Updated, "UPDATED", 12, 0),
    shrinks(spec(Field::Assignment, "FOR", 20, 1), 15),
    spec(Field::Copy, "COPY", 8, 2),
    spec(Field::Hash, "SHA-256", 8, 5),
    spec(Field::Handed, "HAND-OFF", 9, 3),
];

const ACTIVITY: [Spec; 12] = [
    frozen(spec(Field::Time, "TIME", 10, 0)),
    spec(Field::Kind, "KIND", 7, 5),
    frozen(shrinks(spec(Field::Student, "STUDENT", 18, 0), 12)),
    wide(spec(Field::Title, "TITLE", 16, 0), 10, 60),
    spec(Field::Size, "SIZE", 8, 6),
    spec(Field::Version, "VER", 4, 0),
    spec(Field::Assignment, "FOR", 24, 1),
    spec(Field::Handed, "HAND-OFF", 9, 2),
    spec(Field::Copy, "COPY", 5, 7),
    shrinks(spec(Field::Actor, "ACTOR", 18, 9), 12),
    shrinks(spec(Field::Client, "CLIENT", 28, 10), 12),
    spec(Field::Notes, "NOTES", 9, 8),
];

const ATTENTION: [Spec; 4] = [
    frozen(spec(Field::Reason, "REASON", 17, 0)),
    spec(Field::Student, "STUDENT", 20, 2),
    wide(spec(Field::Text, "WHAT", 24, 0), 10, 300),
    spec(Field::Next, "NEXT", 46, 3),
];

const JOBS: [Spec; 3] = [
    frozen(spec(Field::Kind, "KIND", 16, 0)),
    spec(Field::Name, "NAME", 16, 0),
    wide(spec(Field::State, "STATE", 20, 0), 10, 300),
];
