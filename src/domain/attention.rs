//! What needs the instructor now, as one list, and what happened since the last look at it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::assignment::AssignmentId;
use super::class::StudentKey;
use super::directory::ItemRef;
use super::text::SafeText;

/// Why the instructor is needed; the order is that of the list, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Somebody is on a vault who does not belong there.
    UnexpectedAccess,
    /// A vault carries the mark of a student who has another one.
    Quarantined,
    /// What 1Password answered does not fit together, for example a change on a vault whose version
    /// did not move.
    Alarm,
    /// The token ends soon, or has ended.
    TokenExpiry,
    /// Nobody watches, or nobody did for a while.
    WatcherGap,
    /// A program has ended with a part of its changes left to do.
    LeftJob,
    /// A change of ours failed.
    FailedRow,
    /// An arrival was set aside because its consumer would not take it.
    DeadLetter,
    /// A consumer does not take arrivals for some time.
    ConsumerBehind,
    /// A student has accepted the invitation and waits to be confirmed.
    Confirm,
    /// An address of the roster has two people, or looks like somebody else's.
    LookAlike,
    /// A student is active and has no vault, or no access to it.
    NoVault,
    /// Somebody of the staff is not on vaults where the class file wants them.
    NoStaff,
    /// An upload that no assignment claims.
    Unmatched,
    /// A deadline has passed and nothing was handed in.
    Missing,
    /// It was handed in late.
    Late,
    /// A student is to be invited, or invited again.
    Invite,
    /// The account has few seats left for guests.
    Seats,
}

impl Reason {
    /// The word in tables and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::UnexpectedAccess => "unexpected access",
            Self::Quarantined => "left behind",
            Self::Alarm => "alarm",
            Self::TokenExpiry => "token expiry",
            Self::WatcherGap => "not watched",
            Self::LeftJob => "job left",
            Self::FailedRow => "failed",
            Self::DeadLetter => "dead letter",
            Self::ConsumerBehind => "hand-off stuck",
            Self::Confirm => "confirm",
            Self::LookAlike => "look-alike",
            Self::NoVault => "no vault",
            Self::NoStaff => "no staff",
            Self::Unmatched => "unmatched",
            Self::Missing => "missing",
            Self::Late => "late",
            Self::Invite => "invite",
            Self::Seats => "seats",
        }
    }
}

/// One thing that needs the instructor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// Why.
    pub reason: Reason,
    /// What about, in words; without a full stop.
    pub text: SafeText,
    /// What mends it: a command as it would be typed, or where no command does, a sentence.
    pub next: SafeText,
    /// Since when, where that is known.
    pub since: Option<Timestamp>,
    /// Whom it is about, where it is one student.
    pub student: Option<StudentKey>,
    /// All whom it stands for, where what is done about it is done for exactly those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub students: Vec<StudentKey>,
    /// Which item it is about, if one.
    pub item: Option<ItemRef>,
    /// Which assignment it is about, if one.
    pub assignment: Option<AssignmentId>,
    /// How many things the line stands for: lines of one kind may be put together.
    pub count: u64,
}

impl Need {
    /// One thing that is needed; what else is known of it is set afterwards.
    pub fn new(reason: Reason, text: impl AsRef<str>, next: impl AsRef<str>) -> Self {
        Self {
            reason,
            text: SafeText::new(text.as_ref()),
            next: SafeText::new(next.as_ref()),
            since: None,
            student: None,
            students: Vec::new(),
            item: None,
            assignment: None,
            count: 1,
        }
    }
}

/// What happened since the instructor last looked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// When that was; `None` for the first time.
    pub at: Option<Timestamp>,
    /// New items.
    pub new: u64,
    /// Items that changed.
    pub updated: u64,
    /// Items that are gone.
    pub removed: u64,
    /// From how many students.
    pub students: u64,
    /// When the vaults were all last looked at whole; `None` where some never were.
    pub checked_at: Option<Timestamp>,
}

/// Something that does not fit together in what the service answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// What it is about: an id such as a vault's, with a word for the kind of alarm in front.
    pub subject: String,
    /// Whose vault, if it is about one.
    pub student: Option<StudentKey>,
    /// In words.
    pub message: SafeText,
    /// When it was noticed last.
    pub at: Timestamp,
}

/// The subject of the alarm that the service has refused the token.
pub const TOKEN: &str = "token";

/// A change that failed, and was not made good since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedRow {
    /// For whom.
    pub student: StudentKey,
    /// What was to be done: [`PROVISION`], [`ACCESS`], or the name of an
    /// [`Admission`](super::admission::Admission).
    pub op: String,
    /// Why.
    pub message: SafeText,
    /// When.
    pub at: Timestamp,
}

/// The failed row is about making a student's vault, or giving the student access to it.
pub const PROVISION: &str = "provision";
/// The failed row is about another change of access to a student's vault.
pub const ACCESS: &str = "access";

/// The list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    /// The gravest first.
    pub needs: Vec<Need>,
    /// What happened meanwhile.
    pub since: Since,
}
