//! Fetching files: how much is fetched at most, and how far it has come.
//!
//! Pure: the time is an argument.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use super::text::SafeText;

/// How much is fetched at most: `[download]`. In bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Of one file.
    pub file: u64,
    /// Of one student, with what is there already.
    pub student: u64,
    /// Of one run.
    pub run: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        const GIB: u64 = 1 << 30;
        Self { file: GIB, student: 8 * GIB, run: 64 * GIB }
    }
}

/// Bytes as people read them, rounded up: `850 B`, `1.5 MiB`, `12 MiB`; at most eight characters.
pub fn bytes(count: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let (mut tenths, mut unit) = (count.saturating_mul(10), "B");
    for next in units {
        if tenths < 10_240 {
            break;
        }
        (tenths, unit) = (tenths.div_ceil(1_024), next);
    }
    match (tenths / 10, tenths % 10) {
        (10.., 1..) => format!("{} {unit}", tenths.div_ceil(10)),
        (whole, 0) => format!("{whole} {unit}"),
        (whole, tenth) => format!("{whole}.{tenth} {unit}"),
    }
}

/// How far a download has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many files are done: fetched, there already, or failed.
    pub files_done: u64,
    /// How many there are.
    pub files: u64,
    /// How many bytes are done; those of a file that failed count as done.
    pub bytes_done: u64,
    /// How many there are, as the service says.
    pub bytes: u64,
    /// The path of the file that was begun or ended last, from the folder on.
    pub current: SafeText,
    /// How many bytes came in a second, of late.
    pub rate_bytes_s: u64,
    /// How long the rest takes at that rate; `None` while nothing has come yet.
    pub eta: Option<Duration>,
}

/// The rate counts over so long.
const WINDOW: Duration = Duration::from_secs(10);
/// The most often that progress is told between the ends of files.
const BEAT: Duration = Duration::from_millis(100);
/// How far apart the marks of the window are.
const MARK: Duration = Duration::from_millis(250);

/// Measures a download: what has come, how fast, and when it is worth telling.
#[derive(Clone, Debug)]
pub struct Pace {
    told: Progress,
    /// How many bytes had come when; oldest first. The first one is the window's edge.
    marks: VecDeque<(Timestamp, u64)>,
    /// How many bytes have come over the wire.
    came: u64,
    last: Option<Timestamp>,
}

impl Pace {
    /// A download of so many files and bytes that begins now.
    pub fn new(files: u64, bytes: u64, now: Timestamp) -> Self {
        let told = Progress { files, bytes, ..Progress::default() };
        Self { told, marks: VecDeque::from([(now, 0)]), came: 0, last: None }
    }

    /// A file begins.
    pub fn begins(&mut self, path: &str, now: Timestamp) -> Option<Progress> {
        self.told.current = SafeText::new(path);
        self.due(now)
    }

    /// Bytes have come.
    pub fn comes(&mut self, bytes: u64, now: Timestamp) -> Option<Progress> {
        self.came += bytes;
        self.told.bytes_done += bytes;
        self.mark(now);
        self.due(now)
    }

    /// A file has ended that was announced with `size` bytes, of which `came` were told before. It
    /// is always told.
    pub fn ends(&mut self, path: &str, size: u64, came: u64, now: Timestamp) -> Progress {
        self.told.current = SafeText::new(path);
        self.told.files_done += 1;
        self.told.bytes_done = self.told.bytes_done.saturating_add(size).saturating_sub(came);
        self.mark(now);
        self.tell(now)
    }

    /// Files and bytes that were planned are replaced by others: their item has moved on. `came` bytes
    /// of them had come for nothing.
    pub fn changes(&mut self, planned: (u64, u64), now: (u64, u64), came: u64) {
        self.told.files = (self.told.files + now.0).saturating_sub(planned.0);
        self.told.bytes = self.told.bytes.saturating_add(now.1).saturating_sub(planned.1);
        self.told.bytes_done = self.told.bytes_done.saturating_sub(came);
    }

    /// How far it has come, with the rate of now.
    pub fn now(&self, now: Timestamp) -> Progress {
        let mut told = self.told.clone();
        if let Some((since, before)) = self.marks.front()
            && let Ok(time) = Duration::try_from(now.duration_since(*since))
            && !time.is_zero()
        {
            let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1);
            told.rate_bytes_s = (self.came - before).saturating_mul(1_000) / millis;
        }
        let left = told.bytes.saturating_sub(told.bytes_done);
        told.eta = match (left, told.rate_bytes_s) {
            (0, _) => Some(Duration::ZERO),
            (_, 0) => None,
            (left, rate) => Some(Duration::from_secs(left.div_ceil(rate))),
        };
        told
    }

    fn mark(&mut self, now: Timestamp) {
        let since = |then: Timestamp| now.duration_since(then);
        match self.marks.back() {
            // A clock that was set back begins a new window.
            Some((last, _)) if since(*last).is_negative() => self.marks.clear(),
            Some((last, _)) if since(*last).unsigned_abs() < MARK => return,
            _ => {}
        }
        self.marks.push_back((now, self.came));
        while self.marks.len() > 2
            && self.marks.get(1).is_some_and(|(at, _)| since(*at).unsigned_abs() >= WINDOW)
        {
            self.marks.pop_front();
        }
    }

    fn due(&mut self, now: Timestamp) -> Option<Progress> {
        let early = self.last.is_some_and(|last| {
            let passed = now.duration_since(last);
            !passed.is_negative() && passed.unsigned_abs() < BEAT
        });
        (!early).then(|| self.tell(now))
    }

    fn tell(&mut self, now: Timestamp) -> Progress {
        self.last = Some(now);
        self.now(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
    }

    #[test]
    fn the_rate_is_of_the_last_seconds_and_the_rest_follows_from_it() {
        let mut pace = Pace::new(2, 100 * MIB, at(0));
        assert_eq!(pace.now(at(0)).eta, None, "nothing has come");
        // Ten seconds of 1 MiB each, then thirty of 2 MiB each.
        for second in 1..=10 {
            pace.comes(MIB, at(second * 1_000));
        }
        let slow = pace.now(at(10_000));
        assert_eq!((slow.rate_bytes_s, slow.eta), (MIB, Some(Duration::from_secs(90))));
        for second in 11..=40 {
            pace.comes(2 * MIB, at(second * 1_000));
        }
        let fast = pace.now(at(40_000));
        assert_eq!((fast.bytes_done, fast.rate_bytes_s), (70 * MIB, 2 * MIB), "the slow ones are forgotten");
        assert_eq!(fast.eta, Some(Duration::from_secs(15)));
        // Nothing comes any more: the rate falls.
        assert!(pace.now(at(80_000)).rate_bytes_s < MIB / 2);
    }

    #[test]
    fn it_is_told_ten_times_a_second_and_at_the_end_of_every_file() {
        let mut pace = Pace::new(2, 2 * MIB, at(0));
        let told = (0..1_000).filter(|millis| pace.comes(1_000, at(*millis)).is_some()).count();
        assert_eq!(told, 10);
        let one = pace.ends("a", MIB, 1_000_000, at(1_000));
        assert_eq!((one.files_done, one.bytes_done), (1, MIB), "what was announced counts");
        let both = pace.ends("b", MIB, 0, at(1_000));
        assert_eq!((both.files_done, both.bytes_done, both.eta), (2, 2 * MIB, Some(Duration::ZERO)));
        assert_eq!(both.current.as_str(), "b");
    }

    #[test]
    fn bytes_are_read_by_people() {
        for (count, text) in [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_024, "1 KiB"),
            (1_536, "1.5 KiB"),
            (12_345, "13 KiB"),
            (5 << 30, "5 GiB"),
        ] {
            assert_eq!(bytes(count), text);
        }
        assert!(bytes(u64::MAX).ends_with("EiB"));
    }

    #[test]
    fn an_item_that_has_moved_on_is_counted_as_it_is_now() {
        let mut pace = Pace::new(1, 10, at(0));
        pace.comes(10, at(1));
        pace.changes((1, 10), (2, 30), 10);
        let told = pace.now(at(2));
        assert_eq!((told.files, told.bytes, told.bytes_done), (2, 30, 0));
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nothing() {
        let mut pace = Pace::new(1, 10 * MIB, at(0));
        pace.comes(MIB, at(60_000));
        assert!(pace.comes(MIB, at(1_000)).is_some());
        pace.comes(MIB, at(2_000));
        let told = pace.now(at(2_000));
        assert_eq!((told.bytes_done, told.rate_bytes_s), (3 * MIB, MIB));
    }
}
