//! Tells whoever started the program as a service how it stands: systemd's protocol of
//! `sd_notify(3)`, a datagram to the socket that `NOTIFY_SOCKET` names.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use crate::config::Environment;

/// Where to tell it; nobody asks where the variable is not set.
pub(super) struct Starter(Option<SocketAddr>);

impl Starter {
    /// Whoever the environment names.
    pub(super) fn of(env: &Environment) -> Self {
        Self(env.raw("NOTIFY_SOCKET").and_then(|name| match name.as_bytes() {
            // An @ stands for the zero byte that begins the name of a socket without a file.
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name).ok(),
            _ => SocketAddr::from_pathname(name).ok(),
        }))
    }

    /// It is ready.
    pub(super) fn ready(&self, status: &str) {
        self.send(&format!("READY=1\nSTATUS={status}\n"));
    }

    /// It ends.
    pub(super) fn stopping(&self) {
        self.send("STOPPING=1\n");
    }

    fn send(&self, state: &str) {
        if let Some(address) = &self.0
            && let Ok(socket) = UnixDatagram::unbound()
        {
            // Whoever asked and does not listen misses nothing that matters to us, and is not waited for.
            drop(socket.set_nonblocking(true));
            drop(socket.send_to_addr(state.as_bytes(), address));
        }
    }
}
