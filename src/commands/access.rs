//! `strongroom access`.

use super::{Context, DONE, Done, from_store, names};
use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Kind};
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::queries::Queries;
use crate::report::access::Access;
use crate::store::Store;

/// Asks the service who is on these students' vaults, or on all, and prints it.
pub(super) async fn run(context: &mut Context, words: &[String], why: bool) -> Done {
    let opened = context.open().await?;
    let queries = &opened.queries;
    let frame = queries.frame(true).await?;
    let keys = keys(&frame, queries, words).await?;
    let rows = queries.access(&keys).await?;
    let view = queries.class_view(false).await?;
    let ledger = from_store(queries, Store::ledger).await?;
    let vaults: Vec<VaultId> = rows.iter().filter_map(|row| row.vault.clone()).collect();
    let (ways, damaged) = if why {
        let (ways, damaged) = opened.ops.why(&vaults).await?;
        (Some(ways), damaged)
    } else {
        (None, None)
    };
    context.report.page(&Access::new(&view, &rows, &ledger, frame.unverified(), ways.as_ref()))?;
    let without = frame.students.len() - frame.bindings.len();
    if words.is_empty() && without > 0 {
        context.report.say(format_args!("without a vault: {without}"));
    }
    damaged.map_or(Ok(DONE), |fault| Err(fault.into()))
}

/// The students whose vaults are meant.
async fn keys(frame: &Frame, queries: &Queries, words: &[String]) -> Result<Vec<StudentKey>, Fault> {
    if words.is_empty() {
        let bound = |key: &StudentKey| frame.bindings.contains_key(key);
        return Ok(frame.students.iter().map(|s| s.key.clone()).filter(bound).collect());
    }
    let mut keys = Vec::new();
    for word in words {
        let vault = names::vault(frame, queries, word).await?;
        let Some(owner) = frame.owner(&vault) else {
            let message = format!("the vault {vault} belongs to no student of {}", frame.class.id);
            return Err(Fault::new(Kind::Input, message).hint("see `strongroom status`"));
        };
        keys.push(owner.key.clone());
    }
    Ok(keys)
}
