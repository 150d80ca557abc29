//! The sandbox over HTTP, as its clients meet it. Loopback only, nothing sleeps.

#[path = "sandbox/support.rs"]
mod support;

#[path = "sandbox/feeds.rs"]
mod feeds;

#[path = "sandbox/clients.rs"]
mod clients;
#[path = "sandbox/connect.rs"]
mod connect;
#[path = "sandbox/events.rs"]
mod events;
#[path = "sandbox/events_faults.rs"]
mod events_faults;
#[path = "sandbox/events_told.rs"]
mod events_told;
#[path = "sandbox/events_walk.rs"]
mod events_walk;
#[path = "sandbox/files.rs"]
mod files;
#[path = "sandbox/front.rs"]
mod front;
#[path = "sandbox/kept.rs"]
mod kept;
#[path = "sandbox/rights.rs"]
mod rights;
#[path = "sandbox/server.rs"]
mod server;
#[path = "sandbox/sharing.rs"]
mod sharing;
#[path = "sandbox/story.rs"]
mod story;
#[path = "sandbox/tokens.rs"]
mod tokens;
