//! `audit-events/1`: our log beside the audit events that 1Password reports.

use jiff::Timestamp;
use serde::Serialize;

use super::access::kind_of;
use super::{Look, Page, Table, cell};
use crate::domain::access::Principal;
use crate::domain::class::StudentKey;
use crate::domain::events::Actor;
use crate::domain::id::{GroupId, VaultId};
use crate::domain::job::JobId;
use crate::domain::tally::{Act, Elsewhere, LAG, Made, TOLERANCE};
use crate::domain::text::{SafeText, counted};
use crate::ops::reported::Findings;

/// What the comparison has found.
#[derive(Serialize)]
pub struct Compared {
    class: String,
    /// Whether every record of the log follows from the one before.
    log_good: bool,
    /// From when on audit events were read.
    since: Timestamp,
    /// When they were read last.
    read_at: Timestamp,
    /// Up to when every event should have come; nothing later is called missing.
    settled: Timestamp,
    /// How many events are about the vaults and groups of the class.
    events: usize,
    /// How many of those this version cannot read.
    events_unread: usize,
    /// How many were made with our token before the log begins.
    events_before_log: usize,
    /// How many changes of the log are reported.
    confirmed: usize,
    /// How many changes of the log lie before the events.
    too_early: usize,
    /// How many are too new for their event to be missed.
    too_late: usize,
    /// What was changed elsewhere, by time.
    elsewhere: Vec<Other>,
    /// What stands in the log as done and is not reported.
    not_confirmed: Vec<Ours>,
    /// What this cannot tell.
    not_told: Vec<SafeText>,
}

#[derive(Serialize)]
struct Other {
    /// The event's id.
    uuid: SafeText,
    at: Timestamp,
    /// `elsewhere`, or `token`: made with our token, but not by this Strongroom.
    made: &'static str,
    actor: Actor,
    /// Both as they were reported.
    object: SafeText,
    action: SafeText,
    vault: Option<VaultId>,
    student: Option<StudentKey>,
    group: Option<GroupId>,
    /// Whose access it is, or who came or left.
    who: Option<String>,
    kind: Option<&'static str>,
    name: Option<SafeText>,
    what: SafeText,
    #[serde(skip)]
    by: SafeText,
}

#[derive(Serialize)]
struct Ours {
    /// The number of the intent in the log.
    seq: u64,
    at: Option<Timestamp>,
    op: &'static str,
    job: Option<JobId>,
    vault: Option<VaultId>,
    student: Option<StudentKey>,
    who: Option<String>,
    kind: Option<&'static str>,
    name: Option<SafeText>,
    /// Whether it was known what was so before; where not, it may have been so already.
    before_known: bool,
    what: SafeText,
}

impl Compared {
    /// The findings of a class.
    pub fn new(class: &str, found: &Findings, log_good: bool) -> Self {
        let tally = &found.tally;
        let made = tally.unconfirmed.iter().filter_map(|at| found.made.get(*at));
        Self {
            class: class.to_owned(),
            log_good,
            since: found.since,
            read_at: found.read_at,
            settled: found.settled,
            events: tally.records,
            events_unread: tally.unread,
            events_before_log: tally.before_log,
            confirmed: tally.confirmed,
            too_early: tally.early,
            too_late: tally.late,
            elsewhere: tally.elsewhere.iter().map(|one| Other::new(one, found)).collect(),
            not_confirmed: made.map(|made| Ours::new(made, found)).collect(),
            not_told: not_told(),
        }
    }
}

/// What no comparison tells, as far as it is known.
fn not_told() -> Vec<SafeText> {
    let minutes = |span: jiff::SignedDuration| span.as_mins();
    vec![
        "what happened before the events begin or after they were read last; 1Password keeps them for 120 days"
            .into(),
        "which user or machine used a token: 1Password reports our own changes under the id of whoever the token \
         belongs to"
            .into(),
        cell(format_args!(
            "whether an event comes later than {} minutes: 1Password names no figure; times are compared to {} \
             minutes",
            minutes(LAG),
            minutes(TOLERANCE)
        )),
        "the level of an access: events tell that it was given, changed or taken away".into(),
    ]
}

impl Other {
    fn new(one: &Elsewhere, found: &Findings) -> Self {
        let who = one.deed.who();
        Self {
            uuid: one.record.uuid.clone(),
            at: one.record.at,
            made: if one.token { "token" } else { "elsewhere" },
            actor: one.record.actor.clone(),
            object: one.record.object.clone(),
            action: one.record.action.clone(),
            vault: one.deed.vault().cloned(),
            student: found.student(one).cloned(),
            group: one.deed.group().cloned(),
            who: who.as_ref().map(|who| who.id().to_owned()),
            kind: who.as_ref().map(kind_of),
            name: who.as_ref().map(|who| found.named(who, one)),
            what: found.in_words(one),
            by: found.by(one),
        }
    }
}

impl Ours {
    fn new(made: &Made, found: &Findings) -> Self {
        let person = |act: &Act| match act {
            Act::Person(_, Some(id)) => Some(Principal::Person(id.clone())),
            act => act.who().cloned(),
        };
        let who = person(&made.act);
        let name = who.as_ref().map(|who| found.name(who));
        let shown = name.clone().unwrap_or_default();
        let (op, what) = match &made.act {
            Act::Granted(..) => ("grant", format!("gave {shown} access")),
            Act::Revoked(..) => ("revoke", format!("took the access of {shown} away")),
            Act::Created(_) => ("create-vault", "made the vault".into()),
            Act::Deleted(_) => ("delete-vault", "deleted the vault".into()),
            Act::Person(act, _) => (act.name(), format!("{} {shown}", act.name())),
        };
        let may = if made.knew() { "" } else { "; it may have been so already" };
        Self {
            seq: made.seq,
            at: made.ended,
            op,
            job: made.job.clone(),
            vault: made.act.vault().cloned(),
            student: made.student.clone(),
            who: who.as_ref().map(|who| who.id().to_owned()),
            kind: who.as_ref().map(kind_of),
            name,
            before_known: made.knew(),
            what: SafeText::new(&format!("{}{may}", what.trim_end())),
        }
    }
}

impl Page for Compared {
    fn schema(&self) -> &'static str {
        "audit-events/1"
    }

    fn table(&self, look: &Look) -> Table {
        let mut table = Table::new(["finding", "time", "student", "vault", "what", "by", "record"]);
        for one in &self.elsewhere {
            let finding = match one.made {
                "token" => "our token, not this Strongroom",
                _ => "made elsewhere",
            };
            let actor = one.actor.id.as_ref().map_or_else(String::new, ToString::to_string);
            let by = if one.by.as_str() == actor || actor.is_empty() {
                one.by.clone()
            } else {
                cell(format_args!("{} ({actor})", one.by))
            };
            table.push([
                finding.into(),
                look.time(Some(one.at)),
                one.student.as_ref().map(cell).unwrap_or_default(),
                one.vault.as_ref().map(cell).unwrap_or_default(),
                one.what.clone(),
                by,
                one.uuid.clone(),
            ]);
        }
        for one in &self.not_confirmed {
            let job = one.job.as_ref().map_or_else(String::new, |job| format!("job {job}"));
            table.push([
                "not confirmed".into(),
                look.time(one.at),
                one.student.as_ref().map(cell).unwrap_or_default(),
                one.vault.as_ref().map(cell).unwrap_or_default(),
                one.what.clone(),
                SafeText::new(&job),
                cell(format_args!("{} in the log", one.seq)),
            ]);
        }
        table
    }

    fn nothing(&self) -> Option<SafeText> {
        let none = self.elsewhere.is_empty() && self.not_confirmed.is_empty();
        none.then(|| "the log and what 1Password reports say the same, as far as was read".into())
    }

    fn notes(&self, look: &Look) -> Vec<SafeText> {
        let time = |at| look.time(Some(at));
        let events = counted(self.events, "event");
        let mut notes = vec![cell(format_args!(
            "compared: {events} about the class's vaults and groups, of {} to {}, with {} of the log that are \
             reported",
            time(self.since),
            time(self.read_at),
            counted(self.confirmed, "change")
        ))];
        let mut some = |count: usize, what: &str| {
            if count > 0 {
                notes.push(cell(format_args!("not compared: {} {what}", counted(count, "change"))));
            }
        };
        some(self.too_early, "of the log, from before the events begin");
        some(self.too_late, "of the log whose events may be still to come");
        some(self.events_before_log, "made with our token before the log begins");
        if self.events_unread > 0 {
            let events = counted(self.events_unread, "event");
            notes
                .push(cell(format_args!("not compared: {events} of a kind that this version does not know")));
        }
        if !self.log_good {
            notes.push("the log is damaged: nothing behind that place was compared".into());
        }
        notes.extend(self.not_told.iter().map(|what| cell(format_args!("not told: {what}"))));
        notes
    }
}
