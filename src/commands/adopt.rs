//! `strongroom adopt`.

use super::{Context, DONE, Done, PARTLY, from_store};
use crate::domain::budget::Cost;
use crate::domain::directory::Vault;
use crate::domain::fault::{Fault, Result};
use crate::domain::id::VaultId;
use crate::domain::plan::{Plan, Row, Step, Wish};
use crate::domain::text::counted;
use crate::queries::Queries;
use crate::report::adopt::Adopted;
use crate::store::Store;

/// Finds the vaults of the class again. What it costs is told before it is asked.
pub(super) async fn run(context: &mut Context, all: bool, dry_run: bool) -> Done {
    let opened = context.open().await?;
    if context.choice.read_only && !dry_run {
        return Err(Fault::refused("read-only: nothing is bound").hint("add --dry-run").into());
    }
    let queries = &opened.queries;
    let vaults = queries.provider.vaults().await?;
    keep_names(queries, &vaults).await?;
    let (visible, ours) = (vaults.len(), queries.may_be_ours(vaults.rows, all));
    let reads = u32::try_from(ours.len()).unwrap_or(u32::MAX);
    context.report.say(format_args!(
        "{} visible; {} to read, a request each",
        counted(visible, "vault"),
        counted(ours.len(), "description")
    ));
    let mut found = queries.recognise(ours).await?;
    let open = found.iter().any(|row| row.fate.is_open());
    if !dry_run {
        found = queries.adopt(found).await?;
    }
    let offer = offer(queries).await?;
    let cost = Cost { reads: reads.saturating_add(1), writes: 0 };
    context.report.page(&Adopted::new(&found, dry_run, cost, offer))?;
    Ok(if open || found.iter().any(|row| row.fate.is_open()) { PARTLY } else { DONE })
}

/// Keeps under which names the vaults of students were listed.
async fn keep_names(queries: &Queries, vaults: &[Vault]) -> Result<()> {
    let bindings = from_store(queries, Store::bindings).await?;
    let listed = |vault: &VaultId| vaults.iter().find(|other| other.id == *vault);
    let owned = bindings.iter().filter_map(|binding| Some((&binding.student, listed(&binding.vault)?)));
    queries.keep_names(owned).await.map(drop)
}

/// What it would cost to be told the levels of those who have a vault: a grant each.
async fn offer(queries: &Queries) -> Result<Cost> {
    let plan = queries.draft(&Wish::Provision(Vec::new())).await?;
    let proves = |row: &Row| row.vault.is_some() && !row.steps.contains(&Step::CreateVault);
    let rows = plan.rows.into_iter().filter(proves).collect();
    Ok(Plan { rows, ..Plan::default() }.cost())
}
