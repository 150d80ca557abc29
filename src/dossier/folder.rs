//! The account of a class as files. Knows their names and that nothing is overwritten.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use jiff::tz::TimeZone;

use crate::domain::fault::{Fault, Kind, Result};
use crate::report::Format;
use crate::report::class::ClassReport;

/// Writes the report into a folder, in every format or the one that was asked for; returns the names of the
/// files. Nothing is overwritten, and where one of them is there nothing is written.
///
/// # Errors
/// [`Kind::Local`] where a file is there or cannot be written.
pub fn write(report: &ClassReport, folder: &Path, zone: &TimeZone, format: Format) -> Result<Vec<String>> {
    let markdown = || ("report.md".to_owned(), report.markdown(zone));
    let json = || report.json().map(|text| ("report.json".to_owned(), text));
    let files: Vec<(String, String)> = match format {
        Format::Table => [markdown(), json()?].into_iter().chain(report.csv()?).collect(),
        Format::Markdown => vec![markdown()],
        Format::Json => vec![json()?],
        Format::Csv => report.csv()?,
    };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| failed(folder, &error))?;
    for (name, _) in &files {
        let path = folder.join(name);
        if fs::symlink_metadata(&path).is_ok() {
            return Err(failed(&path, &std::io::ErrorKind::AlreadyExists.into()));
        }
    }
    for (name, text) in &files {
        write_new(&folder.join(name), text)?;
    }
    Ok(files.into_iter().map(|(name, _)| name).collect())
}

/// Writes a new file for its owner only; one that is there is not overwritten.
///
/// # Errors
/// As [`failed`] says.
pub fn write_new(path: &Path, text: &str) -> Result<()> {
    let written = new_file(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| failed(path, &error))
}

/// Makes a file for its owner only; one that is there is not touched.
///
/// # Errors
/// [`AlreadyExists`](std::io::ErrorKind::AlreadyExists), and whatever the disk says.
pub fn new_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// What is said where a new file cannot be written.
pub fn failed(path: &Path, error: &std::io::Error) -> Fault {
    let path = path.display();
    if error.kind() == std::io::ErrorKind::AlreadyExists {
        return Fault::new(Kind::Input, format!("{path}: there is such a file already"))
            .hint("nothing is overwritten: name another one");
    }
    Fault::new(Kind::Local, format!("{path}: {error}")).hint("check the folder and its disk")
}
