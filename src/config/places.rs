//! Where files are: the environment, the folders of the XDG Base Directory Specification, and which
//! class file is meant. Reads files, and only those that nobody else can change.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::settings;
use crate::domain::fault::{Fault, Kind};
use crate::domain::secret::Secret;

/// The longest class file and token file, in bytes.
const LONGEST: u64 = 1 << 20;

/// The environment variables that were there at the start. It is passed around as a value, so that
/// tests need not change the one of the process. Its `Debug` tells names only.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// The environment of this process; `HOME` is added from the user database where it is not set.
    pub fn of_process() -> Self {
        let mut variables: BTreeMap<OsString, OsString> = std::env::vars_os().collect();
        if let (None, Ok(home)) = (variables.get(OsStr::new("HOME")), etcetera::home_dir()) {
            variables.insert("HOME".into(), home.into());
        }
        Self(variables)
    }

    /// An environment of these variables and no others.
    pub fn of<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// A variable that is set to something, in UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(OsStr::new(name))?.to_str().map(str::trim).filter(|text| !text.is_empty())
    }

    /// A variable as it is.
    pub fn raw(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// Every variable whose name and value are UTF-8.
    pub fn texts(&self) -> Vec<(String, String)> {
        let texts = self.0.iter().filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)));
        texts.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// A variable that holds an absolute path; others are ignored, as the XDG rules say.
    fn path(&self, name: &str) -> Option<&Path> {
        self.0.get(OsStr::new(name)).map(Path::new).filter(|path| path.is_absolute())
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

/// The folders of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// Class files and the key of the audit log: `$XDG_CONFIG_HOME/strongroom`, by default
    /// `~/.config/strongroom`.
    pub config: PathBuf,
    /// What is remembered between runs: `$XDG_STATE_HOME/strongroom`, by default
    /// `~/.local/state/strongroom`.
    pub state: PathBuf,
}

impl Places {
    /// The folders by the XDG rules, on every system. Neither is made here.
    ///
    /// # Errors
    /// A fault of [`Kind::Input`] when there is neither the variable nor a home folder.
    pub fn new(env: &Environment) -> Result<Self, Fault> {
        let folder = |variable: &str, default: &str| {
            let chosen = env.path(variable).map(Path::to_path_buf);
            let base = chosen.or_else(|| env.path("HOME").map(|home| home.join(default)));
            base.map(|base| base.join("strongroom")).ok_or_else(|| {
                let message =
                    format!("there is no home folder: neither {variable} nor HOME is an absolute path");
                Fault::new(Kind::Input, message).hint(format!("set {variable} to a folder of yours"))
            })
        };
        Ok(Self {
            config: folder("XDG_CONFIG_HOME", ".config")?,
            state: folder("XDG_STATE_HOME", ".local/state")?,
        })
    }
}

/// Which class file is meant: the one asked for, else the only `*.toml` in the folder of
/// [`Places::config`] beside the settings, never one in the current folder. `None` when there is none.
///
/// # Errors
/// A fault of [`Kind::Input`] when there are several, or the folder cannot be read.
pub fn find(asked: Option<&Path>, places: &Places) -> Result<Option<PathBuf>, Fault> {
    if let Some(path) = asked {
        return Ok(Some(path.to_path_buf()));
    }
    let entries = match fs::read_dir(&places.config) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(&places.config, &error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(&places.config, &error))?.path();
        let name = path.file_name().unwrap_or_default();
        let other = name.as_encoded_bytes().starts_with(b".") || name == settings::NAME;
        if !other && path.extension() == Some(OsStr::new("toml")) && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    if files.len() > 1 {
        let names: Vec<_> =
            files.iter().filter_map(|file| file.file_name()).map(OsStr::to_string_lossy).collect();
        let message =
            format!("there are several classes in {}: {}", places.config.display(), names.join(", "));
        return Err(Fault::new(Kind::Input, message).hint("choose one with --class FILE"));
    }
    Ok(files.pop())
}

/// Reads a class file, if it belongs to the user and nobody else can change it.
///
/// # Errors
/// A fault of [`Kind::Input`] that names the file and the mend.
pub fn read(path: &Path) -> Result<String, Fault> {
    read_own(path, 0o022, "others can change it", "chmod go-w")
}

/// Writes a file that only the user can read, whole or not at all; its folder is made if it is not there.
///
/// # Errors
/// A fault of [`Kind::Local`] that names the file.
pub fn write_private(path: &Path, text: &str) -> Result<(), Fault> {
    let failed = |error: io::Error| local(path, &error);
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let temporary = path.with_extension(format!("{}.new", std::process::id()));
    let write = || {
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write().map_err(failed)
}

/// What is said where a file of ours cannot be used.
pub(crate) fn local(path: &Path, error: &io::Error) -> Fault {
    Fault::new(Kind::Local, format!("{}: {error}", path.display())).hint("check the file and its folder")
}

/// Reads a token from a file that only the user can read.
///
/// # Errors
/// A fault of [`Kind::Input`] that names the file and the mend, never what the file holds.
pub fn read_token(path: &Path) -> Result<Secret, Fault> {
    let text = read_own(path, 0o077, "others can read it", "chmod 600")?;
    let token = text.trim();
    if token.is_empty() || token.contains(char::is_whitespace) {
        let message = format!("{}: a token is expected, alone in the file", path.display());
        return Err(Fault::new(Kind::Input, message).hint("write the token into it, or set the variable"));
    }
    Ok(Secret::from(token.to_owned()))
}

/// Reads a file of the user with none of the `forbidden` bits in its mode.
fn read_own(path: &Path, forbidden: u32, why: &str, mend: &str) -> Result<String, Fault> {
    let name = path.display();
    let refuse =
        |what: String, mend: String| Err(Fault::new(Kind::Input, format!("{name}: {what}")).hint(mend));
    // Before it is opened, since opening a named pipe waits for a writer.
    if !fs::metadata(path).map_err(|error| unreadable(path, &error))?.is_file() {
        return refuse("it is not a file".into(), "name a file".into());
    }
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    // Of the open file: the name may lead elsewhere by now.
    let about = file.metadata().map_err(|error| unreadable(path, &error))?;
    if about.uid() != rustix::process::geteuid().as_raw() {
        return refuse("it belongs to another user".into(), format!("make it yours: chown \"$USER\" {name}"));
    }
    if about.mode() & forbidden != 0 {
        let mode = about.mode() & 0o777;
        return refuse(format!("{why} (mode {mode:03o})"), format!("{mend} {name}"));
    }
    if about.len() > LONGEST {
        return refuse(format!("it is longer than {LONGEST} bytes"), "name another file".into());
    }
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).map_err(|error| unreadable(path, &error))?;
    Ok(text)
}

fn unreadable(path: &Path, error: &io::Error) -> Fault {
    let (name, mend) = (path.display(), "check the path and its permissions");
    let what =
        if error.kind() == io::ErrorKind::InvalidData { "it is not text in UTF-8" } else { "cannot be read" };
    Fault::new(Kind::Input, format!("{name}: {what}: {error}")).hint(mend)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::domain::secret::Expose as _;

    fn write(path: &Path, text: &str, mode: u32) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn folders_follow_the_xdg_rules() {
        let places = Places::new(&Environment::of([("HOME", "/home/x")])).unwrap();
        assert_eq!(places.config, Path::new("/home/x/.config/strongroom"));
        assert_eq!(places.state, Path::new("/home/x/.local/state/strongroom"));
        let env = [("HOME", "/home/x"), ("XDG_CONFIG_HOME", "relative"), ("XDG_STATE_HOME", "/s")];
        let places = Places::new(&Environment::of(env)).unwrap();
        assert_eq!(places.config, Path::new("/home/x/.config/strongroom"), "relative paths are ignored");
        assert_eq!(places.state, Path::new("/s/strongroom"));
        let fault = Places::new(&Environment::default()).unwrap_err();
        assert!(fault.message.as_str().contains("XDG_CONFIG_HOME"), "{fault}");
    }

    #[test]
    fn the_only_class_file_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places { config: folder.path().join("config"), state: PathBuf::new() };
        assert_eq!(find(None, &places).unwrap(), None);
        fs::create_dir_all(places.config.join("dir.toml")).unwrap();
        write(&places.config.join(".hidden.toml"), "", 0o600);
        write(&places.config.join("audit.key"), "", 0o600);
        assert_eq!(find(None, &places).unwrap(), None);
        write(&places.config.join("b.toml"), "", 0o600);
        assert_eq!(find(None, &places).unwrap(), Some(places.config.join("b.toml")));
        write(&places.config.join("a.toml"), "", 0o600);
        let fault = find(None, &places).unwrap_err();
        assert!(fault.to_string().ends_with("a.toml, b.toml (choose one with --class FILE)"), "{fault}");
        assert_eq!(fault.exit_code(), 2);
        assert_eq!(find(Some(Path::new("x")), &places).unwrap(), Some("x".into()));
    }

    #[test]
    fn files_that_others_can_change_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("class.toml");
        write(&path, "x", 0o644);
        assert_eq!(read(&path).unwrap(), "x");
        for mode in [0o664, 0o646] {
            write(&path, "x", mode);
            let fault = read(&path).unwrap_err().to_string();
            assert!(fault.contains(&format!("mode {mode:o}")) && fault.contains("chmod go-w"), "{fault}");
        }
        assert!(read(folder.path()).unwrap_err().to_string().contains("not a file"));
        assert!(read(&folder.path().join("none")).unwrap_err().to_string().contains("cannot be read"));
    }

    #[test]
    fn tokens_are_read_from_private_files_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        write(&path, "ops_canary\n", 0o600);
        assert_eq!(read_token(&path).unwrap().expose_secret(), "ops_canary");
        write(&path, "ops_canary two", 0o600);
        assert!(!read_token(&path).unwrap_err().to_string().contains("canary"));
        write(&path, "ops_canary", 0o640);
        assert!(read_token(&path).unwrap_err().to_string().contains("chmod 600"));
    }

    #[test]
    fn an_environment_shows_no_values() {
        let env = Environment::of([("STRONGROOM_SANDBOX_TOKEN", "canary")]);
        assert_eq!(format!("{env:?}"), "[\"STRONGROOM_SANDBOX_TOKEN\"]");
    }
}
