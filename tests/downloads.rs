//! Downloads over a real sandbox: hostile names, folders that are swapped for links, servers that send
//! too much, items that change while they are fetched.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs, reason = "tests")]

#[path = "support/arrival.rs"]
mod arrival;
#[path = "support/mod.rs"]
mod support;

#[path = "downloads/hostile.rs"]
mod hostile;
#[path = "downloads/kept.rs"]
mod kept;
#[path = "downloads/limits.rs"]
mod limits;
#[path = "downloads/races.rs"]
mod races;
#[path = "downloads/scene.rs"]
mod scene;
