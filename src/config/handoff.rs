//! What a class file says of those who are handed arrivals: `[[watch.hook]]`, `[[watch.webhook]]`.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::DeValue;

use super::document::{Document, Section};
use super::value::{Taken, Wrong, command, number, path, text, time, words};
use crate::domain::handoff::{Consumer, Means};
use crate::domain::host::is_loopback;
use crate::domain::text::SafeText;

/// How long an offer may take: the shortest and the longest.
const TIMEOUTS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(60 * 60);
/// And by itself, for a program and for an address.
const PROGRAM: Duration = Duration::from_secs(60);
const ADDRESS: Duration = Duration::from_secs(20);
/// How often a refused arrival is offered again: by itself, and at most.
const RETRIES: u32 = 5;
const MOST_RETRIES: u32 = 20;

/// Everybody who is handed arrivals, in the order of the file: programs first.
pub(super) fn consumers(file: &mut Document<'_>, folder: &Path) -> Vec<Consumer> {
    const RUN: &str = "write the words of a command: [\"/opt/grade/ingest\", \"--class\", \"CS101\"]";
    let mut consumers = Vec::new();
    for entry in file.entries("watch.hook") {
        let run = file.field(entry, "run", |value| command(value, RUN));
        let by = run.map(|run| Means::Hook { run });
        add(&mut consumers, file, entry, by, ("hook", PROGRAM));
    }
    for entry in file.entries("watch.webhook") {
        let url = file.field(entry, "url", address);
        let secret_file = file.field(entry, "secret_file", |value| path(value, folder));
        let by = url.zip(secret_file).map(|(url, secret_file)| Means::Webhook { url, secret_file });
        add(&mut consumers, file, entry, by, ("webhook", ADDRESS));
    }
    consumers
}

/// Adds an entry to those before it. An only one needs no name.
fn add<'a>(
    consumers: &mut Vec<Consumer>,
    file: &mut Document<'a>,
    entry: Section<'a>,
    by: Option<Means>,
    (kind, timeout): (&str, Duration),
) {
    let name = if entry.has("name") { file.field(entry, "name", name) } else { Some(kind.to_owned()) };
    let timeout = if entry.has("timeout") { file.field(entry, "timeout", patience) } else { Some(timeout) };
    let retries = if entry.has("retries") { file.field(entry, "retries", retries) } else { Some(RETRIES) };
    let (Some(by), Some(name), Some(timeout), Some(retries)) = (by, name, timeout, retries) else { return };
    if consumers.iter().any(|other| other.name == name) {
        let message = format!("two that are handed arrivals have the name \"{name}\"");
        file.report(entry.start, message, "give each a name of its own: what it has had is kept under it");
    }
    consumers.push(Consumer { name, by, timeout, retries });
}

/// The folder that files are saved to: absolute, or `~/` for the home folder. Beside the class file,
/// where a relative path would lead, is no place for what students hand in.
pub(super) fn save_to<'a>(value: &'a DeValue<'a>, home: Option<&str>) -> Taken<PathBuf> {
    const MEND: &str = "write the whole path, such as \"/srv/handed-in\" or \"~/handed-in\"";
    let path = words(value)?;
    let path = match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => Path::new(home).join(rest),
        _ => PathBuf::from(path),
    };
    if path.is_absolute() { Ok(path) } else { Err(Wrong::new("it is no whole path", MEND)) }
}

fn name<'a>(value: &'a DeValue<'a>) -> Taken<String> {
    let name = text(value)?;
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let fits = (1..=32).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with('-');
    if fits {
        Ok(name.to_owned())
    } else {
        Err(Wrong::new(format!("\"{name}\" is no such name"), "write 1 to 32 of a-z, 0-9 and inner -"))
    }
}

fn patience(value: &DeValue<'_>) -> Taken<Duration> {
    time(value, &TIMEOUTS, "write a time from \"1s\" to \"1h\" such as \"60s\"")
}

fn retries(value: &DeValue<'_>) -> Taken<u32> {
    let mend = format!("write a number from 0 to {MOST_RETRIES}");
    number(value, &(0..=MOST_RETRIES), "it is out of bounds", &mend)
}

/// An address that arrivals are sent to: nobody on the way may read them.
fn address<'a>(value: &'a DeValue<'a>) -> Taken<String> {
    const MEND: &str = "write it as \"https://grader.example.edu/uploads\"";
    let text = text(value)?;
    // What was written is not quoted: it may hold a secret.
    let url = reqwest::Url::parse(text).map_err(|_| Wrong::new("it is no address", MEND))?;
    let host = url.host_str().unwrap_or_default();
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Wrong::new("the address holds credentials", "the secret that signs is in secret_file"));
    }
    match url.scheme() {
        "https" if !host.is_empty() => Ok(text.to_owned()),
        "http" if is_loopback(host) => Ok(text.to_owned()),
        "http" => Err(Wrong::new("plain http goes to this machine only", "write https://…")),
        _ => Err(Wrong::new("it is no address of the web", MEND)),
    }
}

/// The setting that makes the class file reach a consumer, and in words what that is: the words of a
/// program, or where an address is without what stands behind it.
pub(super) fn reached(consumer: &Consumer) -> (&'static str, SafeText) {
    match &consumer.by {
        Means::Hook { run } => ("watch.hook", SafeText::new(&run.join(" "))),
        Means::Webhook { url, .. } => {
            let url = reqwest::Url::parse(url).ok();
            let origin = url.map(|url| url.origin().ascii_serialization());
            ("watch.webhook", SafeText::new(&origin.unwrap_or_default()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Environment, parse};
    use super::*;

    fn read(watch: &str) -> Result<Config, Vec<String>> {
        let file = format!("[class]\nid = \"CS101\"\n{watch}");
        let refusal = match parse(&file, "/etc/class.toml", &Environment::default()) {
            Ok(config) => return Ok(config),
            Err(refusal) => refusal,
        };
        Err(refusal.problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn programs_and_addresses_are_read_and_need_trust() {
        let config = read(
            "[watch]\nsave_to = \"/srv/in\"\n[[watch.hook]]\nrun = [\"/opt/grade/ingest\", \"--class\", \"CS101\"]\n\
             timeout = \"90s\"\n[[watch.webhook]]\nname = \"grader\"\nurl = \"https://grader.example.edu/u?k=canary\"\n\
             secret_file = \"webhook.key\"\nretries = 0",
        )
        .unwrap();
        assert_eq!(config.watch.save_to.as_deref(), Some(Path::new("/srv/in")));
        let [hook, webhook] = &config.watch.consumers[..] else { panic!("two") };
        assert_eq!((hook.name.as_str(), hook.timeout, hook.retries), ("hook", Duration::from_secs(90), 5));
        assert_eq!((webhook.name.as_str(), webhook.timeout, webhook.retries), ("grader", ADDRESS, 0));
        assert!(
            matches!(&webhook.by, Means::Webhook { secret_file, .. } if secret_file == Path::new("/etc/webhook.key"))
        );
        assert_eq!(config.runs(), ["watch.hook", "watch.webhook"]);
        let words: Vec<_> = config.runs_in_words().iter().map(|(_, words)| words.to_string()).collect();
        assert_eq!(words, ["/opt/grade/ingest --class CS101", "https://grader.example.edu"]);
        let printed = parse(&config.to_toml(), "/etc/class.toml", &Environment::default()).unwrap();
        assert_eq!(printed.watch, config.watch, "what is printed reads back");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let hook = |keys: &str| read(&format!("[[watch.hook]]\n{keys}")).unwrap_err().join("; ");
        let good = "run = [\"/bin/true\"]\n";
        for (keys, told) in [
            ("run = [\"ingest\"]", "absolute path"),
            ("run = \"/bin/true\"", "a list is expected"),
            ("run = []", "absolute path"),
            ("", "`run` is missing"),
            (&format!("{good}timeout = \"2h\""), "out of bounds"),
            (&format!("{good}timeout = \"soon\""), "is no time"),
            (&format!("{good}retries = 21"), "out of bounds"),
            (&format!("{good}retries = -1"), "out of bounds"),
            (&format!("{good}name = \"A b\""), "is no such name"),
            (&format!("{good}[[watch.hook]]\n{good}"), "have the name \"hook\""),
            (&format!("{good}retrys = 3"), "did you mean `retries`?"),
        ] {
            assert!(hook(keys).contains(told), "{keys}: {}", hook(keys));
        }
        for url in [
            "http://grader.example.edu/",
            "http://localhost.evil.example/",
            "ftp://x",
            "https://me:canary@x.example",
            "nowhere",
        ] {
            let problem =
                read(&format!("[[watch.webhook]]\nurl = \"{url}\"\nsecret_file = \"k\"")).unwrap_err();
            assert!(!problem.concat().contains("canary"), "{problem:?}");
        }
        for url in ["http://127.0.0.1:9/", "http://127.0.0.53:9/", "http://[::1]:9/", "http://localhost:9/x"]
        {
            read(&format!("[[watch.webhook]]\nurl = \"{url}\"\nsecret_file = \"k\"")).unwrap();
        }
    }
}
