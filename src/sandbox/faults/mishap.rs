//! The ways in which an answer can go wrong, and which requests each of them is about.

use std::time::Duration;

use super::plan::Side;
use crate::sandbox::door::Door;
use crate::sandbox::routes::{self, Route};
use crate::sandbox::worded::worded;

worded! {
    /// A way to go wrong.
    pub(super) enum Mishap;

    Delay "delay" "Answers as ever, `delay_ms` later.";
    Hang "hang" "Never answers; nothing happens. Ends when the client leaves, at the latest after `delay_ms`.";
    RateLimit "rate-limit" "429 with `Retry-After`; nothing happens.";
    RateLimitBare "rate-limit-bare" "429 without a time; nothing happens.";
    Unauthorized "unauthorized" "401, as though the token were good no more; nothing happens.";
    ServerError "server-error" "500 as Connect says it; nothing happens.";
    Gateway "gateway" "502 with a page in HTML; nothing happens.";
    Redirect "redirect" "307 to the same path of another origin, `127.0.0.2`; nothing happens.";
    Truncated "truncated" "Half of the body, though `Content-Length` says the whole; then the line is closed.";
    Reset "reset" "Half of the body; then the line is reset.";
    Drip "drip" "The whole body in up to 64 pieces, over `delay_ms`.";
    Stale "stale" "What the same request of the same token was answered at an earlier time.";
    LostReply "lost-reply" "The request is carried out; the line is closed without an answer.";
    Late "late" "The line is closed without an answer; the request is carried out `delay_ms` later.";
    WrongId "wrong-id" "The answer speaks of another object than the one that was asked for.";
    InvalidUtf8 "invalid-utf8" "Bytes that are no UTF-8 in the first value of the answer.";
    DuplicatePage "duplicate-page" "A feed's page before comes once more; the cursor leads to the right one.";
    RepeatedCursor "repeated-cursor" "A feed's page comes with the cursor that it was asked for with.";
    OutOfOrderPage "out-of-order-page" "A feed's page comes in another order.";
    LateRecords "late-records" "Some records of a feed's page are not in it: they arrive behind all others of now.";
    Flood "flood" "A file without end, or of `declared_bytes`, in place of its content.";
    SyncLag "sync-lag" "A Connect token is shown vaults, items and files as they were up to `delay_ms` ago.";
    Forbidden "forbidden" "403 as a Connect server says it now and then, whatever the token; nothing happens.";
    NotReady "not-ready" "500 of a Connect server without a copy to answer from; nothing happens.";
    Conflict "conflict" "409 of Connect, or 500 to a deletion: somebody else was there; nothing happens.";
}

/// Routes that no plan is about: what tells the truth, and what ends a plan.
const SAFE: [&str; 3] = [routes::FAULTS.path, routes::LEDGER.path, routes::REQUESTS.path];

/// Routes beside those of one object whose answer names what was made.
const MAKES: [&str; 3] = [routes::VAULT_NEW.path, routes::PEOPLE.path, routes::GROUPS.path];

impl Mishap {
    /// Whether it can befall a request of this route.
    pub(super) fn concerns(self, route: &Route) -> bool {
        if SAFE.contains(&route.path) {
            return false;
        }
        let reads = route.method == "GET";
        let is_content = route.path == routes::CONTENT.path;
        let door = Door::of(route.path);
        let is_feed = door == Door::Events && !reads;
        match self {
            // Another file's bytes, or changed ones, could be told from the right ones by nobody.
            Self::Stale => reads && !is_content,
            Self::InvalidUtf8 => !is_content,
            Self::Flood => is_content,
            Self::Late => !reads && route.path != routes::VISIT.path && !is_feed,
            // Elsewhere what is known of a token is in the world.
            Self::Unauthorized => door == Door::Events,
            Self::DuplicatePage | Self::RepeatedCursor | Self::OutOfOrderPage | Self::LateRecords => is_feed,
            // Of a list of everything nobody could tell either.
            Self::WrongId => {
                let names_one = route.path.contains('{');
                !is_content && (names_one || !reads && MAKES.contains(&route.path))
            }
            Self::SyncLag => reads && route.path.starts_with(routes::VAULTS.path),
            Self::Forbidden => route.path.starts_with(routes::VAULT.path),
            Self::NotReady => door == Door::Connect,
            Self::Conflict => door == Door::Connect && !reads,
            _ => true,
        }
    }

    /// Whose requests alone it is about.
    pub(super) fn only_for(self) -> Option<Side> {
        (self == Self::SyncLag).then_some(Side::Connect)
    }

    /// How long it takes if the plan does not say; `None` for what takes no time.
    pub(super) fn usual_delay(self) -> Option<Duration> {
        match self {
            Self::Delay | Self::Late => Some(Duration::from_secs(1)),
            Self::Drip => Some(Duration::from_secs(2)),
            Self::SyncLag => Some(Duration::from_secs(10)),
            Self::Hang => Some(Duration::from_secs(300)),
            _ => None,
        }
    }
}
