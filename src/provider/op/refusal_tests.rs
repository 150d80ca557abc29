//! Every message that is known, each as the CLI writes it.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

const DATE: &str = "[ERROR] 2023/06/26 11:55:32 ";

/// Message, what it means for a question, and for a change.
#[rustfmt::skip]
const MESSAGES: &[(&str, Kind, Kind)] = &[
    ("(429) Too Many Requests: You've reached the maximum number of this type of requests this service account is allowed to make. Please retry in 58 minutes or try other requests.", Kind::RateLimit, Kind::RateLimit),
    ("(429) Too Many Requests: You've reached the maximum number of this type of requests this 1Password account is allowed to make. Please retry in 23 hours and 59 minutes or try other requests.", Kind::RateLimit, Kind::RateLimit),
    ("Too many requests. Your client has been rate-limited.", Kind::RateLimit, Kind::RateLimit),
    ("Too many requests. Please retry in  seconds", Kind::RateLimit, Kind::RateLimit),
    ("(409) Conflict: Internal server conflict", Kind::Conflict, Kind::Conflict),
    ("error initializing client: Authentication: (failed to auth.LookupAuth), Network: (failed to request.DoUnencrypted), Server: (403) (Forbidden (Service Account Deleted)), The Service Account used in this integration has been deleted.", Kind::SignIn, Kind::SignIn),
    ("(403) Forbidden (User Is Service Account)", Kind::Denied, Kind::Denied),
    ("(403) Forbidden (User Suspended)", Kind::SignIn, Kind::SignIn),
    ("(403) Forbidden (Firewall Rule)", Kind::SignIn, Kind::SignIn),
    (
        "error initializing client: Authentication: (failed to auth.LookupAuth), Network: (failed to request.DoUnencrypted), Server: (503)",
        Kind::Unreachable,
        Kind::Unreachable,
    ),
    ("error initializing client: net/http: TLS handshake timeout", Kind::Unreachable, Kind::Unreachable),
    ("failed to DecodeSACCredentials: illegal base64 data", Kind::SignIn, Kind::SignIn),
    ("service account token set, but not authenticated yet", Kind::SignIn, Kind::SignIn),
    ("Signin credentials are not compatible with the provided user auth from server", Kind::SignIn, Kind::SignIn),
    ("You are not currently signed in. Please run `op signin --help` for instructions", Kind::SignIn, Kind::SignIn),
    ("account is not signed in", Kind::SignIn, Kind::SignIn),
    ("no account found for filter example", Kind::SignIn, Kind::SignIn),
    ("\"X\" isn't a vault in this account. Specify the vault with its ID or name.", Kind::NotFound, Kind::NotFound),
    ("More than one vault matches \"X\". Try again and specify the vault by its ID:\n\t* a\n\t* b", Kind::Broken, Kind::Broken),
    ("\"X\" isn't an item in the \"V\" vault. Specify the item with its UUID, name, or domain.", Kind::NotFound, Kind::NotFound),
    ("More than one item matches \"X\". Try again and specify the item by its ID: \n\t* for the item \"X\" in vault V: a", Kind::Broken, Kind::Broken),
    ("could not find item X in vault Y because it has been deleted or archived", Kind::NotFound, Kind::NotFound),
    ("\"X\" isn't a user in this account. Specify the user with their UUID, email address, or name.", Kind::NotFound, Kind::NotFound),
    ("\"X\" isn't a group in this account. Specify the group with its UUID or name.", Kind::NotFound, Kind::NotFound),
    ("the accessor doesn't have any permissions", Kind::NotFound, Kind::NotFound),
    ("You do not have permission to perform this action", Kind::Denied, Kind::Denied),
    ("(403) Forbidden: You aren't authorized to perform this action.", Kind::Denied, Kind::Denied),
    ("(400) Bad Request: The structure of request was invalid.", Kind::Broken, Kind::Broken),
    ("(401) Unauthorized: Invalid session.", Kind::SignIn, Kind::SignIn),
    ("(404) Not Found: The requested resource was not found.", Kind::NotFound, Kind::NotFound),
    ("(500) Internal Server Error: Something went wrong.", Kind::Broken, Kind::Unknown),
    ("error initializing client: context deadline exceeded", Kind::Unreachable, Kind::Unreachable),
    ("error initializing client: Post \"https://example.1password.com/api\": dial tcp: lookup example.1password.com: no such host", Kind::Unreachable, Kind::Unreachable),
    ("error initializing client: read tcp 10.0.0.1:443: connection reset by peer", Kind::Unreachable, Kind::Unreachable),
    ("error initializing client: read tcp 10.0.0.1:443: i/o timeout", Kind::Unreachable, Kind::Unreachable),
    ("error initializing client: connect: network is unreachable", Kind::Unreachable, Kind::Unreachable),
    ("context deadline exceeded", Kind::Unreachable, Kind::Unknown),
    ("read tcp 10.0.0.1:443: connection reset by peer", Kind::Unreachable, Kind::Unknown),
    ("read tcp 10.0.0.1:443: i/o timeout", Kind::Unreachable, Kind::Unknown),
    ("unknown flag: --no-input\n\nUsage:  op vault user grant [flags]", Kind::Unsupported, Kind::Unsupported),
    ("something that nobody has seen", Kind::Broken, Kind::Unknown),
];

#[test]
fn every_known_message_has_its_kind_its_words_and_a_hint() {
    for (message, asked, changed) in MESSAGES {
        let text = format!("{DATE}{message}\n");
        for (changes, kind) in [(false, *asked), (true, *changed)] {
            let fault = fault(&text, Some(1), changes);
            assert_eq!(fault.kind, kind, "{message}");
            let first: String = message.lines().next().unwrap().chars().take(60).collect();
            assert!(fault.message.as_str().starts_with(first.trim()), "{} / {message}", fault.message);
            assert!(
                !fault.message.as_str().contains("2023") && fault.hint.is_some_and(|hint| !hint.is_empty())
            );
        }
    }
}

#[test]
fn the_wait_comes_from_the_message_where_it_names_one() {
    let wait = |at: usize| fault(MESSAGES[at].0, Some(1), false).retry_after;
    assert_eq!(wait(0), Some(Duration::from_secs(58 * 60)));
    assert_eq!(wait(1), Some(Duration::from_secs(23 * 3_600 + 59 * 60)));
    assert_eq!((wait(2), wait(3)), (Some(THROTTLED), Some(THROTTLED)));
    assert_eq!(wait(4), None);
    assert_eq!(spent(MESSAGES[0].0), Spent::Token);
    assert_eq!(spent(MESSAGES[1].0), Spent::Account);
    assert_eq!(spent(MESSAGES[2].0), Spent::Neither);
    let endless =
        fault("(429) retry in 99999999999999999999 hours and 18446744073709551615 hours", Some(1), false);
    assert_eq!(endless.retry_after, None);
}

#[test]
fn a_child_that_says_nothing_is_told_by_how_it_ended() {
    assert_eq!(fault("", None, true).kind, Kind::Unknown);
    assert_eq!(fault("", None, false).kind, Kind::Broken);
    assert_eq!(fault("panic: runtime error\n\ngoroutine 1 [running]:\n", Some(2), true).kind, Kind::Unknown);
    assert!(fault("", Some(2), false).message.as_str().contains('2'));
}

#[test]
fn notices_usage_and_tokens_are_left_out_of_what_is_shown() {
    let text = format!("Update available\n{DATE}unknown flag: --x\nmore\n\nUsage:  op vault [flags]\n");
    assert_eq!(message(&text), "unknown flag: --x⏎more");
    let shown = message(&format!("{DATE}bad token ops_eyJzaWduSW4 (key A3-ABCDEF-GHIJKL)"));
    assert_eq!(shown, "bad token <token> (key <token>)");
    assert_eq!(message(&"x".repeat(5_000)).chars().count(), SHOWN + 1);
}

proptest! {
    #[test]
    fn whatever_it_says_nothing_breaks_and_no_token_is_shown(
        parts in prop::collection::vec(
            prop_oneof![
                any::<String>(),
                Just("ops_".to_owned()), Just("op".to_owned()), Just("s_".to_owned()), Just("\u{200b}".to_owned()),
                Just("[ERROR] ".to_owned()), Just("\n".to_owned()), Just("(429) ".to_owned()),
                Just("retry in ".to_owned()), Just("9 minutes ".to_owned()), Just("é".repeat(5_000)),
                (0..MESSAGES.len()).prop_map(|at| MESSAGES[at].0.to_owned()),
            ],
            0..8,
        ),
        code in prop::option::of(0..5),
        changes: bool,
    ) {
        let fault = fault(&parts.concat(), code, changes);
        prop_assert!(!fault.message.as_str().contains("ops_"), "{}", fault.message);
        prop_assert!(fault.message.as_str().chars().count() <= SHOWN + 1);
        prop_assert!(!fault.message.is_empty());
        prop_assert!(fault.retry_after.is_none_or(|wait| wait <= LONGEST));
    }
}
