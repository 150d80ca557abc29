//! The key of the log: where it may lie, how it is made, and the codes it makes.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use hmac::{Hmac, KeyInit as _, Mac as _};
use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::disk::{folder, make_folder};
use crate::domain::fault::{Fault, Kind};

/// The number of bytes of a key, and of a code.
const BYTES: usize = 32;

/// The code of one record: HMAC-SHA256 under the log's key, written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code([u8; BYTES]);

impl Code {
    /// What the first record names as its predecessor's code.
    pub const ZERO: Self = Self([0; BYTES]);
    /// The number of hex digits.
    pub(super) const DIGITS: usize = BYTES * 2;

    /// Reads 64 lower-case hex digits. Upper case is refused, so that a code has one form only.
    pub fn parse(digits: &[u8]) -> Option<Self> {
        let value = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        let mut code = [0; BYTES];
        if digits.len() != Self::DIGITS {
            return None;
        }
        for (byte, pair) in code.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = value(pair[0])? << 4 | value(pair[1])?;
        }
        Some(Self(code))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Code {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(text.as_bytes()).ok_or("not a code: 64 lower-case hex digits are expected")
    }
}

impl From<Code> for String {
    fn from(code: Code) -> String {
        code.to_string()
    }
}

/// The key, ready to make codes. Its bytes are never shown or handed out.
#[derive(Clone)]
pub(super) struct Key(Hmac<Sha256>);

impl Key {
    /// Reads the key of a log that exists.
    pub(super) fn read(path: &Path, log: &Path) -> Result<Self, Fault> {
        apart(path, log)?;
        match open(path) {
            Ok(file) => Self::from_file(file, path),
            Err(error) => Err(missing(path, &error)),
        }
    }

    /// Reads the key, or makes it if neither a key nor a log is there yet.
    ///
    /// A log without its key is refused: under a new key all of it would look forged.
    pub(super) fn read_or_make(path: &Path, log: &Path) -> Result<Self, Fault> {
        make_folder(path).map_err(|error| trouble(path, &error))?;
        apart(path, log)?;
        match open(path) {
            Ok(file) => return Self::from_file(file, path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // The key is made before the log: where a log is, a key must be by now.
                if fs::metadata(log).is_ok_and(|log| log.len() > 0) {
                    return Self::read(path, log);
                }
            }
            Err(error) => return Err(trouble(path, &error)),
        }
        make(path).map_err(|error| trouble(path, &error))?;
        Self::read(path, log)
    }

    fn from_file(file: File, path: &Path) -> Result<Self, Fault> {
        let meta = file.metadata().map_err(|error| trouble(path, &error))?;
        let shown = path.display();
        if !meta.is_file() {
            let message = format!("the key of the audit log {shown} is no plain file");
            return Err(Fault::new(Kind::Local, message).hint("bring it back from a backup"));
        }
        if meta.mode() & 0o077 != 0 {
            let message = format!("the key of the audit log {shown} can be read by others");
            return Err(Fault::new(Kind::Local, message).hint(format!("chmod 600 {shown}")));
        }
        if meta.uid() != rustix::process::geteuid().as_raw() && meta.uid() != 0 {
            let message = format!("the key of the audit log {shown} belongs to somebody else");
            return Err(Fault::new(Kind::Local, message).hint("choose another with [audit] key_file"));
        }
        let mut bytes = Vec::with_capacity(BYTES + 1);
        let limit = BYTES as u64 + 1;
        file.take(limit).read_to_end(&mut bytes).map_err(|error| trouble(path, &error))?;
        if bytes.len() != BYTES {
            let message = format!("{shown} is not a key of an audit log: {BYTES} bytes are expected");
            return Err(Fault::new(Kind::Local, message).hint("bring it back from a backup"));
        }
        Hmac::new_from_slice(&bytes).map(Self).map_err(|error| trouble(path, &io::Error::other(error)))
    }

    /// The code of the given bytes, as if they stood in one piece.
    pub(super) fn code(&self, pieces: &[&[u8]]) -> Code {
        let mut mac = self.0.clone();
        for piece in pieces {
            mac.update(piece);
        }
        Code(mac.finalize().into_bytes().into())
    }
}

/// Opens a key without waiting for whatever else may lie there, such as a pipe.
fn open(path: &Path) -> io::Result<File> {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

/// Makes a key under another name and puts it in place whole: of two programs that start at the
/// same time, one wins and the other reads what the winner made.
fn make(path: &Path) -> io::Result<()> {
    let folder = folder(path);
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?; // made with mode 0600, whatever the umask
    file.write_all(&bytes)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => return Err(error.error),
        _ => {}
    }
    File::open(folder)?.sync_all()
}

/// Refuses a key in the folder of its log: whoever can replace the log could then re-stamp it.
fn apart(key: &Path, log: &Path) -> Result<(), Fault> {
    let real = |path: &Path| fs::canonicalize(folder(path)).ok();
    if real(key).is_some() && real(key) == real(log) {
        let message = format!("the key {} lies in the folder of its audit log", key.display());
        let hint = "name a file elsewhere with [audit] key_file, and move the key there";
        return Err(Fault::new(Kind::Local, message).hint(hint));
    }
    Ok(())
}

fn missing(path: &Path, error: &io::Error) -> Fault {
    let message = format!("the key of the audit log {}: {error}", path.display());
    Fault::new(Kind::Local, message)
        .hint("bring the key back from a backup, or move the log away to begin a new one")
}

fn trouble(path: &Path, error: &io::Error) -> Fault {
    let message = format!("the key of the audit log {}: {error}", path.display());
    Fault::new(Kind::Local, message).hint("check the file and its folder; nothing is changed without a log")
}
