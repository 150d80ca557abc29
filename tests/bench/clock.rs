//! Measuring: medians over many rounds, as other work on the machine only ever makes a round longer.

use std::time::{Duration, Instant};

/// How long one line is measured.
const TIME: Duration = Duration::from_millis(600);
/// The fewest and the most rounds of a line.
const ROUNDS: std::ops::RangeInclusive<usize> = 5..=5_000;

/// Prints a line for each thing that is measured.
pub(crate) struct Table {
    only: Vec<String>,
    begun: bool,
}

impl Table {
    pub(crate) fn new(only: Vec<String>) -> Self {
        Self { only, begun: false }
    }

    /// Whether a line is wanted: all words stand in its name.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.iter().all(|word| name.contains(word.as_str()))
    }

    /// Measures how long `round` takes, after one that does not count.
    pub(crate) fn line(&mut self, name: &str, mut round: impl FnMut()) {
        if !self.wants(name) {
            return;
        }
        round();
        let (begun, mut times) = (Instant::now(), Vec::new());
        while times.len() < *ROUNDS.start() || (begun.elapsed() < TIME && times.len() < *ROUNDS.end()) {
            let start = Instant::now();
            round();
            times.push(start.elapsed());
        }
        times.sort();
        let at = |share: usize| times[(times.len() - 1) * share / 100];
        if !self.begun {
            println!("{:<44} {:>10} {:>10} {:>10} {:>7}", "", "median", "p95", "least", "rounds");
            self.begun = true;
        }
        let micros = |time: Duration| format!("{:.1} us", time.as_secs_f64() * 1e6);
        println!(
            "{name:<44} {:>10} {:>10} {:>10} {:>7}",
            micros(at(50)),
            micros(at(95)),
            micros(at(0)),
            times.len()
        );
    }
}
