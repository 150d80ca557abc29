//! The files of a class: class file, state folder, keys, log. Looks at owners and modes; reads only
//! what was asked for by name.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::Finding;
use crate::audit;
use crate::config::{Config, Trust};

/// The class file: that it is one, and may run what it names.
pub fn class_file(path: &Path, config: &Config, trust: &Trust) -> Vec<Finding> {
    let name = path.display();
    let mode = fs::metadata(path).map(|about| about.mode() & 0o777).unwrap_or_default();
    let mut findings =
        vec![Finding::ok("class-file", format!("{name} (mode {mode:03o}): {}", config.class.id))];
    if mode & 0o044 != 0 {
        let what = "others on this machine can read who teaches the class and where its token is";
        findings[0] = Finding::note("class-file", format!("{name} (mode {mode:03o}): {what}"))
            .mend(format!("chmod 600 {name}"));
    }
    let runs = config.runs().join(", ");
    let mend = format!("read it, then say: strongroom trust {name}");
    findings.push(match (runs.is_empty(), trust) {
        (true, _) => Finding::ok("trust", "the class file runs and contacts nothing, so it needs no trust"),
        (false, Trust::Given) => {
            Finding::ok("trust", format!("it may run and contact what it names: {runs}"))
        }
        (false, Trust::Never) => Finding::failure(
            "trust",
            format!("it names programs or addresses ({runs}) and was never trusted"),
        )
        .mend(mend),
        (false, Trust::Changed) => Finding::failure(
            "trust",
            format!("it names programs or addresses ({runs}) and has changed since it was trusted"),
        )
        .mend(mend),
    });
    findings
}

/// A folder or file that is nobody else's business. One that is not there yet is no fault: the first
/// use makes it.
pub fn private(check: &'static str, path: &Path) -> Finding {
    let name = path.display();
    let Ok(about) = fs::metadata(path) else {
        return Finding::note(check, format!("{name} is not there yet: the first use makes it"));
    };
    let mode = about.mode() & 0o777;
    if about.uid() != rustix::process::geteuid().as_raw() {
        let what = format!("{name} belongs to another user");
        return Finding::failure(check, what).mend(format!("make it yours: chown -R \"$USER\" {name}"));
    }
    if mode & 0o077 != 0 {
        let what = format!("others can get at {name} (mode {mode:03o})");
        return Finding::warning(check, what).mend(format!("chmod go= {name}"));
    }
    Finding::ok(check, format!("{name} (mode {mode:03o})"))
}

/// The audit log: that its chain is whole.
pub fn audit_log(log: &Path, key: &Path) -> Finding {
    const NAME: &str = "audit-log";
    if !log.exists() {
        return Finding::note(NAME, format!("{} is not there yet: the first change makes it", log.display()));
    }
    match audit::verify(log, key) {
        Err(fault) => Finding::fault(NAME, &fault),
        Ok(verified) => match verified.first_bad {
            Some(bad) => Finding::failure(NAME, format!("{}: {bad}", log.display()))
                .mend("keep the file as it is, and compare it with a copy: somebody or something changed it"),
            None => Finding::ok(NAME, format!("{}: the chain is whole", log.display())),
        },
    }
}
