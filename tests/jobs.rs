//! Jobs that survive their program, over a real sandbox; its ledger tells what really happened.

#[path = "jobs/asked.rs"]
mod asked;
#[allow(dead_code, reason = "only a part of it is used here")]
#[path = "cli/support.rs"]
mod cli;
#[path = "jobs/examined.rs"]
mod examined;
#[path = "jobs/kills.rs"]
mod kills;
#[path = "jobs/late.rs"]
mod late;
#[path = "jobs/left.rs"]
mod left;
#[path = "jobs/moments.rs"]
mod moments;
mod support;
#[path = "jobs/words.rs"]
mod words;
