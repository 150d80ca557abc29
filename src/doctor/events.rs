//! The Events API that tells who did what: its token, what that may read, whose account it is, and how far the
//! feeds were read. Of a token only what it says of itself is ever told.

use jiff::{SignedDuration, Timestamp};

use super::claims::{self, Life};
use super::{Finding, State};
use crate::domain::events::Feed;
use crate::domain::fault::{Kind, Result};
use crate::domain::id::AccountId;
use crate::domain::text::SafeText;
use crate::provider::events::{Events, Introspection};
use crate::store::{Followed, Store};

/// A feed that was not read for so long is behind: whoever watches reads it every few seconds.
const BEHIND: SignedDuration = SignedDuration::from_hours(24);
const MEND: &str = "make a new one in 1Password under Integrations, or with op events-api create, with the features \
                    auditevents and itemusages";

/// What the service and the token told when they were asked once: one request, off the ration.
#[derive(Clone)]
pub struct Reporter {
    /// Where the token is from, in words.
    pub source: String,
    /// The address that is asked.
    pub host: SafeText,
    /// Until when the token is good, where it says so.
    pub expires: Option<Timestamp>,
    /// What the service tells of the token.
    pub told: Result<Introspection>,
}

/// What the class has to do with it.
pub struct Class<'a> {
    /// The account of the class, where it is known.
    pub account: Option<&'a AccountId>,
    /// How far each feed was read; nothing of one that was not.
    pub followed: Vec<(Feed, Followed)>,
    /// Whether another service of the class answers: it is looked after without this one, though nobody is told
    /// who did what.
    pub instead: bool,
}

impl<'a> Class<'a> {
    /// By the account, whether another service answers, and the local state as far as it is there.
    ///
    /// # Errors
    /// Where the local state cannot be read.
    pub fn of(account: Option<&'a AccountId>, instead: bool, store: Option<&Store>) -> Result<Self> {
        let mut followed = Vec::new();
        if let Some(store) = store {
            for feed in Feed::ALL {
                followed.extend(store.followed(feed)?.map(|so_far| (feed, so_far)));
            }
        }
        Ok(Self { account, followed, instead })
    }
}

impl Reporter {
    /// Asks what the token may read.
    pub async fn ask(events: &Events, source: String) -> Self {
        let told = events.introspect().await;
        Self { source, host: events.host().clone(), expires: events.expires(), told }
    }

    /// Everything that was found.
    pub fn findings(&self, class: &Class<'_>, now: Timestamp) -> Vec<Finding> {
        let issued = self.told.as_ref().ok().and_then(|told| told.issued_at);
        let end = claims::end("events-expiry", Life { issued, expires: self.expires }, now, MEND);
        // A token that has ended is refused for that.
        let is_refused = self.told.as_ref().is_err_and(|fault| fault.kind == Kind::SignIn);
        let token = (!is_refused || end.state != State::Failure).then(|| self.token());
        let mut findings: Vec<Finding> =
            token.into_iter().chain([end]).map(|one| one.where_others_read(class.instead)).collect();
        let Ok(told) = &self.told else { return findings };
        findings.extend(same_account(told.account.as_ref(), class.account));
        findings.extend(Feed::ALL.map(|feed| {
            let may = told.feeds.contains(&feed);
            let so_far = class.followed.iter().find(|(followed, _)| *followed == feed);
            feed_of(feed, may, so_far.map(|(_, so_far)| so_far), now)
        }));
        findings
    }

    fn token(&self) -> Finding {
        const NAME: &str = "events-token";
        match &self.told {
            Ok(told) => {
                let issued = told.issued_at.map(|at| format!(", issued on {}", at.strftime("%Y-%m-%d")));
                let (source, issued) = (&self.source, issued.unwrap_or_default());
                Finding::ok(NAME, format!("from {source}{issued}; {} answers", self.host))
            }
            Err(fault) => Finding::fault(NAME, fault),
        }
    }
}

/// Whether it reads the events of the class's account. Another one's would be of no vault that is known here.
fn same_account(own: Option<&AccountId>, class: Option<&AccountId>) -> Option<Finding> {
    const NAME: &str = "events-account";
    let class = class?;
    Some(match own {
        Some(own) => claims::same_account(NAME, own, class),
        None => Finding::note(NAME, "the service does not tell whose account it is"),
    })
}

/// Whether a feed may be read, and how far it was.
fn feed_of(feed: Feed, may: bool, so_far: Option<&Followed>, now: Timestamp) -> Finding {
    let name = match feed {
        Feed::Audit => "events-audit",
        Feed::Usage => "events-usage",
    };
    if !may {
        return Finding::warning(name, format!("the token may not read {feed}")).mend(MEND);
    }
    let Some(Followed { since, read_at, .. }) = so_far else {
        return Finding::note(name, format!("{feed} were not read yet: whoever watches reads them"));
    };
    if read_at == since {
        return Finding::note(name, format!("{feed} from {since:.0} on are not read to their end yet"));
    }
    let what = format!("{feed} from {since:.0} on, read to their end at {read_at:.0}");
    if now.duration_since(*read_at) >= BEHIND {
        return Finding::warning(name, what)
            .mend("have a dashboard or `strongroom watch` run: 1Password keeps events for 120 days");
    }
    Finding::ok(name, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::events::Cursor;
    use crate::domain::fault::Fault;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn account(letter: char) -> AccountId {
        AccountId::parse(&letter.to_string().repeat(26)).unwrap()
    }

    fn reporter(features: &[&str], expires: Option<&str>) -> Reporter {
        let told = Introspection {
            feeds: Feed::ALL.into_iter().filter(|feed| features.contains(&feed.name())).collect(),
            account: Some(account('A')),
            issued_at: Some(at("2026-01-01T00:00:00Z")),
        };
        Reporter {
            source: "STRONGROOM_EVENTS_TOKEN".into(),
            host: "https://events.example".into(),
            expires: expires.map(at),
            told: Ok(told),
        }
    }

    fn states(findings: &[Finding]) -> Vec<(&'static str, State)> {
        findings.iter().map(|finding| (finding.name, finding.state)).collect()
    }

    #[test]
    fn a_token_as_it_should_be_is_told_with_how_far_the_feeds_were_read() {
        let followed = |read_at| Followed {
            cursor: Cursor::new("secret"),
            since: at("2026-01-01T00:00:00Z"),
            read_at: at(read_at),
            page_at: at(read_at),
        };
        let own = account('A');
        let class = Class {
            account: Some(&own),
            followed: vec![
                (Feed::Audit, followed("2026-03-01T11:59:50Z")),
                (Feed::Usage, followed("2026-02-27T11:00:00Z")),
            ],
            instead: true,
        };
        let found = reporter(&["auditevents", "itemusages"], Some("2027-01-01T00:00:00Z"))
            .findings(&class, at("2026-03-01T12:00:00Z"));
        assert_eq!(
            states(&found),
            [
                ("events-token", State::Ok),
                ("events-expiry", State::Ok),
                ("events-account", State::Ok),
                ("events-audit", State::Ok),
                ("events-usage", State::Warning),
            ]
        );
        assert!(found[3].what.as_str().contains("2026-03-01T11:59:50Z"), "{:?}", found[3]);
        assert!(!format!("{found:?}").contains("secret"));
    }

    #[test]
    fn what_a_token_may_not_and_whose_it_is_not_is_told_with_what_mends_it() {
        let other = account('B');
        let class = Class { account: Some(&other), followed: Vec::new(), instead: true };
        let now = at("2026-03-01T12:00:00Z");
        let found = reporter(&["itemusages"], Some("2026-03-05T00:00:00Z")).findings(&class, now);
        assert_eq!(
            states(&found)[1..],
            [
                ("events-expiry", State::Warning),
                ("events-account", State::Failure),
                ("events-audit", State::Warning),
                ("events-usage", State::Note),
            ]
        );
        assert!(found.iter().filter(|one| one.state >= State::Warning).all(|one| one.mend.is_some()));
        for (instead, state) in [(true, State::Warning), (false, State::Failure)] {
            let class = Class { account: Some(&other), followed: Vec::new(), instead };
            let ended = reporter(&[], Some("2026-03-01T12:00:00Z")).findings(&class, now);
            assert_eq!(ended[1].state, state);
        }
    }

    #[test]
    fn a_token_that_is_refused_stops_nothing_where_another_service_reads() {
        let refused = Reporter {
            told: Err(Fault::new(Kind::SignIn, "Unauthorized (401)").hint("make another")),
            ..reporter(&[], None)
        };
        let ended = Reporter { expires: Some(at("2026-02-01T00:00:00Z")), ..refused.clone() };
        let class = Class { account: None, followed: Vec::new(), instead: false };
        let found = ended.findings(&class, at("2026-03-01T12:00:00Z"));
        assert_eq!(states(&found), [("events-expiry", State::Failure)], "one cause is told once");
        for (instead, state) in [(true, State::Warning), (false, State::Failure)] {
            let class = Class { account: None, followed: Vec::new(), instead };
            let found = refused.findings(&class, at("2026-03-01T12:00:00Z"));
            assert_eq!(states(&found), [("events-token", state), ("events-expiry", State::Ok)]);
        }
    }
}
