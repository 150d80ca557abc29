//! The imitation of 1Password's CLI from outside: real processes against a sandbox of their own.

#[path = "op/support.rs"]
mod door;
#[path = "op/faults.rs"]
mod faults;
#[path = "op/files.rs"]
mod files;
#[path = "op/profiles.rs"]
mod profiles;
#[path = "op/ration.rs"]
mod ration;
#[path = "op/refusals.rs"]
mod refusals;
#[path = "op/shapes.rs"]
mod shapes;
mod support;
