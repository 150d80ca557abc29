//! Where the bytes of a file pass through on their way, so that it is known whether any have.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;

use crate::provider::Sink;

/// A sink that notes whether it took anything.
pub(super) struct Tally<'a> {
    to: Sink<'a>,
    any: bool,
}

impl<'a> Tally<'a> {
    pub(super) fn new(to: Sink<'a>) -> Self {
        Self { to, any: false }
    }

    /// Whether nothing was written, so that another service may begin.
    pub(super) fn is_empty(&self) -> bool {
        !self.any
    }
}

impl AsyncWrite for Tally<'_> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut *self.to).poll_write(cx, bytes);
        // Whoever was handed bytes and failed may have kept some.
        self.any |= !bytes.is_empty() && written.is_ready();
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.to).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.to).poll_shutdown(cx)
    }
}
