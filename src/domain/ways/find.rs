//! By which ways everybody has access to a vault, and why they may: from the frame, from what 1Password
//! reports, from what our own log tells, and from what lists have shown since when.
//!
//! Must not know how the log is kept. What this identity is not shown is told as such, never left out as if it
//! were not there.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::{Given, Holder, Log, Path, Told, Via};
use crate::domain::access::{Cell, Principal, Why};
use crate::domain::calendar::to_minute;
use crate::domain::directory::Group;
use crate::domain::drift::{Presence, Present, Stray};
use crate::domain::events::Actor;
use crate::domain::frame::{Frame, Standing};
use crate::domain::id::{PersonId, VaultId};
use crate::domain::reported::{Moment, Reported, Span};
use crate::domain::roster::Student;
use crate::domain::tally::TOLERANCE;
use crate::domain::text::SafeText;

/// So long a job may be on its way: the log tells when it began.
const LASTS: SignedDuration = SignedDuration::from_hours(1);

/// Everybody of whom an access to a student's vault is known or has to be supposed, with every way to it.
pub fn holders(
    frame: &Frame,
    vault: &VaultId,
    log: &Log,
    seen: &Presence,
    reported: &Reported,
) -> Vec<Holder> {
    let Some(owner) = frame.owner(vault) else { return Vec::new() };
    let nothing = Told::default();
    let told = log.vaults.get(vault).unwrap_or(&nothing);
    let sources = Sources { frame, vault, owner, told, begun: log.begun, seen, reported };
    let groups = sources.groups();
    let mut who: BTreeSet<Principal> = frame.known(vault).map(|(who, _)| who.clone()).collect();
    who.extend(frame.staff().iter().map(|(who, ..)| who.clone()));
    who.extend(frame.sign_up(owner).1.map(|person| Principal::Person(person.id.clone())));
    let members = groups.iter().filter_map(|(group, _)| group.members.as_ref()).flatten();
    who.extend(members.map(|member| Principal::Person(member.clone())));
    let holder = |who: Principal| {
        let paths = sources.paths(&who, &groups);
        let name = frame.name(&who);
        (!paths.is_empty()).then_some(Holder { who, name, paths })
    };
    let mut holders: Vec<Holder> = who.into_iter().filter_map(holder).collect();
    holders.extend(sources.maker());
    holders
}

/// What is known of one vault.
struct Sources<'a> {
    frame: &'a Frame,
    vault: &'a VaultId,
    owner: &'a Student,
    told: &'a Told,
    /// When the log began, see [`Log::begun`].
    begun: Option<Timestamp>,
    seen: &'a Presence,
    reported: &'a Reported,
}

/// Since when an access is there and who gave it, as far as that is known.
#[derive(Default)]
struct Origin {
    since: Option<Timestamp>,
    by: Option<SafeText>,
    actor: Option<Actor>,
}

impl<'a> Sources<'a> {
    /// The groups that are on the vault.
    fn groups(&self) -> Vec<(&'a Group, Cell)> {
        let on_it = |group: &'a Group| {
            let cell = self.frame.cell(self.vault, &Principal::Group(group.id.clone()));
            cell.is_held().then_some((group, cell))
        };
        self.frame.groups.iter().filter_map(on_it).collect()
    }

    fn paths(&self, who: &Principal, groups: &[(&Group, Cell)]) -> Vec<Path> {
        let cell = self.frame.cell(self.vault, who);
        let mut paths = Vec::new();
        // Of whom a list has not been read yet it is supposed only where the class file asks for it.
        if cell.is_held() || cell == (Cell::Unknown { why: Why::NotRead }) {
            paths.push(self.own(who, cell));
        }
        let Principal::Person(id) = who else { return paths };
        for (group, cell) in groups {
            let member = group.members.as_ref().map(|members| members.contains(id));
            if member != Some(false) {
                paths.push(self.through(group, *cell, member, id));
            }
        }
        paths
    }

    /// What somebody was given themselves.
    fn own(&self, who: &Principal, cell: Cell) -> Path {
        let standing = self.frame.standing(self.owner, who);
        let via = if standing == Standing::Administration { Via::Administration } else { Via::Direct };
        let Origin { since, by, actor } = self.origin(who, cell);
        let mut because = self.because(who, &standing);
        if let Some(judged) = self.frame.stray(self.vault, who).filter(|judged| judged.kind == Stray::Wider) {
            because = format!("{because}; it is more than that");
            if judged.cell.set().is_none() {
                because.push_str(" as far as it is known");
            }
        }
        if let Principal::Group(id) = who
            && self.frame.groups.iter().all(|group| group.id != *id || group.members.is_none())
        {
            because.push_str("; who is in it is not shown to this identity");
        }
        let (named, ours) = (self.named([self.reported.access(self.vault, who), None]), self.ours(who));
        Path { via, cell, since, by, actor, named, ours, because: SafeText::new(&because) }
    }

    fn through(&self, group: &Group, cell: Cell, member: Option<bool>, id: &PersonId) -> Path {
        let of = Principal::Group(group.id.clone());
        let origin = self.origin(&of, cell);
        let member_of = self.reported.member(&group.id, id);
        let Origin { since, by, actor } = match member_of {
            Some(span) => self.joined(origin, span),
            None => origin,
        };
        let mut because = self.because(&of, &self.frame.standing(self.owner, &of));
        if member.is_none() {
            because.push_str("; whether they are in it is not shown to this identity");
        }
        let student = self.frame.person(id).and_then(|p| self.frame.student_by_email(p.email.raw()));
        if member == Some(true) && student.is_some_and(|student| student.key != self.owner.key) {
            because.push_str("; a student of the class gets to somebody else's vault by it");
        }
        let because = SafeText::new(&because);
        let (named, ours) = (self.named([self.reported.access(self.vault, &of), member_of]), self.ours(&of));
        let via = Via::Group { group: of, name: group.name.clone(), member };
        Path { via, cell, since, by, actor, named, ours, because }
    }

    /// The service account that made the vault: it stands in no list.
    fn maker(&self) -> Option<Holder> {
        let identity = &self.frame.identity;
        if !identity.is_service_account || self.frame.is_foreign(self.vault) {
            return None;
        }
        let (made, reported) = (self.told.made.as_ref(), self.reported.made(self.vault));
        let by = made.map(|made| ours("made the vault", made));
        let path = Path {
            via: Via::Maker,
            cell: Cell::Unknown { why: Why::LevelNotShown },
            since: reported.map(|made| made.at).or_else(|| made.map(|made| made.at)),
            by: by.or_else(|| reported.map(|made| SafeText::new(&self.did("made the vault", &made.actor)))),
            actor: reported.map(|made| self.called(&made.actor)),
            named: reported.map(|made| self.called(&made.actor)).into_iter().collect(),
            ours: made.map(|made| made.by.clone()),
            because: "the service account that makes the class's vaults; it stands in no list".into(),
        };
        let who = Principal::Person(identity.id.clone());
        Some(Holder { who, name: identity.name.clone(), paths: vec![path] })
    }

    /// Since when, and who gave it: what 1Password reports, else what is known here.
    fn origin(&self, who: &Principal, cell: Cell) -> Origin {
        if cell == (Cell::Unknown { why: Why::NotRead }) {
            return Origin::default();
        }
        let (since, by) = self.known(who, cell);
        let Some(span) = self.reported.access(self.vault, who) else {
            return Origin { since, by, actor: None };
        };
        let given = self.told.given.get(who).filter(|given| !given.set.is_empty());
        if let Some(Moment { at, actor }) = &span.begun {
            // Our log knows the user and the job behind what 1Password tells of the service account.
            let (by, changed) = match given.filter(|_| self.acts(actor)) {
                Some(given) => (ours("given", given).to_string(), None),
                None => (self.did("given", actor), span.changed.as_ref()),
            };
            let changed = changed.map_or_else(String::new, |changed| self.at("; changed", changed));
            let by = Some(SafeText::new(&format!("{by}{changed}")));
            return Origin { since: Some(*at), by, actor: Some(self.called(actor)) };
        }
        let (what, moment) = match (&span.changed, &span.ended) {
            // What our log tells of is told by it.
            (Some(changed), _) if self.is_known(changed, given) => {
                return Origin { since, by, actor: Some(self.called(&changed.actor)) };
            }
            (Some(changed), _) => ("changed", changed),
            // The list that shows them may be older, or the record of a new access still to come.
            (None, Some(ended)) => ("reported as taken away", ended),
            (None, None) => return Origin { since, by, actor: None },
        };
        let by = by.map_or_else(String::new, |by| format!("{by}; "));
        let by = format!("{by}{}", self.at(what, moment));
        Origin { since, by: Some(SafeText::new(&by)), actor: Some(self.called(&moment.actor)) }
    }

    /// The same through a group: from when on both were so, that it was given and that they were in it.
    fn joined(&self, origin: Origin, span: &Span) -> Origin {
        let Origin { since, by, actor } = origin;
        let by = by.map_or_else(String::new, |by| format!("the group: {by}; "));
        if let Some(left) = &span.ended {
            let by = format!("{by}{}", self.at("reported as out of the group", left));
            return Origin { since, by: Some(SafeText::new(&by)), actor };
        }
        let Some(joined) = &span.begun else { return Origin { since, by: Some(SafeText::new(&by)), actor } };
        let by = Some(SafeText::new(&format!("{by}{}", self.at("in the group since", joined))));
        // Who let them in is who opened the way where that came last.
        let later = since.is_some_and(|since| since < joined.at);
        Origin {
            since: since.map(|since| since.max(joined.at)),
            by,
            actor: if later || actor.is_none() { Some(self.called(&joined.actor)) } else { actor },
        }
    }

    /// Whether it is what our log tells of: of a job that was on its way then.
    fn is_known(&self, moment: &Moment, given: Option<&Given>) -> bool {
        let within = |given: &Given| {
            let after = moment.at.duration_since(given.at);
            after >= -TOLERANCE && after <= LASTS
        };
        self.acts(&moment.actor) && given.is_some_and(within)
    }

    fn acts(&self, actor: &Actor) -> bool {
        actor.id.as_ref() == Some(&self.frame.identity.id)
    }

    /// Whom a record names, called as the record calls them, else as they are known here.
    fn called(&self, actor: &Actor) -> Actor {
        let known = actor.id.as_ref().filter(|_| actor.name.is_empty()).and_then(|id| self.frame.person(id));
        let name = known.map_or_else(|| actor.name.clone(), |person| person.name.clone());
        Actor { name, ..actor.clone() }
    }

    /// Everybody whom these records name.
    fn named(&self, spans: [Option<&Span>; 2]) -> Vec<Actor> {
        let moments = spans.into_iter().flatten().flat_map(Span::moments);
        moments.map(|moment| self.called(&moment.actor)).collect()
    }

    /// Who gave or took it last by our log.
    fn ours(&self, who: &Principal) -> Option<SafeText> {
        self.told.given.get(who).map(|given| given.by.clone())
    }

    /// What somebody did, as 1Password reports it.
    fn did(&self, what: &str, actor: &Actor) -> String {
        if self.acts(actor) {
            return format!("{what} with the token in use here, by no record of this log");
        }
        // The id decides and stands beside the name.
        match (self.called(actor).in_words(), &actor.id) {
            (Some(name), Some(id)) if name.as_str() != id.as_str() => {
                format!("{what} by {name} ({id}), as 1Password reports")
            }
            (Some(name), _) => format!("{what} by {name}, as 1Password reports"),
            (None, _) => format!("{what} by somebody whom 1Password does not name"),
        }
    }

    /// The same with when it was.
    fn at(&self, what: &str, Moment { at, actor }: &Moment) -> String {
        self.did(&format!("{what} {}", self.time(*at)), actor)
    }

    /// The same as far as it is known here: a job of ours where nothing tells that it was taken away since.
    fn known(&self, who: &Principal, cell: Cell) -> (Option<Timestamp>, Option<SafeText>) {
        let present = self.seen.get(&(self.vault.clone(), who.clone()));
        let Some(given) = self.told.given.get(who) else {
            if let Cell::Ledger { at, .. } = cell {
                let is_older = self.begun.is_some_and(|begun| at < begun);
                let why = if is_older { "from before the log began" } else { "the log has no record of it" };
                let text = format!("as we granted it {}: {why}", self.time(at));
                return (Some(at), Some(SafeText::new(&text)));
            }
            return (present.map(|s| s.since), present.map(|s| self.not_ours(s, "")));
        };
        let missed = present.and_then(|s| s.absent).is_some_and(|absent| absent > given.at);
        match present {
            Some(present) if given.set.is_empty() => {
                let taken = format!("; {}", ours("taken away", given));
                (Some(present.since), Some(self.not_ours(present, &taken)))
            }
            Some(present) if missed => (Some(present.since), Some(self.not_ours(present, ""))),
            _ => (Some(given.at), Some(ours("given", given))),
        }
    }

    fn not_ours(&self, present: &Present, more: &str) -> SafeText {
        let before =
            present.absent.map_or_else(String::new, |at| format!(", not there at {}", self.time(at)));
        SafeText::new(&format!("not by us: first seen {}{before}{more}", self.time(present.since)))
    }

    fn time(&self, at: Timestamp) -> String {
        to_minute(at, &self.frame.class.time_zone)
    }

    /// Why they may, or that nothing allows it.
    fn because(&self, who: &Principal, standing: &Standing) -> String {
        let ended = || self.frame.ended_exception(self.owner, who);
        match standing {
            Standing::Owner => format!("the vault's student: {}", self.frame.class.student),
            Standing::Staff(level) => format!("staff of the class file: {level}"),
            Standing::Exception(level) => match self.frame.live_exception(self.owner, who) {
                Some(exception) => format!(
                    "exception of the class file until {}: at most {level}, {}",
                    exception.until, exception.reason
                ),
                None => format!("exception of the class file: at most {level}"),
            },
            Standing::ServiceAccount => "whoever acts here".to_owned(),
            Standing::Administration => "the account's owners or administrators".to_owned(),
            Standing::OtherStudent(other) => match ended() {
                Some(exception) => {
                    format!("the exception has ended on {}: nothing allows it", exception.until)
                }
                None => format!("nothing allows it: {other} is a student with another vault"),
            },
            Standing::Stranger => match (ended(), self.frame.stray(self.vault, who)) {
                (Some(exception), _) => {
                    format!("the exception has ended on {}: nothing allows it", exception.until)
                }
                (None, Some(judged)) if judged.kind == Stray::Gone => {
                    "nothing allows it: the student has left the class list".to_owned()
                }
                _ => "nothing in the class file allows it".to_owned(),
            },
        }
    }
}

fn ours(what: &str, given: &Given) -> SafeText {
    let job = given.job.as_ref().map_or_else(String::new, |job| format!(" in job {job}"));
    SafeText::new(&format!("{what} by {}{job}", given.by))
}

#[cfg(test)]
#[path = "find_tests.rs"]
mod tests;
