//! Giving vaults and changing access, over a real sandbox; its ledger tells what really happened.

#[path = "provision/crash.rs"]
mod crash;
#[path = "provision/crossed.rs"]
mod crossed;
#[path = "provision/faults.rs"]
mod faults;
#[path = "provision/history.rs"]
mod history;
#[path = "provision/people.rs"]
mod people;
#[path = "provision/story.rs"]
mod story;
mod support;
