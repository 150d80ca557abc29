//! What every provider has to keep: one suite over a real sandbox, reached through the sandbox's own
//! client, through Connect with a Connect token, and through real child processes of the imitation of `op`, as it
//! answers by default and with every open point answered the other way. And what happens when the other end does not keep it.

#[path = "contract/broken.rs"]
mod broken;
#[path = "contract/changes.rs"]
mod changes;
#[path = "contract/covered.rs"]
mod covered;
#[path = "op/support.rs"]
mod door;
#[path = "contract/downloads.rs"]
mod downloads;
#[path = "contract/faulty.rs"]
mod faulty;
#[path = "contract/fronts.rs"]
mod fronts;
#[path = "contract/misbehaving.rs"]
mod misbehaving;
#[path = "contract/points.rs"]
mod points;
#[path = "contract/reads.rs"]
mod reads;
#[path = "contract/stack.rs"]
mod stack;
mod support;
