//! Who is asked, and who is asked next.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Mutex;

use jiff::Timestamp;
use tokio::io::AsyncWriteExt as _;

use super::*;
use crate::clock::Clock;
use crate::domain::directory::ItemState;
use crate::domain::id::{FileId, ItemId};
use crate::domain::vault_list::Gap;

/// A service that answers as it is told to, and notes what it was asked.
#[derive(Default)]
struct Fake {
    version: Mutex<u64>,
    fault: Mutex<Option<Kind>>,
    /// How many bytes it writes before it fails.
    breaks_after: Mutex<Option<usize>>,
    /// How many items it says that there are in each vault.
    counted: Mutex<Option<u64>>,
    /// Whether it answers no change.
    hangs: Mutex<bool>,
    asked: Mutex<Vec<&'static str>>,
    /// The vaults that it covers, by their letters.
    covers: &'static str,
}

fn vault(letter: char) -> VaultId {
    VaultId::parse(&letter.to_string().repeat(26)).unwrap()
}

fn at(letter: char) -> ItemRef {
    ItemRef { vault: vault(letter), item: ItemId::parse(&"i".repeat(26)).unwrap() }
}

fn file(letter: char) -> FileRef {
    FileRef { at: at(letter), file: FileId::parse(&"f".repeat(26)).unwrap(), size: 4 }
}

fn item(version: u64) -> Item {
    Item {
        id: at('a').item,
        title: "hw".into(),
        category: "DOCUMENT".into(),
        version,
        tags: Vec::new(),
        state: ItemState::Active,
        created_at: None,
        updated_at: None,
        last_edited_by: None,
    }
}

impl Fake {
    fn covering(covers: &'static str) -> Arc<Self> {
        Arc::new(Self { covers, version: Mutex::new(1), ..Self::default() })
    }

    fn fails(&self, kind: Option<Kind>) {
        *self.fault.lock().unwrap() = kind;
    }

    fn asked(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    fn note(&self, what: &'static str) -> Result<u64> {
        self.asked.lock().unwrap().push(what);
        let fault = *self.fault.lock().unwrap();
        fault.map_or(Ok(*self.version.lock().unwrap()), |kind| Err(Fault::new(kind, "no")))
    }
}

#[async_trait]
impl Provider for Fake {
    fn capabilities(&self) -> Capabilities {
        Capabilities::of(&[Capability::ChangeAccess])
    }
    fn covers(&self, vault: &VaultId) -> bool {
        vault.as_str().chars().next().is_some_and(|letter| self.covers.contains(letter))
    }
    async fn vaults(&self) -> Result<VaultList> {
        let content_version = self.note("vaults")?;
        let row = |letter| Vault {
            id: vault(letter),
            name: "C".into(),
            description: None,
            content_version,
            items: *self.counted.lock().unwrap(),
            created_at: None,
        };
        Ok(self.covers.chars().map(row).collect())
    }
    async fn items(&self, _: &VaultId) -> Result<Vec<Item>> {
        Ok(vec![item(self.note("items")?)])
    }
    async fn whole_list(&self, _: &VaultId) -> Result<Vec<Item>> {
        Ok(vec![item(self.note("whole")?)])
    }
    async fn item(&self, _: &ItemRef) -> Result<ItemDetail> {
        Ok(ItemDetail { item: item(self.note("item")?), fields: Vec::new(), files: Vec::new() })
    }
    async fn download(&self, _: &FileRef, to: Sink<'_>) -> Result<u64> {
        let answer = self.note("file");
        let breaks_after = *self.breaks_after.lock().unwrap();
        to.write_all(&b"file"[..breaks_after.unwrap_or(if answer.is_ok() { 4 } else { 0 })]).await.unwrap();
        if breaks_after.is_some() { Err(Fault::new(Kind::Broken, "broke off")) } else { answer.map(|_| 4) }
    }
    async fn apply(&self, _: &Call) -> Result<Receipt> {
        if *self.hangs.lock().unwrap() {
            std::future::pending::<()>().await;
        }
        self.note("apply").map(|_| Receipt::Done)
    }
    async fn activity(&self, _: Feed, _: &From) -> Result<Page> {
        Err(self.note("activity").unwrap_err())
    }
}

struct Scene {
    op: Arc<Fake>,
    connect: Arc<Fake>,
    memory: Arc<Memory>,
    stack: Stack,
}

/// `op` sees the vaults a, b and c; the token of Connect covers a and b.
fn scene(first: bool) -> Scene {
    let (op, connect) = (Fake::covering("abc"), Fake::covering("ab"));
    let memory = Arc::new(Memory::new("op", first, Clock::real()));
    let stack = Stack::new(op.clone(), memory.clone()).with_connect(connect.clone());
    Scene { stack: stack.with_events(Fake::covering("")), op, connect, memory }
}

fn asked(scene: &Scene) -> (Vec<&'static str>, Vec<&'static str>) {
    (scene.op.asked(), scene.connect.asked())
}

#[tokio::test]
async fn what_is_covered_is_read_at_connect_and_the_rest_where_it_acts() {
    let scene = scene(true);
    assert_eq!(scene.stack.vaults().await.unwrap().len(), 3);
    assert_eq!(asked(&scene), (vec!["vaults"], vec!["vaults"]));
    scene.stack.items(&vault('a')).await.unwrap();
    scene.stack.item(&at('b')).await.unwrap();
    scene.stack.items(&vault('c')).await.unwrap();
    assert_eq!(asked(&scene), (vec!["items"], vec!["items", "item"]));
    scene.stack.whole_list(&vault('a')).await.unwrap();
    scene.stack.apply(&Call::DeleteVault(vault('a'))).await.unwrap();
    assert_eq!(asked(&scene), (vec!["whole", "apply"], vec![]), "the archive, and every change");
    let can = scene.stack.capabilities();
    assert!(
        [Capability::ChangeAccess, Capability::ReadItems, Capability::ReadActivity].map(|one| can.has(one))
            == [true; 3]
    );
}

#[tokio::test]
async fn a_change_rests_on_no_copy() {
    let scene = scene(true);
    let exact =
        Stack::new(scene.op.clone(), scene.memory.clone()).with_connect(scene.connect.clone()).exact();
    exact.vaults().await.unwrap();
    exact.items(&vault('a')).await.unwrap();
    exact.item(&at('a')).await.unwrap();
    exact.download(&file('a'), &mut Vec::new()).await.unwrap();
    assert_eq!(asked(&scene), (vec!["vaults", "items", "item", "file"], vec![]));
}

#[tokio::test]
async fn the_acting_service_is_spared_its_list_while_connect_tells_all_that_matters() {
    let scene = scene(true);
    scene.stack.mind(HashSet::from([vault('a'), vault('b')]));
    for _ in 0..5 {
        let list = scene.stack.vaults().await.unwrap();
        assert_eq!((list.len(), list.gap), (3, Gap::None));
    }
    assert_eq!(scene.op.asked(), ["vaults"]);
    scene.stack.apply(&Call::DeleteVault(vault('b'))).await.unwrap();
    scene.stack.vaults().await.unwrap();
    assert_eq!(scene.op.asked(), ["apply", "vaults"], "what a change may have moved is listed anew");
    // A vault that it does not cover is listed at its own pace.
    scene.stack.mind(HashSet::from([vault('a'), vault('c')]));
    scene.stack.pace(Duration::from_secs(1_000));
    let list = scene.stack.vaults().await.unwrap();
    assert_eq!((list.len(), list.gap, scene.op.asked()), (2, Gap::Due, vec![]));
    scene.stack.pace(Duration::ZERO);
    scene.op.fails(Some(Kind::Unreachable));
    let list = scene.stack.vaults().await.unwrap();
    assert_eq!(list.len(), 2);
    assert!(matches!(list.gap, Gap::Failed(fault) if fault.kind == Kind::Unreachable));
    scene.op.fails(None);
    let list = scene.stack.vaults().await.unwrap();
    assert_eq!((list.len(), list.gap), (3, Gap::None));
}

#[tokio::test]
async fn where_connect_fails_the_acting_service_reads_and_after_three_failures_it_alone() {
    let scene = scene(true);
    scene.stack.vaults().await.unwrap();
    asked(&scene);
    for kind in [Kind::Denied, Kind::NotFound, Kind::RateLimit, Kind::Broken, Kind::SignIn, Kind::Unreachable]
    {
        scene.connect.fails(Some(kind));
        scene.stack.item(&at('a')).await.unwrap();
        assert_eq!(asked(&scene), (vec!["item"], vec!["item"]), "{kind:?}");
    }
    assert!(scene.stack.charges(&vault('a')) == scene.op.charges(&vault('a')));
    scene.stack.item(&at('a')).await.unwrap();
    assert_eq!(asked(&scene), (vec!["item"], vec![]), "it is left out");
    let parts = scene.stack.parts();
    assert_eq!((parts[1].name, parts[1].down.is_some(), parts[1].covers), ("connect", true, Some(2)));
    assert_eq!(parts[0].down, None);
}

#[tokio::test]
async fn an_older_version_takes_nothing_over() {
    let scene = scene(true);
    *scene.op.version.lock().unwrap() = 5;
    let rows = scene.stack.vaults().await.unwrap();
    assert!(rows.iter().all(|row| row.content_version == 5), "{rows:?}");
    asked(&scene);
    scene.stack.items(&vault('a')).await.unwrap();
    assert_eq!(asked(&scene), (vec!["items"], vec![]), "version and items are of the same service");
    *scene.connect.version.lock().unwrap() = 5;
    scene.stack.vaults().await.unwrap();
    scene.stack.items(&vault('a')).await.unwrap();
    assert_eq!(asked(&scene).1, ["vaults", "items"], "it has caught up");
    // A list with the archive was newer than what Connect has of an item.
    *scene.op.version.lock().unwrap() = 6;
    scene.stack.whole_list(&vault('a')).await.unwrap();
    assert_eq!(scene.stack.item(&at('a')).await.unwrap().item.version, 6);
    // It goes back: it is not believed.
    *scene.connect.version.lock().unwrap() = 4;
    let rows = scene.stack.vaults().await.unwrap();
    assert!(rows.iter().all(|row| row.content_version == 6), "{rows:?}");
}

#[tokio::test]
async fn where_it_comes_second_connect_only_stands_in() {
    let scene = scene(false);
    scene.stack.vaults().await.unwrap();
    scene.stack.items(&vault('a')).await.unwrap();
    assert_eq!(asked(&scene), (vec!["vaults", "items"], vec![]));
    scene.stack.vaults().await.unwrap();
    scene.op.fails(Some(Kind::Unreachable));
    assert_eq!(scene.stack.vaults().await.unwrap().len(), 2, "c is not covered");
    assert!(scene.stack.items(&vault('a')).await.is_ok());
    assert_eq!(scene.stack.items(&vault('c')).await.unwrap_err().kind, Kind::Unreachable);
    assert_eq!(scene.connect.asked(), ["vaults", "items"]);
    scene.op.fails(Some(Kind::NotFound));
    assert_eq!(scene.stack.items(&vault('a')).await.unwrap_err().kind, Kind::NotFound, "that is an answer");
}

#[tokio::test]
async fn a_download_goes_on_elsewhere_only_before_its_first_byte() {
    let scene = scene(true);
    let fetch = async |letter| {
        let mut bytes = Vec::new();
        let answer = scene.stack.download(&file(letter), &mut bytes).await;
        (answer.map_err(|fault| fault.kind), String::from_utf8(bytes).unwrap())
    };
    *scene.connect.breaks_after.lock().unwrap() = Some(0);
    assert_eq!(fetch('a').await, (Ok(4), "file".into()));
    *scene.connect.breaks_after.lock().unwrap() = Some(2);
    assert_eq!(fetch('a').await, (Err(Kind::Broken), "fi".into()));
    assert_eq!(scene.op.asked(), ["file"]);
    scene.connect.asked();
    assert_eq!(fetch('a').await, (Ok(4), "file".into()));
    assert_eq!(asked(&scene), (vec!["file"], vec![]), "where it broke off nobody tries again");
}

#[tokio::test]
async fn events_that_fail_disturb_no_reading() {
    let scene = scene(true);
    let events = Fake::covering("");
    events.fails(Some(Kind::Unreachable));
    let stack = Stack::new(scene.op.clone(), scene.memory.clone()).with_events(events);
    for _ in 0..4 {
        let page = stack.activity(Feed::Audit, &From::Time(Timestamp::UNIX_EPOCH)).await;
        assert_eq!(page.unwrap_err().kind, Kind::Unreachable);
        assert_eq!(stack.vaults().await.unwrap().len(), 3);
    }
    let parts = stack.parts();
    assert_eq!((parts[1].name, parts[1].calls, parts[1].down.is_some()), ("events", 4, true));
    assert_eq!(parts[0].down, None);
}

#[tokio::test]
async fn a_list_that_leaves_items_out_is_not_taken_for_all_of_them() {
    let scene = scene(true);
    *scene.connect.counted.lock().unwrap() = Some(2);
    scene.stack.vaults().await.unwrap();
    asked(&scene);
    scene.stack.items(&vault('a')).await.unwrap();
    assert_eq!(asked(&scene), (vec!["items"], vec!["items"]), "one item, and it says two");
    scene.stack.vaults().await.unwrap();
    *scene.connect.counted.lock().unwrap() = Some(1);
    scene.stack.vaults().await.unwrap();
    asked(&scene);
    scene.stack.items(&vault('a')).await.unwrap();
    assert_eq!(asked(&scene), (vec![], vec!["items"]), "as many as it says");
}

#[tokio::test]
async fn whose_a_vault_is_rests_on_no_copy() {
    let scene = scene(true);
    scene.stack.vaults().await.unwrap();
    asked(&scene);
    drop(scene.stack.vault(&vault('a')).await);
    assert_eq!(asked(&scene).1, Vec::<&str>::new());
}

#[tokio::test]
async fn what_is_listed_well_and_never_read_is_left_out_all_the_same() {
    let scene = scene(true);
    for _ in 0..3 {
        scene.stack.vaults().await.unwrap();
        scene.connect.fails(Some(Kind::Broken));
        scene.stack.items(&vault('a')).await.unwrap();
        scene.connect.fails(None);
    }
    assert!(scene.stack.parts()[1].down.is_some());
    asked(&scene);
    scene.stack.vaults().await.unwrap();
    assert_eq!(asked(&scene), (vec!["vaults"], vec![]));
}

#[tokio::test]
async fn a_copy_proves_nothing_after_the_list_that_it_was_held_against() {
    let scene = scene(true);
    scene.stack.mind(HashSet::from([vault('a')]));
    let before = Timestamp::now();
    scene.stack.vaults().await.unwrap();
    let listed = Timestamp::now();
    let list = scene.stack.vaults().await.unwrap();
    assert_eq!(scene.op.asked(), ["vaults"], "the second is told by the copy alone");
    let as_of = list.as_of(&vault('a'), Timestamp::now()).unwrap();
    assert!(before <= as_of && as_of <= listed, "{as_of} is not of {before} to {listed}");
    let back = listed.checked_sub(jiff::SignedDuration::from_hours(1)).unwrap();
    assert_eq!(list.as_of(&vault('a'), back), None, "the clock was set back");
    // The account shows more than the copy.
    *scene.op.version.lock().unwrap() = 5;
    scene.memory.state().board.anew();
    let list = scene.stack.vaults().await.unwrap();
    assert_eq!(list.as_of(&vault('a'), Timestamp::now()), None);
    // Who reads without a copy knows as of now.
    let alone = Stack::new(scene.op.clone(), scene.memory.clone());
    assert_eq!(alone.vaults().await.unwrap().as_of(&vault('a'), back), Some(back));
}

#[tokio::test]
async fn after_another_has_watched_the_account_is_asked_again_and_its_versions_count() {
    let scene = scene(true);
    scene.stack.mind(HashSet::from([vault('a')]));
    scene.stack.vaults().await.unwrap();
    *scene.op.version.lock().unwrap() = 5;
    *scene.connect.version.lock().unwrap() = 3;
    scene.stack.doubt();
    let rows = scene.stack.vaults().await.unwrap();
    assert!(rows.iter().all(|row| row.content_version == 5), "{rows:?}");
    assert_eq!(scene.op.asked(), ["vaults", "vaults"]);
}

#[tokio::test]
async fn a_gap_is_of_the_list_that_has_it() {
    let scene = scene(true);
    let keys = Stack::new(scene.op.clone(), scene.memory.clone()).with_connect(scene.connect.clone());
    scene.stack.vaults().await.unwrap();
    scene.stack.pace(Duration::from_secs(1_000));
    let early = scene.stack.vaults().await.unwrap();
    scene.stack.pace(Duration::ZERO);
    let late = keys.vaults().await.unwrap();
    assert_eq!((early.gap, late.gap), (Gap::Due, Gap::None));
}

#[tokio::test]
async fn a_change_that_nobody_waits_for_any_more_may_have_happened() {
    let scene = scene(true);
    scene.stack.mind(HashSet::from([vault('a')]));
    scene.stack.vaults().await.unwrap();
    *scene.op.hangs.lock().unwrap() = true;
    let call = Call::DeleteVault(vault('b'));
    assert!(tokio::time::timeout(Duration::from_millis(1), scene.stack.apply(&call)).await.is_err());
    asked(&scene);
    scene.stack.vaults().await.unwrap();
    assert_eq!(scene.op.asked(), ["vaults"]);
}
