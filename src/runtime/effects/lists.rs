//! Views that are written to files, and class lists that are taken over.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::Tasks;
use super::downloads::typed;
use crate::app::export::{Export, Form};
use crate::app::msg::Event;
use crate::app::remote::Ticket;
use crate::domain::fault::{Fault, Kind};
use crate::domain::query::{ClassList, Query};
use crate::domain::roster::Imported;
use crate::domain::text::{SafeText, counted};
use crate::queries::blocking;
use crate::report::{Format, sheet};
use crate::runtime::{Doors, now};

impl Tasks {
    /// Writes a view to a file; one that is there already is told and not touched, unless it is to be
    /// replaced.
    pub(super) fn export(&mut self, ticket: Ticket, export: Export) {
        self.change(ticket, async move {
            match blocking(move || write(&typed(&export.file), &export)).await {
                Ok(Some(text)) => Event::Finished(ticket, now(), Ok(text)),
                Ok(None) => Event::There(ticket),
                Err(fault) => Event::Finished(ticket, now(), Err(fault)),
            }
        });
    }

    /// Takes a class list over, by the roster as it is now.
    pub(super) fn enrol(&mut self, doors: Doors, ticket: Ticket, imported: Imported, word: Option<String>) {
        self.finish(ticket, async move {
            let enrolment = doors.queries.enrolment(imported).await?;
            if let Some(guard) = &enrolment.guard {
                guard.agreed(word.as_deref())?;
            }
            let words = format!("class list taken over: {}", enrolment.in_words());
            doors.ops.enrol(enrolment.present, enrolment.gone).await?;
            Ok(SafeText::new(&words))
        });
    }
}

/// The question with the path of its file as the shell of a terminal would read it.
pub(super) fn expanded(query: Query) -> Query {
    match query {
        Query::Enrolment(ClassList::File(path)) => {
            Query::Enrolment(ClassList::File(typed(&path).to_string_lossy().into_owned()))
        }
        query => query,
    }
}

/// Writes the whole file beside its place and puts it there at once, for nobody else to read. What was
/// written, in words; nothing where there is a file already. Blocks.
fn write(path: &Path, export: &Export) -> Result<Option<SafeText>, Fault> {
    let failed = |error: &std::io::Error| {
        Fault::new(Kind::Local, format!("{} cannot be written: {error}", path.display()))
    };
    let format = match export.form {
        Form::Csv => Format::Csv,
        Form::Json => Format::Json,
        Form::Markdown => Format::Markdown,
    };
    let text = sheet::written(&export.sheet, format)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.map_or_else(|| PathBuf::from("."), Path::to_owned);
    // Its mode is 0600 from the beginning.
    let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(|error| failed(&error))?;
    file.write_all(text.as_bytes()).map_err(|error| failed(&error))?;
    file.as_file().sync_all().map_err(|error| failed(&error))?;
    let put = if export.replace { file.persist(path) } else { file.persist_noclobber(path) };
    match put {
        Ok(_) => {
            let rows = counted(export.sheet.rows.len(), "row");
            Ok(Some(SafeText::new(&format!("{rows} written to {}", path.display()))))
        }
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(failed(&error.error)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::domain::sheet::Sheet;

    #[test]
    fn a_view_is_written_whole_for_its_owner_alone_and_replaces_nothing_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roster.csv");
        let mut sheet = Sheet::new("CS101", "roster", ["NAME"]);
        sheet.push(["Bai"]);
        let export = Export { sheet, file: path.display().to_string(), form: Form::Csv, replace: false };
        let told = write(&path, &export).unwrap().unwrap();
        assert!(told.as_str().starts_with("1 row written to "), "{told}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "name\nBai\n");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "mine").unwrap();
        assert_eq!(write(&path, &export).unwrap(), None);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
        write(&path, &Export { replace: true, ..export }).unwrap().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "name\nBai\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}
