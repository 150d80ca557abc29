//! The plans of the end of a term: what lets students change their vaults is taken, then their access,
//! then the vaults themselves.

use super::{Outcome, Plan, Row, Step, named};
use crate::domain::access::{Cell, Level, Principal};
use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Kind};
use crate::domain::frame::{Frame, Standing};
use crate::domain::guard::Guard;
use crate::domain::id::VaultId;
use crate::domain::operation::Operation;
use crate::domain::roster::Student;
use crate::domain::term::{Closing, Forgone, Stage, Verified};
use crate::domain::text::{SafeText, counted};

pub(super) fn plan(frame: &Frame, stage: Stage, keys: &[StudentKey]) -> Result<Plan, Fault> {
    if !stage.is_plan() {
        return Err(Fault::new(Kind::Broken, format!("{} changes no vault", stage.name())));
    }
    let wanted: Vec<&Student> = if keys.is_empty() {
        frame.students.iter().filter(|student| frame.bindings.contains_key(&student.key)).collect()
    } else {
        named(frame, keys)?
    };
    // Only who is named alone may be deleted with what is kept nowhere.
    let alone = keys.len() == 1;
    let steps = |student: &Student, vault: &VaultId| match stage {
        Stage::Freeze => freeze(frame, student, vault),
        Stage::Revoke => revoke(frame, student, vault),
        _ => delete(frame, student, vault, alone),
    };
    let rows: Vec<Row> = wanted
        .into_iter()
        .filter_map(|student| Some((student, frame.bindings.get(&student.key)?)))
        .map(|(student, vault)| {
            let (steps, outcome) = match steps(student, vault) {
                Ok(steps) if steps.is_empty() => (steps, Outcome::Unchanged),
                Ok(steps) => (steps, Outcome::Planned),
                Err(fault) => (Vec::new(), Outcome::refused(&fault)),
            };
            Row::of(student, Some(vault.clone()), steps, outcome)
        })
        .collect();
    let taken = if stage == Stage::Freeze { Vec::new() } else { keys_of(&rows) };
    let forgone = match rows.as_slice() {
        [row] if alone && stage == Stage::Delete && row.outcome == Outcome::Planned => forgone(frame, row),
        _ => Forgone::Nothing,
    };
    let guard = guard(frame, stage, &rows, forgone);
    let (unverified, stage) = (frame.unverified(), Some(stage));
    Ok(Plan { rows, unverified, taken, guard, stage, forgone, ..Plan::default() })
}

fn keys_of(rows: &[Row]) -> Vec<StudentKey> {
    let planned = rows.iter().filter(|row| !matches!(row.outcome, Outcome::Refused(_)));
    planned.map(|row| row.student.clone()).collect()
}

/// Whoever may write to a vault and is not staff may read it afterwards, where reading was part of it;
/// who could not read before, as at `submit`, has nothing afterwards: nobody is given what was not held.
fn freeze(frame: &Frame, student: &Student, vault: &VaultId) -> Result<Vec<Step>, Fault> {
    let read = frame.expressible(Level::Read)?;
    let kind = frame.identity.kind;
    let mut steps = Vec::new();
    for (who, cell) in outsiders(frame, student, vault)? {
        let held = cell.set().map(|set| set.plain(kind));
        if held.is_some_and(|held| read.contains(held)) {
            continue;
        }
        // Where it cannot be seen it is what the class file asks for.
        let reads =
            |asked: Level| held.or_else(|| asked.permissions(kind)).is_some_and(|set| set.contains(read));
        // Who does not belong there is given nothing, not even less.
        let keeps = match frame.standing(student, &who) {
            Standing::Owner => reads(frame.class.student),
            Standing::Exception(level) => reads(level),
            _ => false,
        };
        let step = frame.step(vault, &who, if keeps { Level::Read } else { Level::None });
        step.access(vault).filter(|_| keeps).map_or(Ok(()), |grant| frame.permits(&grant))?;
        steps.push(step);
    }
    Ok(steps)
}

/// Everybody but staff loses what they have.
fn revoke(frame: &Frame, student: &Student, vault: &VaultId) -> Result<Vec<Step>, Fault> {
    let mut steps = Vec::new();
    for (who, _) in outsiders(frame, student, vault)? {
        let step = frame.step(vault, &who, Level::None);
        step.access(vault).map_or(Ok(()), |revoke| frame.permits(&revoke))?;
        steps.push(step);
    }
    Ok(steps)
}

/// The vault goes, once nothing of it would be lost; one that is named `alone` may be deleted without
/// copies, by whoever types its name.
fn delete(frame: &Frame, student: &Student, vault: &VaultId, alone: bool) -> Result<Vec<Step>, Fault> {
    let key = &student.key;
    frame.permits(&Operation::DeleteVault { student: key.clone(), vault: vault.clone() })?;
    let nothing = Closing::default();
    let closing = frame.closing.get(key).unwrap_or(&nothing);
    let verified = verified(closing, vault);
    if !alone {
        if let Some(first) = closing.lacks(Stage::Delete) {
            return Err(Fault::refused(format!("{} was not done for {key}", first.name()))
                .hint(format!("strongroom close-term --step {}", first.name())));
        }
        let Some(verified) = verified else {
            let hint = format!("strongroom close-term --step {}", Stage::Verify.name());
            return Err(Fault::refused(format!("the vault of {key} was not verified")).hint(hint));
        };
        if let Some(unkept) = verified.unkept_in_words() {
            let by_hand =
                "copy it by hand, then delete this vault alone: strongroom close-term --step delete";
            return Err(Fault::refused(format!("not everything in the vault of {key} is kept: {unkept}"))
                .hint(format!("{by_hand} {key}")));
        }
    }
    let items = verified.map(items);
    let mut steps = revoke(frame, student, vault)?;
    steps.push(Step::DeleteVault { name: frame.class.vault_name(key).as_str().into(), items });
    Ok(steps)
}

fn verified<'a>(closing: &'a Closing, vault: &VaultId) -> Option<&'a Verified> {
    closing.verified().filter(|verified| verified.vault.as_ref() == Some(vault))
}

/// How many items were found when a vault was verified.
fn items(verified: &Verified) -> u64 {
    let kept = |item| verified.items.iter().any(|(kept, _)| kept == item);
    let others = verified.unkept.iter().filter(|one| !kept(&one.item)).count();
    (verified.items.len() + others) as u64
}

/// What whoever has this vault deleted has to agree to lose with it.
fn forgone(frame: &Frame, row: &Row) -> Forgone {
    let closing = frame.closing.get(&row.student);
    let verified = closing.zip(row.vault.as_ref()).and_then(|(closing, vault)| verified(closing, vault));
    match verified {
        None => Forgone::Everything,
        Some(verified) if verified.unkept.is_empty() => Forgone::Nothing,
        Some(_) => Forgone::Unkept,
    }
}

/// Who holds something on a vault and is neither staff, nor an administrator, nor the service account;
/// with what is known of it.
fn outsiders(frame: &Frame, student: &Student, vault: &VaultId) -> Result<Vec<(Principal, Cell)>, Fault> {
    if !frame.listed.contains_key(vault) {
        return Err(Fault::refused(format!("who is on the vault of {} is not known", student.key))
            .hint(format!("strongroom access {}", student.key)));
    }
    let belongs = |who: &Principal| {
        matches!(
            frame.standing(student, who),
            Standing::Staff(_) | Standing::ServiceAccount | Standing::Administration
        )
    };
    let held = frame.known(vault).filter(|(who, cell)| cell.is_held() && !belongs(who));
    let mut found: Vec<_> = held.map(|(who, cell)| (who.clone(), cell)).collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(found)
}

/// What is weighty: access is taken from a class, or vaults are deleted for good.
fn guard(frame: &Frame, stage: Stage, rows: &[Row], forgone: Forgone) -> Option<Guard> {
    let closing = |row: &Row| frame.closing.get(&row.student);
    let comes = |row: &&Row| match row.outcome {
        Outcome::Planned => true,
        // Whoever has no access already is noted as closed with the others.
        Outcome::Unchanged => stage == Stage::Revoke && !closing(row).is_some_and(|one| one.is_done(stage)),
        _ => false,
    };
    let come: Vec<&Row> = rows.iter().filter(comes).collect();
    match (stage, come.as_slice()) {
        (_, []) => None,
        (Stage::Revoke, rows) => {
            let unverified =
                rows.iter().filter(|row| !closing(row).is_some_and(|c| c.is_done(Stage::Verify)));
            let because = format!("nobody but staff has access to {} then", counted(rows.len(), "vault"));
            let mut guard = Guard {
                because: vec![SafeText::new(&because)],
                word: SafeText::from(frame.class.id.as_str()),
            };
            let count = unverified.count();
            if count > 0 {
                guard.because.push(SafeText::new(&format!("of {count} of them nothing was verified yet")));
                guard.word = SafeText::new(&format!("{}-unverified", frame.class.id));
            }
            Some(guard)
        }
        (Stage::Delete, [row]) => {
            let name = frame.class.vault_name(&row.student);
            let mut because =
                vec![SafeText::new(&format!("{name} is deleted with everything in it, for good"))];
            because.extend(loss(closing(row), forgone));
            Some(Guard { because, word: SafeText::from(name.as_str()) })
        }
        (Stage::Delete, rows) => {
            let because = format!("{} vaults are deleted with everything in them, for good", rows.len());
            Some(Guard {
                because: vec![SafeText::new(&because)],
                word: SafeText::new(&rows.len().to_string()),
            })
        }
        _ => None,
    }
}

/// What is lost with a vault that is deleted alone, as far as that is known.
fn loss(closing: Option<&Closing>, forgone: Forgone) -> Option<SafeText> {
    let text = match forgone {
        Forgone::Everything => "nothing was verified: what is in it is lost".to_owned(),
        Forgone::Unkept => {
            let unkept = closing?.verified()?.unkept_in_words()?;
            format!("not everything in it is kept: {unkept}; what is kept nowhere is lost")
        }
        Forgone::Nothing => format!("{} was not done", closing?.lacks(Stage::Delete)?.name()),
    };
    Some(SafeText::new(&text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use jiff::Timestamp;

    use super::*;
    use crate::domain::access::{Permission, Permissions};
    use crate::domain::class::Exception;
    use crate::domain::frame::tests::{frame, key, proved, set, someone, vault};
    use crate::domain::id::ItemId;
    use crate::domain::term::{Detail, Noted, Unkept, Verified, Why};

    /// Students a and b on their vaults, and a stranger on that of a; what was done for whom.
    fn ending(done: &[(&str, Stage)]) -> Frame {
        let mut frame = frame(|_| {});
        let at = Timestamp::UNIX_EPOCH;
        for (of, who) in [("a", "a"), ("a", "x"), ("a", "t"), ("b", "b")] {
            frame.listed.insert(vault(of), at);
            frame.know(&vault(of), &someone(who), proved(Level::Write));
        }
        for (student, stage) in done {
            let verified = Detail::Verified(Verified::empty(Some(vault(student))));
            let detail = if *stage == Stage::Verify { verified } else { Detail::Nothing };
            frame.closing.entry(key(student)).or_default().note(*stage, Noted { at, detail });
        }
        frame
    }

    #[test]
    fn each_item_of_a_vault_is_counted_once_whether_it_was_kept_or_not() {
        let item = |n: usize| ItemId::parse(&format!("sbxitem{n:019}")).unwrap();
        let mut verified = Verified { items: vec![(item(1), 1), (item(2), 3)], ..Verified::empty(None) };
        assert_eq!(items(&verified), 2);
        let unkept = |n: usize| Unkept { item: item(n), version: 1, why: Why::NoFile };
        verified.unkept = vec![unkept(2), unkept(3)];
        assert_eq!(items(&verified), 3, "a kept item with a file that was not kept is one item");
    }

    fn outcomes(plan: &Plan) -> Vec<(&str, &str, usize)> {
        plan.rows.iter().map(|row| (row.student.as_str(), row.outcome.name(), row.steps.len())).collect()
    }

    #[test]
    fn freezing_leaves_students_read_access_and_strangers_none() {
        let plan = plan(&ending(&[]), Stage::Freeze, &[key("a"), key("b")]).unwrap();
        assert_eq!(outcomes(&plan), [("a", "planned", 2), ("b", "planned", 1)]);
        let levels: Vec<_> = plan.rows[0].steps.iter().map(|step| step.level().unwrap()).collect();
        assert_eq!(levels, [Level::Read, Level::None]);
    }

    #[test]
    fn freezing_leaves_whom_an_exception_names_to_read_where_they_could() {
        for (level, left) in [(Level::Write, Level::Read), (Level::Submit, Level::None)] {
            let mut frame = frame(|facts| {
                let (who, vault, until) = ("x@example.edu".into(), key("a"), "2027-01-01".parse().unwrap());
                facts.class.exceptions.push(Exception { who, vault, level, reason: "r".into(), until });
            });
            frame.listed.insert(vault("a"), Timestamp::UNIX_EPOCH);
            frame.know(&vault("a"), &someone("x"), proved(level));
            let plan = plan(&frame, Stage::Freeze, &[key("a")]).unwrap();
            let levels: Vec<_> = plan.rows[0].steps.iter().map(|step| step.level().unwrap()).collect();
            assert_eq!(levels, [left], "{level}");
        }
    }

    #[test]
    fn freezing_gives_nobody_what_was_not_held() {
        let levels =
            |plan: &Plan| -> Vec<_> { plan.rows[0].steps.iter().map(|step| step.level().unwrap()).collect() };
        let at = Timestamp::UNIX_EPOCH;
        let mut frame = ending(&[]);
        let holds = |frame: &mut Frame, set| {
            frame.know(&vault("b"), &someone("b"), Cell::Proved { set, at });
        };
        let submit = set(Level::Submit);
        holds(&mut frame, submit);
        let plan_of = |frame: &Frame| plan(frame, Stage::Freeze, &[key("b")]).unwrap();
        assert_eq!(levels(&plan_of(&frame)), [Level::None], "who could only add reads nothing now");
        let read = set(Level::Read);
        holds(&mut frame, read - Permissions::of(&[Permission::ViewItemHistory]));
        assert_eq!(outcomes(&plan_of(&frame)), [("b", "unchanged", 0)], "who reads less stays");
        holds(&mut frame, submit | read);
        assert_eq!(levels(&plan_of(&frame)), [Level::Read]);
    }

    #[test]
    fn freezing_holds_at_no_level_that_lets_somebody_add() {
        let frame = ending(&[("b", Stage::Freeze)]);
        let of = |frame: &Frame, level| frame.own_level(&key("b"), level);
        let asked = [Level::None, Level::Submit, Level::Read, Level::Write];
        let kept = asked.map(|level| of(&frame, level));
        assert_eq!(kept, [Level::None, Level::None, Level::Read, Level::Read]);
        let submit = Operation::Grant { vault: vault("b"), who: someone("b"), level: Level::Submit };
        let fault = frame.permits(&submit).unwrap_err();
        assert!(fault.message.as_str().contains("is frozen"), "{fault}");
    }

    #[test]
    fn revoking_wants_the_class_typed_and_more_where_nothing_was_verified() {
        let keys = [key("a"), key("b")];
        let early = plan(&ending(&[("a", Stage::Verify)]), Stage::Revoke, &keys).unwrap();
        assert_eq!(early.guard.unwrap().word.as_str(), "CS101-unverified");
        let verified = ending(&[("a", Stage::Verify), ("b", Stage::Verify)]);
        let plan = plan(&verified, Stage::Revoke, &keys).unwrap();
        assert_eq!(outcomes(&plan), [("a", "planned", 2), ("b", "planned", 1)], "staff stays");
        assert_eq!((plan.guard.unwrap().word.as_str(), plan.taken.len()), ("CS101", 2));
    }

    #[test]
    fn a_vault_is_deleted_after_everything_else_or_alone_by_its_name() {
        let revoked = [("a", Stage::Revoke), ("b", Stage::Revoke)];
        let keys = [key("a"), key("b")];
        let early = plan(&ending(&revoked), Stage::Delete, &keys).unwrap();
        assert_eq!(outcomes(&early), [("a", "refused", 0), ("b", "refused", 0)]);
        let alone = plan(&ending(&revoked), Stage::Delete, &keys[..1]).unwrap();
        assert_eq!(alone.guard.unwrap().word.as_str(), "CS101-a");
        let all = ["a", "b"].map(|student| {
            [Stage::Pull, Stage::Verify, Stage::Report, Stage::Revoke].map(|stage| (student, stage))
        });
        let ready = plan(&ending(all.as_flattened()), Stage::Delete, &keys).unwrap();
        assert_eq!(ready.guard.as_ref().unwrap().word.as_str(), "2");
        assert!(ready.rows.iter().all(|row| matches!(row.steps.last(), Some(Step::DeleteVault { .. }))));
        let open = plan(&ending(&[]), Stage::Delete, &keys[..1]).unwrap();
        assert_eq!(outcomes(&open), [("a", "refused", 0)], "never while the student has access");
    }

    #[test]
    fn what_was_closed_is_not_given_back() {
        let frame = ending(&[("a", Stage::Revoke), ("b", Stage::Freeze)]);
        let grant = |of: &str, level| Operation::Grant { vault: vault(of), who: someone(of), level };
        assert_eq!(frame.permits(&grant("a", Level::Read)).unwrap_err().kind, Kind::Refused);
        assert_eq!(frame.permits(&grant("b", Level::Write)).unwrap_err().kind, Kind::Refused);
        assert_eq!(frame.permits(&grant("b", Level::Read)), Ok(()));
        assert!(frame.permits(&Operation::Revoke { vault: vault("a"), who: someone("a") }).is_ok());
    }

    #[test]
    fn what_is_agreed_to_be_lost_is_what_was_found_and_is_kept_nowhere() {
        let unkept = Unkept { item: ItemId::parse(&"i".repeat(26)).unwrap(), version: 1, why: Why::NoFile };
        for (verified_of, unkept, agreed) in [
            (Some("a"), vec![], Forgone::Nothing),
            (Some("a"), vec![unkept.clone()], Forgone::Unkept),
            (Some("b"), vec![], Forgone::Everything),
            (None, vec![], Forgone::Everything),
        ] {
            let mut frame = ending(&[("a", Stage::Revoke)]);
            if let Some(of) = verified_of {
                let detail = Detail::Verified(Verified { unkept, ..Verified::empty(Some(vault(of))) });
                let noted = Noted { at: Timestamp::UNIX_EPOCH, detail };
                frame.closing.entry(key("a")).or_default().note(Stage::Verify, noted);
            }
            let alone = plan(&frame, Stage::Delete, &[key("a")]).unwrap();
            assert_eq!(alone.forgone, agreed, "{verified_of:?}");
        }
    }
}
