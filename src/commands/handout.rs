//! `strongroom handout`: what each student needs to know, as a text of their own.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use super::{Context, DONE, Done, from_store, names};
use crate::domain::decision::Decided;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::query::StatusRow;
use crate::domain::text::SafeText;
use crate::domain::verdict::Bench;
use crate::report::Format;
use crate::report::handout::{Handout, Handouts, Reader, Template};
use crate::setup::Opened;
use crate::store::Store;

/// The largest template, in bytes.
const LARGEST: u64 = 1 << 20;

/// Fills the template for everybody, or for these students.
pub(super) async fn run(
    context: &mut Context,
    opened: &Opened,
    students: &[String],
    template: Option<&Path>,
    out: Option<&Path>,
) -> Done {
    let template = template.map_or_else(Template::built_in, read)?;
    let mut rows = opened.queries.class_view(false).await?.rows;
    rows.retain(|row| !row.gone);
    if !students.is_empty() {
        let mut keys = Vec::new();
        for word in students {
            keys.push(names::student_here(opened, word).await?);
        }
        rows.retain(|row| keys.contains(&row.key));
    }
    let without = rows.iter().filter(|row| row.vault.is_none()).count();
    if without > 0 {
        context.report.say(format_args!(
            "{without} of {} have no vault yet: theirs names the one they will get; `strongroom status` tells who",
            rows.len()
        ));
    }
    let decided = from_store(&opened.queries, Store::decided).await?;
    let mut handouts: Vec<Handout> =
        rows.iter().map(|row| handout(opened, &template, row, &decided)).collect();
    if let Some(folder) = out {
        let ending = if template.is_markdown() { "md" } else { "txt" };
        let there = write_all(folder, ending, &mut handouts)?;
        let written = handouts.len() - there;
        context.report.say(format_args!("{written} written, {there} there already and the same"));
    }
    match (context.report.format(), out) {
        (Format::Table | Format::Markdown, None) => {
            for (at, one) in handouts.iter().enumerate() {
                if at > 0 {
                    context.report.lines("\n---\n")?;
                }
                context.report.lines(&one.text)?;
            }
        }
        _ => context.report.page(&Handouts { handouts })?,
    }
    Ok(DONE)
}

fn handout(opened: &Opened, template: &Template, row: &StatusRow, decided: &Decided) -> Handout {
    let class = &opened.config.class;
    let bench = Bench { class, decided, now: opened.queries.clock.now() };
    // Before there is a vault, the name that it will have.
    let vault = if row.vault_name.as_str().is_empty() {
        SafeText::new(&class.vault_name(&row.key))
    } else {
        row.vault_name.clone()
    };
    let dues = bench.dues(&row.key);
    let (key, name, email) = (&row.key, &row.name, &row.email);
    let text = template.fill(class, &Reader { key, name, email, vault: &vault, dues: &dues });
    Handout { student: row.key.clone(), vault, file: None, text }
}

fn read(path: &Path) -> Result<Template> {
    let name = path.display().to_string();
    let failed = |error: io::Error| Fault::new(Kind::Input, format!("{name}: {error}"));
    let about = fs::metadata(path).map_err(failed)?;
    if !about.is_file() || about.len() > LARGEST {
        let message = format!("{name} is no file of at most {LARGEST} bytes");
        return Err(Fault::new(Kind::Input, message).hint("name a text file"));
    }
    let ending = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("md"));
    Template::parse(&fs::read_to_string(path).map_err(failed)?, &name, ending)
}

/// What is already where a handout belongs.
#[derive(PartialEq, Eq)]
enum Target {
    Free,
    Same,
    Other,
}

/// Writes one file for each, which only its owner can read. Nothing is written where one of them would
/// replace something else; what is there and the same stays. Returns how many that were.
fn write_all(folder: &Path, ending: &str, all: &mut [Handout]) -> Result<usize> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| failed(folder, &error))?;
    let mut targets = Vec::with_capacity(all.len());
    for one in &*all {
        // A key holds only a-z, 0-9 and -, so that it is a plain file name.
        let path = folder.join(format!("{}.{ending}", one.student));
        let target = target(&path, &one.text).map_err(|error| failed(&path, &error))?;
        targets.push((path, target));
    }
    let mut taken = targets.iter().filter(|(_, target)| *target == Target::Other);
    if let Some((first, _)) = taken.next() {
        let more = match taken.count() {
            0 => String::new(),
            more => format!(", and so do {more} more"),
        };
        let message = format!("{} holds something else{more}; nothing was written", first.display());
        let hint = "nothing is overwritten: name another folder, or move it away";
        return Err(Fault::new(Kind::Local, message).hint(hint));
    }
    let mut there = 0;
    for (one, (path, target)) in all.iter_mut().zip(&targets) {
        if *target == Target::Same {
            there += 1;
        } else {
            write(folder, path, &one.text).map_err(|error| failed(path, &error))?;
        }
        one.file = Some(SafeText::new(&path.display().to_string()));
    }
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| failed(folder, &error))?;
    Ok(there)
}

fn target(path: &Path, text: &str) -> io::Result<Target> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Target::Free),
        Err(error) => Err(error),
        Ok(about) if !about.is_file() || about.len() != text.len() as u64 => Ok(Target::Other),
        Ok(_) if fs::read(path)? == text.as_bytes() => Ok(Target::Same),
        Ok(_) => Ok(Target::Other),
    }
}

/// Writes a file whole under another name, made with mode 0600, and gives it its own if that is free.
fn write(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".handout-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map(drop).map_err(|error| error.error)
}

fn failed(path: &Path, error: &io::Error) -> Fault {
    let hint = match error.kind() {
        io::ErrorKind::AlreadyExists => "nothing is overwritten: name another folder, or move it away",
        _ => "check the folder and its disk; the same command goes on where this one ended",
    };
    Fault::new(Kind::Local, format!("{}: {error}", path.display())).hint(hint)
}
