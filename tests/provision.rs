//! Giving vaults and changing access, over a real sandbox; its ledger tells what really happened.

#[path = "provision/crash.rs"]
mod crash;
#[path = "provision/crossed.rs"]
mod crossed;
#[path = "provision/deletion.rs"]
mod deletion;
#[path = "provision/faults.rs"]
mod faults;
#[path = "provision/history.rs"]
mod history;
#[path = "provision/odd.rs"]
mod odd;
#[path = "provision/people.rs"]
mod people;
#[path = "provision/retention.rs"]
mod retention;
#[path = "provision/stale.rs"]
mod stale;
#[path = "provision/story.rs"]
mod story;
mod support;
