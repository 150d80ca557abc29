//! `strongroom missing`, `assign` and `extend`: what students hand in, from the journal and what was
//! decided. The service is not needed once the account is known.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Context, DONE, Done, from_store, handout, names};
use crate::cli::{self, Assignments, Relief};
use crate::domain::arrival::ArrivalKind;
use crate::domain::assignment::{self as nouns, AssignmentId};
use crate::domain::class::StudentKey;
use crate::domain::decision::Decision;
use crate::domain::directory::ItemRef;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::submission::Sighting;
use crate::domain::text::SafeText;
use crate::domain::until::Until;
use crate::queries::submissions::no_such;
use crate::report::submissions::{Missing, Which};
use crate::setup::Opened;
use crate::store::Store;

pub(super) async fn run(context: &mut Context, command: &Assignments) -> Done {
    let opened = context.open_stored().await?;
    let decision = match command {
        Assignments::Missing(wanted) => return missing(context, &opened, wanted).await,
        Assignments::Handout { students, template, out } => {
            return handout::run(context, &opened, students, template.as_deref(), out.as_deref()).await;
        }
        Assignments::Assign { item, assignment, student, .. } => {
            assign(&opened, item, assignment.as_deref(), student.as_deref()).await?
        }
        Assignments::Extend { student, assignment, relief, reason } => {
            extend(&opened, student, assignment, relief, reason.as_deref()).await?
        }
    };
    let over = is_over(&opened, &decision);
    let words = opened.ops.decide(decision).await?;
    context.report.say(words);
    if over {
        context.report.say("that time is over already: who has handed in nothing stays missing");
    }
    Ok(DONE)
}

async fn missing(context: &mut Context, opened: &Opened, wanted: &cli::Missing) -> Done {
    let (class, now) = (&opened.config.class, opened.queries.clock.now());
    let which = match wanted {
        cli::Missing { late: true, .. } => Which::Late,
        cli::Missing { unmatched: true, .. } => Which::Unmatched,
        cli::Missing { all: true, .. } => Which::All,
        _ => Which::Open,
    };
    let one = wanted.assignment.as_deref().map(|word| known(opened, word)).transpose()?;
    let is_due = |id: &AssignmentId, due: Timestamp| match &one {
        Some(one) => id == one,
        None => due < now || which == Which::All,
    };
    let mut all = opened.queries.submissions_of_all().await?;
    let unmatched = all.first_mut().map(|one| std::mem::take(&mut one.unmatched)).unwrap_or_default();
    all.retain(|one| is_due(&one.assignment.id, one.assignment.due));
    let students = from_store(&opened.queries, Store::students).await?.into_iter();
    let called: HashMap<StudentKey, SafeText> =
        students.map(|row| (row.student.key, row.student.name)).collect();
    let name = |key: &StudentKey| called.get(key).cloned().unwrap_or_default();
    context.report.page(&Missing::new(&class.id, all, which, unmatched, name))?;
    if class.assignments.is_empty() {
        context.report.say("the class file has no [[assignment]]; see `strongroom config check`");
    }
    Ok(DONE)
}

/// The assignment of that id.
fn known(opened: &Opened, word: &str) -> Result<AssignmentId> {
    let class = &opened.config.class;
    let id = AssignmentId::parse(word).filter(|id| class.assignment(id).is_some());
    id.ok_or_else(|| no_such(class, word))
}

async fn assign(
    opened: &Opened,
    item: &str,
    assignment: Option<&str>,
    whose: Option<&str>,
) -> Result<Decision> {
    let whose = match whose {
        Some(word) => Some(names::student_here(opened, word).await?),
        None => None,
    };
    let (student, item) = named(opened, item, whose.as_ref()).await?;
    match assignment {
        None => Ok(Decision::Unassign { item, student }),
        Some(nouns::NONE) => Ok(Decision::Assign { item, student, assignment: None }),
        Some(word) => Ok(Decision::Assign { item, student, assignment: Some(known(opened, word)?) }),
    }
}

/// The item of an arrival's number, of an id, or of a student's exact title.
async fn named(opened: &Opened, word: &str, whose: Option<&StudentKey>) -> Result<(StudentKey, ItemRef)> {
    let mut seen = from_store(&opened.queries, |store| {
        let first = store.baseline()?.into_iter().map(|one| (one.student, one.sighting));
        Ok(first.chain(store.all_sightings()?.iter().cloned()).collect::<Vec<_>>())
    })
    .await?;
    seen.retain(|(student, _)| whose.is_none_or(|whose| whose == student));
    let none = |hint: &str| Err(Fault::new(Kind::Input, format!("no item is named \"{word}\"")).hint(hint));
    let at = |(student, sighting): &(StudentKey, Sighting)| (student.clone(), sighting.at.clone());
    if let Ok(seq) = word.parse::<u64>() {
        let found = seen.iter().find(|(_, sighting)| sighting.seq == Some(seq)).map(at);
        return found.map_or_else(|| none("see `strongroom missing --unmatched` for the numbers"), Ok);
    }
    if let Some(found) = seen.iter().find(|(_, sighting)| sighting.at.item.as_str() == word).map(at) {
        return Ok(found);
    }
    if whose.is_none() {
        return none("name it by an arrival's number or an item's id; by its title with --student");
    }
    // The newest title of each item that is there.
    let mut titles: HashMap<ItemRef, (&StudentKey, &Sighting)> = HashMap::new();
    for (student, sighting) in &seen {
        titles.insert(sighting.at.clone(), (student, sighting));
    }
    let title = SafeText::new(word);
    let mut fits = titles
        .into_iter()
        .filter(|(_, (_, sighting))| sighting.title == title && sighting.kind != ArrivalKind::Removed);
    match (fits.next(), fits.next()) {
        (Some((at, (student, _))), None) => Ok((student.clone(), at)),
        (Some(_), Some(_)) => Err(Fault::new(Kind::Input, format!("several items are named \"{word}\""))
            .hint("name the one by its id; see `strongroom items`")),
        (None, _) => none("name it by id or exact title; see `strongroom items`"),
    }
}

async fn extend(
    opened: &Opened,
    whom: &str,
    assignment: &str,
    relief: &Relief,
    reason: Option<&str>,
) -> Result<Decision> {
    let student = names::student_here(opened, whom).await?;
    if relief.restore {
        // It may be gone from the class file.
        let assignment =
            AssignmentId::parse(assignment).ok_or_else(|| no_such(&opened.config.class, assignment))?;
        return Ok(Decision::Restore { student, assignment });
    }
    let assignment = known(opened, assignment)?;
    let relief = match relief.until {
        Some(until) => nouns::Relief::Until(time(opened, &assignment, until)?),
        None => nouns::Relief::Excused,
    };
    let reason = SafeText::new(reason.unwrap_or_default().trim());
    Ok(Decision::Extend { student, assignment, relief, reason })
}

/// Whether more time is given that has passed.
fn is_over(opened: &Opened, decision: &Decision) -> bool {
    let Decision::Extend { relief: nouns::Relief::Until(until), .. } = decision else { return false };
    let until = until.to_zoned(opened.config.class.time_zone.clone());
    until.is_ok_and(|until| until.timestamp() <= opened.queries.clock.now())
}

/// A time by the class's clocks; a span counts from when it is due for everybody.
fn time(opened: &Opened, assignment: &AssignmentId, until: Until) -> Result<jiff::civil::DateTime> {
    let class = &opened.config.class;
    let due = class.assignment(assignment).map(|one| one.due_at(&class.time_zone));
    let time = due.and_then(|due| until.after(due, &class.time_zone));
    time.ok_or_else(|| Fault::new(Kind::Input, "that is too far away"))
}
