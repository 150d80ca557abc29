//! How often a token may ask: 600 times a minute and 30,000 times an hour (1Password page "Events API rate
//! limits"). That it is counted for each token, and in windows that begin with their first question, is
//! inferred; how long to wait is not said, as it is not documented that the real one says it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::sandbox::refusal::{Refusal, Result};

/// Seconds, and how many questions.
const WINDOWS: [(i64, u32); 2] = [(60, 600), (3_600, 30_000)];

/// Questions since a moment.
#[derive(Clone, Copy, Debug)]
struct Window {
    began: Timestamp,
    asked: u32,
}

/// What every token has asked lately, by the token's id.
#[derive(Debug, Default)]
pub(super) struct Paces(Mutex<HashMap<String, [Window; 2]>>);

impl Paces {
    /// Counts a question, or refuses it with 429; what is refused does not count.
    pub(super) fn admit(&self, token: &str, now: Timestamp) -> Result<()> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Window { began: now, asked: 0 };
        let windows = all.entry(token.to_owned()).or_insert([fresh; 2]);
        for (window, (seconds, _)) in windows.iter_mut().zip(WINDOWS) {
            let age = now.as_second() - window.began.as_second();
            if !(0..seconds).contains(&age) {
                *window = fresh;
            }
        }
        if windows.iter().zip(WINDOWS).any(|(window, (_, most))| window.asked >= most) {
            return Err(Refusal::new(429, "Too Many Requests"));
        }
        for window in windows {
            window.asked += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_minute_has_600_questions_and_an_hour_30_000_for_each_token() {
        let paces = Paces::default();
        for minute in 0..50 {
            for _ in 0..600 {
                paces.admit("a", at(minute * 60)).unwrap();
            }
            assert_eq!(paces.admit("a", at(minute * 60 + 59)).unwrap_err().status, 429);
        }
        assert_eq!(paces.admit("a", at(50 * 60)).unwrap_err().status, 429, "the hour");
        paces.admit("b", at(50 * 60)).unwrap();
        paces.admit("a", at(3_600)).unwrap();
    }

    #[test]
    fn a_clock_that_goes_back_locks_nobody_out() {
        let paces = Paces::default();
        for _ in 0..600 {
            paces.admit("a", at(100)).unwrap();
        }
        assert!(paces.admit("a", at(100)).is_err());
        paces.admit("a", at(50)).unwrap();
    }
}
