//! `strongroom attention`: what needs the instructor now. Asks the store only, so that it answers where
//! the service does not.

use super::{Context, DONE, Done, PARTLY};
use crate::cli;
use crate::domain::fault::{Fault, Kind};
use crate::report::attention::List;

/// Prints the list, or puts something of it away.
pub(super) async fn run(context: &mut Context, options: &cli::Attention) -> Done {
    let opened = context.open_stored().await?;
    if let Some(cli::Dismiss::Dismiss { subject }) = &options.act {
        if context.choice.read_only {
            return Err(Fault::refused("read-only: nothing is put away").into());
        }
        if !opened.queries.dismiss(subject).await? {
            let message = format!("nothing stands in the list under {subject}");
            return Err(Fault::new(Kind::Input, message).hint("see `strongroom attention`").into());
        }
        context.report.say(format_args!("put away: {subject}"));
        return Ok(DONE);
    }
    let list = List::new(&opened.config.class.id, opened.queries.attention().await?);
    let needed = !list.is_empty();
    context.report.page(&list)?;
    Ok(if options.check && needed { PARTLY } else { DONE })
}
