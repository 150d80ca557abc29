//! `strongroom sandbox`.

use std::fs;
use std::path::Path;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{Context, Done};
use crate::cli::{Limits, Serve, View};
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
    let code = context.interrupt.first().await;
    drop(announcement);
    cancel.cancel();
    tokio::select! {
        () = running.stop() => {}
        _ = context.interrupt.again() => {}
    }
    Ok(code)
}

fn config(options: &Serve, places: &Places) -> Result<sandbox::Config> {
    let data = options.data.clone().unwrap_or_else(|| places.state.join("sandbox"));
    Ok(sandbox::Config {
        listen: options.listen,
        scenario: options.scenario.as_deref().map(scenario).transpose()?,
        limits: match options.limits {
            Limits::None => sandbox::Limits::None,
            Limits::Business => sandbox::Limits::Business,
            Limits::Teams => sandbox::Limits::Teams,
            Limits::Families => sandbox::Limits::Families,
        },
        view: match options.view {
            View::ServiceAccount => sandbox::View::ServiceAccount,
            View::Person => sandbox::View::Person,
        },
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
