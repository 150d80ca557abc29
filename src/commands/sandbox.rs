//! `strongroom sandbox`.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{Context, Done};
use crate::cli::{Op, Serve};
use crate::config::Places;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::secret::Expose as _;
use crate::sandbox::{self, Running, Scenario, traffic};
use crate::setup;

/// The line that tells that it is ready.
#[derive(Serialize)]
struct Ready<'a> {
    url: &'a str,
    tokens_file: &'a Path,
}

/// Answers until a signal comes, whose exit code is returned.
pub(super) async fn serve(context: &mut Context, options: &Serve) -> Done {
    let places = Places::new(&context.choice.env)?;
    let cancel = CancellationToken::new();
    let running = sandbox::serve(config(options, &places)?, cancel.clone()).await?;
    let announcement = setup::announce(&running, &places)?;
    if options.traffic {
        let pace = traffic::Pace::default();
        tokio::spawn(traffic::run(stage(&running), pace, cancel.clone()));
    }
    context.report.json_line(&Ready { url: &running.url, tokens_file: &running.tokens_file })?;
    context.report.say("this is an imitation of 1Password: put no real data into it; Ctrl-C ends it");
    if announcement.is_none() {
        context.report.say("commands go on finding the sandbox that was running before this one");
    }
    let code = context.interrupt.first().await;
    drop(announcement);
    cancel.cancel();
    tokio::select! {
        () = running.stop() => {}
        _ = context.interrupt.again() => {}
    }
    Ok(code)
}

/// Puts an imitation of the CLI into a folder, or becomes it.
pub(super) fn op(context: &mut Context, options: &Op) -> Done {
    let own = std::env::current_exe().map_err(|error| not_started(&error))?;
    if let Some(folder) = &options.install {
        let folder = std::path::absolute(folder).map_err(|error| not_installed(folder, &error))?;
        let tokens = options.tokens.as_ref().map(std::path::absolute).transpose();
        let setting = sandbox::op::Setting {
            profiles: options.profiles.clone(),
            faults: options.faults.clone(),
            log: options.log,
            tokens: tokens.map_err(|error| not_installed(&folder, &error))?,
        };
        let program = sandbox::op::install(&folder, &own, &setting);
        let program = program.map_err(|error| not_installed(&folder, &error))?;
        context.report.json_line(&Installed { op: &program })?;
        context.report.say("this op is an imitation and talks to sandboxes only");
        return Ok(super::DONE);
    }
    // A run of its own, so that nothing of this program stands between its caller and the imitation.
    let error = std::process::Command::new(own).arg0("op").args(&options.words).exec();
    Err(not_started(&error).into())
}

/// The line that tells where the imitation is.
#[derive(Serialize)]
struct Installed<'a> {
    op: &'a Path,
}

fn not_started(error: &std::io::Error) -> Fault {
    Fault::new(Kind::Local, format!("the imitation of op cannot be started: {error}"))
}

fn not_installed(folder: &Path, error: &std::io::Error) -> Fault {
    Fault::new(Kind::Local, format!("op cannot be put into {}: {error}", folder.display()))
        .hint("name a folder that is yours, on a disk that programs may be started from")
}

fn config(options: &Serve, places: &Places) -> Result<sandbox::Config> {
    let data = options.data.clone().unwrap_or_else(|| places.state.join("sandbox"));
    // It is announced to programs that have another current folder.
    let data = std::path::absolute(&data)
        .map_err(|error| Fault::new(Kind::Input, format!("{}: {error}", data.display())))?;
    Ok(sandbox::Config {
        listen: options.listen,
        scenario: options.scenario.as_deref().map(scenario).transpose()?,
        limits: options.limits,
        view: options.view,
        ..sandbox::Config::new(data)
    })
}

/// The scenario of a file, or the demo's.
fn scenario(file: &Path) -> Result<Scenario> {
    let bad = |why: String| Fault::new(Kind::Input, format!("{}: {why}", file.display()));
    if file.as_os_str() == "demo" {
        return Scenario::demo().map_err(|refusal| bad(refusal.message));
    }
    let text = fs::read_to_string(file).map_err(|error| bad(format!("cannot be read: {error}")))?;
    Scenario::parse(&text).map_err(|refusal| bad(refusal.message))
}

/// Everybody but the administrator acts: who has no vault finds nothing to do.
fn stage(running: &Running) -> traffic::Stage {
    let people = running.people.iter();
    let people = people.filter(|person| person.token.expose_secret() != running.admin.expose_secret());
    traffic::Stage::of(running, people.map(|person| person.email.as_str()), fastrand::u64(..))
}
