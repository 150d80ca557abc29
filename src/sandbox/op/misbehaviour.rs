//! The ways in which a run can be made to fail, and when.
//!
//! A spec is a name, optionally `:` and the command that it is about (words joined by dots; the first
//! words are enough), optionally when: `@3` the third such call, `%5` every fifth, `*` every one, which
//! is the default. `hang`, `409:vault.user.grant@2`, `flood-stdout:item%3`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::sandbox::worded::worded;

worded! {
    /// A way to fail.
    pub enum Misbehaviour;

    Hang "hang" "Says nothing and does not end.";
    HangTerm "hang-term" "The same, and takes no notice of SIGTERM.";
    FloodStdout "flood-stdout" "Writes to standard output without end.";
    FloodStderr "flood-stderr" "Writes to standard error without end.";
    FloodBoth "flood-both" "Writes to both without end.";
    HalfExit0 "half-exit-0" "Prints half of its answer and ends as if all were well.";
    HalfExit1 "half-exit-1" "Prints half of its answer and ends with code 1.";
    HalfKilled "half-killed" "Prints half of its answer and is killed.";
    Prompt "prompt" "Asks a question on standard output and waits for the answer.";
    NoticeBefore "notice-before" "Prints a notice of an update on standard output before its answer.";
    NoticeAfter "notice-after" "Prints it after its answer.";
    NoticeStderr "notice-stderr" "Prints it on standard error.";
    HourlyLimit "429-hourly" "Says that the service account's hour is used up.";
    DailyLimit "429-daily" "Says that the account's day is used up.";
    ClientLimit "429-client" "Says that the client is throttled, without a time.";
    Conflict "409" "Says that another write was faster.";
    WrongVault "wrong-vault" "Answers about another vault.";
    WrongItem "wrong-item" "Answers about another item.";
    WrongPerson "wrong-person" "Answers about another person or group.";
    BrokenJson "broken-json" "Answers with something that is almost JSON.";
    BadUtf8 "bad-utf8" "Answers with bytes that are no UTF-8.";
    Empty "empty" "Does what it should, prints nothing, and ends with code 0.";
    ErrorExit0 "error-exit-0" "Fails on standard error and ends with code 0, as versions before 2.32.1 did.";
    Panic "panic" "Ends like a Go program that panics: a trace, and code 2.";
    NotFound "404" "Passes a raw error of the server on: code 4.";
    Drip "drip" "Prints its answer a few bytes at a time.";
    Orphan "orphan" "Ends, but leaves a child behind that keeps standard output and error open.";
    ClosedStdout "closed-stdout" "Closes standard output after half of its answer and does not end.";
    HugeJson "huge-json" "Prints 64 MiB of well-formed JSON.";
    LostReply "lost-reply" "Does what it should and is killed before it has printed anything.";
    HungReply "hung-reply" "Does what it should, prints nothing, and does not end.";
    Offline "offline" "Says that the service cannot be reached.";
    Nul "nul-bytes" "Answers with NUL and control characters before its JSON.";
}

/// When a misbehaviour is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Always,
    Only(u64),
    Every(u64),
}

/// A misbehaviour, the command that it is about, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Spec {
    /// What happens.
    pub what: Misbehaviour,
    command: Option<String>,
    when: When,
}

/// A text that is no spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSpec(String);

impl fmt::Display for BadSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = Misbehaviour::ALL.iter().map(|fault| fault.name()).collect();
        write!(
            f,
            "{} is no misbehaviour; there are {}, each with :COMMAND and @N, %N or *",
            self.0,
            names.join(", ")
        )
    }
}

impl std::error::Error for BadSpec {}

impl Spec {
    /// Whether it is about this command, such as `vault user grant`.
    pub(super) fn is_about(&self, command: &str) -> bool {
        self.command.as_deref().is_none_or(|words| super::commands::begins(command, words))
    }

    /// Whether it is due at the so-manieth call, counted from 1.
    pub(super) fn is_due(&self, count: u64) -> bool {
        match self.when {
            When::Always => true,
            When::Only(n) => count == n,
            When::Every(n) => count.is_multiple_of(n),
        }
    }
}

impl From<Misbehaviour> for Spec {
    /// At every call.
    fn from(what: Misbehaviour) -> Self {
        Self { what, command: None, when: When::Always }
    }
}

impl FromStr for Spec {
    type Err = BadSpec;

    fn from_str(text: &str) -> Result<Self, BadSpec> {
        let bad = || BadSpec(text.to_owned());
        let number = |digits: &str| digits.parse().ok().filter(|n| *n > 0).ok_or_else(bad);
        let (head, when) = if let Some((head, digits)) = text.split_once('@') {
            (head, When::Only(number(digits)?))
        } else if let Some((head, digits)) = text.split_once('%') {
            (head, When::Every(number(digits)?))
        } else {
            (text.strip_suffix('*').unwrap_or(text), When::Always)
        };
        let (name, command) = head.split_once(':').map_or((head, None), |(name, words)| (name, Some(words)));
        let what = Misbehaviour::parse(name).ok_or_else(bad)?;
        Ok(Self { what, command: command.map(|words| words.replace('.', " ")), when })
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what.name())?;
        if let Some(words) = &self.command {
            write!(f, ":{}", words.replace(' ', "."))?;
        }
        match self.when {
            When::Always => f.write_str("*"),
            When::Only(n) => write!(f, "@{n}"),
            When::Every(n) => write!(f, "%{n}"),
        }
    }
}

impl TryFrom<String> for Spec {
    type Error = BadSpec;

    fn try_from(text: String) -> Result<Self, BadSpec> {
        text.parse()
    }
}

impl From<Spec> for String {
    fn from(spec: Spec) -> Self {
        spec.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spec_says_what_and_for_which_calls() {
        let spec: Spec = "409:vault.user.grant@2".parse().unwrap();
        assert!(spec.is_about("vault user grant") && !spec.is_about("vault user list"));
        assert_eq!([1, 2, 3].map(|n| spec.is_due(n)), [false, true, false]);
        let spec: Spec = "hang:item%3".parse().unwrap();
        assert!(spec.is_about("item list") && !spec.is_about("items"));
        assert_eq!((1..=6).filter(|n| spec.is_due(*n)).collect::<Vec<_>>(), [3, 6]);
        for text in ["flood-stdout*", "flood-stdout"] {
            assert_eq!(text.parse::<Spec>().unwrap(), Spec::from(Misbehaviour::FloodStdout));
        }
        for text in ["", "hangs", "hang@", "hang@0", "hang%x"] {
            assert!(text.parse::<Spec>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_misbehaviour_is_read_back_from_its_name() {
        assert!(Misbehaviour::ALL.len() >= 24);
        for fault in Misbehaviour::ALL {
            let spec = Spec::from(*fault);
            assert_eq!(spec.to_string().parse(), Ok(spec));
        }
    }
}
