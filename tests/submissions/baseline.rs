//! What was in a vault before the first look, and what becomes of it later.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use strongroom::clock::Clock;
use strongroom::domain::access::AccountKind;
use strongroom::domain::arrival::{Arrival, ArrivalKind, NewArrival};
use strongroom::domain::class::StudentKey;
use strongroom::domain::directory::{FileMeta, Identity, Item, ItemRef, ItemState, Person};
use strongroom::domain::id::{AccountId, FileId, ItemId, PersonId, VaultId};
use strongroom::domain::query::{Data, Query};
use strongroom::domain::roster::Student;
use strongroom::domain::submission::{Standing, Verdict};
use strongroom::domain::text::{SafeText, Untrusted};
use strongroom::queries::Queries;
use strongroom::store::{Listing, SeenItem, Store};

use crate::journal;

fn at(text: &str) -> Timestamp {
    text.parse::<DateTime>().unwrap().to_zoned(TimeZone::UTC).unwrap().timestamp()
}

fn key() -> StudentKey {
    StudentKey::parse("ada").unwrap()
}

fn vault() -> VaultId {
    VaultId::parse(&"v".repeat(26)).unwrap()
}

fn service_account() -> PersonId {
    PersonId::parse(&"S".repeat(26)).unwrap()
}

/// Homework 1, made on the first of November by whoever is named.
fn homework(editor: Option<PersonId>) -> SeenItem {
    let item = Item {
        id: ItemId::parse(&"i".repeat(26)).unwrap(),
        version: 1,
        state: ItemState::Active,
        title: SafeText::new("hw1.zip"),
        category: SafeText::new("DOCUMENT"),
        tags: Vec::new(),
        created_at: Some(at("2026-11-01T10:00")),
        updated_at: Some(at("2026-11-01T10:00")),
        last_edited_by: editor,
    };
    let id = FileId::parse(&"f".repeat(26)).unwrap();
    SeenItem { item, files: vec![FileMeta { id, name: Untrusted::new("hw1.zip"), size: 9 }] }
}

/// Ada's vault; homework 1 is due on the fifth of November.
struct World {
    queries: Queries,
    looks: u64,
}

impl World {
    /// The first look is on the third of November, and shows these.
    fn first_look(folder: &Path, items: Vec<SeenItem>) -> Self {
        let store = Store::open(&folder.join("store.db")).unwrap();
        let email = Untrusted::new("ada@example.edu");
        store.enroll(&[Student { key: key(), name: SafeText::new("Ada"), email }]).unwrap();
        store.bind(&key(), &vault(), "nonce", at("2026-10-01T00:00")).unwrap();
        let identity = Identity {
            account: AccountId::parse(&"A".repeat(26)).unwrap(),
            account_name: SafeText::new("School"),
            kind: AccountKind::Business,
            id: service_account(),
            name: SafeText::new("strongroom"),
            is_service_account: true,
            sees_levels: true,
        };
        store.put_cached("identity", &identity, at("2026-10-01T00:00")).unwrap();
        store.put_cached("people", &Vec::<Person>::new(), at("2026-10-01T00:00")).unwrap();
        store.first_look(&[vault()]).unwrap();
        let homework = journal::assignment("hw1", "hw1*", "2026-11-05T23:59".parse().unwrap());
        let clock = Clock::of(|| at("2026-11-22T00:00"), |_| Box::pin(async {}));
        let queries = journal::queries(store, vec![homework], clock);
        let mut world = Self { queries, looks: 0 };
        world.look("2026-11-03T12:00", items, Vec::new());
        world
    }

    fn look(&mut self, now: &str, items: Vec<SeenItem>, news: Vec<NewArrival>) -> Vec<Arrival> {
        let version = self.looks + 5;
        let listing =
            Listing { version, whole: true, at: at(now), looks: self.looks, span: None, fell: false };
        self.looks += 1;
        self.queries.store.settle(&vault(), listing, |_, _| (items, news)).unwrap().unwrap()
    }

    async fn verdict(&self) -> Verdict {
        self.queries.standings().await.unwrap()[0].1.verdicts[0].clone()
    }
}

fn arrival(kind: ArrivalKind, seen: &SeenItem, since: &str, now: &str) -> NewArrival {
    journal::arrival(kind, (key(), vault()), seen, [at(since), at(now)])
}

#[tokio::test]
async fn what_was_there_at_the_first_look_and_is_archived_later_was_handed_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::first_look(folder.path(), vec![homework(None)]);
    let before = world.verdict().await;
    assert_eq!((before.standing, &before.doubt), (Standing::OnTime, &None));
    let gone = arrival(ArrivalKind::Removed, &homework(None), "2026-11-07T10:00", "2026-11-07T10:01");
    world.look("2026-11-07T10:01", Vec::new(), vec![gone]);
    let after = world.verdict().await;
    assert_eq!((after.standing, &after.doubt), (Standing::OnTime, &None));
    let handed_in = after.handed_in.unwrap();
    assert!(handed_in.removed && handed_in.seq.is_none());
}

#[tokio::test]
async fn what_was_there_at_the_first_look_and_is_changed_late_is_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::first_look(folder.path(), vec![homework(None)]);
    let mut changed = homework(None);
    (changed.item.version, changed.item.updated_at) = (2, Some(at("2026-11-06T08:00")));
    let news = arrival(ArrivalKind::Updated, &changed, "2026-11-06T07:59", "2026-11-06T08:01");
    let told = world.look("2026-11-06T08:01", vec![changed], vec![news]);
    let verdict = world.verdict().await;
    assert_eq!((verdict.standing, &verdict.doubt), (Standing::OnTime, &None));
    assert!(verdict.handed_in.unwrap().updated_after_due);
    let told = world.queries.arrivals_after(told[0].seq - 1, 9).await.unwrap();
    assert_eq!(told[0].assignment.as_ref().unwrap().as_str(), "hw1");
}

#[tokio::test]
async fn when_it_was_seen_first_stays_however_often_somebody_looks() {
    let folder = tempfile::tempdir().unwrap();
    // An item without a time of its own is judged by the look that showed it.
    let mut timeless = homework(None);
    (timeless.item.created_at, timeless.item.updated_at) = (None, None);
    let mut world = World::first_look(folder.path(), vec![timeless.clone()]);
    world.look("2026-11-09T12:00", vec![timeless], Vec::new());
    let verdict = world.verdict().await;
    assert_eq!(verdict.standing, Standing::OnTime, "{verdict:?}");
    assert_eq!(verdict.handed_in.unwrap().moment.seen, at("2026-11-03T12:00"));
}

#[tokio::test]
async fn an_item_is_shown_from_the_store_as_it_was_listed_with_its_labels() {
    let folder = tempfile::tempdir().unwrap();
    let mut labelled = homework(None);
    labelled.item.tags = vec![SafeText::new("homework")];
    let world = World::first_look(folder.path(), vec![labelled.clone()]);
    let asked = Query::Items { vaults: vec![vault()], fresh: false };
    let Ok(Data::Items(lists)) = world.queries.answer(asked).await else { panic!("no lists") };
    assert_eq!(lists, [(vault(), vec![labelled.item])]);
}

#[tokio::test]
async fn what_the_service_account_had_put_there_is_not_handed_in() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::first_look(folder.path(), vec![homework(Some(service_account()))]);
    let verdict = world.verdict().await;
    assert_eq!((verdict.standing, verdict.handed_in), (Standing::Unknown, None));
    let somebody = tempfile::tempdir().unwrap();
    let world = World::first_look(somebody.path(), vec![homework(None)]);
    assert_eq!(world.verdict().await.standing, Standing::OnTime, "who cannot be told is the student");
}

#[tokio::test]
async fn a_download_judges_a_version_that_nobody_saw_by_the_same_time_as_a_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::first_look(folder.path(), Vec::new());
    let placing = world.queries.placing().await.unwrap();
    let place = |version, created: Option<&str>, updated: Option<&str>| {
        let item = Item {
            id: ItemId::parse(&"n".repeat(26)).unwrap(),
            title: SafeText::new("hw1.zip"),
            category: SafeText::new("DOCUMENT"),
            state: ItemState::Active,
            version,
            created_at: created.map(at),
            updated_at: updated.map(at),
            last_edited_by: None,
            tags: Vec::new(),
        };
        let which = ItemRef { vault: vault(), item: item.id.clone() };
        placing.of(&key(), &which, &item, true).lateness_s
    };
    let (early, late) = (Some("2026-11-05T23:58"), Some("2026-11-06T23:59"));
    assert_eq!(place(1, early, late), Some(0), "the first version is as old as the item");
    assert_eq!(place(2, early, late), Some(86_400));
    assert_eq!(place(2, early, Some("1970-01-01T00:00")), None, "that is no time");
}
