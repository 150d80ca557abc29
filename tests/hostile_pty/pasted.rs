//! What was copied, pasted into a shell: a name that somebody has chosen runs nothing there.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;

use crate::class::titled;
use crate::pty::Pty;
use crate::world::World;

const BASH: &str = "/bin/bash";
/// The longest that a failing test waits.
const PATIENCE: Duration = Duration::from_secs(20);
/// What every one of the texts is to run: it leaves a file.
const HARM: &str = "touch ran";
/// Around it, what ends a line or a paste, or is a key by which a shell runs or edits what stands there:
/// accept-line (ctrl-j, ctrl-m), operate-and-get-next (ctrl-o), edit-and-execute (ctrl-x ctrl-e).
const AROUND: [(&str, &str); 12] = [
    ("", "\r"),
    ("", "\n"),
    ("a\r\n", "\r\n"),
    ("", "\u{f}"),
    ("", "\u{18}\u{5}"),
    ("\u{1b}[201~", "\r"),
    ("\u{1b}[201~\n", "\n\u{1b}[200~"),
    ("\u{9b}201~", "\u{85}"),
    ("$(", ")\u{2028}"),
    ("`", "`\u{b}\u{c}"),
    ("'; ", "; '\u{16}\r"),
    ("x && ", "\u{1b}\r\u{1b}\n"),
];

/// How a terminal sends what is pasted.
#[derive(Clone, Copy, Debug)]
enum Paste {
    AsKeys,
    Bracketed,
}

fn dashboard(world: &World) -> Pty {
    let screen = world.start(&[], (120, 40));
    screen.until("the class", |text| text.contains("touch ran") && text.contains(" live "));
    screen
}

/// Copies, and returns what the terminal was asked for.
fn copied(screen: &mut Pty, keys: &str) -> String {
    let from = screen.raw().len();
    screen.keys(keys);
    let text = |raw: &[u8]| {
        let raw = String::from_utf8_lossy(raw).into_owned();
        let asked = raw.split("\x1b]52;c;").nth(1)?.split_once('\x07')?.0.to_owned();
        Some(String::from_utf8(base64::engine::general_purpose::STANDARD.decode(asked).unwrap()).unwrap())
    };
    assert!(screen.writes(from, PATIENCE, |raw| text(raw).is_some()), "{keys} copies");
    text(&screen.raw()[from..]).unwrap()
}

/// Pastes a text into a shell, gives the line up, and says whether anything was run.
fn runs(shell: &mut Pty, home: &Path, text: &str, how: Paste) -> bool {
    match how {
        Paste::AsKeys => shell.keys(text),
        Paste::Bracketed => shell.keys(&format!("\x1b[200~{text}\x1b[201~")),
    }
    // Behind all of it: what was run was run before. An interrupt would throw away what the shell has not read.
    let (from, number) = (shell.raw().len(), shell.raw().len());
    let told = format!("told-{}", number * 2);
    let has = |raw: &[u8]| String::from_utf8_lossy(raw).contains(&told);
    // What ends a paste that is over already leaves a letter behind, now and then after the line was given up:
    // then the first one is no command, and is asked again.
    let answers = (0..5).any(|_| {
        shell.keys(&format!("\x05\x15echo told-$(({number}*2))\r"));
        shell.writes(from, PATIENCE / 5, has)
    });
    assert!(answers, "{text:?} {how:?}: {:?}", String::from_utf8_lossy(&shell.raw()[from..]));
    std::fs::remove_file(home.join("ran")).is_ok()
}

#[test]
fn what_was_copied_runs_nothing_where_it_is_pasted() {
    if !Path::new(BASH).exists() {
        return;
    }
    let texts = AROUND.map(|(before, after)| format!("{before}{HARM}{after}"));
    let world = World::new();
    // A class list has a line for each student.
    let name = texts.concat().replace(['\r', '\n'], "\u{f}").replace('"', "");
    world.enrol(&format!("Name,Email\n\"{name}\",ngozi@example.edu\n"));
    world.run(&["provision"]);
    titled(&world, "T1-ngozi", "ngozi@example.edu", &texts);
    let mut screen = dashboard(&world);
    screen.shows(&format!("of {} ", texts.len()));
    let mut values: Vec<String> = ["1yn", "1ye", "1yk", "1yr"].map(|keys| copied(&mut screen, keys)).into();
    screen.keys("2");
    for at in 0..texts.len() {
        values.push(copied(&mut screen, if at == 0 { "yT" } else { "jyT" }));
        values.push(copied(&mut screen, "yr"));
    }
    screen.keys("Q");
    screen.end();
    assert!(values.iter().filter(|value| value.contains(HARM)).count() > 2 * texts.len());

    let home = tempfile::tempdir().unwrap();
    let env = [("HOME", home.path()), ("LC_ALL", Path::new("C.UTF-8"))];
    let mut shell = Pty::shell(&[BASH, "--norc", "--noprofile", "-i"], &env, (200, 50));
    shell.shows("shell> ");
    shell.keys("cd; bind 'set enable-bracketed-paste on'\r");
    // What is asked here can be answered with yes: as it was written it would run.
    for (text, how) in [(&texts[0], Paste::AsKeys), (&texts[1], Paste::AsKeys), (&texts[5], Paste::Bracketed)]
    {
        assert!(runs(&mut shell, home.path(), text, how), "{text:?}");
    }
    for value in &values {
        for how in [Paste::AsKeys, Paste::Bracketed] {
            assert!(!runs(&mut shell, home.path(), value, how), "{value:?} {how:?}");
        }
    }
    println!("{} copied values pasted as keys and as pastes: nothing was run", values.len());
    shell.keys("exit\r");
    shell.end();
}
