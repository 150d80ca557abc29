//! What the program that looks at the vaults tells those who work beside it.

/// How things stand; whoever works beside the live view waits for it to change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pulse {
    /// Whether this program is the one that looks, and so the one that acts by itself.
    pub watching: bool,
    /// The number of the newest arrival.
    pub seq: u64,
    /// Raised whenever people, groups or bindings have changed.
    pub people: u64,
}
