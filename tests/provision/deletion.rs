//! Deleting a vault on a bad day: answers that get lost or are wrong, programs that die, uploads that come
//! in between.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use strongroom::domain::access::Principal;
use strongroom::domain::digest::Digest;
use strongroom::domain::fault::{Fault, Kind};
use strongroom::domain::id::PersonId;
use strongroom::domain::plan::{Plan, Step, Wish};
use strongroom::domain::term::{Detail, Forgone, Stage, Verified};
use strongroom::ops::Patience;
use tokio_util::sync::CancellationToken;

use crate::odd::{Mishap, Odd, new_line, odd};
use crate::support::{Desk, Fixture, agreed, count, key, partly};
use strongroom::provider::Provider as _;

/// A class whose vaults were pulled, verified and reported, with one file in each; and its people.
async fn verified(students: usize) -> (Fixture, Desk, Vec<PersonId>) {
    let fixture = Fixture::new().await;
    let people = fixture.students(students).await;
    let desk = fixture.desk("one");
    desk.provision().await;
    for (number, (_, token)) in people.iter().enumerate() {
        let vault = desk.vault(&format!("s{number:03}"));
        fixture.upload(vault.as_str(), "?name=a&title=a", token, b"a").await;
    }
    let keys: Vec<_> = (0..students).map(|number| key(&format!("s{number:03}"))).collect();
    let mut notes = Vec::new();
    for student in &keys {
        let vault = desk.vault(student.as_str());
        let there = desk.queries.provider.vault(&vault).await.unwrap();
        let items = desk.queries.provider.items(&vault).await.unwrap();
        let verified = Verified {
            vault: Some(vault),
            version: there.content_version,
            items: items.into_iter().map(|item| (item.id, item.version)).collect(),
            unkept: Vec::new(),
            folder: "copies".into(),
            files: 1,
            bytes: 1,
            manifest: Digest::of(&student),
        };
        notes.push((student.clone(), Detail::Verified(verified)));
    }
    let nothing: Vec<_> = keys.iter().map(|student| (student.clone(), Detail::Nothing)).collect();
    desk.ops.note_step(Stage::Verify, notes).await.unwrap();
    for stage in [Stage::Pull, Stage::Report] {
        desk.ops.note_step(stage, nothing.clone()).await.unwrap();
    }
    (fixture, desk, people.into_iter().map(|(person, _)| PersonId::parse(&person).unwrap()).collect())
}

/// The same, and their access was taken.
pub(crate) async fn closed(students: usize) -> (Fixture, Desk) {
    let (fixture, desk, _) = verified(students).await;
    let plan = desk.ops.plan(&Wish::Ending(Stage::Revoke, Vec::new())).await.unwrap();
    let ended = desk.run(agreed(plan)).await;
    assert_eq!((count(&ended, "done"), &ended.fault), (students, &None));
    assert_eq!(noted(&desk), students);
    (fixture, desk)
}

/// For how many it is noted that their access was taken.
fn noted(desk: &Desk) -> usize {
    desk.queries.store.closings().unwrap().values().filter(|one| one.is_done(Stage::Revoke)).count()
}

/// Why nothing of a plan is sent.
async fn refused(desk: &Desk, plan: Plan) -> Fault {
    let run = desk.ops.run(plan, Patience::Stop, CancellationToken::new(), Arc::new(|_| {}));
    let fault = run.await.unwrap_err();
    assert_eq!(fault.kind, Kind::Refused, "{fault}");
    fault
}

async fn left(fixture: &Fixture) -> usize {
    let vaults = fixture.provider().vaults().await.unwrap();
    vaults.iter().filter(|vault| vault.name.as_str().starts_with("CS101-")).count()
}

#[tokio::test]
async fn a_deletion_is_believed_only_where_a_look_agrees() {
    use Mishap::*;
    let table = [
        (Nothing, "done", 0, 2),
        (LostAfter, "done", 0, 2),
        (NotFoundAfter, "done", 0, 2),
        (LostBefore, "failed", 2, 2),
        (SpuriousNotFound, "failed", 2, 2),
        (SpuriousDenied, "failed", 2, 2),
        (ThenSilence, "failed", 1, 1),
        (UnseenBefore, "refused", 2, 0),
        (OtherItems, "refused", 2, 0),
        (NoItems, "refused", 2, 0),
    ];
    for (mishap, outcome, there, sent) in table {
        let (fixture, desk) = closed(2).await;
        let line = odd(&fixture, mishap);
        let troubled = fixture.desk_with("one", line.clone());
        let plan = desk.ops.plan(&Wish::Ending(Stage::Delete, Vec::new())).await.unwrap();
        let ended = troubled.run(agreed(plan)).await;
        assert!(count(&ended, outcome) >= there.min(1), "{mishap:?}: {:?}", ended.plan.rows);
        if mishap != ThenSilence {
            assert_eq!(
                (count(&ended, outcome), left(&fixture).await),
                (2, there),
                "{mishap:?}: {:?}",
                ended.plan.rows
            );
            assert_eq!(line.deleted.load(Ordering::SeqCst), sent, "{mishap:?}");
            assert_eq!(desk.queries.store.bindings().unwrap().len(), there, "{mishap:?}");
        }
        // The next run, on a good day, finishes it, and deletes nothing twice.
        desk.ops.recover().await.unwrap();
        if mishap != ThenSilence {
            let plan = desk.ops.plan(&Wish::Ending(Stage::Delete, Vec::new())).await.unwrap();
            let ended = desk.run(agreed(plan)).await;
            assert_eq!((count(&ended, "done"), left(&fixture).await), (there, 0), "{mishap:?}");
        }
        assert_eq!(count(&desk.provision().await, "unchanged"), 2, "{mishap:?}: nothing is made anew");
        desk.assert_audited();
    }
}

#[tokio::test]
async fn nothing_is_deleted_that_came_after_it_was_verified() {
    let (fixture, desk) = closed(3).await;
    let vault = desk.vault("s001");
    let plan = desk.ops.plan(&Wish::Ending(Stage::Delete, Vec::new())).await.unwrap();
    fixture.upload(vault.as_str(), "?name=b&title=b", &fixture.service(), b"late").await;
    let ended = desk.run(agreed(plan)).await;
    assert_eq!((count(&ended, "done"), count(&ended, "refused")), (2, 1), "{:?}", ended.plan.rows);
    let items = fixture.provider().items(&vault).await.unwrap();
    assert_eq!(items.len(), 2, "both files are there");

    // The last of the class is no other than the others, and nobody has agreed to a loss by its name.
    for named in [Vec::new(), vec![key("s001")]] {
        let wish = Wish::Ending(Stage::Delete, named);
        let refused = refused(&desk, desk.ops.plan(&wish).await.unwrap()).await;
        assert!(refused.message.as_str().contains("nobody has typed \"CS101-s001\""), "{refused}");
        let plan = agreed(desk.ops.plan(&wish).await.unwrap());
        assert_eq!(plan.forgone, Forgone::Nothing);
        assert_eq!(count(&desk.run(plan).await, "refused"), 1);
        assert_eq!(left(&fixture).await, 1);
    }
    // Alone it may go as it is, once nothing is said of it any more, by whoever is told so.
    let keys = [key("s001")];
    desk.queries.store.forget_closing(&[Stage::Pull, Stage::Verify], &keys).unwrap();
    let plan = desk.ops.plan(&Wish::Ending(Stage::Delete, keys.to_vec())).await.unwrap();
    let because = plan.guard.as_ref().unwrap().because.iter().map(ToString::to_string);
    assert!(because.collect::<String>().contains("nothing was verified: what is in it is lost"));
    assert_eq!(count(&desk.run(agreed(plan)).await, "done"), 1);
    assert_eq!(left(&fixture).await, 0);
    desk.assert_audited();
}

#[tokio::test]
async fn nobody_loses_a_vault_that_somebody_can_still_write_to() {
    let (fixture, desk) = closed(2).await;
    let vault = desk.vault("s000");
    let person = fixture.person("stranger").await.0;
    let path = format!("/sandbox/v1/vaults/{vault}/people/{person}");
    let plan = desk.ops.plan(&Wish::Ending(Stage::Delete, Vec::new())).await.unwrap();
    let body = serde_json::json!({ "permissions": ["allow_viewing", "allow_editing"] });
    let given = fixture.call(reqwest::Method::PUT, &path, &fixture.service(), body).await;
    assert!(given.0 < 300, "{given:?}");
    let refused = refused(&desk, agreed(plan)).await;
    assert!(refused.message.as_str().contains("stranger is on the vault now"), "{refused}");
    // Worked out anew, it takes their access away first: the vault goes only then.
    let plan = desk.ops.plan(&Wish::Ending(Stage::Delete, Vec::new())).await.unwrap();
    let steps = &plan.rows.iter().find(|row| row.student == key("s000")).unwrap().steps;
    assert!(matches!(steps[..], [Step::Revoke { .. }, Step::DeleteVault { .. }]), "{steps:?}");
    assert_eq!(left(&fixture).await, 2);
}

/// Which of these people are on the vault of the student of that number.
async fn with_access(fixture: &Fixture, desk: &Desk, people: &[PersonId]) -> Vec<usize> {
    let mut found = Vec::new();
    for (number, person) in people.iter().enumerate() {
        let grants = fixture.provider().grants(&desk.vault(&format!("s{number:03}"))).await.unwrap();
        if grants.iter().any(|grant| grant.who == Principal::Person(person.clone())) {
            found.push(number);
        }
    }
    found
}

/// When a program dies that takes access away.
#[derive(Clone, Copy, Debug)]
enum Death {
    /// After so many moments, wherever that is.
    After(usize),
    /// At the revocation of that number, counted from 1: before it is sent, or after it took effect.
    Call(usize, Mishap),
}

/// What became of a program that was to die.
struct Fate {
    whole: bool,
    /// Whether it died when some of the accesses were taken.
    midway: bool,
    resumed: bool,
}

/// Lets a program that takes the access of three students away die, and others come after it. What it
/// has left is carried on by its job, or by the same step once more.
async fn revoke_and_die(death: Death, by_job: bool) -> Fate {
    let (fixture, desk, people) = verified(3).await;
    let revoke = Wish::Ending(Stage::Revoke, Vec::new());
    let plan = agreed(desk.ops.plan(&revoke).await.unwrap());
    drop(desk);
    let (at, mishap) = if let Death::Call(at, mishap) = death { (at, mishap) } else { (0, Mishap::Nothing) };
    let line = Arc::new(Odd { fatal: at, ..new_line(&fixture, mishap) });
    let desk = fixture.desk_with("one", line.clone());
    let run = desk.ops.run(plan, Patience::Stop, CancellationToken::new(), Arc::new(|_| {}));
    let whole = match death {
        Death::After(moments) => Box::pin(partly(run, moments)).await.is_some(),
        Death::Call(..) => tokio::select! {
            _ = Box::pin(run) => true,
            () = line.stuck.notified() => false,
        },
    };
    drop(desk);
    let next = fixture.desk("one");
    let before = with_access(&fixture, &next, &people).await;
    for wish in [Wish::Provision(Vec::new()), Wish::Class(Vec::new()), Wish::Mend(Vec::new())] {
        next.run(agreed(next.ops.plan(&wish).await.unwrap())).await;
        let after = with_access(&fixture, &next, &people).await;
        assert!(after.iter().all(|one| before.contains(one)), "{death:?}, {wish:?}: given back");
    }
    let left = next.ops.left().await.unwrap();
    let job = left.first().filter(|_| by_job);
    match job {
        Some(job) => {
            let quiet = Arc::new(|_| {});
            next.ops.resume(&job.id, Patience::Stop, CancellationToken::new(), quiet).await.unwrap();
        }
        None => drop(next.run(agreed(next.ops.plan(&revoke).await.unwrap())).await),
    }
    assert_eq!((with_access(&fixture, &next, &people).await, noted(&next)), (vec![], 3), "{death:?}");
    assert_eq!(count(&next.provision().await, "unchanged"), 3);
    next.assert_audited();
    let midway = !whole && (1..people.len()).contains(&before.len());
    Fate { whole, midway, resumed: job.is_some() }
}

#[tokio::test]
async fn a_revocation_that_dies_anywhere_is_not_taken_back_and_comes_to_its_end() {
    // At every call, whatever the machine is like.
    let (mut midway, mut resumed) = (0, 0);
    for at in 1..=3 {
        for mishap in [Mishap::StuckBefore, Mishap::StuckAfter] {
            for by_job in [false, true] {
                let fate = Box::pin(revoke_and_die(Death::Call(at, mishap), by_job)).await;
                assert!(!fate.whole, "{at} {mishap:?}: it died");
                midway += usize::from(fate.midway);
                resumed += usize::from(fate.resumed);
            }
        }
    }
    // Where the second or third is not sent, one before it was, by job and by step.
    assert!(midway >= 4 && resumed > 0, "{midway} midway, {resumed} resumed");
    // And in between, wherever it waits.
    let mut died = 0;
    for (turn, moments) in (1..).step_by(4).enumerate() {
        let fate = Box::pin(revoke_and_die(Death::After(moments), turn % 2 == 0)).await;
        died += usize::from(!fate.whole);
        if fate.whole {
            break;
        }
    }
    assert!(died > 3, "{died} died");
}

#[tokio::test]
async fn whoever_has_no_access_already_is_signed_off_and_noted_like_the_rest() {
    let (_fixture, desk, _) = verified(2).await;
    let revoke = Wish::Ending(Stage::Revoke, Vec::new());
    for stage in [Stage::Freeze, Stage::Revoke] {
        let plan = agreed(desk.ops.plan(&Wish::Ending(stage, Vec::new())).await.unwrap());
        desk.run(plan).await;
    }
    desk.queries.store.forget_closing(&[Stage::Revoke], &[key("s000"), key("s001")]).unwrap();
    let signed = || fs::read_to_string(&desk.log).unwrap().matches("\"op\":\"sign-off\"").count();
    let before = signed();
    let plan = desk.ops.plan(&revoke).await.unwrap();
    assert_eq!(plan.changes(), 0, "nothing is to be sent");
    refused(&desk, plan.clone()).await;
    assert_eq!((noted(&desk), signed()), (0, before), "nobody has agreed");
    desk.run(agreed(plan)).await;
    assert_eq!((noted(&desk), signed()), (2, before + 2), "an intent and its result");
    // Once it is noted nothing more is said of it.
    desk.run(desk.ops.plan(&revoke).await.unwrap()).await;
    assert_eq!(signed(), before + 2);
    desk.assert_audited();
}

#[tokio::test]
async fn a_deletion_that_dies_anywhere_is_understood_by_the_next() {
    let mut died = 0;
    for moments in (1..).step_by(2) {
        let (fixture, desk) = closed(2).await;
        let plan = agreed(desk.ops.plan(&Wish::Ending(Stage::Delete, Vec::new())).await.unwrap());
        let run = desk.ops.run(plan, Patience::Stop, CancellationToken::new(), Arc::new(|_| {}));
        let whole = Box::pin(partly(run, moments)).await.is_some();
        died += usize::from(!whole);
        drop(desk);
        let next = fixture.desk("one");
        next.ops.recover().await.unwrap();
        let plan = agreed(next.ops.plan(&Wish::Ending(Stage::Delete, Vec::new())).await.unwrap());
        let ended = next.run(plan).await;
        assert_eq!(
            (left(&fixture).await, &ended.fault),
            (0, &None),
            "after {moments} moments: {:?}",
            ended.plan.rows
        );
        assert_eq!(next.queries.store.bindings().unwrap(), [], "after {moments} moments");
        assert_eq!(fixture.happened("vault.delete").len(), 2, "after {moments} moments");
        assert_eq!(count(&next.provision().await, "unchanged"), 2);
        next.assert_audited();
        if whole {
            break;
        }
    }
    assert!(died > 3, "{died} runs died");
}
