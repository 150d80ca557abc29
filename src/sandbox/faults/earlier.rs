//! What reads were answered at earlier times, for answers that are out of date. Bounded: the oldest are
//! forgotten.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use fastrand::Rng;

/// How many requests are remembered, and how many different answers of each.
const REQUESTS: usize = 512;
const ANSWERS: usize = 4;
/// The longest answer that is remembered, in bytes.
const LONGEST: u64 = 256 << 10;

/// Which request it is: path, query, and whose token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key(u64);

impl Key {
    pub(super) fn of(request: &Request) -> Self {
        let mut hash = DefaultHasher::new();
        request.uri().hash(&mut hash);
        request.headers().get(header::AUTHORIZATION).map(HeaderValue::as_bytes).hash(&mut hash);
        Self(hash.finish())
    }
}

struct Known {
    key: Key,
    /// The latest first.
    answers: VecDeque<(HeaderMap, Bytes)>,
}

/// Earlier answers.
#[derive(Default)]
pub(super) struct Earlier {
    known: Mutex<VecDeque<Known>>,
}

impl Earlier {
    pub(super) fn has(&self, key: Key) -> bool {
        self.lock().iter().any(|known| known.key == key)
    }

    /// One of the earlier answers.
    pub(super) fn one(&self, key: Key, rng: &mut Rng) -> Option<Response> {
        let known = self.lock();
        let answers = &known.iter().find(|known| known.key == key)?.answers;
        let (headers, body) = answers.get(rng.usize(..answers.len()))?;
        Some((headers.clone(), body.clone()).into_response())
    }

    /// Remembers an answer and passes it on.
    pub(super) async fn note(&self, key: Key, answer: Response) -> Response {
        let short = answer.body().size_hint().exact().is_some_and(|size| size <= LONGEST);
        if answer.status() != StatusCode::OK || !short {
            return answer;
        }
        let (parts, body) = answer.into_parts();
        let Ok(bytes) = to_bytes(body, usize::MAX).await else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response(); // it was in memory: cannot be
        };
        self.keep(key, &parts.headers, &bytes);
        Response::from_parts(parts, Body::from(bytes))
    }

    fn keep(&self, key: Key, headers: &HeaderMap, bytes: &Bytes) {
        let mut all = self.lock();
        let found = all.iter().position(|known| known.key == key).and_then(|at| all.remove(at));
        let mut known = found.unwrap_or_else(|| Known { key, answers: VecDeque::new() });
        if known.answers.front().is_none_or(|(_, last)| last != bytes) {
            known.answers.truncate(ANSWERS - 1);
            known.answers.push_front((headers.clone(), bytes.clone()));
        }
        all.truncate(REQUESTS - 1);
        all.push_front(known);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
