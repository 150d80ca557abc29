//! The open points about service accounts and the CLI, asked of whatever `op` is given: by running
//! it, not through the provider, since the shapes of its answers are the question.
//!
//! Makes one vault of its own and deletes it again. The report holds words, keys of JSON objects and
//! exit codes: no id, no address, no token.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a change of a vault may take to show in the list of vaults.
const LATE: Duration = Duration::from_secs(20);
/// What is granted to the person who lends the address.
const GRANTED: &str = "--permissions=view_items,view_and_copy_passwords";

/// An `op`, whose token it has, and somebody who may be put on an empty vault for a moment.
pub(crate) struct Account {
    pub(crate) op: PathBuf,
    pub(crate) token: String,
    /// An active member's address.
    pub(crate) person: Option<String>,
    /// Where `op` keeps what it keeps.
    pub(crate) home: PathBuf,
}

/// What a child answered.
struct Answer {
    code: Option<i32>,
    json: Option<Value>,
    said: String,
}

impl Answer {
    fn is_done(&self) -> bool {
        self.code == Some(0) && !self.said.contains("[ERROR]")
    }

    /// The answer in words that can be shown to anybody.
    fn in_words(&self) -> String {
        if self.is_done() {
            return self.json.as_ref().map_or_else(|| "done, prints nothing".into(), shape);
        }
        format!("refused with exit code {}: {}", self.code.unwrap_or(-1), kind(&self.said))
    }
}

/// The keys of an object, or of the first of a list.
fn shape(value: &Value) -> String {
    let (prefix, object) = match value {
        Value::Array(list) => (format!("{} of ", list.len()), list.first()),
        other => (String::new(), Some(other)),
    };
    let keys: BTreeSet<&str> =
        object.and_then(Value::as_object).into_iter().flatten().map(|(k, _)| &**k).collect();
    format!("{prefix}{{{}}}", keys.into_iter().collect::<Vec<_>>().join(", "))
}

/// What kind of refusal it was, without what it is about.
fn kind(said: &str) -> &'static str {
    const KNOWN: [(&str, &str); 7] = [
        ("Too Many Requests", "too many requests (429)"),
        ("the accessor doesn't have any permissions", "\"the accessor doesn't have any permissions\""),
        ("permission", "no permission"),
        ("(403)", "forbidden (403)"),
        ("(404)", "not found (404)"),
        ("isn't a", "\"isn't a … in this account\""),
        ("unsupported", "unsupported"),
    ];
    KNOWN.iter().find(|(words, _)| said.contains(words)).map_or("other words", |(_, kind)| kind)
}

impl Account {
    fn run(&self, words: &[&str], stdin: &[u8]) -> Answer {
        let mut command = Command::new(&self.op);
        command.args(words).env_clear().env("HOME", &self.home).env("OP_FORMAT", "json");
        command.env("OP_SERVICE_ACCOUNT_TOKEN", &self.token).env("OP_BIOMETRIC_UNLOCK_ENABLED", "false");
        if let Ok(path) = std::env::var("PATH") {
            command.env("PATH", path);
        }
        command.stdin(if stdin.is_empty() { Stdio::null() } else { Stdio::piped() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        if let Some(mut pipe) = child.stdin.take() {
            std::io::Write::write_all(&mut pipe, stdin).unwrap();
        }
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).replace(&self.token, "");
        Answer { code: output.status.code(), json: serde_json::from_slice(&output.stdout).ok(), said }
    }

    fn ask(&self, words: &[&str]) -> Answer {
        self.run(words, &[])
    }

    fn content_version(&self, vault: &str, cached: &str) -> Option<u64> {
        let list = self.ask(&["vault", "list", cached]).json?;
        let ours = list.as_array()?.iter().find(|one| one["id"] == vault)?;
        ours["content_version"].as_u64()
    }

    /// Asks until the version differs: how long that took.
    fn rises(&self, vault: &str, before: Option<u64>, cached: &str) -> Option<Duration> {
        let begun = Instant::now();
        while begun.elapsed() < LATE {
            if self.content_version(vault, cached) != before {
                return Some(begun.elapsed());
            }
        }
        None
    }

    fn reads(&self) -> Option<u64> {
        let list = self.ask(&["service-account", "ratelimit"]).json?;
        let reads = list.as_array()?.iter().find(|row| row["type"] == "token" && row["action"] == "read")?;
        reads["used"].as_u64()
    }
}

/// The answers, one line a point.
pub(crate) fn examine(account: &Account) -> String {
    let mut report = String::new();
    let mut say = |point: &str, answer: String| writeln!(report, "- {point}: {answer}").unwrap();
    let version = Command::new(&account.op).arg("--version").env_clear().output().unwrap();
    say("version", String::from_utf8_lossy(&version.stdout).trim().chars().take(40).collect());
    say("whoami", account.ask(&["whoami"]).in_words());
    say(
        "account",
        account.ask(&["account", "get"]).json.map_or("not told".into(), |a| a["type"].to_string()),
    );
    let before = account.reads();
    say("user list", account.ask(&["user", "list"]).in_words());
    let cost = account.reads().zip(before).map(|(after, before)| after.saturating_sub(before));
    say("user list costs reads", cost.map_or("not told".into(), |cost| cost.to_string()));
    let made = account.ask(&["vault", "create", &name(), "--allow-admins-to-manage=false"]);
    say("vault create", made.in_words());
    let Some(vault) = made.json.as_ref().and_then(|vault| vault["id"].as_str()) else { return report };
    on_vault(account, vault, &mut say);
    say("vault edit", account.ask(&["vault", "edit", vault, &format!("--name={}-again", name())]).in_words());
    say("vault delete", account.ask(&["vault", "delete", vault]).in_words());
    say("exit code of 429, largest file", "not provoked".into());
    report
}

fn name() -> String {
    format!("strongroom-examination-{}", std::process::id())
}

fn on_vault(account: &Account, vault: &str, say: &mut impl FnMut(&str, String)) {
    say("who is on an own vault", account.ask(&["vault", "user", "list", vault]).in_words());
    say("which groups are", account.ask(&["vault", "group", "list", vault]).in_words());
    if let Some(person) = &account.person {
        let (at, who) = (format!("--vault={vault}"), format!("--user={person}"));
        let grant = |set| account.ask(&["vault", "user", "grant", &at, &who, set, "--no-input"]);
        say("grant", grant(GRANTED).in_words());
        let again = grant("--permissions=view_items");
        let told = again.json.as_ref().map(|answer| answer["permissions"].to_string());
        say("the same grant, less of it", told.unwrap_or_else(|| again.in_words()));
        say("list after a grant", account.ask(&["vault", "user", "list", vault]).in_words());
        let part = "--permissions=view_and_copy_passwords";
        let revoke = |words: &[&str]| {
            account.ask(&[&["vault", "user", "revoke", &at, &who, "--no-input"], words].concat()).in_words()
        };
        say("revoke a part", revoke(&[part]));
        say("revoke all", revoke(&[]));
    }
    for (cached, words) in [("--cache=false", "without the cache"), ("--cache=true", "with the cache")] {
        let before = account.content_version(vault, cached);
        let at = format!("--vault={vault}");
        let made =
            account.run(&["document", "create", "-", &at, "--title=examined", "--file-name=x"], b"examined");
        say(&format!("document create, {words}"), made.in_words());
        let rose = account.rises(vault, before, cached);
        let rose =
            rose.map(
                |after| if after.as_secs() < 3 { "at once".to_owned() } else { format!("{after:.0?} later") },
            );
        say(&format!("content_version rises, {words}"), rose.unwrap_or_else(|| "not within 20 s".into()));
    }
}
