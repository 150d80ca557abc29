//! Signals that end the dashboard or change its size.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};

use crate::app::msg::Event;

/// Turns signals into events; the number of the last one that ends the dashboard goes to `ended`.
pub(super) fn start(outbox: mpsc::Sender<Event>, ended: watch::Sender<Option<i32>>) -> io::Result<()> {
    let mut ending = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()]
        .into_iter()
        .map(|kind| signal(kind).map(|signal| (signal, kind.as_raw_value())))
        .collect::<io::Result<Vec<(Signal, i32)>>>()?;
    let mut resized = signal(SignalKind::window_change())?;
    tokio::spawn(async move {
        let [(interrupt, a), (terminate, b), (hangup, c)] = &mut ending[..] else {
            return;
        };
        loop {
            let number = tokio::select! {
                Some(()) = interrupt.recv() => *a,
                Some(()) = terminate.recv() => *b,
                Some(()) = hangup.recv() => *c,
                Some(()) = resized.recv() => {
                    if outbox.send(Event::Resize).await.is_err() {
                        return;
                    }
                    continue;
                }
                else => return,
            };
            ended.send_replace(Some(number));
            if outbox.send(Event::Interrupt).await.is_err() {
                return;
            }
        }
    });
    Ok(())
}
