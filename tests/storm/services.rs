//! A Connect server and the Events API beside the service that acts, all of them the sandbox's doors, and how
//! those fail. Beside them another origin: whoever follows a redirect there has handed it a token.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use strongroom::clock::Clock;
use strongroom::domain::events::Feed;
use strongroom::provider::Shared;
use strongroom::provider::connect::Connect;
use strongroom::provider::events::Events;
use strongroom::provider::stack::{Memory, Stack};
use strongroom::store::Sought;

use crate::support::{Desk, Fixture, word};

/// The tokens of both doors, and who came to the other origin.
#[derive(Clone)]
pub(crate) struct Services {
    url: String,
    connect: String,
    events: String,
    visits: Arc<AtomicU64>,
}

impl Services {
    /// A Connect token for half of the vaults, and one for both feeds.
    pub(crate) async fn of(fixture: &Fixture) -> Self {
        let (url, admin) = (fixture.running.url.clone(), fixture.admin());
        let vaults = fixture.get("/sandbox/v1/vaults", &fixture.service()).await.1;
        let vaults: Vec<Value> = vaults.as_array().unwrap().clone();
        let half = vaults.iter().step_by(2).map(|vault| json!({ "id": vault["id"], "rights": "r" }));
        let wanted = json!({ "name": "storm", "vaults": half.collect::<Vec<_>>() });
        let connect = fixture.posted("/sandbox/v1/tokens/connect", &admin, wanted).await;
        let wanted = json!({ "name": "storm", "features": ["auditevents", "itemusages"] });
        let events = fixture.posted("/sandbox/v1/tokens/events", &admin, wanted).await;
        let visits = Arc::new(AtomicU64::new(0));
        if let Ok(elsewhere) = TcpListener::bind(url.replace("http://127.0.0.1", "127.0.0.2")) {
            let visits = visits.clone();
            // It ends with the program.
            std::thread::spawn(move || {
                let count = |_: TcpStream| visits.fetch_add(1, Ordering::SeqCst);
                elsewhere.incoming().flatten().map(count).last()
            });
        }
        Self { url, connect: word(&connect["token"]), events: word(&events["token"]), visits }
    }

    /// All three as one, Connect first.
    pub(crate) fn beside(&self, acting: Shared, clock: &Clock) -> Shared {
        let memory = Arc::new(Memory::new("sandbox", true, clock.clone()));
        let connect = Connect::at(&self.url, self.connect.as_str().into(), None).unwrap();
        let events = Events::at(Some(&self.url), self.events.as_str().into(), None).unwrap();
        Arc::new(Stack::new(acting, memory).with_connect(Arc::new(connect)).with_events(Arc::new(events)))
    }

    /// How often somebody came to the other origin.
    pub(crate) fn visits(&self) -> u64 {
        self.visits.load(Ordering::SeqCst)
    }

    /// Prints what was reported, and how much memory this program has taken at most.
    pub(crate) fn tell(&self, desk: &Desk) {
        let kept = |feed| {
            let sought = Sought { feed: Some(feed), ..Sought::default() };
            desk.queries.store.activity(&sought).unwrap().len()
        };
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown").trim();
        println!(
            "reported and kept: {} audit events, {} item usages; requests to another origin {}; memory at most {most}",
            kept(Feed::Audit),
            kept(Feed::Usage),
            self.visits()
        );
    }
}

/// What may go wrong at the two doors.
pub(crate) fn trouble() -> Vec<Value> {
    let connect = [
        ("server-error", 0.03),
        ("gateway", 0.03),
        ("redirect", 0.03),
        ("truncated", 0.03),
        ("reset", 0.02),
        ("wrong-id", 0.03),
        ("invalid-utf8", 0.02),
        ("stale", 0.05),
        ("sync-lag", 0.1),
        ("forbidden", 0.03),
        ("not-ready", 0.03),
    ];
    let feeds = [
        ("duplicate-page", 0.1),
        ("repeated-cursor", 0.1),
        ("out-of-order-page", 0.1),
        ("late-records", 0.1),
        ("redirect", 0.05),
        ("truncated", 0.05),
        ("unauthorized", 0.02),
        ("rate-limit-bare", 0.05),
    ];
    let connect = connect.map(
        |(fault, share)| json!({ "fault": fault, "share": share, "principal": "connect", "route": "/v1/**" }),
    );
    let feeds = feeds.map(|(fault, share)| json!({ "fault": fault, "share": share, "route": "/api/**" }));
    connect.into_iter().chain(feeds).collect()
}
