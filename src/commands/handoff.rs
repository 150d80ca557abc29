//! `strongroom handoff`.

use super::{Context, DONE, Done, FAILED, from_store};
use crate::cli::Handoff as Command;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::handoff::{Consumer, Ended};
use crate::domain::text::{SafeText, counted};
use crate::handoff::trial;
use crate::report::handoff::{Queue, Queues, Trial};
use crate::setup::Opened;
use crate::store::Store;

/// Shows the queues, or changes one. Nothing is asked of the service.
pub(super) async fn run(context: &mut Context, command: Option<&Command>) -> Done {
    let opened = context.open_stored().await?;
    if command.is_some() && context.choice.read_only {
        let message = "refused: read-only leaves the queues as they are";
        return Err(Fault::refused(message).hint("leave out --read-only").into());
    }
    match command {
        None => {}
        Some(Command::Test { consumer }) => return test(context, &opened, consumer).await,
        Some(Command::Retry { consumer, seqs }) => {
            let all = opened.config.watch.consumers.as_slice();
            let meant = match consumer {
                Some(name) => std::slice::from_ref(named(&opened, name)?),
                None => all,
            };
            for one in meant {
                retry(context, &opened, &one.name, seqs).await?;
            }
        }
        Some(Command::Replay { consumer, from }) => replay(context, &opened, consumer, *from).await?,
        Some(Command::Drop { consumer, seqs }) => {
            let (name, seqs) = (named(&opened, consumer)?.name.clone(), seqs.clone());
            let dropped = from_store(&opened.queries, move |store| {
                are_set_aside(store, &name, &seqs)?;
                store.drop_letters(&name, &seqs)
            });
            let count = counted(dropped.await?.len(), "arrival");
            context.report.say(format_args!("{consumer}: {count} forgotten: not handed over"));
        }
    }
    let page = queues(&opened).await?;
    context.report.page(&page)?;
    Ok(DONE)
}

async fn retry(context: &mut Context, opened: &Opened, consumer: &str, seqs: &[u64]) -> Result<()> {
    let (name, seqs) = (consumer.to_owned(), seqs.to_owned());
    let work = move |store: &Store| {
        are_set_aside(store, &name, &seqs)?;
        Ok((store.retry_letters(&name, &seqs)?, store.hurry(&name)?))
    };
    let (again, waited) = from_store(&opened.queries, work).await?;
    let count = counted(again.len(), "arrival");
    let now = if waited { "; what it does not take is offered again at once" } else { "" };
    context.report.say(format_args!("{consumer}: {count} back in line, for the program that watches{now}"));
    Ok(())
}

async fn replay(context: &mut Context, opened: &Opened, consumer: &str, from: u64) -> Result<()> {
    let found = named(opened, consumer)?;
    let (name, means) = (found.name.clone(), found.by.word());
    let before = from_store(&opened.queries, move |store| store.replay(&name, means, from)).await?;
    let was = before.map_or_else(|| "nothing".to_owned(), |before| format!("everything up to {before}"));
    context.report.say(format_args!(
        "{consumer} had been handed {was}; what came after {from} is in line, for the program that watches"
    ));
    Ok(())
}

/// Refuses numbers that were not set aside.
fn are_set_aside(store: &Store, name: &str, seqs: &[u64]) -> Result<()> {
    let known = store.dead_letters(name)?;
    let is_known = |seq: &&u64| known.iter().any(|letter| letter.seq == **seq);
    let Some(missing) = seqs.iter().find(|seq| !is_known(seq)) else { return Ok(()) };
    let message = format!("{missing} was not set aside for {name}");
    Err(Fault::new(Kind::Input, message).hint("strongroom handoff lists what was"))
}

async fn test(context: &mut Context, opened: &Opened, consumer: &str) -> Done {
    let consumer = named(opened, consumer)?;
    let attempt = trial(&opened.queries, consumer, &context.choice.env.texts()).await?;
    let taken = attempt.ended == Ended::Taken;
    context.report.page(&Trial(attempt))?;
    Ok(if taken { DONE } else { FAILED })
}

/// The consumer of the class file with that name.
fn named<'a>(opened: &'a Opened, name: &str) -> Result<&'a Consumer> {
    let consumers = &opened.config.watch.consumers;
    consumers.iter().find(|consumer| consumer.name == name).ok_or_else(|| {
        let known: Vec<&str> = consumers.iter().map(|consumer| consumer.name.as_str()).collect();
        let known = if known.is_empty() { "nobody".to_owned() } else { known.join(", ") };
        Fault::new(Kind::Input, format!("nobody who is handed arrivals is named \"{name}\""))
            .hint(format!("the class file names: {known}"))
    })
}

async fn queues(opened: &Opened) -> Result<Queues> {
    let names: Vec<String> = opened.config.watch.consumers.iter().map(|one| one.name.clone()).collect();
    from_store(&opened.queries, move |store| {
        let mut consumers = Vec::new();
        for progress in store.progress()? {
            let dead_letters = store.dead_letters(progress.consumer.as_str())?;
            consumers.push(Queue { progress, dead_letters });
        }
        let begun = |name: &String| consumers.iter().any(|queue| queue.progress.consumer.as_str() == name);
        let not_begun = names.iter().filter(|name| !begun(name)).map(|name| SafeText::new(name)).collect();
        Ok(Queues { consumers, not_begun })
    })
    .await
}
