//! What help and manual page say beside the commands: examples, exit codes, files, variables.
//!
//! Pure text. The exit codes are a contract that scheduled jobs build on.

use std::fmt::Write as _;

use clap::{Command, CommandFactory as _};

use super::Cli;

/// Command lines that show what the program is for, and what they do where that is not plain.
pub const EXAMPLES: &[(&str, &str)] = &[
    ("strongroom", "open the dashboard, or the demo class"),
    ("strongroom init", "set a class up"),
    ("strongroom doctor", "check everything, with what mends it"),
    ("strongroom roster import canvas.csv", "take over a class list"),
    ("strongroom provision", "make every vault that is missing, and grant it"),
    ("strongroom plan --out plan.json", "what differs from the class file, to look at"),
    ("strongroom apply plan.json", "carry out exactly that"),
    ("strongroom drift", "who has access and should not"),
    ("strongroom undo", "take the last job back"),
    ("strongroom status --json | jq '.rows[].state'", ""),
    ("strongroom grant s1001 --vault s1001 --level read", ""),
    ("strongroom watch --once --jsonl", "what has arrived since the last look"),
    ("strongroom missing hw1", "who has not handed in"),
    ("strongroom download --to handed-in", ""),
];

/// More of them, for the help and the page of the commands that they run.
const MORE: &[(&str, &str)] = &[
    ("strongroom init --id CS101-F26 --roster canvas.csv --dry-run", "only show what it would do"),
    ("strongroom trust ~/.config/strongroom/cs101.toml", "let it run the programs it names"),
    ("strongroom adopt --dry-run", "which vaults would be bound"),
    ("strongroom roster import list.csv --map name=Student,email=Mail --dry-run", "name the columns"),
    ("strongroom roster list --csv", ""),
    ("strongroom roster show ana@example.edu", ""),
    ("strongroom status", "where everybody stands"),
    ("strongroom attention", "what needs you now"),
    ("strongroom attention --check", "the same for a job: exit code 3 if anything does"),
    ("strongroom attention dismiss failed/s1001/access", "as the list names it, once you have seen to it"),
    ("strongroom provision s1001 s1002", "only these students"),
    ("strongroom provision --wait", "wait for the ration, then go on"),
    ("strongroom plan", "every difference, with its cost"),
    ("strongroom apply --yes", "everything that differs, without asking"),
    ("strongroom jobs", "what is carried out, waits or was left"),
    ("strongroom jobs show 4k2m7qhd", "one job with its rows"),
    ("strongroom jobs pause 4k2m7qhd", ""),
    ("strongroom jobs resume", "everything that was left unfinished"),
    ("strongroom jobs cancel 4k2m7qhd", ""),
    ("strongroom drift --out away.json", "write the plan that takes it away"),
    ("strongroom history --student s1001", "what was done about one student"),
    ("strongroom undo 4k2m7qhd --out back.json", "as a plan, to look at first"),
    ("strongroom quarantine", "vaults that a lost answer left behind"),
    ("strongroom close-term", "how far each step is"),
    ("strongroom close-term --step pull --to archive", "fetch everything first"),
    ("strongroom purge s1001", "one student's data on this machine"),
    ("strongroom purge CS101-F26 --confirm CS101-F26", "everybody's"),
    ("strongroom access", "who is on which vault"),
    ("strongroom access s1001 --why", "each way to it"),
    ("strongroom grant \"CS101 staff\" --vault s1001 --level read", "a group by its name"),
    ("strongroom revoke ta@example.edu --vault s1001", ""),
    ("strongroom invite s1001 s1002", ""),
    ("strongroom confirm --all", "everybody of the roster who waits for it"),
    ("strongroom suspend s1001", "in the whole account"),
    ("strongroom reactivate s1001", ""),
    ("strongroom missing --late --csv", "what came late, of every assignment that is due"),
    ("strongroom assign 17 hw1", "the upload with that number is of hw1"),
    ("strongroom assign \"Homework 1\" hw1 --student s1001", "the item with that title"),
    ("strongroom assign 17 --by-rule", "the class file decides again"),
    ("strongroom extend s1001 hw1 --until 2026-12-05T23:59", ""),
    ("strongroom extend s1001 hw1 --until +48h --reason ill", "two days more"),
    ("strongroom extend s1001 hw1 --excused", ""),
    ("strongroom handout s1001", "what a student needs to know"),
    ("strongroom handout --out letters", "one file a student"),
    ("strongroom items s1001", "what is in the vault"),
    ("strongroom items s1001 \"Homework 1\"", "one item with its fields and files"),
    ("strongroom watch", "uploads as they are noticed"),
    ("strongroom watch --jsonl --consumer grader", "go on where grader was"),
    ("strongroom download s1001 --assignment hw1 --to handed-in", "only what is of hw1"),
    ("strongroom download --to handed-in --verify", "whether what was fetched is still so"),
    ("strongroom handoff", "who is handed arrivals, and how far"),
    ("strongroom handoff test grader", "hand over an invented arrival"),
    ("strongroom handoff retry", "what had failed, once more"),
    ("strongroom handoff replay grader --from 12", "everything from number 12 on"),
    ("strongroom handoff drop grader 12", "number 12 is not wanted any more"),
    ("strongroom budget", "what may still be asked"),
    ("strongroom audit list --since 2026-11-02", ""),
    ("strongroom audit verify", "that no record was changed or left out"),
    ("strongroom audit verify --against events", "what 1Password reports, beside it"),
    ("strongroom audit checkpoint --file end.json", "to be kept elsewhere"),
    ("strongroom audit export --after 120", "what is new, as JSON lines"),
    ("strongroom audit report --out report", "a folder for whoever asks"),
    ("strongroom config print", "the settings of the class in effect"),
    ("strongroom config print --settings", "those of the screen"),
    ("strongroom config check", "every problem, with line and column"),
    ("strongroom sandbox serve --scenario demo --traffic", "a class with uploads arriving"),
    ("strongroom sandbox op -- vault list", "ask it as `op` would be asked"),
    ("strongroom sandbox op --install bin", "a program named op for it, in bin"),
    ("strongroom man audit verify", "the page of one command"),
    ("strongroom completions fish", ""),
];

/// The examples of a command and of those below it, by its name behind that of the program.
pub fn examples(path: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let begin = format!("strongroom {path}");
    let runs =
        move |line: &str| line.strip_prefix(&begin).is_some_and(|rest| !rest.starts_with(|c| c != ' '));
    EXAMPLES.iter().chain(MORE).filter(move |(line, _)| runs(line)).copied()
}

/// The command line with the examples of each command in its help.
pub(super) fn with_examples(command: Command) -> Command {
    below(command, "")
}

/// Puts examples into the help of what is below a command.
fn below(command: Command, path: &str) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| {
        let path = format!("{path} {name}");
        let path = path.trim_start().to_owned();
        command.mut_subcommand(name, |command| {
            let lines = listed(examples(&path));
            let command =
                if lines.is_empty() { command } else { command.after_help(lines.trim_end().to_owned()) };
            below(command, &path)
        })
    })
}

/// How words name students and vaults.
pub const NAMES: &str = "\
A STUDENT is named by roster key, exact e-mail address or 1Password user id; a VAULT by id, by a \
student's name of these, or by its exact name; never by something that looks alike.";

/// Every exit code.
pub const CODES: &[(u8, &str)] = &[
    (0, "done"),
    (1, "failed"),
    (2, "usage, configuration or input file"),
    (3, "partly done, or something was found: drift, a difference, a need (see standard output)"),
    (4, "not signed in, the token was refused, or it lacks the right"),
    (5, "the ration of requests is used up: try again after the printed time"),
    (6, "refused: read-only, a rule of access, a stale plan, or nobody has agreed"),
    (130, "interrupted (SIGINT)"),
    (143, "ended (SIGTERM)"),
];

/// The files that are read or written without being named on the command line.
pub const FILES: &[(&str, &str)] = &[
    (
        "$XDG_CONFIG_HOME/strongroom/*.toml",
        "Class files; the only one is the one that is meant, of several --class FILE chooses. \
         strongroom init writes one, and strongroom config print shows every setting of it.",
    ),
    (
        "$XDG_CONFIG_HOME/strongroom/settings.toml",
        "How the screen looks and which keys do what, for all classes.",
    ),
    (
        "$XDG_CONFIG_HOME/strongroom/audit.key",
        "The key of the audit log. Without it the log can be read, not verified.",
    ),
    (
        "$XDG_STATE_HOME/strongroom/ACCOUNT/CLASS/store.db",
        "What is remembered of a class: class list, which vault is whose, what was granted, the journal \
         of arrivals. No passwords and no values of fields.",
    ),
    (
        "$XDG_STATE_HOME/strongroom/ACCOUNT/CLASS/audit.jsonl",
        "The log of every change, a chain of HMAC-SHA256 codes.",
    ),
    ("$XDG_STATE_HOME/strongroom/sandbox/", "The world of a sandbox that is served; no real data."),
];

/// The environment variables that are read.
pub const VARIABLES: &[(&str, &str)] = &[
    (
        "OP_SERVICE_ACCOUNT_TOKEN",
        "The service account's token, unless the class file names a file or a command for it.",
    ),
    ("OP_CONNECT_TOKEN", "The token for the Connect server, unless the class file names a file for it."),
    ("STRONGROOM_EVENTS_TOKEN", "The token for the Events API, unless the class file names a file for it."),
    ("STRONGROOM_SANDBOX_URL", "The address of the sandbox, in place of the class file's."),
    ("STRONGROOM_SANDBOX_TOKEN", "The token for it."),
    ("STRONGROOM_THEME", "The theme, in place of that of settings.toml."),
    ("STRONGROOM_PLAIN", "Set to anything but nothing, or 0: the dashboard as lines one below the other."),
    ("XDG_CONFIG_HOME", "Where class files are; ~/.config by default."),
    ("XDG_STATE_HOME", "Where the local state is; ~/.local/state by default."),
    ("NO_COLOR", "Set to anything but nothing: no colours, unless --color asks for them."),
    ("COLORTERM", "truecolor or 24bit: the terminal has every colour."),
    ("COLORFGBG", "The terminal's colours, for a theme that fits, where it does not answer itself."),
    ("TERM", "dumb means no colours, and lines in place of a screen."),
    ("LC_ALL, LC_CTYPE, LANG", "The locale, which doctor looks at."),
    ("TMUX", "Inside of tmux, which takes what is copied."),
    ("NOTIFY_SOCKET", "Where systemd is told that watch is ready."),
    ("PATH, HOME, USER, LOGNAME", "Where op is found, where the folders above are, and whom the log names."),
];

/// Examples as help lists them.
fn listed(examples: impl Iterator<Item = (&'static str, &'static str)>) -> String {
    let examples: Vec<_> = examples.collect();
    let explained = examples.iter().filter(|(_, does)| !does.is_empty());
    let column = explained.map(|(line, _)| line.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (at, (line, does)) in examples.iter().enumerate() {
        let line = if does.is_empty() { (*line).to_owned() } else { format!("{line:<column$}  {does}") };
        let head = if at == 0 { "Examples:\n" } else { "" };
        // Writing to a string cannot fail.
        let _written = writeln!(text, "{head}  {line}");
    }
    text
}

/// What stands below the help of the program.
pub(super) fn after() -> String {
    let mut text = listed(EXAMPLES.iter().copied());
    let _written = write!(text, "\n{NAMES}\n\nExit codes:");
    for (code, means) in CODES {
        let _written = write!(text, "\n  {code:<5}{means}");
    }
    text
}

/// The command line as it is shown: without commands that are for scripts alone.
pub fn shown() -> Command {
    let whole = with_examples(Cli::command());
    let mut shown = Command::new("strongroom")
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .after_help(after())
        .args(whole.get_arguments().cloned())
        .subcommands(whole.get_subcommands().filter(|command| !command.is_hide_set()).cloned());
    if let Some(about) = whole.get_about() {
        shown = shown.about(about.clone());
    }
    if let Some(about) = whole.get_long_about() {
        shown = shown.long_about(about.clone());
    }
    shown
}
