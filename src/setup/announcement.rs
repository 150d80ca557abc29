//! Where a running sandbox is, for other programs of this user: 0600 files in the state folder.
//!
//! A sandbox that serves classes and the demo class have a file each, so that neither hides the
//! other. A file is believed while the process that wrote it lives, and removed only by who wrote it.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::local;
use crate::config::Places;
use crate::config::write_private;
use crate::domain::fault::Result;
use crate::sandbox::Running;

const SERVED: &str = "sandbox.json";
const DEMO: &str = "demo.json";

/// Where a running sandbox is.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Place {
    url: String,
    pid: i32,
    tokens_file: PathBuf,
    /// The demo's class file and state folder; absent for a sandbox that serves any class.
    class_file: Option<PathBuf>,
    state: Option<PathBuf>,
}

/// A sandbox that serves any class.
pub(super) struct Served {
    pub(super) url: String,
    pub(super) tokens_file: PathBuf,
}

/// The demo class of a running dashboard.
pub(super) struct DemoPlace {
    pub(super) class_file: PathBuf,
    pub(super) state: PathBuf,
}

/// A file that says where a sandbox of this process is; removed when this value is dropped, unless
/// another sandbox was announced in it since.
#[derive(Debug)]
pub struct Announcement {
    file: PathBuf,
    text: String,
}

impl Drop for Announcement {
    fn drop(&mut self) {
        // The text holds process and address, so an equal one is this one.
        if fs::read_to_string(&self.file).is_ok_and(|text| text == self.text) {
            drop(fs::remove_file(&self.file));
        }
    }
}

/// Tells where a sandbox that this process serves can be found, unless another one that is running was
/// announced before.
///
/// # Errors
/// [`Kind::Local`](crate::domain::fault::Kind::Local) where the file cannot be written.
pub fn announce(running: &Running, places: &Places) -> Result<Option<Announcement>> {
    if served(places).is_some() {
        return Ok(None);
    }
    publish(&place(running), &places.state.join(SERVED)).map(Some)
}

/// Tells where the demo class is, unless another one that is running was announced before.
pub(super) fn announce_demo(
    running: &Running,
    class_file: PathBuf,
    state: PathBuf,
    places: &Places,
) -> Result<Option<Announcement>> {
    if demo_place(places).is_some() {
        return Ok(None);
    }
    let place = Place { class_file: Some(class_file), state: Some(state), ..place(running) };
    publish(&place, &places.state.join(DEMO)).map(Some)
}

fn place(running: &Running) -> Place {
    Place {
        url: running.url.clone(),
        pid: std::process::id().cast_signed(),
        tokens_file: running.tokens_file.clone(),
        class_file: None,
        state: None,
    }
}

fn publish(place: &Place, file: &Path) -> Result<Announcement> {
    let text = serde_json::to_string(place).map_err(|error| local(file, &error.into()))?;
    write_private(file, &text)?;
    Ok(Announcement { file: file.to_owned(), text })
}

/// The sandbox that serves classes, if one is running. A demo's never does: its world is thrown
/// away.
pub(super) fn served(places: &Places) -> Option<Served> {
    let found = read(&places.state.join(SERVED)).filter(|place| place.class_file.is_none())?;
    Some(Served { url: found.url, tokens_file: found.tokens_file })
}

/// The demo class, if one is running.
pub(super) fn demo_place(places: &Places) -> Option<DemoPlace> {
    let found = read(&places.state.join(DEMO))?;
    let class_file = found.class_file.filter(|file| file.exists())?;
    Some(DemoPlace { class_file, state: found.state? })
}

/// A place that is believed: the file must be the user's own, and its process alive.
fn read(file: &Path) -> Option<Place> {
    let seen = fs::metadata(file).ok()?;
    // No bit for group or others.
    let own =
        seen.uid() == rustix::process::getuid().as_raw() && seen.permissions().mode().trailing_zeros() >= 6;
    let text = fs::read_to_string(file).ok().filter(|_| own)?;
    let found: Place = serde_json::from_str(&text).ok()?;
    let pid = rustix::process::Pid::from_raw(found.pid)?;
    rustix::process::test_kill_process(pid).ok().map(|()| found)
}
