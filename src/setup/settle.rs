//! Writing down a class that was set up: local state first, the class file last, so that there is
//! no class file of a class that is not there.

use std::collections::HashSet;
use std::fs::DirBuilder;
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use super::{local, moved, write_private};
use crate::config::{self, Config, Places};
use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::AccountId;
use crate::domain::roster::{self, Student};
use crate::store::Store;

/// A class that was settled.
pub struct Settled<'a> {
    /// What its class file says.
    pub config: &'a Config,
    /// The account that it is in.
    pub account: &'a AccountId,
    /// The folder of its state, where it was named.
    pub state: Option<&'a Path>,
}

impl Settled<'_> {
    /// Keeps the class list, writes the class file, and trusts it where it names a program. An empty
    /// list leaves the one that is kept as it is.
    ///
    /// # Errors
    /// Where the class is in another account by what was kept, where there is a class file already, or
    /// where something cannot be written. Then there is no new class file.
    pub fn write(&self, places: &Places, students: &[Student], out: &Path, text: &str) -> Result<Store> {
        let id = &self.config.class.id;
        let memory = places.state.join("accounts").join(id);
        let remembered =
            std::fs::read_to_string(&memory).ok().and_then(|text| AccountId::parse(text.trim()).ok());
        match &remembered {
            _ if self.state.is_some() => {}
            Some(before) if before != self.account => return Err(moved(id, before, self.account, &memory)),
            Some(_) => {}
            None => write_private(&memory, self.account.as_str())?,
        }
        let own = places.state.join(self.account.as_str()).join(id);
        let store = Store::open(&self.state.unwrap_or(&own).join("store.db"))?;
        if !students.is_empty() {
            take_over(&store, students)?;
        }
        write_new(out, text)?;
        if !self.config.runs().is_empty() {
            config::trust(out, places)?;
        }
        Ok(store)
    }
}

/// Compares with what is kept, as an import does: nobody's key changes, and who is missing is marked.
fn take_over(store: &Store, students: &[Student]) -> Result<()> {
    let current: Vec<Student> = store.students()?.into_iter().map(|row| row.student).collect();
    let changes = roster::compare(&current, students);
    let gone: Vec<StudentKey> = changes.gone.iter().map(|student| student.key.clone()).collect();
    let mut present = roster::apply(&current, &changes);
    let left: HashSet<&StudentKey> = gone.iter().collect();
    present.retain(|student| !left.contains(&student.key));
    store.apply_roster(&present, &gone)
}

/// Writes a file that only the user can read, whole or not at all, and never over another.
fn write_new(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // Made with mode 0600.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            let message = format!("{} exists already, and nothing is written over it", path.display());
            Fault::new(Kind::Input, message).hint("edit it, remove it, or name another file with --out")
        }
        _ => local(path, &error),
    })
}
