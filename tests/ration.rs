//! The ration of requests: what is sent, what is not, and what the live view makes of its share. Time
//! is simulated, and so are the figures.

#[path = "ration/account.rs"]
mod account;
#[path = "ration/beside.rs"]
mod beside;
#[path = "ration/copy.rs"]
mod copy;
#[path = "ration/day.rs"]
mod day;
#[path = "ration/guarded.rs"]
mod guarded;
#[path = "ration/histories.rs"]
mod histories;
#[path = "ration/ledger.rs"]
mod ledger;
#[path = "ration/provisioning.rs"]
mod provisioning;
#[path = "ration/pure.rs"]
mod pure;
mod support;
#[path = "ration/waiting.rs"]
mod waiting;
