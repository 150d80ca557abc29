//! `strongroom doctor`.

use std::time::Duration;

use super::checks::{Checks, gap, say, token};
use super::{Context, DONE, Done, FAILED};
use crate::clock::Clock;
use crate::config::{Config, ProviderName};
use crate::doctor::account::{Account, student_level};
use crate::doctor::staff::{self, Noted};
use crate::doctor::{
    Finding, State, class as of_class, connect as of_connect, events as of_events, files,
    handoff as of_consumers, program, services, terminal, worst,
};
use crate::domain::class::Class;
use crate::domain::fault::{Fault, Result};
use crate::domain::frame::Frame;
use crate::domain::id::{AccountId, VaultId};
use crate::domain::text::counted;
use crate::provider::Provider;
use crate::queries::blocking;
use crate::report::Format;
use crate::report::doctor::{Findings, WORDS, summary};
use crate::setup::{Service, Survey};
use crate::store::Store;

/// Under this name the store keeps what the last run saw that is shown who is in the groups of staff.
const VERIFIED: &str = "staff-groups-verified";
/// What asking an account once costs, in requests that read.
const ASKING: u32 = 5;

/// Makes every check that can be made. Exits with 1 where something will not work.
pub(super) async fn run(context: &mut Context) -> Done {
    say(context, WORDS)?;
    gap(context)?;
    let mut checks = Checks::default();
    let reads = check(context, &mut checks).await?;
    if context.report.format() == Format::Table {
        gap(context)?;
        let asked = if reads == 0 {
            "nothing was asked of a service".into()
        } else {
            format!("at most {} sent to read, none that changes anything", counted(reads, "request"))
        };
        say(context, &format!("{}; {asked}", summary(&checks.all)))?;
    } else {
        context.report.page(&Findings::new(&checks.all))?;
    }
    Ok(if worst(&checks.all) == State::Failure { FAILED } else { DONE })
}

/// Every check; returns what they asked of the ration at most.
async fn check(context: &mut Context, checks: &mut Checks) -> Result<u32> {
    let env = context.choice.env.clone();
    checks.tell(context, [terminal::terminal(&env)])?;
    let survey = Survey::make(&context.choice);
    let connect = survey.as_ref().ok().and_then(Survey::config);
    let connect = connect.is_some_and(|config| config.uses(ProviderName::Connect));
    checks.tell(context, terminal::shadows(&env, connect))?;
    let mut survey = match survey {
        Ok(survey) => survey,
        Err(fault) => {
            checks.tell(context, [Finding::fault("folders", &fault)])?;
            return Ok(0);
        }
    };
    checks.tell(context, class_file(&survey))?;
    checks.tell(context, consumers(&survey))?;
    let (reads, account) = acting(context, checks, &mut survey).await?;
    checks.tell(context, connected(&survey, account.as_ref()).await)?;
    checks.tell(context, reported(&survey, account.as_ref()).await?)?;
    Ok(reads)
}

/// The service that acts, the local state, and the class against both; returns what was asked of the ration at
/// most, and which account it is.
async fn acting(
    context: &mut Context,
    checks: &mut Checks,
    survey: &mut Survey,
) -> Result<(u32, Option<AccountId>)> {
    let binary = survey.program(&context.choice);
    let service = survey.service(&context.choice).await;
    checks.tell(context, way(binary, service.as_ref()))?;
    let class = survey.config().map(|config| config.class.clone());
    let asked = match &service {
        Some(Ok(service)) => Some(Account::ask(service.provider.as_ref(), class.as_ref()).await),
        _ => None,
    };
    if let Some(Ok(account)) = &asked {
        survey.settle(&account.identity.account);
    }
    checks.tell(context, local(survey).await?)?;
    let (Some(Ok(service)), Some(asked)) = (service, asked) else { return Ok((0, None)) };
    let account = match asked {
        Ok(account) => account,
        Err(fault) => {
            checks.tell(context, [Finding::fault("provider", &fault)])?;
            return Ok((1, None));
        }
    };
    checks.tell(context, [Finding::ok("provider", "it answers")])?;
    let whose = Some(account.identity.account.clone());
    let bound = survey.store().and_then(Result::ok).and_then(|store| store.bindings().ok());
    let bound = bound.unwrap_or_default();
    let charged = bound.iter().filter(|binding| service.provider.charges(&binding.vault)).count();
    // Where nothing is rationed nothing is charged, and nothing is beside a ration.
    let charged = if account.budget.is_some() { charged } else { bound.len() };
    let beat = beat(survey, service.program.is_some());
    checks.tell(context, account.findings(beat, charged, bound.len() - charged))?;
    checks.tell(context, same_account(survey.account.as_ref(), &account.identity.account))?;
    let Some(class) = survey.config().map(|config| config.class.clone()) else { return Ok((ASKING, whose)) };
    checks.tell(context, class_against(survey, &class, &account, service.provider.as_ref()).await?)?;
    checks.tell(
        context,
        services::services(
            &service.provider.parts(),
            survey.config().is_some_and(Config::reads_connect_first),
        ),
    )?;
    Ok((ASKING + 2, whose))
}

/// The Connect server, where the class is read through one. The account is known where the service that acts has
/// answered: that one reads instead.
async fn connected(survey: &Survey, account: Option<&AccountId>) -> Vec<Finding> {
    let (server, source) = match survey.connect() {
        None => return Vec::new(),
        Some(Err(fault)) => return vec![Finding::fault("connect", &fault)],
        Some(Ok(reached)) => reached,
    };
    let bindings = survey.store().and_then(Result::ok).and_then(|store| store.bindings().ok());
    let bound = bindings.unwrap_or_default().into_iter();
    let bound: Vec<_> = bound.map(|binding| (binding.student.to_string(), binding.vault)).collect();
    let class = of_connect::Class { bound: &bound, account, instead: account.is_some() };
    of_connect::Server::ask(&server, source).await.findings(&class, Clock::real().now())
}

/// The Events API, where the class is told who did what.
async fn reported(survey: &Survey, account: Option<&AccountId>) -> Result<Vec<Finding>> {
    let (events, source) = match survey.events() {
        None => return Ok(Vec::new()),
        Some(Err(fault)) => return Ok(vec![Finding::fault("events", &fault)]),
        Some(Ok(reached)) => reached,
    };
    let store = survey.store().and_then(Result::ok);
    let class = of_events::Class::of(account, account.is_some(), store.as_ref())?;
    Ok(of_events::Reporter::ask(&events, source).await.findings(&class, Clock::real().now()))
}

fn beat(survey: &Survey, through_op: bool) -> Duration {
    let provider = if through_op { ProviderName::Op } else { ProviderName::Sandbox };
    survey.config().map_or_else(Default::default, |config| config.watch.clone()).every.on(provider)
}

/// The class file, its trust and its mode.
fn class_file(survey: &Survey) -> Vec<Finding> {
    const NAME: &str = "class-file";
    let found = match &survey.file {
        Err(fault) => return vec![Finding::fault(NAME, fault)],
        Ok(None) => {
            let what = format!("there is none in {}", survey.places.config.display());
            let mend = "strongroom init writes one; or name one with --class FILE";
            return vec![Finding::failure(NAME, what).mend(mend)];
        }
        Ok(Some(found)) => found,
    };
    match (&found.config, &found.trust) {
        (Err(fault), _) | (_, Err(fault)) => vec![Finding::fault(NAME, fault)],
        (Ok(config), Ok(trust)) => files::class_file(&found.path, config, trust),
    }
}

/// Whoever is handed arrivals.
fn consumers(survey: &Survey) -> Vec<Finding> {
    let consumers = survey.config().map(|config| config.watch.consumers.as_slice()).unwrap_or_default();
    consumers.iter().map(|one| of_consumers::consumer(one, &crate::handoff::ready(one))).collect()
}

/// The CLI and its token, or why the service cannot be asked at all.
fn way(binary: Option<Result<std::path::PathBuf>>, service: Option<&Result<Service>>) -> Vec<Finding> {
    let reached =
        service.and_then(|service| service.as_ref().ok()).and_then(|service| service.program.as_ref());
    let mut findings = match binary {
        None => Vec::new(),
        Some(Err(fault)) => vec![Finding::fault("op-binary", &fault)],
        Some(Ok(path)) => {
            let mut findings = program::program(&path, reached.map(|program| &program.version));
            findings.push(program::content(&path));
            findings
        }
    };
    match (service, reached) {
        // What is wrong with the program itself was told above.
        (Some(Err(fault)), _) if findings.iter().all(|finding| finding.state != State::Failure) => {
            findings.push(Finding::fault("provider", fault));
        }
        (Some(Ok(_)), Some(program)) => findings.push(token(program)),
        _ => {}
    }
    findings
}

/// The local state: folder, store, log and key.
async fn local(survey: &Survey) -> Result<Vec<Finding>> {
    let (state, store, audit) = (survey.state.clone(), survey.store(), survey.audit());
    blocking(move || {
        let mut findings = Vec::new();
        match state {
            Some(state) => findings.push(files::private("state-folder", &state)),
            None => {
                findings.push(Finding::note("state-folder", "there is none yet: the first command makes it"));
            }
        }
        if let Some(Err(fault)) = &store {
            findings.push(Finding::fault("store", fault));
        }
        if let Some((log, key)) = audit {
            findings.push(files::private("audit-key", &key));
            findings.push(files::audit_log(&log, &key));
        }
        Ok(findings)
    })
    .await
}

/// A class never changes its account by itself.
fn same_account(remembered: Option<&AccountId>, now: &AccountId) -> Option<Finding> {
    const NAME: &str = "same-account";
    let remembered = remembered?;
    Some(if remembered == now {
        Finding::ok(NAME, "the account is that of the last time")
    } else {
        Finding::failure(NAME, format!("the class is in the account {remembered}, but the token is of {now}"))
            .mend("use the token of the class's account")
    })
}

/// The class against the account: two more reads, on one vault.
async fn class_against(
    survey: &Survey,
    class: &Class,
    account: &Account,
    provider: &dyn Provider,
) -> Result<Vec<Finding>> {
    let store = survey.store().and_then(Result::ok);
    let today = Clock::real().now().to_zoned(class.time_zone.clone()).date();
    let frame = account.frame(class, store.as_ref(), None, today)?;
    let mut findings = vec![student_level(class.student, account.identity.kind), staff::staff(&frame)];
    findings.extend(staff_groups(store.as_ref(), &frame)?);
    findings.push(of_class::addresses(&frame.students, Some(&frame)));
    findings.push(of_class::sign_ups(&frame));
    findings.extend(of_class::unknown_states(&frame));
    if let Ok(vaults) = &account.vaults {
        findings.extend(of_class::bindings(&frame, vaults));
        let visible = |vault: &&VaultId| vaults.iter().any(|other| other.id == **vault);
        if let Some(vault) = frame.bindings.values().find(visible) {
            findings.push(of_class::mark(&frame, &provider.vault(vault).await));
            let answer: Result<usize, Fault> = provider.grants(vault).await.map(|grants| grants.len());
            findings.extend(of_class::access_lists(&frame, &answer));
        }
    }
    findings.extend(of_class::unverified(&frame));
    Ok(findings)
}

/// Whether a group of staff holds a student; what is seen is noted for runs that are shown no members,
/// and holds as long as groups and class list stay the same.
fn staff_groups(store: Option<&Store>, frame: &Frame) -> Result<Option<Finding>> {
    let Some(seen) = staff::look(frame) else { return Ok(None) };
    let Some(store) = store else { return Ok(Some(staff::staff_groups(&seen, None))) };
    if let Some(noted) = seen.note(frame) {
        store.put_cached(VERIFIED, &noted, Clock::real().now())?;
    }
    let before = store.cached::<Noted>(VERIFIED)?.filter(|(noted, _)| noted.subject == staff::subject(frame));
    let before = before.map(|(noted, at)| (noted, at.strftime("%Y-%m-%d").to_string()));
    Ok(Some(staff::staff_groups(&seen, before.as_ref().map(|(noted, at)| (noted, at.as_str())))))
}
