//! `strongroom budget`.

use super::{Context, DONE, Done, from_store};
use crate::config::Beat;
use crate::domain::budget::beat::{self, Demand, EDITS_PER_HOUR, SHORTEST};
use crate::report::budget::Standing;
use crate::store::Store;

/// Asks for the windows of the ration and prints them, with what the live view makes of them.
pub(super) async fn run(context: &mut Context) -> Done {
    let opened = context.open_stored().await?;
    opened.queries.provider.allowances().await?;
    let now = opened.queries.clock.now();
    let Some(budget) = opened.queries.provider.budget() else {
        context.report.page(&Standing::unrationed())?;
        context.report.say("this provider counts no requests: nothing is rationed");
        return Ok(DONE);
    };
    let bound = from_store(&opened.queries, Store::bindings).await?;
    let provider = &opened.queries.provider;
    let vaults = bound.iter().filter(|binding| provider.charges(&binding.vault)).count();
    let all_beside = vaults == 0 && !bound.is_empty();
    let shortest = match opened.config.watch.every {
        Beat::Every(chosen) => chosen,
        Beat::Auto => SHORTEST,
    };
    let demand = Demand { vaults, shown: 0, edits_per_hour: EDITS_PER_HOUR };
    let tiers = if all_beside {
        Some(beat::beside(f64::from(budget.live_per_hour), opened.config.watch.every.named()))
    } else {
        demand.tiers(f64::from(budget.live_per_hour), shortest)
    };
    context.report.page(&Standing::new(&budget, demand, tiers, now))?;
    Ok(DONE)
}
