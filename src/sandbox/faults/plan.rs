//! The plan: what goes wrong, where, how often, as JSON. Read strictly: what is not known is refused,
//! and a rule that could never be about any request as well.

use std::time::Duration;

use serde_json::{Map, Value};

use super::mishap::Mishap;
use crate::sandbox::refusal::{Refusal, Result};
use crate::sandbox::routes::{self, Route};

/// The most rules of a plan.
const RULES: usize = 64;
/// The longest delay, in milliseconds, and the longest `Retry-After`, in seconds.
const LONGEST_MS: u64 = 600_000;
const LONGEST_S: u64 = 86_400;
/// The `Retry-After` of a rule that names none, in seconds.
const RETRY_AFTER: u64 = 30;

/// A plan as it was given.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) rules: Vec<Rule>,
    /// Its own JSON.
    pub(super) given: Value,
}

/// One way to go wrong, and when.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rule {
    pub(super) mishap: Mishap,
    /// How many of the requests it is about it befalls, from 0 to 1.
    pub(super) share: f64,
    method: Option<String>,
    route: Option<Vec<String>>,
    pub(super) principal: Side,
    /// The first of the requests it is about that it may befall, from 1.
    pub(super) from: u64,
    /// How often at most.
    pub(super) times: Option<u64>,
    pub(super) delay: Duration,
    /// In seconds.
    pub(super) retry_after: u64,
    /// The length that a flood announces.
    pub(super) declared: Option<u64>,
}

/// Whose request it is, or is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Any,
    ServiceAccount,
    Person,
    /// A Connect token's.
    Connect,
}

impl Plan {
    /// Reads a plan. What is wrong with it is said with the place, for example `rules[0].share`.
    pub(super) fn read(given: Value) -> Result<Self> {
        let mut fields = Fields::of("plan", given.clone())?;
        let seed = fields.take("seed", "a whole number from 0 on", Value::as_u64)?;
        let seed = seed.ok_or_else(|| Refusal::bad("plan.seed is missing: it decides what befalls whom"))?;
        let rules = fields.take("rules", "a list", |value| value.as_array().cloned())?.unwrap_or_default();
        fields.end("seed, rules")?;
        if rules.len() > RULES {
            return Err(Refusal::bad(format!("plan.rules: at most {RULES}")));
        }
        let rules = rules.into_iter().enumerate();
        let rules = rules.map(|(at, rule)| Rule::read(&format!("rules[{at}]"), rule));
        Ok(Self { seed, rules: rules.collect::<Result<_>>()?, given })
    }

    /// Whether any rule is about this.
    pub(super) fn has(&self, wanted: impl Fn(&Rule) -> bool) -> bool {
        self.rules.iter().any(wanted)
    }
}

impl Rule {
    fn read(place: &str, given: Value) -> Result<Self> {
        let mut fields = Fields::of(place, given)?;
        let names: Vec<_> = Mishap::ALL.iter().map(|mishap| mishap.name()).collect();
        let mishap = fields
            .take("fault", &format!("one of {}", names.join(", ")), |value| Mishap::parse(value.as_str()?))?;
        let mishap = mishap.ok_or_else(|| Refusal::bad(format!("{place}.fault is missing")))?;
        let share = fields.take("share", "a number from 0 to 1", share)?;
        let method = fields.take("method", "one of GET, POST, PUT, PATCH, DELETE", method)?;
        let route = fields.take("route", "a path that begins with /", pattern)?;
        let principal = fields.take("principal", "service-account, person, connect or any", principal)?;
        let from = fields.take("from", "a whole number from 1 on", positive)?;
        let times = fields.take("times", "a whole number from 1 on", positive)?;
        let upto = format!("a whole number up to {LONGEST_MS}");
        fields.only(mishap.usual_delay().is_some(), "delay_ms", mishap)?;
        let delay = fields.take("delay_ms", &upto, |value| value.as_u64().filter(|ms| *ms <= LONGEST_MS))?;
        fields.only(mishap == Mishap::RateLimit, "retry_after_s", mishap)?;
        let upto = format!("a whole number up to {LONGEST_S}");
        let wait = fields.take("retry_after_s", &upto, |value| value.as_u64().filter(|s| *s <= LONGEST_S))?;
        fields.only(mishap == Mishap::Flood, "declared_bytes", mishap)?;
        let declared = fields.take("declared_bytes", "a whole number from 1 on", positive)?;
        fields.end(KEYS)?;
        let rule = Self {
            mishap,
            share: share.unwrap_or(1.0),
            method,
            route,
            principal: principal.or(mishap.only_for()).unwrap_or(Side::Any),
            from: from.unwrap_or(1),
            times,
            delay: delay.map_or(mishap.usual_delay().unwrap_or_default(), Duration::from_millis),
            retry_after: wait.unwrap_or(RETRY_AFTER),
            declared,
        };
        let whose = mishap.only_for().is_none_or(|side| side == rule.principal);
        if whose && routes::ALL.iter().any(|route| rule.may_concern(route)) {
            return Ok(rule);
        }
        let name = mishap.name();
        Err(Refusal::bad(format!("{place}: no request with this method and route can meet {name}")))
    }

    /// Whether it is about this request.
    pub(super) fn concerns(&self, route: &Route, path: &str, side: Option<Side>) -> bool {
        let is_whose = self.principal == Side::Any || Some(self.principal) == side;
        is_whose && self.fits(route, path, |part, own| part == own)
    }

    /// Whether there can be a request of this route that it is about.
    fn may_concern(&self, route: &Route) -> bool {
        self.fits(route, route.path, |part, own| part == own || is_any(own))
    }

    fn fits(&self, route: &Route, path: &str, same: impl Fn(&str, &str) -> bool) -> bool {
        self.mishap.concerns(route)
            && self.method.as_ref().is_none_or(|method| method == route.method)
            && self.route.as_ref().is_none_or(|pattern| fits(pattern, path, same))
    }
}

const KEYS: &str =
    "fault, share, method, route, principal, from, times, delay_ms, retry_after_s, declared_bytes";

fn share(value: &Value) -> Option<f64> {
    value.as_f64().filter(|share| (0.0..=1.0).contains(share))
}

fn method(value: &Value) -> Option<String> {
    let word = value.as_str()?;
    ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&word).then(|| word.to_owned())
}

fn principal(value: &Value) -> Option<Side> {
    match value.as_str()? {
        "service-account" => Some(Side::ServiceAccount),
        "person" => Some(Side::Person),
        "connect" => Some(Side::Connect),
        "any" => Some(Side::Any),
        _ => None,
    }
}

fn positive(value: &Value) -> Option<u64> {
    value.as_u64().filter(|number| *number > 0)
}

/// The parts of a path. `*` or a name in braces stands for any one part, `**` at the end for any rest.
fn pattern(value: &Value) -> Option<Vec<String>> {
    let path = value.as_str()?.strip_prefix('/')?;
    let parts: Vec<String> = path.trim_end_matches('/').split('/').map(str::to_owned).collect();
    let inner = parts.split_last().map(|(_, inner)| inner).unwrap_or_default();
    (!path.contains(['?', '#']) && !inner.iter().any(|part| part == "**")).then_some(parts)
}

fn is_any(part: &str) -> bool {
    part == "*" || part.starts_with('{') && part.ends_with('}')
}

fn fits(pattern: &[String], path: &str, same: impl Fn(&str, &str) -> bool) -> bool {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let (head, open) = match pattern.split_last() {
        Some((last, head)) if last == "**" => (head, true),
        _ => (pattern, false),
    };
    let long_enough = if open { parts.len() >= head.len() } else { parts.len() == head.len() };
    long_enough && head.iter().zip(&parts).all(|(part, own)| is_any(part) || same(part, own))
}

/// The fields of an object that have not been read yet.
struct Fields {
    place: String,
    left: Map<String, Value>,
}

impl Fields {
    fn of(place: &str, value: Value) -> Result<Self> {
        match value {
            Value::Object(left) => Ok(Self { place: place.to_owned(), left }),
            _ => Err(Refusal::bad(format!("{place}: an object is wanted"))),
        }
    }

    fn take<T>(
        &mut self,
        name: &str,
        wanted: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some(value) = self.left.remove(name) else { return Ok(None) };
        let wrong = || Refusal::bad(format!("{}.{name}: {wanted} is wanted", self.place));
        read(&value).map(Some).ok_or_else(wrong)
    }

    /// Refuses a field that stands where it means nothing.
    fn only(&self, means_something: bool, name: &str, mishap: Mishap) -> Result<()> {
        if means_something || !self.left.contains_key(name) {
            return Ok(());
        }
        Err(Refusal::bad(format!("{}.{name} means nothing to {}", self.place, mishap.name())))
    }

    fn end(self, known: &str) -> Result<()> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(name) => Err(Refusal::bad(format!("{}.{name} is not known; there are {known}", self.place))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wrong(rule: &Value) -> String {
        Plan::read(json!({ "seed": 1, "rules": [rule] })).unwrap_err().message
    }

    #[test]
    fn a_plan_is_read_strictly_and_mistakes_are_named_by_their_place() {
        for (rule, part) in [
            (json!({ "fault": "explode" }), "rules[0].fault: one of delay, hang"),
            (json!({ "share": 0.5 }), "rules[0].fault is missing"),
            (json!({ "fault": "hang", "share": 1.5 }), "rules[0].share: a number from 0 to 1"),
            (json!({ "fault": "hang", "share": "all" }), "rules[0].share"),
            (json!({ "fault": "hang", "method": "get" }), "rules[0].method"),
            (json!({ "fault": "hang", "route": "v1/vaults" }), "rules[0].route"),
            (json!({ "fault": "hang", "principal": "root" }), "rules[0].principal"),
            (json!({ "fault": "hang", "from": 0 }), "rules[0].from"),
            (json!({ "fault": "hang", "times": -1 }), "rules[0].times"),
            (json!({ "fault": "hang", "delay_ms": 600_001 }), "rules[0].delay_ms"),
            (json!({ "fault": "gateway", "delay_ms": 5 }), "rules[0].delay_ms means nothing to gateway"),
            (json!({ "fault": "hang", "retry_after_s": 5 }), "rules[0].retry_after_s means nothing"),
            (json!({ "fault": "hang", "sahre": 1 }), "rules[0].sahre is not known; there are fault, share"),
            (json!("hang"), "rules[0]: an object is wanted"),
        ] {
            let message = wrong(&rule);
            assert!(message.contains(part), "{part}: {message}");
        }
        assert!(Plan::read(json!({ "rules": [] })).unwrap_err().message.contains("plan.seed"));
        assert!(Plan::read(json!({ "seed": 1, "rule": [] })).unwrap_err().message.contains("plan.rule "));
        assert!(Plan::read(json!({ "seed": 1 })).unwrap().rules.is_empty());
    }

    #[test]
    fn a_rule_that_can_be_about_nothing_is_refused() {
        for rule in [
            json!({ "fault": "hang", "route": "/v1/vault" }),
            json!({ "fault": "hang", "route": "/sandbox/v1/ledger" }),
            json!({ "fault": "hang", "route": "/sandbox/v1/faults", "method": "DELETE" }),
            json!({ "fault": "late", "method": "GET" }),
            json!({ "fault": "stale", "method": "POST" }),
            json!({ "fault": "flood", "route": "/v1/vaults/{vault}/items" }),
            json!({ "fault": "wrong-id", "route": "/v1/vaults", "method": "GET" }),
            json!({ "fault": "sync-lag", "principal": "person" }),
            json!({ "fault": "sync-lag", "method": "POST" }),
            json!({ "fault": "forbidden", "route": "/v1/vaults" }),
            json!({ "fault": "not-ready", "route": "/sandbox/v1/vaults" }),
            json!({ "fault": "conflict", "method": "GET" }),
        ] {
            assert!(wrong(&rule).contains("no request with this method and route"), "{rule}");
        }
    }

    #[test]
    fn a_route_is_a_path_with_open_parts() {
        let fits =
            |text: &str, path: &str| fits(&pattern(&json!(text)).unwrap(), path, |part, own| part == own);
        assert!(fits("/v1/vaults", "/v1/vaults/") && !fits("/v1/vaults", "/v1/vaults/a"));
        assert!(fits("/v1/vaults/{vault}/items", "/v1/vaults/a/items"));
        assert!(
            fits("/v1/vaults/a/items", "/v1/vaults/a/items") && !fits("/v1/vaults/b/*", "/v1/vaults/a/items")
        );
        assert!(
            fits("/v1/**", "/v1/vaults/a") && fits("/**", "/heartbeat") && !fits("/v1/**", "/sandbox/v1")
        );
        assert_eq!(pattern(&json!("/v1/**/items")), None);
    }
}
