//! Cursors of the Events API: where a feed goes on, opaque to whoever carries them.
//!
//! A cursor holds all of its question (feed, times, records a page) and a place in the order of arrival, so
//! that the same cursor is answered the same page whoever asks again, before and after a restart. It is checked
//! by a digest over the account: one that was changed by mistake, or that another account gave, is none. The digest
//! has no key, so whoever wants to can make one; it asks for no more than a first question could.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::MOST;
use crate::domain::events::Feed;
use crate::sandbox::world::{Span, nanos};

/// Bytes of the digest.
const CHECK: usize = 8;

/// Where a feed goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Cursor {
    feed: Feed,
    limit: u32,
    /// Times in nanoseconds since 1970.
    start: i64,
    end: Option<i64>,
    /// The place at which the page before began, and the one at which it ended.
    since: i64,
    after: i64,
    /// Tells cursors of the same place apart.
    again: u32,
}

impl Cursor {
    /// Of a question that has none yet.
    pub(super) fn first(feed: Feed, limit: u32, start: Timestamp, end: Option<Timestamp>) -> Self {
        Self { feed, limit, start: nanos(start), end: end.map(nanos), since: 0, after: 0, again: 0 }
    }

    /// The feed it is of.
    pub(super) fn feed(&self) -> Feed {
        self.feed
    }

    /// What it asks for.
    pub(super) fn span(&self) -> Span {
        Span { feed: self.feed, after: self.after, start: self.start, end: self.end, limit: self.limit }
    }

    /// Behind a page that ended at that place; itself behind an empty one.
    pub(super) fn next(self, place: i64) -> Self {
        if place == self.after { self } else { Self { since: self.after, after: place, ..self } }
    }

    /// That of the page before, if there was one.
    pub(in crate::sandbox) fn back(self) -> Option<Self> {
        (self.since < self.after).then(|| Self { after: self.since, ..self }.again())
    }

    /// Another one of the same place.
    pub(in crate::sandbox) fn again(self) -> Self {
        Self { again: self.again.wrapping_add(1), ..self }
    }

    /// As it is given out.
    pub(in crate::sandbox) fn text(&self, account: &str) -> String {
        let body = serde_json::to_vec(self).unwrap_or_default();
        let whole = [check(account, &body).as_slice(), &body].concat();
        URL_SAFE_NO_PAD.encode(whole)
    }

    /// Reads what came back.
    pub(in crate::sandbox) fn read(text: &str, account: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (checked, body) = bytes.split_at_checked(CHECK)?;
        let whole = checked == check(account, body);
        let read: Option<Self> = whole.then(|| serde_json::from_slice(body).ok()).flatten();
        read.filter(|read| (1..=MOST).contains(&read.limit))
    }
}

fn check(account: &str, body: &[u8]) -> [u8; CHECK] {
    let mut digest = Sha256::new();
    digest.update(account);
    digest.update(body);
    let mut check = [0; CHECK];
    check.iter_mut().zip(digest.finalize()).for_each(|(to, byte)| *to = byte);
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_and_any_other_text_is_none() {
        let cursor = Cursor::first(Feed::Usage, 7, Timestamp::UNIX_EPOCH, None).next(12);
        let text = cursor.text("SBXA");
        assert_eq!(Cursor::read(&text, "SBXA"), Some(cursor));
        assert_eq!(Cursor::read(&text, "SBXB"), None);
        for at in 0..text.len() {
            let mut other = text.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert!(
                other == text || Cursor::read(&other, "SBXA").is_none_or(|read| read == cursor),
                "{other}"
            );
        }
        for text in ["", "A", "x y", "\u{202e}", "eyJ9"] {
            assert_eq!(Cursor::read(text, "SBXA"), None);
        }
    }

    #[test]
    fn one_that_somebody_made_asks_for_no_more_than_a_first_question() {
        for (limit, read) in [(0, false), (1, true), (MOST, true), (MOST + 1, false), (u32::MAX, false)] {
            let made = Cursor::first(Feed::Audit, limit, Timestamp::UNIX_EPOCH, None);
            assert_eq!(Cursor::read(&made.text("SBXA"), "SBXA").is_some(), read, "{limit}");
        }
    }

    #[test]
    fn the_page_before_is_asked_for_by_another_text() {
        let first = Cursor::first(Feed::Audit, 2, Timestamp::UNIX_EPOCH, None);
        assert_eq!(first.back(), None);
        let second = first.next(5);
        assert_eq!((second.back().unwrap().span(), second.next(5)), (first.span(), second));
        assert_ne!(second.again().text("a"), second.text("a"));
        assert_eq!(second.again().span(), second.span());
    }
}
