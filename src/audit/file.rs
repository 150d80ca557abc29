//! The log as a file: opened for appending, read from its end, written whole or not at all.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::disk::{self, folder, make_folder};
use super::record::LINE_LIMIT;
use crate::seeded::{self, Bug};

/// How much is read at once from the end: a few dozen records.
const BLOCK: u64 = 16 * 1024;

/// Opens the log for appending, makes it (0600, in a 0700 folder) if needed, and waits until no
/// other program or thread writes. Closing the file lets the next one in.
pub(super) fn open_locked(path: &Path) -> io::Result<File> {
    make_folder(path)?;
    let mut options = OpenOptions::new();
    let file = disk::open(path, options.read(true).append(true).create(true).mode(0o600))?;
    disk::lock(&file)?;
    if file.metadata()?.len() == 0 {
        File::open(folder(path))?.sync_all()?; // a new file lasts only when its folder was synced
    }
    Ok(file)
}

/// Appends after `end`. When anything fails, what was written of it is cut off again; where even
/// that fails, a half line is left without a line feed, which the next writer cuts off.
pub(super) fn append(file: &File, end: u64, bytes: &[u8], sync: bool) -> io::Result<()> {
    let sync = sync && !seeded::is(Bug::DropJournalFsync);
    let written = disk::write(file, bytes).and_then(|()| if sync { disk::sync(file) } else { Ok(()) });
    #[cfg(test)]
    if sync && written.is_ok() {
        seeded::synced(end + bytes.len() as u64);
    }
    if written.is_err() {
        let _ = disk::cut(file, end); // the first failure is the one to report
    }
    written
}

/// Reads lines from the end of a file to its beginning.
pub(super) struct Backwards<'a> {
    file: &'a File,
    /// Everything before this offset has not been read yet.
    at: u64,
    /// What was read and not handed out: the bytes from `at` on.
    held: Vec<u8>,
    done: bool,
}

impl<'a> Backwards<'a> {
    pub(super) fn new(file: &'a File, len: u64) -> Self {
        Self { file, at: len, held: Vec::new(), done: false }
    }

    /// The next piece: first what stands after the last line feed (empty in a whole log), then
    /// one line after the other without its line feed, last line first.
    pub(super) fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.done {
            return Ok(None);
        }
        let mut searched = 0; // at the end of `held`, already known to hold no line feed
        loop {
            let fresh = self.held.len() - searched;
            if let Some(at) = self.held.iter().take(fresh).rposition(|byte| *byte == b'\n') {
                let piece = self.held.split_off(at + 1);
                self.held.pop();
                return Ok(Some(piece));
            }
            if self.at == 0 {
                self.done = true;
                return Ok(Some(std::mem::take(&mut self.held)));
            }
            if self.held.len() > LINE_LIMIT {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is too long"));
            }
            searched = self.held.len();
            self.read_block()?;
        }
    }

    fn read_block(&mut self) -> io::Result<()> {
        let size = self.at.min(BLOCK);
        let mut block = vec![0; usize::try_from(size).unwrap_or_default()];
        self.file.read_exact_at(&mut block, self.at - size)?;
        self.at -= size;
        block.append(&mut self.held);
        self.held = block;
        Ok(())
    }
}
