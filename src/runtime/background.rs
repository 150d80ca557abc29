//! Whether the terminal's background is dark: asked once, after the first frame, and only for a theme that follows it.
//!
//! The question is OSC 11. Nobody waits for the answer: whenever it comes, it comes among the keys, and is picked
//! out of them here; a terminal that never answers costs nothing. crossterm 0.29 has no notion of such an answer
//! and reports it as the keys Alt-], 1, 1, `;`, r, g, b ... and Alt-\ or Ctrl-G. That is recognised by its exact
//! grammar: whatever turns out to be no answer after all is passed on as the keys it is.
//!
//! Notifications of the kind CSI ? 997 ; 1 n (mode 2031, or asked for by CSI ? 996 n) are not used: the parser of
//! crossterm 0.29 takes them for the beginning of something longer and swallows every key behind them.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::QueueSelector;

use crate::config::Environment;

/// The question.
const QUESTION: &[u8] = b"\x1b]11;?\x1b\\";
/// How long leaving waits for an answer that is still on its way, so that no shell gets it.
const LIMIT: Duration = Duration::from_millis(100);
/// How long after the question an answer may be on its way.
const ON_ITS_WAY: Duration = Duration::from_secs(2);
/// The longest answer, in keys.
const LONGEST: usize = 40;

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

/// Picks the answer out of the keys.
#[derive(Debug, Default)]
pub(super) struct Sieve {
    /// Whether a question was asked that was not answered.
    asked: bool,
    /// What may be the beginning of an answer.
    held: Vec<Input>,
}

/// What came through.
#[derive(Debug, PartialEq)]
pub(super) enum Sifted {
    /// Something else.
    Input(Input),
    /// The answer: whether the background is dark.
    Dark(bool),
}

impl Sieve {
    /// A sieve for what comes behind a question; without one everything passes.
    pub(super) fn new(asked: bool) -> Self {
        Self { asked, held: Vec::new() }
    }

    /// Passes an input on, unless it belongs to an answer.
    pub(super) fn take(&mut self, input: Input) -> Vec<Sifted> {
        if !self.asked || (self.held.is_empty() && !begins(&input)) {
            return vec![Sifted::Input(input)];
        }
        self.held.push(input);
        let text: Option<String> = self.held.iter().skip(1).map(letter).collect();
        match text.as_deref().map(answer) {
            Some(Answer::Whole(is_dark)) => {
                self.asked = false;
                self.held.clear();
                vec![Sifted::Dark(is_dark)]
            }
            Some(Answer::Begun) if self.held.len() < LONGEST => vec![],
            _ => self.held.drain(..).map(Sifted::Input).collect(),
        }
    }
}

/// How far a text is the answer.
enum Answer {
    Whole(bool),
    Begun,
    No,
}

/// Whether an answer begins so: ESC ] is Alt-] for crossterm, and no key of ours.
fn begins(input: &Input) -> bool {
    matches!(input, Input::Key(key) if is_press(key) && key.code == KeyCode::Char(']') && key.modifiers == KeyModifiers::ALT)
}

fn is_press(key: &KeyEvent) -> bool {
    key.kind == KeyEventKind::Press
}

/// A key as the byte that it came as; the two ends of an answer are line feeds.
fn letter(input: &Input) -> Option<char> {
    let Input::Key(key) = input else { return None };
    match (key.code, key.modifiers) {
        (KeyCode::Char('\\'), KeyModifiers::ALT) | (KeyCode::Char('g'), KeyModifiers::CONTROL) => Some('\n'),
        (KeyCode::Char(c), KeyModifiers::NONE | KeyModifiers::SHIFT) => Some(c),
        _ => None,
    }
}

/// Reads `11;rgb:RRRR/GGGG/BBBB` and its end; each part has one to four digits, or four parts with `rgba:`.
fn answer(text: &str) -> Answer {
    const HEAD: &str = "11;rgb";
    let (body, ended) = text.strip_suffix('\n').map_or((text, false), |body| (body, true));
    if body.len() <= HEAD.len() {
        return if HEAD.starts_with(body) && !ended { Answer::Begun } else { Answer::No };
    }
    let rest = body.strip_prefix(HEAD).map(|rest| rest.strip_prefix('a').unwrap_or(rest));
    let Some(digits) = rest.and_then(|rest| if rest.is_empty() { Some("") } else { rest.strip_prefix(':') })
    else {
        return Answer::No;
    };
    let parts: Vec<&str> = digits.split('/').collect();
    let fits = |part: &&str| part.len() <= 4 && part.bytes().all(|b| b.is_ascii_hexdigit());
    if parts.len() > 4 || !parts.iter().all(fits) {
        return Answer::No;
    }
    if !ended {
        return Answer::Begun;
    }
    let share = |part: &str| {
        let most = (1_u32 << (4 * part.len())).saturating_sub(1);
        Some(f64::from(u32::from_str_radix(part, 16).ok()?) / f64::from(most))
    };
    match parts.iter().take(3).map(|part| share(part)).collect::<Option<Vec<f64>>>().as_deref() {
        // Perceived brightness, ITU-R BT.601.
        Some([r, g, b]) => Answer::Whole(0.299 * r + 0.587 * g + 0.114 * b < 0.5),
        _ => Answer::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What crossterm makes of these bytes, one key each.
    fn keys(text: &str) -> Vec<Input> {
        let mut keys = Vec::new();
        let mut alt = KeyModifiers::NONE;
        for c in text.chars() {
            let (code, modifiers) = match c {
                '\x1b' => {
                    alt = KeyModifiers::ALT;
                    continue;
                }
                '\x07' => (KeyCode::Char('g'), KeyModifiers::CONTROL),
                c if c.is_ascii_uppercase() => (KeyCode::Char(c), KeyModifiers::SHIFT),
                c => (KeyCode::Char(c), KeyModifiers::NONE),
            };
            keys.push(Input::Key(KeyEvent::new(
                code,
                modifiers | std::mem::replace(&mut alt, KeyModifiers::NONE),
            )));
        }
        keys
    }

    fn sifted(sieve: &mut Sieve, text: &str) -> Vec<Sifted> {
        keys(text).into_iter().flat_map(|key| sieve.take(key)).collect()
    }

    fn inputs(text: &str) -> Vec<Sifted> {
        keys(text).into_iter().map(Sifted::Input).collect()
    }

    #[test]
    fn an_answer_is_taken_out_of_the_keys_whenever_it_comes() {
        for (text, is_dark) in [
            ("\x1b]11;rgb:0000/0000/0000\x1b\\", true),
            ("\x1b]11;rgb:FFFF/ffff/eeee\x07", false),
            ("\x1b]11;rgb:1/2/3\x1b\\", true),
            ("\x1b]11;rgba:ff/ff/ff/80\x07", false),
        ] {
            let mut sieve = Sieve::new(true);
            assert_eq!(sifted(&mut sieve, "jj"), inputs("jj"));
            assert_eq!(sifted(&mut sieve, text), [Sifted::Dark(is_dark)], "{text:?}");
            assert_eq!(sifted(&mut sieve, "q"), inputs("q"));
        }
    }

    #[test]
    fn no_key_is_ever_lost() {
        for text in [
            "\x1b]q",
            "\x1b]11;rgb:00/q",
            "\x1b]12;rgb:0000/0000/0000\x1b\\",
            "\x1b]11;rgb:00000/0/0\x07",
            "\x1b]11\x07",
            "\x1b]11;rgb:/ff/ff\x07",
            "\x1b]11;rgb:1/2/3/4/5",
        ] {
            assert_eq!(sifted(&mut Sieve::new(true), text), inputs(text), "{text:?}");
        }
        let whole = "\x1b]11;rgb:0000/0000/0000\x1b\\";
        assert_eq!(sifted(&mut Sieve::new(false), whole), inputs(whole), "nobody has asked");
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
