//! Somebody swaps folders and files of the target for links to outside while files are fetched, as often as
//! `STRONGROOM_RACES` says.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use strongroom::download::{Found, verify};

use crate::scene::{Scene, below};

/// So often where nobody says otherwise.
const RACES: usize = 300;
/// And so often a round.
const A_ROUND: usize = 100;
/// So many rounds at most until something comes through.
const MOST_ROUNDS: usize = 200;
const STUDENTS: usize = 3;
const FILES: usize = 12;

/// Everything below a folder, folders too; links are not followed.
fn everything(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut left) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(here) = left.pop() {
        for entry in fs::read_dir(&here).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                left.push(entry.path());
            }
            found.push(entry.path());
        }
    }
    found
}

/// Puts a link to `outside` in the place of something, and then that something back.
fn swap(what: &Path, outside: &Path, swapped: &AtomicUsize) {
    let mut away = what.as_os_str().to_owned();
    away.push(".away");
    let is_dir = what.is_dir();
    if fs::rename(what, &away).is_err() {
        return;
    }
    let link = if is_dir { outside.to_owned() } else { outside.join("canary") };
    if symlink(link, what).is_ok() {
        swapped.fetch_add(1, Ordering::SeqCst);
        std::thread::yield_now();
        let _gone = fs::remove_file(what);
    }
    // Where a folder was made meanwhile, what was there stays away: it is fetched again.
    let _back = fs::rename(&away, what);
}

/// Swaps what is there for links to the outside, so many times as are allowed, until it is over.
fn attacker(
    (folder, outside): (&Path, &Path),
    [swapped, allowed]: [&Arc<AtomicUsize>; 2],
    over: &Arc<AtomicBool>,
) -> std::thread::JoinHandle<()> {
    let (swapped, over, allowed) = (swapped.clone(), over.clone(), allowed.clone());
    let (folder, outside) = (folder.to_owned(), outside.to_owned());
    std::thread::spawn(move || {
        let mut random = fastrand::Rng::with_seed(7);
        while !over.load(Ordering::SeqCst) {
            let all = if swapped.load(Ordering::SeqCst) < allowed.load(Ordering::SeqCst) {
                everything(&folder)
            } else {
                Vec::new()
            };
            if let Some(what) = random.choice(&all).filter(|what| !what.ends_with("manifest.jsonl")) {
                swap(what, &outside, &swapped);
            }
            std::thread::yield_now();
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn swaps_for_links_bring_nothing_outside() {
    let races = std::env::var("STRONGROOM_RACES").map_or(RACES, |number| number.parse().unwrap());
    let scene = Scene::new(STUDENTS).await;
    for number in 0..STUDENTS * FILES {
        scene
            .upload(number % STUDENTS, &format!("{number}.txt"), format!("content {number}").as_bytes())
            .await;
    }
    let outside = scene.fixture.folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("canary"), "canary").unwrap();
    let folder = scene.folder();
    fs::create_dir(&folder).unwrap();

    let (swapped, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    // Some swaps a round: what comes after them shows that the rest still comes through.
    let allowed = Arc::new(AtomicUsize::new(0));
    let attacker = attacker((&folder, &outside), [&swapped, &allowed], &over);
    let (mut rounds, mut saved, mut refused) = (0, 0, 0);
    // Where the attacker was faster every time, a few more rounds show that the rest comes through.
    while swapped.load(Ordering::SeqCst) < races || (saved == 0 && rounds < MOST_ROUNDS) {
        if swapped.load(Ordering::SeqCst) < races {
            allowed.fetch_add(A_ROUND, Ordering::SeqCst);
        } else {
            // What it left in the way stays in the way; it may be at its last ones just now.
            drop(fs::remove_dir_all(&folder));
            drop(fs::create_dir_all(&folder));
        }
        let fetched = scene.fetch_or_fail().await;
        rounds += 1;
        if let Ok(fetched) = fetched {
            saved += fetched.saved.len();
            refused += fetched.failed.len();
        }
        // What is there is taken away, so that the next round has something to do.
        for path in everything(&folder).iter().filter(|path| path.extension().is_some_and(|e| e == "txt")) {
            let _gone = fs::remove_file(path);
        }
    }
    over.store(true, Ordering::SeqCst);
    attacker.join().unwrap();

    let bytes_outside: u64 = below(&outside).iter().filter(|path| !path.ends_with("canary")).count() as u64;
    println!(
        "link swaps: {} in {rounds} rounds, {saved} files saved and {refused} refused meanwhile, \
         files outside {bytes_outside}",
        swapped.load(Ordering::SeqCst)
    );
    assert_eq!(bytes_outside, 0);
    assert_eq!(fs::read_to_string(outside.join("canary")).unwrap(), "canary");
    assert!(saved > 0, "some of them came through");

    // When it is over everything is fetched, in another folder as in a new one.
    fs::remove_dir_all(&folder).unwrap();
    let fetched = scene.fetch().await;
    assert_eq!((fetched.saved.len(), &fetched.failed[..]), (STUDENTS * FILES, &[][..]));
    assert!(verify("CS101", &folder).unwrap().iter().all(|checked| checked.found == Found::Same));
    assert_eq!(below(&outside), [PathBuf::from("canary")]);
}
