//! Whether the terminal's background is dark: asked once, after the first frame, and only for a theme that follows it.
//!
//! The question is OSC 11. Nobody waits for the answer: whenever it comes, it comes among the keys, and the
//! reader of the terminal's bytes tells it from them ("XTerm Control Sequences", Operating System Commands);
//! a terminal that never answers costs nothing.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::QueueSelector;

use crate::config::Environment;

/// The question.
const QUESTION: &[u8] = b"\x1b]11;?\x1b\\";
/// How long leaving waits for an answer that is still on its way, so that no shell gets it.
const LIMIT: Duration = Duration::from_millis(100);
/// How long after the question an answer may be on its way.
const ON_ITS_WAY: Duration = Duration::from_secs(2);

/// What the environment says: `COLORFGBG`, as rxvt and Konsole set it, ends with the number of the background.
pub(super) fn by_environment(env: &Environment) -> Option<bool> {
    let number: u8 = env.text("COLORFGBG")?.rsplit(';').next()?.parse().ok()?;
    match number {
        0..=6 | 8 => Some(true),
        7 | 9..=15 => Some(false),
        _ => None,
    }
}

/// Whether such a terminal may be asked.
pub(super) fn may_ask(env: &Environment) -> bool {
    // The console of Linux has no colours of its own to tell, and older ones show the question.
    !matches!(env.text("TERM"), None | Some("dumb" | "linux" | "cons25"))
}

/// Asks; the answer comes among the keys. Where nothing can be written there is nothing to be told.
pub(super) fn ask() -> io::Result<Instant> {
    let mut out = io::stdout().lock();
    out.write_all(QUESTION)?;
    out.flush()?;
    Ok(Instant::now())
}

/// Keeps an answer that is still on its way from the shell that comes after us. Keys that were typed ahead in
/// that moment go with it.
pub(super) fn settle(asked: Instant) {
    if asked.elapsed() > ON_ITS_WAY {
        return;
    }
    let stdin = io::stdin();
    let limit = Timespec { tv_sec: 0, tv_nsec: i64::from(LIMIT.subsec_nanos()) };
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    let _waited = poll(&mut fds, Some(&limit));
    let _thrown = rustix::termios::tcflush(&stdin, QueueSelector::IFlush);
}

/// Whether the background is dark, by the text of an answer, `11;rgb:RRRR/GGGG/BBBB`: each part has one to four
/// digits, and there are four with `rgba:`. Nothing where it answers something else.
pub(super) fn answer(text: &str) -> Option<bool> {
    let colour = text.strip_prefix("11;rgb")?;
    let digits = colour.strip_prefix('a').unwrap_or(colour).strip_prefix(':')?;
    let parts: Vec<&str> = digits.split('/').collect();
    let fits = |part: &&str| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_hexdigit());
    if !(3..=4).contains(&parts.len()) || !parts.iter().all(fits) {
        return None;
    }
    let share = |part: &str| {
        let most = (1_u32 << (4 * part.len())).saturating_sub(1);
        Some(f64::from(u32::from_str_radix(part, 16).ok()?) / f64::from(most))
    };
    let shares: Option<Vec<f64>> = parts.iter().take(3).map(|part| share(part)).collect();
    // Perceived brightness, ITU-R BT.601.
    matches!(shares?[..], [r, g, b] if 0.299 * r + 0.587 * g + 0.114 * b < 0.5).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_tells_light_from_dark() {
        for (text, is_dark) in [
            ("11;rgb:0000/0000/0000", Some(true)),
            ("11;rgb:FFFF/ffff/eeee", Some(false)),
            ("11;rgb:1/2/3", Some(true)),
            ("11;rgba:ff/ff/ff/80", Some(false)),
            ("12;rgb:0000/0000/0000", None),
            ("11;rgb:00000/0/0", None),
            ("11", None),
            ("11;rgb:/ff/ff", None),
            ("11;rgb:1/2/3/4/5", None),
        ] {
            assert_eq!(answer(text), is_dark, "{text:?}");
        }
    }

    #[test]
    fn the_environment_may_know() {
        let of = |value| by_environment(&Environment::of([("COLORFGBG", value)]));
        assert_eq!(
            [of("15;0"), of("0;15"), of("15;default;0"), of("0;7"), of("x")],
            [Some(true), Some(false), Some(true), Some(false), None]
        );
        assert!(!may_ask(&Environment::of([("TERM", "linux")])));
        assert!(may_ask(&Environment::of([("TERM", "xterm-256color")])));
    }
}
