//! What help and manual page say beside the commands: examples, exit codes, files, variables.
//!
//! Pure text. The exit codes are a contract that scheduled jobs build on.

use std::fmt::Write as _;

use clap::{Command, CommandFactory as _};

use super::Cli;

/// Command lines, and what they do where that is not plain.
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

/// The width of the column of examples in the help.
const COLUMN: usize = 46;

/// What stands below the help of the program.
pub(super) fn after() -> String {
    let mut text = String::from("Examples:\n");
    // Writing to a string cannot fail.
    for (line, does) in EXAMPLES {
        let line = if does.is_empty() { (*line).to_owned() } else { format!("{line:<COLUMN$} {does}") };
        let _written = writeln!(text, "  {line}");
    }
    let _written = write!(text, "\n{NAMES}\n\nExit codes:");
    for (code, means) in CODES {
        let _written = write!(text, "\n  {code:<5}{means}");
    }
    text
}

/// The command line as it is shown: without commands that are for scripts alone.
pub fn shown() -> Command {
    let whole = Cli::command();
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
