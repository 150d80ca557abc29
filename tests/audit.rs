//! The audit log from outside: under attack, on bad disks, with a checkpoint elsewhere, and handed out.

#[path = "audit/attacks.rs"]
mod attacks;
#[allow(dead_code, reason = "shared with the other tests of the command line")]
#[path = "cli/support.rs"]
mod class;
#[path = "audit/closed.rs"]
mod closed;
#[path = "audit/damaged.rs"]
mod damaged;
#[path = "audit/elsewhere.rs"]
mod elsewhere;
#[path = "audit/events.rs"]
mod events;
#[path = "audit/handed_out.rs"]
mod handed_out;
#[path = "audit/nameless.rs"]
mod nameless;
#[path = "audit/notes.rs"]
mod notes;
mod support;
