//! `strongroom download`.

use std::time::Duration;

use super::{Context, DONE, Done, PARTLY, config, items, names};
use crate::cli;
use crate::domain::class::StudentKey;
use crate::domain::directory::ItemRef;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::transfer::Progress;
use crate::download::{self, Fetched, Found, Plan, Sort, Wanted};
use crate::queries::submissions::no_such;
use crate::queries::{Queries, blocking};
use crate::report::Report;
use crate::report::download::{Download, Planned, Transfer, Verified};
use crate::setup::Opened;

/// How long is waited where the service does not say when the ration is renewed.
const MINUTE: Duration = Duration::from_secs(60);

/// Fetches the files of students' vaults to a folder; or tells what that would be, or whether what was
/// fetched is still what it was.
pub(super) async fn run(context: &mut Context, options: &cli::Download) -> Done {
    if options.verify {
        return verify(context, options).await;
    }
    let opened = context.open().await?;
    let queries = &opened.queries;
    let wanted = wanted(&opened, options).await?;
    let sort = download::sort(queries).await?;
    let plan = loop {
        match download::plan(queries, &wanted, &sort).await {
            Err(fault) if options.wait && fault.kind == Kind::RateLimit => {
                wait(queries, &mut context.report, &fault).await;
            }
            plan => break plan?,
        }
    };
    let plan = filtered(plan, options);
    if options.dry_run {
        let outlook = download::outlook(queries, &plan, &options.to).await?;
        context.report.page(&Planned::new(&outlook, &plan.failed))?;
        return Ok(if plan.failed.is_empty() { DONE } else { PARTLY });
    }
    let fetched = fetch(context, &opened, options, plan, &sort).await?;
    context.report.page(&Download::new(&fetched))?;
    match fetched.stopped {
        Some(fault) => Err(fault.into()),
        None if fetched.failed.is_empty() => Ok(DONE),
        None => Ok(PARTLY),
    }
}

fn filtered(mut plan: Plan, options: &cli::Download) -> Plan {
    if let Some(filter) = &options.filter {
        plan.only(filter);
    }
    plan
}

/// Fetches what was planned; where that is wanted, as often as the ration is renewed.
async fn fetch(
    context: &mut Context,
    opened: &Opened,
    options: &cli::Download,
    plan: Plan,
    sort: &Sort,
) -> Result<Fetched> {
    let (queries, quotas) = (&opened.queries, opened.config.download);
    let report = &mut context.report;
    let shown = Transfer::of(report);
    let mut saved = Vec::new();
    loop {
        let tell = |told: &Progress| shown.tell(told);
        let work = download::carry_out(queries, plan.clone(), &options.to, quotas, sort, tell);
        let fetched = Box::pin(work).await;
        shown.end();
        let mut fetched = fetched?;
        let new = std::mem::take(&mut fetched.saved);
        // What came before a pause is no longer new to the run after it.
        fetched.there.retain(|there| !saved.contains(there));
        saved.extend(new);
        match &fetched.stopped {
            Some(fault) if options.wait && fault.kind == Kind::RateLimit => {
                wait(queries, report, fault).await;
            }
            _ => return Ok(Fetched { saved, ..fetched }),
        }
    }
}

/// Waits until the ration is renewed.
async fn wait(queries: &Queries, report: &mut Report, fault: &Fault) {
    let until = queries.clock.now() + fault.retry_after.unwrap_or(MINUTE).max(Duration::from_secs(1));
    let shown = report.look().time(Some(until));
    report.say(format_args!("waits until {shown}: {}", fault.message));
    queries.clock.sleep_until(until).await;
}

/// Whose files are wanted, and which.
async fn wanted(opened: &Opened, options: &cli::Download) -> Result<Vec<Wanted>> {
    let queries = &opened.queries;
    let frame = queries.frame(true).await?;
    let keys = if options.students.is_empty() {
        frame.bindings.keys().cloned().collect()
    } else {
        names::students(&frame, &options.students)?
    };
    if let Some(id) = &options.assignment {
        opened.config.class.assignment(id).ok_or_else(|| no_such(&opened.config.class, id.as_str()))?;
        return Ok(keys.into_iter().map(|key| Wanted::Assignment(key, id.clone())).collect());
    }
    let Some(word) = &options.item else {
        return Ok(keys.into_iter().map(Wanted::Student).collect());
    };
    let mut wanted = Vec::new();
    for key in keys {
        wanted.push(Wanted::Item(key.clone(), item(queries, &frame, &key, word).await?));
    }
    Ok(wanted)
}

async fn item(queries: &Queries, frame: &Frame, key: &StudentKey, word: &str) -> Result<ItemRef> {
    let vault = frame.bindings.get(key).cloned();
    let vault = vault.ok_or_else(|| Fault::new(Kind::NotFound, format!("{key} has no vault yet")))?;
    let item = names::item(&items::of(queries, &vault).await?, word)?;
    Ok(ItemRef { vault, item })
}

/// Reads again what was fetched. Nothing is asked of the service.
async fn verify(context: &mut Context, options: &cli::Download) -> Done {
    let class = config::read(context, context.choice.class.as_deref())?.1.class;
    context.in_zone(&class);
    let to = options.to.clone();
    let checked = blocking(move || download::verify(&class.id, &to)).await?;
    let same = checked.iter().all(|checked| checked.found == Found::Same);
    context.report.page(&Verified { files: &checked })?;
    Ok(if same { DONE } else { PARTLY })
}
