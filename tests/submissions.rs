//! Assignments from outside: the built program against a sandbox in this process.

#[path = "submissions/agreement.rs"]
mod agreement;
#[path = "support/arrival.rs"]
mod arrival;
#[path = "submissions/baseline.rs"]
mod baseline;
#[path = "submissions/commands.rs"]
mod commands;
#[path = "submissions/crowd.rs"]
mod crowd;
#[path = "submissions/journal.rs"]
mod journal;
#[allow(dead_code, reason = "shared with the other tests of the command line")]
#[path = "cli/support.rs"]
mod support;
