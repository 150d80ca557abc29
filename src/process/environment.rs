//! What a child is told of our environment: a short list, and nothing else.
//!
//! A list of what is passed on rather than of what is held back, because 1Password adds variables:
//! `OP_CONNECT_HOST` and `OP_CONNECT_TOKEN` take precedence over a service account's token ("Use
//! service accounts with the CLI"), so one that slipped through would change which vaults are meant.

/// The variables of our environment that a child may see.
///
/// - `HOME`, `USER`, `LOGNAME`, `TMPDIR`, `XDG_*`: where the CLI keeps its settings and sockets.
/// - `LANG`, `LC_ALL`: how it writes text.
/// - `DBUS_SESSION_BUS_ADDRESS`: how a signed-in person's CLI reaches the desktop's prompt.
///
/// Not `PATH`: the CLI starts no program that is needed here, and should find none. Not
/// `HTTPS_PROXY` and its kin: no setting of this machine may decide, without a word, through whom a
/// class's vaults are read. And no `OP_*`: those are ours to set.
pub const PASSED_ON: [&str; 11] = [
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
];

/// What of `environment` is passed on.
pub(super) fn passed_on(environment: &[(String, String)]) -> Vec<(String, String)> {
    environment.iter().filter(|(name, _)| PASSED_ON.contains(&name.as_str())).cloned().collect()
}
