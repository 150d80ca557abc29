//! Who is befallen by what, and what has happened so far.
//!
//! Whether a request is befallen depends on the plan's seed, the rule, and the number of the request
//! among those that the rule is about; nothing else. So requests one after another are replayed
//! exactly, and those at the same time up to the order in which they arrive.

use std::collections::VecDeque;

use fastrand::Rng;
use serde::Serialize;

use super::mishap::Mishap;
use super::plan::{Plan, Rule, Side};
use crate::sandbox::routes::Route;

/// How many lines of the log are kept; the oldest are forgotten.
const LINES: usize = 1_000;

/// What a rule has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Count {
    /// Requests that it was about.
    pub(super) matched: u64,
    /// Those that it befell.
    pub(super) injected: u64,
}

/// One request that was befallen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Line {
    /// Its number among all requests since the plan was given, from 1.
    pub(super) request: u64,
    /// The rule's place in the plan, from 0.
    pub(super) rule: usize,
    /// Its number among those that the rule is about, from 1.
    pub(super) number: u64,
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) fault: &'static str,
}

/// A request, as far as a plan looks at it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) route: &'static Route,
    pub(super) path: String,
    pub(super) side: Option<Side>,
    /// Whether the same request was answered before.
    pub(super) answered_before: bool,
}

/// What befalls a request.
pub(super) struct Drawn {
    pub(super) rule: Rule,
    /// Decides everything else that is left open.
    pub(super) rng: Rng,
    request: u64,
    at: usize,
}

/// All that has happened under a plan.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) requests: u64,
    pub(super) counts: Vec<Count>,
    pub(super) log: VecDeque<Line>,
}

impl Tally {
    pub(super) fn of(plan: &Plan) -> Self {
        Self { counts: vec![Count::default(); plan.rules.len()], ..Self::default() }
    }

    /// Counts a request, for every rule that is about it, and says what befalls it: the first rule
    /// whose turn it is.
    pub(super) fn draw(&mut self, plan: &Plan, asked: &Asked) -> Option<Drawn> {
        self.requests += 1;
        let mut drawn: Option<Drawn> = None;
        for (at, rule) in plan.rules.iter().enumerate() {
            let stale_of_nothing = rule.mishap == Mishap::Stale && !asked.answered_before;
            if stale_of_nothing || !rule.concerns(asked.route, &asked.path, asked.side) {
                continue;
            }
            let count = &mut self.counts[at];
            count.matched += 1;
            let spent = rule.times.is_some_and(|times| count.injected >= times);
            let mut rng = chance(plan.seed, at, count.matched);
            if drawn.is_some() || spent || count.matched < rule.from || rng.f64() >= rule.share {
                continue;
            }
            count.injected += 1;
            self.log.push_back(Line {
                request: self.requests,
                rule: at,
                number: count.matched,
                method: asked.route.method,
                path: asked.path.clone(),
                fault: rule.mishap.name(),
            });
            drawn = Some(Drawn { rule: rule.clone(), rng, request: self.requests, at });
        }
        if self.log.len() > LINES {
            self.log.pop_front();
        }
        drawn
    }

    /// Takes back what could not be carried out, such as another id in an answer without any.
    pub(super) fn take_back(&mut self, drawn: &Drawn) {
        let count = &mut self.counts[drawn.at];
        count.injected = count.injected.saturating_sub(1);
        self.log.retain(|line| line.request != drawn.request);
    }
}

/// The source of chance for a request: the same seed, rule and number are the same chance.
fn chance(seed: u64, rule: usize, number: u64) -> Rng {
    Rng::with_seed(mixed(mixed(mixed(seed) ^ rule as u64) ^ number))
}

/// The finishing step of SplitMix64 (Steele, Lea, Flood 2014): neighbours become strangers.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::routes;

    fn asked() -> Asked {
        let path = routes::VAULTS.path.to_owned();
        Asked { route: &routes::VAULTS, path, side: None, answered_before: false }
    }

    fn befallen(plan: &serde_json::Value, requests: u64) -> Vec<u64> {
        let plan = Plan::read(plan.clone()).unwrap();
        let mut tally = Tally::of(&plan);
        (1..=requests).filter(|_| tally.draw(&plan, &asked()).is_some()).collect()
    }

    #[test]
    fn the_share_is_kept_and_the_seed_decides() {
        for share in [0.0_f64, 0.01, 0.25, 0.9, 1.0] {
            let plan = |seed: u64| json!({ "seed": seed, "rules": [{ "fault": "gateway", "share": share }] });
            let hits = befallen(&plan(7), 20_000);
            let expected = share * 20_000.0;
            let spread = 5.0 * (expected * (1.0 - share)).sqrt();
            #[allow(clippy::cast_precision_loss, reason = "small counts")]
            let found = hits.len() as f64;
            assert!((found - expected).abs() <= spread, "{share}: {found}");
            assert_eq!(hits, befallen(&plan(7), 20_000));
            assert!(share <= 0.0 || share >= 1.0 || hits != befallen(&plan(8), 20_000));
        }
    }

    #[test]
    fn a_rule_begins_and_ends_where_it_should_and_the_first_rule_counts() {
        let plan = json!({ "seed": 1, "rules": [{ "fault": "gateway", "from": 3, "times": 2 }] });
        assert_eq!(befallen(&plan, 10), [3, 4]);
        let plan = json!({ "seed": 1, "rules": [
            { "fault": "gateway", "times": 1 }, { "fault": "reset", "from": 2 }, { "fault": "hang" },
        ] });
        let plan = Plan::read(plan).unwrap();
        let mut tally = Tally::of(&plan);
        let met: Vec<_> = (0..3).map(|_| tally.draw(&plan, &asked()).unwrap().rule.mishap).collect();
        assert_eq!(met, [Mishap::Gateway, Mishap::Reset, Mishap::Reset]);
        let counts: Vec<_> = tally.counts.iter().map(|count| (count.matched, count.injected)).collect();
        assert_eq!(counts, [(3, 1), (3, 2), (3, 0)]);
    }

    #[test]
    fn what_one_rule_does_changes_nothing_for_another() {
        let rule = json!({ "fault": "reset", "share": 0.3 });
        let alone = json!({ "seed": 5, "rules": [{ "fault": "hang", "share": 0.0 }, rule] });
        let hits = befallen(&alone, 1_000);
        let plan =
            Plan::read(json!({ "seed": 5, "rules": [{ "fault": "hang", "share": 0.5 }, rule] })).unwrap();
        let mut tally = Tally::of(&plan);
        for number in 1..=1_000 {
            if let Some(drawn) = tally.draw(&plan, &asked()) {
                assert!(drawn.rule.mishap == Mishap::Hang || hits.contains(&number));
            }
        }
    }

    #[test]
    fn what_could_not_be_carried_out_did_not_happen() {
        let plan = Plan::read(json!({ "seed": 1, "rules": [{ "fault": "reset", "times": 1 }] })).unwrap();
        let mut tally = Tally::of(&plan);
        let drawn = tally.draw(&plan, &asked()).unwrap();
        tally.take_back(&drawn);
        assert!(tally.log.is_empty() && tally.counts[0] == Count { matched: 1, injected: 0 });
        assert!(tally.draw(&plan, &asked()).is_some() && tally.draw(&plan, &asked()).is_none());
    }
}
