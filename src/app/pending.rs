//! What was asked for and has not been answered, and what is remembered about asking. Nothing of it is drawn.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::remote::{Kept, Remote, Ticket};
use crate::domain::assignment::AssignmentId;
use crate::domain::class::StudentKey;
use crate::domain::id::{ItemId, VaultId};

/// What is waited for, and what is remembered of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    /// The lists of items that were asked for last.
    pub(super) items: Remote<()>,
    /// The vaults whose items are being read.
    pub(super) reading: Vec<VaultId>,
    /// Vaults whose items are known to be other than those that were read.
    pub(super) outdated: BTreeSet<VaultId>,
    /// Who has access to what is on the screen.
    pub(super) access: Remote<()>,
    /// The newest arrivals.
    pub(super) arrivals: Kept<()>,
    /// What is being done, beside plans and downloads.
    pub(super) deeds: HashMap<Ticket, Deed>,
    /// The assignment that was chosen by hand.
    pub(super) chosen: Option<AssignmentId>,
    /// The item to be selected when the list comes that holds it.
    pub(super) wanted_item: Option<ItemId>,
    /// What decides with which pane the dashboard opens.
    pub(super) opening: Opening,
    /// Students whose access was asked for in this round.
    pub(super) asked: BTreeSet<StudentKey>,
    /// Whether the service was asked for people since the dashboard was opened.
    pub(super) people_asked: bool,
    /// The vaults that were on the screen at the last draw.
    pub(super) on_screen: Vec<VaultId>,
    /// Whether the service has said since the dashboard was opened who acts.
    pub(super) met: bool,
    /// Whether rows have become old while they were being read.
    pub(super) stale: bool,
    /// When a beat of the live view last went well.
    pub(super) last_beat: Option<Timestamp>,
    /// When somebody last looked at the terminal again.
    pub(super) focused: Option<Timestamp>,
}

/// Something small that is being done and ends with one line about it: what its end changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// Decisions are kept, or a class list is taken over.
    Decide,
    /// A job of some program is asked to wait, to go on or to end.
    Want,
    /// Arrivals are offered again.
    HandOff,
    /// A view is written to this file.
    Export(String),
}

/// What decides with which pane the dashboard opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Opening {
    /// Whether something needs the instructor.
    #[default]
    ByNeed,
    /// It has, or a key was quicker.
    ByHand,
}
