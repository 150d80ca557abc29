//! `budget/1`: what may still be asked of 1Password, and what the live view makes of it.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::{Look, Page, Table, cell};
use crate::domain::budget::beat::{Demand, Tiers};
use crate::domain::budget::{Action, Allowance, Budget, Scope, Stop};
use crate::domain::text::SafeText;

/// How the ration stands.
#[derive(Serialize)]
pub struct Standing {
    /// Whether requests are counted at all.
    rationed: bool,
    windows: Vec<Window>,
    reported_at: Option<Timestamp>,
    /// Requests of this program, and of others since it began.
    ours: Option<u64>,
    others: Option<u64>,
    stopped: Vec<Stop>,
    live: Option<Live>,
}

#[derive(Serialize)]
struct Window {
    #[serde(flatten)]
    allowance: Allowance,
    /// When it ends; `null` while none has started.
    ends_at: Option<Timestamp>,
    /// What will have been used when it ends, if it goes on as since its beginning; `null` where it
    /// has hardly begun.
    forecast: Option<u64>,
}

/// The live view.
#[derive(Serialize)]
struct Live {
    /// Requests an hour that it may ask for.
    per_hour: u32,
    /// Those it is expected to need, and the time between two looks; `null` where so little is left
    /// that there is no live view.
    needs_per_hour: Option<u64>,
    beat_s: Option<u64>,
    /// The vaults and edits an hour of each that this is reckoned with.
    vaults: usize,
    edits_per_hour: f64,
}

impl Standing {
    /// Nothing is rationed.
    pub fn unrationed() -> Self {
        Self {
            rationed: false,
            windows: Vec::new(),
            reported_at: None,
            ours: None,
            others: None,
            stopped: Vec::new(),
            live: None,
        }
    }

    /// How a ration stands, and a live view that keeps within it; `None` where too little is left.
    pub fn new(budget: &Budget, demand: Demand, tiers: Option<Tiers>, now: Timestamp) -> Self {
        let window = |allowance: &Allowance| Window {
            allowance: *allowance,
            ends_at: (allowance.reset > 0)
                .then(|| now.checked_add(Duration::from_secs(allowance.reset)).ok())
                .flatten(),
            forecast: forecast(allowance),
        };
        Self {
            rationed: true,
            windows: budget.allowances.iter().map(window).collect(),
            reported_at: Some(budget.reported_at),
            ours: Some(budget.ours),
            others: Some(budget.others),
            stopped: budget.stopped.clone(),
            live: Some(Live {
                per_hour: budget.live_per_hour,
                needs_per_hour: tiers.map(|tiers| rounded(tiers.expected_per_hour)),
                beat_s: tiers.map(|tiers| tiers.every.as_secs()),
                vaults: demand.vaults,
                edits_per_hour: demand.edits_per_hour,
            }),
        }
    }
}

/// What a window's use comes to at its end; nothing before a twentieth of it has passed.
fn forecast(allowance: &Allowance) -> Option<u64> {
    let length = allowance.scope.window().as_secs();
    let passed = length.checked_sub(allowance.reset).filter(|_| allowance.reset > 0)?;
    (passed * 20 >= length).then(|| allowance.used * length / passed.max(1))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count, never negative")]
fn rounded(requests: f64) -> u64 {
    requests.max(0.0).round() as u64
}

/// The requests of a window in words.
fn what(scope: Scope, action: Action) -> &'static str {
    match (scope, action) {
        (Scope::Token, Action::Read) => "reads an hour, this token",
        (Scope::Token, Action::Write) => "writes an hour, this token",
        (Scope::Token, Action::ReadWrite) => "requests an hour, this token",
        (Scope::Account, Action::Read) => "reads a day, the account",
        (Scope::Account, Action::Write) => "writes a day, the account",
        (Scope::Account, Action::ReadWrite) => "requests a day, the account",
    }
}

impl Page for Standing {
    fn schema(&self) -> &'static str {
        "budget/1"
    }

    fn table(&self, look: &Look) -> Table {
        let mut table = Table::new(["what", "limit", "used", "left", "until", "forecast"]);
        let none = SafeText::default;
        for Window { allowance, ends_at, forecast } in &self.windows {
            table.push([
                what(allowance.scope, allowance.action).into(),
                cell(allowance.limit),
                cell(allowance.used),
                cell(allowance.remaining),
                look.time(*ends_at),
                forecast.map(cell).unwrap_or_default(),
            ]);
        }
        for stop in &self.stopped {
            let what = match stop.action {
                Action::Read => "reads are stopped",
                Action::Write => "writes are stopped",
                Action::ReadWrite => "everything is stopped",
            };
            table.push([what.into(), none(), none(), cell(0), look.time(Some(stop.until)), none()]);
        }
        if let Some(others) = self.others {
            table.push([
                "others, since this program began".into(),
                none(),
                cell(others),
                none(),
                none(),
                none(),
            ]);
        }
        if let Some(live) = &self.live {
            let beat = live.beat_s.map_or_else(
                || "the live view: too little is left".to_owned(),
                |beat| format!("the live view an hour, a look every {beat} s"),
            );
            let needs = live.needs_per_hour.map(cell).unwrap_or_default();
            table.push([SafeText::new(&beat), cell(live.per_hour), none(), none(), none(), needs]);
        }
        table
    }
}
