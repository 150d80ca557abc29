//! Everything is fetched, and then it is proved that copies and vaults agree. Changes nothing in the service, and
//! notes nothing.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::domain::class::StudentKey;
use crate::domain::digest::Digest;
use crate::domain::directory::{Item, Vault};
use crate::domain::fault::{Fault, Result};
use crate::domain::frame::Frame;
use crate::domain::id::{FileId, ItemId, VaultId};
use crate::domain::term::{Detail, Stage, Unkept, Verified, Why};
use crate::domain::text::{SafeText, counted};
use crate::domain::transfer::{Progress, Quotas};
use crate::download::{self, Checked, Fetched, Found, Plan, Saved, Wanted};
use crate::ops::Copies;
use crate::queries::{Queries, blocking};

/// The category of items that are a file and nothing else (`category` of `op item list`).
const DOCUMENT: &str = "DOCUMENT";

/// What a pull came to.
#[derive(Clone, Debug, Default)]
pub struct Pulled {
    /// The files.
    pub fetched: Fetched,
    /// For whom everything is here now, with what belongs to it.
    pub done: Vec<(StudentKey, Detail)>,
    /// For whom it is not, and why.
    pub missing: Vec<(StudentKey, SafeText)>,
}

/// Fetches every file of these students' vaults that is not there. Whose vault is as it was when it was
/// pulled to this folder is left out. One request, and those of the others.
///
/// # Errors
/// Where nothing can be fetched at all.
pub async fn pull(
    queries: &Queries,
    frame: &Frame,
    students: &[StudentKey],
    folder: &Path,
    quotas: Quotas,
    progress: impl FnMut(&Progress) + Send,
) -> Result<Pulled> {
    let vaults = by_id(queries).await?;
    let named = folder.display().to_string();
    let mut pulled = Pulled::default();
    let mut wanted: Vec<(StudentKey, VaultId, u64)> = Vec::new();
    for student in students {
        let Some(vault) = frame.bindings.get(student) else { continue };
        let Some(there) = vaults.get(vault) else {
            pulled.missing.push((student.clone(), "the vault cannot be seen now".into()));
            continue;
        };
        let now = Detail::Pulled {
            folder: named.clone(),
            version: Some(there.content_version),
            vault: Some(vault.clone()),
        };
        let before = frame.closing.get(student).and_then(|closing| closing.get(Stage::Pull));
        if before.is_none_or(|noted| noted.detail != now) {
            wanted.push((student.clone(), vault.clone(), there.content_version));
        }
    }
    let sort = download::sort(queries).await?;
    let wishes: Vec<Wanted> = wanted.iter().map(|(student, ..)| Wanted::Student(student.clone())).collect();
    if wishes.is_empty() {
        return Ok(pulled);
    }
    let plan = download::plan(queries, &wishes, &sort).await?;
    let fetched = download::carry_out(queries, plan.clone(), folder, quotas, &sort, progress).await?;
    for (student, vault, version) in wanted {
        let whose = |what: &str| what == student.as_str() || what.starts_with(vault.as_str());
        let unplanned = plan.failed.iter().find(|(what, _)| whose(what));
        let items = plan.items.iter().filter(|planned| planned.student == student).cloned().collect();
        let left = download::outlook(queries, &Plan { items, failed: Vec::new() }, folder).await?.fetch_files;
        match (unplanned, left) {
            (None, 0) => {
                let detail =
                    Detail::Pulled { folder: named.clone(), version: Some(version), vault: Some(vault) };
                pulled.done.push((student, detail));
            }
            (Some((_, fault)), _) => pulled.missing.push((student, fault.message.clone())),
            (None, left) => {
                let why = SafeText::new(&format!("not here yet: {}", counted(left, "file")));
                pulled.missing.push((student, why));
            }
        }
    }
    Ok(Pulled { fetched, ..pulled })
}

/// Compares every copy of these students' files with its hash, and what their vaults hold now with the
/// copies: what of each vault is kept, or why that cannot be said. One request, and one list a vault.
///
/// # Errors
/// Where the service cannot be asked at all; a single vault that cannot be read stands in the answer.
pub async fn verify(
    queries: &Queries,
    frame: &Frame,
    students: &[StudentKey],
    folder: &Path,
) -> Result<Vec<(StudentKey, Result<Verified, SafeText>)>> {
    // Before anything is listed: what comes meanwhile makes the version another.
    let vaults = by_id(queries).await?;
    let (class, from) = (queries.class.id.clone(), folder.to_owned());
    let checked =
        blocking(
            move || {
                if from.join(&class).is_dir() { download::verify(&class, &from) } else { Ok(Vec::new()) }
            },
        )
        .await?;
    let mut copies: HashMap<&StudentKey, Vec<&Checked>> = HashMap::new();
    for copy in &checked {
        copies.entry(&copy.saved.student).or_default().push(copy);
    }
    let mut found = Vec::new();
    for student in students {
        let Some(vault) = frame.bindings.get(student) else { continue };
        let own = copies.get(student).map_or(&[][..], Vec::as_slice);
        let one = match vaults.get(vault) {
            None => Err("the vault cannot be seen now".into()),
            Some(there) => match kept(queries, frame, student, there, own, folder).await {
                Err(fault) if download::ends_all(&fault) => return Err(fault),
                Err(fault) => Err(fault.message),
                Ok(kept) => kept,
            },
        };
        found.push((student.clone(), one));
    }
    Ok(found)
}

async fn by_id(queries: &Queries) -> Result<HashMap<VaultId, Vault>> {
    let vaults = queries.provider.vaults().await?;
    Ok(vaults.into_iter().map(|vault| (vault.id.clone(), vault)).collect())
}

async fn kept(
    queries: &Queries,
    frame: &Frame,
    student: &StudentKey,
    vault: &Vault,
    copies: &[&Checked],
    folder: &Path,
) -> Result<Result<Verified, SafeText>, Fault> {
    let holding = download::holding(queries, frame, student).await?;
    if let Some((_, fault)) = holding.failed.first() {
        return Ok(Err(fault.message.clone()));
    }
    let copies: HashMap<(&ItemId, u64, &FileId), &Checked> = copies
        .iter()
        .filter(|copy| copy.saved.at.vault == vault.id)
        .map(|copy| ((&copy.saved.at.item, copy.saved.version, &copy.saved.file), *copy))
        .collect();
    let mut lines: Vec<&Saved> = Vec::new();
    let not_kept = |item: &Item, why| Unkept { item: item.id.clone(), version: item.version, why };
    let mut unkept: Vec<Unkept> = holding.archived.iter().map(|item| not_kept(item, Why::Archived)).collect();
    let (mut items, mut missing, mut changed) = (Vec::new(), 0_u64, 0_u64);
    for (item, files) in &holding.items {
        if files.is_empty() {
            unkept.push(not_kept(item, Why::NoFile));
            continue;
        }
        if item.category.as_str() != DOCUMENT {
            unkept.push(not_kept(item, Why::Fields));
        }
        for file in files {
            match copies.get(&(&item.id, item.version, &file.id)) {
                Some(copy) if copy.found == Found::Same => lines.push(&copy.saved),
                Some(_) => changed += 1,
                None => missing += 1,
            }
        }
        items.push((item.id.clone(), item.version));
    }
    let problems = [(missing, "not in the manifest"), (changed, "gone or not what was fetched")];
    let problems: Vec<String> = problems
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {} {what}", if count == 1 { "file is" } else { "files are" }))
        .collect();
    if !problems.is_empty() {
        return Ok(Err(SafeText::new(&problems.join(", "))));
    }
    Ok(Ok(Verified {
        vault: Some(vault.id.clone()),
        version: vault.content_version,
        items,
        unkept,
        folder: folder.display().to_string(),
        files: lines.len() as u64,
        bytes: lines.iter().fold(0, |sum, saved| sum + saved.size),
        manifest: fingerprint(&mut lines),
    }))
}

/// Of lines of the manifest, whatever order they come in.
fn fingerprint(lines: &mut Vec<&Saved>) -> Digest {
    lines.sort_by(|one, other| (&one.at, &one.file).cmp(&(&other.at, &other.file)));
    Digest::of(&lines)
}

/// Looks again at the copies of what was verified, right before what they are of is deleted. Asks the
/// service nothing.
pub fn copies(class: &str) -> Copies {
    let class = class.to_owned();
    Arc::new(move |student, verified| {
        let versions: HashMap<&ItemId, u64> = verified.items.iter().map(|(id, at)| (id, *at)).collect();
        let is_of = |saved: &Saved| {
            saved.student == *student
                && verified.vault.as_ref() == Some(&saved.at.vault)
                && versions.get(&saved.at.item) == Some(&saved.version)
        };
        let checked = download::verify_some(&class, Path::new(&verified.folder), is_of)?;
        let other = checked.iter().find(|copy| copy.found != Found::Same);
        if let Some(Checked { saved, .. }) = other {
            let message = format!("{} is gone or not what was fetched", saved.path);
            return Err(Fault::refused(message));
        }
        let mut lines: Vec<&Saved> = checked.iter().map(|copy| &copy.saved).collect();
        if lines.len() as u64 != verified.files || fingerprint(&mut lines) != verified.manifest {
            return Err(Fault::refused("the manifest says something else by now"));
        }
        Ok(())
    })
}
