//! How the services stand that a class is read through, where there are several.

use super::Finding;
use crate::domain::parts::{Part, instead};
use crate::domain::text::counted;

/// One line a service: what it is asked for, its part of the calls of this run, and whether it is left out.
/// `first` says whether Connect comes before the service that acts.
pub fn services(parts: &[Part], first: bool) -> Vec<Finding> {
    let calls: u64 = parts.iter().map(|part| part.calls).sum();
    let one = |part: &Part| {
        if let Some(down) = &part.down {
            let since = down.since.strftime("%H:%M UTC");
            let what =
                format!("{} is left out since {since}: {}; {}", part.name, down.why, instead(part, parts));
            return Finding::warning("services", what).mend("it is tried again by itself");
        }
        let percent = (part.calls * 100 + calls / 2).checked_div(calls).unwrap_or(0);
        let share = format!("{} of {} ({percent} %)", part.calls, counted(calls, "call"));
        let covers =
            part.covers.map_or_else(String::new, |covers| format!(" for {}", counted(covers, "vault")));
        match part.name {
            "connect" if !first => {
                let what = format!("connect is read{covers} only where {} fails: {share}", parts[0].name);
                Finding::note("services", what).mend(
                    "name it first in use under [provider], so that reading takes nothing off the ration",
                )
            }
            "connect" => Finding::ok("services", format!("connect is read{covers} first: {share}")),
            "events" => Finding::ok("services", format!("events tell who did what: {share}")),
            name => Finding::ok("services", format!("{name} acts, and reads the rest: {share}")),
        }
    };
    parts.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parts::Down;

    fn part(name: &'static str, calls: u64) -> Part {
        Part { name, calls, down: None, failing: None, covers: (name == "connect").then_some(7) }
    }

    #[test]
    fn each_service_is_told_with_its_share_and_what_stands_in_for_it() {
        let mut parts = vec![part("op", 1), part("connect", 3), part("events", 0)];
        let told = |parts: &[Part], first| {
            services(parts, first).into_iter().map(|finding| finding.what.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(
            told(&parts, true),
            [
                "op acts, and reads the rest: 1 of 4 calls (25 %)",
                "connect is read for 7 vaults first: 3 of 4 calls (75 %)",
                "events tell who did what: 0 of 4 calls (0 %)",
            ]
        );
        parts[1].down = Some(Down { since: jiff::Timestamp::UNIX_EPOCH, why: "no answer".into() });
        assert_eq!(told(&parts, true)[1], "connect is left out since 00:00 UTC: no answer; op reads instead");
        assert_eq!(told(&[], true).len(), 0);
    }
}
