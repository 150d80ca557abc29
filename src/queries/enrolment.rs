//! Class lists: read from a file or from text, and put beside the roster as it is.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::{Queries, blocking};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::query::ClassList;
use crate::domain::roster::{self, Columns, Enrolment, Imported, Reading, Refusal};
use crate::store::Store;

/// The largest class list, in bytes.
const LARGEST: u64 = 64 << 20;

/// Everything that a class list holds, as far as one may be large. Blocks.
///
/// # Errors
/// Those of whatever it is read from.
pub fn whole(from: &mut dyn Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(LARGEST).read_to_end(&mut bytes).map(|_| bytes)
}

/// What stands in a file. Blocks.
///
/// # Errors
/// [`Kind::Input`] where it cannot be read.
pub fn file(path: &Path) -> Result<Vec<u8>> {
    File::open(path).and_then(|mut file| whole(&mut file)).map_err(|error| {
        Fault::new(Kind::Input, format!("{}: cannot be read: {error}", path.display())).hint("check the path")
    })
}

impl Queries {
    /// Reads a class list and tells what taking it over would change, or everything that is wrong in it.
    ///
    /// # Errors
    /// [`Kind::Input`] where there is no such file; those of the store.
    pub async fn class_list(&self, list: ClassList) -> Result<Result<Enrolment, Refusal>> {
        let (origin, bytes) = match list {
            ClassList::File(path) => {
                let origin = path.clone();
                (origin, blocking(move || file(Path::new(&path))).await?)
            }
            ClassList::Text(text) => ("what was pasted".to_owned(), text.into_bytes()),
        };
        let domain = self.class.email_domain.as_deref();
        let columns = Columns::default();
        let reading = Reading { origin: &origin, columns: &columns, email_domain: domain };
        match roster::read(&bytes, &reading) {
            Ok(imported) => self.enrolment(imported).await.map(Ok),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// A class list that was read, beside the roster as it is now.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn enrolment(&self, imported: Imported) -> Result<Enrolment> {
        let enrolled = self.with_store(Store::students).await?;
        let enrolled = enrolled.into_iter().map(|row| (row.student, row.gone)).collect();
        Ok(Enrolment::of(enrolled, imported))
    }
}
