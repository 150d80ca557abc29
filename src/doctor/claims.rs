//! What the token of a service that only reads says of itself: until when it is good, and of which account it is.

use jiff::{SignedDuration, Timestamp};

use super::Finding;
use crate::domain::id::AccountId;

/// How long before its end a token is told to end.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);
/// One that is good for a short time only is told to end when one part in so many of it is left.
const PART: i32 = 10;

/// From when until when a token is good, as far as anybody says.
pub(super) struct Life {
    pub(super) issued: Option<Timestamp>,
    pub(super) expires: Option<Timestamp>,
}

/// Until when it is good. `mend` makes a new one.
pub(super) fn end(name: &'static str, Life { issued, expires }: Life, now: Timestamp, mend: &str) -> Finding {
    let Some(expires) = expires else { return Finding::ok(name, "the token names no end") };
    let soon = issued.map_or(SOON, |issued| SOON.min(expires.duration_since(issued) / PART));
    let day = expires.strftime("%Y-%m-%d");
    match expires.duration_since(now) {
        left if left <= SignedDuration::ZERO => {
            Finding::failure(name, format!("the token ended on {day}")).mend(mend)
        }
        left if left < soon => Finding::warning(name, format!("the token ends soon, on {day}")).mend(mend),
        _ => Finding::ok(name, format!("the token is good until {day}")),
    }
}

/// Whether it is of the class's account. Another one's tells of no vault that is known here.
pub(super) fn same_account(name: &'static str, own: &AccountId, class: &AccountId) -> Finding {
    if own == class {
        return Finding::ok(name, "the token is of the class's account");
    }
    Finding::failure(name, format!("the token is of the account {own}, the class is in {class}"))
        .mend("use a token of the class's account")
}
