//! `strongroom audit`.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Context, DONE, Done};
use crate::audit::{self, Filter, Record};
use crate::cli::{Audit as Command, Since};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::text::SafeText;
use crate::queries::{Queries, blocking};
use crate::report::audit::{Records, Verification};
use crate::setup::{self, Opened};

/// Lists or verifies the log. Neither asks the service for anything but, the first time ever,
/// which account the class is in.
pub(super) async fn run(context: &mut Context, command: &Command) -> Done {
    let opened = setup::open(&context.choice, true).await?;
    context.of(&opened.config.class);
    match command {
        Command::List { limit, since, op } => {
            let since = since.map(|since| moment(since, &opened)).transpose()?;
            let filter = Filter { limit: *limit, since, op: op.clone() };
            let (log, queries) = (opened.audit_log.clone(), opened.queries.clone());
            let records = blocking(move || {
                let records = audit::list(&log, &filter)?;
                Ok(Records { names: names(&queries, &records)?, records })
            });
            context.report.page(&records.await?)?;
            Ok(DONE)
        }
        Command::Verify => verify(context, &opened).await,
    }
}

/// A broken chain is a failure (exit code 1) that names the line. Half a line at the end is what a
/// crash leaves and no failure.
async fn verify(context: &mut Context, opened: &Opened) -> Done {
    let (log, key) = (opened.audit_log.clone(), opened.audit_key.clone());
    let verified = blocking(move || audit::verify(&log, &key)).await?;
    let bad = verified.first_bad.clone();
    context.report.page(&Verification::new(verified))?;
    let Some(bad) = bad else {
        return Ok(DONE);
    };
    let message = format!("{}: line {} {}", opened.audit_log.display(), bad.line, bad.why);
    let hint = "keep the file as it is, and compare it with a copy: somebody or something changed it";
    Err(Fault::new(Kind::Local, message).hint(hint).into())
}

fn moment(since: Since, opened: &Opened) -> Result<Timestamp> {
    match since {
        Since::Time(time) => Ok(time),
        Since::Day(day) => {
            let zone = opened.config.class.time_zone.clone();
            let start =
                day.to_zoned(zone).map_err(|error| Fault::new(Kind::Input, format!("{day}: {error}")));
            start.map(|start| start.timestamp())
        }
    }
}

/// What the pseudonyms in the arguments stand for, as far as it is still kept.
fn names(queries: &Queries, records: &[Record]) -> Result<HashMap<String, SafeText>> {
    let mut names = HashMap::new();
    for record in records {
        let arguments = record.args.as_object().into_iter().flat_map(serde_json::Map::values);
        for word in arguments.filter_map(serde_json::Value::as_str) {
            if !names.contains_key(word)
                && let Some(name) = queries.store.name(word)?
            {
                names.insert(word.to_owned(), name);
            }
        }
    }
    Ok(names)
}
