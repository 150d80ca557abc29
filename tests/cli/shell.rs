//! The manual page and the completion of words: what a shell is given, and what never happens by it.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use strongroom::domain::class::StudentKey;
use strongroom::domain::roster::Student;
use strongroom::domain::text::Untrusted;
use strongroom::store::Store;

use crate::support::{Class, PROGRAM, Ran, bare, run};

const BASH: &str = "/bin/bash";

const ROSTER: &str = "key,name,email
s1001,$(touch x),ngozi@example.edu
s1002,`touch x`,amal@example.edu
bai-2,'; touch x; ',bai.li@example.edu
";

/// Addresses written to be run by a shell. No class list with them is taken over, but a store may be older
/// than that rule, or another's.
const ADDRESSES: [&str; 3] =
    ["$(touch${IFS}x)@example.edu", "`touch`@example.edu", "a;touch${IFS}x@example.edu"];

fn alone(words: &str) -> Ran {
    let home = tempfile::tempdir().unwrap();
    let mut command = bare(home.path());
    command.args(words.split_whitespace());
    run(command, "")
}

/// What bash offers for a line: runs the function that `complete` names, as readline would.
///
/// `words` are the words as bash cuts them, the last one being typed.
fn offered(class: &Class, line: &str, words: &[&str]) -> Vec<String> {
    let script = r#"
        source <(strongroom completions bash)
        [[ $(complete -p strongroom) == *' -F _strongroom_names '* ]] || exit 9
        COMP_LINE=$1 COMP_POINT=${#1}
        shift
        COMP_WORDS=("$@") COMP_CWORD=$(( $# - 1 ))
        _strongroom_names strongroom "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        (( ${#COMPREPLY[@]} )) && printf '%s\n' "${COMPREPLY[@]}"
        exit 0"#;
    let program = Path::new(PROGRAM).parent().unwrap().display().to_string();
    let mut bash = Command::new(BASH);
    bash.args(["--norc", "--noprofile", "-c", script, "bash", line]).args(words);
    bash.env_clear().env("HOME", class.home.path()).env("PATH", format!("{program}:/usr/bin:/bin"));
    bash.env("XDG_CONFIG_HOME", class.path("config")).env("XDG_STATE_HOME", class.path("state"));
    bash.current_dir(class.home.path());
    let ran = run(bash, "").exits(0);
    assert!(ran.err.is_empty(), "{line}: {}", ran.err);
    ran.out.lines().map(str::to_owned).collect()
}

/// A class with a hostile class list; the first student has a vault.
async fn hostile() -> Class {
    let class = Class::new().await;
    class.person("ngozi").await;
    class.write("list.csv", ROSTER);
    class.run("roster import list.csv").exits(0);
    class.run("provision s1001").exits(0);
    let memory = class.path("state/strongroom/accounts/CS101");
    let account = std::fs::read_to_string(memory).unwrap();
    let store = class.path("state/strongroom").join(account.trim()).join("CS101/store.db");
    let student = |(at, email): (usize, &&str)| Student {
        key: StudentKey::parse(&format!("z{at}")).unwrap(),
        name: "Z".into(),
        email: Untrusted::new(*email),
    };
    let students: Vec<_> = ADDRESSES.iter().enumerate().map(student).collect();
    Store::open(&store).unwrap().enroll(&students).unwrap();
    class
}

#[tokio::test(flavor = "multi_thread")]
async fn bash_completes_names_of_the_class_and_never_runs_one() {
    if !Path::new(BASH).exists() {
        return;
    }
    let class = hostile().await;
    let asked = class.requests().await;
    let file = class.path("class.toml").display().to_string();
    let with = |rest: &str| format!("strongroom --class {file} {rest}");
    let head = ["strongroom", "--class", file.as_str()];
    let words = |rest: &[&'static str]| [&head[..], rest].concat();

    let all = offered(&class, &with("provision "), &words(&["provision", ""]));
    assert_eq!(all, ["bai-2", "s1001", "s1002", "z0", "z1", "z2"]);
    let by_letter = offered(&class, &with("grant b"), &words(&["grant", "b"]));
    assert_eq!(by_letter, ["bai-2", "bai.li@example.edu"]);
    // Bash cuts words at @, and replaces what is behind it.
    let address = offered(&class, &with("grant ngozi@ex"), &words(&["grant", "ngozi", "@", "ex"]));
    assert_eq!(address, ["example.edu"]);
    let vault =
        offered(&class, &with("grant s1001 --vault=CS"), &words(&["grant", "s1001", "--vault", "=", "CS"]));
    assert_eq!(vault, ["CS101-s1001"]);
    // An address that a shell would run is no name to complete.
    for typed in ["$(touch", "`", "a;", "$"] {
        let line = with(&format!("grant {typed}"));
        assert_eq!(offered(&class, &line, &[&head[..], &["grant", typed]].concat()), [""; 0], "{typed}");
    }
    // Where no name stands, commands and options do; never the words of the help.
    let options = offered(&class, &with("grant --"), &words(&["grant", "--"]));
    assert!(
        options.contains(&"--vault".to_owned()) && options.contains(&"--level".to_owned()),
        "{options:?}"
    );
    let commands = offered(&class, "strongroom gr", &["strongroom", "gr"]);
    assert_eq!(commands, ["grant"]);
    let nobody = offered(
        &class,
        "strongroom --class nowhere grant ",
        &["strongroom", "--class", "nowhere", "grant", ""],
    );
    assert!(nobody.iter().all(|word| !word.starts_with(['<', '['])), "{nobody:?}");

    assert!(!class.path("x").exists(), "a name was run");
    assert_eq!(class.requests().await, asked, "completion asks nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn completion_is_silent_whatever_is_wrong() {
    let class = hostile().await;
    let state = class.path("state/strongroom");
    class.write("broken.toml", "[class");
    for line in [
        "strongroom --class nowhere.toml grant ",
        "strongroom --class broken.toml grant ",
        "strongroom --state /nowhere --class class.toml grant ",
        "grant",
        "",
        "strongroom grant \u{1b}]0;x\u{7} ",
    ] {
        let mut command = bare(class.home.path());
        command.args(["complete", "--line", line]);
        let ran = run(command, "").exits(0);
        assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""), "{line:?}");
    }
    // Nothing is made where there was nothing.
    assert!(!Path::new("/nowhere").exists() && state.exists());
    let empty = tempfile::tempdir().unwrap();
    let mut command = bare(empty.path());
    command.args(["complete", "--line", "strongroom grant "]);
    run(command, "").exits(0);
    assert_eq!(std::fs::read_dir(empty.path()).unwrap().count(), 0);
}

#[test]
fn every_shell_has_a_script_that_knows_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = alone(&format!("completions {shell}")).exits(0).out;
        for word in ["provision", "close-term", "completions", "--vault"] {
            let word = if shell == "fish" { word.trim_start_matches("--") } else { word };
            assert!(script.contains(word), "{shell}: {word}");
        }
        let asks = script.contains("strongroom complete --line");
        assert_eq!(asks, ["bash", "zsh", "fish"].contains(&shell), "{shell}");
        // The command for scripts is offered to nobody.
        assert!(
            !script.contains("strongroom__subcmd__complete\"") && !script.contains("'complete:"),
            "{shell}"
        );
    }
    let zsh = alone("completions zsh").out;
    assert!(!zsh.contains(":_default'") && zsh.contains(":VAULT:_strongroom_names'"));
    assert_eq!(zsh.matches("local _strongroom_line=").count(), 1);
    let fish = alone("completions fish").out;
    let vault = fish.lines().find(|line| line.contains("-l vault ")).unwrap();
    assert!(vault.ends_with(" -r -a '(__strongroom_names)'"), "{vault}");
    for script in [zsh, fish, alone("completions bash").out] {
        assert!(!script.contains("eval"), "names are never read as shell");
    }
}

#[test]
fn the_manual_page_has_every_command_and_every_exit_code() {
    let page = alone("man").exits(0).out;
    assert!(page.contains(".TH strongroom 1"), "{page}");
    for heading in ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "\"EXIT STATUS\"", "FILES", "ENVIRONMENT"]
    {
        assert!(page.contains(&format!("\n.SH {heading}\n")), "{heading}");
    }
    for command in ["provision", "audit verify", "roster import", "close-term", "jobs pause", "completions"] {
        assert!(page.contains(&format!("\n.SS \"strongroom {command}\"\n")), "{command}");
    }
    assert!(!page.contains("strongroom complete\"") && page.contains("not affiliated with 1Password"));
    let one = alone("man audit verify").exits(0).out;
    let title = one.lines().find(|line| line.starts_with(".TH ")).unwrap();
    let source = concat!("\"strongroom ", env!("CARGO_PKG_VERSION"), "\"");
    assert!(title.contains(source), "{title}");
    assert!(one.contains("strongroom\\-audit\\-verify") && !one.contains(".SH COMMANDS"), "{one}");
    let none = alone("man audit nothing").exits(2);
    assert!(
        none.out.is_empty() && none.err.contains("no command is named \"audit nothing\""),
        "{}",
        none.err
    );
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let home = tempfile::tempdir().unwrap();
    for words in [&["man"][..], &["completions", "zsh"]] {
        let mut child =
            bare(home.path()).args(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{words:?}");
    }
}
