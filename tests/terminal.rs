//! The built binary in a terminal of its own: what only a terminal shows.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

#[path = "terminal/closing.rs"]
mod closing;
#[path = "terminal/colours.rs"]
mod colours;
#[path = "terminal/copying.rs"]
mod copying;
#[path = "terminal/endings.rs"]
mod endings;
#[path = "terminal/grant.rs"]
mod grant;
#[path = "terminal/idle.rs"]
mod idle;
#[path = "terminal/leave.rs"]
mod leave;
#[path = "terminal/news.rs"]
mod news;
#[path = "terminal/pty.rs"]
mod pty;
#[path = "terminal/setup.rs"]
mod setup;
#[path = "terminal/slow.rs"]
mod slow;
#[path = "terminal/storm.rs"]
mod storm;
#[path = "terminal/suspended.rs"]
mod suspended;
#[path = "terminal/together.rs"]
mod together;
#[path = "terminal/tour.rs"]
mod tour;
#[path = "terminal/typed.rs"]
mod typed;
#[path = "terminal/week.rs"]
mod week;
#[path = "terminal/weighty.rs"]
mod weighty;
#[path = "terminal/world.rs"]
mod world;
