//! `strongroom items`.

use super::{Context, DONE, Done, names};
use crate::domain::directory::{Item, ItemRef};
use crate::domain::fault::Fault;
use crate::domain::id::VaultId;
use crate::domain::query::{Data, Query};
use crate::queries::Queries;
use crate::report::items::{Items, OneItem};

/// Prints what is in a vault, or one item with its fields and files.
pub(super) async fn run(context: &mut Context, name: &str, item: Option<&str>) -> Done {
    let opened = context.open().await?;
    let queries = &opened.queries;
    let frame = queries.frame(true).await?;
    let vault = names::vault(&frame, queries, name).await?;
    let student = frame.owner(&vault).map(|student| &student.key);
    let items = of(queries, &vault).await?;
    match item {
        None => context.report.page(&Items { vault: &vault, student, items: &items })?,
        Some(word) => {
            let at = ItemRef { item: names::item(&items, word)?, vault: vault.clone() };
            let detail = queries.detail(&at).await?;
            context.report.page(&OneItem::new(&vault, student, &detail))?;
        }
    }
    Ok(DONE)
}

/// The items of a vault as the service lists them now.
pub(super) async fn of(queries: &Queries, vault: &VaultId) -> Result<Vec<Item>, Fault> {
    let asked = Query::Items { vaults: vec![vault.clone()], fresh: true };
    match queries.answer(asked).await? {
        Data::Items(lists) => Ok(lists.into_iter().flat_map(|(_, items)| items).collect()),
        _ => Ok(Vec::new()),
    }
}
