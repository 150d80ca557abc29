//! The dashboard on the real terminal, which is given back however it ends.

use std::io::{self, IsTerminal as _};

use ratatui::Terminal;

use super::copy::Clipboard;
use super::guard::Guard;
use super::opening::{Opening, Options, end, listen, wire};
use super::screen::Tty;
use super::{Flow, Runtime, background, input};
use crate::config::Environment;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::palette::Depth;
use crate::domain::preferences::AUTO;
use crate::domain::text::SafeText;
use crate::setup::Opened;
use crate::ui::theme::Theme;

/// Opens the dashboard and returns its exit code when it was left.
pub async fn open(options: Options) -> Result<u8> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(Fault::new(Kind::Input, "the dashboard needs a terminal")
            .hint("commands such as `strongroom status` work in pipes and jobs"));
    }
    let env = &options.choice.env;
    let Opening { opened, state, files, palette } = Opening::of(&options).await?;
    let asks = state.chosen.theme == AUTO && background::may_ask(env);
    crossterm::style::force_color_output(true);

    let title = title(&opened, env.text("TERM"));
    let guard = Guard::enter(&title).map_err(|error| lost(&error))?;
    let terminal = Terminal::new(Tty::new(title)).map_err(|error| lost(&error))?;
    let mut runtime = Runtime::new(terminal, state, Theme::terminal());
    runtime.clipboard = Clipboard::of(env);
    runtime.depth = depth(env);
    runtime.dress(palette);
    runtime.begin();
    // The first frame needs neither network nor signals.
    runtime.draw().map_err(|error| lost(&error))?;

    let signal = listen(&runtime, &opened, true)?;
    let asked = if asks { Some(background::ask().map_err(|error| lost(&error))?) } else { None };
    input::start(runtime.outbox.clone()).map_err(|error| lost(&error))?;
    let watching = wire(&mut runtime, &opened, files, &options).await?;

    let result = run(&mut runtime).await;
    runtime.tasks.abandon().await;
    if let Some(asked) = asked.filter(|_| runtime.state.chosen.is_dark.is_none()) {
        background::settle(asked);
    }
    drop(guard);
    end(runtime, &watching, opened, result.map_err(|error| lost(&error)), &signal)
}

/// How many colours the terminal has, by what it says of itself.
fn depth(env: &Environment) -> Depth {
    Depth::of(env.text("COLORTERM"), env.text("TERM"))
}

async fn run(runtime: &mut Runtime<Tty>) -> io::Result<()> {
    while runtime.turn().await? == Flow::Go {
        #[cfg(debug_assertions)]
        provoked(&runtime.state)?;
    }
    Ok(())
}

/// How a mistake of ours and a broken terminal end can only be tested by one: with this variable, and in
/// builds for tests alone, a filter asks for them.
#[cfg(debug_assertions)]
fn provoked(state: &crate::app::State) -> io::Result<()> {
    let asked = std::env::var_os("STRONGROOM_PROVOKED").map(|_| state.filter().text());
    assert_ne!(asked, Some("a panic"), "a panic that was asked for");
    if asked == Some("an error") { Err(io::Error::other("an error that was asked for")) } else { Ok(()) }
}

/// The title of the window: the class, and nothing that a student has written. A terminal that would print
/// it gets none.
fn title(opened: &Opened, terminal: Option<&str>) -> String {
    let class = SafeText::new(&format!("strongroom {}", opened.config.class.id));
    if matches!(terminal, Some("linux" | "dumb")) { String::new() } else { class.to_string() }
}

fn lost(error: &io::Error) -> Fault {
    Fault::new(Kind::Local, format!("the terminal: {error}"))
}
