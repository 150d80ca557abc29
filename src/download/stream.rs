//! Where the bytes of a file come in: counted, and stopped where they become too many.
//!
//! What the service said of a file is not believed: a server that sends without end is stopped a little
//! above the size that it announced.

use std::io::{self, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;

use super::part::Temporary;
use crate::domain::fault::{Fault, Kind};

/// The most that may come above the size that was announced, beside a tenth of it.
const SURPLUS: u64 = 64 << 10;

/// What takes a file in. A download that was refused by it is refused for the reason in `stopped`.
pub(super) struct Stream<'a> {
    file: &'a mut Temporary,
    size: u64,
    told: &'a (dyn Fn(u64) + Sync),
    /// How many bytes have come.
    pub(super) came: u64,
    /// Why it takes no more.
    pub(super) stopped: Option<Fault>,
}

impl<'a> Stream<'a> {
    /// Takes a file in that was announced with `size` bytes; `told` hears of every piece.
    pub(super) fn new(file: &'a mut Temporary, size: u64, told: &'a (dyn Fn(u64) + Sync)) -> Self {
        Self { file, size, told, came: 0, stopped: None }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let most = self.size.saturating_add((self.size / 10).min(SURPLUS));
        if self.came.saturating_add(bytes.len() as u64) > most {
            let message = format!("the service sends more than the {} bytes that it announced", self.size);
            let fault = Fault::new(Kind::Broken, message).hint("nothing of it was kept; try again later");
            self.stopped = Some(fault);
            return Err(io::Error::other("too many bytes"));
        }
        let written = self.file.write(bytes).inspect_err(|error| {
            self.stopped = Some(unwritten(error));
        })?;
        self.came += written as u64;
        (self.told)(written as u64);
        Ok(written)
    }
}

/// What is said where a file cannot be written.
fn unwritten(error: &io::Error) -> Fault {
    let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::FileTooLarge];
    let fault = Fault::new(Kind::Local, format!("writing the file: {error}"));
    if full.contains(&error.kind()) {
        return fault.hint("make room and fetch again: what is complete is kept, the rest is fetched then");
    }
    fault.hint("check the folder, its owner and the space left")
}

impl AsyncWrite for Stream<'_> {
    /// Pieces of a download are small and go to the page cache, so they are written in place.
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.write(bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
