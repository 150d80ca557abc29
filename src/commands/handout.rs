//! `strongroom handout`: what each student needs to know, as a text of their own.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::{Context, DONE, Done, assignments, status};
use crate::domain::decision::Decided;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::query::StatusRow;
use crate::domain::text::SafeText;
use crate::domain::verdict::Bench;
use crate::queries::blocking;
use crate::report::Format;
use crate::report::handout::{Handout, Handouts, Reader, Template};
use crate::setup::Opened;

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
    let mut rows = status::view(&opened.queries, false).await?.rows;
    rows.retain(|row| !row.gone);
    if !students.is_empty() {
        let mut keys = Vec::new();
        for word in students {
            keys.push(assignments::student(opened, word).await?);
        }
        rows.retain(|row| keys.contains(&row.key));
    }
    let store = opened.queries.store.clone();
    let decided = blocking(move || store.decided()).await?;
    let mut handouts: Vec<Handout> =
        rows.iter().map(|row| handout(opened, &template, row, &decided)).collect();
    if let Some(folder) = out {
        for one in &mut handouts {
            one.file = Some(write(folder, one)?);
        }
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
    Template::parse(&fs::read_to_string(path).map_err(failed)?, &name)
}

/// Writes one new file, which only its owner can read. What is there already stays as it is.
fn write(folder: &Path, one: &Handout) -> Result<SafeText> {
    // A key holds only a-z, 0-9 and -, so that it is a plain file name.
    let path = folder.join(format!("{}.md", one.student));
    let failed = |error: io::Error| {
        let hint = match error.kind() {
            io::ErrorKind::AlreadyExists => "nothing is overwritten: name another folder, or move it away",
            _ => "check the folder and its disk",
        };
        Fault::new(Kind::Local, format!("{}: {error}", path.display())).hint(hint)
    };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
    file.write_all(one.text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    Ok(SafeText::new(&path.display().to_string()))
}
