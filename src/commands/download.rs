//! `strongroom download`.

use std::path::Path;

use super::{Context, DONE, Done, PARTLY, items, names};
use crate::domain::directory::ItemRef;
use crate::domain::fault::{Fault, Kind};
use crate::report::download::Download;
use crate::setup;
use crate::watch::download::{Wanted, fetch};

/// Fetches the files of students' vaults to a folder.
pub(super) async fn run(context: &mut Context, students: &[String], item: Option<&str>, to: &Path) -> Done {
    let opened = setup::open(&context.choice, false).await?;
    context.of(&opened.config.class);
    let queries = &opened.queries;
    let frame = queries.frame(true).await?;
    let keys = if students.is_empty() {
        frame.bindings.keys().cloned().collect()
    } else {
        students.iter().map(|word| names::student(&frame, word)).collect::<Result<Vec<_>, _>>()?
    };
    let mut wanted = Vec::new();
    for key in keys {
        wanted.push(match item {
            None => Wanted::Student(key),
            Some(word) => {
                let vault = frame.bindings.get(&key).cloned();
                let vault =
                    vault.ok_or_else(|| Fault::new(Kind::NotFound, format!("{key} has no vault yet")))?;
                let item = names::item(&items::of(queries, &vault).await?, word)?;
                Wanted::Item(key, ItemRef { vault, item })
            }
        });
    }
    let report = &mut context.report;
    let fetched =
        fetch(queries, &wanted, to, opened.config.download, |told| report.say(&told.current)).await?;
    report.page(&Download::new(&fetched))?;
    Ok(if fetched.failed.is_empty() { DONE } else { PARTLY })
}
