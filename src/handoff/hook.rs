//! A program that is handed an arrival: JSON on its standard input, ids in its environment.

use std::path::Path;

use super::letter::{Answer, Letter, Verdict};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::handoff::Consumer;
use crate::domain::text::SafeText;
use crate::process::{Binary, Errand, Returned};

/// The exit code that says "not now": `EX_TEMPFAIL` of `sysexits.h`.
const NOT_NOW: i32 = 75;
/// How many lines of what it said are kept.
const LINES: usize = 20;
/// The variables of our environment that a program sees. No token is among them: what it may ask of
/// 1Password is for whoever wrote it to arrange.
const PASSED_ON: [&str; 8] = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR"];

/// Runs it once.
pub(super) async fn offer(
    consumer: &Consumer,
    run: &[String],
    class: &str,
    ours: &[(String, String)],
    letter: &Letter<'_>,
) -> Answer {
    let Some((program, words)) = run.split_first() else { return Answer::away("it names no program") };
    let called = Path::new(program);
    let binary = match Binary::named(called) {
        Ok(binary) => binary,
        Err(fault) => return Answer::away(fault.message.as_str()),
    };
    let body = match body(letter) {
        Ok(body) => body,
        Err(fault) => return Answer::away(fault.message.as_str()),
    };
    let environment = environment(class, ours, letter);
    let errand = Errand { binary: &binary, called, words, environment: &environment, body: &body };
    match errand.run(consumer.timeout).await {
        Err(error) => Answer::away(&format!("{program} cannot be started: {}", error.kind())),
        Ok(returned) => judge(&returned, consumer),
    }
}

fn judge(returned: &Returned, consumer: &Consumer) -> Answer {
    let (verdict, why) = match returned.code {
        Some(0) => (Verdict::Taken, "exit code 0".to_owned()),
        Some(NOT_NOW) => (Verdict::Away, format!("exit code {NOT_NOW}: it cannot take anything now")),
        Some(code) => (Verdict::Refused, format!("exit code {code}")),
        None if returned.late => {
            (Verdict::Refused, format!("it had not ended after {:?}, and was ended", consumer.timeout))
        }
        None => (Verdict::Refused, "a signal ended it".to_owned()),
    };
    Answer { verdict, why: SafeText::new(&why), tail: tail(&returned.tail), retry_after: None }
}

/// The last lines of what was said.
fn tail(said: &[u8]) -> Vec<SafeText> {
    let said = String::from_utf8_lossy(said);
    let mut lines: Vec<_> = said.lines().rev().take(LINES).map(SafeText::new).collect();
    lines.reverse();
    lines
}

fn body(letter: &Letter<'_>) -> Result<Vec<u8>> {
    let mut body = serde_json::to_vec(letter)
        .map_err(|_| Fault::new(Kind::Local, "the arrival cannot be written as JSON"))?;
    body.push(b'\n');
    Ok(body)
}

/// All that a program sees of any environment. Ids only: no name, title or path that a student wrote.
fn environment(class: &str, ours: &[(String, String)], letter: &Letter<'_>) -> Vec<(String, String)> {
    let arrival = letter.arrival;
    let passed = ours.iter().filter(|(name, _)| PASSED_ON.contains(&name.as_str()));
    let mut environment: Vec<(String, String)> = passed.cloned().collect();
    let mut set = |name: &str, value: String| environment.push((format!("STRONGROOM_{name}"), value));
    set("CLASS", class.to_owned());
    set("SEQ", arrival.seq.to_string());
    set("KIND", arrival.kind.word().to_owned());
    set("STUDENT", arrival.student.key.as_str().to_owned());
    set("VAULT", arrival.vault.id.as_str().to_owned());
    set("ITEM", arrival.item.id.as_str().to_owned());
    set("VERSION", arrival.item.version.to_string());
    set("ATTEMPT", letter.attempt.to_string());
    if let Some(assignment) = &arrival.assignment {
        set("ASSIGNMENT", assignment.as_str().to_owned());
    }
    if letter.test {
        set("TEST", "1".to_owned());
    }
    environment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_and_made_safe() {
        let said: Vec<String> = (1..=30).map(|line| format!("line {line}")).collect();
        let kept = tail(said.join("\n").as_bytes());
        assert_eq!((kept.len(), kept[0].as_str(), kept[19].as_str()), (20, "line 11", "line 30"));
        assert_eq!(tail(b"\xff\x1b[2Jx"), [SafeText::new("\u{fffd}\u{1b}[2Jx")]);
        assert!(tail(b"").is_empty());
    }
}
