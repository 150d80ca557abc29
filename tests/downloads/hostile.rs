//! Names that want to be somewhere else, or somebody else's: every seed in every dress, or as many names as
//! `STRONGROOM_NAMES` says.

use std::collections::{BTreeMap, HashSet};
use std::os::unix::fs::PermissionsExt as _;

use futures_util::{StreamExt as _, stream};
use strongroom::domain::transfer::Quotas;
use strongroom::download::{Found, fetch, verify};

use crate::scene::{Scene, below, file, sha256};

/// Of which some come to the same vault, and look alike there.
const STUDENTS: usize = 2;
/// So many are handed in at the same time.
const AT_ONCE: usize = 16;

/// What is hostile by itself.
const SEEDS: [&str; 48] = [
    "../../etc/passwd",
    "..",
    ".",
    "/etc/shadow",
    "//host/share",
    "C:\\Windows\\System32\\x.dll",
    "..\\..\\x",
    "a/../../../b",
    "\0",
    "a\0.pdf",
    "a\nb",
    "a\rb",
    "\u{1b}[2J",
    "\u{7}",
    "a\u{202e}fdp.exe",
    "\u{2066}x\u{2069}",
    "\u{200b}",
    "a\u{200d}b",
    "\u{feff}a",
    "CON",
    "con.txt",
    "PRN",
    "AUX.c",
    "NUL",
    "COM1",
    "LPT9.txt",
    "-rf",
    "--help",
    ".bashrc",
    ".ssh/authorized_keys",
    "...",
    " ",
    "a ",
    "a.",
    "👩‍👩‍👧‍👦.zip",
    "é.pdf",
    "e\u{301}.pdf",
    "ﬁle.pdf",
    "Straße.txt",
    "ı.txt",
    "$(touch x)",
    "`id`",
    "a;b|c&d",
    "*",
    "?",
    "~root",
    "%2e%2e%2f",
    "manifest.jsonl",
];

/// The corpus: every seed in many dresses. The same for ever, so that a failure can be repeated.
fn names() -> Vec<String> {
    let mut names = vec!["x".repeat(300), format!("{}.pdf", "y".repeat(300)), "Ж".repeat(150)];
    let dresses: [fn(&str, usize) -> String; 8] = [
        |seed, _| seed.to_owned(),
        |seed, _| seed.to_uppercase(),
        |seed, _| seed.to_lowercase(),
        |seed, number| format!("{seed}{number}"),
        |seed, number| format!("{number}/{seed}"),
        |seed, _| format!("../{seed}"),
        |seed, _| format!("{seed}.tar.gz"),
        |seed, number| format!("{seed}{}", "\u{301}".repeat(number % 40 + 1)),
    ];
    let once = names.len() + SEEDS.len() * dresses.len();
    let wanted = std::env::var("STRONGROOM_NAMES").map_or(once, |number| number.parse().unwrap());
    // Anew with another number each time; the first one adds several marks to a letter.
    for number in 7.. {
        for seed in SEEDS {
            for dress in dresses {
                if names.len() == wanted {
                    return names;
                }
                names.push(dress(seed, number));
            }
        }
    }
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_are_saved_and_nothing_is_outside() {
    let scene = Scene::new(STUDENTS).await;
    let upload = async |(number, name): (usize, String)| {
        let bytes = format!("{number}: {name}").into_bytes();
        (scene.upload(number % STUDENTS, &name, &bytes).await, (name, bytes))
    };
    let uploads = stream::iter(names().into_iter().enumerate()).map(upload).buffer_unordered(AT_ONCE);
    let mut sent: BTreeMap<_, _> = uploads.collect().await;
    // The service takes no empty name; another client might have made one.
    let nameless = scene.upload(0, "nameless", b"nameless").await;
    let detail = scene.desk.queries.detail(&nameless).await.unwrap();
    scene.twisted.names.lock().unwrap().insert(detail.files[0].id.clone(), String::new());
    sent.insert(nameless, (String::new(), b"nameless".to_vec()));
    // Beside the folder and in it stands something that must stay as it is.
    let here = scene.fixture.folder.path().join("home");
    std::fs::create_dir(&here).unwrap();
    std::fs::write(here.join("canary"), "canary").unwrap();
    let folder = here.join("got");

    let began = std::time::Instant::now();
    let fetched =
        fetch(&scene.desk.queries, &scene.everybody(), &folder, Quotas::default(), |_| {}).await.unwrap();
    let took = began.elapsed();
    assert_eq!((&fetched.failed[..], &fetched.stopped, fetched.there.len()), (&[][..], &None, 0));

    let files = below(&here);
    let outside = files.iter().filter(|path| !path.starts_with("got/CS101")).count() - 1;
    let mut equal = 0;
    let mut names = HashSet::new();
    for saved in &fetched.saved {
        let (name, bytes) = &sent[&saved.at];
        let path = folder.join(&saved.path);
        assert!(names.insert(saved.path.to_lowercase()), "{} twice", saved.path);
        assert_eq!(
            (saved.name.raw(), std::fs::symlink_metadata(&path).unwrap().is_file()),
            (name.as_str(), true)
        );
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        let on_disk = std::fs::read(&path).unwrap();
        equal += usize::from(on_disk == *bytes && saved.sha256 == sha256(bytes));
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-/".contains(&b);
        assert!(saved.path.bytes().all(plain) && saved.path.len() < 200, "{}", saved.path);
    }
    let saved = fetched.saved.len();
    println!(
        "hostile names: {} sent, {saved} saved, sha256 equal {equal}, paths outside the folder {outside}, \
         overwritten {}, in {took:.1?}",
        sent.len(),
        saved - names.len(),
    );
    assert_eq!((saved, equal, outside, names.len()), (sent.len(), sent.len(), 0, sent.len()));
    assert_eq!(files.len(), saved + 2, "the files, the manifest, the canary and nothing else");
    assert_eq!(std::fs::read(here.join("canary")).unwrap(), b"canary");
    assert!(verify("CS101", &folder).unwrap().iter().all(|checked| checked.found == Found::Same));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_one_item_whose_names_look_alike_get_a_number() {
    let scene = Scene::new(1).await;
    let at = scene.upload(0, "Report.pdf", b"one").await;
    let twins = [
        file(1, "report.PDF", b"two"),
        file(2, "Report.pdf", b"three"),
        file(3, "\u{202e}Report.pdf", b"four"),
        file(4, "Report-2.pdf", b"five"),
    ];
    scene.twisted.beside.lock().unwrap().insert(at, twins.to_vec());
    let fetched = scene.fetch().await;
    assert_eq!(fetched.failed, []);
    let mut contents: Vec<_> = below(&scene.folder())
        .into_iter()
        .filter(|path| !path.ends_with("manifest.jsonl"))
        .map(|path| std::fs::read_to_string(scene.folder().join(path)).unwrap())
        .collect();
    contents.sort();
    assert_eq!(contents, ["five", "four", "one", "three", "two"]);
    let names: HashSet<_> = fetched.saved.iter().map(|saved| saved.path.to_lowercase()).collect();
    assert_eq!(names.len(), 5, "{names:?}");
    assert_eq!(scene.fetch().await.there.len(), 5, "nothing is fetched twice");
}
