//! Writing down a class that was set up: its class file, never over another, and with it the class
//! list. Where any of it fails the class file is taken away again, so that there is none of a class
//! that is not there.

use std::fs::{self, DirBuilder};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::{account, local};
use crate::config::{self, Config, Places};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::AccountId;
use crate::domain::roster::Student;
use crate::domain::text::counted;
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
    /// Where the state of the class is.
    fn folder(&self, places: &Places) -> PathBuf {
        let own = || account::state(places, self.account, &self.config.class.id);
        self.state.map_or_else(own, Path::to_owned)
    }

    /// Refuses a class list where this account's class of that id has students already: it runs, and
    /// setting it up again would rewrite whom its vaults are for. Makes nothing.
    ///
    /// # Errors
    /// The refusal, or what is wrong with the kept state.
    pub fn takes_list(&self, places: &Places) -> Result<()> {
        let folder = self.folder(places);
        let file = folder.join("store.db");
        if file.exists() { self.is_empty(&Store::open(&file)?, &folder) } else { Ok(()) }
    }

    fn is_empty(&self, store: &Store, folder: &Path) -> Result<()> {
        let here = store.students()?.len();
        if here == 0 {
            return Ok(());
        }
        let (id, here) = (&self.config.class.id, counted(here, "student"));
        let message = format!("the class {id} is set up on this machine already, with {here}");
        Err(Fault::new(Kind::Input, message).hint(format!(
            "for a new class list say `strongroom roster import FILE` (leave --roster away to write only the class file anew); for another class choose another --id; to begin from nothing remove {} first",
            folder.display()
        )))
    }

    /// Keeps the class list, writes the class file, and trusts it where it names a program. Without a
    /// list what is kept stays as it is.
    ///
    /// # Errors
    /// Where the class is in another account by what was kept, where it has students already and a
    /// list is given, where there is a class file already, or where something cannot be written. Then
    /// there is no new class file.
    pub fn write(&self, places: &Places, students: &[Student], out: &Path, text: &str) -> Result<Store> {
        if self.state.is_none() {
            account::remember(places, self.account, &self.config.class.id)?;
        }
        let folder = self.folder(places);
        let store = Store::open(&folder.join("store.db"))?;
        if !students.is_empty() {
            self.is_empty(&store, &folder)?;
        }
        write_new(out, text)?;
        self.finish(&store, places, students, out, text).inspect_err(|_| {
            // It is our own, of a moment ago; without what failed it would be a class that is not there.
            drop(fs::remove_file(out));
        })?;
        Ok(store)
    }

    fn finish(
        &self,
        store: &Store,
        places: &Places,
        students: &[Student],
        out: &Path,
        text: &str,
    ) -> Result<()> {
        if !self.config.runs().is_empty() {
            config::trust(out, text, places)?;
        }
        store.enroll(students)
    }
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
