//! What the CLI says when it fails, as a [`Fault`] that tells what helps.
//!
//! Knows the CLI's messages, each with where it was seen. It has one exit code for almost everything
//! (1; raw server errors 4, a panic 2, as the recordings of the `pyonepassword` project show), so the
//! words decide. They are matched in lower case by their least changeable part; a message that is
//! not known is shown as it is, made safe and without anything that looks like a token.

use std::time::Duration;

use crate::domain::fault::{Fault, Kind};
use crate::domain::text::SafeText;

/// How much of a message is looked at, in bytes, and how much is shown, in characters and lines.
const LOOKED_AT: usize = 8 << 10;
const SHOWN: usize = 300;
const LINES: usize = 3;
/// The wait after a throttle that names none: what 1Password's own scripts sleep ("solutions",
/// `create_vaults_from_input.py`).
const THROTTLED: Duration = Duration::from_secs(600);
/// The longest wait that is believed.
const LONGEST: Duration = Duration::from_secs(25 * 3_600);

/// A message: all of these parts are in it.
struct Row(&'static [&'static str], Kind, &'static str);

/// Messages and what they mean; the first that fits counts.
const TABLE: &[Row] = &[
    // 1Password's page "Service account rate limits".
    Row(
        &["(429) too many requests", "this 1password account"],
        Kind::RateLimit,
        "the day's ration of the whole account is used up, all service accounts together",
    ),
    Row(&["(429)"], Kind::RateLimit, "the hour's ration of this service account is used up"),
    // Strings of the CLI's binary; permission changes are throttled apart from the ration.
    Row(&["rate-limited"], Kind::RateLimit, "1Password throttles this client: wait, then go on"),
    Row(&["too many requests"], Kind::RateLimit, "1Password throttles this client: wait, then go on"),
    // terraform-provider-onepassword, issue 108.
    Row(&["(409)"], Kind::Conflict, "somebody else changed the same vault at that moment: try again"),
    Row(
        &["service account deleted"],
        Kind::SignIn,
        "the service account was deleted: make a new one and give its token",
    ),
    Row(
        &["user is service account"],
        Kind::Denied,
        "no service account may do this: it takes a signed-in administrator",
    ),
    Row(&["(user suspended)"], Kind::SignIn, "an administrator has to reactivate this account"),
    // Of the whole account, so that nothing else is tried, and no vault is to blame.
    Row(&["(firewall rule)"], Kind::SignIn, "the account's firewall rules keep this network out"),
    Row(&["decodesaccredentials"], Kind::SignIn, "copy the service account's token again, all of it"),
    Row(&["set, but not authenticated yet"], Kind::SignIn, "run: op user get --me"),
    Row(
        &["not compatible with the provided user auth"],
        Kind::SignIn,
        "make a new token for the service account",
    ),
    Row(&["not currently signed in"], Kind::SignIn, SIGN_IN),
    Row(&["account is not signed in"], Kind::SignIn, SIGN_IN),
    Row(&["no account found for filter"], Kind::SignIn, SIGN_IN),
    Row(&["no accounts configured"], Kind::SignIn, SIGN_IN),
    // The same words for a vault that is missing and for one that is not visible.
    Row(
        &["isn't a vault in this account"],
        Kind::NotFound,
        "it does not exist, or this identity does not see it",
    ),
    Row(&["more than one vault matches"], Kind::Broken, ASKED_BY_ID),
    Row(&["more than one item matches"], Kind::Broken, ASKED_BY_ID),
    Row(&["isn't an item"], Kind::NotFound, "it was moved or deleted, or this identity does not see it"),
    Row(&["could not find item"], Kind::NotFound, "it was deleted or archived"),
    Row(&["isn't a user in this account"], Kind::NotFound, "the person may have left the account"),
    Row(&["isn't a group in this account"], Kind::NotFound, "the group may have been deleted"),
    // Nothing to take away, held through a group, or a partial revoke by a service account.
    Row(
        &["accessor doesn't have any permissions"],
        Kind::NotFound,
        "there is no direct access to take away; a service account can only take all of it",
    ),
    Row(&["do not have permission"], Kind::Denied, "the identity in use lacks the right for this"),
    // Before a request was sent: what was asked has not happened.
    Row(&["error initializing client", "context deadline exceeded"], Kind::Unreachable, NETWORK),
    Row(&["error initializing client", "dial tcp"], Kind::Unreachable, NETWORK),
    Row(&["error initializing client", "no such host"], Kind::Unreachable, NETWORK),
    Row(&["error initializing client", "i/o timeout"], Kind::Unreachable, NETWORK),
    Row(&["error initializing client", "connection re"], Kind::Unreachable, NETWORK),
    Row(&["error initializing client", "network is unreachable"], Kind::Unreachable, NETWORK),
    // The service was away or failed while it was signed in to; nothing was refused.
    Row(&["error initializing client", "timeout"], Kind::Unreachable, NETWORK),
    Row(&["error initializing client", "eof"], Kind::Unreachable, NETWORK),
    Row(&["error initializing client", "(50"], Kind::Unreachable, NETWORK),
    // As in what is said of a deleted service account, for other reasons.
    Row(&["(failed to auth."], Kind::SignIn, SIGN_IN),
    Row(&["unknown flag"], Kind::Unsupported, OLD),
    Row(&["unknown shorthand flag"], Kind::Unsupported, OLD),
    Row(&["unknown command"], Kind::Unsupported, OLD),
    // Raw server errors; the service did not take what was asked.
    Row(&["(401)"], Kind::SignIn, "the credentials were refused: give the token again"),
    Row(&["(403)"], Kind::Denied, "the identity in use lacks the right for this"),
    Row(&["(404)"], Kind::NotFound, "it does not exist, or this identity does not see it"),
    Row(&["(413)"], Kind::Input, "the file is longer than 1Password takes"),
];

/// Messages that leave open whether a change happened: the words of Go's network code, and servers
/// that failed while they worked on it.
const IN_BETWEEN: &[Row] = &[
    Row(&["context deadline exceeded"], Kind::Unreachable, NETWORK),
    Row(&["dial tcp"], Kind::Unreachable, NETWORK),
    Row(&["no such host"], Kind::Unreachable, NETWORK),
    Row(&["i/o timeout"], Kind::Unreachable, NETWORK),
    Row(&["connection reset"], Kind::Unreachable, NETWORK),
    Row(&["connection refused"], Kind::Unreachable, NETWORK),
    Row(&["network is unreachable"], Kind::Unreachable, NETWORK),
    // Go's word for a server that closes the connection instead of answering.
    Row(&["\": eof"], Kind::Unreachable, NETWORK),
    Row(&["(50"], Kind::Broken, "1Password failed; try again later"),
];

const SIGN_IN: &str =
    "give a service account's token, or turn on the CLI in 1Password's app and sign in there";
const ASKED_BY_ID: &str = "an id was asked for and taken for a name: update `op`";
const NETWORK: &str = "see whether 1Password can be reached from here";
const OLD: &str = "this `op` does not know the command: update it";
const ODD: &str = "this version of `op` and the service do not understand each other";
const LOOK: &str = "it may have happened: look before trying again";

/// Whose ration is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spent {
    /// The token's hour.
    Token,
    /// The account's day.
    Account,
    /// Neither: a throttle beside the ration.
    Neither,
}

/// Whose ration a message is about.
pub(super) fn spent(complaint: &str) -> Spent {
    let text = lower(complaint);
    match () {
        () if !text.contains("(429)") => Spent::Neither,
        () if text.contains("this 1password account") => Spent::Account,
        () => Spent::Token,
    }
}

/// Whether the CLI says that nothing signed in yet, which the next command that needs it will do.
pub(super) fn is_not_yet_signed_in(complaint: &str) -> bool {
    let text = lower(complaint);
    ["set, but not authenticated yet", "not currently signed in", "account is not signed in"]
        .iter()
        .any(|part| text.contains(part))
}

/// Whether there is an error in what the CLI said beside its answer.
pub(super) fn is_error(complaint: &str) -> bool {
    complaint.contains("[ERROR]")
}

/// What went wrong, from what the CLI said and its exit code; `changes` says that it was asked to
/// change something, so that a failure in between is of [`Kind::Unknown`].
pub(super) fn fault(complaint: &str, code: Option<i32>, changes: bool) -> Fault {
    let text = lower(complaint);
    let fits = |row: &&Row| row.0.iter().all(|part| text.contains(part));
    let shown = message(complaint);
    let shown = match (shown.is_empty(), code) {
        (false, _) => shown,
        (true, Some(code)) => format!("it ended with {code} and said nothing"),
        (true, None) => "it was killed".to_owned(),
    };
    let known = TABLE.iter().find(fits).map(|row| (row.1, row.2));
    let (kind, hint) = known.unwrap_or_else(|| {
        let between = IN_BETWEEN.iter().find(fits);
        match between {
            _ if has_client_status(&text) => (Kind::Broken, ODD),
            _ if changes => (Kind::Unknown, LOOK),
            Some(row) => (row.1, row.2),
            None => (Kind::Broken, "these are the words of `op`; its documentation may explain them"),
        }
    });
    let fault = Fault::new(kind, shown).hint(hint);
    match (kind, wait(&text)) {
        (Kind::RateLimit, Some(wait)) => fault.retry_after(wait),
        (Kind::RateLimit, None) if spent(&text) == Spent::Neither => fault.retry_after(THROTTLED),
        _ => fault,
    }
}

/// The CLI's own words: without date, usage and notices, one to three lines, safe to show.
pub(super) fn message(complaint: &str) -> String {
    let start = complaint.find("[ERROR]").unwrap_or(0);
    let words = complaint.get(start..).unwrap_or_default();
    let words = words.lines().map(str::trim).filter(|line| !line.is_empty());
    let words: Vec<&str> = words.take_while(|line| !line.starts_with("Usage:")).take(LINES).collect();
    let words = undated(&words.join("\n")).to_owned();
    let safe = without_tokens(SafeText::new(&words).as_str());
    match safe.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", safe.get(..end).unwrap_or_default()),
        None => safe,
    }
}

/// `[ERROR] 2023/06/26 11:55:32 message` without what stands in front of the message.
fn undated(text: &str) -> &str {
    let text = text.trim().strip_prefix("[ERROR]").unwrap_or(text).trim_start();
    let is_date =
        |word: &str, mark: char| word.contains(mark) && word.chars().all(|c| c.is_ascii_digit() || c == mark);
    let mut words = text.splitn(3, ' ');
    match (words.next(), words.next(), words.next()) {
        (Some(date), Some(time), Some(rest)) if is_date(date, '/') && is_date(time, ':') => rest.trim(),
        _ => text,
    }
}

/// Replaces what looks like a service account's token or a secret key.
fn without_tokens(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '=' | '+' | '/' | '.');
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = ["ops_", "A3-"].iter().filter_map(|mark| rest.find(mark)).min() {
        let (before, token) = rest.split_at(at);
        out.push_str(before);
        out.push_str("<token>");
        rest = token.trim_start_matches(is_part);
    }
    out + rest
}

/// Whether there is a status such as `(400)` in it: the service did not take what was asked.
fn has_client_status(text: &str) -> bool {
    let is_status = |part: &[u8]| matches!(part, [b'(', b'4', b'0'..=b'9', b'0'..=b'9', b')']);
    text.as_bytes().windows(5).any(is_status)
}

fn lower(complaint: &str) -> String {
    let end = (0..=complaint.len().min(LOOKED_AT)).rev().find(|at| complaint.is_char_boundary(*at));
    complaint.get(..end.unwrap_or(0)).unwrap_or_default().to_lowercase()
}

/// The wait that a message names: "retry in 23 hours and 59 minutes".
fn wait(text: &str) -> Option<Duration> {
    let (_, rest) = text.split_once("retry in ")?;
    let (mut total, mut number) = (0_u64, None);
    for word in rest.split_whitespace() {
        let plain = word.trim_end_matches(['.', ',', 's']);
        let unit = match plain {
            "and" => continue,
            "hour" => 3_600,
            "minute" => 60,
            "second" => 1,
            _ => match plain.parse::<u64>() {
                Ok(parsed) => {
                    number = Some(parsed);
                    continue;
                }
                Err(_) => break,
            },
        };
        total = total.saturating_add(number.take()?.saturating_mul(unit));
    }
    (total > 0).then(|| Duration::from_secs(total).min(LONGEST))
}

#[cfg(test)]
#[path = "refusal_tests.rs"]
mod tests;
