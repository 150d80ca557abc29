//! What every provider has to keep, over a real sandbox; and what happens when the other end does
//! not keep it.

#[path = "contract/broken.rs"]
mod broken;
#[path = "contract/changes.rs"]
mod changes;
#[path = "contract/downloads.rs"]
mod downloads;
#[path = "contract/reads.rs"]
mod reads;
mod support;
