//! The folder that an installed `op` lives in: the program, its settings, and the little it remembers.
//!
//! `op.json` holds the settings, `op.state.json` what one run tells the next (how often a misbehaviour
//! was due, versions that were shown), `op.calls.jsonl` the log of calls. A lock keeps runs at the same
//! time from losing each other's notes. Without a folder nothing is remembered and all is default.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::misbehaviour::{Misbehaviour, Spec};
use super::profile::Profile;

const SETTING: &str = "op.json";
const STATE: &str = "op.state.json";
const LOCK: &str = "op.lock";
/// The log of calls, one JSON object a line.
pub(super) const CALLS: &str = "op.calls.jsonl";

/// How an installed `op` behaves.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Setting {
    /// Open points that are answered other than by default.
    pub profiles: Vec<Profile>,
    /// When to misbehave, and how; the first that is due wins.
    pub faults: Vec<Spec>,
    /// Whether every call is noted in `op.calls.jsonl`.
    pub log: bool,
    /// The tokens file of a sandbox whose administrator is signed in while no service account's token
    /// is given. Without it the sandbox that is announced in the state folder is looked for.
    pub tokens: Option<PathBuf>,
}

/// Puts the program into a folder as `op`, with its settings beside it: a hard link, or a copy where a
/// link is impossible. The folder is made if it is not there, and is the user's alone (0700). Returns the
/// path of the new program. An `op` that is there already is replaced, and what it remembered forgotten.
pub fn install(folder: &Path, program: &Path, setting: &Setting) -> io::Result<PathBuf> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    let target = folder.join("op");
    for old in [&target, &folder.join(STATE)] {
        if let Err(error) = fs::remove_file(old)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
    }
    // A link shares its mode with the program, so it is taken only where nobody else may write to that.
    let strict = fs::metadata(program)?.permissions().mode() & 0o022 == 0;
    if !strict || fs::hard_link(program, &target).is_err() {
        fs::copy(program, &target)?;
        fs::set_permissions(&target, fs::Permissions::from_mode(0o700))?;
    }
    let mut file = private().open(folder.join(SETTING))?;
    file.write_all(&serde_json::to_vec_pretty(setting)?)?;
    Ok(target)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options
}

/// A variable of the environment that is set and not empty.
pub(super) fn env(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Where this run lives, and how it behaves.
pub(super) struct Home {
    folder: Option<PathBuf>,
    pub(super) setting: Setting,
}

impl Home {
    /// The home of a program that was started under this name: the folder that the name says, else the
    /// one that the program is in.
    pub(super) fn of(name: Option<&OsStr>) -> Self {
        let named = name.map(Path::new).filter(|name| name.components().count() > 1);
        let named = named.and_then(Path::parent).map(Path::to_owned);
        let own = std::env::current_exe().ok().and_then(|program| program.parent().map(Path::to_owned));
        let read = |folder: PathBuf| {
            let text = fs::read(folder.join(SETTING)).ok()?;
            Some(Self { setting: serde_json::from_slice(&text).ok()?, folder: Some(folder) })
        };
        let found = named.into_iter().chain(own).find_map(read);
        found.unwrap_or(Self { folder: None, setting: Setting::default() })
    }

    pub(super) fn has(&self, profile: Profile) -> bool {
        self.setting.profiles.contains(&profile)
    }

    /// The file of that name, if there is a folder.
    pub(super) fn file(&self, name: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(name))
    }

    /// Opens a file of the folder for appending.
    pub(super) fn append(&self, name: &str) -> Option<File> {
        let path = self.file(name)?;
        OpenOptions::new().append(true).create(true).mode(0o600).open(path).ok()
    }

    /// Holds the folder's lock until the file is dropped.
    pub(super) fn lock(&self) -> Option<File> {
        let file = self.append(LOCK)?;
        file.lock().ok().map(|()| file)
    }

    /// Looks at what is remembered under a name and changes it, one run at a time.
    pub(super) fn remember<T>(&self, name: &str, change: impl FnOnce(&mut Value) -> T) -> T {
        let _lock = self.lock();
        let path = self.file(STATE);
        let text = path.as_ref().and_then(|path| fs::read(path).ok()).unwrap_or_default();
        let mut state: Map<String, Value> = serde_json::from_slice(&text).unwrap_or_default();
        let done = change(state.entry(name).or_insert(Value::Null));
        if let (Some(path), Ok(text)) = (path, serde_json::to_vec(&state)) {
            let written = private().open(&path).and_then(|mut file| file.write_all(&text));
            drop(written); // forgetting is no harm
        }
        done
    }

    /// The misbehaviour that is due for a call of this command. Every spec counts the calls it is about.
    pub(super) fn misbehaviour(&self, command: &str) -> Option<Misbehaviour> {
        let about = |spec: &&Spec| spec.is_about(command);
        if !self.setting.faults.iter().any(|spec| about(&spec)) {
            return None;
        }
        self.remember("calls", |counts| {
            if !counts.is_object() {
                *counts = Value::Object(Map::new());
            }
            let mut due = None;
            for spec in self.setting.faults.iter().filter(about) {
                let count = counts[spec.to_string()].as_u64().unwrap_or(0) + 1;
                counts[spec.to_string()] = count.into();
                if due.is_none() && spec.is_due(count) {
                    due = Some(spec.what);
                }
            }
            due
        })
    }
}
