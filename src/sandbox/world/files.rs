//! Files of items, and how an upload becomes one.
//!
//! An upload is first an unnamed part on the disk ([`Upload`]), which vanishes unless it is kept.
//! The bytes are synced and renamed before the row that names them is written.

use std::fs::File;
use std::io::Write as _;

use serde_json::json;
use tempfile::NamedTempFile;

use super::body::Body;
use super::{At, Caller, ItemRow, Turn, World, count, fresh, id};
use crate::domain::access::Permission;
use crate::domain::id::{FileId, ItemId, VaultId};
use crate::sandbox::refusal::{Refusal, Result};

/// The longest file name and title, in bytes.
const NAME_LIMIT: usize = 1024;

/// A file as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileRow {
    /// Decides.
    pub(crate) id: FileId,
    /// As its owner named it. Never part of a path.
    pub(crate) name: String,
    /// In bytes.
    pub(crate) size: u64,
}

/// An upload on its way: bytes on the disk without a name.
#[derive(Debug)]
pub(crate) struct Upload {
    part: NamedTempFile,
    size: u64,
}

impl Upload {
    /// Appends bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.part.write_all(bytes)?;
        self.size += bytes.len() as u64;
        Ok(())
    }

    /// Bytes so far.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }
}

impl World {
    /// Begins an upload.
    pub(crate) fn upload(&self) -> Result<Upload> {
        Ok(Upload { part: self.folder.part()?, size: 0 })
    }
}

/// Where an upload goes and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    /// The vault.
    pub(crate) vault: VaultId,
    /// The item to change; a new DOCUMENT without it.
    pub(crate) item: Option<ItemId>,
    /// The item's title. Without it a new document is called like its file, and an item that is
    /// there keeps its title.
    pub(crate) title: Option<String>,
    /// The file's name.
    pub(crate) name: String,
}

impl At<'_> {
    /// Finishes an upload: keeps the bytes, then writes the rows. If that is refused, the bytes go.
    pub(crate) fn keep(&self, caller: &Caller, upload: Upload, label: &Label) -> Result<ItemRow> {
        let file = FileRow { id: fresh()?, name: label.name.clone(), size: upload.size };
        let folder = &self.world.folder;
        folder.keep(upload.part, &file.id)?;
        let kept = self.write(|turn| turn.place(caller, &file, label));
        if kept.is_err() {
            folder.discard(&file.id);
        }
        kept
    }
}

impl Turn<'_> {
    /// Keeps a small file from memory, within a larger change; scenarios use it.
    pub(in crate::sandbox) fn store(&self, caller: &Caller, bytes: &[u8], label: &Label) -> Result<ItemRow> {
        let mut upload = self.world.upload()?;
        upload.push(bytes)?;
        let file = FileRow { id: fresh()?, name: label.name.clone(), size: upload.size };
        self.world.folder.keep(upload.part, &file.id)?;
        self.place(caller, &file, label) // bytes of a change that fails are swept at the next start
    }

    /// Refuses an upload that [`At::keep`] would refuse, before its bytes are taken. A new item
    /// needs `create_items`, a change `edit_items`.
    pub(crate) fn may_upload(&self, caller: &Caller, vault: &VaultId, item: Option<&ItemId>) -> Result<()> {
        match item {
            None => self.need(caller, vault, Permission::CreateItems).map(drop),
            Some(item) => {
                self.need(caller, vault, Permission::EditItems)?;
                if self.stored_item(vault, item)?.archived {
                    return Err(Refusal::bad("the item is in the archive"));
                }
                Ok(())
            }
        }
    }

    /// Writes the rows of an upload: a new DOCUMENT, the new file of a DOCUMENT, or an attachment.
    fn place(&self, caller: &Caller, file: &FileRow, label: &Label) -> Result<ItemRow> {
        self.may_upload(caller, &label.vault, label.item.as_ref())?;
        let title = label.title.as_deref().filter(|title| !title.is_empty()).unwrap_or(&label.name);
        if label.name.is_empty() || label.name.len() > NAME_LIMIT || title.len() > NAME_LIMIT {
            return Err(Refusal::bad("a file has a name of at most 1024 bytes, and so has its title"));
        }
        let (item, action) = match &label.item {
            None => {
                let body = Body::default();
                (self.insert_item(caller, &label.vault, title, "DOCUMENT", false, &body)?, "item.create")
            }
            Some(item) => {
                self.make_room(&label.vault, item)?;
                if let Some(title) = label.title.as_deref().filter(|title| !title.is_empty()) {
                    self.change("UPDATE item SET title = ? WHERE id = ?", (title, item.as_str()))?;
                }
                self.bump(caller, &label.vault, item)?;
                (item.clone(), "item.update")
            }
        };
        let size = i64::try_from(file.size).unwrap_or(i64::MAX);
        let stored = (file.id.as_str(), item.as_str(), &file.name, size);
        self.change("INSERT INTO file VALUES (?, ?, ?, ?)", stored)?;
        let row = self.stored_item(&label.vault, &item)?;
        self.note_item(
            caller,
            action,
            &label.vault,
            &item,
            &json!({ "title": row.title, "category": row.category, "version": row.version,
                     "file": { "id": file.id, "name": file.name, "size": file.size } }),
        )?;
        // A drop box can add, and is answered with what it added, but without values.
        self.item(caller, &label.vault, &item)
    }

    /// Takes the old file of a DOCUMENT away, which holds exactly one.
    fn make_room(&self, vault: &VaultId, item: &ItemId) -> Result<()> {
        let row = self.stored_item(vault, item)?;
        if row.category == "DOCUMENT" {
            self.after.gone.borrow_mut().extend(row.files.into_iter().map(|file| file.id));
            self.change("DELETE FROM file WHERE item = ?", [item.as_str()])?;
        }
        Ok(())
    }

    /// The files of an item, whoever asks.
    pub(in crate::sandbox) fn files_of(&self, item: &ItemId) -> Result<Vec<FileRow>> {
        self.all("SELECT id, name, size FROM file WHERE item = ? ORDER BY rowid", [item.as_str()], |row| {
            Ok(FileRow { id: id(row, "id")?, name: row.get("name")?, size: count(row, "size")? })
        })
    }

    /// One file of an item. Needs `view_items`.
    pub(crate) fn file(
        &self,
        caller: &Caller,
        vault: &VaultId,
        item: &ItemId,
        file: &FileId,
    ) -> Result<FileRow> {
        let found = self.item(caller, vault, item)?.files.into_iter().find(|row| row.id == *file);
        found.ok_or_else(|| Refusal::missing("file", file.as_str()))
    }

    /// The bytes of a file, opened: they stay readable even if the file is replaced meanwhile.
    /// Needs `view_and_copy_passwords`.
    pub(crate) fn open_file(
        &self,
        caller: &Caller,
        vault: &VaultId,
        item: &ItemId,
        file: &FileId,
    ) -> Result<(FileRow, File)> {
        self.need(caller, vault, Permission::ViewAndCopyPasswords)?;
        let row = self.file(caller, vault, item, file)?;
        let bytes = File::open(self.world.folder.bytes(file))?;
        Ok((row, bytes))
    }
}
