//! `strongroom complete`: the names that may stand where the cursor is.
//!
//! Whatever goes wrong, nothing is printed and the exit code is 0: a shell that completes a word has no
//! place for a complaint.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Context, DONE, Done};
use crate::cli::{Complete, Names, Typed};
use crate::config::Environment;
use crate::domain::assignment::NONE;
use crate::domain::text::SafeText;
use crate::queries;
use crate::setup::{self, Choice, Glance};

/// How long somebody who has pressed a key may be kept waiting.
const PATIENCE: Duration = Duration::from_millis(400);
/// How many names are of any use.
const MOST: usize = 500;
/// How many jobs are looked through.
const JOBS: usize = 100;

/// Prints the names, one a line.
pub(super) async fn run(context: &mut Context, asked: &Complete) -> Done {
    let typed = Typed::read(&asked.line);
    if typed.names.is_empty() {
        return Ok(DONE);
    }
    let mut choice = context.choice.clone();
    let at = |path: &Option<PathBuf>| path.as_deref().map(|path| at_home(path, &choice.env));
    let (class, state) = (at(&typed.class), at(&typed.state));
    choice.class = class.or(choice.class);
    choice.state = state.or(choice.state);
    let breaks = asked.breaks.clone();
    let looking = tokio::task::spawn_blocking(move || {
        let names = names(&choice, &typed).into_iter().take(MOST);
        names.map(|name| typed.replacement(&name, breaks.as_deref())).collect::<Vec<_>>()
    });
    if let Ok(Ok(names)) = tokio::time::timeout(PATIENCE, looking).await {
        for name in names {
            context.report.line(&SafeText::new(&name))?;
        }
    }
    Ok(DONE)
}

/// A path as the shell would have read it.
fn at_home(path: &Path, env: &Environment) -> PathBuf {
    let home = path.strip_prefix("~").ok().zip(env.text("HOME"));
    home.map_or_else(|| path.to_owned(), |(rest, home)| Path::new(home).join(rest))
}

/// The names that begin with what was typed, in order, each once.
fn names(choice: &Choice, typed: &Typed) -> Vec<String> {
    let Ok(Some(glance)) = setup::glance(choice) else { return Vec::new() };
    let mut found: Vec<String> = typed.names.iter().flat_map(|names| known(&glance, *names, typed)).collect();
    found.retain(|name| name.starts_with(&typed.value) && is_plain(name));
    found.sort();
    found.dedup();
    found
}

/// Whether a shell reads a name as itself, in any place of a line.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._@+".contains(&byte);
    name.bytes().all(plain) && name.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
}

/// All names of a kind; none where they cannot be read.
fn known(glance: &Glance, names: Names, typed: &Typed) -> Vec<String> {
    let class = &glance.config.class;
    let stored = match (&glance.store, names) {
        (_, Names::Class) => Ok(vec![class.id.clone()]),
        (_, Names::Unassigned) => Ok(vec![NONE.to_owned()]),
        (_, Names::Assignments) => {
            Ok(class.assignments.iter().map(|one| one.id.as_str().to_owned()).collect())
        }
        (_, Names::Consumers) => {
            Ok(glance.config.watch.consumers.iter().map(|one| one.name.clone()).collect())
        }
        (None, _) => Ok(Vec::new()),
        (Some(store), Names::Students) => store.students().map(|students| {
            let names = students.into_iter().flat_map(|one| {
                // Two names of everybody are too many to look through before a letter was typed.
                let address = Some(one.student.email.raw().to_owned()).filter(|_| !typed.value.is_empty());
                [Some(one.student.key.as_str().to_owned()), address]
            });
            names.flatten().collect()
        }),
        (Some(store), Names::Vaults) => queries::kept_vault_names(store, class)
            .map(|names| names.iter().map(|name| name.as_str().to_owned()).collect()),
        (Some(store), Names::Jobs) => {
            store.jobs(JOBS).map(|jobs| jobs.into_iter().map(|job| job.id.as_str().to_owned()).collect())
        }
    };
    stored.unwrap_or_default()
}
