//! Which service of a class is asked for what, where there are several.

use super::Finding;
use crate::domain::parts::Part;
use crate::domain::text::counted;

/// One line a service that answers; what is wrong with another is told of that one. `first` says whether Connect
/// comes before the service that acts.
pub fn services(parts: &[Part], first: bool) -> Vec<Finding> {
    const NAME: &str = "services";
    let acting = parts.first().map_or("", |part| part.name);
    let one = |part: &Part| {
        let covers =
            part.covers.map_or_else(String::new, |covers| format!(" for {}", counted(covers, "vault")));
        match part.name {
            "connect" if !first => {
                Finding::note(NAME, format!("connect is read{covers} only where {acting} fails")).mend(
                    "name it first in use under [provider], so that reading takes nothing off the ration",
                )
            }
            "connect" => Finding::ok(NAME, format!("connect is read{covers} first")),
            "events" => Finding::ok(NAME, "events tell who did what"),
            name => Finding::ok(NAME, format!("{name} acts, and reads the rest")),
        }
    };
    parts.iter().filter(|part| part.failing.is_none()).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_that_answers_is_told_with_what_it_is_asked_for() {
        let part = |name: &'static str| Part {
            name,
            calls: 1,
            down: None,
            failing: None,
            covers: (name == "connect").then_some(7),
        };
        let mut parts = ["op", "connect", "events"].map(part);
        let told = |parts: &[Part], first| {
            services(parts, first).into_iter().map(|finding| finding.what.to_string()).collect::<Vec<_>>()
        };
        let (acts, reports) = ("op acts, and reads the rest", "events tell who did what");
        assert_eq!(told(&parts, true), [acts, "connect is read for 7 vaults first", reports]);
        assert_eq!(told(&parts, false)[1], "connect is read for 7 vaults only where op fails");
        parts[1].failing = Some("no answer".into());
        assert_eq!(told(&parts, true), [acts, reports]);
        assert_eq!(told(&[], true).len(), 0);
    }
}
