//! `init` asks on a terminal: what the class file would refuse is refused at the prompt, and leaving
//! leaves nothing behind.

use std::path::Path;

use strongroom::domain::secret::Expose as _;
use strongroom::sandbox::{Config, serve};
use tokio_util::sync::CancellationToken;

use crate::pty::Pty;

#[test]
fn init_asks_line_by_line_and_ctrl_c_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = Config::new(home.path().join("world"));
    let sandbox = runtime.block_on(serve(world, CancellationToken::new())).unwrap();
    let (config, state) = (home.path().join("config"), home.path().join("state"));
    let env = [
        ("HOME", home.path()),
        ("XDG_CONFIG_HOME", config.as_path()),
        ("XDG_STATE_HOME", state.as_path()),
        ("STRONGROOM_SANDBOX_URL", Path::new(&sandbox.url)),
        ("STRONGROOM_SANDBOX_TOKEN", Path::new(sandbox.service_account.expose_secret())),
    ];
    let mut pty = Pty::start(&["init"], &env, (80, 50));
    pty.shows("Id of the class");
    pty.keys("a b\r");
    pty.shows("cannot be an id");
    pty.keys("CS101\r");
    pty.shows("Title [CS101]:");
    pty.keys("\u{3}");
    let (status, _) = pty.end();
    assert_eq!(status.exit_code(), 130);
    assert!(!config.exists() && !state.exists());

    let mut pty = Pty::start(&["init"], &env, (80, 50));
    for (shown, typed) in [
        ("Id of the class", "CS101\r"),
        ("Title [CS101]:", "\r"),
        ("Time zone [", "Europe/Zurich\r"),
        ("read or write [write]:", "\r"),
        ("sandbox (an imitation) [op]:", "sandbox\r"),
        ("Class list", "\r"),
        ("[y/N]:", "y\r"),
    ] {
        pty.shows(shown);
        pty.keys(typed);
    }
    let screen = pty.shows("next: strongroom roster import FILE");
    assert!(screen.contains("an empty vault was made and deleted again"), "{screen}");
    let (status, _) = pty.end();
    assert!(status.success());
    let text = std::fs::read_to_string(config.join("strongroom/cs101.toml")).unwrap();
    assert!(text.contains("time_zone = \"Europe/Zurich\"") && text.contains("\n# title = "), "{text}");
}
