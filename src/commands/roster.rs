//! `strongroom roster`.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use super::consent::agree;
use super::{Context, DONE, Done, Failure, names};
use crate::cli::{Consent, Roster as Command};
use crate::config::ProviderName;
use crate::domain::directory::fold_email;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::query::StatusRow;
use crate::domain::roster::{self, Columns, Enrolment, Imported, Reading};
use crate::queries::{blocking, enrolment};
use crate::report::roster::{Import, Roster};
use crate::setup::Opened;

/// Imports a class list, or shows who is in the class. Needs no service once the account is known.
pub(super) async fn run(context: &mut Context, command: &Command) -> Done {
    let opened = context.open_stored().await?;
    match command {
        Command::Import { file, map, email_domain, dry_run, confirm } => {
            let bytes = bytes(context, file).await?;
            let wanted = Wanted { file, map: map.as_ref(), email_domain: email_domain.as_deref() };
            let imported = wanted.read(&opened, &bytes)?;
            import(context, &opened, imported, *dry_run, confirm.as_deref()).await
        }
        Command::List => {
            let view = opened.queries.class_view(false).await?;
            context.report.page(&Roster::new(&view.rows))?;
            Ok(DONE)
        }
        Command::Show { student } => {
            let view = opened.queries.class_view(false).await?;
            context.report.page(&Roster::new([named(&view.rows, student)?]))?;
            Ok(DONE)
        }
    }
}

/// How a file is to be read.
struct Wanted<'a> {
    file: &'a Path,
    map: Option<&'a Columns>,
    email_domain: Option<&'a str>,
}

impl Wanted<'_> {
    fn read(&self, opened: &Opened, bytes: &[u8]) -> Result<Imported, Failure> {
        let origin = self.file.to_string_lossy();
        let domain = self.email_domain.or(opened.config.class.email_domain.as_deref());
        let columns = self.map.cloned().unwrap_or_default();
        let reading = Reading { origin: &origin, columns: &columns, email_domain: domain };
        Ok(roster::read(bytes, &reading)?)
    }
}

/// What stands in a class list, or on standard input for `-`.
pub(super) async fn bytes(context: &Context, file: &Path) -> Result<Vec<u8>> {
    let file: PathBuf = file.to_owned();
    let stdin = file.as_os_str() == "-";
    if stdin && context.no_input && io::stdin().is_terminal() {
        return Err(Fault::new(Kind::Input, "the class list would be read from the terminal")
            .hint("name a file, or send it to standard input"));
    }
    blocking(move || {
        if !stdin {
            return enrolment::file(&file);
        }
        enrolment::whole(&mut io::stdin().lock())
            .map_err(|error| Fault::new(Kind::Input, format!("standard input cannot be read: {error}")))
    })
    .await
}

/// Compares with the roster, keeps the result, and shows what is different.
async fn import(
    context: &mut Context,
    opened: &Opened,
    imported: Imported,
    dry_run: bool,
    confirm: Option<&str>,
) -> Done {
    let enrolment = opened.queries.enrolment(imported).await?;
    if let Some(guard) = enrolment.guard.as_ref().filter(|_| !dry_run) {
        let consent = Consent { yes: false, confirm: confirm.map(str::to_owned) };
        agree(context, &consent, "take the class list over", Some(guard)).await?;
    }
    let Enrolment { imported, changes, present, gone, back, .. } = enrolment;
    if !dry_run {
        opened.ops.enrol(present, gone).await?;
    }
    let sandbox = opened.config.provider()? == ProviderName::Sandbox;
    context.report.page(&Import::new(&imported, &changes, dry_run, sandbox))?;
    if back > 0 {
        context.report.say(format_args!("{back} who were gone are back"));
    }
    Ok(DONE)
}

/// The student of a key, an exact address or a user id, without asking the service.
fn named<'a>(rows: &'a [StatusRow], word: &str) -> Result<&'a StatusRow> {
    let address = fold_email(word);
    let found = rows.iter().find(|row| row.key.as_str() == word).or_else(|| {
        let mut rows = rows.iter().filter(|row| !row.gone);
        rows.find(|row| {
            fold_email(row.email.as_str()) == address
                || row.user.as_ref().is_some_and(|id| id.as_str() == word)
        })
    });
    found.ok_or_else(|| names::no_student(word))
}
