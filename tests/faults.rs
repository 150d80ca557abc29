//! What goes wrong on purpose in the sandbox: every fault as a client meets it, over sockets. Loopback
//! only, nothing sleeps.

#[path = "faults/connect.rs"]
mod connect;
#[path = "op/support.rs"]
mod door;
#[path = "faults/plan.rs"]
mod plan;
#[path = "faults/raw.rs"]
mod raw;
#[path = "faults/replies.rs"]
mod replies;
#[path = "faults/spoilt.rs"]
mod spoilt;
#[path = "support/storm.rs"]
mod storm;
#[path = "faults/storms.rs"]
mod storms;
mod support;
#[path = "faults/words.rs"]
mod words;
