//! `strongroom status`.

use std::collections::HashSet;

use super::{Context, DONE, Done, FAILED, from_store};
use crate::domain::fault::{Fault, Kind};
use crate::domain::id::VaultId;
use crate::queries::Queries;
use crate::report::status::Status;
use crate::store::Store;

/// Prints how every student stands. Where the service cannot be reached, what is stored is printed
/// with a warning and the exit code is 1: a schedule must not take old news for new.
pub(super) async fn run(context: &mut Context) -> Done {
    let opened = match context.open().await {
        Err(fault) if fault.kind == Kind::Unreachable => context.open_stored().await?,
        opened => opened?,
    };
    let class = &opened.config.class.id;
    let looked = looked(&opened.queries).await?;
    match opened.queries.class_view(true).await {
        Ok(view) => {
            let seats = opened.queries.frame(false).await?.seats();
            context.report.page(&Status::new(class, &view, true, &looked).with_seats(seats))?;
            Ok(DONE)
        }
        Err(fault) if fault.kind == Kind::Unreachable => {
            let view = opened.queries.class_view(false).await?;
            context.report.page(&Status::new(class, &view, false, &looked))?;
            context.report.fault(&super::mended(&fault.during("only what is stored is shown")));
            Ok(FAILED)
        }
        Err(fault) => Err(fault.into()),
    }
}

/// The vaults whose items are known, from an earlier look.
async fn looked(queries: &Queries) -> Result<HashSet<VaultId>, Fault> {
    let seen = from_store(queries, Store::seen_versions).await?;
    Ok(seen.into_iter().filter(|(_, version)| version.is_some()).map(|(vault, _)| vault).collect())
}
