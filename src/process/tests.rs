//! Which program is trusted, and small scripts in the place of one.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::{Binary, doubt};
use crate::domain::fault::Kind;

/// A script in a folder of its own, whose path it finds in `$DIR`.
pub(crate) struct Script {
    folder: TempDir,
}

impl Script {
    /// The script of that body. It is written by another program: while a parallel test forks, a
    /// file that this process holds open for writing could not be run (ETXTBSY).
    pub(crate) fn new(body: &str) -> Self {
        // Whatever the umask is: a folder that others may write to would be refused.
        let private = fs::Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().permissions(private).tempdir().unwrap();
        let script = format!("#!/bin/sh\nDIR='{}'\n{body}\n", folder.path().display());
        let mut writer = Command::new("/bin/sh")
            .args(["-c", "cat > \"$0/op\" && chmod 755 \"$0/op\""])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        writer.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        assert!(writer.wait().unwrap().success());
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn binary(&self) -> Binary {
        Binary::resolve(Some(&self.path("op")), None, Path::new("/nowhere")).unwrap()
    }
}

#[test]
fn the_first_op_of_the_search_is_taken_and_relative_folders_are_passed_over() {
    let (one, two) = (Script::new("exit 0"), Script::new("exit 0"));
    let search = std::env::join_paths([
        PathBuf::from("."),
        PathBuf::from(""),
        PathBuf::from("/nowhere"),
        one.folder.path().to_owned(),
        two.folder.path().to_owned(),
    ])
    .unwrap();
    let found = Binary::resolve(None, Some(&search), Path::new("/")).unwrap();
    assert_eq!(found.path(), fs::canonicalize(one.path("op")).unwrap());
    let none = Binary::resolve(None, Some(".:".as_ref()), one.folder.path()).unwrap_err();
    assert!(none.kind == Kind::Input && none.hint.is_some());
}

#[test]
fn a_program_that_others_could_have_put_there_is_refused_with_the_mend() {
    let script = Script::new("exit 0");
    let asked = script.path("op");
    let refused = |kind| {
        let fault = Binary::resolve(Some(&asked), None, Path::new("/nowhere")).unwrap_err();
        assert!(fault.kind == kind && fault.hint.is_some(), "{fault}");
    };
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(&asked, 0o2755);
    assert!(Binary::resolve(Some(&asked), None, Path::new("/nowhere")).is_ok(), "the package's setgid");
    for bad in [0o775, 0o757, 0o1777] {
        mode(&asked, bad);
        refused(Kind::Refused);
    }
    mode(&asked, 0o644);
    refused(Kind::Input);
    mode(&asked, 0o755);
    mode(script.folder.path(), 0o770);
    refused(Kind::Refused);
    mode(script.folder.path(), 0o700);
    let here = Binary::resolve(Some(&asked), None, script.folder.path()).unwrap_err();
    assert_eq!(here.kind, Kind::Refused);
    assert_eq!(Binary::resolve(Some(Path::new("op")), None, Path::new("/")).unwrap_err().kind, Kind::Input);
    assert_eq!(
        Binary::resolve(Some(script.folder.path()), None, Path::new("/")).unwrap_err().kind,
        Kind::Input
    );
}

#[test]
fn owner_and_mode_decide() {
    assert!(doubt(0, 0o755, 1000).is_none() && doubt(1000, 0o700, 1000).is_none());
    assert!(doubt(0, 0o1777, 1000).is_none(), "nobody renames our entries in /tmp");
    for (owner, mode) in [(1001, 0o755), (1001, 0o1777), (0, 0o775), (0, 0o757), (1000, 0o777)] {
        assert!(doubt(owner, mode, 1000).is_some(), "{owner} {mode:o}");
    }
}
