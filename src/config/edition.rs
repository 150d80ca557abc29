//! What another edition of a class file changes that a running program cannot change.

use super::Config;

impl Config {
    /// What is not as in this one and can never be taken over by a program that runs: it would be about another
    /// class, or ask another service.
    pub fn other_than(&self, new: &Self) -> Vec<&'static str> {
        let checks = [
            (self.class.id != new.class.id, "the class id"),
            (self.providers != new.providers, "[provider]"),
            (self.sandbox != new.sandbox, "[provider.sandbox]"),
            (self.op != new.op, "[provider.op]"),
            (self.connect != new.connect, "[provider.connect]"),
            (self.events != new.events, "[provider.events]"),
            (self.audit_key != new.audit_key, "audit.key_file"),
        ];
        checks.into_iter().filter_map(|(is, what)| is.then_some(what)).collect()
    }

    /// What is not as in this one and counts from the next start on.
    pub fn later_than(&self, new: &Self) -> Vec<&'static str> {
        let checks = [
            // Turned off it counts at once; but nobody is there who could begin.
            (!self.class.auto && new.class.auto, "access.auto"),
            (self.watch != new.watch, "[watch]"),
            (self.download != new.download, "[download]"),
            (self.retention != new.retention, "[retention]"),
            (self.checkpoint_vault != new.checkpoint_vault, "audit.checkpoint_vault"),
        ];
        checks.into_iter().filter_map(|(is, what)| is.then_some(what)).collect()
    }
}
