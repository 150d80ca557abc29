//! Text that means harm, through the built binary into a terminal: what arrives there is read byte by byte.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "tests; the terminal is shared with others, which use more of it"
)]

#[path = "hostile_pty/bytes.rs"]
mod bytes;
#[path = "hostile_pty/class.rs"]
mod class;
#[path = "hostile_pty/commands.rs"]
mod commands;
#[path = "hostile_pty/corpus.rs"]
mod corpus;
#[path = "hostile_pty/names.rs"]
mod names;
#[path = "hostile_pty/pasted.rs"]
mod pasted;
#[path = "terminal/pty.rs"]
mod pty;
#[path = "hostile_pty/screens.rs"]
mod screens;
#[path = "terminal/world.rs"]
mod world;
