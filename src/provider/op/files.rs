//! Bytes of files: out by `op read`, in by `op document create`, both through pipes.

use super::changes::{unknown, unsure};
use super::program::{Ask, Tap};
use super::{Op, answer, parsed, wire};
use crate::domain::directory::{FileRef, ItemRef, NewDocument};
use crate::domain::fault::{Fault, Kind, Result};
use crate::provider::{Sink, Source, crossed};

impl Op {
    /// Streams a file. `op read` is given a pipe, never a file, where it would replace bytes that are
    /// no UTF-8; `--no-newline` keeps it from appending one, and one that comes all the same is left
    /// out, since the announced size tells them apart.
    pub(super) async fn fetch(&self, file: &FileRef, to: Sink<'_>) -> Result<u64> {
        let ItemRef { vault, item } = &file.at;
        self.ready().await?;
        self.admit([vault.is_sandbox(), item.is_sandbox(), file.file.is_sandbox()]).await?;
        let ask = Ask::new("read").word(format!("op://{vault}/{item}/{}", file.file)).word("--no-newline");
        let mut written = 0;
        let ended = {
            let _download = self.turn(&self.downloads).await?;
            let _turn = self.turn(&self.questions).await?;
            self.program.pour(&ask, Tap { to, size: file.size, written: &mut written }).await?
        };
        self.judge(&ask, ended, false).await?;
        let written = written.min(file.size);
        if written == file.size {
            return Ok(written);
        }
        let size = file.size;
        Err(Fault::new(Kind::Broken, format!("the file ended after {written} of {size} bytes")))
    }

    /// Makes an item with one file, whose bytes go in by the child's stdin.
    pub(super) async fn make_document(&self, to: &NewDocument, bytes: Source<'_>) -> Result<ItemRef> {
        self.ready().await?;
        self.admit([to.vault.is_sandbox()]).await?;
        let ask = Ask::new("document create")
            .word("-")
            .flag("vault", &to.vault)
            .flag("title", &to.title)
            .flag("file-name", &to.file_name);
        let _writer = self.writer(&to.vault).await;
        let ended = self.program.feed(&ask, bytes).await.map_err(unsure)?;
        let taken = ended.taken;
        let printed = self.judge(&ask, ended, true).await?;
        if !taken {
            let message = "op document create ended before it had read the whole file";
            return Err(Fault::new(Kind::Unknown, message).hint("look what was stored before trying again"));
        }
        let made: wire::Made = parsed(&ask, answer::one(&printed)).map_err(unknown)?;
        if made.vault.is_some_and(|vault| vault != to.vault) {
            return Err(unknown(crossed("vault")));
        }
        self.admit([made.uuid.is_sandbox()]).await.map_err(unknown)?;
        Ok(ItemRef { vault: to.vault.clone(), item: made.uuid })
    }
}
