//! The program: reads the command line, and runs a command or opens the dashboard.
//!
//! Started under the name `op` it is the sandbox's imitation of 1Password's CLI instead.
//!
//! Decides only what belongs to the process: its umask, its panic report, its runtime and its exit
//! code.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use strongroom::cli::Cli;
use strongroom::commands;
use strongroom::config::Environment;
use strongroom::domain::fault::{Fault, Kind};
use strongroom::runtime::opening::Options;
use strongroom::runtime::{dashboard, plain};
use strongroom::sandbox;

/// How long work that cannot be stopped, such as reading standard input, may hold up the end.
const PATIENCE: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    // First of all, so that no file of ours is ever readable by others, not even for a moment.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    if sandbox::op::is_meant(std::env::args_os().next().as_deref()) {
        return imitate();
    }
    let env = Environment::of_process();
    report_panics(&env);
    let cli = match Cli::read(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => {
            let json = std::env::args_os().any(|word| word == "--json");
            return commands::usage(&error, json).into();
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let fault = Fault::new(Kind::Local, format!("no threads to work with: {error}"));
            return commands::dashboard_ended(&cli, &env, Err(fault)).into();
        }
    };
    let code = runtime.block_on(async {
        match &cli.command {
            None => commands::dashboard_ended(&cli, &env, open(&cli, &env).await),
            Some(command) => commands::run(command, &cli.global, env).await,
        }
    });
    runtime.shutdown_timeout(PATIENCE);
    code.into()
}

/// The program under the name `op` is the imitation of 1Password's CLI, with all its words.
fn imitate() -> ExitCode {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    let code = runtime.block_on(sandbox::op::run(std::env::args_os().collect()));
    runtime.shutdown_timeout(PATIENCE);
    code.into()
}

async fn open(cli: &Cli, env: &Environment) -> Result<u8, Fault> {
    let options = Options {
        choice: commands::choice(&cli.global, env.clone()),
        scenario: cli.scenario.clone(),
        traffic: !cli.no_traffic,
        flags: commands::screen(cli),
    };
    if plain::is_meant(&options) {
        Box::pin(plain::open(options)).await
    } else {
        Box::pin(dashboard::open(options)).await
    }
}

/// A panic is a mistake of ours: it is reported with what is needed to find it.
fn report_panics(env: &Environment) {
    let plain = !std::io::stderr().is_terminal() || env.text("NO_COLOR").is_some();
    let hook = color_eyre::config::HookBuilder::default();
    let hook = if plain { hook.theme(color_eyre::config::Theme::new()) } else { hook };
    // Without it a panic is still reported, only less well.
    drop(hook.install());
}
