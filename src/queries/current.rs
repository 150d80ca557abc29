//! The class file in effect, shared by everybody in a program who works with it while it may be edited.
//!
//! Nobody works by half of an old file and half of a new one: whoever begins a piece of work takes the class of
//! that moment, and keeps it to the end of it.

use std::sync::{Arc, Mutex, PoisonError};

use super::Queries;
use crate::domain::class::Class;

/// The class file in effect. Cheap to clone; a change is seen by all clones.
#[derive(Clone, Debug, Default)]
pub struct Current(Arc<Mutex<Edition>>);

#[derive(Debug, Default)]
struct Edition {
    /// The newest one, where the file was taken over since the program was started.
    class: Option<Arc<Class>>,
    /// Whether nothing that the file names may be run: it was edited, and nobody has vouched for it since.
    silent: bool,
}

impl Current {
    /// Puts another edition in effect, for work that begins from now on.
    pub fn set(&self, class: Arc<Class>) {
        self.edition(|edition| edition.class = Some(class));
    }

    /// Has reads begin with the newest edition.
    pub fn renew(&self, queries: &mut Queries) {
        if let Some(class) = self.edition(|edition| edition.class.clone()) {
            queries.class = class;
        }
    }

    /// The same reads, by the newest edition.
    #[must_use]
    pub fn of(&self, queries: &Queries) -> Queries {
        let mut queries = queries.clone();
        self.renew(&mut queries);
        queries
    }

    /// Has nobody run or contact what the file names, or everybody again.
    pub fn silence(&self, silent: bool) {
        self.edition(|edition| edition.silent = silent);
    }

    /// Whether nothing that the file names may be run or contacted.
    pub fn is_silent(&self) -> bool {
        self.edition(|edition| edition.silent)
    }

    fn edition<T>(&self, with: impl FnOnce(&mut Edition) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
