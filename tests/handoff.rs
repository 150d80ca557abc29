//! Arrivals on their way to programs and addresses: in order, at least once, none lost, whatever the
//! consumer, the courier or the clock does.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

#[path = "handoff/addresses.rs"]
mod addresses;
#[path = "support/arrival.rs"]
mod arrival;
#[path = "handoff/bounds.rs"]
mod bounds;
#[path = "handoff/commands.rs"]
mod commands;
#[path = "handoff/crash.rs"]
mod crash;
#[path = "handoff/files.rs"]
mod files;
#[path = "handoff/line.rs"]
mod line;
#[path = "handoff/programs.rs"]
mod programs;
#[path = "handoff/queue.rs"]
mod queue;
#[path = "handoff/support.rs"]
mod support;
#[path = "handoff/troubles.rs"]
mod troubles;
